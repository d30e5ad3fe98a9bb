"""The database: transactions, refusals, damage, full disks, a second writer."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from evolution.folder import FolderError, locked
from evolution.ledger import reply_row
from evolution.schema import APPLICATION_ID
from evolution.session import opened
from evolution.store import DATABASE, Store, StoreError, WriteError
from llm_mutator.calls import CallKey, Reply
from tests.evolution.small_runs import redqueen, rows_of, run_whole, small_config

WARRIOR = ("warriors", ("id", "name", 1, "load file", "source"))


def test_append__reads_back(tmp_path: Path) -> None:
    with Store(tmp_path / DATABASE, create=True) as store:
        store.append([WARRIOR, ("champions", (0, "id"))])
        assert store.query("SELECT * FROM warriors") == [WARRIOR[1]]
    with Store(tmp_path / DATABASE) as store:
        assert store.query("SELECT * FROM champions") == [(0, "id")]


def test_append__all_or_nothing(tmp_path: Path) -> None:
    with Store(tmp_path / DATABASE, create=True) as store:
        with pytest.raises(StoreError, match="refuses a row"):
            store.append([WARRIOR, ("champions", (0, "nobody"))])
        assert store.query("SELECT count(*) FROM warriors") == [(0,)]
        store.append([WARRIOR])
    with Store(tmp_path / DATABASE, create=True) as store:
        assert store.query("SELECT count(*) FROM warriors") == [(1,)]


@pytest.mark.parametrize(
    "row",
    [("champions", ("zero", "id")), ("proposals", (1, 0, 0, "new", "", "fine", None, "", ""))],
)
def test_append__strict_types_and_values(
    tmp_path: Path, row: tuple[str, tuple[object, ...]]
) -> None:
    with Store(tmp_path / DATABASE, create=True) as store:
        store.append([WARRIOR])
        with pytest.raises(StoreError, match="refuses"):
            store.append([row])  # type: ignore[list-item]


def test_append__half_a_surrogate_pair(tmp_path: Path) -> None:
    with Store(tmp_path / DATABASE, create=True) as store:
        reply = Reply("a\ud800\x00b", "m")
        store.append([reply_row(CallKey(1, 0, 0), "", reply)])
    with Store(tmp_path / DATABASE) as store:
        assert store.query("SELECT text FROM replies") == [("a?\x00b",)]


def test_store__missing_file_is_refused_for_reading(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="got no file"):
        Store(tmp_path / DATABASE)


def test_store__making_it_cut_short_is_begun_again(tmp_path: Path) -> None:
    """What a kill right after the first page leaves: a header, and no tables."""
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.execute("PRAGMA journal_mode = WAL")
    assert (tmp_path / DATABASE).stat().st_size > 0
    with pytest.raises(StoreError, match="got another file"):
        Store(tmp_path / DATABASE)
    with Store(tmp_path / DATABASE, create=True) as store:
        store.append([WARRIOR])


def test_store__another_programs_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.execute("CREATE TABLE t (x)")
    with pytest.raises(StoreError, match="got another file"):
        Store(tmp_path / DATABASE, create=True)


def test_store__another_schema_version(tmp_path: Path) -> None:
    Store(tmp_path / DATABASE, create=True).close()
    with sqlite3.connect(tmp_path / DATABASE) as db:
        assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match=r"expected schema version 3 .* got 99"):
        Store(tmp_path / DATABASE)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE evaluations SET fitness = fitness + 0.001 WHERE rowid = 5",
        "DELETE FROM placements WHERE rowid = (SELECT max(rowid) FROM placements)",
        "UPDATE proposals SET operator = 'genetic.x' WHERE round = 1 AND number = 5",
    ],
)
def test_store__changed_rows_are_refused(tmp_path: Path, small_run: bytes, change: str) -> None:
    path = tmp_path / DATABASE
    path.write_bytes(small_run)
    with sqlite3.connect(path) as db:
        assert db.execute(change).rowcount == 1
    with pytest.raises(StoreError, match="damaged"):
        Store(path)


def test_store__any_damage_is_refused_or_harmless(tmp_path: Path, small_run: bytes) -> None:
    """Flipped bytes anywhere: refused, or every row is still what it was."""
    path = tmp_path / DATABASE
    path.write_bytes(small_run)
    with Store(path) as store:
        whole = store.query("SELECT * FROM proposals"), store.query("SELECT * FROM evaluations")
    rng = np.random.default_rng(1)
    refused = 0
    for place in rng.integers(0, len(small_run), 60):
        damaged = bytearray(small_run)
        damaged[place] ^= 1 + rng.integers(255)
        path.write_bytes(damaged)
        try:
            with Store(path) as store:
                rows = (
                    store.query("SELECT * FROM proposals"),
                    store.query("SELECT * FROM evaluations"),
                )
        except StoreError:
            refused += 1
        else:
            assert rows == whole
    assert refused > 20


@pytest.mark.parametrize("length", [0, 1, 100, 5000, -4096])
def test_resume__cut_database_is_refused_and_left_alone(tmp_path: Path, length: int) -> None:
    folder = tmp_path / "run"
    run_whole(folder, small_config(rounds=1))
    path = folder / DATABASE
    content = path.read_bytes()[: length or 0]
    path.write_bytes(content)
    done = redqueen("resume", str(folder))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "run.db" in done.stderr
    assert path.read_bytes() == content
    done = redqueen("status", str(folder))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)


def test_locked__second_writer_is_refused(tmp_path: Path) -> None:
    config = small_config(rounds=1)
    with opened(tmp_path / "run", config) as run:
        with pytest.raises(FolderError, match="no other process"), locked(tmp_path / "run"):
            pass
        done = redqueen("resume", str(tmp_path / "run"))
        assert done.returncode == 2
        assert "no other process" in done.stderr
        assert redqueen("status", str(tmp_path / "run")).returncode == 0
        assert run.advance()


def test_append__full_disk_is_told_and_nothing_committed_is_lost(tmp_path: Path) -> None:
    """A limit on the size of files: the write fails in the middle of a transaction."""
    script = (
        "import resource, sys; from pathlib import Path; "
        "from evolution.store import Store, WriteError\n"
        "path = Path(sys.argv[1])\n"
        "with Store(path, create=True) as store:\n"
        "    store.append([('events', (None, 'first', '', 'now'))])\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n"
        "    try:\n"
        "        for n in range(100):\n"
        "            store.append([('events', (None, str(n), 'x' * 50_000, 'now'))])\n"
        "    except WriteError as error:\n"
        "        print(n, error)\n"
    )
    path = tmp_path / DATABASE
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    written, message = done.stdout.split(" ", 1)
    assert "cannot write to" in message
    with Store(path, create=True) as store:
        kinds = [kind for (kind,) in store.query("SELECT kind FROM events ORDER BY id")]
        assert kinds == ["first", *map(str, range(int(written)))]
        store.append([("events", (None, "after", "", "now"))])


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The database of a finished run."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    run_whole(folder, small_config(rounds=2))
    assert rows_of(folder)["champions"]
    return (folder / DATABASE).read_bytes()


def test_write_error__unwritable_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(WriteError, match="cannot make"),
        opened(tmp_path / "file" / "run", small_config()),
    ):
        pass
