"""Run folders → DataFrames, one run and several."""

import ast
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis
from analysis import loading
from analysis.analyse_cli_options import runs_words
from analysis.loading import CATEGORIES, TABLES, champions_of, load, warrior_of
from analysis.loading_folders import run_folders
from analysis.loading_groups import (
    champions_by_id,
    in_order,
    lineages,
    load_runs,
    seen_warriors,
)
from analysis.loading_units import starts_of
from evolution.folder import CONFIG, FolderError, read_folder_config
from evolution.presets import format_config
from evolution.seeds import island_seed
from evolution.store import DATABASE, Store, StoreError
from mars.classics import bundled_by_name
from mars.settings import CoreSettings
from tests.analysis.hand_made import columns_of, hand_made_run, lineage
from tests.evolution.small_runs import small_config

Runs = dict[str, Path]
NANO = CoreSettings.preset("nano")


def test_load__is_what_the_store_has(recorded: Runs) -> None:
    run = load(recorded["first"])
    assert (run.name, run.config) == ("first", small_config())
    with Store(recorded["first"] / DATABASE) as store:
        for table in TABLES:
            frame: pd.DataFrame = getattr(run, table)
            columns = columns_of(table)
            assert frame.columns.tolist() == columns
            sql = f"SELECT {', '.join(columns)} FROM {table} ORDER BY rowid"
            plain = frame.astype(object).where(frame.notna(), None)
            assert [tuple(row) for row in plain.to_numpy().tolist()] == store.query(sql), table
    assert len(run.proposals) > 100
    assert run.champions["round"].tolist() == [0, 1, 2, 3]


def test_load__types(recorded: Runs) -> None:
    run = load(recorded["first"])
    for table in TABLES:
        for name, kind in getattr(run, table).dtypes.items():
            categorical = isinstance(kind, pd.CategoricalDtype)
            assert categorical == (name in CATEGORIES)
            assert categorical or kind in (np.int64, np.float64, object)
    tasks = run.proposals["task"].cat.categories.tolist()
    assert tasks == ["carried", "crossover", "mutate", "new"]
    # Equal texts are the same object: a million rows refer to few ids.
    ids = {id(value) for value in run.warriors["id"]}
    assert {id(value) for value in run.proposals["warrior"]} <= ids


def test_load__the_same_in_small_chunks(recorded: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load(recorded["first"])
    monkeypatch.setattr(loading, "ROWS_AT_ONCE", 7)
    pieces = load(str(recorded["first"]))
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(whole, table), getattr(pieces, table))


def test_load__a_run_that_has_not_begun_and_none(recorded: Runs, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"expected a run folder with a config\.toml"):
        load(tmp_path)
    shutil.copy(recorded["first"] / CONFIG, tmp_path)
    with pytest.raises(StoreError, match="expected a run database"):
        load(tmp_path)
    with Store(tmp_path / DATABASE, create=True):
        pass
    run = load(tmp_path)
    assert all(len(getattr(run, table)) == 0 for table in TABLES)
    assert run.champions.dtypes.tolist() == [np.int64, object]
    with pytest.raises(ValueError, match="expected a run that has begun"):
        load_runs([tmp_path])


def test_champions_of__are_those_of_the_folder(recorded: Runs) -> None:
    run = load(recorded["first"])
    champions = champions_of(run)
    assert [warrior.id for warrior in champions] == run.champions["warrior"].tolist()
    assert warrior_of(run, champions[2].id) == champions[2]
    with pytest.raises(StoreError, match="expected warrior ffff"):
        warrior_of(run, "f" * 64)


def test_analysis__loads_names_when_they_are_used(recorded: Runs) -> None:
    code = "import analysis, sys; assert 'pandas' not in sys.modules; assert analysis.load"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
    tree = ast.parse(Path(analysis.__file__).read_text(encoding="utf-8"))
    imported = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("analysis.")
        for alias in node.names
    }
    assert sorted(imported) == sorted(analysis.__all__) == sorted(set(dir(analysis)) & {*imported})
    assert all(getattr(analysis, name).__module__ == home for name, home in imported.items())
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = analysis.nothing


def test_load_runs__names_and_refusals(recorded: Runs, tmp_path: Path) -> None:
    shutil.copytree(recorded["first"], tmp_path / "other" / "first")
    runs = load_runs([recorded["first"], recorded["second"], tmp_path / "other" / "first"])
    parent = recorded["first"].parent.name
    assert [run.name for run in runs] == [f"{parent}/first", "second", "other/first"]
    with pytest.raises(ValueError, match=r"expected different runs: got .* twice"):
        load_runs([recorded["first"], recorded["first"] / "."])
    config = tmp_path / "other" / "first" / CONFIG
    config.write_text(config.read_text().replace("max_cycles = 800", "max_cycles = 801"))
    with pytest.raises(ValueError, match="expected runs with one core"):
        load_runs([recorded["first"], tmp_path / "other" / "first"])


def test_load_runs__where_parents_share_a_name_too(recorded: Runs, tmp_path: Path) -> None:
    places = [tmp_path / part / "seed=1" / "island_0" for part in ("a", "b")]
    for place in places:
        shutil.copytree(recorded["first"], place)
    runs = load_runs([*places, recorded["second"]])
    assert [run.name for run in runs] == ["a/seed=1/island_0", "b/seed=1/island_0", "second"]
    assert load_runs(places[:1])[0].name == "island_0"


def test_load_runs__islands_of_a_run_are_one_unit(recorded: Runs, tmp_path: Path) -> None:
    places = [tmp_path / run / f"island_{number}" for run in ("a", "b") for number in range(2)]
    for place in places:
        shutil.copytree(recorded["first"], place)
        config = read_folder_config(place)
        several = replace(config, islands=replace(config.islands, count=2))
        text = format_config(several.island(int(place.name[-1])))
        (place / CONFIG).write_text(text)
    runs = load_runs([*places, recorded["second"]])
    assert [run.unit for run in runs] == ["a", "a", "b", "b", "second"]
    assert runs_words(runs) == "3 runs (5 islands), core 80"
    assert runs_words(runs[-1:]) == "1 run, core 80"
    starts = starts_of(runs)
    w_0 = runs[0].champions["warrior"][0]
    assert starts["a"] == starts["b"] == (island_seed(7, 0), w_0)
    assert starts_of(runs[::-1]) == starts
    assert starts["second"] == (8, w_0)
    assert load(recorded["first"]).unit == "first"


def test_load_runs__groups_are_those_of_the_runs_together(recorded: Runs, tmp_path: Path) -> None:
    assert load(recorded["null"]).group == "K=all, shadow"
    assert [run.group for run in load_runs([recorded["first"], recorded["short"]])] == [
        "K=all",
        "K=1",
    ]
    place = tmp_path / "more"
    shutil.copytree(recorded["first"], place)
    config = place / CONFIG
    config.write_text(config.read_text().replace("iterations = 40", "iterations = 41"))
    runs = load_runs([recorded["first"], place, recorded["null"]])
    groups = ["K=all, iterations=40", "K=all, iterations=41", "K=all, shadow, iterations=40"]
    assert [run.group for run in runs] == groups
    assert lineages(runs)["group"].drop_duplicates().tolist() == groups


def test_run_folders__two_levels_in_natural_order(recorded: Runs, tmp_path: Path) -> None:
    inside = ["seed=10", "seed=2/island_1", "seed=2/island_0", ".new", "a/b/c"]
    for name in inside:
        (tmp_path / name).mkdir(parents=True)
        for file in (CONFIG, DATABASE):
            (tmp_path / name / file).write_bytes(b"")
    (tmp_path / "notes" / "deep").mkdir(parents=True)
    (tmp_path / "experiment.toml").write_text("")
    found = [path.relative_to(tmp_path) for path in run_folders([tmp_path])]
    assert list(map(str, found)) == ["seed=2/island_0", "seed=2/island_1", "seed=10"]
    # A run stands for itself, and so does what holds none.
    alone = [tmp_path / "seed=10", tmp_path / "notes", tmp_path / "nothing", recorded["first"]]
    (tmp_path / "nothing").mkdir()
    assert run_folders(alone) == alone


def test_lineages__of_several_runs(recorded: Runs) -> None:
    runs = load_runs(recorded.values())
    table = lineages(runs)
    assert table.columns.tolist() == ["run", "group", "unit", "round", "warrior"]
    assert table["group"].drop_duplicates().tolist() == ["K=all", "K=1", "K=all, shadow"]
    assert table["round"].tolist() == [0, 1, 2, 3] * 4
    warriors = champions_by_id(runs)
    assert set(warriors) == set(table["warrior"])


def test_in_order__small_histories_first() -> None:
    groups = ["K=all, shadow", "K=all", "K=10", "K=3, shadow", "K=3"]
    table = pd.DataFrame({"group": groups, "round": [0] * 5})
    again = in_order(pd.concat([table.assign(round=1), table]))
    assert again["group"].drop_duplicates().tolist() == [
        "K=3",
        "K=10",
        "K=all",
        "K=3, shadow",
        "K=all, shadow",
    ]
    assert again["round"].tolist() == [0, 1] * 5


def test_seen_warriors__all_that_a_run_met_or_used(recorded: Runs) -> None:
    run = load(recorded["first"])
    bundled = bundled_by_name(NANO)
    # The preset's genetic operators use fragments of bundled warriors.
    assert {warrior.id for warrior in bundled.values()} <= seen_warriors(run)
    assert set(run.warriors["id"]) <= seen_warriors(run)
    sparring = small_config(sparring=[str(Path(__file__).parents[2] / "mars/warriors/dwarf.red")])
    made = hand_made_run(config=sparring, champions=lineage("a"), warriors=[{"id": "a"}])
    assert {"a", bundled["dwarf"].id} <= seen_warriors(made)
    genetic = {"sources": {"library": 0, "fragments": 0}, "mutations": {"splice": 0}}
    alone = small_config(mutator={"genetic": genetic})
    assert seen_warriors(hand_made_run(config=alone, warriors=[{"id": "a"}])) == {"a"}
