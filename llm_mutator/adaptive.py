"""Operators' names in a proposal, and weights that follow what operators brought lately.

A proposal of several edits is called "genetic.delete+number": its distinct operators, at
most four (the first used), in alphabetical order. A proposal's success is credited whole to
each operator in its name: which edit of several did it cannot be known, and with enough
proposals the chance companions cancel out.

A chat model's proposal is called "llm.informed.mutate@gpt-4.1-mini": style, task, and model;
"llm.informed.mutate+repair@gpt-4.1-mini" when a repair was asked for.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from llm_mutator.llm_config import Style
from llm_mutator.mutator import PARENTS_OF_TASK, OperatorStatistics, Task

PREFIX: Final = "genetic."
GENETIC_ARM: Final = "genetic"

_MOST_NAMES: Final = 4
_LLM: Final = re.compile(
    r"llm\.(blind|informed)\.(new|mutate|crossover)(\+repair)?@(.+)", re.DOTALL
)


@dataclass(frozen=True)
class LLMOperator:
    """What the name of a chat model's proposal tells."""

    style: Style
    task: Task
    model: str
    repaired: bool = False


def format_llm_operator(operator: LLMOperator) -> str:
    """The name of a chat model's proposal."""
    repair = "+repair" if operator.repaired else ""
    return f"llm.{operator.style}.{operator.task}{repair}{llm_arm(operator.model)}"


def parse_llm_operator(operator: str) -> LLMOperator | None:
    """Reads back what `format_llm_operator` writes; None when another mutator made it."""
    match = _LLM.fullmatch(operator)
    if match is None:
        return None
    style: Style = next(style for style in get_args(Style) if style == match[1])
    task = next(task for task in PARENTS_OF_TASK if task == match[2])
    return LLMOperator(style, task, match[4], bool(match[3]))


def llm_arm(model: str) -> str:
    """What a bandit calls a model; never "genetic"."""
    return f"@{model}"


def arm_of(operator: str) -> str:
    """Who made a proposal of this name: "genetic", a model ("@NAME"), or nobody known ("")."""
    if operator.startswith(PREFIX):
        return GENETIC_ARM
    parsed = parse_llm_operator(operator)
    return llm_arm(parsed.model) if parsed is not None else ""


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
