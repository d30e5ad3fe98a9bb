"""How a run uses its chat models: caps, prices, recordings. None of it is a setting: with the
same replies the result is the same."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from evolution.config import RunConfig
from llm_mutator.budget import Limits
from llm_mutator.build import make_mutator
from llm_mutator.calls import Ledger
from llm_mutator.desk import Desk
from llm_mutator.memory import MemoryLedger
from llm_mutator.prices import Price, package_prices
from llm_mutator.recording import Recording


@dataclass(frozen=True)
class Service:
    """What may differ from one day to the next.

    Attributes:
        max_cost, max_tokens: New caps on spending over the whole run; None: the old one holds
            on; "none": no cap.
        prices: Of models, the first that fits counts.
        allow_unpriced: Whether models without a price may be asked.
        recording: Replies that take the place of all calls.
        stop: Set to begin no further call.
    """

    max_cost: float | Literal["none"] | None = None
    max_tokens: int | Literal["none"] | None = None
    prices: Sequence[Price] = field(default_factory=package_prices)
    allow_unpriced: bool = False
    recording: Recording | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def limits(self, held: Limits) -> Limits:
        """The caps, where others have held so far."""
        cost = held.max_cost if self.max_cost is None else self.max_cost
        tokens = held.max_tokens if self.max_tokens is None else self.max_tokens
        return Limits(None if cost == "none" else cost, None if tokens == "none" else tokens)

    def check(self, config: RunConfig) -> None:
        """Refuses a run whose proposals cannot be had, before anything is begun.

        Raises:
            MutatorUnavailable: A key or a price is missing.
        """
        desk = self.desk(MemoryLedger(), self.limits(Limits()))
        for mutator in config.islands.mutators or (config.mutator,):
            make_mutator(mutator, config.core, desk=desk)

    def desk(self, ledger: Ledger, limits: Limits) -> Desk:
        """Where the calls are made, under these caps."""
        return Desk(
            ledger,
            limits=limits,
            prices=self.prices,
            allow_unpriced=self.allow_unpriced,
            stop=self.stop,
            recording=self.recording,
        )
