"""A column's mean over runs, differences of means, and their bootstrap intervals."""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from analysis.loading_units import unit_means
from analysis.ranking import FloatArray
from mars.intervals import mean_limits, resample_counts


def mean_with_limits(rows: pd.DataFrame, name: str, top: float, seed: int) -> dict[str, float]:
    """A column's mean over runs, and its limits; those of a single run are those it has already.

    Islands of a run are averaged first, and count once; the limits of a single run with islands
    are the means of theirs. Runs without the measure (NaN) do not count.

    Args:
        rows: A row a run: run, maybe unit, the column, and its `_low` and `_high`.
        name: Of the column.
        top: The most that it can be; the least is 0.
        seed: Of the resamples.

    Returns:
        By `name`, `<name>_low`, `<name>_high`; all NaN where no run has the measure.
    """
    values = unit_means(rows, name).to_numpy(float)
    if not len(values):
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), float("nan"))
    low, high = mean_limits(values, seed)
    if len(values) == 1:
        known = rows[rows[name].notna()]
        low, high = (float(known[f"{name}_{end}"].mean()) for end in ("low", "high"))
    low, high = (float(np.clip(limit, 0, top)) for limit in (low, high))
    return {name: float(values.mean()), f"{name}_low": low, f"{name}_high": high}


def drawn_means(
    first: "pd.Series[float]",
    later: "pd.Series[float]",
    starts: Mapping[str, Hashable],
    seed: int,
) -> tuple[FloatArray, FloatArray]:
    """Means of two groups in resamples of what their runs began with.

    A seed that both groups have is drawn for both at once, so that what it brings to both does not
    widen the interval of their difference.

    Args:
        first, later: Values by unit, two or more each.
        starts: By unit (`analysis.loading_units.starts_of`); units that are not in it share with
            nobody.
        seed: Of the resamples.

    Returns:
        Twice (resamples,), without those that miss one of the groups.
    """
    places = [[starts.get(str(unit), unit) for unit in values.index] for values in (first, later)]
    everything = sorted({*places[0], *places[1]}, key=repr)
    place_of = {start: place for place, start in enumerate(everything)}
    counts = resample_counts(len(everything), seed)
    means, known = [], np.ones(len(counts), bool)
    for values, own in zip((first, later), places, strict=True):
        drawn = counts[:, [place_of[start] for start in own]].astype(float)
        total = drawn.sum(axis=1)
        known &= total > 0
        means.append(drawn @ values.to_numpy(float) / np.maximum(total, 1))
    return means[0][known], means[1][known]


def shared_starts(
    first: "pd.Series[float]", later: "pd.Series[float]", starts: Mapping[str, Hashable]
) -> int:
    """How many seeds (with their w_0) both groups have."""
    return len(
        {starts.get(str(unit), unit) for unit in first.index}
        & {starts.get(str(unit), unit) for unit in later.index}
    )
