"""Batches on their way to workers that may die: who gets what, who is blamed, what is lost."""

from evolution.cluster.queue import Parcel, Queue
from evolution.jobs import Batch, DuelOutcome, Job, Lost, Outcome
from mars.assembler import assemble
from mars.settings import CoreSettings

NANO = CoreSettings.preset("nano")
IMP = assemble("mov 0, 1", NANO)
TIED = DuelOutcome(0, 1, 0, None, None)


def batch(*keys: int) -> Batch:
    """Jobs of these keys."""
    return Batch("x", NANO, tuple(Job(key, "duel", (IMP, IMP), 0, 1, False) for key in keys))


def taken(queue: Queue, *, idle: bool = True) -> Parcel:
    parcel = queue.take(idle=idle)
    assert parcel is not None
    return parcel


def outcomes(parcel: Parcel) -> dict[int, Outcome]:
    return {job.key: TIED for job in parcel.batch.jobs}


def test_take__in_order_until_none_is_left() -> None:
    queue = Queue([batch(1, 2), batch(3)])
    first, second = taken(queue, idle=False), taken(queue)
    assert (first.batch, second.batch) == (batch(1, 2), batch(3))
    assert queue.take(idle=True) is None
    queue.done(outcomes(second))
    assert not queue.finished
    queue.done(outcomes(first))
    assert queue.finished
    assert queue.outcomes == dict.fromkeys((1, 2, 3), TIED)


def test_queue__without_batches_is_finished() -> None:
    assert Queue([]).finished


def test_put_back__comes_first_and_stays_innocent() -> None:
    queue = Queue([batch(1), batch(2)])
    parcel = taken(queue)
    queue.put_back(parcel)
    assert taken(queue) == parcel
    assert not parcel.alone


def test_blame__once_is_tried_again_alone() -> None:
    queue = Queue([batch(1, 2), batch(3)])
    assert queue.blame(taken(queue), "it died") == "2 jobs from 1 on: it died; tried again alone"
    assert taken(queue, idle=False).batch == batch(3)
    assert queue.take(idle=False) is None
    again = taken(queue)
    assert (again.batch, again.kills, again.alone) == (batch(1, 2), 1, True)
    queue.put_back(again)  # its machine went: it must still be alone
    assert queue.take(idle=False) is None
    assert taken(queue) == again


def test_blame__only_the_guilty_job_is_lost() -> None:
    queue = Queue([batch(1, 2, 3)])
    queue.blame(taken(queue), "it died")
    line = queue.blame(taken(queue), "it died")
    assert line == "3 jobs from 1 on: it died, 2 times; tried one by one"
    for _ in range(3):
        part = taken(queue)
        assert (len(part.batch.jobs), part.kills, part.alone) == (1, 0, True)
        if part.batch.jobs[0].key == 2:
            assert queue.blame(part, "it died") == "job 2: it died; tried again alone"
        else:
            queue.done(outcomes(part))
    assert not queue.finished
    assert queue.blame(taken(queue), "it died") == "job 2: it died, 2 times; given up"
    assert queue.finished
    assert queue.outcomes == {1: TIED, 2: Lost("it died, 2 times"), 3: TIED}
