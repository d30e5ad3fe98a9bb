"""Where warriors lie in each fight and who executes first: pMARS's series of positions.

Everything here is a function of a seed; nothing draws from a global generator.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mars.redcode import Mode, Warrior
from mars.settings import CoreSettings

IntArray = NDArray[np.int64]

MODULUS: Final = 2_147_483_647
REDRAWS: Final = 20
BACKTRACKS: Final = 4


def generator(seed: int) -> int:
    """The number after `seed` in pMARS's series (Park and Miller's, by Schrage's method)."""
    seed = 16807 * (seed % 127_773) - 2836 * (seed // 127_773)
    return seed + MODULUS if seed < 0 else seed


def series_start(seed: int) -> int:
    """A start of the series from any seed of any size; near seeds give unrelated series.

    Raises:
        ValueError: The seed is negative.
    """
    _check_seed(seed)
    return 1 + int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]) % (MODULUS - 1)


def _check_seed(seed: int) -> None:
    if seed < 0:
        raise ValueError(f"seed must not be negative: got {seed}")


def checksum(warriors: Sequence[Warrior], core_size: int) -> int:
    """pMARS's checksum of all warriors, from which `-f` starts its series."""
    total = counter = 0
    for warrior in warriors:
        for line in warrior.instructions:
            for value in (
                line.opcode << 3 | line.modifier,
                _checksum_mode(line.a_mode),
                _checksum_mode(line.b_mode),
                line.a_number % core_size,
                line.b_number % core_size,
            ):
                total += value ^ counter
                counter += 1
    return total


def _checksum_mode(mode: Mode) -> int:
    # pMARS counts # $ @ < > from 0 and * { } from 130.
    return int(mode) if mode <= Mode.B_POSTINCREMENT else mode + 125


def check_room(n_warriors: int, settings: CoreSettings) -> None:
    """Refuses warriors for which the core is too small.

    Raises:
        ValueError: They do not fit at `min_distance` from each other.
    """
    needed = n_warriors * settings.min_distance
    if n_warriors > 1 and needed > settings.core_size:
        raise ValueError(
            f"core_size must be at least {n_warriors} warriors * min_distance "
            f"{settings.min_distance} = {needed}: got {settings.core_size}"
        )


class PositionSeries:
    """Load addresses, fight by fight, from pMARS's generator."""

    def __init__(self, n_warriors: int, settings: CoreSettings, seed: int) -> None:
        """Begins a series.

        Args:
            n_warriors: One or more; warrior 0 always lies at 0.
            settings: Core size and least distance.
            seed: Start of the series: `fixed_position - min_distance`, the checksum's
                successor, or `series_start`.

        Raises:
            ValueError: The core is too small.
        """
        check_room(n_warriors, settings)
        self._n_warriors, self._settings, self._seed = n_warriors, settings, seed

    def draw(self, fights: int) -> IntArray:
        """(fights, n_warriors) addresses in [0, core_size) of the next fights."""
        positions = np.zeros((fights, self._n_warriors), np.int64)
        if self._n_warriors == 2:
            positions[:, 1] = [self._draw_second() for _ in range(fights)]
        elif self._n_warriors > 2:
            for row in positions:
                row[:] = self._draw_all()
        return positions

    def _draw_second(self) -> int:
        distance = self._settings.min_distance
        position = distance + self._seed % (self._settings.core_size + 1 - 2 * distance)
        self._seed = generator(self._seed)
        return position

    def _draw_all(self) -> list[int]:
        drawn, self._seed = _posit(self._n_warriors, self._settings, self._seed)
        if not drawn:
            drawn, self._seed = _npos(self._n_warriors, self._settings, self._seed)
        return drawn


def _posit(n_warriors: int, settings: CoreSettings, seed: int) -> tuple[list[int], int]:
    """Positions by trial and error, and the next seed; none when pMARS gives up."""
    distance, room = settings.min_distance, settings.core_size - 2 * settings.min_distance + 1
    positions = [0] * n_warriors
    redraws, backtracks = REDRAWS, BACKTRACKS
    k = 1
    while k < n_warriors:
        seed = generator(seed)
        drawn = seed % room + distance
        positions[k] = drawn
        conflict = next((i for i in range(1, k) if abs(positions[i] - drawn) < distance), 0)
        if conflict == 0:
            k += 1
        elif backtracks == 0:
            return [], seed
        elif redraws == 0:
            k, redraws, backtracks = conflict, REDRAWS, backtracks - 1
        else:
            redraws -= 1
    return positions, seed


def _npos(n_warriors: int, settings: CoreSettings, seed: int) -> tuple[list[int], int]:
    """Positions that fit however tight the core is, and the next seed: gaps, then shuffled."""
    room = settings.core_size - settings.min_distance * n_warriors + 1
    gaps = []
    for _ in range(1, n_warriors):
        seed = generator(seed)
        gaps.append(seed % room)
    spaced = [gap + k * settings.min_distance for k, gap in enumerate(sorted(gaps), start=1)]
    positions = [0, *spaced]
    for i in range(1, n_warriors):
        seed = generator(seed)
        j = i + seed % (n_warriors - i)
        positions[i], positions[j] = positions[j], positions[i]
    return positions, seed


def count_permutations(settings: CoreSettings) -> int:
    """How many combinations of the second warrior's position and the starter there are."""
    check_room(2, settings)
    return 2 * (settings.core_size + 1 - 2 * settings.min_distance)


def permutations(settings: CoreSettings, fights: int, seed: int) -> tuple[IntArray, IntArray]:
    """Positions and starters of two warriors, all combinations in a random order (`-P`).

    Returns:
        (fights, 2) addresses and (fights,) indices of the warrior that executes first; no
        combination twice.

    Raises:
        ValueError: There are not so many combinations, or the seed is negative.
    """
    _check_seed(seed)
    n = count_permutations(settings)
    if fights > n:
        raise ValueError(f"fights must be at most {n}, the number of permutations: got {fights}")
    drawn = np.random.default_rng(np.random.SeedSequence(seed)).permutation(n)[:fights]
    positions = np.zeros((fights, 2), np.int64)
    positions[:, 1] = settings.min_distance + drawn // 2
    return positions, drawn % 2
