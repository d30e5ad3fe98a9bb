"""One round's search: MAP-Elites over proposals, in batches."""

import hashlib
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from evolution.archive import Archive, Elite
from evolution.config import RunConfig
from evolution.descriptor import cell_count, cell_of
from evolution.entries import RECENT, Entry, Past, Placement, Recent, Slot
from evolution.evaluation import Evaluation, Trial, evaluate
from evolution.executor import Executor, ExecutorError
from evolution.informant import Informant
from evolution.jobs import Lost
from evolution.proposing import Proposing
from evolution.seeds import Purpose, fight_seed, seed_sequence
from llm_mutator.mutator import MutationRequest, Mutator, OperatorStatistics, Proposal
from llm_mutator.mutator import Task as MutationTask
from mars.assembler import RedcodeError, assemble
from mars.redcode import Warrior

Wanted = tuple[MutationTask, tuple[Elite, ...]]


class Search:
    """The state of a round between two batches.

    Everything drawn depends on the run's seed and the proposal's number alone, so a search
    rebuilt from committed batches goes on as if it had never stopped.

    Attributes:
        archive: Its elites.
        trial: What candidates are measured by.
        proposals, iterations: Made so far; iterations are those after the round's start.
        best_fitness: The highest measured.
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
        self._seen: set[str] = set()
        self._recent: deque[Recent] = deque(maxlen=RECENT)
        self._mutator = mutator
        self._known = known
        self._origin = origin_of(config)
        self._informant = Informant(config, round_number, opponents, self.archive)

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

    def run_batch(
        self, executor: Executor, on_arrival: Callable[[int], None] = lambda _: None
    ) -> list[Entry]:
        """Proposes from the archive as it is, measures what arrives, adds in order.

        Args:
            executor: Where the fights run.
            on_arrival: Told how many proposals have come, each time but the last.

        Raises:
            MutatorUnavailable: No proposal can be had now; the state is unchanged.
            ExecutorError: Fights cannot go on, or nobody can measure a warrior that must enter.
        """
        carried = self._carried_entries() if self.proposals == 0 else []
        slots = self.slots()
        wishes = [(slot.request, self._seed(slot.number, Purpose.PROPOSE)) for slot in slots]
        entries: dict[int, Entry] = {entry.number: entry for entry in carried}
        measured: dict[str, Evaluation | Lost] = {}
        with Proposing(self._mutator, wishes) as proposing:
            if self._mutator.concurrency > 1:  # the first replies take a while
                self._measure(carried, measured, executor)
            for portion in proposing.arrivals():
                arrived = [self._entry(slots[place], made) for place, made in portion]
                entries.update((entry.number, entry) for entry in arrived)
                self._measure((*carried, *arrived), measured, executor)
                if len(entries) < len(carried) + len(slots):
                    on_arrival(len(entries) - len(carried))
        self._measure(carried, measured, executor)  # when there was no wish
        in_order = [_without_lost(entries[number], measured) for number in sorted(entries)]
        return [self._admit(entry, measured) for entry in self._without_duplicates(in_order)]

    def _measure(
        self, entries: Sequence[Entry], measured: dict[str, Evaluation | Lost], executor: Executor
    ) -> None:
        """Adds the evaluations of warriors that have none in this round."""
        candidates = {
            entry.warrior.id: entry.warrior
            for entry in entries
            if entry.warrior is not None and entry.warrior.id not in self._seen
        }
        new = [warrior for key, warrior in candidates.items() if key not in measured]
        evaluations = evaluate(new, self.trial, self.config, executor)
        measured.update(zip((warrior.id for warrior in new), evaluations, strict=True))

    def _carried_entries(self) -> list[Entry]:
        return [
            Entry(number, 0, "carried", "", (), warrior.source, "evaluated", warrior=warrior)
            for number, warrior in enumerate(self.carried)
        ]

    def slots(self) -> list[Slot]:
        """What the next batch asks for: at the round's start new warriors alone."""
        search = self.config.search
        if self.proposals == 0:
            first, iterations = len(self.carried), [0] * search.fresh
        else:
            count = min(search.batch, search.iterations - self.iterations)
            first, iterations = self.proposals, [self.iterations + n + 1 for n in range(count)]
        statistics = self._statistics()
        slots = []
        for number, iteration in enumerate(iterations, first):
            wanted: Wanted = self._select(number) if iteration else ("new", ())
            slots.append(Slot(number, iteration, self.request(number, wanted, statistics)))
        return slots

    def request(
        self,
        number: int,
        wanted: Wanted,
        statistics: tuple[OperatorStatistics, ...],
    ) -> MutationRequest:
        """What is asked for in a place of the round: a task, and elites as parents."""
        task, elites = wanted
        return MutationRequest(
            task,
            tuple(elite.warrior for elite in elites),
            self.config.core,
            statistics,
            self._informant.about(elites),
            self.round_number,
            number,
            self._origin,
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
            return "crossover", (elites[first], elites[second])
        return "mutate", (elites[rng.integers(len(elites))],)

    def _entry(self, slot: Slot, proposal: Proposal) -> Entry:
        """A proposal that has arrived, not yet measured."""
        ids = tuple(parent.id for parent in slot.request.parents)
        warrior, error = self._assembled(proposal)
        return Entry(
            slot.number,
            slot.iteration,
            slot.request.task,
            _storable(proposal.operator),
            ids,
            _storable(proposal.source),
            "evaluated" if warrior is not None else "rejected",
            error,
            warrior,
            replies=proposal.replies,
        )

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

    def _admit(self, entry: Entry, measured: Mapping[str, Evaluation | Lost]) -> Entry:
        self.proposals += 1
        self.iterations = max(self.iterations, entry.iteration)
        improved = False
        evaluation = measured.get(entry.warrior.id) if entry.warrior is not None else None
        if entry.status == "evaluated" and entry.warrior and isinstance(evaluation, Evaluation):
            self._seen.add(entry.warrior.id)
            self.best_fitness = max(self.best_fitness, evaluation.fitness)
            cell = cell_of(evaluation.behaviour, self.config.descriptor)
            value = self.value(entry.number, evaluation.fitness)
            result = self.archive.add(Elite(entry.warrior, value, cell))
            improved = result.status.improves
            entry = replace(entry, evaluation=evaluation, placement=Placement(cell, result))
        if entry.operator:
            cost = math.fsum(reply.cost or 0.0 for reply in entry.replies)
            self._recent.append((entry.operator, improved, cost))
        return entry

    def value(self, number: int, fitness: float) -> float:
        """What selection compares: the fitness, or in shadow mode a draw of the number's own."""
        if not self.config.shadow:
            return fitness
        return float(np.random.default_rng(self._seed(number, Purpose.SHADOW)).random())

    def _statistics(self) -> tuple[OperatorStatistics, ...]:
        made: dict[str, list[Recent]] = {}
        for recent in self._recent:
            made.setdefault(recent[0], []).append(recent)
        return tuple(
            OperatorStatistics(
                operator,
                len(made[operator]),
                sum(improved for _, improved, _ in made[operator]),
                math.fsum(cost for _, _, cost in made[operator]),
            )
            for operator in sorted(made)
        )

    def _seed(self, number: int, purpose: Purpose) -> np.random.SeedSequence:
        return seed_sequence(self.config.seed, self.round_number, number, purpose)


def origin_of(config: RunConfig) -> str:
    """What tells a run's questions to a model from another's: its seed, w_0 and core."""
    core = config.core
    initial = hashlib.sha256(config.initial.source.encode()).hexdigest()
    return f"{config.seed} {core.core_size} {core.max_length} {core.rules} {initial}"


def _without_lost(entry: Entry, measured: Mapping[str, Evaluation | Lost]) -> Entry:
    """A proposal that nobody could measure is rejected; what must enter the round cannot be.

    Raises:
        ExecutorError: It is a carried one.
    """
    found = measured.get(entry.warrior.id) if entry.warrior is not None else None
    if not isinstance(found, Lost):
        return entry
    if entry.task == "carried":
        raise ExecutorError(f"cannot measure a warrior that enters the round: {found.reason}")
    error = f"expected its fights to end: got {found.reason}"
    return replace(entry, status="rejected", error=error, warrior=None)


def _storable(text: str) -> str:
    """Text that UTF-8 can hold: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
