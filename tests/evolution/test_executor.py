"""Jobs, batches and executors: the same outcomes whoever works them, in whatever portions."""

import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings

from evolution.engine import engine_version
from evolution.executor import Executor, LocalExecutor, SerialExecutor
from evolution.jobs import Batch, Job, WrongEngine, batches_of, work
from evolution.packing import pack, unpack
from mars.assembler import assemble
from mars.classics import bundled_by_name
from mars.redcode import Warrior
from mars.settings import CoreSettings
from tests import strategies

TINY = CoreSettings.preset("tiny")
PLAIN = (str, int, float, bool, bytes, type(None))


def some_jobs() -> list[Job]:
    """Duels and melees of bundled warriors, with and without counts."""
    imp, *others = bundled_by_name(TINY).values()
    duels = [
        Job(3 * n, "duel", (imp, other), n, 4, n % 2 == 0) for n, other in enumerate(others[:6])
    ]
    melees = [Job(3 * n + 1, "melee", (imp, *others[n : n + 3]), n, 3, n == 0) for n in range(3)]
    return duels + melees


@pytest.mark.parametrize("executor", [SerialExecutor(), LocalExecutor(1), LocalExecutor(3)])
def test_run__who_works_changes_nothing(executor: Executor) -> None:
    jobs = some_jobs()
    alone = {}
    for job in jobs:
        alone |= work(Batch(engine_version(), TINY, (job,)))
    assert executor.run(jobs, TINY) == alone
    assert executor.run(jobs[::-1], TINY) == alone
    assert executor.run([], TINY) == {}


def test_work__threads_change_nothing() -> None:
    batch = Batch(engine_version(), TINY, tuple(some_jobs()))
    assert work(batch, threads=1) == work(batch, threads=3)


def test_work__another_engine() -> None:
    batch = replace(Batch(engine_version(), TINY, tuple(some_jobs())), engine="0" * 16)
    with pytest.raises(WrongEngine, match=f"expected engine {'0' * 16}: got {engine_version()}"):
        work(batch)


def test_run__error_of_a_job_is_raised() -> None:
    imp = assemble("mov 0, 1", TINY)
    long = Warrior(imp.instructions * 100)
    jobs = [Job(0, "duel", (imp, long), 0, 1, False), Job(1, "duel", (imp, imp), 0, 1, False)]
    for executor in (SerialExecutor(), LocalExecutor(2)):
        with pytest.raises(ValueError, match="at most 20"):
            executor.run(jobs, TINY)


@pytest.mark.parametrize("most", [1, 100_000, 10**12])
def test_batches_of__all_jobs_in_order(most: int) -> None:
    jobs = some_jobs()
    batches = batches_of(jobs, TINY, most)
    assert [job for batch in batches for job in batch.jobs] == jobs
    for batch in batches:
        total = sum(job.instructions(TINY) for job in batch.jobs)
        assert total <= most or len(batch.jobs) == 1
    assert batches_of([], TINY, most) == []


def test_batches_of__alone() -> None:
    (batch,) = batches_of(some_jobs(), TINY, 10**12)
    assert [part.jobs for part in batch.alone()] == [(job,) for job in batch.jobs]


def plain(value: object) -> bool:
    """Whether a value is made of built-in ones alone."""
    if type(value) in (list, tuple):
        return all(map(plain, value))  # type: ignore[call-overload]
    if type(value) is dict:
        return all(plain(k) and plain(v) for k, v in value.items())
    return type(value) in PLAIN


def test_pack__plain_and_each_warrior_once() -> None:
    packed = pack(Batch(engine_version(), TINY, tuple(some_jobs())))
    assert plain(packed)
    codes = packed[2]
    assert len(codes) == len(set(codes)) == 7


def test_unpack__same_outcomes() -> None:
    batch = Batch(engine_version(), TINY, tuple(some_jobs()))
    assert work(unpack(pack(batch))) == work(batch)


@settings(max_examples=60)
@given(strategies.warriors(CoreSettings.preset("94")))
def test_unpack__reads_back(warrior: Warrior) -> None:
    core = CoreSettings.preset("94")
    job = Job(7, "duel", (warrior, warrior), 3, 2, True)
    found = unpack(pack(Batch("x", core, (job,))))
    assert (found.engine, found.settings) == ("x", core)
    back = found.jobs[0].warriors[0]
    assert replace(found.jobs[0], warriors=job.warriors) == job
    assert back.pin == warrior.pin
    assert back.start == warrior.start % core.core_size
    for line, given_line in zip(back.instructions, warrior.instructions, strict=True):
        numbers = given_line.a_number % core.core_size, given_line.b_number % core.core_size
        assert (line.a_number, line.b_number) == numbers
        assert replace(line, a_number=0, b_number=0) == replace(given_line, a_number=0, b_number=0)


def test_local_executor__threads_end_with_it() -> None:
    before = threading.active_count()
    with LocalExecutor(3) as executor:
        executor.run(some_jobs(), TINY)
        assert threading.active_count() > before
        pool = executor._pool
    pool.shutdown(wait=True)
    assert threading.active_count() == before
