"""Where new operand numbers come from: the constants that Core War warriors are made of."""

from collections.abc import Mapping
from math import gcd
from typing import Final, TypeVar

import numpy as np

from mars.redcode import Mode, Warrior
from mars.rules import signed

NUMBER_KINDS: Final = ("near", "shared", "copy", "step", "fraction", "uniform", "zero")

_STRIDES: Final = (1, 1, 1, 2, 4, 5, 8, 10)
_MOST_POINTS: Final = 24
_STEP_TRIES: Final = 64

Choice = TypeVar("Choice")


def pick(rng: np.random.Generator, weights: Mapping[Choice, float]) -> Choice:
    """One key, drawn by weight; at least one weight must be positive.

    Written out because `Generator.choice` with weights costs some 20 times as much.
    """
    left = rng.random() * sum(weights.values())
    chosen = None
    for key, weight in weights.items():
        if weight > 0:
            chosen = key
            left -= weight
            if left < 0:
                break
    if chosen is None:
        raise ValueError(f"expected at least one positive weight: got {dict(weights)!r}")
    return chosen


def below(rng: np.random.Generator, limit: int) -> int:
    """A whole number in [0, limit)."""
    return int(rng.integers(limit))


def constants(warrior: Warrior) -> tuple[int, ...]:
    """The operand numbers other than 0, field by field, with repetitions."""
    fields = (n for line in warrior.instructions for n in (line.a_number, line.b_number))
    return tuple(number for number in fields if number)


def draw_number(
    warrior: Warrior,
    index: int,
    core_size: int,
    kinds: Mapping[str, float],
    rng: np.random.Generator,
) -> int:
    """A number for an operand of line `index` of the warrior, folded.

    Args:
        warrior: Where the number will stand.
        index: Its line.
        core_size: Instructions in the core.
        kinds: Weight of each of `NUMBER_KINDS`: near: points at a line of the warrior or
            just beside; shared: points where another operand points; copy: another
            constant of the warrior; step: a stride that visits all of the core, or all
            of its every 2nd, 4th, 5th … address; fraction: core_size · k / n, and the
            inverse of n, on which an imp ring of n points runs; uniform: any; zero: 0.
        rng: Decides.
    """
    kind = pick(rng, kinds)
    if kind == "near":
        number = _near(len(warrior), index, rng)
    elif kind == "shared":
        number = _shared(warrior, index, rng)
    elif kind == "copy":
        known = constants(warrior)
        number = known[below(rng, len(known))] if known else below(rng, core_size)
    elif kind == "step":
        number = _step(core_size, rng)
    elif kind == "fraction":
        number = _fraction(core_size, rng)
    elif kind == "uniform":
        number = below(rng, core_size)
    else:
        number = 0
    return signed(number, core_size)


def draw_constant(core_size: int, kinds: Mapping[str, float], rng: np.random.Generator) -> int:
    """A folded number that depends on no warrior: step, fraction or uniform by weight."""
    free = {kind: kinds[kind] for kind in ("step", "fraction", "uniform")}
    if sum(free.values()) <= 0:
        return signed(below(rng, core_size), core_size)
    kind = pick(rng, free)
    if kind == "step":
        return signed(_step(core_size, rng), core_size)
    if kind == "fraction":
        return signed(_fraction(core_size, rng), core_size)
    return signed(below(rng, core_size), core_size)


def _near(length: int, index: int, rng: np.random.Generator) -> int:
    if rng.random() < 0.5:
        return below(rng, length + 1) - index
    return below(rng, 11) - 5


def _shared(warrior: Warrior, index: int, rng: np.random.Generator) -> int:
    at = below(rng, len(warrior))
    line = warrior.instructions[at]
    offset = line.a_number if rng.random() < 0.5 else line.b_number
    return at + offset - index


def _step(core_size: int, rng: np.random.Generator) -> int:
    strides = [stride for stride in _STRIDES if core_size % stride == 0]
    stride = strides[below(rng, len(strides))]
    ring = core_size // stride
    for _ in range(_STEP_TRIES):
        step = below(rng, ring)
        if gcd(step, ring) == 1:
            return step * stride
    return stride


def _fraction(core_size: int, rng: np.random.Generator) -> int:
    points = 2 + below(rng, _MOST_POINTS - 1)
    if rng.random() < 0.5 and gcd(points, core_size) == 1:
        return pow(points, -1, core_size) + _jitter(rng)
    return core_size * (1 + below(rng, points - 1)) // points + _jitter(rng)


def _jitter(rng: np.random.Generator) -> int:
    return below(rng, 3) - 1 if rng.random() < 0.25 else 0


def is_address(mode: Mode) -> bool:
    """Whether a number with this mode is an offset to an address; an immediate is not."""
    return mode is not Mode.IMMEDIATE
