"""Whole runs: files, rows, and the same result by any way."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from numpy.random import SeedSequence

from evolution import jobs
from evolution.champions import descent, mean_score
from evolution.config import RunConfig
from evolution.folder import champion_path, read_folder_config
from evolution.pairs import Result
from evolution.presets import sparring_warriors
from evolution.records import (
    format_results,
    parse_results,
    read_champions,
    read_counts,
    read_ratchet,
)
from evolution.session import opened
from evolution.store import DATABASE, Store, StoreError
from llm_mutator.mutator import MutationRequest, Proposal
from mars.assembler import load
from mars.redcode import Warrior
from tests.evolution.small_runs import rows_of, run_whole, small_config

MELEE = {"fitness": {"kind": "melee", "fights": 5}, "search": {"batch": 1, "iterations": 12}}

ADAPTIVE = {
    "search": {"carry": "archive", "share_crossover": 0.4},
    "mutator": {"genetic": {"adaptive": True}},
}


def stop_after(batches: int) -> object:
    """A `should_stop` that says so after that many questions."""
    left = iter(range(batches))
    return lambda: next(left, None) is None


def run_in_pieces(folder: Path, config: RunConfig, pieces: int) -> int:
    """Opens, does a few batches, closes, until the run is finished; how often."""
    for times in range(1, 1000):
        with opened(folder, config) as run:
            if run.advance(should_stop=stop_after(pieces)):  # type: ignore[arg-type]
                return times
    raise AssertionError("expected an end")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        MELEE,
        ADAPTIVE,
        {"shadow": True},
        {"descriptor": {"single_cell": True}, "search": {"stop_threshold": 0.7}},
        {"history": 1, "descriptor": {"axes": [{"name": "length", "edges": [2.5, 4]}]}},
    ],
)  # fmt: skip
def test_advance__in_pieces_and_with_threads_as_at_once(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    config = small_config(**changes)
    whole = run_whole(tmp_path / "whole", config)
    assert len(whole["champions"]) == 4
    assert run_in_pieces(tmp_path / "pieces", config, 3) > 3
    assert rows_of(tmp_path / "pieces") == whole
    assert run_whole(tmp_path / "threads", config, workers=3) == whole


def test_advance__another_seed_is_another_run(tmp_path: Path) -> None:
    one, other = (run_whole(tmp_path / str(s), small_config(seed=s)) for s in (1, 2))
    assert one["champions"] != other["champions"]


def test_advance__rows_of_a_run(tmp_path: Path) -> None:
    config = small_config()
    rows = run_whole(tmp_path / "run", config)
    with Store(tmp_path / "run" / DATABASE) as store:
        counts, champions, record = read_counts(store), read_champions(store), read_ratchet(store)
        elites = store.query("SELECT count(*) FROM evaluations WHERE purpose = 'champion'")
        events = store.query("SELECT kind FROM events")
    # Rounds start with w_0, the champions so far and 4 fresh ones; each champion once.
    distinct = [len({c.warrior for c in champions[:number]}) for number in (1, 2, 3)]
    assert counts.proposals == sum(distinct) + 3 * (4 + 40)
    assert counts.evaluations + counts.duplicates + counts.rejected == counts.proposals
    assert len(rows["placements"]) == counts.evaluations
    assert set(record) == {(c, a) for c in range(4) for a in range(c)}
    assert elites == [(6,)]
    assert champions[0].measured is None
    assert all(c.measured is not None and c.searched is not None for c in champions[1:])
    assert events == [("started",)]


def test_advance__no_pair_is_fought_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fought: list[object] = []
    plain = jobs.battle

    def counted(warriors: tuple[Warrior, ...], settings: Any, **rest: Any) -> Any:
        fought.append((*(warrior.id for warrior in warriors), rest["seed"], rest["fights"]))
        return plain(warriors, settings, **rest)

    monkeypatch.setattr(jobs, "battle", counted)
    run_whole(tmp_path / "run", small_config(search={"carry": "archive"}))
    assert len(set(fought)) == len(fought) > 200


def test_parse_results__reads_back() -> None:
    results = (Result(1, 2, 3), Result(0, 0, 20))
    assert parse_results(format_results(results)) == results
    assert parse_results(format_results(())) == ()


def test_advance__results_against_each_opponent_are_stored(tmp_path: Path) -> None:
    run_whole(tmp_path / "run", small_config(history=1))
    with Store(tmp_path / "run" / DATABASE) as store:
        rows = store.query("SELECT round, fights, fitness, results FROM evaluations")
    for number, fights, fitness, text in rows:
        results = parse_results(text)
        assert len(results) == min(number, 2)
        assert all(r.wins + r.ties + r.losses == fights for r in results)
        assert fitness == pytest.approx(mean_score(results) / 100)


def test_champion_files__assemble_to_the_champions(tmp_path: Path) -> None:
    config = small_config()
    rows = run_whole(tmp_path / "run", config)
    for number, warrior in rows["champions"]:
        path = champion_path(tmp_path / "run", number)
        assert load(path, config.core).id == warrior
        assert f"Champion of round {number}" in path.read_text()
    assert not list((tmp_path / "run").rglob("*.new"))


def test_advance__writes_a_missing_champion_again(tmp_path: Path) -> None:
    config = small_config()
    run_whole(tmp_path / "run", config)
    path = champion_path(tmp_path / "run", 2)
    text = path.read_text()
    path.unlink()
    run_whole(tmp_path / "run", config)
    assert path.read_text() == text


def test_opened__config_and_provenance(tmp_path: Path) -> None:
    config = small_config()
    with opened(tmp_path / "run", config, command=["redqueen", "evolve"]):
        pass
    assert read_folder_config(tmp_path / "run") == config
    facts = json.loads((tmp_path / "run" / "provenance.json").read_text())
    assert (facts["seed"], facts["command"]) == (7, ["redqueen", "evolve"])
    assert {"python", "platform", "packages"} <= set(facts)


def test_opened__database_gone_is_refused(tmp_path: Path) -> None:
    config = small_config()
    run_whole(tmp_path / "run", config)
    (tmp_path / "run" / DATABASE).unlink()
    with pytest.raises(StoreError, match="got no file"), opened(tmp_path / "run"):
        pass


def test_opened__a_moved_run_goes_on(tmp_path: Path) -> None:
    config = small_config()
    with opened(tmp_path / "a", config) as run:
        assert not run.advance(should_stop=stop_after(5))  # type: ignore[arg-type]
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    with opened(tmp_path / "b") as run:
        assert run.advance()
    assert rows_of(tmp_path / "b") == run_whole(tmp_path / "whole", config)


def test_sparring__met_in_every_round_and_never_an_elite(tmp_path: Path) -> None:
    config = small_config(sparring=["bundled"], rounds=2, search={"carry": "archive"})
    partners = {warrior.id for warrior in sparring_warriors(config)}
    assert len(partners) >= 4
    with opened(tmp_path / "run", config) as run:
        assert run.advance()
    with Store(tmp_path / "run" / DATABASE) as store:
        searched = store.query("SELECT results FROM evaluations WHERE round > 0")
        met = {len(parse_results(str(row[0]))) for row in searched}
        placed = {
            row[0]
            for row in store.query(
                "SELECT warrior FROM placements JOIN proposals USING (round, number)"
            )
        }
        champions = read_champions(store)
    # Round 1: w_0 and the partners; round 2: one champion more.
    assert met == {len(partners) + 1, len(partners) + 2}
    assert not placed & (partners - {champions[0].warrior})


def test_champion_files__assemble_under_88_rules(tmp_path: Path) -> None:
    config = small_config(core={"rules": "88"}, rounds=1)
    run_whole(tmp_path / "run", config)
    with Store(tmp_path / "run" / DATABASE) as store:
        champions = read_champions(store)
    for champion in champions:
        path = champion_path(tmp_path / "run", champion.round)
        assert load(path, config.core).id == champion.warrior


class _Twins:
    """Proposes one warrior over and over, each time written otherwise."""

    concurrency = 1

    def __init__(self) -> None:
        self.written = 0

    def propose(self, request: MutationRequest, seed: SeedSequence) -> Proposal:
        self.written += 1
        return Proposal(f"; number {self.written}\nmov 0, 2\n", "test.twin")


def test_duplicates__their_texts_are_kept(tmp_path: Path) -> None:
    config = small_config(rounds=2, search={"batch": 1, "iterations": 5})
    with opened(tmp_path / "run", config, mutator=_Twins()) as run:
        assert run.advance()
    with Store(tmp_path / "run" / DATABASE) as store:
        texts = store.query("SELECT source FROM warriors WHERE source != ''")
        texts += store.query("SELECT source FROM proposals WHERE source IS NOT NULL")
        origin = descent(store, read_champions(store)[0].warrior)
    numbers = sorted(int(str(text).split()[2]) for (text,) in texts if "number" in str(text))
    assert numbers == list(range(1, 2 * (4 + 5) + 1))
    assert [birth.operator for birth in origin] == ["initial"]
