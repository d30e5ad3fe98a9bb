"""Archives at the end of each round."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import redqueen
from analysis.archive_maps import (
    FOUGHT,
    MEASURES,
    SHARED,
    archives,
    archives_by_round,
    elites,
    mean_archive,
)
from analysis.archive_maps_plot import archive_figure, grid_of
from analysis.loading import RunData
from analysis.loading_groups import load_runs
from evolution.archive import Archive, Elite
from evolution.descriptor import Behaviour, cell_count, cell_of
from mars.redcode import Warrior, parse_instruction
from tests.analysis.hand_made import hand_made_run, lineage
from tests.evolution.small_runs import small_config

Runs = dict[str, Path]
# 2 x 3 cells; fitness 0 to 3 points.
SMALL = small_config(
    descriptor={
        "axes": [{"name": "length", "edges": [3.0]}, {"name": "opcodes", "edges": [2.0, 4.0]}]
    }
)


def made(name: str, *rows: tuple[int, int, str, str, float]) -> RunData:
    """A run of (round, cell, status, warrior, fitness)."""
    numbered = [
        dict(zip(("round", "cell", "status", "warrior", "fitness"), row, strict=True))
        | {"number": number, "purpose": "search"}
        for number, row in enumerate(rows)
    ]
    keys = {
        "placements": ("round", "number", "cell", "status"),
        "proposals": ("round", "number", "warrior"),
        "evaluations": ("round", "warrior", "purpose", "fitness"),
    }
    tables = {t: [{k: row[k] for k in names} for row in numbered] for t, names in keys.items()}
    return hand_made_run(name, SMALL, champions=lineage("w"), **tables)


FIRST = made(
    "first",
    (1, 0, "new", "a", 1.0),
    (1, 0, "not added", "b", 0.5),
    (1, 5, "new", "c", 0.5),
    (1, 0, "improved", "d", 3.0),
    (2, 1, "new", "a", 1.5),
)
SECOND = made("second", (1, 0, "new", "x", 1.5), (2, 0, "new", "x", 1.5))


def test_elites__the_last_in_each_cell() -> None:
    found = elites(FIRST)
    assert found[["round", "cell", "warrior"]].to_numpy().tolist() == [
        [1, 0, "d"],
        [1, 5, "c"],
        [2, 1, "a"],
    ]
    assert found["fitness"].tolist() == [3.0, 0.5, 1.5]
    assert found["share"].tolist() == [1, pytest.approx(1 / 6), 0.5]


def test_elites__as_the_search_had_them(recorded: Runs) -> None:
    for run in load_runs([recorded["first"], recorded["short"]]):
        found = elites(run)
        searched = run.evaluations[run.evaluations["purpose"] == "search"]
        for number, part in found.groupby("round"):
            archive = Archive(cell_count(run.config.descriptor))
            here = run.proposals[run.proposals["round"] == number]
            for warrior in here.loc[here["status"] == "evaluated", "warrior"]:
                mine = searched[(searched["round"] == number) & (searched["warrior"] == warrior)]
                row = mine.iloc[0]
                values = {k: row[k] for k in ("spawned", "coverage", "length", "opcodes")}
                cell = cell_of(Behaviour(**values), run.config.descriptor)
                # A stand-in whose name is the id: the archive compares fitness alone.
                stand_in = Warrior((parse_instruction("DAT.F $0, $0"),), name=warrior)
                archive.add(Elite(stand_in, row["fitness"], cell))
            expected = [(e.cell, e.warrior.name, e.value) for e in archive.elites()]
            columns = part["cell"], part["warrior"], part["fitness"]
            assert list(zip(*columns, strict=True)) == expected


def test_archives__coverage_and_scores() -> None:
    found = archives(FIRST)
    assert found["cells"].tolist() == [6, 6]
    assert found["occupied"].tolist() == [2, 1]
    assert found["coverage"].tolist() == pytest.approx([1 / 3, 1 / 6])
    assert found["qd_score"].tolist() == pytest.approx([(1 + 1 / 6) / 6, 0.5 / 6])
    assert found["quality"].tolist() == pytest.approx([7 / 12, 0.5])
    assert (found["best"].tolist(), found["fitness"].tolist()) == ([1.0, 0.5], [3.0, 1.5])
    nothing = archives(hand_made_run(config=SMALL, champions=lineage("w")))
    assert nothing.empty
    assert archives_by_round(nothing).empty


def test_archives__highest_fitness_grows_with_the_opponents() -> None:
    """In a melee the maximum is the number of warriors: 2 in round 1, 3 in round 3."""
    config = small_config(fitness={"kind": "melee"}, descriptor={"single_cell": True})
    run = hand_made_run(
        config=config,
        placements=[{"round": r, "number": 0, "cell": 0, "status": "new"} for r in (1, 3)],
        proposals=[{"round": r, "number": 0, "warrior": "w"} for r in (1, 3)],
        evaluations=[
            {"round": r, "warrior": "w", "purpose": "search", "fitness": 1.5} for r in (1, 3)
        ],
    )
    highest = [config.opponents_in(number) + 1 for number in (1, 3)]
    assert archives(run)["best"].tolist() == pytest.approx([1.5 / top for top in highest])
    assert highest == [2, 4]


def test_archives_by_round__means_over_runs() -> None:
    table = pd.concat([archives(FIRST), archives(SECOND)], ignore_index=True)
    found = archives_by_round(table)
    assert found["runs"].tolist() == [2, 2]
    assert found["coverage"].tolist() == pytest.approx([1 / 4, 1 / 6])
    assert found["coverage_low"].tolist() == pytest.approx([1 / 6, 1 / 6], abs=0.01)
    assert archives_by_round(table[::-1]).equals(found)  # whatever the runs' order
    alone = archives_by_round(archives(FIRST))
    # No standard error is known of any elite.
    assert alone[[f"{n}_{end}" for n in MEASURES for end in ("low", "high")]].isna().all(axis=None)


def with_errors(run: RunData, error: float) -> RunData:
    return replace(run, evaluations=run.evaluations.assign(standard_error=error))


def test_archives__limits_come_from_the_fights() -> None:
    sure = archives(with_errors(FIRST, 0.0))
    for name in FOUGHT:
        for end in ("low", "high"):
            assert sure[f"{name}_{end}"].tolist() == pytest.approx(sure[name].tolist())
    run = with_errors(SECOND, 0.12)
    found = archives(run, seed=1)
    assert found.equals(archives(run, seed=1))
    # One elite of 3 points at most: a normal interval of its share.
    reach = 1.96 * 0.12 / 3
    assert found["quality_low"].tolist() == pytest.approx([0.5 - reach] * 2, rel=0.1)
    assert found["quality_high"].tolist() == pytest.approx([0.5 + reach] * 2, rel=0.1)
    widths = found["qd_score_high"] - found["qd_score_low"]
    assert widths.tolist() == pytest.approx([2 * reach / 6] * 2, rel=0.1)
    # No share is more than 1.
    best = archives(with_errors(FIRST, 0.5)).iloc[0]
    assert best["best_low"] < best["best"] == best["best_high"] == 1
    by_round = archives_by_round(found)
    assert by_round["qd_score_low"].tolist() == found["qd_score_low"].tolist()
    assert by_round[["coverage_low", "coverage_high"]].isna().all(axis=None)
    # Where one elite's error is not known, nothing is.
    errors = run.evaluations["standard_error"].where(run.evaluations["round"] == 2)
    half = archives(replace(run, evaluations=run.evaluations.assign(standard_error=errors)))
    assert half["qd_score_low"].isna().tolist() == [True, False]


def test_archives__errors_of_many_elites_are_partly_common() -> None:
    rows = [(1, cell, "new", f"e{cell}", 1.5) for cell in range(6)]
    found = archives(with_errors(made("full", *rows), 0.3)).iloc[0]
    # Of n equal errors the mean has the variance s (1 - s) / n + s, s the common part.
    error = 0.1 * np.sqrt(SHARED + (1 - SHARED) / 6)
    width = found["quality_high"] - found["quality_low"]
    assert width == pytest.approx(2 * 1.96 * error, rel=0.15)


def test_archive_command__says_whose_limits_there_are(recorded: Runs, tmp_path: Path) -> None:
    table = tmp_path / "out.json"
    folders = [str(recorded[name]) for name in ("first", "second")]
    one = CliRunner().invoke(
        redqueen.main, ["analyse", "archive", folders[0], "--json", str(table)]
    )
    assert one.exit_code == 0, one.output
    assert "coverage of a single run has none" in one.output
    rows = json.loads(table.read_text())["by_round"]
    assert all(row["qd_score_low"] < row["qd_score"] < row["qd_score_high"] for row in rows)
    assert all(row["coverage_low"] is None for row in rows)
    both = CliRunner().invoke(redqueen.main, ["analyse", "archive", *folders])
    assert both.exit_code == 0, both.output
    assert "single run" not in both.output


def test_mean_archive__over_rounds_then_runs() -> None:
    found = mean_archive([FIRST, SECOND])
    assert found["cell"].tolist() == list(range(6))
    assert found["bin_0"].tolist() == [0, 0, 0, 1, 1, 1]
    assert found["bin_1"].tolist() == [0, 1, 2, 0, 1, 2]
    assert found["occupied"].tolist() == [0.75, 0.25, 0, 0, 0, 0.25]
    assert found["runs"].tolist() == [2, 1, 0, 0, 0, 1]
    share = [0.75, 0.5, np.nan, np.nan, np.nan, 1 / 6]
    assert found["share"].tolist() == pytest.approx(share, nan_ok=True)
    other = hand_made_run(champions=lineage("w"))
    with pytest.raises(ValueError, match="expected runs of one grid"):
        mean_archive([FIRST, other])


def test_mean_archive__islands_of_a_run_count_once() -> None:
    islands = [replace(run, name=f"{run.name}/1") for run in (FIRST, SECOND)]
    doubled = mean_archive([FIRST, SECOND, *islands])
    pd.testing.assert_frame_equal(doubled, mean_archive([FIRST, SECOND]))
    one = mean_archive([FIRST, replace(SECOND, unit="first")])
    assert one["occupied"].tolist() == [0.75, 0.25, 0, 0, 0, 0.25]
    assert (one["runs"].max(), one["occupied_low"].isna().all()) == (1, True)
    tables = [archives(run) for run in (FIRST, SECOND, *islands)]
    found = archives_by_round(pd.concat(tables, ignore_index=True))
    assert found[["runs", "islands"]].to_numpy().tolist() == [[2, 4]] * 2
    single = archives_by_round(pd.concat(tables[:2], ignore_index=True))
    assert found.drop(columns="islands").equals(single.drop(columns="islands"))


def test_archive_figure__edges_are_on_the_axes() -> None:
    cells = mean_archive([FIRST, SECOND])
    by_round = archives_by_round(pd.concat([archives(FIRST), archives(SECOND)]))
    figure = archive_figure(by_round, cells, SMALL.descriptor, "title")
    occupied = figure.axes[2]
    assert occupied.get_ylabel() == "length (instructions)"
    assert occupied.get_xlabel() == "different opcodes"
    assert [text.get_text() for text in occupied.get_yticklabels()] == ["3"]
    assert [text.get_text() for text in occupied.get_xticklabels()] == ["2", "4"]
    assert occupied.get_xticks().tolist() == [1, 2]
    written = {(t.get_position(), t.get_text()) for t in occupied.texts}
    # Cell 5 is the second bin of the first axis (up) and the third of the second (right).
    assert written == {((0.5, 0.5), "75"), ((1.5, 0.5), "25"), ((2.5, 1.5), "25")}
    assert grid_of(cells, "runs", SMALL.descriptor).tolist() == [[2, 1, 0], [0, 0, 1]]


def test_archive_figure__one_axis_and_one_cell(recorded: Runs) -> None:
    single = small_config(descriptor={"single_cell": True})
    axis = small_config(descriptor={"axes": [{"name": "length", "edges": [2.0, 4.0]}]})
    rows = {
        "placements": [{"round": 1, "number": 0, "cell": 0, "status": "new"}],
        "proposals": [{"round": 1, "number": 0, "warrior": "w"}],
        "evaluations": [{"round": 1, "warrior": "w", "purpose": "search", "fitness": 1.0}],
    }
    for config, pictures in ((single, 2), (axis, 6)):
        run = hand_made_run(config=config, **rows)
        by_round = archives_by_round(archives(run))
        figure = archive_figure(by_round, mean_archive([run]), config.descriptor, "title")
        assert len(figure.axes) == pictures
