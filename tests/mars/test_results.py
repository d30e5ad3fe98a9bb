"""A tournament's results on disk: kept, continued, and refused when they are something else."""

import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mars.classics import bundled_by_name
from mars.database import FileError, WriteError
from mars.entrants import Entrant
from mars.results import OtherTournamentError, Results, open_results
from mars.settings import CoreSettings
from mars.standings import Tally
from mars.tournament import Terms, round_robin

ROOT = Path(__file__).parents[2]
TINY = CoreSettings.preset("tiny")
TERMS = Terms(TINY, 10, 3)
FIELD = [Entrant(warrior, name) for name, warrior in bundled_by_name(TINY).items()][:5]

# Forks once for each SQL statement of a small tournament, and kills the child there; then lets
# one finish. Nothing here starts a thread before it forks.
KILLED = """
import os, signal, sys
from pathlib import Path
from mars import tournament
from mars.results import Results, open_results
from tests.mars.test_results import FIELD, TERMS
FIELD, tournament.MAX_BATCH = FIELD[:4], 2
warriors = [entrant.warrior for entrant in FIELD]
tournament.round_robin(warriors[:2], TERMS)
def work(path, last):
    count = 0
    def trace(_):
        nonlocal count
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
    with open_results(path, FIELD, TERMS) as results:
        results._db._db.set_trace_callback(trace)
        tournament.round_robin(
            warriors, TERMS, known=results.tallies(), on_finished=results.append)
def result(path, last):
    child = os.fork()
    if child == 0:
        work(path, last)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
for last in range(1, 100):
    path = Path(sys.argv[1]) / f"{last}.db"
    killed = result(path, last)
    print(last, killed, result(path, 10**9))
    if killed == 0:
        break
"""


def test_open_results__goes_on_with_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    warriors = [entrant.warrior for entrant in FIELD]
    whole = round_robin(warriors, TERMS)
    tallies: list[Tally] = []
    round_robin(warriors, TERMS, on_finished=tallies.extend)
    with open_results(path, FIELD, TERMS) as results:
        results.append(tallies[:4])
        results.append(tallies[2:5])
    # In another order, and with other labels.
    shuffled = [replace(FIELD[i], label=f"new-{i}") for i in (4, 2, 0, 1, 3)]
    with open_results(path, shuffled, TERMS) as results:
        assert [entrant.label for entrant in results.entrants] == [e.label for e in FIELD]
        assert sorted(results.tallies(), key=str) == sorted(tallies[:5], key=str)
        known = results.tallies()
        stored = [entrant.warrior for entrant in results.entrants]
        round_robin(stored, TERMS, known=known, on_finished=results.append)
        assert [len(known), len(results.tallies())] == [5, 10]
        assert results.payoffs().wins.tolist() == whole.wins.tolist()
        assert results.payoffs().ties.tolist() == whole.ties.tolist()
    with Results(path) as results:
        assert results.terms == TERMS
        assert [e.warrior.source for e in results.entrants] == [e.warrior.source for e in FIELD]
        with pytest.raises(WriteError, match="readonly"):
            results.append(tallies)


def test_open_results__refuses_others(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    open_results(path, FIELD, TERMS).close()
    before = path.read_bytes()
    fixed = Terms(replace(TINY, max_cycles=7), 20, None)
    with pytest.raises(
        OtherTournamentError,
        match=r"got max_cycles 7 instead of 8000; fights 20 .* 10; seed none \(-f\) instead of 3$",
    ):
        open_results(path, FIELD, fixed)
    with pytest.raises(
        OtherTournamentError, match=f"only in the file: {FIELD[0].label}; not in the file: other"
    ):
        other = bundled_by_name(TINY)["tiny-stone"]
        open_results(path, [*FIELD[1:], Entrant(other, "other")], TERMS)
    assert path.read_bytes() == before


def test_open_results__refuses_what_is_none(tmp_path: Path) -> None:
    text, other, empty = tmp_path / "a.txt", tmp_path / "b.db", tmp_path / "c.db"
    text.write_text("mine " * 100)
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE thesis (word TEXT)")
    db.close()
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(FileError, match=r"left as it is|expected a tournament's"):
            open_results(path, FIELD, TERMS)
        assert path.read_bytes() == before
    with pytest.raises(FileError, match="which is neither"):
        open_results(tmp_path, FIELD, TERMS)
    with pytest.raises(WriteError, match=r"cannot make .*: unable to open"):
        open_results(tmp_path / "no" / "r.db", FIELD, TERMS)
    empty.touch()
    open_results(empty, FIELD, TERMS).close()
    with pytest.raises(FileError, match="got no file"):
        Results(tmp_path / "missing.db")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE pairs SET wins = wins + 1", "expected 10 fights"),
        ("UPDATE warriors SET load_file = 'x' WHERE number = 1", "warrior 1 has changed"),
        ("UPDATE warriors SET source = 'dat 7' WHERE number = 1", "expected a source of"),
        ("UPDATE warriors SET source = 'mov' WHERE number = 1", "expected warrior 1: got"),
        ("PRAGMA user_version = 9", "version 1 in .*: got 9"),
        ("DELETE FROM terms", "expected settings"),
        ("UPDATE terms SET core_size = -5", "expected settings: got core_size"),
        ("UPDATE pairs SET second = 77 WHERE first = 0", "a reference leads nowhere"),
    ],
)
def test_results__damage_is_refused(tmp_path: Path, change: str, message: str) -> None:
    path = tmp_path / "r.db"
    with open_results(path, FIELD, TERMS) as results:
        results.append([Tally(0, 1, 1, 2, 7)])
    db = sqlite3.connect(path)
    with db:
        db.execute(change)
    db.close()
    with pytest.raises(FileError, match=message):
        Results(path)


def test_results__overwritten_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    open_results(path, FIELD, TERMS).close()
    data = bytearray(path.read_bytes())
    data[5000:9000] = b"\x55" * 4000
    path.write_bytes(data)
    with pytest.raises(FileError, match="damaged"):
        open_results(path, FIELD, TERMS)
    assert path.read_bytes() == data


def test_results__survive_a_kill_at_every_statement(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    codes = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    last = len(codes)
    assert last > 12  # a SELECT, and three batches of a BEGIN, two INSERTs and a COMMIT
    assert codes[:-1] == [(number, -signal.SIGKILL, 0) for number in range(1, last)]
    assert codes[-1] == (last, 0, 0)
    whole = round_robin([entrant.warrior for entrant in FIELD[:4]], TERMS)
    for path in tmp_path.glob("*.db"):
        with Results(path) as results:
            assert results.payoffs().wins.tolist() == whole.wins.tolist()
            assert results.payoffs().ties.tolist() == whole.ties.tolist()
