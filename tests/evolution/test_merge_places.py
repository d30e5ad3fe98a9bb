"""Where a merge writes, what it locks there, and the folders that it refuses."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evolution.folder import FolderError, locked
from evolution.islands import opened_islands
from evolution.merge import carry_out, make_plan, merging
from evolution.session import opened
from evolution.store import DATABASE, StoreError, WriteError
from tests.evolution.small_runs import rows_of
from tests.evolution.test_merge import begin, files_of, hidden_in, merge, tiny_config


@pytest.fixture(name="worked", scope="module")
def worked_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run after one round and after two, and one of two islands."""
    folder = tmp_path_factory.mktemp("worked")
    begin(folder / "early" / "run", tiny_config(1), 1)
    shutil.copytree(folder / "early", folder / "late")
    begin(folder / "late" / "run", tiny_config(1), 2)
    with opened_islands(folder / "islands" / "two", tiny_config(2, islands={"count": 2})) as two:
        assert two.advance()
    return folder


@pytest.fixture(name="place")
def copied_runs(tmp_path: Path, worked: Path) -> Path:
    """Copies of them, to change."""
    shutil.copytree(worked, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_merging__a_new_folder_is_locked_and_removed(tmp_path: Path) -> None:
    target = tmp_path / "several" / "new" / "all"
    with merging(target):
        assert target.is_dir()
        with pytest.raises(FolderError, match="no other process writes"), merging(target):
            pass
    assert list(tmp_path.iterdir()) == []
    with merging(target):
        (target / "notes").write_text("mine")
    assert (target / "notes").read_text() == "mine"


def test_merging__an_old_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    with merging(tmp_path / "all"):
        pass
    assert (tmp_path / "all").is_dir()


def test_merging__two_at_once_leave_each_other_alone(place: Path) -> None:
    target = place / "all"
    with merging(target):
        found = make_plan(target, [place / "late"])

        def another(done: int, total: int) -> None:
            assert (done, total) == (1, 1)
            with pytest.raises(FolderError, match="no other process writes"):
                merge(target, place / "late")

        carry_out(found, another)
    assert rows_of(target / "run") == rows_of(place / "late" / "run")


@pytest.mark.parametrize("inside", ["late/run/all", "late/run/champions/a/b", "late/run"])
def test_merging__inside_a_run(place: Path, inside: str) -> None:
    before = files_of(place)
    with pytest.raises(FolderError, match=r"several runs: got .*the run .*late/run$"):
        merge(place / inside, place / "late")
    assert files_of(place) == before


def test_merging__inside_an_island_that_lost_its_configuration(place: Path) -> None:
    island = place / "islands" / "two" / "island_1"
    (island / "config.toml").unlink()
    with pytest.raises(FolderError, match=r"which is in the run .*island_1$"):
        merge(island / "all", place / "late")


def test_merging__a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with (
        pytest.raises(FolderError, match="a folder for several runs: got"),
        merging(tmp_path / "file"),
    ):
        pass
    with pytest.raises(WriteError, match="Not a directory"), merging(tmp_path / "file" / "all"):
        pass


def open_for_writing(folder: Path) -> None:
    with opened(folder, tiny_config(1)):
        pass


def test_carry_out__an_old_copy_is_held(place: Path) -> None:
    target = place / "all"
    merge(target, place / "early")
    with merging(target):
        found = make_plan(target, [place / "late"])
        with (
            locked(target / "run"),
            pytest.raises(FolderError, match="no other process writes"),
        ):
            carry_out(found)

        def write(done: int, total: int) -> None:
            with pytest.raises(FolderError, match="no other process writes"):
                open_for_writing(target / "run")

        carry_out(found, write)
    assert rows_of(target / "run") == rows_of(place / "late" / "run")
    open_for_writing(target / "run")


def go_on(run: Path) -> None:
    begin(run, tiny_config(1), 2)


def replace(run: Path) -> None:
    shutil.rmtree(run)
    begin(run, tiny_config(5), 1)


@pytest.mark.parametrize("change", [go_on, replace, open_for_writing])
def test_carry_out__an_old_copy_has_changed(place: Path, change: Callable[[Path], None]) -> None:
    target = place / "all"
    merge(target, place / "early")
    with merging(target):
        found = make_plan(target, [place / "late"])
        change(target / "run")
        before = files_of(target)
        with pytest.raises(FolderError, match="stays as it is during a merge"):
            carry_out(found)
    assert files_of(target) == before
    assert hidden_in(target) == []


def test_carry_out__a_run_was_made_meanwhile(place: Path) -> None:
    target = place / "all"
    with merging(target):
        found = make_plan(target, [place / "late"])
        begin(target / "run", tiny_config(5), 1)
        before = files_of(target)
        with pytest.raises(FolderError, match="expected nothing at"):
            carry_out(found)
    assert files_of(target) == before
    assert hidden_in(target) == []


def test_carry_out__islands_that_go_on_are_held(place: Path) -> None:
    config = tiny_config(7, islands={"count": 2, "every": 1})
    with opened_islands(place / "begun" / "two", config):
        pass
    shutil.copytree(place / "begun", place / "done")
    with opened_islands(place / "done" / "two", config) as islands:
        assert islands.advance()
    target = place / "all"
    merge(target, place / "begun")
    with merging(target):
        found = make_plan(target, [place / "done"])
        with (
            locked(target / "two" / "island_1"),
            pytest.raises(FolderError, match=r"no other process writes: got .*island_1"),
        ):
            carry_out(found)
        carry_out(found)
    assert rows_of(target / "two" / "island_1") == rows_of(place / "done" / "two" / "island_1")


LINKS = (
    "late/run/config.toml",
    "late/run/provenance.json",
    "late/run/run.db",
    "late/run/champions",
    "late/run/champions/round_001.red",
    "islands/two/config.toml",
    "islands/two/island_1",
    "islands/two/island_1/run.db",
)


@pytest.mark.parametrize("part", LINKS)
def test_merge__a_part_behind_a_link(place: Path, part: str) -> None:
    (place / "elsewhere").mkdir()
    (place / part).rename(place / "elsewhere" / "part")
    (place / part).symlink_to(place / "elsewhere" / "part")
    with pytest.raises(FolderError, match=rf"without links: got .*{part}, which is one"):
        merge(place / "all", place / Path(part).parts[0])
    assert not (place / "all").exists()


def test_merge__other_links_are_left_behind(place: Path) -> None:
    (place / "secret").write_text("secret")
    (place / "late" / "run" / "link").symlink_to(place / "secret")
    (place / "late" / "run" / "folder").symlink_to(place)
    merge(place / "all", place / "late")
    copied = {path.name for path in (place / "all" / "run").iterdir()}
    assert {"config.toml", "champions"} <= copied
    assert not {"link", "folder"} & copied


def test_merge__a_run_behind_a_link(place: Path) -> None:
    (place / "linked").mkdir()
    (place / "linked" / "run").symlink_to(place / "late" / "run")
    assert merge(place / "all", place / "linked") == ["run new"]
    assert not (place / "all" / "run").is_symlink()
    assert rows_of(place / "all" / "run") == rows_of(place / "late" / "run")


def test_merge__half_copied_runs(place: Path) -> None:
    shutil.copytree(place / "late" / "run", place / "both" / "whole")
    shutil.copytree(place / "early" / "run", place / "both" / "half")
    (place / "both" / "half" / DATABASE).rename(place / "kept")
    with pytest.raises(StoreError, match=r"got no file .*half/run\.db"):
        merge(place / "all", place / "both")
    (place / "kept").rename(place / "both" / "half" / DATABASE)
    (place / "both" / "half" / "config.toml").unlink()
    with pytest.raises(FolderError, match=r"with a config\.toml: got .*half"):
        merge(place / "all", place / "both")
    shutil.rmtree(place / "islands" / "two" / "island_0")
    with pytest.raises(FolderError, match=r"2 islands in .*two: got none of island_0"):
        merge(place / "all", place / "islands")
    assert not (place / "all").exists()
