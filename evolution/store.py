"""The run's database: one writer, one transaction a batch, nothing ever deleted."""

import hashlib
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from evolution.schema import (
    APPLICATION_ID,
    REPRODUCIBLE,
    SCHEMA_VERSION,
    TABLES,
    create_statements,
)
from mars.closing import Closing
from mars.database import FileError as StoreError
from mars.database import (
    Row,
    Schema,
    Value,
    WriteError,
    check_header,
    check_structure,
    clean,
    connect,
    reading,
    transaction,
    undo,
)

__all__ = [
    "DATABASE",
    "NamedRow",
    "Row",
    "Store",
    "StoreError",
    "Value",
    "WriteError",
    "export_rows",
]

NamedRow = tuple[str, Sequence[Value]]

DATABASE: Final = "run.db"
RUN: Final = Schema("a redqueen run database", APPLICATION_ID, SCHEMA_VERSION, TABLES)


class Store(Closing):
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
        if not path.is_file() and (path.exists() or not new):
            raise StoreError(f"expected a run database: got no file {path}")
        self._db = connect(path, "rwc" if new else "ro", shared=True)
        try:
            if new:
                self._create()
                return
            self._verify()
            if write or create:
                self._db.close()
                self._db = connect(path, "rw", shared=True)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Closes the file; a transaction in progress is undone."""
        self._db.close()

    def query(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """All rows of a SELECT.

        Raises:
            StoreError: The database is damaged.
        """
        with self._lock, reading(self.path):
            return self._db.execute(sql, values).fetchall()

    def append(self, rows: Iterable[NamedRow]) -> None:
        """Adds rows, each with its table's name, in one transaction.

        Raises:
            WriteError: The disk is full, or refuses; nothing of these rows was written.
        """
        with self._lock, transaction(self._db, self.path):
            before = self._read_seals()
            seals: dict[str, str] = {}
            for table, row in rows:
                written = self._insert(table, [clean(value) for value in row])
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
        with transaction(self._db, self.path):
            for statement in create_statements():
                self._db.execute(statement)
            self._write_seals(dict.fromkeys(TABLES, ""))

    def _read_seals(self) -> dict[str, str]:
        return dict(self._db.execute("SELECT name, digest FROM seals").fetchall())

    def _write_seals(self, seals: Mapping[str, str]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO seals VALUES (?, ?)", list(seals.items()))

    def _verify(self) -> None:
        with reading(self.path):
            # One read transaction, so that a writer's commit cannot come between.
            self._db.execute("BEGIN")
            try:
                check_header(self._db, self.path, RUN)
                check_structure(self._db, self.path)
                _check_seals(self._db, self._read_seals(), self.path)
            finally:
                undo(self._db)


def export_rows(store: Store) -> dict[str, list[Row]]:
    """The rows that two runs of one configuration share, by table, in order of insertion."""
    return {table: store.query(f"SELECT * FROM {table} ORDER BY rowid") for table in REPRODUCIBLE}


def _is_empty(path: Path) -> bool:
    """Whether there is no database yet: no file, or one whose making a crash cut short."""
    if not path.is_file() or path.stat().st_size == 0:
        return True
    with path.open("rb") as file:
        whole_header = file.read(100).startswith(b"SQLite format 3\0") and file.tell() == 100
    with reading(path), closing(connect(path, "ro")) as db:
        return whole_header and not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]


def _check_seals(db: sqlite3.Connection, seals: Mapping[str, str], path: Path) -> None:
    for table in TABLES:
        seal = ""
        for row in db.execute(f"SELECT * FROM {table} ORDER BY rowid"):
            seal = _sealed(seal, row)
        if seals.get(table) != seal:
            raise StoreError(f"{path} is damaged and was left as it is: {table} has changed")


def _sealed(seal: str, row: Row) -> str:
    """The seal after one more row: a chain, so that it can be continued from the file alone."""
    return hashlib.sha256(f"{seal}{row!r}".encode()).hexdigest()
