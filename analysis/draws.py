"""Where random draws of the analysis come from: the seed given, and a name for each use."""

from enum import IntEnum

import numpy as np


class Draw(IntEnum):
    """What a draw is for. Part of every figure: never renumber."""

    SHUFFLE = 1  # values among the warriors of a probe
    CANDIDATES = 2  # the fitness of those that could have become champion, by round
    ELITES = 3  # the fitness of an archive's elites, by round
    KNOCKOUT = 4  # a warrior's fights, by the opponent's place


def generator(seed: int, draw: Draw, *place: int) -> np.random.Generator:
    """The generator of one use; independent of every other use and of the order of calls.

    Args:
        seed: As given.
        draw: The use.
        place: Which one of its draws, as many numbers for all draws of a use.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(draw, *place)))
