"""One HTTP try against a local server that misbehaves."""

import gzip
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from llm_mutator.client import ChatClient
from llm_mutator.faults import MAX_RETRY_AFTER, CallFault, read_retry_after
from llm_mutator.llm_config import LLMConfig
from llm_mutator.wire import MAX_BODY
from tests.llm_mutator.chat_lab import (
    KEY,
    LAB,
    MESSAGES,
    WHOLE,
    client,
    failure_of,
    message,
    usage,
)
from tests.llm_mutator.chat_stub import (
    Answer,
    Stub,
    chat_server,
    completion,
    failure,
    free_port,
)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that must show up nowhere; no other setting from the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for name in ("OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with chat_server(lambda _: LAB.answer) as running:
        yield running


BROKEN = [
    (Answer(b"<html>hello</html>", content_type="text/html"), "got 'text/html' ('<html>hello"),
    (Answer(WHOLE, content_type="text/event-stream"), "got 'text/event-stream'"),
    (Answer(WHOLE[:40]), "got a broken body (Unterminated string"),
    (Answer(b""), "got a broken body (Expecting value: ''"),
    (Answer(b'{"choices": "\xff"}'), "got a broken body (invalid start byte at byte 13)"),
    (Answer(b"[" * 200_000), "got JSON nested too deeply"),
    (Answer(b"1" * 200_000), "got a broken body (a number too long"),
    (Answer(b'{"choices": [{"message": ' + b"[" * 500 + b"]" * 500 + b"}]}"), "got an object"),
    (Answer(b"{}"), "expected a chat completion with a choice: got None"),
    (Answer(b"null"), "expected a chat completion: got 'null'"),
    (Answer(b"[1]"), "expected a chat completion: got '[1]'"),
    (completion("x", choices=[]), "expected a chat completion with a choice: got none"),
    (completion("x", choices={"0": 1}), "with a choice: got an object"),
    (completion("x", choices=["x"]), "expected a choice with a message: got 'x'"),
    (completion("x", choices=[None]), "expected a choice with a message: got None"),
    (completion("x", choices=[{"message": None}]), "a choice with a message: got an object"),
    (message(content=7), "expected a text as content: got 7"),
    (message(content={"text": "x"}), "expected a text as content: got an object"),
    (completion("x", usage="many"), "expected a usage of tokens: got 'many'"),
    (usage(prompt_tokens="11", completion_tokens=1), "expected prompt_tokens to be a count"),
    (usage(prompt_tokens=1, completion_tokens=-1), "completion_tokens to be a count of tokens"),
    (usage(prompt_tokens=1, completion_tokens=10**12), "completion_tokens to be a count"),
    (usage(prompt_tokens=1, completion_tokens=True), "completion_tokens to be a count"),
    (usage(prompt_tokens=1.5, completion_tokens=1), "prompt_tokens to be a count"),
    (usage(prompt_tokens=float("inf"), completion_tokens=1), "prompt_tokens to be a count"),
    (
        usage(prompt_tokens=1, completion_tokens=1, prompt_tokens_details=[3]),
        "expected prompt_tokens_details to be an object: got a list",
    ),
    (Answer(b'{"error": {"message": "no idea", "code": "x"}}'), "got HTTP 200 (no idea)"),
    (Answer(b"\x1f\x8b" + WHOLE, headers={"Content-Encoding": "gzip"}), "got a broken body"),
]


@pytest.mark.parametrize(("answer", "message"), BROKEN)
def test_send__a_reply_that_is_none_is_broken(stub: Stub, answer: Answer, message: str) -> None:
    found = failure_of(stub, answer)
    assert (found.kind, found.billed, found.retry_after) == ("broken", True, None)
    assert message in found.reason


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (failure(401, f"Incorrect API key: {KEY}"), "fatal", "a valid key in OPENAI_API_KEY: got"),
        (failure(403, KEY[:9]), "fatal", "expected a valid key in OPENAI_API_KEY: got one it"),
        (failure(402, "pay"), "fatal", "got HTTP 402 (pay)"),
        (failure(404, "no m-1"), "fatal", "expected a model the server knows: got 'm-1' (no m-1)"),
        (failure(429, "no money", "insufficient_quota"), "fatal", "got HTTP 429 (no money)"),
        (failure(400, "limit", "billing_hard_limit_reached"), "fatal", "got HTTP 400 (limit)"),
        (failure(301, "", location="https://x/v1"), "fatal", "got HTTP 301, moved to 'https://x/v"),
        (failure(302, "", location="/login"), "busy", "got HTTP 302, moved to '/login'"),
        (failure(429, "slow down"), "busy", "expected a reply of 'm-1': got HTTP 429 (slow down)"),
        (failure(408, "late"), "busy", "HTTP 408"),
        (failure(409, "conflict"), "busy", "HTTP 409"),
        (failure(425, "early"), "busy", "HTTP 425"),
        (failure(500, "oops"), "busy", "HTTP 500"),
        (Answer(b"<html>gateway</html>", 502, "text/html"), "busy", "got HTTP 502 (<html>gateway"),
        (Answer(b"", 503), "busy", "got HTTP 503 ()"),
        (Answer(b"[" * 200_000, 529), "busy", "got HTTP 529 ([[["),
        (Answer(b"\xff" * 99, 500, "application/json"), "busy", "HTTP 500"),
        (Answer(b'{"error": "words"}', 500), "busy", "got HTTP 500 (words)"),
        (Answer(b'{"detail": [1]}', 422), "refused", 'got HTTP 422 ({"detail": [1]})'),
        (failure(400, f"bad {KEY}\x1b[31m\n"), "refused", "got HTTP 400 (bad ***?[31m)"),
        (failure(400, f"bad key {KEY[:12]}***89"), "refused", "got HTTP 400 (bad key ***)"),
        (failure(400, f"in part: {KEY[5:15]}"), "refused", "got HTTP 400 (in part: ***)"),
        (failure(413, "too long"), "refused", "HTTP 413"),
        (Answer(b"x" * 5_000_000, 400), "refused", "HTTP 400"),
        # As OpenRouter tells of its upstream.
        (Answer(b'{"error": {"message": "busy", "code": 503}}'), "busy", "got HTTP 503 (busy)"),
    ],
)
def test_send__what_a_status_means(stub: Stub, answer: Answer, kind: str, message: str) -> None:
    found = failure_of(stub, answer)
    assert (found.kind, found.billed) == (kind, False)
    assert message in found.reason


def test_send__a_gateway_that_gave_up_may_have_passed_the_question_on(stub: Stub) -> None:
    found = failure_of(stub, failure(504, "late"))
    assert (found.kind, found.billed) == ("busy", True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "9" * 30}, MAX_RETRY_AFTER),
        ({"retry-after": "9" * 999}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "7"}, 7.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:16:50 GMT"}, 10.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:16:30 GMT"}, 0.0),
        ({"retry-after": "Fri, 01 Jan 9999 00:00:00 GMT"}, MAX_RETRY_AFTER),
        ({"retry-after": "Fri, 99 Jan 9999 00:00:00 GMT"}, None),
    ],
)
def test_read_retry_after__forms_and_bounds(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers, now=1000.0) == seconds


def test_send__how_long_a_server_asks_to_wait(stub: Stub) -> None:
    assert failure_of(stub, failure(429, "slow", retry_after="7")).retry_after == 7.0
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    waited = failure_of(stub, failure(503, "slow", retry_after=soon)).retry_after
    assert waited is not None
    assert 30 < waited <= 60


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("then", ["end", "reset"])
def test_send__a_reply_that_breaks_off(stub: Stub, framing: Any, then: Any) -> None:
    found = failure_of(stub, Answer(WHOLE, framing=framing, cut=40, then=then))
    assert (found.kind, found.billed) == ("broken", True)
    assert "timed out" not in found.reason


@pytest.mark.parametrize(
    ("framing", "then"),
    [("length", "stall"), ("chunked", "stall"), ("close", "stall"), ("length", "trickle")],
)
def test_send__a_reply_that_takes_too_long_in_all(stub: Stub, framing: Any, then: Any) -> None:
    # Long enough for the status to come, however busy the machine is.
    found = failure_of(stub, Answer(WHOLE, framing=framing, cut=40, then=then), timeout=1.0)
    assert (found.kind, found.billed) == ("broken", True)
    assert "(HTTP 200): got no whole reply, timed out after 1 seconds" in found.reason


@pytest.mark.parametrize("then", ["end", "reset", "stall", "trickle"])
def test_send__a_server_that_never_begins_to_reply(stub: Stub, then: Any) -> None:
    found = failure_of(stub, Answer(WHOLE, silent=True, then=then), timeout=0.3)
    assert (found.kind, found.billed) == ("busy", True)
    assert "expected a server that answers: got " in found.reason
    assert ("timed out after 0.3 seconds" in found.reason) == (then in ("stall", "trickle"))


def test_send__an_error_that_stalls_is_an_error_all_the_same(stub: Stub) -> None:
    found = failure_of(stub, Answer(b"oops", 503, cut=2, then="stall"), timeout=1.0)
    assert (found.kind, found.billed) == ("busy", False)
    assert "HTTP 503" in found.reason


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b" " * 1_000_000, repeat=50),
        Answer(b" " * 1_000_000, repeat=50, framing="chunked"),
        Answer(b" " * 1_000_000, repeat=50, framing="close"),
        Answer(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"}),
    ],
    ids=["length", "chunked", "close", "packed"],
)
def test_send__a_reply_of_50_mb_is_cut_off(answer: Answer) -> None:
    with chat_server(lambda _: answer) as stub:
        asker = client(stub)
        tracemalloc.start()
        try:
            with pytest.raises(CallFault, match=f"expected at most {MAX_BODY} bytes") as caught:
                asker.send(MESSAGES)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert (caught.value.failure.kind, caught.value.failure.billed) == ("broken", True)
    assert peak < 4 * MAX_BODY


def test_send__a_closed_port_was_never_asked() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(CallFault, match=r"a server that answers: got .*refused") as caught:
        ChatClient(LLMConfig("m", url)).send(MESSAGES)
    assert url in str(caught.value)
    assert (caught.value.failure.kind, caught.value.failure.billed) == ("busy", False)
