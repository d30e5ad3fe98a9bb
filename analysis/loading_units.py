"""Runs that are independent of each other, which is what intervals over runs are made of.

Islands of one run exchange champions: together they are one unit, and count once. Tables with a
row a run name it in the column `unit`; without that column each run is its own.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.loading import RunData


def unit_column(table: pd.DataFrame) -> "pd.Series[Any]":
    """The unit of each row."""
    return table["unit"] if "unit" in table else table["run"]


def unit_means(table: pd.DataFrame, value: str) -> "pd.Series[float]":
    """Means over the islands of each unit, by unit in one order, whatever that of the rows.

    Args:
        table: A row a run: run, maybe unit, and the value. NaN is left out; so are units without
            another value.
        value: Column to average.
    """
    return table[value].astype(float).groupby(unit_column(table), sort=True).mean().dropna()


def count_units(table: pd.DataFrame) -> dict[str, object]:
    """Of a table with a row a run: `runs`, the independent ones, and `islands`, all of them."""
    return {"runs": int(unit_column(table).nunique()), "islands": len(table)}


def count_words(row: Mapping[Any, Any]) -> str:
    """What `count_units` found: `4`, or `4 (8 islands)`."""
    runs, islands = int(row["runs"]), int(row.get("islands", 0))
    return f"{runs} ({islands} islands)" if islands > runs else str(runs)


def starts_of(runs: Iterable[RunData]) -> dict[str, Hashable]:
    """What each unit began with, seed and w_0: runs that share it are compared in pairs.

    The seed of a run with islands is that of the first island that is given.
    """
    found: dict[str, Hashable] = {}
    for run in sorted(runs, key=lambda run: run.config.islands.number):
        found.setdefault(run.unit, (run.config.seed, _first(run)))
    return found


def unit_families(runs: Sequence[RunData]) -> list[Path]:
    """Of each run what it shares with islands of the same run, and no others: a folder's path."""
    return [
        place.parent if run.config.islands.is_one else place
        for run, place in ((run, run.path.resolve()) for run in runs)
    ]


def _first(run: RunData) -> str:
    return str(run.champions.sort_values("round")["warrior"].iloc[0])
