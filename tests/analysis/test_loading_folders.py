"""Damaged runs are found and named, never left out; names of folders become text."""

import os
import shutil
from pathlib import Path

import pytest

from analysis.loading import load
from analysis.loading_folders import run_folders
from analysis.loading_groups import lineages, load_runs
from evolution.folder import CONFIG, FolderError
from evolution.presets import format_config
from evolution.store import DATABASE, StoreError
from tests.evolution.small_runs import small_config

Runs = dict[str, Path]


def test_run_folders__damaged_runs_are_not_left_out(recorded: Runs, tmp_path: Path) -> None:
    for name in ("half", "no_database", "strange"):
        shutil.copytree(recorded["first"], tmp_path / name)
    (tmp_path / "half" / CONFIG).unlink()
    (tmp_path / "no_database" / DATABASE).unlink()
    (tmp_path / "strange" / CONFIG).unlink()
    (tmp_path / "strange" / CONFIG).mkdir()
    found = run_folders([tmp_path])
    assert [path.name for path in found] == ["half", "no_database", "strange"]
    with pytest.raises(FolderError, match=r"with a config\.toml: got .*half"):
        load(found[0])
    with pytest.raises(StoreError, match=r"got no file .*no_database"):
        load(found[1])
    with pytest.raises(FolderError, match=r"expected a file or nothing: got .*strange"):
        load(found[2])
    (tmp_path / "no_database" / CONFIG).write_text("what?")
    with pytest.raises(FolderError, match=r"no_database"):
        run_folders([tmp_path])


def test_run_folders__islands_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "experiment" / "run"
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text(format_config(small_config(islands={"count": 11, "every": 1})))
    islands = [folder / f"island_{number}" for number in range(11)]
    for island in islands:
        island.mkdir()
    assert run_folders([folder]) == run_folders([tmp_path / "experiment"]) == islands
    for number in (1, 10):
        islands[number].rmdir()
    with pytest.raises(FolderError, match=r"11 islands in .*: got none of island_1, island_10$"):
        run_folders([tmp_path / "experiment"])


def test_load_runs__names_that_are_not_utf_8(recorded: Runs, tmp_path: Path) -> None:
    places = [tmp_path / os.fsdecode(name) for name in (b"a\xff", b"a\xfe")]
    for place in places:
        shutil.copytree(recorded["first"], place)
    assert load(places[0]).name == load(places[0]).unit == "a\\xff"
    runs = load_runs(places)
    assert [run.name for run in runs] == [run.unit for run in runs] == ["a\\xff", "a\\xfe"]
    lineages(runs).to_parquet(tmp_path / "lineages.parquet")
