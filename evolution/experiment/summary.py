"""What came of an experiment: its finished runs' figures by axis values, seeds and w_0 aside."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

import numpy as np

from evolution.champions import generality
from evolution.config import RunConfig
from evolution.islands_folders import lineage_folders
from evolution.ledger import read_spent
from evolution.records import (
    read_bundled,
    read_champion,
    read_counts,
    read_forgotten,
    read_ratchet_of,
)
from evolution.store import DATABASE, Store
from mars.intervals import mean_limits

FIGURES: Final = ("fitness", "beaten", "forgotten", "bundled", "targets")
SEED: Final = 0


@dataclass(frozen=True)
class RunFacts:
    """A finished run's figures; of islands, means over them, but sums of what they took.

    Attributes:
        fitness: Of the last champion, on fresh seeds.
        beaten: Share of its ancestors that it beats, one to one.
        forgotten: How many it loses to though a champion between beat them.
        bundled: Share of the bundled warriors that it defeats or ties; None: not measured.
        targets: 1 when it beats w_0, one to one, else 0.
        evaluations: Of the searches.
        cost: US dollars.
    """

    fitness: float
    beaten: float
    forgotten: float
    bundled: float | None
    targets: float
    evaluations: int
    cost: float


@dataclass(frozen=True)
class Interval:
    """A mean over runs and its 95 % bootstrap interval; of a single run there is none."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class GroupSummary:
    """The runs of the same values on all axes but seeds and w_0.

    Attributes:
        labels: Those values.
        runs, finished: How many there are, and how many are finished.
        fitness, beaten, forgotten, bundled: See `RunFacts`; None: nobody has measured it.
        targets: Share of the finished runs whose last champion beats w_0.
        evaluations: Mean of a run.
        cost: US dollars, of all.
    """

    labels: tuple[str, ...]
    runs: int
    finished: int
    fitness: Interval | None
    beaten: Interval | None
    forgotten: Interval | None
    bundled: Interval | None
    targets: Interval | None
    evaluations: float
    cost: float


def read_facts(folder: Path, config: RunConfig) -> RunFacts:
    """A finished run's figures; its databases are checked whole.

    Raises:
        StoreError: One is damaged.
    """
    facts = [_facts_of(one) for one in lineage_folders(folder, config)]
    shares = [fact.bundled for fact in facts if fact.bundled is not None]
    return RunFacts(
        fmean(fact.fitness for fact in facts),
        fmean(fact.beaten for fact in facts),
        fmean(fact.forgotten for fact in facts),
        fmean(shares) if shares else None,
        fmean(fact.targets for fact in facts),
        sum(fact.evaluations for fact in facts),
        sum(fact.cost for fact in facts),
    )


def _facts_of(folder: Path) -> RunFacts:
    """Of one lineage."""
    with Store(folder / DATABASE) as store:
        number = store.query("SELECT max(round) FROM champions")[0][0]
        fitness = read_champion(store, number).measured
        assert fitness is not None  # a finished run has a champion besides w_0
        results, bundled = read_ratchet_of(store, number), read_bundled(store, number)
        return RunFacts(
            fitness,
            fmean(result.beats for result in results),
            len(read_forgotten(store, number)),
            generality(list(bundled.values())) if bundled else None,
            float(results[0].beats),
            read_counts(store).evaluations,
            read_spent(store).cost,
        )


def summarise_groups(
    groups: Mapping[tuple[str, ...], Sequence[RunFacts | None]],
) -> tuple[GroupSummary, ...]:
    """Figures by group, in the given order; None stands for a run that is not finished."""
    return tuple(_summarise(labels, facts) for labels, facts in groups.items())


def bootstrap(values: Sequence[float], top: float = math.inf) -> Interval | None:
    """The mean over runs and its limits, as the analyses have them; always the same ones.

    Args:
        values: One a run.
        top: The most that one can be; the least is 0.

    Returns:
        None for no runs.
    """
    if not values:
        return None
    given = np.asarray(values, np.float64)
    if len(given) == 1:
        return Interval(float(given[0]), None, None)
    low, high = (float(np.clip(limit, 0, top)) for limit in mean_limits(given, SEED))
    return Interval(float(given.mean()), low, high)


def _summarise(labels: tuple[str, ...], facts: Sequence[RunFacts | None]) -> GroupSummary:
    known = [fact for fact in facts if fact is not None]
    shares = [fact.bundled for fact in known if fact.bundled is not None]
    return GroupSummary(
        labels,
        len(facts),
        len(known),
        fitness=bootstrap([fact.fitness for fact in known]),
        beaten=bootstrap([fact.beaten for fact in known], 1.0),
        forgotten=bootstrap([fact.forgotten for fact in known]),
        bundled=bootstrap(shares, 1.0),
        targets=bootstrap([fact.targets for fact in known], 1.0),
        evaluations=sum(fact.evaluations for fact in known) / max(1, len(known)),
        cost=sum(fact.cost for fact in known),
    )
