"""Cycles and forgetting of groups of runs, and how much more of them than in the first group."""

from collections.abc import Hashable, Mapping
from typing import Final

import numpy as np
import pandas as pd

from analysis.generality_bootstrap import drawn_means, mean_with_limits
from analysis.grouping import is_shadow
from analysis.loading_groups import in_order
from analysis.loading_units import count_units, unit_means
from mars.intervals import TAIL

MEASURES: Final = ("cycles", "cycle_share", "cyclic_share", "forgotten_share")


def cycles_by_group(
    table: pd.DataFrame, *, seed: int = 0, starts: Mapping[str, Hashable] | None = None
) -> pd.DataFrame:
    """Means over the runs of a group, with intervals from the runs.

    Args:
        table: What `cycles` returns.
        seed: Of the bootstrap.
        starts: What each unit began with (`analysis.loading_units.starts_of`); none: no two runs
            are compared in pairs.

    Returns:
        A row a group: group, runs, islands (see `analysis.loading_units.count_units`), measured
        (runs with three champions or more: of them are all measures but forgotten_share), the
        measures with `_low` and `_high` (over runs; of one run those over its fights), the mean
        floors, and `more`: how many more cycles than in the group that it is `against`, as a share
        of those (-0.5: half as many), with limits over runs; NaN where that group has none or
        there are no limits. A group is compared with the first one; a shadow group with the first
        shadow group.
    """
    rows = []
    for group, part in table.groupby("group", sort=True):
        row: dict[str, object] = {"group": group, **count_units(part)}
        row["measured"] = len(unit_means(part, "cycles"))
        for name in MEASURES:
            top = np.inf if name == "cycles" else 1.0
            row |= mean_with_limits(part, name, top, seed)
        for name in ("cycle_share_floor", "cyclic_share_floor"):
            row[name] = unit_means(part, name).mean()
        rows.append(row)
    ordered = in_order(pd.DataFrame(rows))
    counts = {str(group): unit_means(part, "cycles") for group, part in table.groupby("group")}
    more = []
    for group in ordered["group"]:
        against = next(name for name in ordered["group"] if is_shadow(name) == is_shadow(group))
        figures = (np.nan,) * 3
        if against != group:
            figures = _more(counts[against], counts[group], starts or {}, seed)
        more.append((against, *figures))
    columns = ["against", "more", "more_low", "more_high"]
    return ordered.join(pd.DataFrame(more, columns=columns))


def _more(
    first: "pd.Series[float]",
    later: "pd.Series[float]",
    starts: Mapping[str, Hashable],
    seed: int,
) -> tuple[float, float, float]:
    """How much larger the mean of the later is, as a share of the first's, and its limits.

    Args:
        first, later: Cycles by unit.
        starts: As for `cycles_by_group`.
        seed: Of the bootstrap.
    """
    unknown = float("nan")
    if not len(later) or not len(first) or not first.mean():
        return unknown, unknown, unknown
    more = float(later.mean() / first.mean() - 1)
    if min(len(first), len(later)) < 2:
        return more, unknown, unknown
    below, above = drawn_means(first, later, starts, seed)
    drawn = above[below > 0] / below[below > 0] - 1
    low, high = np.quantile(drawn, [TAIL, 1 - TAIL])
    return more, min(float(low), more), max(float(high), more)
