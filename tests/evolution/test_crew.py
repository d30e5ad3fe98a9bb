"""Who gets which batch, and who is replaced and blamed, over a cluster without Ray."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from evolution.cluster import crew, executor
from evolution.cluster.executor import IN_FLIGHT, RayExecutor
from evolution.executor import ExecutorError, SerialExecutor
from evolution.jobs import Job, Lost
from mars.classics import bundled_by_name
from mars.settings import CoreSettings
from tests.evolution.cluster_twin import Fate, TwinCluster

NANO = CoreSettings.preset("nano")
TIMEOUT = 0.05

Fates = Callable[[int, Sequence[int]], Fate]


def some_jobs(count: int) -> list[Job]:
    """Duels of the same size."""
    imp, *others = bundled_by_name(NANO).values()
    return [Job(key, "duel", (imp, others[key % 3]), key, 3, False) for key in range(count)]


def serial(jobs: list[Job]) -> dict[int, Any]:
    return dict(SerialExecutor().run(jobs, NANO))


def all_work(_: int, __: Sequence[int]) -> Fate:
    return "works"


@pytest.fixture
def events() -> list[str]:
    """What an executor tells."""
    return []


@pytest.fixture
def make(
    monkeypatch: pytest.MonkeyPatch, events: list[str]
) -> Callable[..., tuple[RayExecutor, TwinCluster]]:
    """Makes an executor on a cluster of two cores; each batch has so many jobs."""

    def made(
        fates: Fates, jobs_a_batch: int = 1, **options: Any
    ) -> tuple[RayExecutor, TwinCluster]:
        size = jobs_a_batch * some_jobs(1)[0].instructions(NANO)
        monkeypatch.setattr(executor, "BATCH_INSTRUCTIONS", size)
        monkeypatch.setattr(executor, "LEAST_INSTRUCTIONS", size)
        monkeypatch.setattr(crew, "PAUSE_SECONDS", 0.0)
        cluster = TwinCluster(2, fates)
        monkeypatch.setattr(executor, "Cluster", lambda _: cluster)
        return RayExecutor(None, None, on_event=events.append, **options), cluster

    return made


def test_hand_out__at_most_two_batches_a_worker_and_none_idle(make: Any, events: list[str]) -> None:
    jobs = some_jobs(12)
    ray_executor, cluster = make(all_work)
    with ray_executor:
        assert ray_executor.run(jobs, NANO) == serial(jobs)
        for actor in cluster.actors:
            assert max(map(len, actor.held)) == IN_FLIGHT == 2
        first, second = (actor.held for actor in cluster.actors)
        assert (first[:2], second[:2]) == ([((0,),), ((0,), (2,))], [((1,),), ((1,), (3,))])
        handed = [keys for actor in cluster.actors for *_, keys in actor.held]
        assert sorted(handed) == [(key,) for key in range(12)]  # each once
    assert (sorted(cluster.dismissed), events) == ([1, 2], [])


def test_run__a_worker_that_dies_is_replaced_and_one_batch_blamed(
    make: Any, events: list[str]
) -> None:
    jobs = some_jobs(8)

    def fates(number: int, keys: Sequence[int]) -> Fate:
        return "dies" if number == 1 and 0 in keys else "works"

    ray_executor, cluster = make(fates)
    with ray_executor:
        assert ray_executor.run(jobs, NANO) == serial(jobs)
        assert cluster.dismissed == [1]
        assert len(cluster.actors) == 3
    assert events == [
        "lost worker 101 on host1: another takes its place",
        "job 0: its worker died; tried again alone",
    ]
    assert cluster.actors[0].held == [((0,),), ((0,), (2,))]
    later = [held for actor in cluster.actors[1:] for held in actor.held]
    assert [held for held in later if (0,) in held] == [((0,),)]  # nobody beside it
    assert sum((2,) in held[-1:] for held in later) == 1  # handed out again, without blame


def test_run__only_the_deadly_job_of_a_batch_is_lost(make: Any, events: list[str]) -> None:
    jobs = some_jobs(9)

    def fates(_: int, keys: Sequence[int]) -> Fate:
        return "dies" if 4 in keys else "works"

    with make(fates, jobs_a_batch=3)[0] as ray_executor:
        found = ray_executor.run(jobs, NANO)
    innocent = [job for job in jobs if job.key != 4]
    assert found == serial(innocent) | {4: Lost("its worker died, 2 times")}
    blamed = [line for line in events if "lost worker" not in line]
    assert blamed == [
        "3 jobs from 3 on: its worker died; tried again alone",
        "3 jobs from 3 on: its worker died, 2 times; tried one by one",
        "job 4: its worker died; tried again alone",
        "job 4: its worker died, 2 times; given up",
    ]


def test_run__nobody_is_blamed_when_a_machine_goes(make: Any, events: list[str]) -> None:
    jobs = some_jobs(6)

    def fates(number: int, keys: Sequence[int]) -> Fate:
        return "vanishes" if number < 4 and 1 in keys else "works"

    ray_executor, cluster = make(fates)
    with ray_executor:
        assert ray_executor.run(jobs, NANO) == serial(jobs)
    lost = [line for line in events if line.startswith("lost worker")]
    assert [line for line in events if line not in lost] == [
        f"job 1: {line.split()[4][:-1]} is gone; done elsewhere" for line in lost
    ]
    assert len(lost) >= 2  # so often it would have been lost, were it blamed
    assert len(cluster.actors) == 2 + len(lost)


def test_run__a_job_that_hangs_is_lost(make: Any, events: list[str]) -> None:
    jobs = some_jobs(4)

    def fates(_: int, keys: Sequence[int]) -> Fate:
        return "hangs" if 3 in keys else "works"

    with make(fates, timeout=TIMEOUT)[0] as ray_executor:
        found = ray_executor.run(jobs, NANO)
    assert found == serial(jobs[:3]) | {3: Lost(f"it took longer than {TIMEOUT} s, 2 times")}
    assert events[-1] == f"job 3: it took longer than {TIMEOUT} s, 2 times; given up"


def test_run__an_error_of_a_job_ends_the_busy_workers(make: Any, events: list[str]) -> None:
    jobs = some_jobs(5)
    ray_executor, cluster = make(all_work)
    with ray_executor:
        with pytest.raises(ValueError, match="fights must be 1 to"):
            ray_executor.run([replace(jobs[0], fights=0), *jobs[1:]], NANO)
        assert cluster.dismissed
        assert ray_executor.run(jobs, NANO) == serial(jobs)
        assert len(cluster.actors) == 2 + len(cluster.dismissed)
    assert events == []


def test_ray_executor__a_worker_that_does_not_start_is_replaced(
    make: Any, events: list[str]
) -> None:
    def fates(number: int, _: Sequence[int]) -> Fate:
        return "does not start" if number == 1 else "works"

    ray_executor, cluster = make(fates)
    with ray_executor:
        assert ray_executor.run(some_jobs(3), NANO) == serial(some_jobs(3))
    assert (cluster.dismissed[0], len(cluster.actors)) == (1, 3)
    assert events == ["a worker did not start: out of memory"]


def test_ray_executor__nobody_ever_starts(make: Any) -> None:
    with pytest.raises(ExecutorError, match=r"expected workers in .* of a test: got none for 0.05"):
        make(lambda *_: "does not start", patience=0.05)
