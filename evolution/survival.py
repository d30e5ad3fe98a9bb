"""The paper's melee fitness, and means whose last digit does not depend on the machine."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def survival_shares(death_cycles: NDArray[np.int64], max_cycles: int) -> NDArray[np.float64]:
    """The paper's melee fitness of every warrior: sum over cycles of (N/T)·A_i/ΣA_j.

    A warrior counts as alive in a cycle when it lives at the cycle's end, so one that dies in
    cycle d (from 0) has d cycles, and one that dies in the last cycle does not get that cycle.
    Cycles in which nobody lives pay nobody.

    Args:
        death_cycles: (fights, n), -1 for a warrior that never died.
        max_cycles: T.

    Returns:
        (fights, n): 1 is a fair share, n the maximum.
    """
    warriors = death_cycles.shape[1]
    lifetimes = np.where(death_cycles < 0, max_cycles, death_cycles)
    order = np.argsort(lifetimes, axis=1, kind="stable")
    spans = np.diff(np.take_along_axis(lifetimes, order, axis=1), axis=1, prepend=0)
    paid = np.cumsum(spans / np.arange(warriors, 0, -1), axis=1)
    shares = np.empty(paid.shape, np.float64)
    np.put_along_axis(shares, order, paid * (warriors / max_cycles), axis=1)
    return shares


def mean_and_error(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and its standard error, None for one value.

    Exactly rounded sums, so that a result does not depend on the machine's vector width.
    """
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return mean, None
    spread = math.fsum((value - mean) ** 2 for value in values)
    return mean, math.sqrt(spread / (len(values) - 1) / len(values))
