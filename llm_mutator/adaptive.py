"""Operators' names in a proposal, and weights that follow what operators brought lately.

A proposal of several edits is called "genetic.delete+number": its distinct operators, at
most four (the first used), in alphabetical order. A proposal's success is credited whole to
each operator in its name: which edit of several did it cannot be known, and with enough
proposals the chance companions cancel out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from llm_mutator.mutator import OperatorStatistics

PREFIX: Final = "genetic."
_MOST_NAMES: Final = 4


def format_operator(names: Sequence[str]) -> str:
    """The name of a proposal made by these operators, in order of use, with repetitions."""
    distinct = tuple(dict.fromkeys(names))[:_MOST_NAMES]
    return PREFIX + ("+".join(sorted(distinct)) or "none")


def parse_operator(operator: str) -> tuple[str, ...]:
    """The genetic operators in a proposal's name; none when another mutator made it."""
    if not operator.startswith(PREFIX) or operator == PREFIX + "none":
        return ()
    return tuple(operator.removeprefix(PREFIX).split("+"))


def adapt_weights(
    weights: Mapping[str, float],
    statistics: Iterable[OperatorStatistics],
    *,
    prior: float,
    bound: float,
) -> dict[str, float]:
    """Scales each weight by its operator's rate of improvements over the average one.

    The rate is smoothed, (improvements + prior · average) / (proposals + prior), so that a
    rarely used operator stays near its weight; the factor lies in [1/bound, bound], so that
    none dies out or takes over. Statistics of operators not in `weights` do not count.

    Args:
        weights: Of operators chosen among each other.
        statistics: By whole proposal names; a name may occur more than once.
        prior: Proposals at the average rate credited to each operator, above 0.
        bound: Most that a weight is multiplied or divided by, at least 1.
    """
    proposals = dict.fromkeys(weights, 0)
    improvements = dict.fromkeys(weights, 0)
    for entry in statistics:
        for name in parse_operator(entry.operator):
            if name in proposals:
                proposals[name] += entry.proposals
                improvements[name] += entry.improvements
    if not any(improvements.values()):
        return dict(weights)
    average = sum(improvements.values()) / sum(proposals.values())
    adapted = {}
    for name, weight in weights.items():
        rate = (improvements[name] + prior * average) / (proposals[name] + prior)
        adapted[name] = weight * min(max(rate / average, 1 / bound), bound)
    return adapted
