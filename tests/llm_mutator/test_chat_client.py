"""One HTTP try against a local server: what is asked, and replies, plain and odd."""

import gzip
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from llm_mutator.budget import most_prompt_tokens
from llm_mutator.calls import Message
from llm_mutator.client import ChatClient
from llm_mutator.faults import CallFault
from llm_mutator.llm_config import LLMConfig
from llm_mutator.mutator import MutatorUnavailable
from tests.llm_mutator.chat_lab import (
    KEY,
    LAB,
    MESSAGES,
    WHOLE,
    client,
    message,
    usage,
)
from tests.llm_mutator.chat_stub import (
    Answer,
    Stub,
    chat_server,
    completion,
    failure,
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


def test_send__asks_as_configured_and_reads_the_reply() -> None:
    with chat_server(lambda _: completion("héllo")) as stub:
        reply = client(stub, temperature=0.5, max_tokens=77).send(MESSAGES)
    assert stub.paths == ["/v1/chat/completions"]
    assert stub.keys == [f"Bearer {KEY}"]
    assert stub.requests == [
        {
            "model": "m-1",
            "messages": [
                {"role": "system", "content": "rules"},
                {"role": "user", "content": "task"},
            ],
            "temperature": 0.5,
            "max_tokens": 77,
        }
    ]
    assert (reply.text, reply.model, reply.answered_by) == ("héllo", "m-1", "stub-model-1")
    assert (reply.prompt_tokens, reply.completion_tokens) == (11, 7)
    assert (reply.finish, reply.counted, reply.cost, reply.fault) == ("stop", "server", None, "")
    assert 0 < reply.seconds < 5


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_send__any_framing_of_the_body(stub: Stub, framing: Any) -> None:
    assert LAB.send(stub, Answer(WHOLE, framing=framing)).text == "x"


def test_send__a_body_packed_although_not_asked_for(stub: Stub) -> None:
    packed = Answer(gzip.compress(WHOLE), headers={"Content-Encoding": "gzip"})
    assert LAB.send(stub, packed).text == "x"


def test_send__a_local_server_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with chat_server(lambda _: completion("x")) as stub:
        assert client(stub).send(MESSAGES).text == "x"
    assert KEY not in stub.keys[0]


def test_send__the_key_is_from_the_named_variable_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", "other-key-42")
    with chat_server(lambda _: completion("x")) as stub:
        client(stub, key_variable="OTHER_KEY").send(MESSAGES)
        monkeypatch.delenv("OTHER_KEY")
        client(stub, key_variable="OTHER_KEY").send(MESSAGES)
    assert stub.keys[0] == "Bearer other-key-42"
    assert KEY not in stub.keys[1]


def test_send__tells_others_nothing_of_openai_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-private")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-private")
    with chat_server(lambda _: completion("x")) as stub:
        client(stub).send(MESSAGES)
    assert "private" not in str(stub.headers)


def test_client__openai_itself_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(MutatorUnavailable, match=r"expected a key in .* OPENAI_API_KEY"):
        ChatClient(LLMConfig())


@pytest.mark.parametrize("key", ["sk-se\ncret", "sk-sécret", "sk-\x1bsecret"])
def test_client__a_key_that_fits_no_header_is_refused_unseen(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(MutatorUnavailable, match="to be printable ASCII") as caught:
        ChatClient(LLMConfig())
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize("name", ["answered_by", "finish"])
def test_client__a_key_in_a_name_is_hidden_before_it_is_cut(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-proj-" + "q7W" * 40
    monkeypatch.setenv("OPENAI_API_KEY", key)
    reason = {"choices": [{"message": {"content": "x"}, "finish_reason": "y" * 30 + key}]}
    changes = {"model": "m" * 190 + key} if name == "answered_by" else reason
    with chat_server(lambda _: completion("x", **changes)) as stub:
        reply = ChatClient(LLMConfig("m", stub.url)).send(MESSAGES)
    assert "q7W" not in getattr(reply, name)
    assert getattr(reply, name).endswith("***")


def test_client__a_host_that_no_url_can_hold_is_told() -> None:
    config = LLMConfig("m", "http://a" + "b" * 70 + ".example/v1")
    with pytest.raises(CallFault) as caught:
        ChatClient(config).send(MESSAGES)
    assert not caught.value.failure.billed


@pytest.mark.parametrize(
    ("answer", "text", "finish"),
    [
        (completion(None), "", "stop"),
        (message(content="x"), "x", ""),
        (message(content=[{"type": "text", "text": "a"}, {"type": "image"}, "b"]), "ab", ""),
        (message(content=None, refusal="I will not."), "I will not.", "refusal"),
        (message(content="x", refusal=""), "x", ""),
        (completion("", choices=[{"message": {}, "finish_reason": "length"}]), "", "length"),
        (
            completion("", choices=[{"message": {"content": "x"}, "finish_reason": "a\n" * 99}]),
            "x",
            "a?" * 20,
        ),
        (completion("", choices=[{"message": {"content": "x"}, "finish_reason": 7}]), "x", ""),
        (completion("\ud800 \x00"), "? \x00", "stop"),
        (completion(f"your key is {KEY}"), "your key is ***", "stop"),
        (Answer(b"\xef\xbb\xbf" + WHOLE), "x", "stop"),
        (Answer(b"\n\n   " + WHOLE), "x", "stop"),
        (Answer(WHOLE, content_type="Application/JSON; charset=utf-8"), "x", "stop"),
        (Answer(WHOLE, 201), "x", "stop"),
    ],
)
def test_send__odd_but_readable_replies(stub: Stub, answer: Answer, text: str, finish: str) -> None:
    reply = LAB.send(stub, answer)
    assert (reply.text, reply.finish) == (text, finish)


@pytest.mark.parametrize("name", [None, 7, "", ["x"]])
def test_send__a_model_that_does_not_say_its_name(stub: Stub, name: object) -> None:
    assert LAB.send(stub, completion("x", model=name)).answered_by == ""


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (usage(prompt_tokens=9, completion_tokens=4), (9, 0, 4, 0)),
        (usage(prompt_tokens=9.0, completion_tokens=0), (9, 0, 0, 0)),
        (
            usage(
                prompt_tokens=9,
                completion_tokens=4,
                prompt_tokens_details={"cached_tokens": 5},
                completion_tokens_details={"reasoning_tokens": 3},
            ),
            (9, 5, 4, 3),
        ),
        # DeepSeek's cache; thought that only the total counts; details that cannot be.
        (usage(prompt_tokens=9, completion_tokens=4, prompt_cache_hit_tokens=6), (9, 6, 4, 0)),
        (usage(prompt_tokens=9, completion_tokens=4, total_tokens=20), (9, 0, 11, 7)),
        (
            usage(
                prompt_tokens=9,
                completion_tokens=4,
                prompt_tokens_details={"cached_tokens": 99},
                completion_tokens_details=None,
            ),
            (9, 9, 4, 0),
        ),
    ],
)
def test_send__counts_of_tokens(
    stub: Stub, answer: Answer, counts: tuple[int, int, int, int]
) -> None:
    reply = LAB.send(stub, answer)
    assert (
        reply.prompt_tokens,
        reply.cached_tokens,
        reply.completion_tokens,
        reply.reasoning_tokens,
    ) == counts
    assert reply.counted == "server"


@pytest.mark.parametrize("counts", [None, {}, {"prompt_tokens": 3}, {"total_tokens": 3}])
def test_send__without_counts_bytes_are_the_bound(stub: Stub, counts: Any) -> None:
    reply = LAB.send(stub, completion("héllo", usage=counts))
    assert reply.counted == "bytes"
    assert reply.prompt_tokens == most_prompt_tokens(MESSAGES) > len("rulestask")
    assert reply.completion_tokens == len("héllo".encode())
    assert LAB.send(stub, completion("héllo", usage=counts), max_tokens=3).completion_tokens == 3


def picky(*wishes: tuple[str, str]) -> Callable[[dict[str, Any]], Answer]:
    """Refuses requests that have a key, with words; otherwise says which keys it got."""

    def answer(request: dict[str, Any]) -> Answer:
        for name, words in wishes:
            if name in request:
                return failure(400, words, "unsupported_value")
        return completion(" ".join(sorted(request)))

    return answer


NO_TEMPERATURE = (
    "temperature",
    "Unsupported value: 'temperature' does not support 0.5 with this model.",
)
NO_MAX_TOKENS = (
    "max_tokens",
    "Unsupported parameter: 'max_tokens' is not supported with this model. "
    "Use 'max_completion_tokens' instead.",
)
NO_COMPLETION_TOKENS = ("max_completion_tokens", "max_completion_tokens: extra_forbidden")


@pytest.mark.parametrize(
    ("wishes", "sent"),
    [
        ([NO_TEMPERATURE], "max_tokens messages model"),
        ([NO_MAX_TOKENS], "max_completion_tokens messages model temperature"),
        ([NO_MAX_TOKENS, NO_TEMPERATURE], "max_completion_tokens messages model"),
    ],
)
def test_send__asks_without_what_a_server_does_not_take(
    wishes: list[tuple[str, str]], sent: str
) -> None:
    with chat_server(picky(*wishes)) as stub:
        asker = client(stub)
        assert asker.send(MESSAGES).text == sent
        assert len(stub.requests) == 1 + len(wishes)
        # And from then on.
        assert asker.send(MESSAGES).text == sent
        assert len(stub.requests) == 2 + len(wishes)


@pytest.mark.parametrize(
    ("words", "requests"),
    [
        ("max_tokens is too large: 4096. This model supports at most 1024 tokens", 1),
        ("temperature: must be at most 1", 1),
        ("'temperature' and 'max_tokens' are not supported", 3),
    ],
)
def test_send__a_refusal_for_other_reasons_stays_one(words: str, requests: int) -> None:
    def refuse(_: dict[str, Any]) -> Answer:
        return failure(400, words)

    with chat_server(refuse) as stub:
        asker = client(stub)
        for _ in range(2):
            with pytest.raises(CallFault, match="got HTTP 400") as caught:
                asker.send(MESSAGES)
            assert caught.value.failure.kind == "refused"
    assert len(stub.requests) == 2 * requests
    assert stub.requests[0].keys() == {"model", "messages", "temperature", "max_tokens"}


def test_send__from_as_many_threads_as_may_be() -> None:
    together = threading.Barrier(64)

    def answer(request: dict[str, Any]) -> Answer:
        together.wait(20)
        return completion(request["messages"][0]["content"])

    with chat_server(answer) as stub, ThreadPoolExecutor(64) as threads:
        asker = client(stub, timeout=30.0)
        texts = [str(number) for number in range(64)]
        replies = list(threads.map(lambda text: asker.send((Message("user", text),)), texts))
    assert [reply.text for reply in replies] == texts
    assert stub.most_at_once == 64


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that the packages below log."""
    for name in ("openai", "httpx", "httpx2", "httpcore", "httpcore2"):
        caplog.set_level(logging.DEBUG, name)
    caplog.set_level(logging.DEBUG)
    yield caplog


def test_send__logs_no_key(everything_logged: pytest.LogCaptureFixture) -> None:
    for answer in (completion(f"{KEY}"), failure(400, KEY), failure(401, KEY), failure(500, KEY)):
        with chat_server(lambda _, answer=answer: answer) as stub:
            asker = client(stub)
            try:
                asker.send(MESSAGES)
            except CallFault as caught:
                assert KEY not in repr(caught.failure)
            assert KEY not in repr(asker)
            assert KEY not in repr(vars(asker))
    assert everything_logged.records
    assert KEY not in everything_logged.text


def test_import__openai_is_only_loaded_for_a_client() -> None:
    code = (
        "import sys, llm_mutator.desk, json;"
        "print(json.dumps([m for m in sys.modules if m.split('.')[0] in ('openai', 'pydantic')]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout) == []
