"""How fights are run: in portions, over threads, on the compiled kernel.

A portion takes a fraction of a second, so that threads end together, memory stays bounded,
progress can be shown, and Ctrl-C comes through.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from mars import kernel
from mars.placement import IntArray
from mars.redcode import Warrior
from mars.rules import PSPACE_OPCODES
from mars.settings import MAX_WARRIORS, CoreSettings

PORTION_INSTRUCTIONS: Final = 10_000_000
PORTION_FIGHTS: Final = 4096
# A fight that can take more is run piece by piece, which is a little slower.
LONG_FIGHT: Final = 20 * PORTION_INSTRUCTIONS

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, eq=False)
class FightRecords:
    """What came of each fight, in their order.

    Attributes:
        positions: (fights, n_warriors) load addresses.
        firsts: (fights,) index of the warrior that executed first.
        death_cycles: (fights, n_warriors) cycle, from 0, in which a warrior lost its last process;
            -1: never.
        executed: (fights,) instructions of all warriors. Where nothing is counted, fights of
            two without P-space end as soon as a tie has become inevitable.
        spawned: (fights, n_warriors) SPLs that added a process; no columns if not counted.
        coverage: (fights, n_warriors) distinct addresses that ever entered the process queue,
            the start included; no columns if not counted.
    """

    positions: IntArray
    firsts: IntArray
    death_cycles: IntArray
    executed: IntArray
    spawned: IntArray
    coverage: IntArray

    @property
    def alive(self) -> NDArray[np.bool_]:
        """(fights, n_warriors) who survived."""
        return self.death_cycles < 0


@dataclass(frozen=True)
class Arena:
    """Warriors ready to fight under some rules; P-space lives on from fight to fight.

    Attributes:
        warriors: 1 to 64.
        settings: Rules.
        counts: SPLs and coverage are counted.
        to_the_end: Fights go on to the last cycle even when one warrior is left.
    """

    warriors: Sequence[Warrior]
    settings: CoreSettings
    counts: bool
    to_the_end: bool

    @property
    def portion(self) -> int:
        """How many fights make a portion."""
        longest = len(self.warriors) * self.settings.max_cycles
        return max(1, min(PORTION_FIGHTS, PORTION_INSTRUCTIONS // longest))

    def fight(
        self,
        placements: Iterable[tuple[IntArray, IntArray]],
        workers: int,
    ) -> Iterator[FightRecords]:
        """Fights portion by portion; the results come in order.

        Args:
            placements: Positions and starters of each portion, see `FightRecords`.
            workers: Threads; with P-space, where fights depend on each other, there is one.
        """
        nowhere = np.zeros((0, len(self.warriors)), np.int64)
        lineup = lineup_of(self.warriors, self.settings, nowhere, nowhere[:, 0])
        pspace = new_pspace(self.warriors, self.settings)
        in_pspace = any(map(uses_pspace, self.warriors))
        cancelled = Event()

        def run(placed: tuple[IntArray, IntArray]) -> FightRecords:
            positions, firsts = placed
            part = lineup._replace(positions=positions, firsts=firsts)
            results = self._fight_portion(part, pspace, in_pspace, cancelled)
            return FightRecords(positions, firsts, *results)

        yield from map_in_threads(
            run, placements, 1 if in_pspace else workers, ahead=4, cancelled=cancelled
        )

    def _fight_portion(
        self, lineup: kernel.Lineup, pspace: kernel.PSpace, in_pspace: bool, cancelled: Event
    ) -> kernel.Results:
        settings, (fights, n_warriors) = self.settings, lineup.positions.shape
        rules = rules_of(settings, self.to_the_end)
        columns = n_warriors if self.counts else 0
        results = kernel.Results(
            deaths=np.full((fights, n_warriors), -1, np.int64),
            executed=np.zeros(fights, np.int64),
            spawned=np.zeros((fights, columns), np.int64),
            coverage=np.zeros((fights, columns), np.int64),
        )
        if n_warriors * settings.max_cycles > LONG_FIGHT:
            _fight_piecewise(rules, lineup, pspace, results, cancelled)
        elif n_warriors == 2 and not (self.to_the_end or in_pspace):
            kernel.fight_duels(rules, lineup, results)
        elif self.counts:
            kernel.fight_melees_counted(rules, lineup, pspace, results)
        else:
            kernel.fight_melees(rules, lineup, pspace, results)
        return results


def _fight_piecewise(
    rules: kernel.Rules,
    lineup: kernel.Lineup,
    pspace: kernel.PSpace,
    results: kernel.Results,
    cancelled: Event,
) -> None:
    """Fights that are so long that each must be interruptible."""
    machine = kernel.new_machine(rules, len(lineup.lengths), pspace, True)
    no_events = np.zeros((0, 3), np.int32)
    for fight in range(len(lineup.firsts)):
        kernel.start_machine(machine, rules, lineup, fight)
        while not machine.state[kernel.FINISHED] and not cancelled.is_set():
            kernel.run_machine(machine, rules, no_events, PORTION_INSTRUCTIONS)
        kernel.record_melee(machine, results, fight, rules.core_size)
        if results.spawned.shape[1]:
            results.spawned[fight] = machine.spawned
            results.coverage[fight] = machine.entered.sum(axis=1, dtype=np.int64)


def map_in_threads(
    function: Callable[[Job], Outcome],
    jobs: Iterable[Job],
    workers: int,
    *,
    ahead: int,
    cancelled: Event,
) -> Iterator[Outcome]:
    """`map` over threads, in order; at most so many jobs a thread wait at any time.

    When it is broken off, by Ctrl-C or an error, `cancelled` tells the running jobs.
    """
    if workers == 1:
        yield from map(function, jobs)
        return
    waiting: deque[Future[Outcome]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for job in jobs:
                waiting.append(pool.submit(function, job))
                if len(waiting) == ahead * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BaseException:
            cancelled.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def check_warriors(warriors: Sequence[Warrior], settings: CoreSettings) -> None:
    """Refuses warriors that cannot fight under these settings.

    Raises:
        ValueError: There are too few or too many, one is too long, or needs P-space.
    """
    if not 1 <= len(warriors) <= MAX_WARRIORS:
        raise ValueError(f"warriors must be 1 to {MAX_WARRIORS}: got {len(warriors)}")
    for warrior in warriors:
        if len(warrior) > settings.max_length:
            raise ValueError(
                f"warrior {warrior.name!r} must have at most {settings.max_length} "
                f"instructions: got {len(warrior)}"
            )
        if settings.pspace_size == 0 and uses_pspace(warrior):
            raise ValueError(
                f"pspace_size must be positive for warrior {warrior.name!r}, which has LDP or "
                "STP: got 0"
            )


def uses_pspace(warrior: Warrior) -> bool:
    """Whether there is an LDP or STP in it; copying cannot make one where there is none."""
    return any(line.opcode in PSPACE_OPCODES for line in warrior.instructions)


def rules_of(settings: CoreSettings, to_the_end: bool) -> kernel.Rules:
    """Settings as the kernel wants them."""
    return kernel.Rules(settings.core_size, settings.max_cycles, settings.max_processes, to_the_end)


def lineup_of(
    warriors: Sequence[Warrior], settings: CoreSettings, positions: IntArray, firsts: IntArray
) -> kernel.Lineup:
    """Warriors and placements as the kernel wants them."""
    code = np.zeros((len(warriors), max(map(len, warriors))), np.uint64)
    for row, warrior in zip(code, warriors, strict=True):
        row[: len(warrior)] = kernel.encode(warrior, settings.core_size)
    lengths = np.array([len(warrior) for warrior in warriors], np.int64)
    starts = np.array([warrior.start % settings.core_size for warrior in warriors], np.int64)
    return kernel.Lineup(code, lengths, starts, positions, firsts)


def new_pspace(warriors: Sequence[Warrior], settings: CoreSettings) -> kernel.PSpace:
    """P-space before the first fight: all 0, but the last result, which is core_size - 1."""
    rows: dict[object, int] = {}
    keys = [("own", i) if w.pin is None else ("pin", w.pin) for i, w in enumerate(warriors)]
    space_of = np.array([rows.setdefault(key, len(rows)) for key in keys], np.int64)
    cells = np.zeros((len(rows), max(settings.pspace_size, 1)), np.uint16)
    return kernel.PSpace(cells, space_of, np.full(len(warriors), settings.core_size - 1, np.int64))
