"""Run folders of several machines → one experiment's folder; each run arrives whole or not at all.

New copies are made in a folder beside the experiment's and renamed into it in the end. What a
crash leaves there is put back, or removed, by the next merge into the same folder.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from evolution.experiment.folder import TEXT
from evolution.folder import (
    CONFIG,
    LOCK,
    NEW,
    FolderError,
    locked,
    make_folder,
    sync_folder,
    unwritten,
    write_text,
)
from evolution.merge_sources import Source, check_versions, find_runs, further, read_source
from evolution.presets import format_config
from evolution.store import DATABASE, WriteError
from mars.database import FileError, connect

STAGING: Final = ".merging"
DATABASE_FILES: Final = (DATABASE, DATABASE + "-wal", DATABASE + "-shm")

Action = Literal["new", "goes on", "is there"]


@dataclass(frozen=True)
class Step:
    """A run of the merged experiment.

    Attributes:
        source: The copy that goes furthest; where several do, the one that is there, or the first.
        action: "new" in the experiment; "goes on": it replaces a copy that is there and goes less
            far; "is there": nothing to do.
        others: Copies that go no further, which are left alone.
    """

    source: Source
    action: Action
    others: tuple[Path, ...]


@dataclass(frozen=True)
class Plan:
    """What a merge will do.

    Attributes:
        target: The experiment's folder.
        steps: A run each, by name.
        text: The experiment's file, '' where no folder has one.
        mixed: Which run was worked with which version, where there is more than one.
    """

    target: Path
    steps: tuple[Step, ...]
    text: str
    mixed: str

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that copy something."""
        return tuple(step for step in self.steps if step.action != "is there")


@contextmanager
def merging(target: Path) -> Iterator[None]:
    """Keeps others from writing an experiment's folder, and mends what a crash left of a merge.

    Raises:
        FolderError: Another process writes it, or it is a run.
        WriteError: It cannot be written.
    """
    if (target / CONFIG).exists():
        raise FolderError(f"expected a folder for several runs: got the run {target}")
    if target.exists() and not target.is_dir():
        raise FolderError(f"expected a folder for several runs: got {target}")
    with ExitStack() as stack:
        if target.is_dir():
            stack.enter_context(locked(target))
            with _writing(target):
                _mend(target.resolve())
        yield


def plan(
    target: Path,
    folders: Sequence[Path],
    *,
    mixed: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Plan:
    """Checks that runs belong together, and says which copies of them to take.

    Args:
        target: The experiment's folder, new or with runs.
        folders: Of runs, or of experiments.
        mixed: Whether runs may have been worked with several versions.
        on_progress: Told how many runs are read, of how many.

    Raises:
        FolderError: Naming what does not belong together.
        StoreError: A database is missing or damaged.
    """
    place = target.resolve()
    here = find_runs(target) if _has_runs(place) else []
    paths = list(dict.fromkeys([*here, *(run for folder in folders for run in find_runs(folder))]))
    sources = []
    for path in paths:
        sources.append(read_source(path))
        on_progress(len(sources), len(paths))
    found = check_versions(sources)
    if found and not mixed:
        raise FolderError(
            "expected one version of the sources and of redqueen in all runs "
            f"(--mixed-versions merges them anyway): got\n{found}"
        )
    text = _common_text([place, *folders])
    _refuse_doubles(sources)
    names = sorted({source.name for source in sources})
    steps = [_step(place, [s for s in sources if s.name == name]) for name in names]
    return Plan(place, tuple(steps), text, found)


def carry_out(
    plan: Plan, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Copies what a plan says; call it within `merging`.

    Args:
        plan: Just made.
        on_progress: Told how many runs are copied, of how many.

    Raises:
        FolderError: A process writes a run now, or another one has made the target.
        StoreError: A database cannot be read.
        WriteError: The disk is full, or refuses; the runs that were there are as they were.
    """
    target, changes = plan.target, plan.changes
    wanted = plan.text and not (target / TEXT).exists()
    if not changes and not wanted:
        return
    with ExitStack() as stack:
        if not target.exists():
            make_folder(target)
            stack.enter_context(locked(target))
        staging = _staging(target)
        with _writing(staging):
            try:
                for done, step in enumerate(changes):
                    _copy_run(step.source, staging / "new" / step.source.name)
                    on_progress(done + 1, len(changes))
                if wanted:
                    write_text(target / TEXT, plan.text)
                for step in changes:
                    _exchange(target, step.source.name)
                sync_folder(target)
            finally:
                _mend(target)


def _has_runs(place: Path) -> bool:
    return place.is_dir() and any((path / CONFIG).exists() for path in place.iterdir())


def _common_text(folders: Sequence[Path]) -> str:
    """The experiment's file, which all folders that have one must share."""
    texts: dict[str, Path] = {}
    for folder in folders:
        path = folder / TEXT
        if path.is_file():
            try:
                texts.setdefault(path.read_text(encoding="utf-8"), path)
            except (OSError, UnicodeDecodeError) as error:
                raise FolderError(f"cannot read {path}: {error}") from None
    if len(texts) > 1:
        first, second, *_ = texts.values()
        raise FolderError(f"expected runs of one experiment: got {first} and another {second}")
    return next(iter(texts), "")


def _refuse_doubles(sources: Sequence[Source]) -> None:
    """Refuses one configuration under several names."""
    known: dict[str, Source] = {}
    for source in sources:
        other = known.setdefault(format_config(source.config), source)
        if other.name != source.name:
            raise FolderError(
                f"expected another configuration in each run: got the same in {other.path} and "
                f"{source.path}"
            )


def _step(target: Path, copies: Sequence[Source]) -> Step:
    best = copies[0]
    for copy in copies[1:]:
        if further(best, copy) == "second is further":
            best = copy
    others = tuple(copy.path for copy in copies if copy is not best)
    place = target / best.name
    if best.path == place:
        return Step(best, "is there", others)
    if any(path == place for path in others):
        return Step(best, "goes on", others)
    if place.exists() or place.is_symlink():
        raise FolderError(f"expected a run or nothing at {place}: got something else")
    return Step(best, "new", others)


def _copy_run(source: Source, folder: Path) -> None:
    """Copies a run's files; nothing that a link leads to, no locks, no half-written files."""
    with ExitStack() as stack:
        for path in (source.path, *(source.path / part for part in source.parts)):
            stack.enter_context(unwritten(path))
        for root, folders, files in os.walk(source.path):
            folders[:] = [name for name in folders if not (Path(root) / name).is_symlink()]
            place = folder / Path(root).relative_to(source.path)
            place.mkdir(parents=True)
            for name in sorted(files):
                if name != LOCK and not name.endswith(NEW):
                    _copy_file(Path(root) / name, place / name)
            sync_folder(place)


def _copy_file(path: Path, copy: Path) -> None:
    if path.name == DATABASE:
        _copy_database(path, copy)
    elif path.name not in DATABASE_FILES and path.is_file() and not path.is_symlink():
        shutil.copyfile(path, copy)
    else:
        return
    with copy.open("rb") as file:
        os.fsync(file.fileno())


def _copy_database(path: Path, copy: Path) -> None:
    """All that is committed, as one file."""
    with closing(connect(path, "ro")) as db:
        try:
            with closing(connect(copy, "rwc")) as to:
                db.backup(to)
        except (FileError, sqlite3.Error) as error:
            raise WriteError(f"cannot write {copy}: {error}") from error


def _exchange(target: Path, name: str) -> None:
    """Puts a new copy in the place of the old one."""
    staging, place = _staging(target), target / name
    if place.exists():
        (staging / "old").mkdir(exist_ok=True)
        place.rename(staging / "old" / name)
    (staging / "new" / name).rename(place)


def _mend(target: Path) -> None:
    """Puts back what was moved out without its successor, and removes the rest."""
    staging = _staging(target)
    old = staging / "old"
    for path in sorted(old.iterdir()) if old.is_dir() else []:
        if not (target / path.name).exists():
            path.rename(target / path.name)
    if staging.exists():
        shutil.rmtree(staging)


def _staging(target: Path) -> Path:
    return target.with_name(f".{target.name}{STAGING}")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error
