"""Which run folders a given folder stands for: itself, an experiment's runs, the islands of one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from analysis.grouping import natural
from evolution.folder import CONFIG, read_folder_config
from evolution.islands_folders import all_lineage_folders
from evolution.store import DATABASE

DEPTH: Final = 2  # experiment, run, island


def run_folders(given: Iterable[Path]) -> list[Path]:
    """The runs that folders hold.

    A run of several islands stands for them all. A folder that is no run, but has runs in it, or
    folders with runs, stands for them, in natural order (`seed=2` before `seed=10`); hidden
    folders are none. What has a configuration or a database is a run, so that a damaged one is
    never left out: whoever loads it says what is wrong. Any other folder stands for itself.

    Raises:
        FolderError: An island is missing, or a configuration without a database cannot be read.
        OSError: A folder cannot be read.
    """
    return [run for folder in given for run in _runs_of(folder, DEPTH) or [folder]]


def plain(name: str) -> str:
    """A folder's name as text that every table can hold: a byte that is not UTF-8 as `\\xff`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _runs_of(folder: Path, depth: int) -> list[Path]:
    if (folder / DATABASE).exists():
        return [folder]
    if (folder / CONFIG).exists():
        return all_lineage_folders(folder, read_folder_config(folder))
    if not depth or not folder.is_dir():
        return []
    children = [path for path in folder.iterdir() if not path.name.startswith(".")]
    in_order = sorted(children, key=lambda path: (natural(path.name), path.name))
    return [run for child in in_order for run in _runs_of(child, depth - 1)]
