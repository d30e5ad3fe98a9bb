"""Calls that cost money, against a local server: what is kept, counted, stopped, replayed."""

import logging
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from llm_mutator.budget import Limits
from llm_mutator.calls import Call, Reply, subject_of
from llm_mutator.desk import Desk
from llm_mutator.gate import Clock
from llm_mutator.llm_config import LLMConfig
from llm_mutator.memory import MemoryLedger
from llm_mutator.mutator import BudgetSpent, MutatorUnavailable, Stopped
from llm_mutator.recording import Recording, format_recording
from tests.llm_mutator.chat_stub import (
    Answer,
    chat_server,
    completion,
    failure,
)
from tests.llm_mutator.desk_lab import (
    ACTUAL,
    KEY,
    PROMPT,
    SUBJECT,
    WAIT,
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


def test_ask__a_reply_is_priced_and_kept(ledger: MemoryLedger) -> None:
    desk = desk_of(ledger)
    cached = {"prompt_tokens": 11, "completion_tokens": 7} | {
        "prompt_tokens_details": {"cached_tokens": 4}
    }
    with chat_server(lambda _: completion("x", usage=cached)) as stub:
        reply = desk.line(config(stub)).ask(call())
    assert reply.text == "x"
    assert reply.cost == pytest.approx((7 * 1.0 + 4 * 0.5 + 7 * 2.0) / 1e6)
    assert ledger.replies == ((call().key, SUBJECT, reply),)
    assert ledger.spent() == desk.budget.spent == desk.budget.committed
    assert ledger.spent().tokens == ACTUAL


def test_ask__a_known_reply_is_not_asked_for_again(ledger: MemoryLedger) -> None:
    ledger.keep(call(), Reply("old", "m", cost=0.5))
    with chat_server(lambda _: completion("new")) as stub:
        line = desk_of(ledger, limits=Limits(max_cost=0.1)).line(config(stub))
        assert line.ask(call()).text == "old"
        with pytest.raises(MutatorUnavailable, match="to answer the same question"):
            line.ask(replace(call(), subject=subject_of("", "new", ())))
        with pytest.raises(BudgetSpent, match=r"got \$0\.5000 of \$0\.1000 spent"):
            line.ask(call(1))
    assert stub.requests == []


def test_line__needs_a_key_and_a_price(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of(ledger, prices=())
    with pytest.raises(MutatorUnavailable, match="expected a price for model 'm' at https://x/v1"):
        desk.line(LLMConfig("m", "https://x/v1"))
    desk.line(LLMConfig("m", "http://127.0.0.1:1/v1"))
    with pytest.raises(MutatorUnavailable, match="expected a price for model 'm' at http://127"):
        desk_of(ledger, prices=(), limits=Limits(max_cost=1)).line(
            LLMConfig("m", "http://127.0.0.1:1/v1")
        )
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(MutatorUnavailable, match="expected a key in the environment variable"):
        Desk(ledger).line(LLMConfig())


def test_ask__without_a_price_tokens_are_counted_and_no_money(ledger: MemoryLedger) -> None:
    desk = desk_of(ledger, prices=(), allow_unpriced=True, limits=Limits(max_cost=0.0))
    with chat_server(lambda _: completion("x")) as stub:
        assert desk.line(config(stub)).ask(call()).cost is None
    assert (ledger.spent().tokens, ledger.spent().cost) == (ACTUAL, 0.0)


def test_ask__a_stop_ends_a_pause_at_once(ledger: MemoryLedger) -> None:
    stop = threading.Event()

    def answer(_: dict[str, Any]) -> Answer:
        stop.set()
        return failure(503, "busy", retry_after="800")

    desk = desk_of(ledger, stop=stop, clock=Clock())
    with chat_server(answer) as stub:
        line = desk.line(config(stub))
        begin = time.monotonic()
        with pytest.raises(Stopped):
            line.ask(call(0))
        with pytest.raises(Stopped):
            line.ask(call(1))
    assert time.monotonic() - begin < WAIT
    assert len(stub.requests) == 1


def test_ask__a_stop_lets_a_call_in_flight_end(ledger: MemoryLedger) -> None:
    stop = threading.Event()

    def answer(_: dict[str, Any]) -> Answer:
        stop.set()
        return completion("paid")

    with chat_server(answer) as stub:
        assert desk_of(ledger, stop=stop).line(config(stub)).ask(call()).text == "paid"


def test_ask__the_reply_is_kept_before_anybody_sees_it() -> None:
    class Full(MemoryLedger):
        def keep(self, call: Call, reply: Reply) -> None:
            raise OSError(28, "No space left on device")

    desk = desk_of(Full())
    with chat_server(lambda _: completion("x")) as stub, pytest.raises(OSError, match="No space"):
        desk.line(config(stub)).ask(call())
    assert desk.budget.committed == desk.budget.spent
    assert desk.budget.spent.tokens == ACTUAL


def test_ask__an_interrupted_call_may_have_been_billed(ledger: MemoryLedger) -> None:
    main = threading.main_thread().ident
    assert main == threading.get_ident()

    def answer(_: dict[str, Any]) -> Answer:
        if len(stub.requests) != 2:
            return failure(503, "busy") if len(stub.requests) == 1 else completion("x")
        signal.pthread_kill(main, signal.SIGINT)
        return Answer(b"", silent=True, then="stall")

    desk = desk_of(ledger)
    with chat_server(answer) as stub:
        line = desk.line(config(stub, timeout=WAIT))
        with pytest.raises(KeyboardInterrupt):
            line.ask(call())
        # It was the one that saw whether the server is back; now another may.
        assert line.ask(call()).text == "x"
    assert [found.tokens for _, found in ledger.faults] == [0, PROMPT + 100]
    assert ledger.faults[1][1].reason == "interrupted"
    assert desk.budget.committed == ledger.spent()


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "httpx", "httpx2", "httpcore", "httpcore2"):
        caplog.set_level(logging.DEBUG, name)
    yield caplog


def test_ask__keys_are_nowhere(
    ledger: MemoryLedger, everything_logged: pytest.LogCaptureFixture
) -> None:
    said = [
        failure(503, f"your key {KEY}"),
        failure(429, f"{KEY[:14]}"),
        Answer(f'{{"{KEY}": 1}}'.encode()),
        failure(400, f"Authorization: Bearer {KEY}"),
        completion(f"{KEY}", model=KEY),
        failure(401, f"Incorrect API key provided: {KEY}"),
    ]
    desk = desk_of(ledger)
    with chat_server(Script(*said)) as stub:
        line = desk.line(config(stub))
        replies = [line.ask(call(0)), line.ask(call(1))]
        with pytest.raises(MutatorUnavailable) as caught:
            line.ask(call(2))
    assert len(stub.requests) == 6
    assert KEY in stub.keys[0]
    texts = [repr(replies), repr(ledger.replies), repr(ledger.faults), repr(caught.value)]
    texts += [format_recording(ledger.replies), everything_logged.text]
    texts += [repr(vars(desk)), repr(vars(line)), repr(desk)]
    assert everything_logged.records
    for text in texts:
        assert KEY[:12] not in text


def test_replay__needs_no_key_price_or_server(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    good, bad = Reply("x", "m", cost=0.5), Reply("", "m", fault="none came")
    recording = Recording(
        [(call(0).key, SUBJECT, good), (call(1).key, SUBJECT, bad)], "night.jsonl"
    )
    line = Desk(ledger, recording=recording).line(LLMConfig("m"))
    assert line.ask(call(0)) == good
    assert line.ask(call(1)) == bad
    assert ledger.replies == ((call(0).key, SUBJECT, good),)
    with pytest.raises(MutatorUnavailable) as caught:
        line.ask(call(2, 1))
    assert str(caught.value) == (
        "expected a reply to proposal 1/2, repair 1 in the recording night.jsonl: got none"
    )
    with pytest.raises(MutatorUnavailable, match=r"a recording of this run: got night\.jsonl"):
        line.ask(replace(call(1), subject=subject_of("", "new", ())))


def test_replay__another_models_replies_are_refused(ledger: MemoryLedger) -> None:
    recording = Recording([(call(0).key, SUBJECT, Reply("x", "m"))], "night.jsonl")
    with pytest.raises(MutatorUnavailable, match=r"of model 'n': got night\.jsonl, in which 'm'"):
        Desk(ledger, recording=recording).line(LLMConfig("n")).ask(call(0))
    assert ledger.replies == ()


def test_replay__the_ledger_comes_first_and_a_stop_is_a_stop(ledger: MemoryLedger) -> None:
    ledger.keep(call(0), Reply("stored", "m"))
    stop = threading.Event()
    recording = Recording([(call(n).key, SUBJECT, Reply("recorded", "m")) for n in range(2)])
    line = Desk(ledger, recording=recording, stop=stop).line(LLMConfig())
    stop.set()
    assert line.ask(call(0)).text == "stored"
    with pytest.raises(Stopped):
        line.ask(call(1))


def test_memory_ledger__one_reply_to_a_call(ledger: MemoryLedger) -> None:
    ledger.keep(call(), Reply("x", "m"))
    with pytest.raises(ValueError, match="expected one reply to a call: got another"):
        ledger.keep(call(), Reply("y", "m"))
