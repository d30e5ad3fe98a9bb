"""Champions against a panel that their run has not seen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.generality import MEASURES, generality, generality_by_round
from analysis.generality_differences import generality_differences
from analysis.generality_panel import (
    PanelResults,
    fight_panel,
    twin_notes,
    twins,
    without_seen,
    without_twins,
)
from analysis.generality_plot import COLOURS, GREY, generality_figure
from analysis.loading_groups import champions_by_id, load_runs
from mars.entrants import read_entrants
from mars.fights import battle
from mars.intervals import limits, mean_limits, resample_counts
from mars.settings import CoreSettings
from tests.analysis.hand_made import hand_made_run

Runs = dict[str, Path]
NANO = CoreSettings.preset("nano")


def results_of(outcomes: object, groups: tuple[str, ...] = ("K=1",)) -> PanelResults:
    """Results by hand: outcomes[champion][opponent][fight]; a run a group, a champion each."""
    table = np.array(outcomes, np.int8)
    champions = pd.DataFrame(
        {
            "run": [f"run {place}" for place in range(len(table))],
            "group": groups * (len(table) // len(groups)),
            "round": 1,
            "warrior": [f"w{place}" for place in range(len(table))],
            "place": range(len(table)),
        }
    )
    opponents = tuple(f"o{place}" for place in range(table.shape[1]))
    return PanelResults(champions, opponents, table, tuple(("",) * len(opponents) for _ in table))


def test_generality__shares_of_a_known_table() -> None:
    beats, ties, loses, even = [1, 1, -1], [0, 0, 0], [-1, -1, 1], [1, -1, 0]
    found = generality(results_of([[beats, ties, loses, even]])).iloc[0]
    assert (found["opponents"], found["fights"]) == (4, 3)
    assert (found["defeated"], found["tied_or_defeated"]) == (1 / 4, 3 / 4)
    assert found[["win", "tie", "loss"]].tolist() == pytest.approx([4 / 12, 4 / 12, 4 / 12])
    assert found["score"] == pytest.approx(100 * (3 * 4 + 4) / 12)
    for name in MEASURES:
        assert found[f"{name}_low"] <= found[name] <= found[f"{name}_high"]


def test_generality__no_doubt_about_what_never_changes() -> None:
    found = generality(results_of([[[1] * 20, [1] * 20], [[0] * 20, [-1] * 20]]))
    for name, values in {"defeated": [1, 0], "tied_or_defeated": [1, 0.5], "tie": [0, 0.5]}.items():
        for end in ("", "_low", "_high"):
            assert found[f"{name}{end}"].tolist() == pytest.approx(values)


def test_generality__intervals_are_those_of_chance() -> None:
    """Half won, half lost: the share of won fights has the binomial's standard error."""
    fights = 400
    outcomes = np.where(np.arange(fights) % 2, 1, -1)
    found = generality(results_of([[outcomes]])).iloc[0]
    error = np.sqrt(0.25 / fights)
    assert found["win"] == 0.5
    assert (found["win_high"] - found["win_low"]) / (2 * 1.96 * error) == pytest.approx(1, abs=0.12)
    # Fights with the same positions move together: many copies of an opponent tell no more.
    copies = generality(results_of([[outcomes] * 50])).iloc[0]
    assert copies["win_low"] == pytest.approx(found["win_low"])


def test_generality_by_round__means_over_runs() -> None:
    wins, losses = [[1] * 5], [[-1] * 5]
    table = generality(results_of([wins, losses, wins, wins], ("K=10", "K=3")))
    found = generality_by_round(table)
    assert found["group"].tolist() == ["K=3", "K=10"]
    assert found["runs"].tolist() == [2, 2]
    assert found["defeated"].tolist() == [0.5, 1.0]
    assert found["defeated_low"].tolist() == pytest.approx([0, 1], abs=0.05)
    assert found["defeated_high"].tolist() == pytest.approx([1, 1], abs=0.05)
    # One run: the limits are those from its fights.
    mixed = generality(results_of([[[1, 1, 1, -1, -1]]]))
    alone = generality_by_round(mixed).iloc[0]
    for end in ("low", "high"):
        assert alone[f"win_{end}"] == mixed[f"win_{end}"].iloc[0]


def test_generality_by_round__islands_of_a_run_count_once() -> None:
    rows = [[[1, 1, -1, -1]], [[1, 1, 1, -1]], [[-1] * 4]]
    table = generality(results_of(rows)).assign(unit=["a", "b", "c"])
    twice = pd.concat([table, table.assign(run=table["run"] + "/island_1")])
    once, doubled = (generality_by_round(found).iloc[0] for found in (table, twice))
    assert (doubled["runs"], doubled["islands"]) == (3, 6)
    for name in MEASURES:
        for end in ("", "_low", "_high"):
            assert doubled[f"{name}{end}"] == pytest.approx(once[f"{name}{end}"])
    free = generality_by_round(twice.drop(columns="unit")).iloc[0]
    assert free["win_high"] - free["win_low"] < once["win_high"] - once["win_low"]
    # Two islands are one run: no other run tells how runs differ, but the fights have limits.
    alone = generality_by_round(table.iloc[:2].assign(unit="a")).iloc[0]
    assert alone["runs"] == 1
    assert alone["win_low"] == pytest.approx(table["win_low"].iloc[:2].mean())


def test_generality_differences__pairs_of_one_seed() -> None:
    """The later group wins a tenth more than the run of the same seed, whatever that one wins."""

    def champions(group: str, shares: list[float], last: int = 2) -> pd.DataFrame:
        rows = [
            {"run": f"{group}/{place}", "group": group, "round": number, "defeated": share}
            for place, share in enumerate(shares)
            for number in range(last + 1)
        ]
        return pd.DataFrame(rows).assign(tied_or_defeated=0.5, score=lambda t: 100 * t["defeated"])

    seeds = [0.1, 0.4, 0.6, 0.9]
    table = pd.concat(
        [
            champions("K=1", seeds),
            champions("K=3", [share + 0.1 for share in seeds], last=3),
            champions("K=3, shadow", [0.0] * 4),
        ]
    )
    starts = {run: (int(run.partition("/")[2]), "w_0") for run in table["run"]}
    found = generality_differences(table, starts)
    assert found["group"].tolist() == ["K=3", "K=3"]
    assert found["against"].tolist() == ["K=1", "K=3, shadow"]
    assert (
        found[["round", "runs", "against_runs", "pairs"]].to_numpy().tolist() == [[2, 4, 4, 4]] * 2
    )
    first = found.iloc[0]
    ends = ["defeated", "defeated_low", "defeated_high"]
    assert first[ends].tolist() == pytest.approx([0.1] * 3)
    assert first["score"] == pytest.approx(10)
    assert found["defeated"][1] == pytest.approx(0.6)
    alone = generality_differences(table, {}).iloc[0]
    assert (alone["pairs"], alone["defeated"]) == (0, pytest.approx(0.1))
    assert alone["defeated_low"] < -0.1 < 0.3 < alone["defeated_high"]
    assert generality_differences(table[table["group"] == "K=1"], starts).empty
    single = generality_differences(table[table["run"].str.endswith("/0")], starts).iloc[0]
    assert single["defeated"] == pytest.approx(0.1)
    assert np.isnan(single["defeated_low"])


def test_limits__around_the_estimate() -> None:
    drawn = np.linspace(0, 1, 1001)
    low, high = limits(drawn, 0.5)
    assert (float(low), float(high)) == pytest.approx((0.025, 0.975))
    low, high = limits(drawn, 0.9)  # a biased statistic keeps its width
    assert (float(low), float(high)) == pytest.approx((0.425, 1.375))
    assert np.isnan(mean_limits(np.array([1.0]), 0)).all()
    assert (resample_counts(7, 3).sum(axis=1) == 7).all()
    assert (resample_counts(7, 3) == resample_counts(7, 3)).all()
    assert (resample_counts(7, 3) != resample_counts(7, 4)).any()


def test_fight_panel__as_the_engine_fights(recorded: Runs, nano_panel: Path) -> None:
    runs = load_runs([recorded["first"], recorded["null"]])
    entries = read_entrants([str(nano_panel)], NANO, rounds=10).entrants
    panel = [entrant.warrior for entrant in entries]
    calls: list[tuple[int, int]] = []
    results = fight_panel(
        runs, panel, fights=10, seed=5, workers=2, on_progress=lambda *call: calls.append(call)
    )
    champions = list(champions_by_id(runs).values())
    total = len(champions) * len(panel)
    assert calls[-1] == (total, total)
    for row, champion in enumerate(champions):
        for column, opponent in enumerate(panel):
            expected = battle((champion, opponent), NANO, fights=10, seed=5)
            outcomes = results.outcomes[row, column]
            assert (outcomes > 0).sum() == expected.wins[0]
            assert (outcomes < 0).sum() == expected.wins[1]
    ids = [champions[place].id for place in results.champions["place"]]
    assert ids == results.champions["warrior"].tolist()
    again = fight_panel(runs, panel[::-1], fights=10, seed=5)
    assert (again.outcomes[:, ::-1] == results.outcomes).all()


def test_fight_panel__nobody_is_left(recorded: Runs) -> None:
    with pytest.raises(ValueError, match="expected at least one warrior that no run has seen"):
        fight_panel(load_runs([recorded["first"]]), [], fights=2)


def test_without_seen__named_and_left_out(recorded: Runs, nano_panel: Path) -> None:
    runs = load_runs([recorded["first"], recorded["second"]])
    entries = read_entrants([str(nano_panel)], NANO, rounds=10).entrants
    unseen, notes = without_seen(entries, runs)
    assert len(unseen) == 5
    assert notes == [f"{nano_panel}/imp.red: left out, seen by first and 1 more"]
    stranger = hand_made_run(config=runs[0].config, warriors=[{"id": unseen[0].warrior.id}])
    _, notes = without_seen(unseen, [stranger])
    assert notes == [f"{unseen[0].label}: left out, seen by made"]


def test_twins__the_same_in_every_fight(recorded: Runs, nano_panel: Path) -> None:
    runs = load_runs([recorded["first"]])
    entries = read_entrants([str(nano_panel)], NANO, rounds=10).entrants
    results = fight_panel(runs, [entrant.warrior for entrant in entries], fights=20)
    names = {entrant.warrior.id: Path(entrant.label).name for entrant in entries}
    found = [[names[results.opponents[place]] for place in group] for group in twins(results)]
    assert found == [["sitter.red", "sitting.red"]]
    said = "sitter.red, sitting.red: the same in every fight, "
    assert twin_notes(results, names, kept=True) == [f"{said}counted 2 times"]
    assert twin_notes(results, names, kept=False) == [f"{said}only the first counts"]
    once = without_twins(results)
    assert [names[opponent] for opponent in once.opponents] == [
        name for name in map(names.get, results.opponents) if name != "sitting.red"
    ]
    assert (once.outcomes == results.outcomes[:, [0, 1, 2, 3, 5]]).all()
    assert {len(row) for row in once.deaths} == {5}
    assert twins(once) == []
    # Opponents that lose always, but at other times, are not the same; nor can those be told
    # apart in whose fights nobody dies.
    same = PanelResults(results.champions, ("a", "b", "c"), results.outcomes, (("x", "", ""),))
    assert twins(same) == []
    # A champion that kills itself dies alike whoever it meets.
    alike = ("x", "x", "x")
    assert twins(replace(same, deaths=(alike, ("y", "", "")))) == []
    assert twins(replace(same, deaths=(alike, ("y", "z", "z")))) == [[1, 2]]


def test_generality_figure__bands_and_colours() -> None:
    rows = [
        {"group": group, "round": number, "runs": 2}
        | {f"{name}{end}": 0.5 for name in MEASURES for end in ("", "_low", "_high")}
        for group in ("K=1", "K=all, shadow")
        for number in range(3)
    ]
    figure = generality_figure(pd.DataFrame(rows), "a $title$\x1b")
    left, right = figure.axes
    assert [line.get_color() for line in left.lines] == [COLOURS[0], GREY]
    assert len(left.collections) == len(right.collections) == 2
    assert "% of warriors" in left.get_ylabel()
    assert left.get_xlabel() == "round"
    (legend,) = figure.legends  # below, where no curve is
    assert [text.get_text() for text in legend.get_texts()] == [
        "K=1, 2 runs",
        "K=all, shadow, 2 runs",
    ]
