"""Calls to a chat model as plain data: what was asked, what came, and who remembers it."""

import hashlib
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]
Counted = Literal["server", "bytes"]


@dataclass(frozen=True)
class Message:
    """One message of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, order=True)
class CallKey:
    """Which call of a run it is; no call has the key of another.

    Attributes:
        round, number: Of the proposal.
        attempt: 0: the proposal itself; then its repairs.
    """

    round: int
    number: int
    attempt: int


@dataclass(frozen=True)
class Call:
    """One question to a model.

    Attributes:
        key: Which one.
        subject: Digest of the run's origin, the task and the parents (`subject_of`): a stored
            reply belongs to this call only if it answers the same question.
        messages: The conversation: system, user, and for a repair the last reply and the
            assembler's errors.
    """

    key: CallKey
    subject: str
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Reply:
    """What came of a call: a reply as it came, or, with a `fault`, none worth waiting for.

    Attributes:
        text: Raw and untrusted; empty when the model said nothing.
        model: The model asked, as the configuration names it.
        answered_by: The model's name as the server gives it; untrusted.
        finish: Why the model stopped, in the server's words ("stop", "length",
            "content_filter", "refusal"); untrusted; empty when it does not say.
        prompt_tokens: Read by the model, `cached_tokens` of them from a cache.
        completion_tokens: Written by it, `reasoning_tokens` of them not shown.
        counted: By the server, or, where it does not tell, by their upper bound, bytes.
        cost: US dollars; None when the model has no price.
        seconds: From request to the whole reply.
        fault: Why there is no reply; empty when there is one. Other calls may fare better.
    """

    text: str
    model: str
    answered_by: str = ""
    finish: str = ""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    counted: Counted = "server"
    cost: float | None = None
    seconds: float = 0.0
    fault: str = ""


@dataclass(frozen=True)
class Fault:
    """A request that brought no reply, or has not yet.

    Attributes:
        model: As the configuration names it.
        reason: One line without the key; parts of it are untrusted.
        tokens: Upper bound of what may have been billed; 0 when nothing was.
        cost: Likewise, in US dollars; None when the model has no price.
        seconds: It took.
    """

    model: str
    reason: str
    tokens: int
    cost: float | None
    seconds: float


@dataclass(frozen=True)
class Spent:
    """What calls have cost: tokens of every kind, and US dollars."""

    tokens: int = 0
    cost: float = 0.0


class Ledger(Protocol):
    """Who remembers replies and what they cost. Called from several threads."""

    def recall(self, call: Call) -> Reply | None:
        """The stored reply to a call, None when there is none.

        Raises:
            MutatorUnavailable: The stored reply answers another question.
        """
        ...

    def keep(self, call: Call, reply: Reply) -> None:
        """Stores a reply, before anything is read out of it. It is on the disk afterwards."""
        ...

    def begin(self, call: Call, bound: Fault) -> None:
        """Stores that a request is about to be sent, with the most that it may cost.

        What is neither kept nor kept as a fault afterwards, as the process died, counts so.
        """
        ...

    def keep_fault(self, call: Call, fault: Fault) -> None:
        """Stores a request that brought no reply."""
        ...

    def spent(self) -> Spent:
        """Of all calls ever kept, faults included."""
        ...


def subject_of(origin: str, task: str, parents: tuple[str, ...]) -> str:
    """The digest of a question: the run's origin, the task and the parents' ids."""
    return hashlib.sha256(" ".join((origin, task, *parents)).encode()).hexdigest()[:16]
