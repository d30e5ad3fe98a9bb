"""`redqueen explain` from the command line."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import mars
import redqueen
from analysis.behaviour_probe import probe_opponents
from analysis.explain import explain
from analysis.knockout import knockout_scan
from mars.classics import bundled_sources
from mars.settings import CoreSettings

NANO = CoreSettings.preset("nano")
HOSTILE = ";redcode\n;name A\x1b[2J\u202eB\n;author \x07<b>\nmov.i 0, 1\n"


def redqueen_explain(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(redqueen.main, ["explain", *arguments], input=given)


def test_explain__a_bundled_warrior() -> None:
    result = redqueen_explain("nano-paper", "--preset", "nano", "-r", "6", "--workers", "1")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "Nano Leaf by redqueen, 5 instructions, core 80, '94 rules"
    assert lines[1] == "strategy: paper"
    assert any(line.startswith("* paper     1.00  splits into ") for line in lines)
    assert sum(" needed " in line for line in lines) >= 2
    assert all(len(line) <= 160 for line in lines)
    again = redqueen_explain("nano-paper", "--preset", "nano", "-r", "6", "--workers", "3")
    assert again.output == result.output


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("nano-stone", ["--preset", "nano"]),
        ("imp", ["--preset", "88"]),
        ("chameleon", []),
        ("pounce", []),
    ],
)
def test_explain__source_assembles_to_the_same(name: str, options: list[str]) -> None:
    result = redqueen_explain(name, *options, "--source", "-r", "0")
    assert result.exit_code == 0, result.output
    settings = CoreSettings.preset(options[1] if options else "94")
    expected = mars.assemble(bundled_sources()[name], settings)
    found = mars.assemble(result.output, settings)
    assert (found, found.name) == (expected, expected.name)
    assert result.output.count("; executed") >= 1


def test_explain__source_says_what_is_needed(tmp_path: Path) -> None:
    sitter = tmp_path / "sitter.red"
    sitter.write_text("jmp 0\n", encoding="ascii")
    options = ["--preset", "nano", "--source", "-r", "10", "--versus", str(sitter)]
    result = redqueen_explain("-", *options, given="jmp 0\nmov 1, 2\n")
    first, second = [line for line in result.output.splitlines() if ".B" in line or ".I" in line]
    # A tie becomes a loss.
    assert "; NEEDED -100 (-100 to -100); executed " in first
    assert second.endswith("; not needed here; not used by itself")


def test_explain__files(tmp_path: Path) -> None:
    table, everything = tmp_path / "a.csv", tmp_path / "a.json"
    options = ["--preset", "nano", "-r", "5", "--seed", "3", "--csv", str(table)]
    result = redqueen_explain("nano-stone", *options, "--json", str(everything))
    assert result.exit_code == 0, result.output
    warrior = mars.assemble(bundled_sources()["nano-stone"], NANO, rounds=5)
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["instruction"] for row in rows] == list(map(str, warrior.instructions))
    opponents = list(probe_opponents(NANO).values())
    scan = knockout_scan(warrior, opponents, NANO, fights=5, seed=3)
    assert [float(row["change"]) for row in rows] == pytest.approx(scan["change"].tolist())
    found = json.loads(everything.read_text(encoding="ascii"))
    assert (found["id"], found["strategy"], found["seed"]) == (warrior.id, "stone", 3)
    assert {entry["class"]: entry["present"] for entry in found["classes"]}["stone"] is True
    assert found["instructions"][0]["executed"] == int(rows[0]["executed"])
    assert {row["fight"] for row in found["behaviour"]} == {"alone", *found["opponents"]}


def test_explain__versus(tmp_path: Path) -> None:
    sitter = tmp_path / "sitter.red"
    sitter.write_text("jmp 0\n", encoding="ascii")
    chosen = ["--versus", str(sitter), "--versus", "nano-shot"]
    result = redqueen_explain("nano-stone", "--preset", "nano", "-r", "2", *chosen)
    assert result.output.splitlines()[-1] == f"opponents: {sitter}, nano-shot"
    twice = redqueen_explain("nano-stone", "--preset", "nano", *["--versus", "nano-shot"] * 2)
    assert (twice.exit_code, "expected different opponents" in twice.output) == (2, True)


def test_explain__hostile_names_do_no_harm() -> None:
    for options in ([], ["--source"]):
        result = redqueen_explain("-", "--preset", "nano", "-r", "1", *options, given=HOSTILE)
        assert result.exit_code == 0, result.output
        assert not {"\x1b", "\x07", "\u202e"} & set(result.output)
        assert "A?[2J?B" in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["no-such-warrior"], 1, "no-such-warrior: cannot read"),
        (["nano-shot"], 1, "expected ;assert to hold"),
        (["-", "--versus", "-"], 2, "expected standard input (-) only once"),
        (["imp", "--json", "no/such/folder/x.json"], 1, "cannot write"),
        (["imp", "--csv", "x.txt"], 2, "expected a name that ends in .csv"),
        (["imp", "-r", "-1"], 2, "-1 is not in the range"),
        (["imp", "-s", "8", "-l", "1", "-d", "5"], 2, "core_size must be at least"),
    ],
)
def test_explain__refuses(arguments: list[str], code: int, message: str) -> None:
    result = redqueen_explain(*arguments)
    assert result.exit_code == code, result.output
    assert message in result.output
    assert "Traceback" not in result.output


def test_explain__does_not_overwrite_the_warrior(tmp_path: Path) -> None:
    file = tmp_path / "imp.json"
    file.write_text("mov 0, 1\n", encoding="ascii")
    result = redqueen_explain(str(file), "--json", str(file))
    assert result.exit_code == 1
    assert file.read_text(encoding="ascii") == "mov 0, 1\n"


def test_explain__as_a_function() -> None:
    imp = mars.assemble("mov 0, 1", NANO)
    found = explain(imp, NANO, {"itself": imp}, fights=4, seed=1)
    assert found.strategy.label == "imp"
    assert (found.opponents, found.alive) == (("itself",), {"alone": True, "itself": True})
    assert found.instructions["needed"].tolist() == [True]
    quick = explain(imp, NANO, {"itself": imp}, fights=0)
    assert "change" not in quick.instructions
