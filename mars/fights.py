"""Battles: warriors fight again and again; tables of who survived come out.

A fight is one placement run to its end, a battle is many fights between the same warriors. The
compiled code runs without Python's lock, so threads share the work; results never depend on how.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from operator import index
from threading import Event
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mars import placement
from mars.arena import Arena, FightRecords, check_warriors, map_in_threads
from mars.placement import IntArray, PositionSeries
from mars.redcode import Warrior
from mars.score import DEFAULT_FORMULA, survival_points
from mars.settings import DEFAULT_SETTINGS, CoreSettings

MAX_FIGHTS: Final = 10_000_000
MAX_FIXED_POSITION: Final = 2**31 - 1
JOBS_AHEAD: Final = 256


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
            ValueError: The formula is none, or a score too large.
        """
        points = survival_points(len(self.survivors), formula)
        rows = self.survivors[:, 1:].tolist()
        scores = [sum(p * n for p, n in zip(points, row, strict=True)) for row in rows]
        if max(map(abs, scores)) >= 2**63:
            raise ValueError(f"expected scores below 2**63 from {formula!r}: got {max(scores)}")
        return np.array(scores, np.int64)


@dataclass(frozen=True)
class Battle:
    """One battle for `battles`; the fields are arguments of `battle`."""

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
    arena = Arena(warriors, settings, counts, to_the_end=False)
    if permutations:
        if fixed_series or fixed_position is not None:
            raise ValueError("expected only one of permutations and a fixed series: got both")
        if len(warriors) != 2:
            raise ValueError(f"permutations must have two warriors: got {len(warriors)}")
        placements = _permuted(arena, fights, seed or 0)
    else:
        start = _series_start(warriors, settings, seed, fixed_position, fixed_series)
        placements = _placed(arena, fights, start, workers)
    survivors = np.zeros((len(warriors), len(warriors) + 1), np.int64)
    kept = []
    for done in arena.fight(placements, workers):
        survivors += _tally(done.alive)
        if records:
            kept.append(done)
        if on_progress is not None:
            on_progress(len(done.firsts))
    return BattleResult(survivors, _joined(kept) if records else None)


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
    arena = Arena(warriors, settings, counts, to_the_end=True)
    placements = _placed(arena, fights, placement.series_start(seed), workers)
    return _joined(list(arena.fight(placements, workers)))


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

    results = map_in_threads(run, jobs, workers, ahead=JOBS_AHEAD, cancelled=Event())
    return list(results)


def _check(warriors: Sequence[Warrior], settings: CoreSettings, fights: int, workers: int) -> None:
    check_warriors(warriors, settings)
    if not 1 <= fights <= MAX_FIGHTS:
        raise ValueError(f"fights must be 1 to {MAX_FIGHTS}: got {fights}")
    _check_workers(workers)


def _check_workers(workers: int) -> None:
    if workers < 1:
        raise ValueError(f"workers must be at least 1: got {workers}")


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
    if not settings.min_distance <= fixed_position <= MAX_FIXED_POSITION:
        raise ValueError(
            f"fixed_position must be between min_distance {settings.min_distance} and "
            f"{MAX_FIXED_POSITION}: got {fixed_position}"
        )
    return index(fixed_position) - settings.min_distance


def _placed(
    arena: Arena, fights: int, start: int, workers: int
) -> Iterator[tuple[IntArray, IntArray]]:
    """Portions of a series of positions; the warriors take turns in executing first."""
    n_warriors = len(arena.warriors)
    series = PositionSeries(n_warriors, arena.settings, start)
    size = min(arena.portion, -(-fights // workers))
    return (
        (series.draw(len(numbers)), np.array(numbers, np.int64) % n_warriors)
        for numbers in _portions(fights, size)
    )


def _permuted(arena: Arena, fights: int, seed: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Portions of all positions and starters."""
    positions, firsts = placement.permutations(arena.settings, fights, seed)
    return (
        (positions[numbers.start : numbers.stop], firsts[numbers.start : numbers.stop])
        for numbers in _portions(fights, arena.portion)
    )


def _portions(fights: int, size: int) -> Iterator[range]:
    return (range(start, min(start + size, fights)) for start in range(0, fights, size))


def _joined(parts: Sequence[FightRecords]) -> FightRecords:
    """Portions as one."""
    if len(parts) == 1:
        return parts[0]
    names = [field.name for field in fields(FightRecords)]
    return FightRecords(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))


def _tally(alive: NDArray[np.bool_]) -> IntArray:
    """The survivors table of fights."""
    n_warriors = alive.shape[1]
    survivors = np.where(alive, alive.sum(axis=1, keepdims=True), 0)
    columns = [np.bincount(column, minlength=n_warriors + 1) for column in survivors.T]
    return np.array(columns, np.int64)
