"""The chat client against a local server, well-behaved and not."""

import json
import socket
import subprocess
import sys
import time
from typing import Any

import pytest

from llm_mutator.client import ChatClient
from llm_mutator.config import LLMConfig
from llm_mutator.mutator import MutatorUnavailable
from llm_mutator.prompts import Message
from tests.llm_mutator.chat_stub import Answer, Stub, chat_server, completion, failure

KEY = "sk-secret-0123456789"
MESSAGES = (Message("system", "rules"), Message("user", "task"))


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that must show up nowhere; no other setting from the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def client(stub: Stub, **changes: Any) -> ChatClient:
    """A client of the stub that does not wait long."""
    return ChatClient(LLMConfig("m-1", stub.url, **{"max_retries": 0, "timeout": 5.0} | changes))


def test_complete__sends_what_is_configured_and_reads_the_reply() -> None:
    with chat_server(lambda _: completion("héllo")) as stub:
        reply = client(stub, temperature=0.5, max_tokens=77).complete(MESSAGES)
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
    assert (reply.text, reply.model) == ("héllo", "stub-model-1")
    assert (reply.prompt_tokens, reply.completion_tokens) == (11, 7)
    assert 0 < reply.seconds < 5


def test_complete__a_local_server_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with chat_server(lambda _: completion("x")) as stub:
        assert client(stub).complete(MESSAGES).text == "x"
    assert KEY not in stub.keys[0]


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


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (completion(None), ""),
        (completion("", usage=None), ""),
        (completion("x", choices=[]), ""),
        (completion("x", model=None), "x"),
        (completion("x", usage={"prompt_tokens": "many"}), "x"),
        (completion("x", choices=[{"index": 0, "message": None}]), ""),
    ],
)
def test_complete__odd_but_readable_replies(answer: Answer, text: str) -> None:
    with chat_server(lambda _: answer) as stub:
        assert client(stub).complete(MESSAGES).text == text


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (failure(401, f"Incorrect API key provided: {KEY}"), "expected a valid key in OPENAI_API"),
        (failure(403, KEY[:9]), "expected a valid key in OPENAI_API_KEY: got one it refuses"),
        (failure(404, "no model m-1"), "expected a model the server knows: got 'm-1'"),
        (failure(400, f"bad {KEY}\x1b[31m"), r"expected a reply of 'm-1': got HTTP 400 \(.*bad"),
        (failure(400, f"bad key {KEY[:12]}***89"), r"got HTTP 400 \(.*bad key \*\*\*"),
        (failure(429, "slow down"), "got HTTP 429"),
        (failure(500, "oops"), "got HTTP 500"),
        (Answer(b"<html>gateway</html>", 502, "text/html"), "got HTTP 502"),
        (Answer(b"<html>hello</html>", 200, "text/html"), "expected a chat completion: got '<html"),
        (Answer(completion("x").body[:40]), "expected a chat completion: got a broken body"),
        (Answer(b'{"choices": "\xff"}'), "expected a chat completion: got"),
        (Answer(b"{}"), "expected a chat completion: got"),
        (Answer(b"null"), "expected a chat completion: got"),
        (Answer(b"[1]"), "expected a chat completion: got"),
    ],
)
def test_complete__faults_are_named_without_the_key(answer: Answer, message: str) -> None:
    with (
        chat_server(lambda _: answer) as stub,
        pytest.raises(MutatorUnavailable, match=message) as caught,
    ):
        client(stub).complete(MESSAGES)
    text = str(caught.value)
    assert stub.url in text
    assert KEY[:9] not in text
    assert "\x1b" not in text
    assert "\n" not in text
    assert len(text) < 600
    assert caught.value.__cause__ is None


def test_complete__passing_faults_are_retried() -> None:
    answers = iter([failure(503, "busy"), completion("x")])
    with chat_server(lambda _: next(answers)) as stub:
        assert client(stub, max_retries=2).complete(MESSAGES).text == "x"
    assert len(stub.requests) == 2


def test_complete__an_unreachable_server_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(MutatorUnavailable, match="expected a server that answers: got") as caught:
        ChatClient(LLMConfig("m", url, max_retries=0)).complete(MESSAGES)
    assert url in str(caught.value)
    assert "refused" in str(caught.value)


def test_complete__a_silent_server_is_given_up() -> None:
    def slow(_: dict[str, Any]) -> Answer:
        time.sleep(1.0)
        return completion("late")

    with (
        chat_server(slow) as stub,
        pytest.raises(MutatorUnavailable, match="timed out"),
    ):
        client(stub, timeout=0.2).complete(MESSAGES)


def test_import__openai_is_only_loaded_for_a_client() -> None:
    code = (
        "import sys, llm_mutator.build, json;"
        "print(json.dumps([m for m in sys.modules if m.split('.')[0] in ('openai', 'pydantic')]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout) == []
