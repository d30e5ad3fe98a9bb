"""SQLite files of the package's own: made whole, checked whole, written in transactions.

A file that is damaged, or another program's, is refused and never written.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from mars.closing import Closing

Value = int | float | str | None
Row = tuple[Any, ...]

BUSY_SECONDS: Final = 60.0


class FileError(Exception):
    """A file that cannot be used: missing, damaged, of another program or version."""


class WriteError(FileError):
    """Rows could not be written (a full disk, most likely); what was committed stays."""


@dataclass(frozen=True)
class Schema:
    """What a kind of file is made of.

    Attributes:
        kind: In words, for messages: "a hill".
        application_id, version: SQLite's marks of the file.
        tables: Name to columns.
    """

    kind: str
    application_id: int
    version: int
    tables: Mapping[str, str]


class Database(Closing):
    """An open file. A context manager."""

    def __init__(self, path: Path, schema: Schema, mode: Literal["read", "write"]) -> None:
        """Opens a file that `database_making` made, after checking it whole.

        Raises:
            FileError: It is missing, damaged, or not of this schema.
        """
        self.path = path
        found = _status(path)
        if found is None or not stat.S_ISREG(found.st_mode):
            raise FileError(f"expected {schema.kind}: got no file {path}")
        self._db = connect(path, "ro")
        try:
            self._verify(schema)
            if mode == "write":
                self._db.close()
                self._db = connect(path, "rw")
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Closes the file; a transaction in progress is undone."""
        self._db.close()

    def query(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """All rows of a SELECT.

        Raises:
            FileError: The file is damaged.
        """
        with reading(self.path):
            return self._db.execute(sql, [clean(value) for value in values]).fetchall()

    def write(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Runs a statement for each row of values; call it within `transaction`."""
        self._db.executemany(sql, ([clean(value) for value in row] for row in rows))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within, or after a crash or an error, nothing of it.

        From the beginning on no other process writes.

        Raises:
            WriteError: The disk is full, or refuses, or another process writes for too long.
        """
        with transaction(self._db, self.path):
            yield

    def _verify(self, schema: Schema) -> None:
        with reading(self.path, schema.kind):
            self._db.execute("BEGIN")  # so that a writer's commit cannot come between
            try:
                check_header(self._db, self.path, schema)
                check_structure(self._db, self.path)
            finally:
                self._db.execute("ROLLBACK")


def is_new(path: Path) -> bool:
    """Whether there is no database yet: no file, or one whose making a crash cut short.

    Raises:
        FileError: There is something that is no file.
    """
    found = _status(path)
    if found is None:
        return True
    if not stat.S_ISREG(found.st_mode):
        raise FileError(f"expected a file or nothing: got {path}, which is neither")
    if found.st_size == 0:
        return True
    with reading(path), closing(connect(path, "ro")) as db:
        try:
            return not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        except sqlite3.DatabaseError as error:
            if _is_foreign(error):
                return False
            raise


def _status(path: Path) -> os.stat_result | None:
    """Of what a path leads to; None: there is nothing.

    Raises:
        FileError: It leads nowhere: links in a circle, too long a name, a forbidden folder.
    """
    try:
        return path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(f"cannot use {path}: {error.strerror or error}") from None


def _is_foreign(error: Exception) -> bool:
    """Whether the file is none of SQLite's at all."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB


def connect(path: Path, mode: str, *, shared: bool = False) -> sqlite3.Connection:
    """Opens a file.

    Args:
        path: Of the file.
        mode: SQLite's: "ro", "rw" or "rwc".
        shared: Several threads use it; they must take turns.

    Raises:
        FileError: It cannot be opened, or is no file.
    """
    found = _status(path)
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise FileError(f"expected a file: got {path}, which is none")  # a pipe lets one wait
    place = path.resolve()
    still = "&immutable=1" if mode == "ro" and found and _stands_still(place) else ""
    with reading(path):
        db = sqlite3.connect(
            f"{place.as_uri()}?mode={mode}{still}",
            uri=True,
            isolation_level=None,
            timeout=BUSY_SECONDS,
            check_same_thread=not shared,
        )
        try:
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA trusted_schema = OFF")
            if mode != "ro":
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")  # a pulled plug loses nothing committed
        except BaseException:
            db.close()
            raise
        return db


def _stands_still(path: Path) -> bool:
    """Whether a file must be opened as one that nobody changes.

    SQLite makes files beside a database in WAL mode even for a reader. Where it cannot (a medium
    for reading only, another user's folder), what was written without a checkpoint is out of
    reach, and a file without any is as it stays.

    Raises:
        FileError: There is something out of reach.
    """
    log, index = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    if os.access(path.parent, os.W_OK) or (log.exists() and index.exists()):
        return False
    if log.exists() and log.stat().st_size:
        raise FileError(
            f"expected a folder that can be written, to read the last rows of {path} from "
            f"{log.name}: got one that cannot (a copy elsewhere can be read)"
        )
    return True


@contextmanager
def transaction(db: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All that is done within, or after an error nothing of it.

    Raises:
        WriteError: The disk is full, or refuses, or another process writes for too long.
        FileError: A row breaks the tables' rules.
    """
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        undo(db)
        if isinstance(error, sqlite3.OperationalError):
            raise WriteError(f"cannot write to {path}: {error}") from error
        raise FileError(f"{path} refuses a row: {error}") from error
    except BaseException:
        undo(db)
        raise


def undo(db: sqlite3.Connection) -> None:
    """Ends a transaction in progress, if there is one, without its rows."""
    if db.in_transaction:
        with suppress(sqlite3.OperationalError):  # the first error is the one to tell
            db.execute("ROLLBACK")


def check_header(db: sqlite3.Connection, path: Path, schema: Schema) -> None:
    """Refuses another program's file, and one of another version.

    Raises:
        FileError: It is one.
    """
    application = db.execute("PRAGMA application_id").fetchone()[0]
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if application != schema.application_id:
        raise FileError(f"expected {schema.kind}: got another file, {path}")
    if version != schema.version:
        raise FileError(f"expected schema version {schema.version} in {path}: got {version}")


def check_structure(db: sqlite3.Connection, path: Path) -> None:
    """Refuses a damaged file.

    Raises:
        FileError: It is.
    """
    found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise FileError(f"{path} is damaged and was left as it is: {found}")
    if db.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise FileError(f"{path} is damaged and was left as it is: a reference leads nowhere")


@contextmanager
def reading(path: Path, kind: str | None = None) -> Iterator[None]:
    """Turns SQLite's errors into a `FileError`; with a `kind`, no database at all is told apart."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise FileError(f"cannot read {path}: {error}") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if kind is not None and _is_foreign(error):
            raise FileError(f"expected {kind}: got another file, {path}") from error
        raise FileError(f"{path} is damaged and was left as it is: {error}") from error


def clean(value: Value) -> Value:
    """Half a surrogate pair becomes a question mark: file names and JSON have it, UTF-8 cannot."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
