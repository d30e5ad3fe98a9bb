"""One round's search: MAP-Elites over proposals, in batches."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from evolution.archive import AddResult, Archive, Elite
from evolution.config import RunConfig
from evolution.descriptor import cell_count, cell_of
from evolution.evaluation import Evaluation, Trial, evaluate
from evolution.executor import Executor
from evolution.seeds import Purpose, fight_seed, seed_sequence
from llm_mutator.mutator import MutationRequest, Mutator, OperatorStatistics, Proposal
from llm_mutator.mutator import Task as MutationTask
from mars.assembler import RedcodeError, assemble
from mars.redcode import Warrior

Task = Literal["carried", "new", "mutate", "crossover"]
Wanted = tuple[MutationTask, tuple[Warrior, ...]]
EntryStatus = Literal["evaluated", "duplicate", "rejected"]

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


@dataclass(frozen=True)
class Past:
    """A committed part of a round, as far as its future depends on it.

    Attributes:
        proposals, iterations: How many there were.
        seen: Ids of the warriors measured.
        elites: Those in the archive now.
        best_fitness: The highest measured.
        recent: Operator, and whether it improved the archive, of the run's latest proposals.
    """

    proposals: int
    iterations: int
    seen: frozenset[str]
    elites: tuple[Elite, ...]
    best_fitness: float
    recent: tuple[tuple[str, bool], ...]


class Search:
    """The state of a round between two batches.

    Everything drawn depends on the run's seed and the proposal's number alone, so a search
    rebuilt from committed batches goes on as if it had never stopped.

    Attributes:
        archive: Its elites.
        trial: What candidates are measured by.
        proposals, iterations: Made so far; iterations are those after the round's start.
        best_fitness: The highest measured.
        proposing: Number of the proposal asked for last: whose reply it is that arrives.
    """

    def __init__(
        self,
        config: RunConfig,
        round_number: int,
        opponents: tuple[Warrior, ...],
        carried: Sequence[Warrior],
        *,
        mutator: Mutator,
        known: Callable[[Warrior], Warrior] = lambda warrior: warrior,
    ) -> None:
        """A search that has not begun.

        Args:
            config: The run's.
            round_number: From 1.
            opponents: Of every candidate.
            carried: Warriors measured at the start, before the fresh proposals.
            mutator: Makes the proposals.
            known: Gives the stored twin of a warrior (same id, first source), or itself.
        """
        self.config = config
        self.round_number = round_number
        self.carried = tuple(carried)
        self.archive = Archive(cell_count(config.descriptor))
        self.trial = Trial(
            opponents,
            config.fitness.fights,
            fight_seed(config.seed, round_number, 0, Purpose.SEARCH),
        )
        self.proposals = 0
        self.iterations = 0
        self.best_fitness = -float("inf")
        self.proposing = 0
        self._seen: set[str] = set()
        self._recent: deque[tuple[str, bool]] = deque(maxlen=RECENT)
        self._mutator = mutator
        self._known = known

    def restore(self, past: Past) -> None:
        """Goes to the state after the batches already committed."""
        self.proposals, self.iterations = past.proposals, past.iterations
        self.best_fitness = past.best_fitness
        self._seen.update(past.seen)
        self._recent.extend(past.recent)
        for elite in past.elites:
            self.archive.add(elite)

    @property
    def finished(self) -> bool:
        """Whether all iterations are done, or the stop threshold is reached."""
        if self.proposals == 0:
            return False
        share = self.config.search.stop_threshold
        maximum = self.config.maximum_fitness(len(self.trial.opponents))
        reached = share > 0 and self.best_fitness >= share * maximum
        return reached or self.iterations >= self.config.search.iterations

    def run_batch(self, executor: Executor) -> list[Entry]:
        """Proposes from the archive as it is, measures in parallel, adds in order.

        Raises:
            MutatorUnavailable: No proposal can be had now; the state is unchanged.
        """
        entries = self._start() if self.proposals == 0 else self._iterate()
        candidates = [e.warrior for e in entries if e.status == "evaluated" and e.warrior]
        measured = iter(evaluate(candidates, self.trial, self.config, executor))
        return [
            self._admit(e, next(measured) if e.status == "evaluated" else None) for e in entries
        ]

    def _start(self) -> list[Entry]:
        entries = [
            Entry(number, 0, "carried", "", (), warrior.source, "evaluated", warrior=warrior)
            for number, warrior in enumerate(self.carried)
        ]
        fresh = range(len(entries), len(entries) + self.config.search.fresh)
        statistics = self._statistics()
        entries += [self._propose(n, 0, ("new", ()), statistics) for n in fresh]
        return self._without_duplicates(entries)

    def _iterate(self) -> list[Entry]:
        search = self.config.search
        count = min(search.batch, search.iterations - self.iterations)
        statistics = self._statistics()
        places = [(self.proposals + n, self.iterations + n + 1) for n in range(count)]
        return self._without_duplicates(
            [self._propose(n, i, self._select(n), statistics) for n, i in places]
        )

    def _select(self, number: int) -> Wanted:
        """What to ask for: parents uniform over the occupied cells."""
        rng = np.random.default_rng(self._seed(number, Purpose.SELECT))
        search, elites = self.config.search, self.archive.elites()
        draw = rng.random()
        if draw < search.share_new:
            return "new", ()
        if draw < search.share_new + search.share_crossover and len(elites) > 1:
            first, second = rng.choice(len(elites), size=2, replace=False)
            return "crossover", (elites[first].warrior, elites[second].warrior)
        return "mutate", (elites[rng.integers(len(elites))].warrior,)

    def _propose(
        self,
        number: int,
        iteration: int,
        wanted: Wanted,
        statistics: tuple[OperatorStatistics, ...],
    ) -> Entry:
        task, parents = wanted
        self.proposing = number
        request = MutationRequest(task, parents, self.config.core, statistics)
        proposal = self._mutator.propose(request, self._seed(number, Purpose.PROPOSE))
        ids = tuple(parent.id for parent in parents)
        warrior, error = self._assembled(proposal)
        status: EntryStatus = "evaluated" if warrior is not None else "rejected"
        source = _storable(proposal.source)
        operator = _storable(proposal.operator)
        return Entry(number, iteration, task, operator, ids, source, status, error, warrior)

    def _assembled(self, proposal: Proposal) -> tuple[Warrior | None, str]:
        if proposal.error:
            return None, _storable(proposal.error)
        try:
            warrior = assemble(_storable(proposal.source), self.config.core, path="proposal")
        except RedcodeError as error:
            return None, _storable(str(error))
        return self._known(warrior), ""

    def _without_duplicates(self, entries: Sequence[Entry]) -> list[Entry]:
        checked, seen = [], set(self._seen)
        for entry in entries:
            if entry.warrior is not None and entry.warrior.id in seen:
                checked.append(replace(entry, status="duplicate"))
                continue
            if entry.warrior is not None:
                seen.add(entry.warrior.id)
            checked.append(entry)
        return checked

    def _admit(self, entry: Entry, evaluation: Evaluation | None) -> Entry:
        self.proposals += 1
        self.iterations = max(self.iterations, entry.iteration)
        improved = False
        if evaluation is not None and entry.warrior is not None:
            self._seen.add(entry.warrior.id)
            self.best_fitness = max(self.best_fitness, evaluation.fitness)
            cell = cell_of(evaluation.behaviour, self.config.descriptor)
            value = self.value(entry.number, evaluation.fitness)
            result = self.archive.add(Elite(entry.warrior, value, cell))
            improved = result.status.improves
            entry = replace(entry, evaluation=evaluation, placement=Placement(cell, result))
        if entry.operator:
            self._recent.append((entry.operator, improved))
        return entry

    def value(self, number: int, fitness: float) -> float:
        """What selection compares: the fitness, or in shadow mode a draw of the number's own."""
        if not self.config.shadow:
            return fitness
        return float(np.random.default_rng(self._seed(number, Purpose.SHADOW)).random())

    def _statistics(self) -> tuple[OperatorStatistics, ...]:
        made: dict[str, int] = {}
        improved: dict[str, int] = {}
        for operator, success in self._recent:
            made[operator] = made.get(operator, 0) + 1
            improved[operator] = improved.get(operator, 0) + success
        return tuple(OperatorStatistics(o, made[o], improved[o]) for o in sorted(made))

    def _seed(self, number: int, purpose: Purpose) -> np.random.SeedSequence:
        return seed_sequence(self.config.seed, self.round_number, number, purpose)


def _storable(text: str) -> str:
    """Text that UTF-8 can hold: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
