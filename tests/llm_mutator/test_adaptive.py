"""Operators' names, and weights that follow their success."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_mutator.adaptive import (
    LLMOperator,
    adapt_weights,
    arm_of,
    format_llm_operator,
    format_operator,
    llm_arm,
    parse_llm_operator,
    parse_operator,
)
from llm_mutator.mutator import OperatorStatistics


@pytest.mark.parametrize(
    ("names", "operator"),
    [
        ((), "genetic.none"),
        (("swap",), "genetic.swap"),
        (("swap", "number", "swap"), "genetic.number+swap"),
        (("swap", "mode", "line", "insert", "delete"), "genetic.insert+line+mode+swap"),
    ],
)
def test_format_operator__distinct_sorted_at_most_four(
    names: tuple[str, ...], operator: str
) -> None:
    assert format_operator(names) == operator
    assert set(parse_operator(operator)) <= set(names)


@pytest.mark.parametrize(
    "operator", ["llm.mutate", "llm.blind.new@genetic.swap", "", "swap", "genetic.none"]
)
def test_parse_operator__of_others_is_empty(operator: str) -> None:
    assert parse_operator(operator) == ()


@pytest.mark.parametrize(
    ("operator", "text"),
    [
        (LLMOperator("informed", "mutate", "gpt-4.1-mini"), "llm.informed.mutate@gpt-4.1-mini"),
        (
            LLMOperator("blind", "new", "a/b:8b@x+repair", True),
            "llm.blind.new+repair@a/b:8b@x+repair",
        ),
    ],
)
def test_format_llm_operator__has_style_task_repair_and_model(
    operator: LLMOperator, text: str
) -> None:
    assert format_llm_operator(operator) == text


@given(
    st.sampled_from(["blind", "informed"]),
    st.sampled_from(["new", "mutate", "crossover"]),
    st.text(min_size=1),
    st.booleans(),
)
def test_parse_llm_operator__reads_back_what_format_writes(
    style: Any, task: Any, model: str, repaired: bool
) -> None:
    operator = LLMOperator(style, task, model, repaired)
    assert parse_llm_operator(format_llm_operator(operator)) == operator
    assert arm_of(format_llm_operator(operator)) == llm_arm(model)


@pytest.mark.parametrize(
    "operator",
    [
        "",
        "genetic.swap",
        "llm.mutate",
        "llm.bold.mutate@m",
        "llm.blind.mutate@",
        "llm.blind.new+x@m",
    ],
)
def test_parse_llm_operator__of_others_is_none(operator: str) -> None:
    assert parse_llm_operator(operator) is None
    assert arm_of(operator) == ("genetic" if operator.startswith("genetic.") else "")


def test_arm_of__no_model_is_taken_for_the_genetic_operators() -> None:
    assert arm_of(format_operator(())) == arm_of("genetic.insert+swap") == "genetic"
    assert arm_of("llm.blind.new@genetic") != "genetic"


WEIGHTS = {"swap": 1.0, "insert": 2.0, "mode": 0.0}


def adapted(*statistics: tuple[str, int, int]) -> dict[str, float]:
    """The weights after these statistics."""
    given = [OperatorStatistics(*entry) for entry in statistics]
    return adapt_weights(WEIGHTS, given, prior=50, bound=4)


def test_adapt_weights__nothing_known_or_nothing_gained_changes_nothing() -> None:
    assert adapted() == WEIGHTS
    assert adapted(("genetic.swap", 500, 0)) == WEIGHTS
    assert adapted(("llm.mutate", 10, 10), ("genetic.onepoint", 9, 9)) == WEIGHTS


def test_adapt_weights__follows_the_smoothed_rate() -> None:
    made = adapted(("genetic.swap", 100, 20), ("genetic.insert", 300, 20))
    # The average is 40 / 400.
    assert made["swap"] == pytest.approx((20 + 5) / 150 / 0.1)
    assert made["insert"] == pytest.approx(2 * (20 + 5) / 350 / 0.1)
    assert made["mode"] == 0.0


def test_adapt_weights__a_joint_proposal_counts_for_each() -> None:
    joint = adapted(("genetic.insert+swap", 100, 20), ("genetic.mode", 100, 0))
    apart = adapted(
        ("genetic.insert", 100, 20), ("genetic.swap", 100, 20), ("genetic.mode", 100, 0)
    )
    assert joint == apart


def test_adapt_weights__is_bounded() -> None:
    made = adapted(("genetic.swap", 100_000, 0), ("genetic.insert", 1000, 1000))
    assert made["swap"] == 0.25
    assert made["insert"] == 8.0
