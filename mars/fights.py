"""Battles: warriors fight again and again; tables of who survived come out.

A fight is one placement run to its end, a battle is many fights between the same warriors. The
compiled code runs without Python's lock, so threads share the work; results never depend on how.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from mars import kernel, placement
from mars.placement import IntArray
from mars.redcode import Opcode, Warrior
from mars.score import DEFAULT_FORMULA, survival_points
from mars.settings import DEFAULT_SETTINGS, MAX_WARRIORS, CoreSettings

MAX_FIGHTS: Final = 10_000_000
JOBS_AHEAD: Final = 256
PORTION_INSTRUCTIONS: Final = 40_000_000

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class FightRecords:
    """What came of each fight, in their order.

    Attributes:
        positions: (fights, n_warriors) load addresses.
        firsts: (fights,) index of the warrior that executed first.
        death_cycles: (fights, n_warriors) cycle, from 0, in which a warrior lost its last process;
            -1: never.
        executed: (fights,) instructions of all warriors; fights of two stop early when a tie
            has become inevitable.
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


@dataclass(frozen=True, eq=False)
class BattleResult:
    """How a battle ended.

    Attributes:
        survivors: (n_warriors, n_warriors + 1) int64: [w, s] fights that w survived with s
            survivors in all, itself included; [w, 0] fights that it lost.
        records: Fight by fight, when asked for.
    """

    survivors: IntArray
    records: FightRecords | None = field(default=None, repr=False)

    @property
    def fights(self) -> int:
        """Number of fights."""
        return int(self.survivors[0].sum())

    @property
    def wins(self) -> IntArray:
        """(n_warriors,) fights with no other survivor."""
        return self.survivors[:, 1]

    @property
    def ties(self) -> IntArray:
        """(n_warriors,) fights survived together with others."""
        return np.asarray(self.survivors[:, 2:].sum(axis=1))

    @property
    def losses(self) -> IntArray:
        """(n_warriors,) fights not survived."""
        return self.survivors[:, 0]

    def score(self, formula: str = DEFAULT_FORMULA) -> IntArray:
        """(n_warriors,) points; by default 3 a win and 1 a tie for two warriors.

        Args:
            formula: Points of a survivor, a Redcode expression of W warriors and S survivors.

        Raises:
            ValueError: The formula is none.
        """
        points = survival_points(len(self.survivors), formula)
        return np.asarray(self.survivors[:, 1:] @ np.array(points, np.int64))


@dataclass(frozen=True)
class Battle:
    """One battle for `battles`; the fields are the arguments of `battle`."""

    warriors: tuple[Warrior, ...]
    settings: CoreSettings = DEFAULT_SETTINGS
    fights: int = 100
    seed: int = 0


def battle(
    warriors: Sequence[Warrior],
    settings: CoreSettings = DEFAULT_SETTINGS,
    *,
    fights: int = 100,
    seed: int | None = None,
    fixed_position: int | None = None,
    fixed_series: bool = False,
    permutations: bool = False,
    workers: int = 1,
    records: bool = False,
    counts: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> BattleResult:
    """Lets warriors fight, as pMARS with `-r fights`.

    In fight i the warrior i modulo their number executes first. Where the warriors lie comes
    from one of four series; without a choice it is `seed=0`, so a battle repeats exactly.

    Args:
        warriors: 1 to 64. All P-space is new at the start of a battle and lives on from fight
            to fight; warriors with the same PIN share it.
        settings: Rules.
        fights: 1 to 10,000,000.
        seed: Any number from 0: starts a series of positions (not one of pMARS's).
        fixed_position: pMARS's `-F`: where the second warrior lies in the first fight.
        fixed_series: pMARS's `-f`: the series follows from the warriors themselves.
        permutations: pMARS's `-P`: two warriors, every position and starter once, in an order
            given by `seed`.
        workers: Threads; results do not depend on it. Battles with P-space run on one.
        records: Keep what came of each fight.
        counts: Count SPLs and coverage (with `records`; costs up to 15 % time).
        on_progress: Called now and then with the number of fights done since the last call.

    Raises:
        ValueError: An argument is out of bounds, or a warrior does not fit the settings.
    """
    _check(warriors, settings, fights, workers)
    if sum((fixed_position is not None, fixed_series, seed is not None and not permutations)) > 1:
        raise ValueError("expected only one of seed, fixed_position and fixed_series: got more")
    if permutations:
        if len(warriors) != 2 or fixed_series or fixed_position is not None:
            raise ValueError(
                "permutations must have two warriors and no other series: "
                f"got {len(warriors)} warriors"
            )
        positions, firsts = placement.permutations(settings, fights, seed or 0)
    else:
        start = _series_start(warriors, settings, seed, fixed_position, fixed_series)
        positions = placement.position_series(len(warriors), settings, fights, start)
        firsts = np.arange(fights, dtype=np.int64) % len(warriors)
    found = _fight(
        warriors,
        settings,
        positions,
        firsts,
        workers=workers,
        counts=counts,
        on_progress=on_progress,
    )
    return BattleResult(_tally(found.alive), found if records else None)


def melee(
    warriors: Sequence[Warrior],
    settings: CoreSettings = DEFAULT_SETTINGS,
    *,
    fights: int = 1,
    seed: int = 0,
    workers: int = 1,
    counts: bool = True,
) -> FightRecords:
    """Fights that run to the end of the cycles even when one warrior is left.

    Every living warrior executes `max_cycles` instructions, so how long each one lives can be
    compared (the fitness of Digital Red Queen needs that). The rest is as in `battle`.

    Args:
        warriors: 1 to 64.
        settings: Rules.
        fights: 1 to 10,000,000.
        seed: Starts the series of positions.
        workers: Threads; results do not depend on it.
        counts: Count SPLs and coverage.

    Raises:
        ValueError: As `battle`.
    """
    _check(warriors, settings, fights, workers)
    start = placement.series_start(seed)
    positions = placement.position_series(len(warriors), settings, fights, start)
    firsts = np.arange(fights, dtype=np.int64) % len(warriors)
    return _fight(
        warriors, settings, positions, firsts, workers=workers, counts=counts, to_the_end=True
    )


def battles(
    jobs: Iterable[Battle], *, workers: int = 1, records: bool = False, counts: bool = False
) -> list[BattleResult]:
    """Very many battles at once, over threads.

    Args:
        jobs: Battles; an iterator is read in portions as threads become free.
        workers: Threads; results do not depend on it.
        records, counts: As in `battle`.

    Returns:
        One result a battle, in the order of `jobs`.

    Raises:
        ValueError: As `battle`; no further battle is started then.
    """

    _check_workers(workers)

    def run(job: Battle) -> BattleResult:
        return battle(
            job.warriors,
            job.settings,
            fights=job.fights,
            seed=job.seed,
            records=records,
            counts=counts,
        )

    return list(_map_in_threads(run, jobs, workers))


def _map_in_threads(
    function: Callable[[Job], Outcome], jobs: Iterable[Job], workers: int
) -> Iterator[Outcome]:
    """`map` over threads, in order; a bounded number of jobs waits at any time."""
    if workers == 1:
        yield from map(function, jobs)
        return
    remaining = iter(jobs)
    with ThreadPoolExecutor(workers) as pool:
        while portion := list(islice(remaining, JOBS_AHEAD * workers)):
            try:
                yield from pool.map(function, portion)
            except BaseException:
                pool.shutdown(cancel_futures=True)
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


def _check(warriors: Sequence[Warrior], settings: CoreSettings, fights: int, workers: int) -> None:
    check_warriors(warriors, settings)
    if not 1 <= fights <= MAX_FIGHTS:
        raise ValueError(f"fights must be 1 to {MAX_FIGHTS}: got {fights}")
    _check_workers(workers)


def _check_workers(workers: int) -> None:
    if workers < 1:
        raise ValueError(f"workers must be at least 1: got {workers}")


def uses_pspace(warrior: Warrior) -> bool:
    """Whether there is an LDP or STP in it; copying cannot make one where there is none."""
    return any(line.opcode in (Opcode.LDP, Opcode.STP) for line in warrior.instructions)


def _series_start(
    warriors: Sequence[Warrior],
    settings: CoreSettings,
    seed: int | None,
    fixed_position: int | None,
    fixed_series: bool,
) -> int:
    if fixed_series:
        return placement.generator(placement.checksum(warriors, settings.core_size))
    if fixed_position is None:
        return placement.series_start(seed or 0)
    if fixed_position < settings.min_distance:
        raise ValueError(
            f"fixed_position must be at least min_distance {settings.min_distance}: "
            f"got {fixed_position}"
        )
    return fixed_position - settings.min_distance


def _fight(
    warriors: Sequence[Warrior],
    settings: CoreSettings,
    positions: IntArray,
    firsts: IntArray,
    *,
    workers: int,
    counts: bool,
    to_the_end: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> FightRecords:
    """Runs fights in portions: threads share them, and Ctrl-C comes through between two."""
    fights, n_warriors = positions.shape
    lineup = lineup_of(warriors, settings, positions, firsts)
    rules = kernel.Rules(
        settings.core_size, settings.max_cycles, settings.max_processes, to_the_end
    )
    results = kernel.Results(
        deaths=np.full((fights, n_warriors), -1, np.int64),
        executed=np.zeros(fights, np.int64),
        spawned=np.zeros((fights, n_warriors if counts else 0), np.int64),
        coverage=np.zeros((fights, n_warriors if counts else 0), np.int64),
    )
    pspace = new_pspace(warriors, settings)
    in_pspace = any(map(uses_pspace, warriors))
    duels = n_warriors == 2 and not (to_the_end or in_pspace)

    def run(portion: slice) -> int:
        part = lineup._replace(positions=positions[portion], firsts=firsts[portion])
        into = kernel.Results(*(array[portion] for array in results))
        if duels:
            kernel.fight_duels(rules, part, into)
        elif counts:
            kernel.fight_melees_counted(rules, part, pspace, into)
        else:
            kernel.fight_melees(rules, part, pspace, into)
        return len(into.deaths)

    size = max(1, PORTION_INSTRUCTIONS // (n_warriors * settings.max_cycles))
    size = min(size, -(-fights // workers))
    portions = (slice(start, start + size) for start in range(0, fights, size))
    for done in _map_in_threads(run, portions, 1 if in_pspace else workers):
        if on_progress is not None:
            on_progress(done)
    return FightRecords(positions, firsts, *results)


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


def _tally(alive: NDArray[np.bool_]) -> IntArray:
    """The survivors table of fights."""
    n_warriors = alive.shape[1]
    survivors = np.where(alive, alive.sum(axis=1, keepdims=True), 0)
    columns = [np.bincount(column, minlength=n_warriors + 1) for column in survivors.T]
    return np.array(columns, np.int64)
