"""Jobs that nobody can work: a proposal is rejected and the round goes on, or it stops."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from evolution.archive import Elite
from evolution.executor import ExecutorError, SerialExecutor
from evolution.jobs import Job, Lost, Outcome
from evolution.ratchet import choose_champion, ratchet_record
from evolution.search import Search
from evolution.session import opened
from mars.redcode import Warrior, parse_instruction
from mars.settings import CoreSettings
from tests.evolution.small_runs import rows_of, small_config
from tests.evolution.test_search import IMP, Scripted, dat

SITTER = Warrior((parse_instruction("JMP.B $0, $0"),))
DEADLY = Warrior((parse_instruction("SPL.B $0, #13"), parse_instruction("MOV.I $0, $1")))


class Losing(SerialExecutor):
    """Loses every job in which a certain warrior fights, as when it kills every worker."""

    def __init__(self, deadly: Warrior) -> None:
        self._deadly = deadly.id

    def run(self, jobs: Sequence[Job], settings: CoreSettings) -> dict[int, Outcome | Lost]:
        """Works the others."""
        lost = [job for job in jobs if any(w.id == self._deadly for w in job.warriors)]
        outcomes = super().run([job for job in jobs if job not in lost], settings)
        return outcomes | {job.key: Lost("two workers killed") for job in lost}


@pytest.mark.parametrize("kind", ["melee", "pairwise"])
def test_run_batch__lost_proposal_is_rejected_and_the_round_goes_on(kind: str) -> None:
    config = small_config(
        search={"iterations": 3, "batch": 3, "fresh": 1}, fitness={"kind": kind, "fights": 2}
    )
    mutator = Scripted([dat(1), dat(12), dat(13), dat(14)])
    search = Search(config, 1, (IMP,), [IMP], mutator=mutator)
    entries = []
    while not search.finished:
        entries += search.run_batch(Losing(DEADLY))
    assert [entry.status for entry in entries] == [*["evaluated"] * 3, "rejected", "evaluated"]
    assert entries[3].error == "expected its fights to end: got two workers killed"
    assert entries[3].warrior is None
    assert entries[3].source == dat(13)
    assert all(elite.warrior != DEADLY for elite in search.archive.elites())


def test_run_batch__lost_warrior_that_must_enter_stops() -> None:
    search = Search(small_config(), 1, (IMP,), [IMP], mutator=Scripted([dat(1)]))
    with pytest.raises(ExecutorError, match="enters the round: two workers killed"):
        search.run_batch(Losing(IMP))


def test_choose_champion__lost_candidate_stops() -> None:
    best = [Elite(SITTER, 9.0, 0), Elite(DEADLY, 1.0, 1)]
    with pytest.raises(ExecutorError, match=f"cannot measure {DEADLY.id[:12]}"):
        choose_champion(best, 2, (IMP,), small_config(), Losing(DEADLY))


def test_ratchet_record__lost_battle_stops() -> None:
    with pytest.raises(ExecutorError, match=f"{DEADLY.id[:12]}: two workers killed"):
        ratchet_record(SITTER, [IMP, DEADLY], small_config(), Losing(DEADLY))


class Telling(SerialExecutor):
    """Tells once that a worker was lost."""

    def __init__(self, on_event: Callable[[str], None]) -> None:
        self._on_event = on_event
        self._told = False

    def run(self, jobs: Sequence[Job], settings: CoreSettings) -> dict[int, Outcome | Lost]:
        """Tells, then works."""
        if not self._told:
            self._told = True
            self._on_event("worker 3 was lost")
        return super().run(jobs, settings)


def test_opened__events_of_the_executor_are_stored(tmp_path: Path) -> None:
    config = small_config(rounds=1)
    with opened(tmp_path / "run", config, executor=Telling) as run:
        run.advance()
        events = run.store.query("SELECT kind, detail FROM events")
    with opened(tmp_path / "plain", config) as run:
        run.advance()
    assert ("executor", "worker 3 was lost") in events
    assert rows_of(tmp_path / "run") == rows_of(tmp_path / "plain")
