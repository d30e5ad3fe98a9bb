"""Whether champions of different runs become alike, in what they do and in how they are written.

The phenotype is the vector of mean results (win 1, tie 1/2, loss 0) against each warrior of a
panel: the paper's, but for one-to-one results in the place of one-to-one survival shares. The
genotype is that of `analysis.embedding`. `vectors` are (n_champions, n_features), a row a row of
`champions`, which has the columns run, group, round, and maybe unit (of islands, their run).
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from analysis.convergence_fits import Fit, fit_line
from analysis.convergence_variance import COLUMNS, Draws
from analysis.generality_panel import PanelResults
from analysis.loading_groups import in_order
from analysis.loading_units import count_units, unit_column, unit_means
from analysis.ranking import FloatArray
from mars.intervals import limits, mean_limits, resample_counts

LABELS: Final = ("run", "group", "unit", "round")
FIT_COLUMNS: Final = [
    "group",
    "kind",
    "slope",
    "slope_low",
    "slope_high",
    "intercept",
    "r_squared",
    "p",
    "points",
]
FITTED: Final[dict[str, Callable[[FloatArray], FloatArray]]] = {
    "linear": np.array,
    "log": np.log,
}


def phenotypes(results: PanelResults) -> FloatArray:
    """(n_champions, n_opponents) mean results over the root of n_opponents.

    (So squared distances are means over the panel, whatever its size.) A row a row of
    `results.champions`.
    """
    means = (1 + results.outcomes.mean(axis=2)) / 2
    scaled = means / math.sqrt(means.shape[1])
    return np.asarray(scaled[results.champions["place"].to_numpy()])


def changes(champions: pd.DataFrame, vectors: FloatArray) -> pd.DataFrame:
    """How far each champion is from the one before.

    Args:
        champions: run, group, round.
        vectors: (n_champions, n_features).

    Returns:
        A row a champion from round 1 on: run, group, unit (where given), round, value (the
        distance).
    """
    parts = []
    for _, part in champions.groupby("run", sort=False):
        ordered = part.sort_values("round")
        steps = np.diff(vectors[ordered.index.to_numpy()], axis=0)
        later = ordered.iloc[1:]
        later = later[[name for name in LABELS if name in later]]
        parts.append(later.assign(value=np.sqrt((steps**2).sum(axis=1))))
    return pd.concat(parts, ignore_index=True)


def phenotype_changes(results: PanelResults, *, seed: int = 0) -> pd.DataFrame:
    """The changes of the phenotypes, with intervals from the fights.

    Args:
        results: Of the panel.
        seed: Of the bootstrap: positions are drawn anew, the same in all battles.

    Returns:
        As `changes`, with low and high.
    """
    fights = results.outcomes.shape[2]
    weights = resample_counts(fights, seed) / (2 * fights)
    drawn = []
    for _, part in results.champions.groupby("run", sort=False):
        places = part.sort_values("round")["place"].to_numpy()
        for before, after in pairwise(places):
            steps = results.outcomes[after].astype(float) - results.outcomes[before]
            drawn.append(np.sqrt(((weights @ steps.T) ** 2).mean(axis=1)))
    found = changes(results.champions, phenotypes(results))
    if drawn:
        low, high = limits(np.stack(drawn, axis=1), found["value"].to_numpy(float))
        found = found.assign(low=np.maximum(0, low), high=high)
    return found


def change(found: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Means of changes over the runs of a group, each of its islands.

    Args:
        found: What `changes`, `phenotype_changes` or `genotype_changes` returns.
        seed: Of the bootstrap over runs.

    Returns:
        As `analysis.convergence_variance.variance`, from one run on. The limits of one run are
        those from its fights; NaN where `found` has none.
    """
    rows = []
    for (group, number), part in found.groupby(["group", "round"], sort=True):
        values = unit_means(part, "value").to_numpy(float)
        low, high = mean_limits(values, seed)
        if len(values) == 1 and "low" in part:
            low, high = part["low"].mean(skipna=False), part["high"].mean(skipna=False)
        row = {"group": group, "round": number, **count_units(part), "value": values.mean()}
        rows.append(row | {"low": low if math.isnan(low) else max(0.0, low), "high": high})
    return in_order(pd.DataFrame(rows, columns=COLUMNS))


def fits(
    table: pd.DataFrame,
    value: str = "value",
    *,
    single: pd.DataFrame | Draws | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Lines through a group's rounds from 1 on: against the round, and against its logarithm.

    Args:
        table: group, round, and a column of values: means over runs.
        value: That column.
        single: For limits of the slope: run, group, maybe unit, round, and the same column of
            single runs; or what resampled runs give.
        seed: Of the bootstrap over runs.

    Returns:
        A row a group and kind ("linear", "log"): group, kind, slope, slope_low, slope_high (NaN
        for fewer than two runs, or without `single`), intercept, r_squared, p, points. See
        `analysis.convergence_fits.Fit`.
    """
    rows = []
    for group, part in table[table["round"] >= 1].groupby("group", sort=False):
        for kind in FITTED:
            fit = _fit(part, value, kind)
            low = high = math.nan
            if isinstance(single, Draws):
                low, high = _drawn_limits(single, str(group), kind, fit.slope)
            elif single is not None:
                mine = single[(single["group"] == group) & (single["round"] >= 1)]
                low, high = _slope_limits(mine, value, kind, fit.slope, seed)
            names = {"group": group, "kind": kind, "slope_low": low, "slope_high": high}
            rows.append({**names, **vars(fit)})
    return pd.DataFrame(rows, columns=FIT_COLUMNS)


def _fit(part: pd.DataFrame, value: str, kind: str) -> Fit:
    rounds = part["round"].to_numpy(float)
    return fit_line(FITTED[kind](rounds), part[value].to_numpy(float))


def _slope_limits(
    single: pd.DataFrame, value: str, kind: str, slope: float, seed: int
) -> tuple[float, float]:
    """From the runs' own slopes, of which the slope of their mean is the mean."""
    found = []
    for _, part in single.groupby(unit_column(single), sort=True):
        by_round = part.groupby("round", as_index=False)[[value]].mean()
        found.append(_fit(by_round, value, kind).slope)
    slopes = np.array([own for own in found if not math.isnan(own)])
    if len(slopes) < 2:
        return math.nan, math.nan
    drawn = resample_counts(len(slopes), seed) @ slopes / len(slopes)
    low, high = limits(drawn, slope)
    return float(low), float(high)


def _drawn_limits(draws: Draws, group: str, kind: str, slope: float) -> tuple[float, float]:
    """From the slopes of resampled runs."""
    if group not in draws.rounds or math.isnan(slope):
        return math.nan, math.nan
    later = draws.rounds[group] >= 1
    x = FITTED[kind](draws.rounds[group][later].astype(float))
    found = [fit_line(x, row).slope for row in draws.values[group][:, later]]
    slopes = np.array([own for own in found if not math.isnan(own)])
    if not len(slopes):
        return math.nan, math.nan
    low, high = limits(slopes, slope)
    return float(low), float(high)


def chance_variance(results: PanelResults) -> pd.DataFrame:
    """What the positions of a few fights could add to the phenotypes' variance, were they drawn.

    (They are the same for all champions, so what is left of it is less, and between champions that
    do the same it is nothing.)

    Returns:
        A row a group and round: group, round, chance.
    """
    fights = results.outcomes.shape[2]
    noise = (results.outcomes / 2).var(axis=2, ddof=1 if fights > 1 else 0).mean(axis=1) / fights
    table = results.champions.assign(chance=noise[results.champions["place"].to_numpy()])
    by_unit = table.groupby(["group", "round", unit_column(table)])["chance"].mean()
    return by_unit.groupby(["group", "round"]).mean().reset_index()
