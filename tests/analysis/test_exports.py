"""Files come whole or not at all, and what cannot be written is known before."""

import csv
import io
import json
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from analysis.exports import (
    OutputError,
    check_outputs,
    check_parquet,
    csv_bytes,
    json_bytes,
    write_parquet,
    write_whole,
)

RECORDS = [
    {"rank": 1, "name": 'a "b", \x1b[31mc\nd', "score": 1.5},
    {"rank": 2, "name": "é\udc80", "score": 2.0},
]


def test_write_whole__replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")
    link = tmp_path / "link.csv"
    link.symlink_to(path)

    def write(file: BinaryIO) -> None:
        file.write(b"new")

    write_whole(link, write)
    assert path.read_bytes() == b"new"
    assert link.is_symlink()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link.csv", "out.csv"]


def test_write_whole__a_failure_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")

    def fail(file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"cannot write .*out\.csv: No space left on device"):
        write_whole(path, fail)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]


def test_check_outputs__refuses(tmp_path: Path) -> None:
    check_outputs([tmp_path / "a", tmp_path / "b"], [tmp_path / "c"])
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match=r"expected different files: got .* twice"):
        check_outputs([tmp_path / "a", tmp_path / "x" / ".." / "a"])
    with pytest.raises(OutputError, match="expected different files"):
        check_outputs([tmp_path / "a"], [tmp_path / "a"])
    with pytest.raises(OutputError, match="which is none"):
        check_outputs([tmp_path])
    with pytest.raises(OutputError, match=r"cannot write .*: No such file or directory"):
        check_outputs([tmp_path / "no" / "a"])
    with pytest.raises(OutputError, match="which is none"):
        check_outputs([Path("/dev/null")])


def test_csv_bytes__reads_back_without_control_characters() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_bytes(RECORDS).decode("utf-8"))))
    assert [row["name"] for row in rows] == ['a "b", ?[31mc?d', "é?"]
    assert [(row["rank"], row["score"]) for row in rows] == [("1", "1.5"), ("2", "2.0")]


def test_json_bytes__is_ascii_and_reads_back() -> None:
    data = json_bytes({"rows": RECORDS})
    assert b"\x1b" not in data
    assert json.loads(data.decode("ascii")) == {"rows": RECORDS}


def test_write_parquet__reads_back(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "t.parquet"
    write_whole(path, lambda file: write_parquet(RECORDS, file))
    found = parquet.read_table(path).to_pylist()
    assert found == [RECORDS[0], {**RECORDS[1], "name": "é?"}]


def test_check_parquet__says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(OutputError, match=r"install redqueen\[parquet\]"):
        check_parquet()


def test_write_whole__touches_no_other_file(tmp_path: Path) -> None:
    """Whatever is called almost as the file to write, and whoever waits there with a link."""
    other, secret = tmp_path / "a.new", tmp_path / "secret"
    other.write_bytes(b"mine")
    secret.write_bytes(b"secret")
    (tmp_path / "b.new").symlink_to(secret)

    def write(file: BinaryIO) -> None:
        file.write(b"new")

    for name in ("a", "b", "x" * 254):
        check_outputs([tmp_path / name, other])
        write_whole(tmp_path / name, write)
        assert (tmp_path / name).read_bytes() == b"new"
    assert other.read_bytes() == b"mine"
    assert secret.read_bytes() == b"secret"
    assert len(list(tmp_path.iterdir())) == 6


def test_write_whole__mode_is_that_of_any_new_file(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    write_whole(tmp_path / "a", lambda file: None)
    assert (tmp_path / "a").stat().st_mode == usual.stat().st_mode


def test_check_outputs__refuses_what_leads_nowhere(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for outputs, inputs in (([loop], []), ([loop / "a"], []), ([], [loop])):
        with pytest.raises(OutputError, match="Too many levels of symbolic links"):
            check_outputs(outputs, inputs)
    with pytest.raises(OutputError, match="Too many levels of symbolic links"):
        write_whole(loop, lambda file: None)
    with pytest.raises(OutputError, match="File name too long"):
        check_outputs([tmp_path / ("x" * 256)])


def test_csv_bytes__no_cell_is_a_formula() -> None:
    texts = ["=1+1", "+1", "-1", "@a", "a=1", ""]
    data = csv_bytes([{"text": text, "number": -1.5} for text in texts])
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"))))
    assert [row["text"] for row in rows] == ["'=1+1", "'+1", "'-1", "'@a", "a=1", ""]
    assert {row["number"] for row in rows} == {"-1.5"}
    assert json.loads(json_bytes({"text": "=1+1"})) == {"text": "=1+1"}
