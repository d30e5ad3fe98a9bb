"""Where calls to chat models are made: remembered, paid within caps, repeated when it helps."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from llm_mutator.budget import Budget, Limits, most_prompt_tokens
from llm_mutator.calls import Call, Fault, Ledger, Reply
from llm_mutator.client import ChatClient
from llm_mutator.faults import CallFault, Failure
from llm_mutator.gate import Clock, Gate, Patience
from llm_mutator.llm_config import LLMConfig
from llm_mutator.mutator import MutatorUnavailable, Stopped
from llm_mutator.prices import Price, cost_of, package_prices, price_for
from llm_mutator.recording import Recording, name_call

_LOST: Final = "what came of it is not known: the run was broken off"
_STOPPED: Final = "no further call is begun"


class ChatModel(Protocol):
    """What an `LLMMutator` talks to. Called from several threads."""

    def ask(self, call: Call) -> Reply:
        """The reply to a call, an old one where there is one.

        Returns:
            With a `fault`, there is none and the call may be given up: others may fare better.
            Such a reply is not in the ledger.

        Raises:
            MutatorUnavailable: No reply is to be had, nor would the next call have one;
                `BudgetSpent` at a cap, `Stopped` when the caller asked for it.
        """
        ...


class Desk:
    """What all calls of a run share: the ledger, the budget, who has failed.

    When no reply is to be had any more it is closed for good: from then on it gives only what
    the ledger remembers.

    Args:
        ledger: Remembers every reply and what it cost.
        limits: Caps, over all that the ledger remembers.
        prices: Of models, the first that fits counts; None: the package's.
        allow_unpriced: Whether models without a price may be asked; they count as free.
        stop: Set it, and no further call is begun.
        recording: Replies that take the place of all calls: then no model is asked, and no
            key, price or server is needed.
        clock: The time.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        limits: Limits | None = None,
        prices: Sequence[Price] | None = None,
        allow_unpriced: bool = False,
        stop: threading.Event | None = None,
        recording: Recording | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.ledger, self.limits = ledger, limits or Limits()
        self.prices = package_prices() if prices is None else prices
        self.allow_unpriced, self.recording = allow_unpriced, recording
        self.stop, self.clock = stop or threading.Event(), clock or Clock()
        self.budget = Budget(self.limits, ledger.spent(), self.check)
        self._lock = threading.Lock()
        self._gates: dict[str, Gate] = {}
        self._failures = 0
        self._closed = ""

    def line(self, config: LLMConfig) -> ChatModel:
        """A way to ask a configuration's one model.

        Raises:
            MutatorUnavailable: The key is missing, or the price unknown.
        """
        if self.recording is not None:
            return _Replay(self, self.recording, config.model)
        price = price_for(
            config,
            self.prices,
            allow_unpriced=self.allow_unpriced,
            capped=self.limits.max_cost is not None,
        )
        with self._lock:
            gate = Gate(self.clock, self.stop, self.check)
            gate = self._gates.setdefault(f"{config.base_url} {config.model}", gate)
        return _Line(self, config, price, gate)

    def check(self) -> None:
        """Raises when no call may be begun any more.

        Raises:
            Stopped: The caller asked for it.
            MutatorUnavailable: The desk is closed.
        """
        if self.stop.is_set():
            raise Stopped(_STOPPED)
        if self._closed:
            raise MutatorUnavailable(self._closed)

    def close(self, reason: str) -> MutatorUnavailable:
        """Closes the desk; who waits stops waiting. The first reason stays."""
        with self._lock:
            self._closed = self._closed or reason
        return MutatorUnavailable(self._closed)

    def succeeded(self) -> None:
        """A call has its reply."""
        with self._lock:
            self._failures = 0

    def failed(self, reason: str, most: int) -> None:
        """A call has failed for good.

        Raises:
            MutatorUnavailable: As the last of so many in a row.
        """
        with self._lock:
            self._failures += 1
            failures = self._failures
        if failures >= most:
            raise self.close(f"{failures} calls in a row failed for good, the last: {reason}")


class _Line:
    """A `ChatModel` over HTTP."""

    def __init__(self, desk: Desk, config: LLMConfig, price: Price | None, gate: Gate) -> None:
        self._desk, self._config, self._price, self._gate = desk, config, price, gate
        self._client = ChatClient(config)

    def ask(self, call: Call) -> Reply:
        """As `ChatModel`."""
        desk, config = self._desk, self._config
        known = desk.ledger.recall(call)
        if known is not None:
            return known
        begin = desk.clock.now()
        patience = Patience(config.patience, desk.clock)
        broken = 0
        while self._gate.enter(patience):
            came = self._try(call)
            if isinstance(came, Reply):
                desk.succeeded()
                return came
            if came.kind == "fatal":
                raise desk.close(came.reason)
            broken += came.kind == "broken"
            if came.kind == "refused" or broken > config.retries:
                reason = came.reason
                break
            self._wait(came, patience, broken)
        else:
            reason = f"{self._gate.reason} (for {config.patience:g} seconds)"
        desk.failed(reason, config.max_failures)
        cost = None if self._price is None else 0.0
        return Reply("", config.model, cost=cost, seconds=desk.clock.now() - begin, fault=reason)

    def _try(self, call: Call) -> Reply | Failure:
        """One request within the budget; what came of it is in the ledger, and known at the gate.

        Raises:
            BudgetSpent: A cap.
        """
        try:
            reply = self._send(call)
        except CallFault as caught:
            failure = caught.failure
            if failure.kind != "busy":
                self._gate.leave_open()
                return failure
            pause = self._gate.leave_shut(failure.reason, failure.retry_after)
            return replace(failure, retry_after=pause)
        except BaseException:
            self._gate.leave()
            raise
        self._gate.leave_open()
        return reply

    def _send(self, call: Call) -> Reply:
        """One request within the budget; what came of it is in the ledger.

        Raises:
            CallFault: There is no reply.
            BudgetSpent: A cap.
        """
        desk, price = self._desk, self._price
        bound = (most_prompt_tokens(call.messages), self._config.max_tokens)
        with desk.budget.reserved(sum(bound), cost_of(price, *bound)) as settle:
            begin = desk.clock.now()
            most = Fault(self._config.model, _LOST, sum(bound), cost_of(price, *bound), 0.0)
            desk.ledger.begin(call, most)
            try:
                reply = self._client.send(call.messages)
            except CallFault as caught:
                tokens = bound if caught.failure.billed else (0, 0)
                settle(sum(tokens), cost_of(price, *tokens))
                self._keep_fault(call, caught.failure.reason, tokens, begin)
                raise
            except BaseException:
                self._keep_fault(call, "interrupted", bound, begin)
                raise
            tokens = (reply.prompt_tokens, reply.completion_tokens)
            paid = replace(reply, cost=cost_of(price, *tokens, reply.cached_tokens))
            settle(sum(tokens), paid.cost)
            # Before anything is read out of it; a disk that is full is the caller's business.
            desk.ledger.keep(call, paid)
        return paid

    def _keep_fault(self, call: Call, reason: str, tokens: tuple[int, int], begin: float) -> None:
        cost, seconds = cost_of(self._price, *tokens), self._desk.clock.now() - begin
        fault = Fault(self._config.model, reason, sum(tokens), cost, seconds)
        self._desk.ledger.keep_fault(call, fault)

    def _wait(self, failure: Failure, patience: Patience, broken: int) -> None:
        if failure.kind == "busy":
            self._gate.pause(min(failure.retry_after or 0.0, patience.left()))
        else:
            self._gate.pause(self._gate.jitter(broken))


class _Replay:
    """A `ChatModel` that knows what was recorded, and asks nobody."""

    def __init__(self, desk: Desk, recording: Recording, model: str) -> None:
        self._desk, self._recording, self._model = desk, recording, model

    def ask(self, call: Call) -> Reply:
        """As `ChatModel`."""
        known = self._desk.ledger.recall(call)
        if known is not None:
            return known
        self._desk.check()
        reply = self._recording.recall(call)
        if reply is None:
            raise MutatorUnavailable(
                f"expected a reply to {name_call(call.key)} in the recording "
                f"{self._recording.path}: got none"
            )
        if reply.model != self._model:
            raise MutatorUnavailable(
                f"expected a recording of model {self._model!r}: got {self._recording.path}, in "
                f"which {reply.model!r} answered {name_call(call.key)}"
            )
        if not reply.fault:
            self._desk.ledger.keep(call, reply)
        return reply
