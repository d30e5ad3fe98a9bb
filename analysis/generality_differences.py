"""How much more general the last champions of one group are than those of another."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from analysis.generality_bootstrap import drawn_means, shared_starts
from analysis.grouping import group_order, is_shadow, without_shadow
from analysis.loading_units import unit_means
from mars.intervals import limits

MEASURES: Final = ("defeated", "tied_or_defeated", "score")
ENDS: Final = ("", "_low", "_high")


def generality_differences(
    champions: pd.DataFrame, starts: Mapping[str, Hashable], *, seed: int = 0
) -> pd.DataFrame:
    """Each group less the first one, and less the null model of the same label.

    Args:
        champions: What `analysis.generality.generality` returns.
        starts: What each unit began with (`analysis.loading_units.starts_of`).
        seed: Of the bootstrap.

    Returns:
        A row a pair: group, against, round (the last one that all runs of both have), runs and
        against_runs (units), pairs (seeds with their w_0 that both have; they are drawn together),
        and the differences of the means over the runs of defeated, tied_or_defeated and score,
        each with `_low` and `_high` (95 %, over runs; NaN where a group has one run only).
    """
    rows = []
    for group, against in _pairs(champions["group"].unique().tolist()):
        both = champions[champions["group"].isin((group, against))]
        last = int(both.groupby("run")["round"].max().min())
        parts = [both[(both["round"] == last) & (both["group"] == g)] for g in (against, group)]
        first, later = (unit_means(part, MEASURES[0]) for part in parts)
        row: dict[str, object] = {"group": group, "against": against, "round": last}
        row |= {"runs": len(later), "against_runs": len(first)}
        row["pairs"] = shared_starts(first, later, starts)
        for name in MEASURES:
            first, later = (unit_means(part, name) for part in parts)
            most = 300.0 if name == "score" else 1.0
            found = np.clip(_difference(first, later, starts, seed), -most, most).tolist()
            row |= {f"{name}{end}": value for end, value in zip(ENDS, found, strict=True)}
        rows.append(row)
    names = ["group", "against", "round", "runs", "against_runs", "pairs"]
    columns = [*names, *(f"{name}{end}" for name in MEASURES for end in ENDS)]
    return pd.DataFrame(rows, columns=columns)


def _pairs(groups: Sequence[str]) -> list[tuple[str, str]]:
    """A group and that which it is compared with."""
    ordered = sorted(groups, key=group_order)
    selected = [group for group in ordered if not is_shadow(group)]
    null_of = {without_shadow(group): group for group in ordered if is_shadow(group)}
    found = [(group, selected[0]) for group in selected[1:]]
    return found + [(group, null_of[group]) for group in selected if group in null_of]


def _difference(
    first: "pd.Series[float]",
    later: "pd.Series[float]",
    starts: Mapping[str, Hashable],
    seed: int,
) -> tuple[float, float, float]:
    """The later's mean less the first's, and its limits."""
    difference = float(later.mean() - first.mean())
    if min(len(first), len(later)) < 2:
        return difference, float("nan"), float("nan")
    below, above = drawn_means(first, later, starts, seed)
    low, high = limits(above - below, difference)
    return difference, float(low), float(high)
