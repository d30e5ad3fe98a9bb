"""What a desk does when a server is down, busy, or talks nonsense."""

import threading
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import pytest

from llm_mutator.calls import Reply
from llm_mutator.gate import LONGEST_PAUSE
from llm_mutator.llm_config import LLMConfig
from llm_mutator.memory import MemoryLedger
from llm_mutator.mutator import MutatorUnavailable
from tests.llm_mutator.chat_stub import (
    Answer,
    Stub,
    chat_server,
    completion,
    failure,
    free_port,
)
from tests.llm_mutator.desk_lab import (
    ACTUAL,
    KEY,
    PROMPT,
    LeapingClock,
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


@pytest.mark.parametrize(
    "fault",
    [failure(429, "slow"), failure(500, "oops"), failure(503, "busy"), failure(529, "full")],
)
def test_ask__a_busy_server_is_asked_again(fault: Answer, ledger: MemoryLedger) -> None:
    desk = desk_of(ledger)
    with chat_server(Script(fault, fault, completion("x"))) as stub:
        assert desk.line(config(stub)).ask(call()).text == "x"
    assert len(stub.requests) == 3
    assert [(found.tokens, found.cost) for _, found in ledger.faults] == [(0, 0.0)] * 2
    assert all(f"HTTP {fault.status}" in found.reason for _, found in ledger.faults)
    assert desk.budget.spent.tokens == ACTUAL


@pytest.mark.parametrize(("asked", "waited"), [("7", 7.0), ("100", 100.0), ("-5", 0.0)])
def test_ask__waits_as_long_as_the_server_asks(
    asked: str, waited: float, ledger: MemoryLedger
) -> None:
    desk = desk_of(ledger)
    with chat_server(Script(failure(429, "slow", retry_after=asked), completion("x"))) as stub:
        assert desk.line(config(stub)).ask(call()).text == "x"
    # The jitter of a first fault is below a second.
    assert waited <= desk.clock.now() < max(waited, 1.0) + 0.01


def test_ask__does_not_wait_longer_than_its_patience(ledger: MemoryLedger) -> None:
    desk = desk_of(ledger)
    with chat_server(lambda _: failure(429, "slow", retry_after="99999")) as stub:
        reply = desk.line(config(stub, patience=50.0)).ask(call())
    assert len(stub.requests) == 1
    assert desk.clock.now() == pytest.approx(50.0)
    assert "HTTP 429 (slow) (for 50 seconds)" in reply.fault


def test_ask__pauses_grow_and_are_bounded(ledger: MemoryLedger) -> None:
    desk = desk_of(ledger)
    times: list[float] = []

    def answer(_: dict[str, Any]) -> Answer:
        times.append(desk.clock.now())
        return failure(503, "busy")

    with chat_server(answer) as stub:
        reply = desk.line(config(stub, patience=3600.0)).ask(call())
    pauses = [after - before for before, after in pairwise(times)]
    assert all(
        pause <= min(2.0**number, LONGEST_PAUSE) + 0.01 for number, pause in enumerate(pauses)
    )
    # Jitter is anything from 0 to the bound: in an hour's pauses both halves occur.
    late = pauses[8:]
    assert min(late) < LONGEST_PAUSE / 2 < max(late)
    assert reply.fault.endswith("HTTP 503 (busy) (for 3600 seconds)")


def test_ask__a_server_that_dies_for_ten_minutes(ledger: MemoryLedger) -> None:
    port = free_port()
    stubs: list[Stub] = []
    with ExitStack() as later:

        class Opening(LeapingClock):
            def wait(self, stop: threading.Event, seconds: float) -> None:
                super().wait(stop, seconds)
                if self.time >= 600 and not stubs:
                    answers = Script(completion("back"))
                    stubs.append(later.enter_context(chat_server(answers, port)))

        desk = desk_of(ledger, clock=Opening())
        line = desk.line(LLMConfig("m", f"http://127.0.0.1:{port}/v1", max_tokens=100))
        assert line.ask(call()).text == "back"
    assert 600 <= desk.clock.now() <= 600 + LONGEST_PAUSE
    assert len(ledger.faults) >= 10
    assert all(found.tokens == 0 and "refused" in found.reason for _, found in ledger.faults)
    assert desk.budget.spent.tokens == ACTUAL


@pytest.mark.parametrize(
    "fault",
    [
        Answer(completion("x").body[:40]),
        Answer(b"<html>hello</html>", content_type="text/html"),
        Answer(b'{"choices": "\xff"}'),
        Answer(b" " * 1_000_000, repeat=50),
        Answer(completion("x").body, cut=40),
        Answer(completion("x").body, cut=40, then="reset"),
        completion("x", choices=[]),
        completion("x", usage={"prompt_tokens": -1, "completion_tokens": 1}),
    ],
    ids=["half", "html", "utf-8", "50 MB", "cut", "reset", "no choice", "usage"],
)
def test_ask__a_broken_reply_is_asked_for_again_and_counted(
    fault: Answer, ledger: MemoryLedger
) -> None:
    desk = desk_of(ledger)
    with chat_server(Script(fault, completion("x"))) as stub:
        assert desk.line(config(stub)).ask(call()).text == "x"
    assert 0 < desk.clock.now() < 1.01
    assert [found.tokens for _, found in ledger.faults] == [PROMPT + 100]
    assert ledger.faults[0][1].cost == pytest.approx((PROMPT + 200) / 1e6)
    assert desk.budget.spent == ledger.spent()
    assert ledger.spent().tokens == PROMPT + 100 + ACTUAL


@pytest.mark.parametrize("then", ["stall", "trickle"])
def test_ask__a_server_too_slow_to_begin_may_have_billed(then: Any, ledger: MemoryLedger) -> None:
    slow = Answer(b"", silent=True, then=then)
    desk = desk_of(ledger)
    with chat_server(Script(slow, completion("x"))) as stub:
        assert desk.line(config(stub, timeout=0.5)).ask(call()).text == "x"
    assert [found.tokens for _, found in ledger.faults] == [PROMPT + 100]


def test_ask__broken_replies_come_to_an_end(ledger: MemoryLedger) -> None:
    with chat_server(lambda _: Answer(b"{}")) as stub:
        reply = desk_of(ledger).line(config(stub, retries=2)).ask(call())
    assert len(stub.requests) == 3
    assert "expected a chat completion with a choice: got None" in reply.fault
    assert (reply.text, reply.model, reply.cost, reply.completion_tokens) == ("", "m", 0.0, 0)
    assert ledger.replies == ()


def test_ask__a_refused_question_is_not_repeated(ledger: MemoryLedger) -> None:
    with chat_server(Script(failure(400, "too long"), completion("x"))) as stub:
        line = desk_of(ledger).line(config(stub))
        assert "got HTTP 400 (too long)" in line.ask(call(0)).fault
        assert line.ask(call(1)).text == "x"
    assert len(stub.requests) == 2
    assert ledger.spent().tokens == ACTUAL


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (failure(401, "bad key"), "expected a valid key in OPENAI_API_KEY: got one it refuses"),
        (failure(402, "pay"), "got HTTP 402"),
        (failure(404, "no m"), "expected a model the server knows: got 'm'"),
        (failure(429, "no money", "insufficient_quota"), "got HTTP 429"),
    ],
)
def test_ask__what_no_call_survives_closes_the_desk(
    fault: Answer, message: str, ledger: MemoryLedger
) -> None:
    ledger.keep(call(7), Reply("old", "m"))
    with chat_server(Script(fault, completion("x"))) as stub:
        line = desk_of(ledger).line(config(stub))
        for _ in range(2):
            with pytest.raises(MutatorUnavailable, match=message):
                line.ask(call())
        assert line.ask(call(7)).text == "old"
    assert len(stub.requests) == 1
    assert len(ledger.faults) == 1


def test_ask__failures_in_a_row_close_the_desk(ledger: MemoryLedger) -> None:
    bad, good = failure(400, "no"), completion("x")
    with chat_server(Script(bad, bad, good, bad, bad, bad, good)) as stub:
        line = desk_of(ledger).line(config(stub, max_failures=3))
        faults = [bool(line.ask(call(number)).fault) for number in range(5)]
        assert faults == [True, True, False, True, True]
        with pytest.raises(MutatorUnavailable) as caught:
            line.ask(call(5))
        with pytest.raises(MutatorUnavailable):
            line.ask(call(6))
    assert len(stub.requests) == 6
    assert str(caught.value) == (
        f"3 calls in a row failed for good, the last: {stub.url}: expected a reply of 'm': "
        "got HTTP 400 (no)"
    )
