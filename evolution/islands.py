"""Several lineages in one folder: an island a run, in turn, with champions exchanged between them.

`config.toml` in the folder is that of all; `island_0`, `island_1`, … are run folders as any other,
each complete: what has come from other islands is stored in it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from evolution.config import RunConfig
from evolution.executor import Executor, LocalExecutor
from evolution.folder import (
    FolderError,
    read_folder_config,
)
from evolution.islands_folders import island_folder, refuse_one_island
from evolution.ledger import ignore_fault, read_limits
from evolution.records import (
    Immigrant,
    immigrant_rows,
    read_champion,
    read_immigrant_ids,
    read_warrior,
)
from evolution.run import Progress, Run, ignore_progress, never_stop
from evolution.service import Service
from evolution.session import ExecutorMaker, begun, opened
from llm_mutator.budget import Limits


class Islands:
    """All islands of a run, opened for writing; see `opened_islands`. To work with as with a `Run`.

    Attributes:
        folder: Of all.
        config: Of all.
        runs: Each island's, in order.
    """

    def __init__(self, folder: Path, config: RunConfig, runs: Sequence[Run]) -> None:
        self.folder, self.config, self.runs = folder, config, tuple(runs)

    @property
    def finished(self) -> bool:
        """Whether every round of every island has its champion."""
        return all(run.finished for run in self.runs)

    def advance(
        self,
        on_progress: Callable[[Progress], None] = ignore_progress,
        should_stop: Callable[[], bool] = never_stop,
        on_fault: Callable[[str], None] = ignore_fault,
    ) -> bool:
        """Goes on until all islands have all rounds, or until it should stop.

        Each island in turn works the rounds up to the next exchange, so that all champions that it
        then receives are committed, wherever it was interrupted.

        Args:
            on_progress, should_stop, on_fault: As in `Run.advance`; evaluations and cost are those
                of all islands.

        Returns:
            Whether all are finished.

        Raises:
            MutatorUnavailable: No proposal can be had now; or a cap on an island's spending.
            WriteError: The disk is full; what was committed stays.
        """
        rounds, islands = self.config.rounds, self.config.islands
        for first in range(1, rounds + 1, islands.every):
            last = islands.stretch(first, rounds)[-1]
            for number, run in enumerate(self.runs):
                self._welcome(number, last)
                if not run.advance(self._told(number, on_progress), should_stop, on_fault, last):
                    return False
        return True

    def log(self, kind: str, detail: str = "") -> None:
        """Adds an event with the time to each island."""
        for run in self.runs:
            run.log(kind, detail)

    def _welcome(self, number: int, last: int) -> None:
        """Stores who comes to an island before its next round, when that is still to do."""
        run = self.runs[number]
        coming = run.rounds_done + 1
        if coming > last or not run.config.immigrants_in(coming):
            return
        if not read_immigrant_ids(run.store, coming):
            others = [place for place in range(len(self.runs)) if place != number]
            immigrants = [self._champion(place, coming - 1) for place in others]
            run.store.append(immigrant_rows(run.store, coming, immigrants))

    def _champion(self, number: int, round_number: int) -> Immigrant:
        store = self.runs[number].store
        champion = read_champion(store, round_number)
        warrior = read_warrior(store, champion.warrior, self.config.core)
        return Immigrant(warrior, number, round_number)

    def _told(
        self, number: int, on_progress: Callable[[Progress], None]
    ) -> Callable[[Progress], None]:
        others = [run for place, run in enumerate(self.runs) if place != number]
        evaluations = sum(run.evaluations for run in others)
        cost = sum(run.cost for run in others)

        def told(progress: Progress) -> None:
            on_progress(
                replace(
                    progress,
                    island=number,
                    evaluations=evaluations + progress.evaluations,
                    cost=cost + progress.cost,
                )
            )

        return told


@contextmanager
def opened_islands(
    folder: Path,
    config: RunConfig | None = None,
    *,
    command: Sequence[str] = (),
    workers: int = 1,
    executor: ExecutorMaker | None = None,
    service: Service | None = None,
) -> Iterator[Islands]:
    """Opens all islands of a run for writing; nobody else can until they are closed.

    Args:
        folder: Of all.
        config, command, workers: As for `session.opened`.
        executor: Makes what fights instead of threads; all islands share it.
        service: How chat models are used. Caps are for all islands together, an equal share each.

    Raises:
        FolderError: It is another run, not one of islands, or open elsewhere.
        StoreError: An island's database is damaged.
        WriteError: It cannot be made.
        MutatorUnavailable: A mutator lacks something, such as a key.
        ExecutorError: The executor cannot be had.
    """
    if config is None:
        config = read_folder_config(folder)
    if not config.islands.are_several:
        raise FolderError(f"expected a run of several islands: got one lineage in {folder}")
    count = config.islands.count
    shared = _shared(service or Service(), count)
    make = executor or (lambda _: LocalExecutor(workers))
    kept: list[Executor] = []
    with ExitStack() as stack:
        stack.enter_context(begun(folder, config, command))
        runs: list[Run] = []
        for number in range(count):
            island = opened(
                island_folder(folder, number),
                config.island(number),
                command=command,
                executor=lambda tell: _keeping(kept, make, tell),
                service=shared,
            )
            runs.append(stack.enter_context(island))
            shared = _with_limits(shared, read_limits(runs[0].store))
        yield Islands(folder, config, runs)


@contextmanager
def opened_run(
    folder: Path,
    config: RunConfig | None = None,
    *,
    command: Sequence[str] = (),
    workers: int = 1,
    executor: ExecutorMaker | None = None,
    service: Service | None = None,
) -> Iterator[Run | Islands]:
    """Opens a run of one lineage or of several, by its configuration.

    Args:
        folder: Of the run.
        config, command, workers, executor, service: As for `session.opened` or `opened_islands`.

    Raises:
        FolderError: It is one island alone; else as they do.
    """
    settings = config or read_folder_config(folder)
    refuse_one_island(folder, settings)
    made: AbstractContextManager[Run | Islands] = (
        opened_islands if settings.islands.are_several else opened
    )(folder, config, command=command, workers=workers, executor=executor, service=service)
    with made as run:
        yield run


def _keeping(
    kept: list[Executor], make: ExecutorMaker, tell: Callable[[str], None]
) -> AbstractContextManager[Executor]:
    """The executor of all islands: the first makes it, keeps what it tells, and closes it last."""
    return nullcontext(kept[0]) if kept else _first(kept, make(tell))


@contextmanager
def _first(kept: list[Executor], made: AbstractContextManager[Executor]) -> Iterator[Executor]:
    with made as executor:
        kept.append(executor)
        yield executor


def _with_limits(service: Service, limits: Limits) -> Service:
    """The service with the first island's caps, so that no crash leaves an island without."""
    return replace(
        service,
        max_cost="none" if limits.max_cost is None else limits.max_cost,
        max_tokens="none" if limits.max_tokens is None else limits.max_tokens,
    )


def _shared(service: Service, count: int) -> Service:
    """The service of each island: an equal share of caps on them all."""
    cost, tokens = service.max_cost, service.max_tokens
    return replace(
        service,
        max_cost=cost / count if isinstance(cost, int | float) else cost,
        max_tokens=max(1, tokens // count) if isinstance(tokens, int) else tokens,
    )
