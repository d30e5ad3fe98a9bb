"""How much the runs of a group differ in each round, and what other runs would have given.

`vectors` are (n_champions, n_features), a row a row of `champions`, which has the columns run,
group, round, and maybe unit: islands of one run exchange champions, so only those of different
runs are compared, and a run counts once however many islands it has.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.loading_groups import in_order
from analysis.loading_units import unit_column
from analysis.ranking import FloatArray, IntArray
from mars.intervals import limits, resample_counts

COLUMNS: Final = ["group", "round", "runs", "islands", "value", "low", "high"]

Labels = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Draws:
    """A figure of every round as each resample of a group's runs has it.

    Attributes:
        rounds: By group, (n_rounds,).
        values: By group, (resamples, n_rounds); NaN where a resample has too few runs.
    """

    rounds: Mapping[str, IntArray]
    values: Mapping[str, FloatArray]


def variance(champions: pd.DataFrame, vectors: FloatArray, *, seed: int = 0) -> pd.DataFrame:
    """How much the runs of a group differ in each round.

    Args:
        champions: run, group, round.
        vectors: (n_champions, n_features).
        seed: Of the bootstrap over runs.

    Returns:
        A row a group and round of two or more runs: group, round, runs, islands, value (sample
        variance across runs, summed over the features: half the mean squared distance of two
        champions of different runs), low, high.
    """
    rows = []
    for group, number, places, units in _by_round(champions):
        gaps = _gaps(vectors[places], units)
        n = len(gaps)
        if n < 2:
            continue
        value = float(gaps.sum() / (2 * n * (n - 1)))
        low, high = limits(_resampled(gaps, resample_counts(n, seed)), value)
        row = {"group": group, "round": number, "runs": n, "islands": len(places), "value": value}
        rows.append(row | {"low": max(0.0, float(low)), "high": float(high)})
    return in_order(pd.DataFrame(rows, columns=COLUMNS))


def variance_draws(champions: pd.DataFrame, vectors: FloatArray, *, seed: int = 0) -> Draws:
    """The variances of resampled runs, whole runs with all their rounds.

    Args:
        champions: run, group, round.
        vectors: (n_champions, n_features).
        seed: Of the bootstrap over runs.

    Returns:
        Of groups of two runs or more, the rounds that two of them have.
    """
    rounds: dict[str, list[int]] = {}
    values: dict[str, list[FloatArray]] = {}
    by_group = unit_column(champions).groupby(champions["group"])
    units_of = {str(group): np.unique(part) for group, part in by_group}
    for group, number, places, units in _by_round(champions):
        there = np.unique(units)
        if len(there) < 2:
            continue
        counts = resample_counts(len(units_of[group]), seed)
        mine = counts[:, np.searchsorted(units_of[group], there)]
        rounds.setdefault(group, []).append(number)
        drawn = _resampled(_gaps(vectors[places], units), mine)
        values.setdefault(group, []).append(drawn)
    return Draws(
        {group: np.array(found, np.int64) for group, found in rounds.items()},
        {group: np.stack(found, axis=1) for group, found in values.items()},
    )


def _resampled(gaps: FloatArray, counts: IntArray) -> FloatArray:
    """(resamples,) variances; NaN where fewer than two runs are drawn.

    Args:
        gaps: (n, n) squared distances of runs.
        counts: (resamples, n) how often each is drawn.
    """
    n, drawn = len(gaps), counts.sum(axis=1)
    sums = np.einsum("bi,ij,bj->b", counts.astype(float), gaps, counts.astype(float))
    # A run drawn twice differs from itself by nothing; n / (n - 1) makes up for that.
    pairs = 2.0 * drawn * (drawn - 1) * (n - 1) / n
    found = np.full(len(sums), np.nan)
    np.divide(sums, pairs, out=found, where=pairs > 0)
    return found


def _by_round(champions: pd.DataFrame) -> Iterator[tuple[str, int, IntArray, Labels]]:
    """Group, round, the rows' numbers in one order, and their units."""
    numbered = champions.reset_index(drop=True).sort_values("run", kind="stable")
    for (group, number), part in numbered.groupby(["group", "round"], sort=True):
        places = part.index.to_numpy(np.int64)
        yield str(group), int(str(number)), places, unit_column(part).to_numpy(object)


def _gaps(vectors: FloatArray, units: Labels) -> FloatArray:
    """(n_units, n_units) mean squared distances of two units' islands, units in order.

    Distances within a unit are left out: the diagonal is 0.

    Args:
        vectors: (n_islands, n_features).
        units: (n_islands,).
    """
    there, place = np.unique(units.astype(str), return_inverse=True)
    belongs = (place[:, None] == np.arange(len(there))).astype(float)
    shares = belongs / belongs.sum(axis=0)
    gaps = shares.T @ _squared_distances(vectors) @ shares
    np.fill_diagonal(gaps, 0.0)
    return np.asarray(gaps)


def _squared_distances(vectors: FloatArray) -> FloatArray:
    """(n, n) between rows; exactly 0 between equal ones."""
    squares = [((vectors - vector) ** 2).sum(axis=1) for vector in vectors]
    return np.asarray(squares)
