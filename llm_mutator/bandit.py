"""Who should propose next, by what each brought and cost lately: Thompson sampling."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from llm_mutator.adaptive import GENETIC_ARM, arm_of
from llm_mutator.mutator import OperatorStatistics


@dataclass(frozen=True)
class Tally:
    """What the proposals of one arm brought together; failed ones count."""

    proposals: int = 0
    improvements: int = 0
    cost: float = 0.0


def tally(arms: Sequence[str], statistics: Iterable[OperatorStatistics]) -> dict[str, Tally]:
    """Sums statistics of operators by the arm that made them; other arms' are left out."""
    sums = dict.fromkeys(arms, Tally())
    for entry in statistics:
        arm = arm_of(entry.operator)
        if arm in sums:
            old = sums[arm]
            sums[arm] = Tally(
                old.proposals + entry.proposals,
                old.improvements + entry.improvements,
                old.cost + entry.cost,
            )
    return sums


def mean_costs(tallies: dict[str, Tally]) -> dict[str, float]:
    """US dollars a proposal; a model not tried yet is thought to cost what the others do."""
    known = {arm: t.cost / t.proposals for arm, t in tallies.items() if t.proposals}
    models = [cost for arm, cost in known.items() if arm != GENETIC_ARM]
    usual = sum(models) / len(models) if models else 0.0
    return {arm: known.get(arm, 0.0 if arm == GENETIC_ARM else usual) for arm in tallies}


def choose_arm(
    arms: Sequence[str],
    statistics: Iterable[OperatorStatistics],
    *,
    worth: float,
    rng: np.random.Generator,
) -> str:
    """The arm whose next proposal promises most: what it may bring, less what it costs.

    For each arm a rate of improvements is drawn from Beta(1 + improvements, 1 + failures), so
    that a little known arm is tried now and then, and less so the more is known against it.

    Args:
        arms: At least one, as `arm_of` names them.
        statistics: By whole proposal names.
        worth: US dollars that an improvement is worth.
        rng: Decides; of equal values the first arm's wins.
    """
    tallies = tally(arms, statistics)
    costs = mean_costs(tallies)
    values = {}
    for arm, known in tallies.items():
        failures = known.proposals - known.improvements
        values[arm] = rng.beta(1 + known.improvements, 1 + failures) * worth - costs[arm]
    return max(values, key=values.__getitem__)
