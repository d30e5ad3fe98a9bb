"""`redqueen tournament` as users call it."""

import csv
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from textwrap import wrap

import pytest
from click.testing import CliRunner, Result

from analysis.contest_view import terms_words
from mars.assembler import assemble
from mars.classics import bundled_by_name, bundled_sources
from mars.database import FileError
from mars.koth import display_width
from mars.results import Results
from mars.settings import CoreSettings
from mars.tournament import Terms, round_robin
from redqueen import main
from tests import golden_data

ROOT = Path(__file__).parents[2]
TINY = CoreSettings.preset("tiny")
OPTIONS = ("--preset", "tiny", "-r", "10", "--workers", "1")
NAMES = ("imp", "tiny-clear", "tiny-paper", "tiny-stone")
# Stores each pair as soon as it is finished.
COMMAND = (
    "from mars import tournament; from redqueen import main; "
    "tournament.MAX_BATCH = 1; main(prog_name='redqueen')"
)


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


def test_tournament__koth_table(folder: Path) -> None:
    done = run("tournament", folder, *OPTIONS)
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "4 warriors, 10 fights a pair, seed 0, core 800, '94 rules"
    heading = "  #  %W/ %L/ %T  Name                        Author               Score"
    assert lines[1].startswith(heading)
    warriors = [bundled_by_name(TINY)[name] for name in NAMES]
    table = round_robin(warriors, Terms(TINY, 10, 0))
    points = (100 * (3 * table.wins + table.ties).sum(axis=1) / 30).tolist()
    best = max(range(4), key=points.__getitem__)
    wins, losses, ties = (int(t[best].sum()) for t in (table.wins, table.losses, table.ties))
    shares = "/".join(f"{100 * n / 30:3.0f}" for n in (wins, losses, ties))
    assert lines[2].startswith(f"  1 {shares}  {warriors[best].name} ")
    assert f" {points[best]:.1f} " in lines[2]
    assert [line[:4] for line in lines[2:6]] == ["  1 ", "  2 ", "  3 ", "  4 "]
    assert re.search(r"three-cycles: \d+ of \d+ decided triples, .* chance", done.stdout)
    assert re.search(r"cyclic share of the log-odds: [\d.]+%; .* chance", done.stdout)
    assert all(len(line) <= 100 for line in lines)
    # Order and threads change nothing.
    files = sorted(folder.rglob("*.red"), reverse=True)
    again = run("tournament", *files, *OPTIONS[:-1], "3")
    assert again.stdout == done.stdout


def test_tournament__top_and_fixed_series(folder: Path) -> None:
    done = run("tournament", folder, *OPTIONS, "-f", "--top", "1")
    assert "pMARS's fixed series" in done.stdout
    assert "… and 3 more\n" in done.stdout
    both = run("tournament", folder, *OPTIONS, "-f", "--seed", "3")
    assert both.exit_code == 2
    assert "only one of -f and --seed" in both.stderr


def test_tournament__files(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    names = ("r.csv", "r.parquet", "p.csv", "r.json", "h.png", "h.svg")
    kinds = ("--csv", "--parquet", "--pairs", "--json", "--heatmap", "--heatmap")
    options = [x for kind, name in zip(kinds, names, strict=True) for x in (kind, out / name)]
    pytest.importorskip("pyarrow")
    done = run("tournament", folder, *OPTIONS, *options)
    assert (done.exit_code, done.stderr) == (0, "")
    with (out / "r.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["path"] for row in rows if row["name"] == "Imp"] == [str(folder / "imps/imp.red")]
    found = json.loads((out / "r.json").read_text(encoding="ascii"))
    assert (found["fights"], found["seed"], found["settings"]["core_size"]) == (10, 0, 800)
    assert [w["id"] for w in found["warriors"]] == [row["id"] for row in rows]
    with (out / "p.csv").open(encoding="utf-8") as file:
        pairs = [{k: int(v) for k, v in row.items()} for row in csv.DictReader(file)]
    assert pairs == found["pairs"]
    by_name = {warrior["name"]: warrior for warrior in found["warriors"]}
    wins = dict.fromkeys(range(1, 5), 0)
    for pair in pairs:
        wins[pair["first"]] += pair["wins"]
        wins[pair["second"]] += pair["losses"]
    assert {w["rank"]: w["wins"] for w in by_name.values()} == wins
    triples = found["intransitivity"]
    assert 0 <= triples["cyclic_triples"] <= triples["decided_triples"] <= 4
    assert (out / "r.parquet").read_bytes().startswith(b"PAR1")
    assert not (out / "h.png").exists()  # the last of two --heatmap counts
    assert b"<svg" in (out / "h.svg").read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--heatmap", "h.pdf"), "expected a name that ends in .png or .svg: got 'h.pdf'"),
        (("--pairs", "p.json"), "expected a name that ends in .csv or .parquet: got 'p.json'"),
        (("--csv", "no/where.csv"), "cannot write no/where.csv: No such file or directory"),
        (("--csv", "a.csv", "--json", "a.csv"), "expected different files: got a.csv twice"),
        (("--csv", "a.db", "--results", "a.db"), "expected different files: got a.db twice"),
        (("--csv", "warriors/imps/imp.red"), "expected different files"),
        (("--results", "warriors"), "expected a file or nothing: got warriors"),
        (("-d", "500"), "core_size must be at least 2 warriors * min_distance 500"),
    ],
)
def test_tournament__refuses_before_it_fights(
    folder: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(folder.parent)
    monkeypatch.setattr("analysis.contest_cli.round_robin", None)
    done = run("tournament", folder, *OPTIONS, *options)
    assert done.exit_code in (1, 2)
    assert message in done.stderr
    assert "Traceback" not in done.output
    assert bundled_sources()["imp"] == (folder / "imps" / "imp.red").read_text()


def test_tournament__bad_input(folder: Path) -> None:
    (folder / "bad.red").write_text("mov 0,\n")
    (folder / "double.red").write_text(";name Double\nmov 0, 1\n")
    done = run("tournament", folder, *OPTIONS)
    assert done.exit_code == 0
    assert "bad.red:1:7: expected an operand after MOV" in done.stderr
    assert re.search(r"imp.red: the same warrior as \S+double.red\n", done.stderr)
    assert done.stderr.endswith("left out 2 of 6\n")
    assert done.stdout.startswith("4 warriors")
    strict = run("tournament", folder, *OPTIONS, "--strict")
    assert (strict.exit_code, strict.stdout) == (1, "")
    assert "bad.red:1:7" in strict.stderr
    alone = run("tournament", folder / "bad.red", "dwarf", *OPTIONS)
    assert alone.exit_code == 1
    assert "expected at least two warriors: got 1" in alone.stderr
    assert run("tournament", folder / "none.red", "dwarf").exit_code == 2


def test_tournament__hostile_names(tmp_path: Path) -> None:
    evil = tmp_path / "evil\x1b[2J.red"
    evil.write_text(";redcode\n;name \x1b]0;x\x07 $\\frac{ <script>\n;author \u202e\njmp 0\n")
    svg, table = tmp_path / "h.svg", tmp_path / "t.csv"
    options = ("--heatmap", svg, "--csv", table, "--json", tmp_path / "t.json")
    done = run("tournament", evil, "dwarf", evil, *OPTIONS, *options)
    assert done.exit_code == 0, done.output
    for text in (done.output, svg.read_text(), table.read_text()):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert "<script" not in svg.read_text()


def test_tournament__results_go_on_and_refuse_others(folder: Path, tmp_path: Path) -> None:
    results = tmp_path / "r.db"
    first = run("tournament", folder, *OPTIONS, "--results", results)
    assert first.exit_code == 0
    assert first.stdout == run("tournament", folder, *OPTIONS).stdout
    db = sqlite3.connect(results)
    with db:
        db.execute("DELETE FROM pairs WHERE first = 1")
    db.close()
    assert run("tournament", folder, *OPTIONS, "--results", results).stdout == first.stdout
    other = run("tournament", folder, *OPTIONS, "--results", results, "--seed", "4")
    assert other.exit_code == 2
    assert "got seed 4 instead of 0" in other.stderr
    fewer = run("tournament", folder / "imps", *OPTIONS, "--results", results)
    assert fewer.exit_code == 2
    assert "only in the file: " in fewer.stderr
    results.write_text("something else")
    foreign = run("tournament", folder, *OPTIONS, "--results", results)
    assert foreign.exit_code == 1
    assert results.read_text() == "something else"


def wait_for_pairs(results: Path, process: "subprocess.Popen[bytes]") -> None:
    """Until the first batch is stored."""
    for _ in range(3000):
        assert process.poll() is None
        with suppress(FileError), Results(results) as stored:
            if stored.tallies():
                return
        time.sleep(0.01)
    raise AssertionError("expected results within 30 s: got none")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_tournament__stopped_and_continued(tmp_path: Path, number: signal.Signals) -> None:
    """Some thirty battles of some time: enough are left when the first are done."""
    folder, path = tmp_path / "warriors", tmp_path / "r.db"
    folder.mkdir()
    for n in range(8):
        (folder / f"{n}.red").write_text(f"spl 0\nmov -1, <{n + 7}\njmp -2\n")
    options = ["--preset", "tiny", "-r", "400", "--results", str(path), "--workers", "2"]
    command = [sys.executable, "-c", COMMAND, "tournament", str(folder), *options]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as process:
        try:
            wait_for_pairs(path, process)
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    if number == signal.SIGINT:
        message = f"stopped: what is finished is in {path}; the same command goes on\n"
        assert (process.returncode, errors.decode()) == (130, message)
    with Results(path) as stored:
        kept = stored.tallies()
        warriors = [entrant.warrior for entrant in stored.entrants]
    assert 1 <= len(kept) < 28
    done = run("tournament", folder, *options)
    assert done.exit_code == 0, done.output
    with Results(path) as stored:
        whole, terms = stored.tallies(), stored.terms
    assert len(whole) == 28
    assert {str(tally) for tally in kept} < {str(tally) for tally in whole}
    for tally in (kept[-1], whole[-1]):
        alone = round_robin([warriors[tally.first], warriors[tally.second]], terms)
        assert (tally.wins, tally.losses) == (alone.wins[0, 1], alone.wins[1, 0])


def test_tournament__progress_on_a_terminal_only() -> None:
    code = (
        "import time\n"
        "from mars import terminal\n"
        "terminal.PATIENCE = 0.2\n"
        "with terminal.progress(1500, 'pairs') as show:\n"
        "    show(500, 1500)\n"
        "    time.sleep(0.6)\n"
        "with terminal.progress(5, 'quick') as show:\n"
        "    show(5, 5)\n"
    )
    leader, follower = pty.openpty()
    env = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, stderr=follower, check=True, env=env)
    os.close(follower)
    shown = os.read(leader, 100_000).decode()
    os.close(leader)
    assert re.search(r"500 of 1,500 pairs, [\d,.]+/s, \d+ s left", shown)
    assert "quick" not in shown
    piped = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, env=env
    )
    assert piped.stderr == b""


@pytest.mark.skipif(not golden_data.PANEL.is_dir(), reason="the panel is not part of the project")
def test_tournament__panel_warriors() -> None:
    names = sorted(golden_data.PANEL.glob("*.red"))[:6]
    done = run("tournament", *names, "-r", "4", "--preset", "94", "-f")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("6 warriors")


def test_tournament__sources_of_latin_1_and_crlf(tmp_path: Path) -> None:
    (tmp_path / "a.red").write_bytes(b";redcode\r\n;name Fran\xe7ois\r\nmov 0, 1\r\n")
    (tmp_path / "b.red").write_bytes(b"jmp 0")
    done = run("tournament", tmp_path, *OPTIONS, "--results", tmp_path / "r.db")
    assert "François" in done.stdout
    with Results(tmp_path / "r.db") as results:
        assert assemble(results.entrants[0].warrior.source).id == results.entrants[0].warrior.id


def test_tournament__results_with_other_names_for_the_same_code(
    folder: Path, tmp_path: Path
) -> None:
    results, table = tmp_path / "r.db", tmp_path / "t.csv"
    assert run("tournament", folder, *OPTIONS, "--results", results).exit_code == 0
    (folder / "imps" / "imp.red").unlink()
    source = re.sub(r";(name|author) .*", r";\1 New", bundled_sources()["imp"])
    (folder / "a.red").write_text(source)
    done = run("tournament", folder, *OPTIONS, "--results", results, "--csv", table)
    assert done.exit_code == 0, done.output
    assert done.stdout == run("tournament", folder, *OPTIONS).stdout
    with table.open(encoding="utf-8") as file:
        rows = {row["path"]: (row["name"], row["author"]) for row in csv.DictReader(file)}
    assert rows[str(folder / "a.red")] == ("New", "New")


def test_tournament__loops_of_links_and_foreign_files(folder: Path, tmp_path: Path) -> None:
    loop, foreign = tmp_path / "loop", folder / "imps" / "imp.red"
    loop.symlink_to(loop)
    for option in ("--csv", "--results"):
        done = run("tournament", folder, *OPTIONS, option, loop)
        assert done.exit_code == 1
        assert done.stderr == f"Error: cannot write {loop}: Too many levels of symbolic links\n"
    foreign.rename(tmp_path / "imp.red")
    done = run("tournament", folder, *OPTIONS, "--results", tmp_path / "imp.red")
    words = f"expected a tournament's results: got another file, {tmp_path / 'imp.red'}"
    assert (done.exit_code, done.stderr) == (1, f"Error: {words}\n")


def test_terms_words__what_is_not_as_usual() -> None:
    for settings, words in (
        (TINY, "core 800, '94 rules"),
        (CoreSettings(), "core 8000, '94 rules"),
        (replace(CoreSettings(), max_cycles=2000), "core 8000, '94 rules, cycles 2000"),
        (CoreSettings.preset("94"), "core 8000, '94 rules, P-space 500"),
        (
            CoreSettings.preset("lp"),
            "core 8000, '94 rules, processes 8, length 200, distance 200, P-space 500",
        ),
        (
            replace(TINY, core_size=801),
            "core 801, '94 rules, cycles 8000, processes 800, length 20, distance 20, P-space 0",
        ),
    ):
        assert terms_words(Terms(settings, 1, 3)) == f"1 fight a pair, seed 3, {words}"
    widest = CoreSettings(65_000, 999_999_999, 65_000, 1000, 1000, 65_000)
    lines = list(wrap(f"100 warriors, {terms_words(Terms(widest, 10**7, 2**63 - 1))}", 100))
    assert len(lines) == 2


def test_tournament__wide_names_keep_the_columns(tmp_path: Path) -> None:
    names = ("漢" * 40, "e\u0301" * 10, "e" + "\u0301" * 5000, "\uff21", "plain")
    for n, name in enumerate(names):
        (tmp_path / f"{n}.red").write_text(f";name {name}\n;author {name}\njmp 0\ndat {n}, 0\n")
    done = run("tournament", tmp_path, *OPTIONS)
    heading, *lines = done.stdout.splitlines()[1 : len(names) + 2]
    assert {display_width(line) for line in lines} == {display_width(lines[0])}
    assert display_width(lines[0]) <= 100
    assert all(len(line) < 400 for line in lines)
    end = heading.index("Score") + 5
    for line in lines:
        widths = [display_width(line[:i]) for i in range(len(line))]
        assert re.fullmatch(r" *\d+\.\d", line[widths.index(end - 5) : widths.index(end)])
