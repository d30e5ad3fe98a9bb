"""A merge's files: new copies are made in a hidden folder of the experiment's, then put in place.

What a crash leaves there is put back, or removed, by the next merge into the same folder.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final, NoReturn

from evolution.experiment.folder import TEXT
from evolution.folder import LOCK, NEW, FolderError, sync_folder, unwritten, write_text
from evolution.merge_sources import RunCopy
from evolution.store import DATABASE, WriteError
from mars.database import FileError, connect

STAGING: Final = ".merging"
DATABASE_FILES: Final = (DATABASE, DATABASE + "-wal", DATABASE + "-shm")


def copy_run(run: RunCopy, target: Path) -> None:
    """Makes a new copy; nothing that a link leads to, no locks, no half-written files.

    (`read_copy` has refused a run that needs what a link leads to.)

    Raises:
        FolderError: A process writes the run.
        StoreError: Its database cannot be read.
        WriteError: The copy cannot be written, or the run not be read.
    """
    folder = _new(target) / run.name
    with ExitStack() as stack:
        for path in (run.path, *(run.path / part for part in run.parts)):
            stack.enter_context(unwritten(path))
        for root, folders, files in os.walk(run.path, onerror=_refuse_unreadable):
            folders[:] = [name for name in folders if not (Path(root) / name).is_symlink()]
            place = folder / Path(root).relative_to(run.path)
            place.mkdir(parents=True)
            for name in sorted(files):
                if name != LOCK and not name.endswith(NEW):
                    _copy_file(Path(root) / name, place / name)
            sync_folder(place)


def copy_text(text: str, target: Path) -> None:
    """Writes the experiment's file beside the new copies.

    Raises:
        WriteError: It cannot be written.
    """
    (target / STAGING).mkdir(exist_ok=True)
    write_text(target / STAGING / TEXT, text)


def put_text(target: Path) -> None:
    """Puts the experiment's file in place."""
    (target / STAGING / TEXT).rename(target / TEXT)


def exchange(target: Path, name: str, *, is_new: bool) -> None:
    """Puts a new copy in place, or in that of the old one.

    Raises:
        FolderError: There should be no old one, but there is.
    """
    staging, place = target / STAGING, target / name
    if is_new and os.path.lexists(place):
        raise FolderError(f"expected nothing at {place}: got something made during the merge")
    if not is_new:
        (staging / "old").mkdir(exist_ok=True)
        place.rename(staging / "old" / name)
    (_new(target) / name).rename(place)


def mend(target: Path) -> None:
    """Puts back what was moved out without its successor, and removes the rest."""
    staging = target / STAGING
    old = staging / "old"
    for path in sorted(old.iterdir()) if old.is_dir() else []:
        if not (target / path.name).exists():
            path.rename(target / path.name)
    if staging.exists():
        shutil.rmtree(staging)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns the system's errors into a `WriteError`."""
    try:
        yield
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error


def _new(target: Path) -> Path:
    return target / STAGING / "new"


def _refuse_unreadable(error: OSError) -> NoReturn:
    raise WriteError(f"cannot read {error.filename}: {error.strerror or error}") from error


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
