"""A run from its folder: rounds in order, from wherever it stopped."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evolution.champions import champion_text
from evolution.config import RunConfig
from evolution.executor import Executor
from evolution.folder import FolderError, champion_path, folder_name, now, write_text
from evolution.islands_config import NO_ISLAND
from evolution.ledger import StoreLedger, failed_rows, ignore_fault, read_limits
from evolution.pairs import Result
from evolution.past import open_search, read_lineage
from evolution.presets import library_warriors
from evolution.ratchet import choose_champion, ratchet_record, record_against
from evolution.records import (
    batch_rows,
    bundled_rows,
    champion_rows,
    event_row,
    read_bundled,
    read_champion,
    read_immigrant_ids,
)
from evolution.search import Search, origin_of
from evolution.seeds import Purpose, fight_seed
from evolution.service import Service
from evolution.store import NamedRow, Store
from llm_mutator.build import make_mutator
from llm_mutator.mutator import Mutator, Stopped
from mars.classics import bundled_by_name
from mars.redcode import Warrior


@dataclass(frozen=True)
class Progress:
    """How far a run is, after a batch.

    Attributes:
        round, rounds: The round searched, of how many.
        iteration, iterations: In it.
        best_fitness, maximum_fitness: The highest measured in it, and the highest possible.
        occupied, cells: Of the archive.
        evaluations: Made since the run was opened.
        phase: "search", or "champion" while the round's end is worked out.
        cost: US dollars that the run's calls of chat models have cost.
        island: Which of several it is; -1: there is one lineage.
    """

    round: int
    rounds: int
    iteration: int
    iterations: int
    best_fitness: float
    maximum_fitness: float
    occupied: int
    cells: int
    evaluations: int
    phase: str
    cost: float
    island: int = NO_ISLAND


def ignore_progress(_: Progress) -> None:
    """For callers that do not watch."""


def never_stop() -> bool:
    """For callers that let a run go to its end."""
    return False


class Run:
    """A run opened for writing; see `evolution.session.opened`."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        config: RunConfig,
        executor: Executor,
        *,
        service: Service,
        mutator: Mutator | None,
    ) -> None:
        """A run whose store has its first rows.

        Args:
            folder: Of the run.
            store: Its database, opened for writing.
            config: Its configuration.
            executor: Where fights run.
            service: How chat models are used.
            mutator: Instead of the one the configuration names.
        """
        self.folder, self.store, self.config = folder, store, config
        self._executor = executor
        self._evaluations = 0
        self._ledger = StoreLedger(store)
        self._mutator = mutator or make_mutator(
            config.mutator,
            config.core,
            library_warriors(config),
            service.desk(self._ledger, read_limits(store)),
        )
        self._lineage = read_lineage(store, config)

    @property
    def runs(self) -> tuple["Run", ...]:
        """Itself: as `evolution.islands.Islands` has those of all islands."""
        return (self,)

    @property
    def finished(self) -> bool:
        """Whether every round has its champion."""
        return self.rounds_done >= self.config.rounds

    @property
    def rounds_done(self) -> int:
        """How many rounds have their champion."""
        return len(self._lineage) - 1

    @property
    def evaluations(self) -> int:
        """Made since the run was opened."""
        return self._evaluations

    @property
    def cost(self) -> float:
        """US dollars that the calls of chat models have cost."""
        return self._ledger.spent().cost

    def advance(
        self,
        on_progress: Callable[[Progress], None] = ignore_progress,
        should_stop: Callable[[], bool] = never_stop,
        on_fault: Callable[[str], None] = ignore_fault,
        rounds: int | None = None,
    ) -> bool:
        """Goes on until all rounds are done, or until it should stop.

        Args:
            on_progress: Told after every batch, whenever replies of a chat model have arrived, and
                before a round's end is worked out.
            should_stop: Asked between batches; what is done by then is committed.
            on_fault: Told why a request to a chat model brought nothing, from any thread.
            rounds: How many to have in the end; None: all.

        Returns:
            Whether it has that many.

        Raises:
            FolderError: It is one of several islands, and the others' champions have not come.
            MutatorUnavailable: No proposal can be had now.
            WriteError: The disk is full; what was committed stays.
        """
        self._ledger.on_fault = on_fault
        for number, warrior in enumerate(self._lineage):
            if not champion_path(self.folder, number).exists():
                self._write_champion(number, warrior)
        self._measure_initial()
        wanted = self.config.rounds if rounds is None else rounds
        while self.rounds_done < wanted and not should_stop():
            self._round(on_progress, should_stop)
        return self.rounds_done >= wanted

    def log(self, kind: str, detail: str = "") -> None:
        """Adds an event with the time."""
        self.store.append([event_row(kind, detail)])

    def _round(
        self,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
    ) -> None:
        self._check_immigrants()
        search = open_search(self.store, self.config, self._lineage, self._mutator)
        while not search.finished:
            if should_stop() or not self._batch(search, on_progress):
                return
            on_progress(self._progress(search, "search"))
        if not should_stop():
            on_progress(self._progress(search, "champion"))
            self._crown(search)

    def _check_immigrants(self) -> None:
        """Refuses to go past an exchange that has not been: `evolution.islands` makes it."""
        coming = self.rounds_done + 1
        if self.config.immigrants_in(coming) and not read_immigrant_ids(self.store, coming):
            raise FolderError(
                f"expected champions of the other islands before round {coming}: got none in "
                f"{self.folder}; go on with the folder of all islands"
            )

    def _batch(self, search: Search, on_progress: Callable[[Progress], None]) -> bool:
        """Works a batch out; whether it was not stopped while it waited for replies."""
        began = time.monotonic()

        def on_arrival(count: int) -> None:
            on_progress(self._progress(search, "search", count))

        try:
            entries = search.run_batch(self._executor, on_arrival)
        except Stopped:
            return False
        rows = batch_rows(self.store, search.round_number, entries)
        rows += failed_rows(search.round_number, entries, origin_of(self.config))
        measured = sum(entry.status == "evaluated" for entry in entries)
        rows.append(_batch_row(search.round_number, len(entries), measured, began))
        self.store.append(rows)
        self._evaluations += measured
        return True

    def _crown(self, search: Search) -> None:
        began = time.monotonic()
        number, config = search.round_number, self.config
        best = search.archive.best(config.champion.candidates)
        choice = choose_champion(best, number, search.trial.opponents, config, self._executor)
        record = ratchet_record(choice.champion, self._lineage, config, self._executor)
        rows = champion_rows(number, choice, record, self._against_bundled(number, choice.champion))
        self.store.append([*rows, _batch_row(number, 0, len(choice.measured), began)])
        self._lineage.append(choice.champion)
        self._write_champion(number, choice.champion)

    def _against_bundled(self, number: int, champion: Warrior) -> dict[str, Result]:
        config = self.config
        fights = config.champion.bundled_fights
        if not fights:
            return {}
        opponents = bundled_by_name(config.core)
        seed = fight_seed(config.seed, number, 0, Purpose.BUNDLED)
        seeded = [(warrior, seed) for warrior in opponents.values()]
        results = record_against(champion, seeded, fights, config.core, self._executor)
        return dict(zip(opponents, results, strict=True))

    def _measure_initial(self) -> None:
        """w_0 against the bundled warriors, for comparison, when that is still to do."""
        if self.config.champion.bundled_fights and not read_bundled(self.store, 0):
            results = self._against_bundled(0, self._lineage[0])
            self.store.append(bundled_rows(0, results))

    def _write_champion(self, number: int, warrior: Warrior) -> None:
        champion = read_champion(self.store, number)
        name = folder_name(self.folder, self.config)
        text = champion_text(self.store, name, champion, warrior, self.config.core)
        write_text(champion_path(self.folder, number), text)

    def _progress(self, search: Search, phase: str, arrived: int = 0) -> Progress:
        return Progress(
            search.round_number,
            self.config.rounds,
            search.iterations + (arrived if search.proposals else 0),
            self.config.search.iterations,
            search.best_fitness,
            self.config.maximum_fitness(len(search.trial.opponents)),
            len(search.archive),
            search.archive.cells,
            self._evaluations,
            phase,
            self.cost,
        )


def _batch_row(round_number: int, proposals: int, evaluations: int, began: float) -> NamedRow:
    seconds = time.monotonic() - began
    return ("batches", (None, round_number, proposals, evaluations, seconds, now()))
