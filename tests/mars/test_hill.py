"""Kings of the hill: scores, ages, who is pushed off; two at once; killed at any moment."""

import os
import re
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mars.assembler import assemble
from mars.classics import bundled_by_name
from mars.database import FileError
from mars.entrants import Entrant
from mars.hill import Hill, Place, RefusedError, Verdict
from mars.hill_schema import found_hill
from mars.settings import CoreSettings
from mars.tournament import Terms, round_robin

ROOT = Path(__file__).parents[2]
TINY = CoreSettings.preset("tiny")
TERMS = Terms(TINY, 10, 3)
FIELD = [Entrant(warrior, name) for name, warrior in bundled_by_name(TINY).items()]

# Submits all warriors, the given ones first.
SUBMIT = """
import sys
from pathlib import Path
from mars.hill import Hill, RefusedError
from tests.mars.test_hill import FIELD
print("ready", flush=True)
sys.stdin.readline()
for index in map(int, sys.argv[2:]):
    with Hill(Path(sys.argv[1]), write=True) as hill:
        try:
            hill.submit(FIELD[index])
            print(index)
        except RefusedError as error:
            print("refused", error)
"""
# Forks at each SQL statement of a challenge that is not a SELECT, kills the child there,
# and challenges again.
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from mars.hill import Hill, RefusedError
from mars.tournament import round_robin
from tests.mars.test_hill import FIELD, TERMS
round_robin([entrant.warrior for entrant in FIELD[:2]], TERMS)  # the kernel is loaded once
before = Path(sys.argv[1])
def work(path, last):
    count = 0
    def trace(statement):
        nonlocal count
        count += not statement.lstrip().startswith("SELECT")
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
    with Hill(path, write=True) as hill:
        hill._db._db.set_trace_callback(trace)
        try:
            hill.submit(FIELD[4])
        except RefusedError:
            os._exit(3)
for last in range(1, 200):
    path = before.with_name(f"{last}.db")
    shutil.copy(before, path)
    child = os.fork()
    if child == 0:
        work(path, last)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    killed = os.waitstatus_to_exitcode(status)
    if killed == 0:
        path.unlink()
        break
    with Hill(path) as hill:
        n_challenges = len(hill.challenges())
    child = os.fork()
    if child == 0:
        work(path, 10**9)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(last, killed, n_challenges, os.waitstatus_to_exitcode(status))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found_hill(tmp_path / "hill.db", TERMS, 3)
    return tmp_path / "hill.db"


def submit(path: Path, index: int) -> Verdict:
    with Hill(path, write=True) as hill:
        return hill.submit(FIELD[index])


def shown(places: tuple[Place, ...]) -> list[tuple[str, float, int]]:
    return [(place.warrior.name, place.standing.score, place.age) for place in places]


def on_hill(path: Path) -> tuple[Place, ...]:
    with Hill(path) as hill:
        return hill.places()


def listing(path: Path) -> list[tuple[str, float, int]]:
    return shown(on_hill(path))


def test_submit__the_last_of_a_full_hill_is_pushed_off(path: Path) -> None:
    for index in range(3):
        assert submit(path, index).pushed is None
    verdict = submit(path, 4)
    table = round_robin([FIELD[i].warrior for i in (0, 1, 2, 4)], TERMS)
    points = (3 * table.wins + table.ties).sum(axis=1) * 100 / 30
    by_name = {FIELD[i].warrior.name: p for i, p in zip((0, 1, 2, 4), points, strict=True)}
    assert {p.warrior.name: p.standing.score for p in verdict.places} == pytest.approx(by_name)
    scores = [place.standing.score for place in verdict.places]
    assert scores == sorted(scores, reverse=True)
    assert verdict.pushed == verdict.places[-1]
    rest = sorted(place.warrior.name for place in verdict.places[:-1])
    assert sorted(name for name, _, _ in listing(path)) == rest
    # The hill's own scores are without the one that is off.
    ids = [i for i in (0, 1, 2, 4) if FIELD[i].warrior.name in rest]
    table = round_robin([FIELD[i].warrior for i in ids], TERMS)
    points = (3 * table.wins + table.ties).sum(axis=1) * 100 / 20
    expected = {FIELD[i].warrior.name: p for i, p in zip(ids, points, strict=True)}
    assert {name: score for name, score, _ in listing(path)} == pytest.approx(expected)


def test_submit__ages_count_successful_challenges(path: Path) -> None:
    weak = Entrant(assemble(";name Weak\ndat 0, 0", TINY), "weak.red")
    verdicts = [submit(path, index) for index in (4, 5, 6)]
    assert [place.age for place in verdicts[-1].places if place.warrior == FIELD[4].warrior] == [2]
    before = listing(path)
    with Hill(path, write=True) as hill:
        verdict = hill.submit(weak)
        assert verdict.pushed == verdict.challenger
        assert shown(hill.places()) == before
        log = hill.challenges()
    assert [c.number for c in log] == [1, 2, 3, 4]
    assert (log[3].name, log[3].rank, log[3].score) == ("Weak", 4, 0.0)
    assert (log[3].pushed, log[3].entered, log[2].pushed) == ("Weak", False, None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", log[0].time)


def test_submit__a_tie_with_the_last_is_not_enough(tmp_path: Path) -> None:
    path = tmp_path / "hill.db"
    found_hill(path, TERMS, 1)
    sitters = [Entrant(assemble(f"jmp 0\ndat {n}, 0", TINY), f"{n}.red") for n in (1, 2)]
    with Hill(path, write=True) as hill:
        hill.submit(sitters[0])
        verdict = hill.submit(sitters[1])
        assert verdict.pushed == verdict.challenger
        assert {place.standing.score for place in verdict.places} == {100.0}
        assert hill.places()[0].warrior == sitters[0].warrior


def test_submit__refuses_doubles_and_the_unfit(path: Path) -> None:
    submit(path, 0)
    with Hill(path, write=True) as hill:
        renamed = replace(FIELD[0].warrior, name="Another")
        name = FIELD[0].warrior.name
        with pytest.raises(RefusedError, match=f"got x.red, which is on it as {name}"):
            hill.submit(Entrant(renamed, "x.red"))
        long = assemble("dat 0\n" * 50)
        with pytest.raises(RefusedError, match="at most 20 instructions: got 50"):
            hill.submit(Entrant(long, "long.red"))
        assert len(hill.challenges()) == 1


def test_submit__one_that_comes_back_fights_nobody_twice(path: Path) -> None:
    for index in (4, 5, 6):
        submit(path, index)
    weak = Entrant(assemble("dat 0, 0", TINY), "weak.red")
    done: list[int] = []
    with Hill(path, write=True) as hill:
        hill.submit(weak, on_finished=lambda n, _: done.append(n))
        first = list(done)
        hill.submit(weak, on_finished=lambda n, _: done.append(n))
    assert first[-1] == 3
    assert done == first


def test_found_hill__refuses(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FileError, match="which is there already"):
        found_hill(path, TERMS, 3)
    assert path.read_bytes() == before
    with pytest.raises(ValueError, match="size must be 1 to 1000: got 0"):
        found_hill(tmp_path / "new.db", TERMS, 0)
    with pytest.raises(FileError, match="got no file"):
        Hill(tmp_path / "new.db")


def test_hill__damage_is_refused(path: Path) -> None:
    submit(path, 0)
    submit(path, 1)
    db = sqlite3.connect(path)
    with db:
        db.execute("UPDATE pairs SET wins = wins + 1")
    db.close()
    with pytest.raises(FileError, match="damaged: expected 10 fights"):
        Hill(path)


@pytest.mark.parametrize("intruder", [4, 6])
def test_submit__another_challenge_comes_between(path: Path, intruder: int) -> None:
    """Decided after the intruder's, although begun before; against the hill as it was then."""
    for index in range(4):
        submit(path, index)
    steps: list[int] = []

    def intrude(_: int, missing: int) -> None:
        steps.append(missing)
        if len(steps) == 1:
            submit(path, intruder)

    with Hill(path, write=True) as hill:
        hill.submit(FIELD[5], on_finished=intrude)
    # Three on the hill, then the newcomer, if it has entered.
    entered = any(FIELD[intruder].warrior == place.warrior for place in on_hill(path))
    assert (steps[0], sum(steps[1:])) == (3, 1 if entered else 0)
    alone = path.with_name("alone.db")
    found_hill(alone, TERMS, 3)
    for index in (0, 1, 2, 3, intruder, 5):
        submit(alone, index)
    assert listing(alone) == listing(path)


def test_submit__the_same_challenger_comes_between(path: Path) -> None:
    submit(path, 0)

    def intrude(_: int, __: int) -> None:
        submit(path, 5)

    with Hill(path, write=True) as hill:
        with pytest.raises(RefusedError, match="which is on it as"):
            hill.submit(FIELD[5], on_finished=intrude)
        assert len(hill.challenges()) == 2


def test_submit__two_processes_at_once(path: Path) -> None:
    """Whatever their order was, it is the hill of challenges one after the other."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", SUBMIT, str(path), *order],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for order in ("0123456", "0654321")
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    with Hill(path) as hill:
        log, places = hill.challenges(), shown(hill.places())
    entered = [int(line) for out, _ in outputs for line in out.split("\n") if line.isdigit()]
    index_of = {entrant.warrior.name: i for i, entrant in enumerate(FIELD)}
    assert sorted(entered) == sorted(index_of[challenge.name] for challenge in log)
    assert [challenge.number for challenge in log] == list(range(1, len(log) + 1))
    alone = path.with_name("alone.db")
    found_hill(alone, TERMS, 3)
    for challenge in log:
        verdict = submit(alone, index_of[challenge.name])
        assert verdict.challenger.standing.rank == challenge.rank
        assert verdict.challenger.standing.score == challenge.score
        assert (verdict.pushed and verdict.pushed.warrior.name) == challenge.pushed
    assert listing(alone) == places


def test_submit__survives_a_kill_at_every_write(path: Path) -> None:
    for index in range(3):
        submit(path, index)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    assert [last for last, *_ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= 10
    assert all(killed == -9 for _, killed, _, _ in rows)
    # Before or after, nothing between: the second try succeeds, or finds itself on the hill.
    assert all((n, code) in ((3, 0), (4, 3)) for _, _, n, code in rows), rows
    submit(path, 4)
    for last, *_ in rows:
        assert listing(path.with_name(f"{last}.db")) == listing(path)
