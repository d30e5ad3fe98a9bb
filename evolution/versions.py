"""What a run was worked with: the engine, and packages; its events say so, and can be read back."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Final

from evolution.engine import engine_version
from evolution.store import Store

ENGINE: Final = "engine"
PACKAGES: Final = ("redqueen", "numpy", "numba", "llvmlite", "openai")


def versions() -> dict[str, str]:
    """Versions of the engine and of the packages that a result could depend on."""
    return {ENGINE: engine_version()} | {name: version(name) for name in PACKAGES}


def format_versions(found: Mapping[str, str]) -> str:
    """Versions as an event's detail: `engine 0123456789abcdef, redqueen 0.1.0`."""
    return ", ".join(f"{name} {number}" for name, number in found.items())


def parse_versions(text: str) -> dict[str, str]:
    """Reads back what `format_versions` writes; what is not of that form is left out."""
    pairs = (part.split(" ") for part in text.split(", "))
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def read_versions(store: Store) -> list[dict[str, str]]:
    """What a run was worked with: an entry each time it was opened for writing, in order."""
    sql = "SELECT detail FROM events WHERE kind IN ('started', 'resumed') ORDER BY id"
    return [parse_versions(detail) for (detail,) in store.query(sql)]


def engine_warning(stores: Iterable[Store]) -> str:
    """A line for whoever goes on with a run that another engine began, or ''.

    (The digits change with every change of the engine's sources, also of a comment. So the run
    goes on; but that one engine alone would repeat it is not known any more.)
    """
    found = {one.get(ENGINE, "unknown") for store in stores for one in read_versions(store)}
    others = sorted(found - {engine_version()})
    if not others:
        return ""
    return (
        f"warning: worked with engine {', '.join(others)} before, with {engine_version()} now; "
        "another run of the configuration may not repeat it"
    )
