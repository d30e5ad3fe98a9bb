"""Open-endedness of populations made by hand, and of recorded runs."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

import analysis
from analysis.activity import (
    activities,
    activity_table,
    components,
    presence,
    presence_of,
    threshold,
)
from analysis.knockout import knockout_scan
from analysis.loading import champions_of, warrior_of
from analysis.novelty import (
    champion_novelty,
    modes,
    opponents_of,
    persistent,
    skeletons,
    snapshots,
)
from analysis.novelty_plot import novelty_figure
from analysis.novelty_runs import Scans, novelty_by_round, novelty_of
from analysis.novelty_verdict import Chance, verdict
from analysis.phylogeny import phylogeny
from evolution.past import read_elite_ids
from evolution.store import DATABASE, Store
from mars.redcode import Warrior, parse_instruction
from redqueen import main
from tests.analysis.hand_made import hand_made_run, lineage, record


def made(elites: dict[tuple[int, int], str], parents: dict[str, str]) -> Any:
    """A run in which each elite of a (round, cell) was placed once, its parent known by name."""
    rows = [(r, n, name) for n, ((r, _), name) in enumerate(elites.items())]
    first: dict[str, tuple[int, int]] = {}
    for r, n, name in rows:
        first.setdefault(name, (r, n))
    more = [(0, name) for name in parents.values() if name not in first]
    proposals = [
        {"round": r, "number": n, "operator": "genetic.swap", "task": "mutate", "warrior": name}
        for r, n, name in rows
    ]
    places = zip(elites, rows, strict=True)
    assert not more
    return hand_made_run(
        warriors=[{"id": name, "name": name, "length": 1} for name in first],
        proposals=proposals,
        parents=[
            {"round": first[c][0], "number": first[c][1], "position": 0, "parent": p}
            for c, p in parents.items()
        ],
        placements=[
            {"round": r, "number": n, "cell": cell, "status": "new"}
            for (_, cell), (r, n, _) in places
        ],
        champions=lineage("a"),
    )


def test_persistent__what_later_elites_descend_from() -> None:
    elites = {(1, 0): "a", (1, 1): "b", (1, 2): "c", (1, 3): "d"}
    elites |= {(2, 0): "a", (2, 1): "e", (2, 2): "f", (2, 4): "g"}
    # e comes from b by way of c, f from e, g from nobody.
    run = made(elites, {"c": "b", "e": "c", "f": "e"})
    assert snapshots(run)["warrior"].tolist() == ["a", "b", "c", "d", "a", "e", "f", "g"]
    lasting = persistent(run, phylogeny(run))
    assert lasting["warrior"].tolist() == ["a", "c"]
    assert set(lasting["round"]) == {1}
    assert persistent(run, phylogeny(run), interval=2).empty
    with pytest.raises(ValueError, match="interval must be at least 1: got 0"):
        persistent(run, phylogeny(run), interval=0)


def test_snapshots__recorded_run(recorded: dict[str, Path]) -> None:
    run = analysis.load(recorded["first"])
    shots = snapshots(run)
    with Store(recorded["first"] / DATABASE) as store:
        for number in range(1, run.config.rounds + 1):
            elites = [(cell, warrior) for cell, warrior, _, _ in read_elite_ids(store, number)]
            part = shots[shots["round"] == number]
            assert list(zip(part["cell"], part["warrior"], strict=True)) == elites


def test_modes__by_hand() -> None:
    rows = [(1, "x", 2), (1, "y", 5), (2, "x", 2), (2, "x", 2), (3, "z", 1), (3, "y", 5)]
    rows += [(3, "y", 5), (3, "x", 2), (5, "y", 5)]
    table = modes(pd.DataFrame(rows, columns=["round", "skeleton", "complexity"]), range(1, 6))
    assert table["components"].tolist() == [2, 1, 3, 0, 1]
    assert table["change"].tolist() == [2, 0, 2, 0, 1]
    assert table["novelty"].tolist() == [2, 0, 1, 0, 0]
    assert table["complexity"].tolist() == [5, 2, 5, 0, 5]
    assert table["ecology"].tolist() == [1.0, 0.0, 1.5, 0.0, 0.0]
    assert modes(pd.DataFrame(columns=["round", "skeleton", "complexity"]), []).empty


def test_opponents_of__w_0_and_the_latest() -> None:
    assert opponents_of(["a", "b", "c", "b", "d"], 4, 3) == ["a", "b", "c"]
    assert opponents_of(["a", "b", "a", "b"], 4, 4) == ["a", "b"]
    assert opponents_of(["a", "b"], 0, 4) == ["a"]
    assert opponents_of(["a", "b"], 1, 4) == ["a"]


def test_skeletons__are_those_of_the_scans(recorded: dict[str, Path]) -> None:
    run = analysis.load(recorded["first"])
    table = skeletons(run, run.champions, fights=6, opponents=2, seed=4)
    last = table.iloc[-1]
    lineage_ids = run.champions["warrior"].tolist()
    met = opponents_of(lineage_ids, int(last["round"]), 2)
    opponents = [warrior_of(run, warrior) for warrior in met]
    warrior = champions_of(run)[-1]
    scan = knockout_scan(warrior, opponents, run.config.core, fights=6, seed=4)
    assert last["complexity"] == scan["needed"].sum()
    assert last["skeleton"] == "\n".join(scan["instruction"][scan["needed"]])


def test_champion_novelty__by_hand() -> None:
    def measured(number: int, warrior: str, spawned: float, coverage: float) -> dict[str, Any]:
        row = {"round": number, "warrior": warrior, "purpose": "search", "length": 1, "opcodes": 1}
        return row | {"spawned": spawned, "coverage": coverage}

    run = hand_made_run(
        champions=lineage("a", "b", "c", "b", "d"),
        evaluations=[
            measured(1, "a", 0, 0),
            measured(1, "b", 30, 0),  # a new cell
            measured(2, "c", 31, 1),  # b's cell
            measured(3, "b", 90, 0),  # another cell now
            measured(4, "d", 90, 80),  # a new cell
        ],
        ratchet=record(
            {
                (1, 0): (9, 1, 0),
                (2, 0): (9, 1, 0),
                (2, 1): (9, 1, 0),
                (3, 0): (9, 1, 0),
                (3, 1): (0, 10, 0),
                (3, 2): (1, 0, 9),
                (4, 0): (6, 0, 4),
                (4, 1): (6, 0, 4),
                (4, 2): (6, 0, 4),
                (4, 3): (6, 0, 4),
            }
        ),
    )
    champions = run.champions.assign(skeleton=["s", "t", "u", "t", "s"], complexity=[1, 2, 3, 2, 1])
    table = champion_novelty(run, champions)
    assert table["round"].tolist() == [1, 2, 3, 4]
    assert table["new_cell"].tolist() == [True, False, True, True]
    assert table["new_skeleton"].tolist() == [True, True, False, False]
    assert table["beats_all"].tolist() == [True, True, False, True]
    assert table["new_and_beats"].tolist() == [True, False, False, True]


def test_components__pairs_without_numbers() -> None:
    lines = ["MOV.I $0, $1", "MOV.I $7, $1", "JMP.B $-2, <3"]
    found = components(Warrior(tuple(map(parse_instruction, lines))))
    assert found == {
        "|, MOV.I $$",
        "MOV.I $$, MOV.I $$",
        "MOV.I $$, JMP.B $<",
        "JMP.B $<, |",
    }


def test_activity_table__by_hand() -> None:
    active = activities(presence_of({1: "ab", 2: "a", 3: "abc", 4: ""}))
    values = {(r, c): n for r, c, n in active.itertuples(index=False)}
    assert values == {(1, "a"): 1, (1, "b"): 1, (2, "a"): 2, (3, "a"): 3, (3, "b"): 2, (3, "c"): 1}
    table = activity_table(active, 1.0, range(1, 5))
    assert table["diversity"].tolist() == [2, 1, 3, 0]
    assert table["activity"].tolist() == [1.0, 2.0, 2.0, 0.0]
    assert table["significant"].tolist() == [0, 1, 2, 0]
    assert table["new_activity"].tolist() == pytest.approx([0, 1, 1 / 3, 0])
    assert activity_table(active, math.nan, [1])["new_activity"].isna().all()
    assert threshold([active, active]) == 3
    assert threshold([active], 0.5) == 2


def test_presence__recorded_run(recorded: dict[str, Path]) -> None:
    run = analysis.load(recorded["null"])
    there = presence(run)
    shots = snapshots(run)
    one = shots.iloc[-1]
    names = set(there["component"][there["round"] == one["round"]])
    assert components(warrior_of(run, one["warrior"])) <= names
    assert sorted(set(there["round"])) == [1, 2, 3]


def lineage_table(new: list[int], rounds: int = 12) -> pd.DataFrame:
    """Champions of which those of some rounds are new and beat all."""
    flags = [number in new for number in range(1, rounds + 1)]
    table = pd.DataFrame({"round": range(1, rounds + 1), "new_cell": flags, "beats_all": flags})
    return table.assign(new_skeleton=False, new_and_beats=table["new_cell"])


def active(value: float, rounds: int = 12) -> pd.DataFrame:
    return pd.DataFrame({"round": range(1, rounds + 1), "new_activity": value})


def test_verdict__going_stopped_too_early() -> None:
    judged = pd.DataFrame({"round": range(1, 12), "novelty": 1})

    def state(new: list[int], activity: float = math.nan, chance: Chance | None = None) -> str:
        return verdict(lineage_table(new), judged, active(activity), chance).state

    assert state([1, 2, 12]) == "still going"
    assert state([1, 2, 8]) == "stopped"
    few = lineage_table([8], 8)
    assert verdict(few, judged, active(0, 8)).state == "too early to say"
    # One late champion is no more than the shadow's quarter; four are, and so is more activity.
    null = Chance(lineage_table([10]), active(0.1))
    assert state([12], 0.1, null) == "stopped"
    assert state([9, 10, 11, 12], 0.1, null) == "still going"
    assert state([12], 0.2, null) == "still going"
    assert state([], 0.2, null) == "stopped"
    short = Chance(lineage_table([], 3), active(0.1, 3))
    assert state([12], 0.1, short) == "still going"
    reasons = verdict(lineage_table([12]), judged, active(0.2), null).reasons
    assert reasons[0].startswith("in rounds 9 to 12 1 of 4 champions (95%: 5% to 70%) are new")
    assert reasons[1].startswith("3 components that lasted had never been seen before, in the 3 of")
    assert reasons[2] == "of the shadow's champions in these rounds 25% are so"
    assert reasons[3].endswith("the shadow's 0.100: more than chance")


def test_novelty_of__threads_and_a_run_that_has_just_begun(recorded: dict[str, Path]) -> None:
    run, null = (analysis.load(recorded[name]) for name in ("first", "null"))
    scans = Scans(fights=4, opponents=2)
    shown: list[tuple[int, int]] = []
    once = novelty_of([run], [null], scans, lambda *done: shown.append(done))
    assert shown[-1][0] == shown[-1][1]
    again = novelty_of([run], [null], replace(scans, workers=3))
    pd.testing.assert_frame_equal(once.rounds, again.rounds)
    pd.testing.assert_frame_equal(once.champions, again.champions)
    assert once.verdicts["first"].state == "too early to say"
    assert set(once.verdicts) == {"first"}
    empty = {
        table: getattr(run, table).iloc[:0]
        for table in ("proposals", "parents", "placements", "evaluations", "ratchet")
    }
    begun = replace(run, champions=run.champions.iloc[:1], **empty)
    found = novelty_of([begun], [], scans)
    assert (len(found.rounds), math.isnan(found.limit)) == (0, True)
    by_round = novelty_by_round(found.rounds)
    assert by_round.empty
    assert len(novelty_figure(by_round, "begun").axes) == 6


def test_novelty_by_round__islands_of_a_run_count_once() -> None:
    rows = [{"run": f"{n}", "unit": f"{n}", "group": "K=1", "round": 1} for n in range(3)]
    names = ("change", "novelty", "complexity", "ecology", "new_activity", "advances")
    table = pd.DataFrame(rows).assign(**{name: [1.0, 4.0, 6.0] for name in names})
    once = novelty_by_round(table)
    twice = novelty_by_round(pd.concat([table, table.assign(run=table["run"] + "/1")]))
    assert twice[["runs", "islands"]].to_numpy().tolist() == [[3, 6]]
    pd.testing.assert_frame_equal(twice.drop(columns="islands"), once.drop(columns="islands"))
    assert once["novelty_low"][0] < once["novelty"][0] < once["novelty_high"][0]
    (legend,) = novelty_figure(twice, "islands").legends
    assert [text.get_text() for text in legend.get_texts()] == ["K=1, 3 runs (6 islands)"]


def test_novelty_command__files_and_errors(recorded: dict[str, Path], tmp_path: Path) -> None:
    def run(*args: str | Path) -> Any:
        return CliRunner().invoke(main, ["analyse", "novelty", *map(str, args)])

    files = [
        f"--{kind}={tmp_path / f'x.{suffix}'}"
        for kind, suffix in (("csv", "csv"), ("json", "json"), ("plot", "svg"))
    ]
    runs = recorded["first"], recorded["second"]
    options = ("-r", "4", "--opponents", "2", "--workers", "1")
    done = run(*runs, "--shadow", recorded["null"], *options, *files)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "first: too early to say" in done.stdout
    assert "K=all, shadow" in done.stdout
    found = json.loads((tmp_path / "x.json").read_text())
    assert {row["run"] for row in found["verdicts"]} == {"first", "second"}
    assert found["activity_limit"] > 0
    assert len((tmp_path / "x.csv").read_text().splitlines()) == 1 + 3 * 3
    assert "<svg" in (tmp_path / "x.svg").read_text()[:2000]
    wrong = run(recorded["first"], "--shadow", recorded["second"])
    assert (wrong.exit_code, "expected a run with shadow = true" in wrong.stderr) == (2, True)
    wrong = run(recorded["null"])
    assert (wrong.exit_code, "expected a run that is no shadow run" in wrong.stderr) == (2, True)
