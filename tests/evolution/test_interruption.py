"""A run killed, starved of disk, with other hash seeds: the same rows in the end."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evolution.config import RunConfig
from evolution.presets import format_config
from evolution.records import read_counts
from evolution.store import DATABASE, Store
from tests.evolution.small_runs import ROOT, command, redqueen, rows_of, run_whole, small_config

# Goes on with a run and kills itself at a given SQL statement after opening: in the middle of a
# transaction, at its end, or between two.
KILLED = """
import os, signal, sys
from pathlib import Path
from evolution import session
folder, last = Path(sys.argv[1]), int(sys.argv[2])
count = 0
def trace(statement):
    global count
    count += 1
    if count == last:
        os.kill(os.getpid(), signal.SIGKILL)
with session.opened(folder, workers=1 + last % 2) as run:
    run.store._db.set_trace_callback(trace)
    run.advance()
"""


def begin(tmp_path: Path, name: str, config: object) -> Path:
    """A run's configuration as a file, for the command line."""
    path = tmp_path / f"{name}.toml"
    path.write_text(format_config(config))  # type: ignore[arg-type]
    return path


def test_resume__killed_at_20_random_points(tmp_path: Path) -> None:
    config = small_config()
    whole = run_whole(tmp_path / "whole", config)
    file, folder = begin(tmp_path, "killed", config), tmp_path / "killed"
    evolve = ["evolve", str(file), "--runs", str(tmp_path), "--workers", "1", "--no-report"]
    rng = random.Random(3)
    process = subprocess.Popen(command(*evolve), cwd=ROOT, stderr=subprocess.DEVNULL)
    while not (folder / DATABASE).exists() and process.poll() is None:
        time.sleep(0.005)
    time.sleep(rng.uniform(0, 0.2))
    process.kill()
    process.wait()
    for _ in range(19):
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, str(folder), str(rng.randint(1, 120))],
            cwd=ROOT,
            check=False,
            capture_output=True,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    done = redqueen("resume", str(folder))
    assert done.returncode == 0, done.stderr
    assert rows_of(folder) == whole
    for path in (tmp_path / "whole" / "champions").iterdir():
        text = (folder / "champions" / path.name).read_text()
        assert text.replace("killed", "whole") == path.read_text()


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_evolve__hash_seed_changes_nothing(tmp_path: Path, hash_seed: str) -> None:
    config = small_config(rounds=2, search={"carry": "archive"})
    file = begin(tmp_path, "run", config)
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = redqueen(
        "evolve",
        str(file),
        "--runs",
        str(tmp_path / "runs"),
        "--workers",
        "2",
        "--no-report",
        env=env,
    )
    assert done.returncode == 0, done.stderr
    assert rows_of(tmp_path / "runs" / "run") == run_whole(tmp_path / "whole", config)


def test_evolve__disk_full_then_resumed(tmp_path: Path) -> None:
    config = small_config()
    file = begin(tmp_path, "full", config)
    arguments = command(
        "evolve", str(file), "--runs", str(tmp_path), "--workers", "1", "--no-report"
    )
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (260_000,) * 2); "
    arguments[2] = limited + arguments[2]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    assert "redqueen resume" in done.stderr
    assert "Traceback" not in done.stderr
    before = rows_of(tmp_path / "full")
    assert before["proposals"]
    resumed = redqueen("resume", str(tmp_path / "full"))
    assert resumed.returncode == 0, resumed.stderr
    after = rows_of(tmp_path / "full")
    assert all(after[table][: len(rows)] == rows for table, rows in before.items())
    assert after == run_whole(tmp_path / "whole", config)


def wait_for_rows(folder: Path, process: "subprocess.Popen[str]") -> None:
    """Until the run has committed its first batch."""
    for _ in range(3000):
        assert process.poll() is None
        if (folder / "champions" / "round_000.red").exists():
            with Store(folder / DATABASE) as store:
                if read_counts(store).proposals:
                    return
        time.sleep(0.01)
    raise AssertionError("expected a batch within 30 s: got none")


def interrupted(tmp_path: Path, config: RunConfig) -> "subprocess.Popen[str]":
    """A run that has committed its first batch and was just sent a Ctrl-C."""
    file = begin(tmp_path, "run", config)
    process = subprocess.Popen(
        command("evolve", str(file), "--runs", str(tmp_path), "--workers", "2", "--no-report"),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for_rows(tmp_path / "run", process)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    return process


def test_evolve__first_interrupt_saves_and_says_how_to_resume(tmp_path: Path) -> None:
    config = small_config(search={"iterations": 20_000})
    process = interrupted(tmp_path, config)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"redqueen resume {tmp_path / 'run'}" in errors
    assert "Traceback" not in errors
    rows = rows_of(tmp_path / "run")
    assert rows["champions"]
    assert redqueen("status", str(tmp_path / "run")).stdout.startswith("run: stopped, round 1 of 3")


def test_evolve__second_interrupt_stops_at_once(tmp_path: Path) -> None:
    many = {"iterations": 5000, "batch": 5000}  # a batch of a minute, so that it is under way
    config = small_config(search=many, fitness={"kind": "pairwise", "fights": 2000})
    process = interrupted(tmp_path, config)
    assert process.stderr is not None
    assert process.stderr.readline() == "\n"
    assert "once more stops at once" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "stopped at once" in errors
    assert "Traceback" not in errors
    assert rows_of(tmp_path / "run")["champions"]
