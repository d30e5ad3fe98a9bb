"""Databases where nothing can be written, and what is no file."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mars.database import FileError, connect

ROOT = Path(__file__).parents[2]
# root writes where it may not, unless that right is taken from it.
WITHOUT_RIGHTS = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
READ = """
import sys
from pathlib import Path
from mars.database import FileError, connect
try:
    print(connect(Path(sys.argv[1]), "ro").execute("SELECT sum(a) FROM t").fetchone()[0])
except FileError as error:
    print(error)
"""


def without_rights(*command: str) -> str:
    """What a command says that may write only where everybody may."""
    start = WITHOUT_RIGHTS if os.geteuid() == 0 else []
    done = subprocess.run(
        [*start, *command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    return (done.stdout or done.stderr).strip()


def read(path: Path) -> str:
    """The sum of the rows, or why it cannot be had, as such a process reads it."""
    return without_rights(sys.executable, "-c", READ, str(path))


@pytest.fixture(name="folder")
def unwritable_folder(tmp_path: Path) -> Iterator[Path]:
    """With a database, and three as killed processes leave them: with files for reading or not."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with closing(connect(folder / "closed.db", "rwc")) as db:
        db.execute("CREATE TABLE t (a)")
        db.execute("INSERT INTO t VALUES (1)")
    shutil.copy(folder / "closed.db", folder / "empty.db")
    (folder / "empty.db-wal").touch()
    with closing(connect(folder / "closed.db", "rw")) as db:
        db.execute("INSERT INTO t VALUES (2)")
        for name in ("killed.db", "killed.db-wal", "killed.db-shm", "lost.db", "lost.db-wal"):
            shutil.copy(folder / name.replace(name.split(".")[0], "closed"), folder / name)
    folder.chmod(0o555)
    if "denied" not in without_rights("touch", str(folder / "new")):
        folder.chmod(0o755)
        pytest.skip("this user writes everywhere, and setpriv cannot take that right away")
    yield folder
    folder.chmod(0o755)


def test_connect__where_nothing_can_be_written(folder: Path) -> None:
    before = sorted(folder.iterdir())
    assert read(folder / "closed.db") == "3"
    assert read(folder / "empty.db") == "1"
    assert read(folder / "killed.db") == "3"
    assert "the last rows of" in read(folder / "lost.db")  # 1 would be wrong
    assert sorted(folder.iterdir()) == before


def test_connect__what_was_not_checkpointed_where_it_can_be_read(folder: Path) -> None:
    folder.chmod(0o755)
    assert read(folder / "lost.db") == "3"


def test_connect__no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        for mode in ("ro", "rw", "rwc"):
            with pytest.raises(FileError, match=r"expected a file: got .* which is none"):
                connect(path, mode)


def test_connect__a_name_with_signs_of_an_address(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=memory&immutable=1#b.db"
    with closing(connect(path, "rwc")) as db:
        db.execute("CREATE TABLE t (a)")
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("SELECT name FROM sqlite_schema").fetchall() == [("t",)]
