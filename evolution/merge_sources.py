"""Runs that are to come together: found in folders, checked, and compared row by row."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final, Literal

from evolution.config import RunConfig
from evolution.folder import (
    CHAMPIONS,
    CONFIG,
    PROVENANCE,
    FolderError,
    read_folder_config,
    unwritten,
)
from evolution.islands_folders import all_lineage_folders, refuse_one_island
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
class RunCopy:
    """A run as it lies somewhere; of several islands, all of them.

    Attributes:
        path: The folder; its name is the run's.
        config: Of the run.
        parts: The folders with a database, below `path`: itself, or its islands.
        rounds: That have their champion, on the island that has fewest.
        builds, packages: Versions of the sources and of redqueen that it was ever worked with.
        seals: Over all rows of each part.
    """

    path: Path
    config: RunConfig
    parts: tuple[Path, ...]
    rounds: int
    builds: frozenset[str]
    packages: frozenset[str]
    seals: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the run; untrusted text, but a folder's name."""
        return self.path.name


@dataclass(frozen=True)
class Part:
    """A folder with a database: rounds, the versions of each time it was opened, and its seal."""

    rounds: int
    versions: list[dict[str, str]]
    seal: str


def holds_run(folder: Path) -> bool:
    """Whether a folder is a run's, be it half copied."""
    return has_run(folder) or (folder / DATABASE).exists()


def find_runs(folder: Path, *, may_be_none: bool = False) -> list[Path]:
    """The runs that a folder stands for: itself, or those in it, by name.

    Raises:
        FolderError: There are none, and there must be some.
    """
    place = folder.resolve()
    if holds_run(place):
        return [place]
    inside = sorted(place.iterdir()) if place.is_dir() else []
    runs = [path for path in inside if not path.name.startswith(".") and holds_run(path)]
    if not runs and not may_be_none:
        raise FolderError(f"expected a run's folder, or one with runs in it: got {folder}")
    return runs


def read_copy(path: Path) -> RunCopy:
    """Reads what a run's folder is, after checking its databases whole.

    Raises:
        FolderError: It is being written, one of several islands, without one of them, not what it
            says it is, or partly behind links, which a copy would lose.
        StoreError: A database is missing or damaged.
    """
    with unwritten(path):
        config = read_folder_config(path)
        refuse_one_island(path, config)
        folders = all_lineage_folders(path, config)
        _refuse_links(path, folders)
        read = [_read_part(folder) for folder in folders]
    worked_with = [one for part in read for one in part.versions]
    return RunCopy(
        path,
        config,
        tuple(folder.relative_to(path) for folder in folders),
        min(part.rounds for part in read),
        frozenset(one.get(SEARCH, UNKNOWN) for one in worked_with),
        frozenset(one.get("redqueen", UNKNOWN) for one in worked_with),
        tuple(part.seal for part in read),
    )


def read_seals(path: Path, parts: Sequence[Path]) -> tuple[str, ...]:
    """What changes with any row of a run, for each of its parts; call it while nobody writes them.

    Raises:
        StoreError: A database is missing or damaged.
    """
    seals = []
    for part in parts:
        with Store(path / part / DATABASE) as store:
            seals.append(_seal(store))
    return tuple(seals)


def _seal(store: Store) -> str:
    rows = store.query("SELECT name, digest FROM seals ORDER BY name")
    return " ".join(f"{name} {digest}" for name, digest in rows)


def _refuse_links(path: Path, folders: Sequence[Path]) -> None:
    """Refuses a run of which a needed part is elsewhere."""
    for folder in dict.fromkeys([path, *folders]):
        files = [folder / name for name in (CONFIG, PROVENANCE, DATABASE, CHAMPIONS)]
        champions = folder / CHAMPIONS
        inside = sorted(champions.iterdir()) if champions.is_dir() else []
        island = [] if folder == path else [folder]
        for place in [*island, *files, *inside]:
            if place.is_symlink():
                raise FolderError(f"expected a run without links: got {place}, which is one")


def _read_part(folder: Path) -> Part:
    """What there is to know of a folder with a database."""
    with unwritten(folder), Store(folder / DATABASE) as store:
        if read_config(store) != format_config(read_folder_config(folder)):
            raise FolderError(
                f"expected the {CONFIG} that the run in {folder} began with: got a changed one"
            )
        rounds = store.query("SELECT coalesce(max(round), 0) FROM champions")[0][0]
        return Part(rounds, read_versions(store), _seal(store))


def check_versions(copies: Sequence[RunCopy]) -> str:
    """Says which runs were worked with which versions where that is more than one, else ''."""
    by_version: dict[tuple[str, str], list[str]] = {}
    for copy in copies:
        key = (", ".join(sorted(copy.builds)), ", ".join(sorted(copy.packages)))
        by_version.setdefault(key, []).append(str(copy.path))
    if len(by_version) < 2 and all(len(c.builds) == len(c.packages) == 1 for c in copies):
        return ""
    return "\n".join(
        f"  sources {build}, redqueen {package}: {paths[0]}"
        + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
        for (build, package), paths in sorted(by_version.items())
    )


def further(first: RunCopy, second: RunCopy) -> Order:
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
    for part in first.parts:  # those of one configuration are the same
        ahead |= _orders(first, second, part)
    if len(ahead) > 1:
        raise FolderError(
            f"expected that one of {first.path} and {second.path} goes on from the other: got "
            "some rows only in the one and some only in the other"
        )
    return ahead.pop() if ahead else "same"


def _orders(first: RunCopy, second: RunCopy, part: Path) -> set[Order]:
    found: set[Order] = set()
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(Store(copy.path / part / DATABASE)) for copy in (first, second)
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
