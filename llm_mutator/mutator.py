"""The seam between search and mutation: a request in, a proposal out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np

from llm_mutator.calls import Reply
from llm_mutator.feedback import Feedback
from mars.redcode import Warrior
from mars.settings import CoreSettings

Task = Literal["new", "mutate", "crossover"]

PARENTS_OF_TASK: Final[dict[Task, int]] = {"new": 0, "mutate": 1, "crossover": 2}


class MutatorUnavailable(Exception):  # noqa: N818 - a state of the world, not a fault here
    """The mutator cannot work at all (wrong key, unknown model, no server).

    The one exception a mutator raises: no other proposal would fare better, so the run
    stops cleanly and can be resumed. Its text never contains a key.
    """


class BudgetSpent(MutatorUnavailable):
    """The next call could cost more than is allowed."""


class Stopped(MutatorUnavailable):
    """The caller asked to stop, and no call is begun any more."""


@dataclass(frozen=True)
class OperatorStatistics:
    """What the proposals of one operator brought lately.

    Attributes:
        operator: As in `Proposal.operator`, whole.
        proposals: How many were made, at least 0.
        improvements: How many of them improved the archive, at most `proposals`.
        cost: US dollars that they cost together.
    """

    operator: str
    proposals: int
    improvements: int
    cost: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.improvements <= self.proposals:
            raise ValueError(
                "expected 0 <= improvements <= proposals: "
                f"got {self.improvements} improvements of {self.proposals} proposals"
            )


@dataclass(frozen=True)
class MutationRequest:
    """What is wanted.

    Attributes:
        task: "new": from nothing; "mutate": change one parent; "crossover": join two.
        parents: None, one or two warriors, by task.
        settings: The rules that the proposal must assemble under.
        statistics: What each operator brought lately; the caller derives it from its
            store, so that adaptive weights and bandits keep no state of their own.
        feedback: Gives what the caller knows of the parents and the archive, for a prompt;
            called at most once, perhaps from another thread, and only by those who use it.
        round, number: The proposal's place in the run, by which stored replies are found.
        origin: What tells runs apart whose replies must not be taken for each other's.
    """

    task: Task
    parents: tuple[Warrior, ...]
    settings: CoreSettings
    statistics: tuple[OperatorStatistics, ...] = ()
    feedback: Callable[[], Feedback] | None = None
    round: int = 0
    number: int = 0
    origin: str = ""

    def __post_init__(self) -> None:
        if self.task not in PARENTS_OF_TASK:
            raise ValueError(f"task must be one of {', '.join(PARENTS_OF_TASK)}: got {self.task!r}")
        expected = PARENTS_OF_TASK[self.task]
        if len(self.parents) != expected:
            raise ValueError(
                f"expected {expected} parents for task {self.task!r}: got {len(self.parents)}"
            )


@dataclass(frozen=True)
class Proposal:
    """A proposed warrior; with an `error` it is rejected, and that is data too.

    Attributes:
        source: Redcode text; may be empty when there is an error.
        operator: Who made it, for instance "genetic.insert+swap" or
            "llm.informed.mutate+repair@gpt-4.1-mini".
        error: Why it is rejected, empty when it assembles.
        replies: Every reply on the way to it, in order.
    """

    source: str
    operator: str
    error: str = ""
    replies: tuple[Reply, ...] = ()


class Mutator(Protocol):
    """Proposes warriors. Implementations keep no state and may be called from threads."""

    @property
    def concurrency(self) -> int:
        """How many proposals are worth asking for at once; 1: it never waits for anybody."""
        ...

    def propose(self, request: MutationRequest, seed: np.random.SeedSequence) -> Proposal:
        """Makes one proposal; the seed, never changed, decides everything drawn.

        Raises:
            MutatorUnavailable: No proposal can be made now, nor would the next one be.
        """
        ...
