"""Estimates against what a run then does, and how the terminal words things."""

from pathlib import Path

import pytest

from evolution.estimate import estimate
from evolution.pairs import Result
from evolution.records import parse_results
from evolution.view import format_seconds
from tests.evolution.small_runs import run_whole, small_config


@pytest.mark.parametrize("carry", ["champions", "archive"])
@pytest.mark.parametrize("kind", ["melee", "pairwise"])
def test_estimate__bounds_what_the_run_does(tmp_path: Path, kind: str, carry: str) -> None:
    config = small_config(fitness={"kind": kind}, search={"carry": carry})
    guess = estimate(config, 1)
    rows = run_whole(tmp_path / "run", config)
    asked = [row for row in rows["proposals"] if row[3] != "carried"]
    assert guess.proposals == len(asked)
    assert guess.model_calls == 0
    done = len(rows["evaluations"])
    assert done <= guess.evaluations <= 1.6 * done
    fights = sum(row[5] * max(1, len(parse_results(row[-1]))) for row in rows["evaluations"])
    tables = ("ratchet", "bundled")
    fights += sum(sum(Result(*row[2:]).__dict__.values()) for t in tables for row in rows[t])
    assert fights <= guess.fights <= 1.6 * fights
    assert guess.seconds > 0


def test_estimate__model_calls_follow_the_shares() -> None:
    llm = small_config(mutator={"kind": "llm"})
    mixed = small_config(mutator={"kind": "mixed", "shares": {"genetic": 3.0, "llm": 1.0}})
    assert (estimate(llm, 1).model_calls, estimate(mixed, 1).model_calls) == (132, 33)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.6, "1 min 0 s"), (185, "3 min 5 s"), (26_400, "7 h 20 min")],
)
def test_format_seconds(seconds: float, words: str) -> None:
    assert format_seconds(seconds) == words
