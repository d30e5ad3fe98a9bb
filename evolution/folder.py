"""A run's folder: its files, its lock, and writing them so that a crash leaves whole ones."""

import fcntl
import json
import os
import platform
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from evolution.config import RunConfig
from evolution.presets import format_config, parse_config
from evolution.store import WriteError
from evolution.tables import ConfigError
from evolution.versions import versions

CONFIG: Final = "config.toml"
PROVENANCE: Final = "provenance.json"
CHAMPIONS: Final = "champions"
LOCK: Final = ".lock"
LOCK_ATTEMPTS: Final = 5
LOCK_PAUSE: Final = 0.1
NEW: Final = ".new"


class FolderError(Exception):
    """A run folder that cannot be used as asked."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps every other process from writing this run; the system ends it with the process.

    Raises:
        FolderError: Another process has it, or it was moved or replaced at this moment.
        WriteError: The folder cannot be written.
    """
    with _open_lock(folder) as file:
        for attempt in range(LOCK_ATTEMPTS):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                # `is_locked` in another process holds it for an instant.
                if attempt + 1 < LOCK_ATTEMPTS:
                    time.sleep(LOCK_PAUSE)
        else:
            raise FolderError(
                f"expected a run that no other process writes: got {folder}, which one does"
            )
        if not _leads_to(folder / LOCK, file):
            raise FolderError(f"expected a run that stays in place: got {folder}, which did not")
        yield


def is_locked(folder: Path) -> bool:
    """Whether a process is writing this run now."""
    try:
        if _is_no_file(folder / LOCK):
            return False
        with (folder / LOCK).open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def unwritten(folder: Path) -> Iterator[None]:
    """Keeps every process from writing this run, without changing anything in its folder.

    (Where there is no lock's file nobody has ever written it here: it is a copy.)

    Raises:
        FolderError: A process writes it, or its lock is no file.
        WriteError: Its lock cannot be read.
    """
    try:
        file = _refuse_no_file(folder / LOCK).open(encoding="utf-8")
    except FileNotFoundError:
        yield
        return
    except OSError as error:
        raise WriteError(f"cannot read {folder / LOCK}: {error.strerror or error}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderError(f"expected a run that nobody writes now: got {folder}") from None
        yield


def _open_lock(folder: Path) -> TextIO:
    try:
        return _refuse_no_file(folder / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise WriteError(f"cannot write {folder}: {error.strerror or error}") from error


def _leads_to(path: Path, file: TextIO) -> bool:
    """Whether a path still is that of an open file."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except OSError:
        return False


def _is_no_file(path: Path) -> bool:
    """Whether there is a folder or a pipe, which one would wait for without end."""
    return path.exists() and not path.is_file()


def _refuse_no_file(path: Path) -> Path:
    if _is_no_file(path):
        raise FolderError(f"expected a file or nothing: got {path}, which is neither")
    return path


def make_folder(folder: Path) -> None:
    """Makes a run's folder, unless it is there.

    Raises:
        WriteError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"cannot make {folder}: {error.strerror or error}") from error


def refuse_strange(folder: Path) -> None:
    """Refuses a folder for a new run that holds anything but what a crash left of one.

    Raises:
        FolderError: Naming the first thing.
    """
    ours = {LOCK, PROVENANCE, PROVENANCE + NEW, CONFIG + NEW}
    strange = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    if strange:
        raise FolderError(f"expected an empty or new run folder {folder}: got {strange[0]!r} in it")


def write_beginnings(folder: Path, config: RunConfig, command: Sequence[str]) -> None:
    """Writes a new run's first files, or again where a crash cut that short.

    Raises:
        WriteError: A file cannot be written.
    """
    write_text(folder / PROVENANCE, provenance(config, command))
    write_text(folder / CONFIG, format_config(config))


def read_folder_config(folder: Path) -> RunConfig:
    """The configuration in a run's folder.

    Raises:
        FolderError: There is no run there, or its configuration cannot be read.
    """
    path = folder / CONFIG
    try:
        return parse_config(_refuse_no_file(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FolderError(f"expected a run folder with a {CONFIG}: got {folder}") from None
    except (OSError, UnicodeDecodeError, ConfigError) as error:
        raise FolderError(f"{path}: {error}") from None


def provenance(config: RunConfig, command: Sequence[str]) -> str:
    """Where a run comes from, as JSON; for people, nothing reads it back."""
    facts = {
        "created": now(),
        "command": list(command),
        "seed": config.seed,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "sqlite": sqlite3.sqlite_version,
        "packages": versions(),
        "executable": sys.executable,
    }
    return json.dumps(facts, indent=2) + "\n"


def now() -> str:
    """The time, for people: nothing depends on it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def folder_name(folder: Path, config: RunConfig) -> str:
    """A run's name for people, of an island with that of its run: untrusted text."""
    place = folder.resolve()
    return f"{place.parent.name}/{place.name}" if config.islands.is_one else place.name


def champion_path(folder: Path, round_number: int) -> Path:
    """Where a champion's source is."""
    return folder / CHAMPIONS / f"round_{round_number:03d}.red"


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all, and makes sure that it is on the disk.

    Raises:
        WriteError: It cannot be written.
    """
    new = path.with_name(path.name + NEW)
    try:
        path.parent.mkdir(exist_ok=True)
        with new.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error


def sync_folder(folder: Path) -> None:
    """Makes sure that the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
