"""Configurations of runs that take seconds, and ways to run them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from evolution.config import RunConfig
from evolution.presets import build_config, preset_table
from evolution.session import opened
from evolution.store import DATABASE, Row, Store, export_rows

ROOT = Path(__file__).parents[2]
SMALL: dict[str, Any] = {
    "seed": 7,
    "rounds": 3,
    "search": {"iterations": 40, "batch": 4, "fresh": 4},
    "fitness": {"kind": "pairwise", "fights": 6},
    "champion": {"candidates": 2, "fights": 12, "record_fights": 10, "bundled_fights": 2},
}


def small_config(**changes: Any) -> RunConfig:
    """Three rounds on the nano core, with changes on top."""
    return build_config(preset_table("nano"), SMALL, changes)


def run_whole(folder: Path, config: RunConfig, workers: int = 1) -> dict[str, list[Row]]:
    """Runs to the end in this process; its reproducible rows."""
    with opened(folder, config, workers=workers) as run:
        assert run.advance()
    return rows_of(folder)


def rows_of(folder: Path) -> dict[str, list[Row]]:
    """A run's reproducible rows by table."""
    with Store(folder / DATABASE) as store:
        return export_rows(store)


def redqueen(
    *arguments: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command in a process of its own."""
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def command(*arguments: str) -> list[str]:
    """The command line of such a process."""
    return [sys.executable, "-c", "import redqueen; redqueen.main()", *arguments]
