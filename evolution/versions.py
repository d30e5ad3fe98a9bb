"""What a run was worked with: the engine, and packages; its events say so, and can be read back."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Final

from evolution.engine import engine_version, search_version
from evolution.store import Store

ENGINE: Final = "engine"
SEARCH: Final = "search"
PACKAGES: Final = ("redqueen", "numpy", "numba", "llvmlite", "openai")


def versions() -> dict[str, str]:
    """Versions of the sources and of the packages that a result could depend on."""
    return {ENGINE: engine_version(), SEARCH: search_version()} | {
        name: version(name) for name in PACKAGES
    }


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


def version_warning(stores: Iterable[Store]) -> str:
    """A line for whoever goes on with a run that another version began, or ''.

    (The digits change with every change of the sources, also of a comment. So the run goes on;
    but that one version alone would repeat it is not known any more.)
    """
    found = {one.get(SEARCH, "unknown") for store in stores for one in read_versions(store)}
    others = sorted(found - {search_version()})
    if not others:
        return ""
    return (
        f"warning: worked with sources {', '.join(others)} before, with {search_version()} now; "
        "another run of the configuration may not repeat it"
    )
