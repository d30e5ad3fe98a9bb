"""A run from its folder: rounds in order, from wherever it stopped."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evolution.champions import champion_text, find_champion
from evolution.config import RunConfig
from evolution.executor import Executor
from evolution.folder import champion_path, now, write_text
from evolution.pairs import Result
from evolution.presets import library_warriors, sparring_warriors
from evolution.ratchet import ancestors_met, choose_champion, ratchet_record, record_against
from evolution.records import (
    NamedRow,
    batch_rows,
    bundled_rows,
    champion_rows,
    event_row,
    has_warrior,
    read_bundled,
    read_champions,
    read_elite_ids,
    read_past,
    read_warrior,
    reply_row,
)
from evolution.search import Search
from evolution.seeds import Purpose, fight_seed
from evolution.store import Store
from llm_mutator.build import make_mutator
from llm_mutator.mutator import Mutator, Reply
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
        mutator: Mutator | None,
    ) -> None:
        """A run whose store has its first rows.

        Args:
            folder: Of the run.
            store: Its database, opened for writing.
            config: Its configuration.
            executor: Where fights run.
            mutator: Instead of the one the configuration names.
        """
        self.folder, self.store, self.config = folder, store, config
        self._executor = executor
        self._search: Search | None = None
        self._evaluations = 0
        self._mutator = mutator or make_mutator(
            config.mutator, config.core, library_warriors(config), self._keep_reply
        )
        self._sparring = sparring_warriors(config)
        self._lineage = [
            read_warrior(store, champion.warrior, config.core) for champion in read_champions(store)
        ]

    @property
    def finished(self) -> bool:
        """Whether every round has its champion."""
        return len(self._lineage) > self.config.rounds

    def advance(
        self,
        on_progress: Callable[[Progress], None] = ignore_progress,
        should_stop: Callable[[], bool] = never_stop,
    ) -> bool:
        """Goes on until all rounds are done, or until it should stop.

        Args:
            on_progress: Told after every batch, and before a round's end is worked out.
            should_stop: Asked between batches; what is done by then is committed.

        Returns:
            Whether the run is finished.

        Raises:
            MutatorUnavailable: No proposal can be had now.
            WriteError: The disk is full; what was committed stays.
        """
        self._write_champions()
        self._measure_initial()
        while not self.finished and not should_stop():
            self._round(len(self._lineage), on_progress, should_stop)
        return self.finished

    def log(self, kind: str, detail: str = "") -> None:
        """Adds an event with the time."""
        self.store.append([event_row(kind, detail)])

    def _round(
        self,
        number: int,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
    ) -> None:
        search = self._search = self._open_search(number)
        while not search.finished:
            if should_stop():
                return
            self._batch(search)
            on_progress(self._progress(search, "search"))
        if not should_stop():
            on_progress(self._progress(search, "champion"))
            self._crown(search)

    def _open_search(self, number: int) -> Search:
        ancestors = ancestors_met(number, self._lineage, self.config)
        search = Search(
            self.config,
            number,
            (*ancestors, *self._sparring),
            self._carried(number, ancestors),
            mutator=self._mutator,
            known=self._known,
        )
        search.restore(read_past(self.store, search))
        return search

    def _carried(self, number: int, ancestors: Sequence[Warrior]) -> list[Warrior]:
        """What enters the round besides fresh proposals, each warrior once."""
        carried = {warrior.id: warrior for warrior in ancestors}
        if self.config.search.carry == "archive":
            for _, warrior, _, _ in read_elite_ids(self.store, number - 1):
                carried.setdefault(warrior, read_warrior(self.store, warrior, self.config.core))
        return list(carried.values())

    def _batch(self, search: Search) -> None:
        began = time.monotonic()
        entries = search.run_batch(self._executor)
        rows = batch_rows(self.store, search.round_number, entries)
        measured = sum(entry.status == "evaluated" for entry in entries)
        rows.append(_batch_row(search.round_number, len(entries), measured, began))
        self.store.append(rows)
        self._evaluations += measured

    def _crown(self, search: Search) -> None:
        began = time.monotonic()
        number, config = search.round_number, self.config
        best = search.archive.best(config.champion.candidates)
        choice = choose_champion(best, number, search.trial.opponents, config, self._executor)
        record = ratchet_record(choice.champion, self._lineage, config, self._executor)
        rows = champion_rows(number, choice, record, self._against_bundled(number, choice.champion))
        self.store.append([*rows, _batch_row(number, 0, len(choice.measured), began)])
        self._lineage.append(choice.champion)
        self._write_champions()

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

    def _write_champions(self) -> None:
        for number, warrior in enumerate(self._lineage):
            path = champion_path(self.folder, number)
            if not path.exists():
                champion = find_champion(self.store, number)
                name = self.folder.resolve().name
                write_text(
                    path, champion_text(self.store, name, champion, warrior, self.config.core)
                )

    def _known(self, warrior: Warrior) -> Warrior:
        if has_warrior(self.store, warrior.id):
            return read_warrior(self.store, warrior.id, self.config.core)
        return warrior

    def _keep_reply(self, reply: Reply) -> None:
        if self._search is None:
            raise RuntimeError("expected a reply during a round: got one before the first")
        number = self._search.proposing
        self.store.append([reply_row(self.store, self._search.round_number, number, reply)])

    def _progress(self, search: Search, phase: str) -> Progress:
        return Progress(
            search.round_number,
            self.config.rounds,
            search.iterations,
            self.config.search.iterations,
            search.best_fitness,
            self.config.maximum_fitness(len(search.trial.opponents)),
            len(search.archive),
            search.archive.cells,
            self._evaluations,
            phase,
        )


def _batch_row(round_number: int, proposals: int, evaluations: int, began: float) -> NamedRow:
    seconds = time.monotonic() - began
    return ("batches", (None, round_number, proposals, evaluations, seconds, now()))
