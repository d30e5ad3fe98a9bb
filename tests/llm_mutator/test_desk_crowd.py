"""Calls of many threads at once: caps that hold, a server that is down for all."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest

from llm_mutator.budget import Limits
from llm_mutator.calls import Reply
from llm_mutator.desk import Desk
from llm_mutator.gate import Clock
from llm_mutator.memory import MemoryLedger
from llm_mutator.mutator import BudgetSpent, MutatorUnavailable
from tests.llm_mutator.chat_stub import (
    Answer,
    Stub,
    chat_server,
    completion,
    failure,
)
from tests.llm_mutator.desk_lab import (
    ACTUAL,
    KEY,
    PROMPT,
    WAIT,
    FastClock,
    Script,
    call,
    config,
    desk_of,
)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that must show up nowhere."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


class Crowd:
    """Sixteen threads that ask."""

    def __init__(self, desk: Desk, stub: Stub, **changes: Any) -> None:
        self._line = desk.line(config(stub, **{"concurrency": 16} | changes))

    def ask(self, calls: int, threads: int = 16) -> list[Future[Reply]]:
        with ThreadPoolExecutor(threads) as pool:
            asked = [pool.submit(self._line.ask, call(number)) for number in range(calls)]
            wait(asked, WAIT)
        return asked


def errors_of(asked: list[Future[Reply]]) -> list[type[BaseException]]:
    return [type(error) for future in asked if (error := future.exception()) is not None]


def watched(desk: Desk, seen: list[tuple[int, float]]) -> Callable[[dict[str, Any]], Answer]:
    """A server that notes what was committed when it was asked."""

    def answer(_: dict[str, Any]) -> Answer:
        committed = desk.budget.committed
        seen.append((committed.tokens, committed.cost))
        return completion("x")

    return answer


def test_ask__sixteen_at_once_keep_the_cap_on_tokens(ledger: MemoryLedger) -> None:
    cap = 5 * (PROMPT + 100)
    desk = desk_of(ledger, limits=Limits(max_tokens=cap), clock=FastClock())
    seen: list[tuple[int, float]] = []
    with chat_server(watched(desk, seen)) as stub:
        asked = Crowd(desk, stub).ask(200)
    assert max(tokens for tokens, _ in seen) <= cap
    assert stub.most_at_once <= 5
    # As many calls as fit, each at its bound before and at what it was after; no more.
    made = -(-(cap - (PROMPT + 100) + 1) // ACTUAL)
    assert len(stub.requests) == len(ledger.replies) == made
    assert errors_of(asked) == [BudgetSpent] * (200 - made)
    assert ledger.spent() == desk.budget.committed
    assert ledger.spent().tokens == made * ACTUAL <= cap


def test_ask__sixteen_at_once_keep_the_cap_on_dollars(ledger: MemoryLedger) -> None:
    bound = (PROMPT * 1.0 + 100 * 2.0) / 1e6
    desk = desk_of(ledger, limits=Limits(max_cost=4.5 * bound), clock=FastClock())
    seen: list[tuple[int, float]] = []
    with chat_server(watched(desk, seen)) as stub:
        asked = Crowd(desk, stub).ask(100)
        assert max(cost for _, cost in seen) <= 4.5 * bound
        assert stub.most_at_once <= 4
        assert set(errors_of(asked)) == {BudgetSpent}
        made = len(ledger.replies)
        assert 0 < made == len(stub.requests) < 100
        assert 3.5 * bound < ledger.spent().cost <= 4.5 * bound
        # With the cap raised it goes on where it was, and asks nothing twice.
        more = desk_of(ledger, limits=Limits(max_cost=1.0))
        assert errors_of(Crowd(more, stub).ask(100)) == []
    assert len(stub.requests) == len(ledger.replies) == 100


def test_ask__faults_in_flight_count_against_the_cap(ledger: MemoryLedger) -> None:
    bound = PROMPT + 100
    desk = desk_of(ledger, limits=Limits(max_tokens=3 * bound), clock=FastClock())
    with chat_server(lambda _: Answer(b"{}")) as stub:
        asked = Crowd(desk, stub, retries=0, max_failures=1000).ask(32)
    assert len(stub.requests) == 3
    assert errors_of(asked) == [BudgetSpent] * 29
    assert ledger.spent().tokens == 3 * bound


def test_ask__one_call_at_a_time_sees_whether_a_dead_server_is_back(
    ledger: MemoryLedger,
) -> None:
    together = threading.Barrier(8)
    lock = threading.Lock()
    arrived = 0
    probes: list[int] = []
    inside = 0

    def answer(_: dict[str, Any]) -> Answer:
        nonlocal arrived, inside
        with lock:
            arrived += 1
            number = arrived
        if number <= 8:
            # All are under way when the server fails.
            together.wait(WAIT)
        elif number <= 14:
            with lock:
                inside += 1
                probes.append(inside)
            time.sleep(0.02)
            with lock:
                inside -= 1
        return failure(503, "busy") if number < 14 else completion("x")

    desk = desk_of(ledger, clock=FastClock())
    with chat_server(answer) as stub:
        asked = Crowd(desk, stub, patience=30_000.0).ask(8, 8)
    assert [future.result().text for future in asked] == ["x"] * 8
    assert probes == [1] * 6
    assert len(ledger.faults) == 13


def test_ask__all_who_wait_stop_when_the_desk_is_closed(ledger: MemoryLedger) -> None:
    together = threading.Barrier(8)
    turn = Script(failure(401, "bad key"), failure(503, "busy", retry_after="800"))

    def answer(request: dict[str, Any]) -> Answer:
        together.wait(WAIT)
        return turn(request)

    desk = desk_of(ledger, clock=Clock())
    with chat_server(answer) as stub:
        begin = time.monotonic()
        asked = Crowd(desk, stub).ask(8, 8)
    assert errors_of(asked) == [MutatorUnavailable] * 8
    assert all("expected a valid key" in str(future.exception()) for future in asked)
    assert time.monotonic() - begin < WAIT
    assert len(stub.requests) == 8


def test_ask__a_server_that_stays_down_ends_the_run(ledger: MemoryLedger) -> None:
    desk = desk_of(ledger, clock=FastClock())
    with chat_server(lambda _: failure(503, "busy")) as stub:
        asked = Crowd(desk, stub, patience=300.0, max_failures=3).ask(24, 8)
    faults = [future for future in asked if future.exception() is None]
    assert len(faults) == 2
    assert all("HTTP 503 (busy) (for 300 seconds)" in future.result().fault for future in faults)
    assert errors_of(asked) == [MutatorUnavailable] * 22
    assert "3 calls in a row failed for good" in str(asked[-1].exception())


def test_ask__an_outage_of_seconds_loses_nothing(ledger: MemoryLedger) -> None:
    faults = [failure(503, "busy"), Answer(b"{}"), failure(429, "slow", retry_after="2")]
    with chat_server(Script(*faults * 4, completion("x"))) as stub:
        desk = desk_of(ledger, clock=FastClock())
        asked = Crowd(desk, stub, patience=30_000.0, retries=10).ask(40)
    assert [future.result().text for future in asked] == ["x"] * 40
    assert len(ledger.replies) == 40
    assert ledger.spent() == desk.budget.committed
    assert ledger.spent().tokens == 40 * ACTUAL + 4 * (PROMPT + 100)
