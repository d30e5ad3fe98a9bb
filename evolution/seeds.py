"""Where every random draw of a run comes from: one seed, and a name for each use."""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a draw is for. Part of every result: never renumber."""

    SELECT = 0
    PROPOSE = 1
    SEARCH = 2
    MEASURE = 3
    RATCHET = 4
    SHADOW = 5
    BUNDLED = 6
    SAMPLE = 7
    FEEDBACK = 8
    ISLAND = 9


def seed_sequence(
    run_seed: int, round_number: int, number: int, purpose: Purpose
) -> np.random.SeedSequence:
    """The seed of one use; independent of every other use and of the order of calls."""
    return np.random.SeedSequence(run_seed, spawn_key=(round_number, number, purpose))


def fight_seed(run_seed: int, round_number: int, number: int, purpose: Purpose) -> int:
    """A seed for the engine, in [0, 2^63) so that the store can hold it."""
    sequence = seed_sequence(run_seed, round_number, number, purpose)
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


def island_seed(run_seed: int, island: int) -> int:
    """The seed of one island of a run, in [0, 2^63); that of everything on it."""
    return fight_seed(run_seed, 0, island, Purpose.ISLAND)
