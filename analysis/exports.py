"""Tables written to files: whole or not at all, and refused before the work, not after it."""

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO, Final

from mars.redcode import printable

Record = Mapping[str, Any]

# A cell that begins so is a formula to a spreadsheet.
FORMULA_MARKS: Final = ("=", "+", "-", "@")


class OutputError(Exception):
    """A file that cannot be written."""


def check_outputs(outputs: Iterable[Path], inputs: Iterable[Path] = ()) -> None:
    """Finds out before hours of work whether files can be written after them.

    Args:
        outputs: Nothing or ordinary files, which will be replaced.
        inputs: Files that must stay as they are.

    Raises:
        OutputError: One cannot be written, or would overwrite another one.
    """
    taken = {_place(path) for path in inputs}
    for path in outputs:
        place = _place(path)
        if place in taken:
            raise OutputError(f"expected different files: got {path} twice")
        taken.add(place)
        if path.exists() and not path.is_file():
            raise OutputError(f"expected a file to write: got {path}, which is none")
        if not path.name:
            raise OutputError(f"expected a file name: got {str(path)!r}")
        try:
            with tempfile.TemporaryFile(dir=place.parent):
                pass
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from None


def check_parquet() -> None:
    """Refuses when the optional package is missing.

    Raises:
        OutputError: It is.
    """
    if find_spec("pyarrow") is None:
        raise OutputError("expected pyarrow to write Parquet: install redqueen[parquet]")


def write_whole(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Writes a file of a name of its own next to its place, then puts it there.

    Raises:
        OutputError: It cannot be written; what was there is still there.
    """
    place = _place(path)
    new = place.with_name(f".{token_hex(8)}.new")
    try:
        with new.open("xb") as file:  # x: never another's file, nor through a link
            try:
                write(file)
                file.flush()
                os.fsync(file.fileno())
                new.replace(place)
            except BaseException:
                new.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file of these bytes, as `write_whole`.

    Raises:
        OutputError: It cannot be written; what was there is still there.
    """

    def put(file: BinaryIO) -> None:
        file.write(data)

    write_whole(path, put)


def csv_bytes(records: Sequence[Record]) -> bytes:
    """A CSV file with a heading; text without control characters.

    Text that a spreadsheet would take for a formula (it begins with = + - @) gets an apostrophe
    in front; JSON and Parquet hold it as it is.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow({k: _cell(v) if isinstance(v, str) else v for k, v in record.items()})
    return text.getvalue().encode("utf-8", "replace")


def json_bytes(record: Record) -> bytes:
    """A JSON file in plain ASCII."""
    return (json.dumps(record, indent=1, allow_nan=False) + "\n").encode("ascii")


def write_parquet(records: Sequence[Record], file: BinaryIO) -> None:
    """A Parquet file; needs pyarrow."""
    pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    columns = {name: [_whole(record[name]) for record in records] for name in records[0]}
    parquet.write_table(pyarrow.table(columns), file)


def _place(path: Path) -> Path:
    """Where a path leads, through all links.

    Raises:
        OutputError: Nowhere: links in a circle, too long a name, a file in place of a folder.
    """
    try:
        path.stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None
    return path.resolve()


def _cell(text: str) -> str:
    shown = printable(text)
    return f"'{shown}" if shown.startswith(FORMULA_MARKS) else shown


def _whole(value: Any) -> Any:
    """A file name that is not UTF-8 has half surrogate pairs, which Parquet cannot hold."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
