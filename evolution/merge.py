"""Run folders of several machines → one experiment's folder; each run arrives whole or not."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evolution.experiment.folder import TEXT
from evolution.folder import LOCK, FolderError, locked, make_folder, sync_folder
from evolution.merge_files import copy_run, copy_text, exchange, mend, put_text, writing
from evolution.merge_sources import (
    RunCopy,
    check_versions,
    find_runs,
    further,
    holds_run,
    read_copy,
    read_seals,
)
from evolution.presets import format_config

Action = Literal["new", "goes on", "is there"]


@dataclass(frozen=True)
class Step:
    """A run of the merged experiment.

    Attributes:
        copy: The copy that goes furthest; where several do, the one that is there, or the first.
        action: "new" in the experiment; "goes on": it replaces a copy that is there and goes less
            far; "is there": nothing to do.
        others: Copies that go no further; of them only one that is there is replaced.
    """

    copy: RunCopy
    action: Action
    others: tuple[RunCopy, ...]


@dataclass(frozen=True)
class Plan:
    """What a merge will do.

    Attributes:
        target: The experiment's folder.
        steps: A run each, by name.
        text: The experiment's file, '' where no folder has one.
        versions: Which run was worked with which version, where there is more than one; or ''.
    """

    target: Path
    steps: tuple[Step, ...]
    text: str
    versions: str

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that copy something."""
        return tuple(step for step in self.steps if step.action != "is there")


@contextmanager
def merging(target: Path) -> Iterator[None]:
    """Keeps others from writing an experiment's folder, and mends what a crash left of a merge.

    A new folder is made, and removed again where nothing came into it.

    Raises:
        FolderError: Another process writes it, or it is a run, or in one.
        WriteError: It cannot be written.
    """
    place = Path(os.path.realpath(target))
    with writing(place):
        _refuse_place(place)
        made = [path for path in (place, *place.parents) if not path.exists()]
    make_folder(place)
    with locked(place):
        with writing(place):
            mend(place)
        try:
            yield
        finally:
            _remove_empty(made)


def make_plan(
    target: Path,
    folders: Sequence[Path],
    *,
    allow_mixed: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Plan:
    """Checks that runs belong together, and says which copies of them to take.

    Args:
        target: The experiment's folder, new or with runs.
        folders: Of runs, or of experiments.
        allow_mixed: Whether runs may have been worked with several versions.
        on_progress: Told how many runs are read, of how many.

    Raises:
        FolderError: Naming what does not belong together.
        StoreError: A database is missing or damaged.
    """
    place = target.resolve()
    here = find_runs(place, may_be_none=True)
    paths = list(dict.fromkeys([*here, *(run for folder in folders for run in find_runs(folder))]))
    copies = []
    for path in paths:
        copies.append(read_copy(path))
        on_progress(len(copies), len(paths))
    found = check_versions(copies)
    if found and not allow_mixed:
        raise FolderError(
            "expected one version of the sources and of redqueen in all runs "
            f"(--mixed-versions merges them anyway): got\n{found}"
        )
    text = _common_text([place, *folders])
    _refuse_doubles(copies)
    names = sorted({copy.name for copy in copies})
    steps = [_step(place, [copy for copy in copies if copy.name == name]) for name in names]
    return Plan(place, tuple(steps), text, found)


def carry_out(
    plan: Plan, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Copies what a plan says; call it within `merging`.

    Args:
        plan: Just made.
        on_progress: Told how many runs are copied, of how many.

    Raises:
        FolderError: A process writes a run now, or has changed one that is there.
        StoreError: A database cannot be read.
        WriteError: The disk is full, or refuses; the runs that were there are as they were.
    """
    target, changes = plan.target, plan.changes
    text = "" if (target / TEXT).exists() else plan.text
    with ExitStack() as stack:
        for step in changes:
            _hold_old(target, step, stack)
        stack.enter_context(writing(target))
        try:
            for done, step in enumerate(changes):
                copy_run(step.copy, target)
                on_progress(done + 1, len(changes))
            if text:
                copy_text(text, target)
            for step in changes:
                exchange(target, step.copy.name, is_new=step.action == "new")
            if text:
                put_text(target)
            sync_folder(target)
        finally:
            mend(target)


def _refuse_place(place: Path) -> None:
    """Refuses what cannot be an experiment's folder; nothing may be copied into itself."""
    if place.exists() and not place.is_dir():
        raise FolderError(f"expected a folder for several runs: got {place}")
    for path in (place, *place.parents):
        if holds_run(path):
            inside = "" if path == place else f"{place}, which is in "
            raise FolderError(f"expected a folder for several runs: got {inside}the run {path}")


def _remove_empty(made: Sequence[Path]) -> None:
    """Removes folders that were made for nothing, the innermost first; call it under the lock."""
    with suppress(OSError):  # the error that is on its way is the one to tell
        if made and [path.name for path in made[0].iterdir()] == [LOCK]:
            (made[0] / LOCK).unlink()
            for path in made:
                path.rmdir()


def _hold_old(target: Path, step: Step, stack: ExitStack) -> None:
    """Keeps everybody from writing the copy that a step replaces.

    Raises:
        FolderError: It is being written, or no longer what it was when the plan was made.
    """
    for old in step.others:
        if old.path != target / step.copy.name:
            continue
        for place in dict.fromkeys([old.path, *(old.path / part for part in old.parts)]):
            stack.enter_context(locked(place))
        if read_seals(old.path, old.parts) != old.seals:
            raise FolderError(f"expected a run that stays as it is during a merge: got {old.path}")


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


def _refuse_doubles(copies: Sequence[RunCopy]) -> None:
    """Refuses one configuration under several names."""
    known: dict[str, RunCopy] = {}
    for copy in copies:
        other = known.setdefault(format_config(copy.config), copy)
        if other.name != copy.name:
            raise FolderError(
                f"expected another configuration in each run: got the same in {other.path} and "
                f"{copy.path}"
            )


def _step(target: Path, copies: Sequence[RunCopy]) -> Step:
    best = copies[0]
    for copy in copies[1:]:
        if further(best, copy) == "second is further":
            best = copy
    others = tuple(copy for copy in copies if copy is not best)
    place = target / best.name
    if best.path == place:
        return Step(best, "is there", others)
    if any(other.path == place for other in others):
        return Step(best, "goes on", others)
    if place.exists() or place.is_symlink():
        raise FolderError(f"expected a run or nothing at {place}: got something else")
    return Step(best, "new", others)
