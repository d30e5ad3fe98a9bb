"""A run's tables as files for other programs: every column of every table, in bounded memory."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

from analysis.exports import check_parquet, write_whole
from analysis.loading import column_kinds, read_chunks
from evolution.schema import TABLES
from evolution.store import DATABASE, Store
from mars.redcode import printable

Format = Literal["csv", "json", "parquet"]
Chunks = Iterator[list[tuple[Any, ...]]]

FORMATS: Final[tuple[Format, ...]] = ("csv", "json", "parquet")
ARROW_KINDS: Final = {"INTEGER": "int64", "REAL": "float64", "TEXT": "string"}


def export_tables(
    run: Path, folder: Path, kind: Format, on_written: Callable[[str], None] | None = None
) -> list[Path]:
    """Writes a file a table, `TABLE.csv` and so on, each whole or not at all.

    Text in CSV files keeps its lines and has no other control characters; JSON files hold a list
    of objects, in plain ASCII.

    Args:
        run: The run's folder.
        folder: Where to write; it is there.
        kind: "parquet" needs pyarrow.
        on_written: Called with the name of each table that is finished.

    Returns:
        The files.

    Raises:
        StoreError: The run's database is missing or damaged.
        OutputError: A file cannot be written, or pyarrow is missing.
    """
    if kind == "parquet":
        check_parquet()
    write = {"csv": _write_csv, "json": _write_json, "parquet": _write_parquet}[kind]
    files = []
    with Store(run / DATABASE) as store:
        for table in TABLES:
            kinds = column_kinds(store, table)
            chunks = read_chunks(store, table, list(kinds))
            path = folder / f"{table}.{kind}"
            write_whole(path, partial(write, kinds, chunks))
            files.append(path)
            if on_written is not None:
                on_written(table)
    return files


def _write_csv(kinds: dict[str, str], chunks: Chunks, file: BinaryIO) -> None:
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(kinds)
    for rows in chunks:
        writer.writerows([_cell(value) for value in row] for row in rows)
    text.detach()  # or it would close the file


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return "\n".join(printable(line.replace("\t", " ")) for line in value.split("\n"))


def _write_json(kinds: dict[str, str], chunks: Chunks, file: BinaryIO) -> None:
    names, begun = list(kinds), False
    file.write(b"[")
    for rows in chunks:
        for row in rows:
            record = json.dumps(dict(zip(names, row, strict=True)), allow_nan=False)
            file.write((",\n" if begun else "\n").encode() + record.encode("ascii"))
            begun = True
    file.write(b"\n]\n")


def _write_parquet(kinds: dict[str, str], chunks: Chunks, file: BinaryIO) -> None:
    pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    schema = pyarrow.schema(
        [(name, getattr(pyarrow, ARROW_KINDS[kind])()) for name, kind in kinds.items()]
    )
    with parquet.ParquetWriter(file, schema) as writer:
        for rows in chunks:
            columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [() for _ in kinds]
            named = dict(zip(kinds, columns, strict=True))
            writer.write_table(pyarrow.table(named, schema=schema))
