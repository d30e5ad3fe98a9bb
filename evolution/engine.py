"""Which sources decide fights, and which whole runs, in 16 digits each: what is compared by them.

Both are over the files as they are: a changed comment is another version.
"""

import hashlib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

# Who survives, and the figures made of it. A test compares both lists with what is imported.
ENGINE: Final = {
    "mars": (
        "arena.py",
        "expression.py",
        "fights.py",
        "kernel.py",
        "placement.py",
        "redcode.py",
        "rules.py",
        "score.py",
        "settings.py",
        "source.py",
    ),
    "evolution": ("jobs.py", "packing.py", "survival.py"),
}
# Packages that decide runs, but for files whose names end so: they only show or ask.
SEARCH: Final = ("mars", "llm_mutator", "evolution")
SHOWING: Final = ("cli.py", "view.py", "live.py", "options.py", "reporting.py", "summary.py")
KINDS: Final = (".py", ".red", ".md", ".toml")
DIGITS: Final = 16


@cache
def engine_version() -> str:
    """The first hexadecimal digits of a SHA-256 over the sources that decide fights.

    Two workers with the same digits give the same outcomes to the byte.
    """
    files = [
        (f"{package}/{name}", resources.files(package) / name)
        for package, names in ENGINE.items()
        for name in names
    ]
    return _digest(files)


@cache
def search_version() -> str:
    """The same over all sources that a run depends on: fights, mutators, search.

    Two installations with the same digits (and packages) repeat each other's runs to the byte.
    """
    return _digest([file for package in SEARCH for file in search_files(package)])


def search_files(package: str) -> list[tuple[str, Traversable]]:
    """A package's files that count for `search_version`, sub-folders included, by name."""
    return sorted(_files(resources.files(package), f"{package}/"), key=lambda file: file[0])


def _files(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(KINDS) and not entry.name.endswith(SHOWING):
            found.append((prefix + entry.name, entry))
    return found


def _digest(files: list[tuple[str, Traversable]]) -> str:
    digest = hashlib.sha256()
    for name, file in files:
        data = file.read_bytes()
        digest.update(f"{name} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()[:DIGITS]
