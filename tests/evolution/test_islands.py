"""Islands: the same rows by any way, who comes from where, and what is refused."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.loading import load
from analysis.phylogeny import IMMIGRANT, phylogeny
from evolution.champions import descent
from evolution.config import RunConfig
from evolution.folder import FolderError, read_folder_config
from evolution.islands import Islands, opened_islands, opened_run
from evolution.islands_folders import island_folder
from evolution.ledger import read_limits
from evolution.live import whole_work, work_done
from evolution.presets import build_config, format_config, parse_config, preset_table
from evolution.run import Progress, Run
from evolution.service import Service
from evolution.session import opened
from evolution.store import DATABASE, Row, Store, StoreError
from evolution.tables import ConfigError
from llm_mutator.budget import Limits
from tests.evolution.small_runs import ROOT, rows_of, run_whole, small_config

# Goes on with all islands and kills itself at a given SQL statement of any of them.
KILLED = """
import os, signal, sys
from pathlib import Path
from evolution.islands import opened_islands
last, count = int(sys.argv[2]), 0
def trace(statement):
    global count
    count += 1
    if count == last:
        os.kill(os.getpid(), signal.SIGKILL)
with opened_islands(Path(sys.argv[1])) as islands:
    for run in islands.runs:
        run.store._db.set_trace_callback(trace)
    islands.advance()
"""

Rows = list[dict[str, list[Row]]]


def islands_config(**changes: Any) -> RunConfig:
    """Three islands of five rounds that exchange before rounds 3 and 5."""
    islands = {"count": 3, "every": 2, **changes.pop("islands", {})}
    search = {"iterations": 16, "batch": 4, "fresh": 4, **changes.pop("search", {})}
    return small_config(rounds=5, islands=islands, search=search, **changes)


def rows_of_islands(folder: Path) -> Rows:
    """Each island's reproducible rows."""
    return [rows_of(path) for path in sorted(folder.glob("island_*"))]


def work_whole(folder: Path, config: RunConfig, workers: int = 1) -> Rows:
    """Works all islands to their end in this process; their rows."""
    with opened_islands(folder, config, workers=workers) as islands:
        assert islands.advance()
    return rows_of_islands(folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of islands."""
    folder = tmp_path_factory.mktemp("islands") / "whole"
    work_whole(folder, islands_config())
    return folder


def test_advance__in_pieces_and_with_threads_as_at_once(tmp_path: Path, whole: Path) -> None:
    config, pieces = islands_config(), 0
    finished = False
    while not finished:
        left = iter(range(12))
        with opened_islands(tmp_path / "pieces", config) as islands:
            finished = islands.advance(should_stop=lambda left=left: next(left, None) is None)  # type: ignore[misc]
        pieces += 1
    assert pieces > 5
    assert rows_of_islands(tmp_path / "pieces") == rows_of_islands(whole)
    assert work_whole(tmp_path / "threads", config, workers=2) == rows_of_islands(whole)


def test_advance__killed_at_random_points(tmp_path: Path, whole: Path) -> None:
    folder, rng = tmp_path / "killed", random.Random(1)
    with opened_islands(folder, islands_config()):
        pass
    for low, high in ((1, 60), (300, 900)):
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, str(folder), str(rng.randint(low, high))],
            cwd=ROOT,
            check=False,
            capture_output=True,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    with opened_islands(folder) as islands:
        assert islands.advance()
    assert rows_of_islands(folder) == rows_of_islands(whole)


def test_advance__immigrants_are_the_others_champions(whole: Path) -> None:
    rows = rows_of_islands(whole)
    champions: list[dict[Any, Any]] = [dict(island["champions"]) for island in rows]
    assert len({tuple(island.items()) for island in champions}) == 3
    for number, island in enumerate(rows):
        expected = [
            (coming, place, champions[other][coming - 1], other, coming - 1)
            for coming in (3, 5)
            for place, other in enumerate(n for n in range(3) if n != number)
        ]
        assert island["immigrants"] == expected
        carried = {(row[0], row[6]) for row in island["proposals"] if row[3] == "carried"}
        placed = {row[:2] for row in island["placements"]}
        entered = {row[:2] for row in island["proposals"] if row[3] == "carried"}
        assert {(row[0], row[2]) for row in expected} <= carried
        assert entered <= placed  # measured and offered to the archive as all others
        assert (island["ratchet"][-1][0], len(island["ratchet"])) == (5, 15)  # no more opponents


def test_descent__an_immigrant_can_become_an_ancestor(whole: Path) -> None:
    """Of all islands together, as chance decides on which."""
    ancestors, words = 0, set()
    for number in range(3):
        folder = island_folder(whole, number)
        run = load(folder)
        found = phylogeny(run)
        came = found.operator == IMMIGRANT
        assert (found.tree.parent[came] == -1).all()
        assert set(found.warriors[came]) <= set(run.immigrants["warrior"])
        ancestors += int(came[found.tree.parent[found.tree.parent >= 0]].sum())
        with Store(folder / DATABASE) as store:
            for warrior in found.warriors[came]:
                (birth,) = descent(store, warrior)
                words.add(birth.operator)
            assert [birth.operator for birth in descent(store, found.warriors[0])] == ["initial"]
    assert ancestors > 0
    assert words <= {f"champion {r} of island {i}" for r in (2, 4) for i in range(3)}
    assert words


def test_advance__an_island_needs_no_other_for_a_round_begun(tmp_path: Path, whole: Path) -> None:
    """What came is stored before the round's first batch: the others may be gone then."""
    folder = tmp_path / "run"
    seen: list[Progress] = []
    with opened_islands(folder, islands_config()) as islands:
        done = islands.advance(seen.append, lambda: bool(seen) and seen[-1].round == 3)
    assert not done
    alone = tmp_path / "alone"
    island_folder(folder, 0).rename(alone)
    with opened(alone) as run:
        assert run.advance(rounds=4)
        with pytest.raises(FolderError, match="expected champions of the other islands"):
            run.advance()
    expected = rows_of(island_folder(whole, 0))["champions"][:5]
    assert rows_of(alone)["champions"] == expected


def test_opened_run__one_island_is_a_run_as_any_other(tmp_path: Path) -> None:
    config = small_config(rounds=2)
    assert config.islands.count == 1
    text = format_config(config)
    old = text[: text.index("[islands]")]
    assert parse_config(old) == config == parse_config(text)
    one = build_config(preset_table("nano"), {"islands": {"count": 1, "every": 3}})
    assert not any(one.islands.receives_in(number) for number in range(1, 20))
    with opened_run(tmp_path / "one", replace(config, islands=one.islands)) as run:
        assert isinstance(run, Run)
        assert run.advance()
    first, second = rows_of(tmp_path / "one"), run_whole(tmp_path / "plain", config)
    del first["run"], second["run"]  # the texts of the configurations
    assert first == second
    assert first["immigrants"] == []
    with opened_run(tmp_path / "two", islands_config(islands={"count": 2})) as run:
        assert isinstance(run, Islands)


def test_island__own_seed_and_mutator(tmp_path: Path) -> None:
    own: list[dict[str, Any]] = [
        {"genetic": {"sources": {"library": 0.0, "fragments": 0.0}}},
        {"genetic": {"edits": 4.0}},
    ]
    config = islands_config(
        islands={"mutators": own}, mutator={"genetic": {"relocate": 0.25}, "worth": 0.5}
    )
    assert parse_config(format_config(config)) == config
    islands = [config.island(number) for number in range(3)]
    assert len({island.seed for island in islands} | {config.seed}) == 4
    assert islands[0].mutator == islands[2].mutator != islands[1].mutator
    assert {island.mutator.genetic.relocate for island in islands} == {0.25}
    assert [island.mutator.genetic.edits for island in islands] == [2.0, 4.0, 2.0]
    assert all(parse_config(format_config(island)) == island for island in islands)
    with opened_islands(tmp_path / "run", config) as run:
        assert not run.advance(should_stop=lambda: True)
    for number, island in enumerate(islands):
        assert read_folder_config(island_folder(tmp_path / "run", number)) == island


@pytest.mark.parametrize(
    ("islands", "message"),
    [
        ({"count": 0}, "count must be between 1 and 64: got 0"),
        ({"count": 65}, "count must be between 1 and 64: got 65"),
        ({"count": 2, "every": 0}, "every must be between 1"),
        ({"number": 0}, "number must be that of one of several islands, or -1: got 0"),
        ({"count": 2, "number": 2}, "got 2"),
        ({"count": 2, "mutators": [{}, {}, {}]}, "expected at most 2 mutators of islands: got 3"),
        ({"mutators": [{}]}, "expected at most 0 mutators of islands: got 1"),
        ({"count": 2, "mutators": [{"kindd": "llm"}]}, "unknown key 'islands.mutators.0..kindd'"),
        ({"count": 2, "mutators": ["llm"]}, "islands.mutators.0.: expected a table: got 'llm'"),
        ({"count": 2, "mutators": "llm"}, "islands.mutators: expected a list"),
        ({"many": 2}, "unknown key 'islands.many'"),
    ],
)
def test_build_config__wrong_islands(islands: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_config({"islands": islands})


def test_opened__refusals(tmp_path: Path, whole: Path) -> None:
    config = islands_config()
    with pytest.raises(FolderError, match="one lineage"), opened(tmp_path / "a", config):
        pass
    assert not (tmp_path / "a").exists()
    with pytest.raises(FolderError, match="several"), opened_islands(tmp_path, small_config()):
        pass
    with pytest.raises(FolderError, match="one of them"), opened_run(island_folder(whole, 1)):
        pass
    other = islands_config(islands={"every": 3})
    with pytest.raises(FolderError, match=r"islands\.every"), opened_islands(whole, other):
        pass
    with opened_islands(whole), pytest.raises(FolderError, match="no other process"):  # noqa: SIM117
        with opened_islands(whole):
            pass


def test_opened_islands__a_crash_while_they_are_made_keeps_the_cap(tmp_path: Path) -> None:
    folder, config = tmp_path / "run", islands_config()
    with opened_islands(folder, config, service=Service(max_cost=3.0)):
        pass
    shutil.rmtree(island_folder(folder, 2))  # as if the process had died before it
    with opened_islands(folder) as islands:
        assert {read_limits(run.store).max_cost for run in islands.runs} == {1.0}
    with opened_islands(folder, service=Service(max_cost="none", max_tokens=10)) as islands:
        assert {read_limits(run.store) for run in islands.runs} == {Limits(None, 3)}


def test_store__a_database_of_the_schema_before_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with opened_islands(folder, islands_config()):
        pass
    with sqlite3.connect(island_folder(folder, 1) / DATABASE) as db:
        db.execute("PRAGMA user_version = 2")
    with pytest.raises(StoreError, match=r"schema version 3 .* got 2"), opened_islands(folder):
        pass


def test_work_done__never_back_and_whole_in_the_end(tmp_path: Path) -> None:
    config = islands_config()
    seen: list[Progress] = []
    with opened_islands(tmp_path / "run", config) as islands:
        assert islands.advance(seen.append)
    done = [work_done(config, progress) for progress in seen]
    assert done == sorted(done)
    assert (len(set(done)) > 40, done[-1]) == (True, whole_work(config))
    assert {progress.island for progress in seen} == {0, 1, 2}
    evaluations = sum(
        row[2] == "search"
        for rows in rows_of_islands(tmp_path / "run")
        for row in rows["evaluations"]
    )
    assert seen[-1].evaluations == evaluations
