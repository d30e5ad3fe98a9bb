"""Runs that are to come together: found in folders, checked, and compared row by row."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final, Literal

from evolution.config import RunConfig
from evolution.folder import CONFIG, FolderError, read_folder_config, unwritten
from evolution.islands import refuse_one_island, run_folders
from evolution.presets import format_config
from evolution.records import read_config
from evolution.schema import REPRODUCIBLE
from evolution.session import differing_keys, has_run
from evolution.store import DATABASE, Row, Store
from evolution.versions import SEARCH, read_versions

ROWS_AT_ONCE: Final = 5000
UNKNOWN: Final = "unknown"

Order = Literal["same", "first is further", "second is further"]


@dataclass(frozen=True)
class Source:
    """A run as it lies somewhere; of several islands, all of them.

    Attributes:
        path: The folder; its name is the run's.
        config: Of the run.
        parts: The folders with a database, below `path`: itself, or its islands.
        rounds: That have their champion, on the island that has fewest.
        builds, packages: Versions of the sources and of redqueen that it was ever worked with.
    """

    path: Path
    config: RunConfig
    parts: tuple[Path, ...]
    rounds: int
    builds: frozenset[str]
    packages: frozenset[str]

    @property
    def name(self) -> str:
        """Of the run; untrusted text, but a folder's name."""
        return self.path.name


def find_runs(folder: Path) -> list[Path]:
    """The runs that a folder stands for: itself, or those in it, by name.

    Raises:
        FolderError: There are none.
    """
    place = folder.resolve()
    if has_run(place):
        return [place]
    inside = sorted(place.iterdir()) if place.is_dir() else []
    runs = [path for path in inside if not path.name.startswith(".") and has_run(path)]
    if not runs:
        raise FolderError(f"expected a run's folder, or one with runs in it: got {folder}")
    return runs


def read_source(path: Path) -> Source:
    """Reads what a run's folder is, after checking its databases whole.

    Raises:
        FolderError: It is being written, one of several islands, or not what it says it is.
        StoreError: A database is missing or damaged.
    """
    with unwritten(path):
        config = read_folder_config(path)
        refuse_one_island(path, config)
        folders = run_folders(path, config)
        read = [_read_part(folder) for folder in folders]
    whole = len(read) == config.islands.count
    return Source(
        path,
        config,
        tuple(folder.relative_to(path) for folder in folders),
        min((rounds for rounds, _ in read), default=0) if whole else 0,
        frozenset(one.get(SEARCH, UNKNOWN) for _, found in read for one in found),
        frozenset(one.get("redqueen", UNKNOWN) for _, found in read for one in found),
    )


def _read_part(folder: Path) -> tuple[int, list[dict[str, str]]]:
    """Rounds, and the versions of each time that it was opened."""
    with unwritten(folder), Store(folder / DATABASE) as store:
        if read_config(store) != format_config(read_folder_config(folder)):
            raise FolderError(
                f"expected the {CONFIG} that the run in {folder} began with: got a changed one"
            )
        rounds = store.query("SELECT coalesce(max(round), 0) FROM champions")[0][0]
        return rounds, read_versions(store)


def check_versions(sources: Sequence[Source]) -> str:
    """Says which runs were worked with which versions where that is more than one, else ''."""
    by_version: dict[tuple[str, str], list[str]] = {}
    for source in sources:
        key = (", ".join(sorted(source.builds)), ", ".join(sorted(source.packages)))
        by_version.setdefault(key, []).append(str(source.path))
    if len(by_version) < 2 and all(len(s.builds) == len(s.packages) == 1 for s in sources):
        return ""
    return "\n".join(
        f"  sources {build}, redqueen {package}: {paths[0]}"
        + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
        for (build, package), paths in sorted(by_version.items())
    )


def further(first: Source, second: Source) -> Order:
    """Which of two copies of a run goes on from the other.

    Raises:
        FolderError: They are not copies: other configurations, or other rows.
    """
    keys = differing_keys(first.config, second.config)
    if keys:
        raise FolderError(
            f"expected one configuration of the run {first.name!r}: got other values of "
            f"{', '.join(keys)} in {first.path} and {second.path}"
        )
    ahead: set[Order] = set()
    for part in sorted({*first.parts, *second.parts}):
        ahead |= _orders(first, second, part)
    if len(ahead) > 1:
        raise FolderError(
            f"expected that one of {first.path} and {second.path} goes on from the other: got "
            "some rows only in the one and some only in the other"
        )
    return ahead.pop() if ahead else "same"


def _orders(first: Source, second: Source, part: Path) -> set[Order]:
    if part not in second.parts:
        return {"first is further"}
    if part not in first.parts:
        return {"second is further"}
    found: set[Order] = set()
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(Store(source.path / part / DATABASE)) for source in (first, second)
        )
        for table in REPRODUCIBLE:
            for a, b in zip_longest(_rows(one, table), _rows(other, table)):
                if a is None or b is None:
                    found.add("second is further" if a is None else "first is further")
                    break
                if a != b:
                    raise FolderError(
                        f"expected the same rows of the run {first.name!r} as far as both go: got "
                        f"another row {a[0]} of the table {table} in {one.path} and {other.path}"
                    )
    return found


def _rows(store: Store, table: str) -> Iterator[Row]:
    """All rows with their rowid before them, in order of insertion, read in portions."""
    sql = f"SELECT rowid, * FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT {ROWS_AT_ONCE}"
    rows = store.query(sql, (-1,))
    while rows:
        yield from rows
        rows = store.query(sql, (rows[-1][0],))
