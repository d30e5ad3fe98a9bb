"""What an experiment will take: an estimate of one run of each kind, times how many there are."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from evolution.estimate import Estimate, estimate
from evolution.experiment.grid import Planned
from evolution.model_estimate import together
from evolution.service import Service

# Seconds for a process to begin, and for a proposal to be made and stored, besides the fights. As
# measured on one machine: a guess elsewhere, but on small cores better than nothing.
BEGINNING: Final = 1.2
STORING: Final = 0.0015
NOTHING: Final = Estimate(0, 0, 0, (), 0.0)


def estimate_experiment(
    kinds: Sequence[Sequence[Planned]],
    at_once: int,
    workers: int,
    service: Service,
    on_estimated: Callable[[int, int], None],
) -> Estimate:
    """All runs that are not finished; those that are begun count whole.

    Args:
        kinds: Runs that differ in seeds and w_0 alone are together.
        at_once: How many runs side by side.
        workers: Threads a run.
        service: How chat models are used.
        on_estimated: Told how many kinds are estimated, and of how many.

    Raises:
        MutatorUnavailable: A chat model has no price.
    """
    whole = NOTHING
    for done, runs in enumerate(kinds, 1):
        whole = _sum(whole, estimate(runs[0].config, workers, service), len(runs))
        on_estimated(done, len(kinds))
    count = sum(len(runs) for runs in kinds)
    # More runs at once than there are cores for do not go faster together.
    beside = max(1, min(at_once, count, (os.cpu_count() or 1) // workers))
    besides = count * BEGINNING + whole.evaluations * STORING
    return replace(whole, seconds=(whole.seconds + besides) / beside)


def _sum(first: Estimate, second: Estimate, times: int) -> Estimate:
    """The first and so many times the second."""
    return Estimate(
        first.proposals + times * second.proposals,
        first.evaluations + times * second.evaluations,
        first.fights + times * second.fights,
        tuple(together([*first.models, *(times * second.models)])),
        first.seconds + times * second.seconds,
    )
