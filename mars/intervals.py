"""Bootstrap intervals of 95 %: what other runs, or other fights, would have given."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

RESAMPLES: Final = 500
TAIL: Final = 0.025


def resample_counts(n: int, seed: int, resamples: int = RESAMPLES) -> NDArray[np.int64]:
    """(resamples, n) how often each of n things is drawn, n draws with replacement."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    return np.asarray(rng.multinomial(n, np.full(n, 1 / n), size=resamples), np.int64)


def limits(
    drawn: NDArray[np.floating], estimate: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper limits around an estimate.

    The resamples' percentiles, moved by the difference between the estimate and the resamples'
    mean: shares of opponents that are beaten *more often than not* are drawn towards one half
    when fights are drawn again, and would lie outside their own interval otherwise.

    Args:
        drawn: (resamples, …) the statistic of each resample; NaN in all: unknown.
        estimate: (…) of what was measured.

    Returns:
        Twice (…), the estimate not outside; both NaN where the statistic is.
    """
    measured, moved = np.asarray(estimate, float), np.asarray(drawn, float)
    moved = moved - moved.mean(axis=0) + measured
    low, high = np.quantile(moved, [TAIL, 1 - TAIL], axis=0)
    return np.minimum(low, measured), np.maximum(high, measured)


def mean_limits(values: NDArray[np.floating], seed: int) -> tuple[float, float]:
    """Limits of a mean over runs.

    Args:
        values: (n_runs,) one a run.
        seed: Of the resamples.

    Returns:
        Both NaN with fewer than two runs.
    """
    n = len(values)
    if n < 2:
        return float("nan"), float("nan")
    drawn = resample_counts(n, seed) @ values / n
    low, high = limits(drawn, float(values.mean()))
    return float(low), float(high)
