"""`redqueen report` as users call it."""

from pathlib import Path

from click.testing import CliRunner, Result

from analysis.report_cli import REPORT, write_run_report
from evolution.store import DATABASE
from redqueen import main

Runs = dict[str, Path]
FEW = ("--scans", "0", "--replays", "0", "--workers", "1")


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


def test_report__writes_one_page(recorded: Runs, nano_panel: Path, tmp_path: Path) -> None:
    page = tmp_path / "out.html"
    panel = ("--panel", nano_panel, "-r", "4")
    done = run("report", recorded["first"], recorded["short"], "-o", page, *panel, *FEW)
    assert (done.exit_code, done.exception) == (0, None)
    assert done.stdout == f"{page}: 2 runs, core 80; open it in a browser\n"
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    for title in ("The runs compared", "Convergence", "Generality", "Code and generality"):
        assert f">{title}</h" in text
    assert "4 panel warriors, 4 fights a pair" in text
    assert "sitter.red, sitting.red: the same in every fight, only the first counts" in text
    assert "imp.red: left out, seen by first and 1 more" in text
    assert [path.name for path in tmp_path.iterdir()] == ["out.html"]


def test_report__wrong_usage(recorded: Runs, tmp_path: Path) -> None:
    missing = run("report", tmp_path / "none")
    assert (missing.exit_code, "does not exist" in missing.stderr) == (2, True)
    empty = run("report", tmp_path)
    assert (empty.exit_code, "expected a run folder" in empty.stderr) == (2, True)
    first = recorded["first"]
    twice = run("report", first, first)
    assert (twice.exit_code, "expected different runs" in twice.stderr) == (2, True)
    before = (first / DATABASE).read_bytes()
    over = run("report", first, "-o", first / DATABASE)
    assert (over.exit_code, "expected different files" in over.stderr) == (1, True)
    assert (first / DATABASE).read_bytes() == before
    nowhere = run("report", first, "-o", tmp_path / "no" / "where.html")
    assert (nowhere.exit_code, "cannot write" in nowhere.stderr) == (1, True)


def test_write_run_report__into_the_folder_or_says_why_not(recorded: Runs, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in (DATABASE, "config.toml", "provenance.json"):
        (folder / name).write_bytes((recorded["first"] / name).read_bytes())
    written = write_run_report(folder)
    assert written == folder / REPORT
    assert "Replays" in (folder / REPORT).read_text(encoding="utf-8")
    (folder / DATABASE).unlink()
    why = write_run_report(folder)
    assert isinstance(why, str)
    assert "run.db" in why
