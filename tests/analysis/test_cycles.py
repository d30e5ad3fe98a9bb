"""Circles among champions, and what they forget."""

from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.cycles import cycles, forgetting, payoff_of
from analysis.cycles_groups import cycles_by_group
from analysis.cycles_plot import PANELS, cycles_figure
from analysis.loading_groups import load_runs
from evolution.records import read_ratchet
from evolution.store import DATABASE, Store
from tests.analysis.hand_made import hand_made_run, lineage, record
from tests.evolution.naive_ratchet import forgotten
from tests.evolution.small_runs import small_config

Runs = dict[str, Path]
WON, LOST = (90, 0, 10), (10, 0, 90)
CIRCLE = record({(1, 0): WON, (2, 1): WON, (2, 0): LOST})
# Odds of 3, 3 and 9 (with half a win more on each side): log-odds that add up.
LADDER = record({(1, 0): (7, 0, 2), (2, 1): (7, 0, 2), (2, 0): (13, 0, 1)})


def test_cycles__rock_paper_scissors_is_a_circle() -> None:
    run = hand_made_run(champions=lineage("a", "b", "c"), ratchet=CIRCLE)
    found = cycles([run], resamples=50).iloc[0]
    assert (found["champions"], found["decided"], found["cycles"]) == (3, 1, 1)
    assert found["cycle_share"] == 1
    assert found["cyclic_share"] == pytest.approx(1)
    assert found["cyclic_share_low"] > found["cyclic_share_floor_high"]
    # The third loses to the first, which the second beat.
    assert (found["forgettable"], found["forgotten"], found["forgotten_share"]) == (1, 1, 1)
    assert found["forgotten_share_low"] == 1


def test_cycles__a_ladder_has_none() -> None:
    run = hand_made_run(champions=lineage("a", "b", "c"), ratchet=LADDER)
    found = cycles([run], resamples=50).iloc[0]
    assert (found["decided"], found["cycles"], found["cycle_share"]) == (1, 0, 0)
    assert found["cyclic_share"] == pytest.approx(0, abs=1e-12)
    assert (found["forgettable"], found["forgotten"]) == (1, 0)
    for name in ("cycles", "cycle_share", "cyclic_share", "forgotten_share"):
        assert found[f"{name}_low"] <= found[name] <= found[f"{name}_high"]


def test_cycles__all_triples_of_many_champions() -> None:
    """Champion t beats t-1 alone and loses to all others before: counted one by one."""
    pairs = {(c, a): WON if c == a + 1 else LOST for a, c in combinations(range(7), 2)}
    run = hand_made_run(
        champions=lineage(*"abcdefg"), ratchet=record(pairs), config=small_config(rounds=6)
    )

    def beats(a: int, b: int) -> bool:
        return pairs[max(a, b), min(a, b)][0 if a > b else 2] == 90

    expected = sum(
        beats(a, b) == beats(b, c) == beats(c, a) for a, b, c in combinations(range(7), 3)
    )
    found = cycles([run], resamples=3).iloc[0]
    assert (found["decided"], found["cycles"]) == (35, expected)


def test_payoff_of__a_warrior_counts_once() -> None:
    pairs = record(
        {(1, 0): WON, (2, 0): LOST, (2, 1): (1, 2, 3), (3, 0): (5, 5, 5), (3, 1): WON, (3, 2): WON}
    )
    run = hand_made_run(champions=lineage("a", "b", "b", "c"), ratchet=pairs)
    payoff = payoff_of(run)
    assert payoff.rounds.tolist() == [0, 1, 3]
    assert payoff.wins.tolist() == [[0, 10, 5], [90, 0, 10], [5, 90, 0]]
    assert payoff.ties.tolist() == [[0, 0, 5], [0, 0, 0], [5, 0, 0]]


def test_cycles__too_few_champions() -> None:
    alone = hand_made_run(champions=lineage("a"))
    two = hand_made_run("two", champions=lineage("a", "b", "b"), ratchet=CIRCLE)
    found = cycles([alone, two], resamples=3)
    assert found["champions"].tolist() == [1, 2]
    assert found["decided"].tolist() == [0, 0]
    assert found[["cycles", "cycle_share"]].isna().all(axis=None)
    assert found["forgotten"].tolist() == [0, 1]
    by_group = cycles_by_group(found)
    assert np.isnan(by_group["cyclic_share"].iloc[0])
    assert by_group[["runs", "measured"]].iloc[0].tolist() == [2, 0]
    # Nor do they blank the others of their group.
    three = hand_made_run("three", champions=lineage("a", "b", "c"), ratchet=CIRCLE)
    more = cycles_by_group(cycles([alone, two, three], resamples=3)).iloc[0]
    assert more[["runs", "measured", "cycles", "cycle_share"]].tolist() == [3, 1, 1, 1]
    assert more["forgotten_share"] == pytest.approx(2 / 3)


def test_forgetting__as_the_run_itself_counts_it(recorded: Runs) -> None:
    for run in load_runs(recorded.values()):
        with Store(run.path / DATABASE) as store:
            results = read_ratchet(store)
        table = forgetting(run)
        assert table["round"].tolist() == [1, 2, 3]
        expected = [len(forgotten(number, results)) for number in table["round"]]
        assert table["forgotten"].tolist() == expected
        for row in table.itertuples():
            mine = [results[row.round, ancestor] for ancestor in range(row.round)]
            assert row.beaten == sum(result.beats for result in mine)
            assert row.lost == sum(result.loses for result in mine)


def test_cycles_by_group__means_over_runs() -> None:
    circle = {"champions": lineage("a", "b", "c"), "ratchet": CIRCLE}
    ladder = {"champions": lineage("a", "b", "c"), "ratchet": LADDER}
    runs = [
        hand_made_run("1", small_config(history=10), **ladder),
        hand_made_run("2", small_config(history=3), **ladder),
        hand_made_run("3", small_config(history=3), **circle),
    ]
    calls: list[tuple[int, int]] = []
    table = cycles(runs, resamples=20, on_progress=lambda *call: calls.append(call))
    assert calls[-1] == (60, 60)
    found = cycles_by_group(table)
    assert found["group"].tolist() == ["K=3", "K=10"]
    assert found["cycles"].tolist() == [0.5, 0]
    assert found["cycles_low"].tolist() == pytest.approx([0, 0], abs=0.05)
    assert found["cycles_high"].tolist()[0] == pytest.approx(1, abs=0.05)
    assert found["forgotten_share"].tolist() == [0.5, 0]
    assert found["against"].tolist() == ["K=3", "K=3"]
    assert found["more"].tolist() == pytest.approx([np.nan, -1], nan_ok=True)
    assert found["more_low"].isna().all()  # no limits of a single run
    pd.testing.assert_frame_equal(cycles(runs, resamples=20), table)
    figure = cycles_figure(table, found, "title")
    assert [axes.get_ylabel() for axes in figure.axes] == list(PANELS.values())
    levels = figure.axes[0].get_xticklabels()
    assert [label.get_text() for label in levels] == ["K=3", "K=10"]
    assert {label.get_rotation() for label in levels} == {0}
    long = {"K=3": "K=3, fitness=pairwise", "K=10": "K=10, fitness=pairwise"}
    table, found = (t.assign(group=t["group"].map(long)) for t in (table, found))
    levels = cycles_figure(table, found, "title").axes[0].get_xticklabels()
    assert {label.get_rotation() for label in levels} == {40}


def counted(**groups: list[float]) -> pd.DataFrame:
    """A table of runs in which only the cycles differ, by K."""
    rows = [
        {"run": f"{history}/{place}", "group": f"K={history[1:]}", "cycles": cycles}
        for history, counts in groups.items()
        for place, cycles in enumerate(counts)
    ]
    names = ("cycle_share", "cyclic_share", "forgotten_share", "cycles_low", "cycles_high")
    names += ("cycle_share_floor", "cyclic_share_floor")
    return pd.DataFrame(rows).assign(**dict.fromkeys(names, 0.0))


def test_cycles_by_group__more_than_in_the_first_group() -> None:
    found = cycles_by_group(counted(K1=[4, 4, 4], K3=[2, 2, 2], K10=[0, 4, 8, 12]))
    assert found["more"].tolist() == pytest.approx([np.nan, -0.5, 0.5], nan_ok=True)
    assert np.isnan(found["more_low"][0])
    assert (found["more_low"][1], found["more_high"][1]) == (-0.5, -0.5)
    assert found["more_low"][2] < 0
    assert found["more_high"][2] > 0.5
    assert cycles_by_group(counted(K1=[0, 0], K3=[2, 2]))["more"].isna().all()


def test_cycles_by_group__shadow_groups_against_the_first_shadow_group() -> None:
    found = cycles_by_group(
        pd.concat(
            [
                counted(K1=[4, 4], K3=[2, 2]),
                counted(K3=[3, 3]).assign(group="K=3, shadow"),
                counted(K10=[6, 6]).assign(group="K=10, shadow"),
            ]
        )
    ).set_index("group")
    assert found["against"].tolist() == ["K=1", "K=1", "K=3, shadow", "K=3, shadow"]
    assert found["more"].tolist() == pytest.approx([np.nan, -0.5, np.nan, 1], nan_ok=True)


def test_cycles_by_group__runs_of_one_seed_are_compared_in_pairs() -> None:
    """Each run has half more cycles than that of its seed: of pairs there is no doubt."""
    table = counted(K1=[2, 8, 20, 40], K3=[3, 12, 30, 60])
    starts = {run: int(run.partition("/")[2]) for run in table["run"]}
    paired = cycles_by_group(table, starts=starts).iloc[1]
    assert paired[["more", "more_low", "more_high"]].tolist() == pytest.approx([0.5] * 3)
    alone = cycles_by_group(table).iloc[1]
    assert alone["more"] == pytest.approx(0.5)
    assert alone["more_low"] < 0 < alone["more"] < alone["more_high"]


def test_cycles_by_group__islands_of_a_run_count_once() -> None:
    table = counted(K1=[1, 2, 6]).assign(unit=["a", "b", "c"])
    twice = pd.concat([table, table.assign(run=table["run"] + "/island_1")])
    once, doubled = cycles_by_group(table).iloc[0], cycles_by_group(twice).iloc[0]
    assert doubled[["runs", "islands", "measured"]].tolist() == [3, 6, 3]
    for name in ("cycles", "cycles_low", "cycles_high"):
        assert doubled[name] == once[name]
    free = cycles_by_group(twice.drop(columns="unit")).iloc[0]
    assert free["cycles_high"] - free["cycles_low"] < once["cycles_high"] - once["cycles_low"]


def test_cycles_figure__selected_next_to_shadow() -> None:
    groups = ("K=1", "K=3", "K=1, shadow", "K=3, shadow")
    parts = [counted(K1=[1, 2]).assign(group=group) for group in groups]
    ends = ("cycle_share", "cyclic_share", "forgotten_share")
    table = pd.concat(parts).assign(**{f"{n}_{end}": 0.0 for n in ends for end in ("low", "high")})
    axes = cycles_figure(table, cycles_by_group(table), "title").axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["K=1", "K=3"]
    runs = [line for line in axes.lines if line.get_marker() in "ox"]
    assert [line.get_marker() for line in runs] == ["o", "o", "x", "x"]
    spans = sorted((min(line.get_xdata()), max(line.get_xdata())) for line in runs)
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    # What all groups have in common stands below, once.
    names = {"K=1": "K=all, a=1", "K=3": "K=all, a=2"}
    plain = table[~table["group"].str.contains("shadow")]
    plain = plain.assign(group=plain["group"].map(names))
    axes = cycles_figure(plain, cycles_by_group(plain), "title").axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a=1", "a=2"]
    assert axes.get_xlabel() == "groups of K=all"
