"""Figures that only the report shows, on hand-made runs whose answers are known."""

import math

import numpy as np
import pandas as pd
import pytest

from analysis.report.figures import ratchet_results
from analysis.report.measures import (
    bundled_generality,
    fitness,
    fitness_by_round,
    operator_success,
    throughput,
    tokens,
)
from tests.analysis.hand_made import hand_made_run, lineage, record
from tests.evolution.small_runs import small_config

Row = dict[str, object]


def evaluation(number: int, warrior: str, purpose: str, value: float, error: float) -> Row:
    return {
        "round": number,
        "warrior": warrior,
        "purpose": purpose,
        "fitness": value,
        "standard_error": error,
        "fights": 10,
        "seed": 1,
        "spawned": 1.0,
        "coverage": 1.0,
        "length": 1,
        "opcodes": 1,
        "results": "",
    }


def against(champion: int, *results: tuple[int, int, int]) -> list[Row]:
    names = ("wins", "ties", "losses")
    return [
        {"champion": champion, "opponent": f"o{place}", **dict(zip(names, result, strict=True))}
        for place, result in enumerate(results)
    ]


def test_fitness__of_the_champions_only() -> None:
    run = hand_made_run(
        champions=lineage("a", "b", "c"),
        evaluations=[
            evaluation(1, "b", "search", 2.5, 0.1),
            evaluation(1, "b", "champion", 2.0, 0.5),
            evaluation(1, "x", "champion", 3.0, 0.1),
            evaluation(2, "c", "champion", 1.0, 0.1),
            evaluation(2, "c", "search", 1.5, 0.1),
        ],
    )
    table = fitness(run)
    assert table["round"].tolist() == [1, 2]
    assert table["fitness"].tolist() == [2.0, 1.0]
    assert table["searched"].tolist() == [2.5, 1.5]
    assert table["most"].tolist() == [3.0, 3.0]
    assert table["fitness_low"].tolist() == pytest.approx([2 - 0.98, 1 - 0.196])
    assert table["fitness_high"].tolist() == pytest.approx([2 + 0.98, 1 + 0.196])


def test_fitness_by_round__of_one_run_and_of_two() -> None:
    def run_of(name: str, value: float) -> pd.DataFrame:
        rows = [evaluation(1, "b", purpose, value, 0.5) for purpose in ("search", "champion")]
        return fitness(hand_made_run(name, champions=lineage("a", "b"), evaluations=rows))

    one, two = run_of("one", 1.0), run_of("two", 2.0)
    (alone,) = fitness_by_round(one).to_dict("records")
    assert (alone["runs"], alone["fitness"]) == (1, 1.0)
    assert alone["fitness_low"] == pytest.approx(1 - 0.98)
    both = fitness_by_round(pd.concat([one, two]))
    assert both["fitness"].tolist() == [1.5]
    assert both["fitness_low"].tolist() == pytest.approx([1.0], abs=0.1)
    assert both["fitness_high"].tolist() == pytest.approx([2.0], abs=0.1)


def test_bundled_generality__sure_results_have_no_width() -> None:
    run = hand_made_run(
        champions=lineage("a", "b"),
        bundled=[
            *against(0, (0, 0, 4), (0, 0, 4)),
            *against(1, (4, 0, 0), (0, 4, 0)),
        ],
    )
    first, second = bundled_generality(run).to_dict("records")
    assert (first["warrior"], first["opponents"], first["fights"]) == ("a", 2, 4)
    assert [first[name] for name in ("defeated", "tied_or_defeated", "loss")] == [0, 0, 1]
    names = ("defeated", "tied_or_defeated", "win", "tie", "loss", "score")
    assert [second[name] for name in names] == [0.5, 1, 0.5, 0.5, 0, 200]
    for row in (first, second):
        assert all(row[f"{name}_low"] == row[name] == row[f"{name}_high"] for name in names)


def test_bundled_generality__interval_holds_the_figure_and_is_repeatable() -> None:
    run = hand_made_run(champions=lineage("a"), bundled=against(0, (6, 0, 4), (3, 1, 6)))
    table = bundled_generality(run, seed=3)
    assert (table["win_low"] < table["win"]).all()
    assert (table["win"] < table["win_high"]).all()
    assert table.equals(bundled_generality(run, seed=3))
    assert not table.equals(bundled_generality(run, seed=4))


def test_bundled_generality__of_no_fights() -> None:
    assert bundled_generality(hand_made_run(champions=lineage("a"))).empty


def test_operator_success__counts_each_edit() -> None:
    operators = pd.DataFrame(
        {
            "operator": ["genetic.a", "genetic.b", "genetic.never"],
            "proposals": [10, 40, 0],
            "improved": [10, 10, 0],
            "line": [1, 0, 0],
            "ancestry": [1, 0, 0],
            "champions": [1, 0, 0],
        }
    )
    table = operator_success(operators)
    assert table["operator"].tolist() == ["genetic.b", "genetic.a"]
    assert table["success"].tolist() == [0.25, 1.0]
    assert (table["low"] < table["success"]).all()
    assert table["high"].tolist()[1] == pytest.approx(1.0)


def test_throughput__by_round() -> None:
    batches = [
        {"id": 1, "round": 1, "proposals": 4, "evaluations": 4, "seconds": 2.0, "time": ""},
        {"id": 2, "round": 1, "proposals": 6, "evaluations": 2, "seconds": 1.0, "time": ""},
        {"id": 3, "round": 2, "proposals": 5, "evaluations": 5, "seconds": 1.0, "time": ""},
    ]
    first, second = throughput(hand_made_run(batches=batches)).to_dict("records")
    assert (first["proposals"], first["evaluations"], first["rate"]) == (10, 6, 2.0)
    assert first["rate_low"] == first["rate_high"] == 2.0
    assert (second["rate"], math.isnan(second["rate_low"])) == (5.0, True)


def test_tokens__of_replies_that_came() -> None:
    def reply(number: int, model: str, cost: float, fault: str = "") -> Row:
        counts = dict.fromkeys(("cached_tokens", "reasoning_tokens"), 0)
        texts = dict.fromkeys(("subject", "answered_by", "finish"), "")
        return {
            **{"round": 1, "number": number, "attempt": 0, "model": model, "cost": cost},
            **{"prompt_tokens": 100, "completion_tokens": 10, "counted": "server"},
            **{"seconds": 1.0, "fault": fault, **counts, **texts},
        }

    rows = [reply(0, "a", 0.5), reply(1, "a", 0.25), reply(2, "b", math.nan), reply(3, "a", 9, "x")]
    table = tokens(hand_made_run(replies=rows))
    assert table[["model", "replies", "tokens"]].to_numpy().tolist() == [
        ["a", 2, 220],
        ["b", 1, 110],
    ]
    assert table["cost"].tolist()[0] == 0.75
    assert np.isnan(table["cost"].tolist()[1])


def test_ratchet_results__a_tie_is_half_a_win() -> None:
    run = hand_made_run(
        config=small_config(),
        champions=lineage("a", "b", "c"),
        ratchet=record({(1, 0): (3, 1, 0), (2, 0): (0, 4, 0), (2, 1): (0, 0, 4)}),
    )
    results = ratchet_results(run.ratchet, 3)
    assert [results[1, 0], results[2, 0], results[2, 1]] == [0.875, 0.5, 0.0]
    assert np.isnan(results[np.triu_indices(3)]).all()
