"""Many proposals at once."""

import threading
from collections.abc import Callable

import numpy as np
import pytest

from evolution.proposing import Proposing, Wish
from llm_mutator.mutator import MutationRequest, MutatorUnavailable, Proposal, Stopped
from mars.settings import CoreSettings


class Waiting:
    """A mutator that does what a test says, by the proposal's number."""

    def __init__(self, concurrency: int, act: Callable[[int], None]) -> None:
        self.concurrency = concurrency
        self.begun: list[int] = []
        self._act = act

    def propose(self, request: MutationRequest, seed: np.random.SeedSequence) -> Proposal:
        self.begun.append(request.number)
        self._act(request.number)
        return Proposal(f"{request.number} {seed.entropy}", "test")


def wishes(count: int) -> list[Wish]:
    return [
        (MutationRequest("new", (), CoreSettings(), number=n), np.random.SeedSequence(n))
        for n in range(count)
    ]


def collect(mutator: Waiting, count: int) -> dict[int, Proposal]:
    with Proposing(mutator, wishes(count)) as proposing:
        return {n: made for portion in proposing.arrivals() for n, made in portion}


def test_proposing__one_at_a_time_in_the_calling_thread() -> None:
    threads = set()
    mutator = Waiting(1, lambda _: threads.add(threading.get_ident()))
    made = collect(mutator, 5)
    assert mutator.begun == [0, 1, 2, 3, 4]
    assert threads == {threading.get_ident()}
    assert [made[n].source for n in range(5)] == [f"{n} {n}" for n in range(5)]


def test_proposing__as_many_as_allowed_wait_together() -> None:
    together = threading.Barrier(4, timeout=30)
    made = collect(Waiting(4, lambda _: together.wait() and None), 12)
    assert {n: proposal.source for n, proposal in made.items()} == {
        n: f"{n} {n}" for n in range(12)
    }


def test_proposing__hands_over_what_has_arrived() -> None:
    """The first is seen while the second still waits."""
    seen = threading.Event()

    def act(number: int) -> None:
        if number == 1:
            assert seen.wait(30)

    arrived = []
    with Proposing(Waiting(2, act), wishes(2)) as proposing:
        for portion in proposing.arrivals():
            arrived.append([n for n, _ in portion])
            seen.set()
    assert arrived == [[0], [1]]


def test_proposing__an_error_waits_for_those_under_way_and_begins_no_more() -> None:
    under_way, failed = threading.Event(), threading.Event()
    ended = []

    def act(number: int) -> None:
        if number == 1:
            assert under_way.wait(30)
            failed.set()
            raise MutatorUnavailable("wrong key")
        under_way.set()
        assert failed.wait(30)
        ended.append(number)

    mutator = Waiting(2, act)
    with pytest.raises(MutatorUnavailable, match="wrong key"):
        collect(mutator, 50)
    assert ended[0] == 0
    # The other thread may have begun one more before the error was there.
    assert len(mutator.begun) <= 3
    assert sorted(ended) == sorted(set(mutator.begun) - {1})


def test_proposing__what_stopped_the_others_is_told() -> None:
    both = threading.Barrier(2, timeout=30)

    def act(number: int) -> None:
        both.wait()
        raise Stopped("stopped") if number == 0 else MutatorUnavailable("no server")

    with pytest.raises(MutatorUnavailable, match="no server"):
        collect(Waiting(2, act), 2)


def test_proposing__nothing_wanted() -> None:
    assert collect(Waiting(8, lambda _: None), 0) == {}
