"""Ways to call `redqueen experiment` in tests, and to look at what it does."""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from click.testing import CliRunner, Result

from evolution.config import RunConfig
from evolution.experiment.cli import experiment_command
from evolution.experiment.grid import load_experiment, plan
from evolution.records import read_counts
from evolution.store import DATABASE, Store
from tests.evolution.small_runs import ROOT, command, redqueen

BASE = """preset = "nano"
[base]
rounds = 2
search = { iterations = ITERATIONS, batch = 4, fresh = 4 }
fitness.fights = 4
champion = { candidates = 2, fights = 6, record_fights = 6, bundled_fights = 2 }
[axes]
"""
LONG = 1_000_000
PATIENCE = 120.0  # seconds
SCREEN = {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}


def write(folder: Path, axes: str, iterations: int = 20) -> Path:
    """An experiment's file."""
    path = folder / "grid.toml"
    path.write_text(BASE.replace("ITERATIONS", str(iterations)) + axes, encoding="utf-8")
    return path


def work(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Works the experiment in a folder, whose runs are in `runs/grid`."""
    arguments = ["experiment", str(folder / "grid.toml"), "--runs", str(folder / "runs")]
    return redqueen(*arguments, *options)


def call(folder: Path, *options: str) -> Result:
    """The same in this process; its runs have processes of their own."""
    arguments = [str(folder / "grid.toml"), "--runs", str(folder / "runs"), *options]
    return CliRunner().invoke(experiment_command, arguments)


def begin(folder: Path, *options: str) -> "subprocess.Popen[str]":
    """The same, while it goes on."""
    arguments = ["experiment", str(folder / "grid.toml"), "--runs", str(folder / "runs")]
    return subprocess.Popen(
        command(*arguments, *options), cwd=ROOT, stderr=subprocess.PIPE, text=True
    )


def wait_until(done: Callable[[], bool]) -> None:
    """Until something is so."""
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until, f"expected it within {PATIENCE} s"
        time.sleep(0.05)


def has_rows(run: Path) -> bool:
    """Whether a run has committed its first batch."""
    if not (run / "champions" / "round_000.red").exists():
        return False
    with Store(run / DATABASE) as store:
        return read_counts(store).proposals > 0


def configs(folder: Path) -> dict[str, RunConfig]:
    """The planned configurations by name."""
    return {run.name: run.config for run in plan(load_experiment(folder / "grid.toml"))}


def children(parent: int) -> list[int]:
    """The processes that a process has begun."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it has ended meanwhile
            if f"\nPPid:\t{parent}\n" in status.read_text():
                found.append(int(status.parent.name))
    return found
