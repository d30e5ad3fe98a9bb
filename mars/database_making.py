"""New SQLite files of the package's own: made in one transaction."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from mars.database import (
    FileError,
    Schema,
    Value,
    WriteError,
    clean,
    connect,
    transaction,
)


def make_database(
    path: Path, schema: Schema, rows: Mapping[str, Sequence[Sequence[Value]]]
) -> None:
    """Makes a file with its first rows, all in one transaction.

    Args:
        path: Where `is_new`.
        schema: Its tables.
        rows: By table.

    Raises:
        FileError: Another process was quicker.
        WriteError: It cannot be made.
    """
    try:
        db = connect(path, "rwc")
    except FileError as error:
        raise WriteError(f"cannot make {path}: {error.__cause__ or error}") from error
    with closing(db), transaction(db, path):
        if db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            raise FileError(f"expected to make {path}: got one that is there already")
        for name, columns in schema.tables.items():
            db.execute(f"CREATE TABLE {name} ({columns}) STRICT")
        db.execute(f"PRAGMA application_id = {schema.application_id}")
        db.execute(f"PRAGMA user_version = {schema.version}")
        for name, table in rows.items():
            for row in table:
                marks = ", ".join("?" * len(row))
                db.execute(f"INSERT INTO {name} VALUES ({marks})", [clean(v) for v in row])
