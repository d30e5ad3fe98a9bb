"""Which run folders a given folder stands for: itself, an experiment's runs, the islands of one."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from analysis.grouping import natural
from evolution.folder import CONFIG
from evolution.store import DATABASE

DEPTH: Final = 2  # experiment, run, island


def run_folders(given: Iterable[Path]) -> list[Path]:
    """The runs that folders hold.

    A folder without a run's database that has runs in it, or folders with runs, stands for them,
    in natural order (`seed=2` before `seed=10`); hidden folders are none. Any other one stands for
    itself: whoever loads it finds out whether it is a run.

    Raises:
        OSError: A folder cannot be read.
    """
    found: list[Path] = []
    for folder in given:
        inside = [] if (folder / DATABASE).exists() else list(_inside(folder, DEPTH))
        found += inside or [folder]
    return found


def _inside(folder: Path, depth: int) -> Iterator[Path]:
    children = [path for path in folder.iterdir() if not path.name.startswith(".")]
    for child in sorted(children, key=lambda path: (natural(path.name), path.name)):
        if (child / DATABASE).is_file() and (child / CONFIG).is_file():
            yield child
        elif depth > 1 and child.is_dir():
            yield from _inside(child, depth - 1)
