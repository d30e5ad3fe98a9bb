"""`redqueen benchmark` as users call it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from mars.classics import bundled, bundled_by_name, bundled_sources
from mars.koth import display_width
from mars.settings import CoreSettings
from mars.tournament import Terms, against_all
from redqueen import main

TINY = CoreSettings.preset("tiny")
OPTIONS = ("--preset", "tiny", "-r", "10", "--workers", "1")
NAMES = ("imp", "tiny-clear", "tiny-paper", "tiny-stone")


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four warriors, two of them in a sub-folder."""
    place = tmp_path / "warriors"
    (place / "imps").mkdir(parents=True)
    for name in NAMES:
        group = "imps" if name in ("imp", "tiny-paper") else ""
        (place / group / f"{name}.red").write_text(bundled_sources()[name])
    return place


def test_benchmark__side_by_side(folder: Path, tmp_path: Path) -> None:
    table, whole = tmp_path / "b.csv", tmp_path / "b.json"
    done = run("benchmark", "dwarf", "imp", folder, *OPTIONS, "--csv", table, "--json", whole)
    assert (done.exit_code, done.stderr) == (0, "")
    assert all(len(line) <= 100 for line in done.stdout.splitlines())
    sides = [bundled_by_name(TINY)[name] for name in ("dwarf", "imp")]
    order = ("imp", "tiny-paper", "tiny-clear", "tiny-stone")
    opponents = [bundled_by_name(TINY)[name] for name in order]
    expected = against_all(sides, opponents, Terms(TINY, 10, 0)).scores
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    scores = {(row["warrior"], row["opponent"]): float(row["score"]) for row in rows}
    for row, warrior in enumerate(sides):
        for column, opponent in enumerate(opponents):
            assert scores[warrior.name, opponent.name] == expected[row, column]
    assert {row["class"] for row in rows} == {"", "imps"}
    found = json.loads(whole.read_text(encoding="ascii"))
    dwarf = found["warriors"][0]
    assert dwarf["score"] == pytest.approx(np.mean(expected[0]))
    assert dwarf["classes"]["imps"]["score"] == pytest.approx(np.mean(expected[0, :2]))
    assert dwarf["defeated"]["total"] == 4
    classes = [line for line in done.stdout.splitlines() if line.startswith("= ")]
    assert [line.split("  ")[0] for line in classes] == ["= . (2)", "= imps (2)"]
    assert f"{np.mean(expected[0, :2]):.1f}" in classes[1]
    brief = run("benchmark", "dwarf", "imp", folder, *OPTIONS, "--brief")
    assert len(brief.stdout.splitlines()) == len(done.stdout.splitlines()) - 4


def test_benchmark__bundled_and_many_warriors(folder: Path) -> None:
    done = run("benchmark", folder, "bundled", *OPTIONS)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"{sum(map(len, bundled(TINY).values()))} opponents")
    assert "= scanner (1)" in done.stdout
    many = [f"jmp 0\ndat {n}, 0\n" for n in range(12)]
    for n, source in enumerate(many):
        (folder / "imps" / f"{n}.red").write_text(source)
    wide = run("benchmark", folder / "imps", "bundled", *OPTIONS)
    assert wide.exit_code == 0
    assert wide.stdout.count("points against") == 2
    assert all(len(line) <= 100 for line in wide.stdout.splitlines())


def test_benchmark__refuses(folder: Path, tmp_path: Path) -> None:
    for args, code, message in (
        (("dwarf",), 2, "expected warriors and a folder: got one name"),
        (("dwarf", "imp"), 2, "expected a folder or 'bundled' last: got 'imp'"),
        (("dwarf", str(tmp_path / "none")), 2, "expected a folder or 'bundled' last"),
        (("silkworm", str(folder)), 1, "expected ;assert to hold"),
        (("nobody", str(folder)), 2, "expected a file, a folder or a bundled warrior"),
    ):
        done = run("benchmark", *args, *OPTIONS)
        assert (done.exit_code, message in done.stderr) == (code, True), done.output
    (folder / "bad.red").write_text("mov 0,\n")
    assert run("benchmark", "dwarf", folder, *OPTIONS, "--brief").exit_code == 0
    assert run("benchmark", "dwarf", folder, *OPTIONS, "--strict").exit_code == 1


def test_benchmark__nobody_counts_against_itself(folder: Path, tmp_path: Path) -> None:
    table, whole = tmp_path / "b.csv", tmp_path / "b.json"
    (folder / "imps" / "tiny-paper.red").unlink()
    done = run("benchmark", "dwarf", "imp", folder, *OPTIONS, "--csv", table, "--json", whole)
    assert done.exit_code == 0, done.output
    imps = [line for line in done.stdout.splitlines() if line.startswith(("  Imp", "= imps"))]
    assert [line[39:] for line in imps] == [" itself", " itself"]
    sides = [bundled_by_name(TINY)[name] for name in ("dwarf", "imp")]
    opponents = [bundled_by_name(TINY)[name] for name in ("imp", "tiny-clear", "tiny-stone")]
    scores = against_all(sides, opponents, Terms(TINY, 10, 0)).scores
    dwarf, imp = json.loads(whole.read_text(encoding="ascii"))["warriors"]
    assert dwarf["score"] == pytest.approx(np.mean(scores[0]))
    assert imp["score"] == pytest.approx(np.mean(scores[1, 1:]))
    assert (dwarf["defeated"]["total"], imp["defeated"]["total"]) == (3, 2)
    assert (set(dwarf["classes"]), set(imp["classes"])) == ({"", "imps"}, {""})
    with table.open(encoding="utf-8") as file:
        marked = [row["warrior"] for row in csv.DictReader(file) if row["itself"] == "True"]
    assert marked == ["Imp"]
    alone = run("benchmark", "imp", folder / "imps", *OPTIONS)
    assert alone.exit_code == 1
    assert "expected another opponent than itself: got only" in alone.stderr
    other = run("benchmark", "dwarf", folder / "imps", *OPTIONS)
    assert other.stdout.startswith("1 opponent, 10 fights a pair")
    assert "itself" in run("benchmark", "--help").stdout


def test_benchmark__wide_names_keep_the_columns(tmp_path: Path) -> None:
    place = tmp_path / "warriors" / ("級" * 30)
    place.mkdir(parents=True)
    (place.parent / "0.red").write_text(";name plain\njmp 0\n")
    (place / "1.red").write_text(f";name {'漢' * 40}\njmp 0\ndat 1, 0\n")
    done = run("benchmark", "dwarf", tmp_path / "warriors", *OPTIONS)
    lines = done.stdout.splitlines()
    points = lines[lines.index(next(x for x in lines if x.startswith("points"))) :][:5]
    assert {display_width(line) for line in points} == {39}
