"""A client and its server, for the tests of single requests."""

from typing import Any

import pytest

from llm_mutator.calls import Message, Reply
from llm_mutator.client import ChatClient
from llm_mutator.faults import CallFault, Failure
from llm_mutator.llm_config import LLMConfig
from tests.llm_mutator.chat_stub import (
    Answer,
    Stub,
    completion,
)

KEY = "sk-secret-0123456789"
MESSAGES = (Message("system", "rules"), Message("user", "task"))
WHOLE = completion("x").body


def client(stub: Stub, **changes: Any) -> ChatClient:
    """A client of the stub that does not wait long."""
    return ChatClient(LLMConfig("m-1", stub.url, **{"timeout": 5.0} | changes))


class Lab:
    """A server that lives on, its clients too: there are many answers to try."""

    def __init__(self) -> None:
        self.answer = Answer(b"")
        self._clients: dict[str, ChatClient] = {}

    def send(self, stub: Stub, answer: Answer, **changes: Any) -> Reply:
        """What a client makes of an answer."""
        self.answer = answer
        name = repr((stub.url, changes))
        if name not in self._clients:
            self._clients[name] = client(stub, **changes)
        return self._clients[name].send(MESSAGES)


LAB = Lab()


def failure_of(stub: Stub, answer: Answer, **changes: Any) -> Failure:
    with pytest.raises(CallFault) as caught:
        LAB.send(stub, answer, **changes)
    found = caught.value.failure
    assert str(caught.value) == found.reason
    assert caught.value.__cause__ is None
    assert found.reason.startswith(f"{stub.url}: expected ")
    assert KEY[:9] not in found.reason
    assert found.reason.isprintable()
    assert len(found.reason) <= 300
    return found


def message(**content: Any) -> Answer:
    """A completion with another message."""
    return completion("", choices=[{"message": content}])


def usage(**counts: Any) -> Answer:
    return completion("xy", usage=counts)
