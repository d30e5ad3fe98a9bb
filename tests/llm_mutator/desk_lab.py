"""A desk with its clocks and its server, for the tests of calls."""

import threading
import time
from typing import Any

from llm_mutator.budget import most_prompt_tokens
from llm_mutator.calls import Call, CallKey, Message, subject_of
from llm_mutator.desk import Desk
from llm_mutator.gate import Clock
from llm_mutator.llm_config import LLMConfig
from llm_mutator.memory import MemoryLedger
from llm_mutator.prices import Price
from tests.llm_mutator.chat_stub import (
    Answer,
    Stub,
)

KEY = "sk-secret-0123456789"
SUBJECT = subject_of("", "mutate", ("a" * 64,))
MESSAGES = (Message("system", "rules"), Message("user", "task"))
PROMPT = most_prompt_tokens(MESSAGES)
PRICES = (Price(1.0, 0.5, 2.0, "m"),)
ACTUAL = 11 + 7
WAIT = 30.0


class LeapingClock(Clock):
    """For one thread: waiting takes no time but on this clock."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def wait(self, stop: threading.Event, seconds: float) -> None:
        self.time += 0.0 if stop.is_set() else seconds


class FastClock(Clock):
    """For many threads: a thousand times as fast as others."""

    def now(self) -> float:
        return time.monotonic() * 1000

    def wait(self, stop: threading.Event, seconds: float) -> None:
        stop.wait(seconds / 1000)


class Script:
    """Answers in turn; the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self._lock = threading.Lock()

    def __call__(self, _: dict[str, Any]) -> Answer:
        with self._lock:
            return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def call(number: int = 0, attempt: int = 0) -> Call:
    return Call(CallKey(1, number, attempt), SUBJECT, MESSAGES)


def config(stub: Stub, **changes: Any) -> LLMConfig:
    return LLMConfig("m", stub.url, **{"timeout": 5.0, "max_tokens": 100} | changes)


def desk_of(ledger: MemoryLedger, **changes: Any) -> Desk:
    return Desk(ledger, **{"prices": PRICES, "clock": LeapingClock()} | changes)
