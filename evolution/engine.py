"""Which engine decides fights, in 16 digits: what workers and runs are compared by."""

import hashlib
from functools import cache
from importlib import resources
from typing import Final

# `mars` decides who survives; the others make figures of it.
SOURCES: Final = (
    ("mars", (".py", ".red")),
    ("evolution", ("jobs.py", "packing.py", "survival.py")),
)
DIGITS: Final = 16


@cache
def engine_version() -> str:
    """The first hexadecimal digits of a SHA-256 over the sources that decide fights.

    Two installations with the same digits give the same results to the byte; a changed comment
    changes them, too.
    """
    digest = hashlib.sha256()
    for package, endings in SOURCES:
        for path, data in _files(package, endings):
            digest.update(f"{package}/{path} {len(data)}\n".encode())
            digest.update(data)
    return digest.hexdigest()[:DIGITS]


def _files(package: str, endings: tuple[str, ...]) -> list[tuple[str, bytes]]:
    """A package's files with such endings, and those of its `warriors`, by name."""
    root = resources.files(package)
    folders = [("", root), ("warriors/", root / "warriors")]
    return sorted(
        (prefix + entry.name, entry.read_bytes())
        for prefix, folder in folders
        if folder.is_dir()
        for entry in folder.iterdir()
        if entry.name.endswith(endings)
    )
