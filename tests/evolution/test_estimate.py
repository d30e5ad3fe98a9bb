"""Estimates against what a run then does, and how the terminal words things."""

from pathlib import Path
from typing import Any

import pytest

from evolution.estimate import estimate
from evolution.model_estimate import ModelEstimate
from evolution.pairs import Result
from evolution.records import parse_results
from evolution.service import Service
from llm_mutator.mutator import MutatorUnavailable
from llm_mutator.prices import package_prices
from mars.terminal import format_seconds
from tests.evolution.small_runs import run_whole, small_config


@pytest.mark.parametrize("carry", ["champions", "archive"])
@pytest.mark.parametrize("kind", ["melee", "pairwise"])
def test_estimate__bounds_what_the_run_does(tmp_path: Path, kind: str, carry: str) -> None:
    config = small_config(fitness={"kind": kind}, search={"carry": carry})
    guess = estimate(config, 1, Service())
    rows = run_whole(tmp_path / "run", config)
    asked = [row for row in rows["proposals"] if row[3] != "carried"]
    assert guess.proposals == len(asked)
    assert guess.models == ()
    done = len(rows["evaluations"])
    assert done <= guess.evaluations <= 1.6 * done
    fights = sum(row[5] * max(1, len(parse_results(row[-1]))) for row in rows["evaluations"])
    tables = ("ratchet", "bundled")
    fights += sum(sum(Result(*row[2:]).__dict__.values()) for t in tables for row in rows[t])
    assert fights <= guess.fights <= 1.6 * fights
    assert guess.seconds > 0


def models_of(**mutator: Any) -> tuple[ModelEstimate, ...]:
    config = small_config(mutator={"kind": "llm"} | mutator)
    return estimate(config, 1, Service(allow_unpriced=True)).models


def test_estimate__calls_follow_the_shares_and_weights() -> None:
    (alone,) = models_of(llm={"repairs": 0})
    assert (alone.calls, alone.most_calls) == (132, 132)
    (mixed,) = models_of(kind="mixed", shares={"genetic": 3.0, "llm": 1.0}, llm={"repairs": 2})
    assert (mixed.calls, mixed.most_calls) == (round(33 * 1.3), 99)
    models = [{"model": "a", "weight": 3.0}, {"model": "b"}, {"model": "c", "weight": 0.0}]
    several = models_of(llm={"repairs": 0, "models": models})
    assert [(model.model, model.calls) for model in several] == [("a", 99), ("b", 33)]


def test_estimate__costs_what_the_tokens_cost() -> None:
    (known,) = models_of(llm={"model": "gpt-4.1-mini-2025-04-14", "repairs": 0})
    (price,) = [price for price in package_prices() if price.model == "gpt-4.1-mini"]
    assert known.cost is not None
    assert known.most_cost is not None
    written, read = 132 * 700, known.tokens - 132 * 700
    assert known.cost == pytest.approx((read * price.input + written * price.output) / 1e6)
    assert 0 < known.cost < known.most_cost
    assert known.tokens < known.most_tokens
    (unknown,) = models_of(llm={"model": "m"})
    assert unknown.cost is None


def test_estimate__a_model_without_a_price_is_refused() -> None:
    config = small_config(mutator={"kind": "llm", "llm": {"model": "m"}})
    with pytest.raises(MutatorUnavailable, match="expected a price for model 'm'"):
        estimate(config, 1, Service())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.6, "1 min 0 s"), (185, "3 min 5 s"), (26_400, "7 h 20 min")],
)
def test_format_seconds(seconds: float, words: str) -> None:
    assert format_seconds(seconds) == words
