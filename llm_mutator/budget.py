"""Caps on spending that calls in flight count against, at their upper bound."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import fsum
from typing import Final

from llm_mutator.calls import Message, Spent
from llm_mutator.checks import check_range, check_whole
from llm_mutator.mutator import BudgetSpent

# No tokenizer makes more tokens of a text than it has bytes; a server's chat template adds some.
_PER_MESSAGE: Final = 16
_PER_CALL: Final = 128
_POLL: Final = 0.1


@dataclass(frozen=True)
class Limits:
    """Caps over the whole of what a ledger remembers; None: no cap.

    Attributes:
        max_cost: US dollars.
        max_tokens: Of all kinds.
    """

    max_cost: float | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        if self.max_cost is not None:
            check_range("max_cost", self.max_cost, 0, 1e15)
        if self.max_tokens is not None:
            check_whole("max_tokens", self.max_tokens, 0, 10**15)


@dataclass(frozen=True, eq=False)
class Reservation:
    """What a call in flight may use at most; equal only to itself."""

    tokens: int
    cost: float


def most_prompt_tokens(messages: Sequence[Message]) -> int:
    """More tokens than a server reads in these messages: one for each byte, and the template's."""
    size = sum(len(message.content.encode("utf-8", "replace")) for message in messages)
    return size + _PER_MESSAGE * len(messages) + _PER_CALL


class Budget:
    """Keeps what is spent and reserved together under the caps. Thread-safe.

    A server that bills more than was asked of it can pass a cap by that; nothing is begun then.

    Args:
        limits: The caps.
        spent: What was spent before.
        check: Called now and then by those who wait; what it raises ends the wait.
    """

    def __init__(
        self,
        limits: Limits,
        spent: Spent | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._limits, self._check = limits, check
        self._spent = spent or Spent()
        self._in_flight: set[Reservation] = set()
        self._changed = threading.Condition()

    @property
    def spent(self) -> Spent:
        """What is settled."""
        with self._changed:
            return self._spent

    @property
    def committed(self) -> Spent:
        """What is settled and what is reserved; never above the caps but for what servers bill."""
        with self._changed:
            return self._sum(self._in_flight)

    def reserve(self, tokens: int, cost: float | None) -> Reservation:
        """Reserves the most that a call may use; waits for calls in flight where that may help.

        Args:
            tokens: Of prompt and completion together.
            cost: US dollars; None when the model has no price: nothing is counted then.

        Raises:
            BudgetSpent: It does not fit, whatever becomes of the calls in flight.
        """
        wanted = Reservation(tokens, cost or 0.0)
        with self._changed:
            while not self._fits(wanted, self._in_flight):
                if not self._fits(wanted, ()):
                    raise BudgetSpent(self._explain(wanted))
                # With a time limit, as nobody notifies when `check` would raise.
                self._changed.wait(_POLL)
                self._check()
            self._in_flight.add(wanted)
        return wanted

    def settle(self, reservation: Reservation, tokens: int, cost: float | None) -> None:
        """Puts what a call really used, or may have, in the place of its reservation."""
        with self._changed:
            self._in_flight.remove(reservation)
            self._spent = Spent(self._spent.tokens + tokens, self._spent.cost + (cost or 0.0))
            self._changed.notify_all()

    @contextmanager
    def reserved(
        self, tokens: int, cost: float | None
    ) -> Iterator[Callable[[int, float | None], None]]:
        """A reservation for a block, which calls what it is given with what was really used.

        A block that ends without having done so is counted at the upper bound.

        Raises:
            BudgetSpent: As `reserve`.
        """
        reservation = self.reserve(tokens, cost)
        used = (tokens, cost)

        def settle(tokens: int, cost: float | None) -> None:
            nonlocal used
            used = (tokens, cost)

        try:
            yield settle
        finally:
            self.settle(reservation, *used)

    def _fits(self, wanted: Reservation, beside: Collection[Reservation]) -> bool:
        after = self._sum([*beside, wanted])
        cost, tokens = self._limits.max_cost, self._limits.max_tokens
        # What costs nothing fits even when a cap is passed.
        return (cost is None or wanted.cost <= 0 or after.cost <= cost) and (
            tokens is None or after.tokens <= tokens
        )

    def _sum(self, reserved: Collection[Reservation]) -> Spent:
        # Anew each time: running totals of floats would drift.
        return Spent(
            self._spent.tokens + sum(call.tokens for call in reserved),
            fsum((self._spent.cost, *(call.cost for call in reserved))),
        )

    def _explain(self, wanted: Reservation) -> str:
        limits, spent = self._limits, self._spent
        if limits.max_tokens is not None and spent.tokens + wanted.tokens > limits.max_tokens:
            return (
                f"max_tokens is reached: expected room for up to {wanted.tokens:,} more tokens, "
                f"the most that the next call could use: got {spent.tokens:,} of "
                f"{limits.max_tokens:,} used (raise max_tokens to go on)"
            )
        return (
            f"max_cost is reached: expected room for up to ${wanted.cost:.4f} more, "
            f"the most that the next call could cost: got ${spent.cost:.4f} of "
            f"${limits.max_cost:.4f} spent (raise max_cost to go on)"
        )
