"""A proposal's way through a round, as plain data."""

from dataclasses import dataclass
from typing import Final, Literal

from evolution.archive import AddResult, Elite
from evolution.evaluation import Evaluation
from llm_mutator.calls import Reply
from llm_mutator.mutator import MutationRequest
from mars.redcode import Warrior

Task = Literal["carried", "new", "mutate", "crossover"]
EntryStatus = Literal["evaluated", "duplicate", "rejected"]
Recent = tuple[str, bool, float]

# How many of the latest proposals tell a mutator which operators work.
RECENT: Final = 500


@dataclass(frozen=True)
class Placement:
    """Where a measured warrior was offered, and what came of it."""

    cell: int
    result: AddResult


@dataclass(frozen=True)
class Entry:
    """One proposal and what became of it.

    Attributes:
        number: Its place in the round, from 0.
        iteration: 0 at the round's start, then from 1.
        task: What was asked for; "carried": nothing, it was there before the round.
        operator: Who made it; empty when carried.
        parents: Warrior ids.
        source: As proposed.
        status: "evaluated", "duplicate" (the round has measured it already) or "rejected".
        error: Why it was rejected, or empty.
        warrior: None when rejected.
        evaluation, placement: None unless evaluated.
        replies: Of a chat model, on the way to it.
    """

    number: int
    iteration: int
    task: Task
    operator: str
    parents: tuple[str, ...]
    source: str
    status: EntryStatus
    error: str = ""
    warrior: Warrior | None = None
    evaluation: Evaluation | None = None
    placement: Placement | None = None
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True)
class Slot:
    """A proposal to come: its place in the round, its iteration, and what is asked for."""

    number: int
    iteration: int
    request: MutationRequest


@dataclass(frozen=True)
class Past:
    """A committed part of a round, as far as its future depends on it.

    Attributes:
        proposals, iterations: How many there were.
        seen: Ids of the warriors measured.
        elites: Those in the archive now.
        best_fitness: The highest measured.
        recent: Of the run's latest proposals: operator, whether it improved the archive, cost.
    """

    proposals: int
    iterations: int
    seen: frozenset[str]
    elites: tuple[Elite, ...]
    best_fitness: float
    recent: tuple[Recent, ...]
