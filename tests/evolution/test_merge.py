"""Runs of several machines come together whole, checked, and their folders stay as they were."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from evolution.config import RunConfig
from evolution.folder import LOCK, FolderError, locked
from evolution.islands import opened_islands
from evolution.merge import carry_out, make_plan, merging
from evolution.merge_cli import merge_command
from evolution.session import opened
from evolution.store import DATABASE, Row, Store, StoreError, _sealed
from evolution.versions import format_versions, version_warning, versions
from tests.evolution.small_runs import ROOT, redqueen, rows_of, run_whole, small_config

# Merges and kills itself before the n-th rename.
KILLED = """
import os, pathlib, signal, sys
from evolution import merge
left = int(sys.argv[1])
rename = pathlib.Path.rename
def counted(self, to):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, to)
pathlib.Path.rename = counted
target, *folders = map(pathlib.Path, sys.argv[2:])
with merge.merging(target):
    merge.carry_out(merge.make_plan(target, folders))
"""


def tiny_config(seed: int, **changes: object) -> RunConfig:
    """A run of two rounds and a few proposals."""
    few = {"iterations": 4, "batch": 4, "fresh": 2}
    champion = {"candidates": 1, "fights": 2, "record_fights": 2, "bundled_fights": 0}
    return small_config(seed=seed, rounds=2, search=few, champion=champion, **changes)


def begin(folder: Path, config: RunConfig, rounds: int) -> None:
    """Works a run up to so many rounds."""
    with opened(folder, config) as run:
        run.advance(rounds=rounds)


def merge(target: Path, *folders: Path, mixed: bool = False) -> list[str]:
    """Merges; what was done with each run, by name."""
    with merging(target):
        found = make_plan(target, folders, allow_mixed=mixed)
        carry_out(found)
    return [f"{step.copy.name} {step.action}" for step in found.steps]


def files_of(folder: Path) -> dict[str, bytes]:
    """All files but locks, and those that SQLite makes for whoever reads."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal", LOCK))
    }


def hidden_in(folder: Path) -> list[str]:
    """What a merge may have left behind, in a folder and beside it."""
    paths = [*folder.iterdir(), *folder.parent.iterdir()]
    return [path.name for path in paths if path.name.startswith(".") and path.name != LOCK]


def pretend_build(folder: Path, build: str) -> None:
    """Makes a run one that was worked with other sources, too."""
    detail = format_versions(versions() | {"search": build})
    with Store(folder / DATABASE, write=True) as store:
        store.append([("events", (None, "resumed", detail, "2026-01-01"))])


@pytest.fixture(name="worked", scope="module")
def worked_machines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two experiment folders with a run each, and one experiment's file."""
    folder = tmp_path_factory.mktemp("worked")
    for seed in (1, 2):
        run_whole(folder / f"machine_{seed}" / f"seed={seed}", tiny_config(seed))
        (folder / f"machine_{seed}" / "experiment.toml").write_text("[axes]\nseeds = '1-2'\n")
    return folder


@pytest.fixture(name="machines")
def two_machines(tmp_path: Path, worked: Path) -> tuple[Path, Path]:
    """Copies of them, to change."""
    shutil.copytree(worked, tmp_path, dirs_exist_ok=True)
    return tmp_path / "machine_1", tmp_path / "machine_2"


def test_merge__two_machines(tmp_path: Path, machines: tuple[Path, Path]) -> None:
    target = tmp_path / "all"
    before = [files_of(machine) for machine in machines]
    assert merge(target, *machines) == ["seed=1 new", "seed=2 new"]
    assert [files_of(machine) for machine in machines] == before
    for seed, machine in enumerate(machines, 1):
        copy, original = target / f"seed={seed}", machine / f"seed={seed}"
        assert rows_of(copy) == rows_of(original)
        kept = {name: data for name, data in files_of(copy).items() if name != DATABASE}
        assert kept.items() <= files_of(original).items()
        assert {"config.toml", "provenance.json", "champions/round_002.red"} <= set(kept)
    assert (target / "experiment.toml").read_text() == "[axes]\nseeds = '1-2'\n"
    merged = files_of(target)
    assert merge(target, *machines) == ["seed=1 is there", "seed=2 is there"]
    assert files_of(target) == merged
    assert hidden_in(target) == []


def test_merge__keeps_the_further_copy(tmp_path: Path) -> None:
    config, target = tiny_config(1), tmp_path / "all"
    begin(tmp_path / "a" / "run", config, 1)
    assert merge(target, tmp_path / "a") == ["run new"]
    shutil.copytree(tmp_path / "a" / "run", tmp_path / "b" / "run")
    begin(tmp_path / "b" / "run", config, 2)
    assert merge(target, tmp_path / "b", tmp_path / "a") == ["run goes on"]
    assert rows_of(target / "run") == rows_of(tmp_path / "b" / "run")
    assert merge(target, tmp_path / "a") == ["run is there"]
    begin(target / "run", config, 2)  # a merged run can be opened for writing


def test_merge__what_was_not_checkpointed_comes_along(tmp_path: Path) -> None:
    with opened(tmp_path / "run", tiny_config(1)) as run:
        run.advance(rounds=1)
        live = tmp_path / "killed" / "run"
        shutil.copytree(tmp_path / "run", live)  # as a killed process leaves it
    assert (live / (DATABASE + "-wal")).stat().st_size > 0
    merge(tmp_path / "all", live)
    assert rows_of(tmp_path / "all" / "run") == rows_of(live)
    assert len(rows_of(live)["champions"]) == 2


def test_merge__other_rows(tmp_path: Path, machines: tuple[Path, Path]) -> None:
    shutil.copytree(machines[0], tmp_path / "edited")
    with Store(tmp_path / "edited" / "seed=1" / DATABASE, write=True) as store:
        store._db.execute("UPDATE evaluations SET fitness = fitness + 1 WHERE round = 2")
        rows: list[Row] = store.query("SELECT * FROM evaluations ORDER BY rowid")
        store._write_seals({"evaluations": chain(rows)})
    with pytest.raises(FolderError, match=r"another row \d+ of the table evaluations"):
        merge(tmp_path / "all", machines[0], tmp_path / "edited")
    assert not (tmp_path / "all").exists()


def chain(rows: list[Row]) -> str:
    """The seal of a table."""
    seal = ""
    for row in rows:
        seal = _sealed(seal, row)
    return seal


def test_merge__configurations_that_do_not_go_together(tmp_path: Path) -> None:
    begin(tmp_path / "a" / "run", tiny_config(1), 1)
    begin(tmp_path / "b" / "run", tiny_config(2), 1)
    begin(tmp_path / "c" / "other", tiny_config(1), 1)
    with pytest.raises(FolderError, match="other values of seed"):
        merge(tmp_path / "all", tmp_path / "a", tmp_path / "b")
    with pytest.raises(FolderError, match="another configuration in each run"):
        merge(tmp_path / "all", tmp_path / "a", tmp_path / "c")
    assert not (tmp_path / "all").exists()


def test_merge__other_experiments(tmp_path: Path, machines: tuple[Path, Path]) -> None:
    (machines[1] / "experiment.toml").write_text("[axes]\nseeds = '1-3'\n")
    with pytest.raises(FolderError, match="expected runs of one experiment"):
        merge(tmp_path / "all", *machines)
    assert not (tmp_path / "all").exists()


def test_merge__other_sources(tmp_path: Path, machines: tuple[Path, Path]) -> None:
    pretend_build(machines[1] / "seed=2", "0123456789abcdef")
    with pytest.raises(FolderError, match=r"(?s)--mixed-versions.*0123456789abcdef.*seed=2"):
        merge(tmp_path / "all", *machines)
    assert not (tmp_path / "all").exists()
    assert merge(tmp_path / "all", *machines, mixed=True) == ["seed=1 new", "seed=2 new"]
    with Store(tmp_path / "all" / "seed=2" / DATABASE) as mixed:
        assert "0123456789abcdef before" in version_warning([mixed])
    with Store(tmp_path / "all" / "seed=1" / DATABASE) as pure:
        assert version_warning([pure]) == ""


def test_merge__damaged(tmp_path: Path, machines: tuple[Path, Path]) -> None:
    with (machines[1] / "seed=2" / DATABASE).open("r+b") as file:
        file.seek(-3000, 2)
        file.write(b"\xff" * 2000)
    with pytest.raises(StoreError, match=r"damaged|malformed"):
        merge(tmp_path / "all", *machines)
    assert not (tmp_path / "all").exists()


def test_merge__being_written(tmp_path: Path, machines: tuple[Path, Path]) -> None:
    with locked(machines[0] / "seed=1"), pytest.raises(FolderError, match="nobody writes"):
        merge(tmp_path / "all", *machines)
    merge(tmp_path / "all", *machines)
    with locked(tmp_path / "all"), pytest.raises(FolderError, match="no other process writes"):
        merge(tmp_path / "all", *machines)


def test_merge__strange_folders(tmp_path: Path, machines: tuple[Path, Path]) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FolderError, match="with runs in it"):
        merge(tmp_path / "all", tmp_path / "empty")
    with pytest.raises(FolderError, match="got the run"):
        merge(machines[0] / "seed=1", machines[1])
    (tmp_path / "all" / "seed=1").mkdir(parents=True)
    (tmp_path / "all" / "seed=1" / "notes").write_text("mine")
    with pytest.raises(FolderError, match="expected a run or nothing"):
        merge(tmp_path / "all", *machines)
    assert (tmp_path / "all" / "seed=1" / "notes").read_text() == "mine"


def test_merge__islands_are_one_run(tmp_path: Path) -> None:
    config = tiny_config(1, islands={"count": 2, "every": 1})
    with opened_islands(tmp_path / "a" / "two", config) as islands:
        assert islands.advance()
    assert merge(tmp_path / "all", tmp_path / "a") == ["two new"]
    for island in ("island_0", "island_1"):
        original = tmp_path / "a" / "two" / island
        assert rows_of(tmp_path / "all" / "two" / island) == rows_of(original)
    with pytest.raises(FolderError, match="folder of all islands"):
        merge(tmp_path / "all", tmp_path / "a" / "two" / "island_0")


@pytest.mark.parametrize("rename", [1, 2, 3, 4])
def test_merge__killed(tmp_path: Path, machines: tuple[Path, Path], rename: int) -> None:
    config, target = tiny_config(1), tmp_path / "all"
    begin(tmp_path / "early" / "seed=1", config, 1)
    merge(target, tmp_path / "early")
    early, late = rows_of(target / "seed=1"), rows_of(machines[0] / "seed=1")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(rename), str(target), *map(str, machines)],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert not (target / "experiment.toml").exists()  # not before its runs
    for name in ("seed=1", "seed=2"):
        if (target / name).exists():
            assert rows_of(target / name) in (early, late, rows_of(machines[1] / "seed=2"))
    merge(target, *machines)
    assert rows_of(target / "seed=1") == late
    assert rows_of(target / "seed=2") == rows_of(machines[1] / "seed=2")
    assert (target / "experiment.toml").is_file()
    assert hidden_in(target) == []


def test_merge__disk_full(tmp_path: Path, machines: tuple[Path, Path]) -> None:
    begin(tmp_path / "early" / "seed=1", tiny_config(1), 1)
    merge(tmp_path / "all", tmp_path / "early")
    early = files_of(tmp_path / "all")
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000,) * 2); "
    script = limited + "import redqueen; redqueen.main()"
    full = subprocess.run(
        [sys.executable, "-c", script, "merge", "-o", tmp_path / "all", *machines],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert full.returncode == 1, full.stderr
    assert "cannot write" in full.stderr
    assert "Traceback" not in full.stderr
    assert files_of(tmp_path / "all") == early
    assert hidden_in(tmp_path / "all") == []
    assert merge(tmp_path / "all", *machines) == ["seed=1 goes on", "seed=2 new"]


def test_merge_command__table(tmp_path: Path, machines: tuple[Path, Path]) -> None:
    done = redqueen("merge", "-o", str(tmp_path / "all\x1b[31m"), *map(str, machines))
    assert done.returncode == 0, done.stderr
    assert "runs: 2 (2 new, 0 that go on, 0 there already)" in done.stdout
    assert versions()["search"] in done.stdout
    assert "2/2" in done.stdout
    assert "\x1b" not in done.stdout


def test_merge_command__errors(tmp_path: Path, machines: tuple[Path, Path]) -> None:
    run = CliRunner().invoke
    arguments = ["-o", str(tmp_path / "all"), *map(str, machines)]
    assert run(merge_command, [*arguments, str(tmp_path / "nowhere")]).exit_code == 2
    pretend_build(machines[0] / "seed=1", "0123456789abcdef")
    mixed = run(merge_command, arguments)
    assert mixed.exit_code == 2
    assert "0123456789abcdef" in mixed.output
    anyway = run(merge_command, [*arguments, "--mixed-versions"])
    assert anyway.exit_code == 0
    assert "runs of several versions were merged" in anyway.output
