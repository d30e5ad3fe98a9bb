"""A ledger for those who have no run folder: replies and faults in memory."""

import threading

from llm_mutator.calls import Call, CallKey, Fault, Reply, Spent
from llm_mutator.mutator import MutatorUnavailable


class MemoryLedger:
    """Remembers as long as it lives. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._replies: dict[CallKey, tuple[str, Reply]] = {}
        self._faults: list[tuple[CallKey, Fault]] = []
        self._spent = Spent()

    @property
    def replies(self) -> tuple[tuple[CallKey, str, Reply], ...]:
        """Every reply with its key and subject, in order of their keys."""
        with self._lock:
            return tuple((key, *self._replies[key]) for key in sorted(self._replies))

    @property
    def faults(self) -> tuple[tuple[CallKey, Fault], ...]:
        """Every request that brought no reply, in order of time."""
        with self._lock:
            return tuple(self._faults)

    def recall(self, call: Call) -> Reply | None:
        """The reply to a call, None when there is none.

        Raises:
            MutatorUnavailable: The reply answers another question.
        """
        with self._lock:
            known = self._replies.get(call.key)
        if known is None:
            return None
        subject, reply = known
        if subject != call.subject:
            raise MutatorUnavailable(
                f"expected the known reply to proposal {call.key.round}/{call.key.number} to "
                f"answer the same question ({call.subject}): got another ({subject})"
            )
        return reply

    def keep(self, call: Call, reply: Reply) -> None:
        """Remembers a reply.

        Raises:
            ValueError: There is one already.
        """
        with self._lock:
            if call.key in self._replies:
                raise ValueError(f"expected one reply to a call: got another to {call.key}")
            self._replies[call.key] = (call.subject, reply)
            self._add(reply.prompt_tokens + reply.completion_tokens, reply.cost)

    def begin(self, call: Call, bound: Fault) -> None:
        """Nothing: who dies forgets all."""

    def keep_fault(self, call: Call, fault: Fault) -> None:
        """Remembers a request that brought no reply."""
        with self._lock:
            self._faults.append((call.key, fault))
            self._add(fault.tokens, fault.cost)

    def spent(self) -> Spent:
        """Of all calls, faults included."""
        with self._lock:
            return self._spent

    def _add(self, tokens: int, cost: float | None) -> None:
        self._spent = Spent(self._spent.tokens + tokens, self._spent.cost + (cost or 0.0))
