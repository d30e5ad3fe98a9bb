"""The run's database: one writer, one transaction a batch, nothing ever deleted."""

import hashlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from evolution.schema import (
    APPLICATION_ID,
    REPRODUCIBLE,
    SCHEMA_VERSION,
    TABLES,
    create_statements,
)

Value = int | float | str | None
Row = tuple[Any, ...]
NamedRow = tuple[str, Sequence[Value]]

DATABASE: Final = "run.db"


class StoreError(Exception):
    """A run database that cannot be used: missing, damaged, of another program or version."""


class WriteError(Exception):
    """Rows could not be written (a full disk, most likely); what was committed stays."""


class Store:
    """An open run database, for reading or for appending. A context manager.

    Writing is safe from several threads. Each `append` is one transaction: all of its rows, or
    after a crash, none.
    """

    def __init__(self, path: Path, *, write: bool = False, create: bool = False) -> None:
        """Opens a database after checking it whole; one that fails is never written.

        Args:
            path: The file.
            write: The caller holds the run folder's lock.
            create: Make it when it is missing or empty; implies `write`.

        Raises:
            StoreError: It is missing, damaged, or not a run of this schema.
            WriteError: It cannot be made.
        """
        self.path = path
        self._lock = threading.Lock()
        new = create and _is_empty(path)
        if not new and not path.is_file():
            raise StoreError(f"expected a run database: got no file {path}")
        self._db = _connect(path, "rwc" if new else "ro")
        try:
            if new:
                self._create()
                return
            self._verify()
            if write or create:
                self._db.close()
                self._db = _connect(path, "rw")
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; a transaction in progress is undone."""
        self._db.close()

    def query(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """All rows of a SELECT.

        Raises:
            StoreError: The database is damaged.
        """
        with self._lock, _reading(self.path):
            return self._db.execute(sql, values).fetchall()

    def append(self, rows: Iterable[NamedRow]) -> None:
        """Adds rows, each with its table's name, in one transaction.

        Raises:
            WriteError: The disk is full, or refuses; nothing of these rows was written.
        """
        with self._lock, self._transaction():
            before = self._read_seals()
            seals: dict[str, str] = {}
            for table, row in rows:
                written = self._insert(table, [_clean(value) for value in row])
                seals[table] = _sealed(seals.get(table, before[table]), written)
            self._write_seals(seals)

    def _insert(self, table: str, values: Sequence[Value]) -> Row:
        """Adds a row and returns it as it reads back.

        (RETURNING would do it in one statement, but SQLite 3.40 returns integers as floats.)
        """
        marks = ", ".join("?" * len(values))
        place = self._db.execute(f"INSERT INTO {table} VALUES ({marks})", values).lastrowid
        sql = f"SELECT * FROM {table} WHERE rowid = ?"
        rows: list[Row] = self._db.execute(sql, (place,)).fetchall()
        return rows[0]

    def _create(self) -> None:
        with self._transaction():
            for statement in create_statements():
                self._db.execute(statement)
            self._write_seals(dict.fromkeys(TABLES, ""))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            self._undo()
            if isinstance(error, sqlite3.OperationalError):
                raise WriteError(f"cannot write to {self.path}: {error}") from error
            raise StoreError(f"{self.path} refuses a row: {error}") from error
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if self._db.in_transaction:
            with suppress(sqlite3.OperationalError):  # the first error is the one to tell
                self._db.execute("ROLLBACK")

    def _read_seals(self) -> dict[str, str]:
        return dict(self._db.execute("SELECT name, digest FROM seals").fetchall())

    def _write_seals(self, seals: Mapping[str, str]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO seals VALUES (?, ?)", list(seals.items()))

    def _verify(self) -> None:
        with _reading(self.path):
            # One read transaction, so that a writer's commit cannot come between.
            self._db.execute("BEGIN")
            try:
                _check_header(self._db, self.path)
                _check_structure(self._db, self.path)
                _check_seals(self._db, self._read_seals(), self.path)
            finally:
                self._undo()


def export_rows(store: Store) -> dict[str, list[Row]]:
    """The rows that two runs of one configuration share, by table, in order of insertion."""
    return {table: store.query(f"SELECT * FROM {table} ORDER BY rowid") for table in REPRODUCIBLE}


def _is_empty(path: Path) -> bool:
    """Whether there is no database yet: no file, or one whose making a crash cut short."""
    if not path.is_file() or path.stat().st_size == 0:
        return True
    with path.open("rb") as file:
        whole_header = file.read(100).startswith(b"SQLite format 3\0") and file.tell() == 100
    with _reading(path), closing(_connect(path, "ro")) as db:
        return whole_header and not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    with _reading(path):
        db = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=30,
            check_same_thread=False,
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


def _check_header(db: sqlite3.Connection, path: Path) -> None:
    application = db.execute("PRAGMA application_id").fetchone()[0]
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID:
        raise StoreError(f"expected a redqueen run database: got another file, {path}")
    if version != SCHEMA_VERSION:
        raise StoreError(f"expected schema version {SCHEMA_VERSION} in {path}: got {version}")


def _check_structure(db: sqlite3.Connection, path: Path) -> None:
    found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise StoreError(f"{path} is damaged and was left as it is: {found}")
    if db.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise StoreError(f"{path} is damaged and was left as it is: a reference leads nowhere")


def _check_seals(db: sqlite3.Connection, seals: Mapping[str, str], path: Path) -> None:
    for table in TABLES:
        seal = ""
        for row in db.execute(f"SELECT * FROM {table} ORDER BY rowid"):
            seal = _sealed(seal, row)
        if seals.get(table) != seal:
            raise StoreError(f"{path} is damaged and was left as it is: {table} has changed")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(f"cannot read {path}: {error}") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} is damaged and was left as it is: {error}") from error


def _clean(value: Value) -> Value:
    """Half a surrogate pair, which JSON can hold and UTF-8 cannot, becomes a question mark."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _sealed(seal: str, row: Row) -> str:
    """The seal after one more row: a chain, so that it can be continued from the file alone."""
    return hashlib.sha256(f"{seal}{row!r}".encode()).hexdigest()
