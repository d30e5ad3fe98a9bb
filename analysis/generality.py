"""Generality: how champions do against warriors that their run has never met (the paper's).

An opponent is defeated when more fights are won than lost, tied when as many.
"""

from typing import Final

import numpy as np
import pandas as pd

from analysis.generality_bootstrap import mean_with_limits
from analysis.generality_panel import PanelResults
from analysis.loading_groups import in_order
from analysis.loading_units import count_units
from analysis.ranking import FloatArray, IntArray
from mars.intervals import limits, resample_counts

MEASURES: Final = ("defeated", "tied_or_defeated", "win", "tie", "loss", "score")


def generality(results: PanelResults, *, seed: int = 0) -> pd.DataFrame:
    """Every champion's figures, with intervals from the fights.

    Drawn anew are the positions, the same for all opponents as in the fights; the panel stays.

    Args:
        results: Of the panel.
        seed: Of the bootstrap.

    Returns:
        A row a champion: run, group, unit, round, warrior, opponents, fights (of a battle), and
        each with `_low` and `_high` (95 %): defeated and tied_or_defeated (shares of the
        opponents), win, tie and loss (shares of the fights), score (points per 100 fights,
        all ties = 100).
    """
    n_warriors, n_opponents, fights = results.outcomes.shape
    drawn = resample_counts(fights, seed)
    figures = [_figures(results.outcomes[i], drawn) for i in range(n_warriors)]
    table = results.champions.drop(columns="place")
    table = table.assign(opponents=n_opponents, fights=fights)
    rows = pd.DataFrame([figures[place] for place in results.champions["place"]])
    return pd.concat([table.reset_index(drop=True), rows], axis=1)


def generality_by_round(champions: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Means over the runs of a group, with intervals from the runs.

    Args:
        champions: What `generality` returns.
        seed: Of the bootstrap.

    Returns:
        A row a group and round: group, round, runs, islands (see
        `analysis.loading_units.count_units`), and the measures as in `generality`. With one run
        the limits are those from its fights.
    """
    rows = []
    for (group, number), part in champions.groupby(["group", "round"], sort=True):
        row: dict[str, object] = {"group": group, "round": number, **count_units(part)}
        for name in MEASURES:
            row |= mean_with_limits(part, name, _top(name), seed)
        rows.append(row)
    return in_order(pd.DataFrame(rows))


def _figures(outcomes: IntArray, drawn: IntArray) -> dict[str, float]:
    """A champion's figures.

    Args:
        outcomes: (n_opponents, fights) 1, 0, -1.
        drawn: (resamples, fights) how often each fight counts.
    """
    fights = outcomes.shape[1]
    measured = _shares(outcomes, np.ones((1, fights)))
    resampled = _shares(outcomes, drawn.astype(float))
    figures: dict[str, float] = {}
    for name in MEASURES:
        estimate = float(measured[name][0])
        low, high = limits(resampled[name], estimate)
        top = _top(name)
        figures |= {
            name: estimate,
            f"{name}_low": float(np.clip(low, 0, top)),
            f"{name}_high": float(np.clip(high, 0, top)),
        }
    return figures


def _top(name: str) -> float:
    """The most that a measure can be."""
    return 300.0 if name == "score" else 1.0


def _shares(outcomes: IntArray, weights: FloatArray) -> dict[str, FloatArray]:
    """(n_weights,) of each measure.

    Args:
        outcomes: (n_opponents, fights).
        weights: (n_weights, fights), each row's sum the number of fights.
    """
    ahead = weights @ outcomes.T.astype(float)
    n_fights = outcomes.shape[1]
    won = weights @ (outcomes > 0).mean(axis=0) / n_fights
    tied = weights @ (outcomes == 0).mean(axis=0) / n_fights
    return {
        "defeated": (ahead > 0).mean(axis=1),
        "tied_or_defeated": (ahead >= 0).mean(axis=1),
        "win": won,
        "tie": tied,
        "loss": 1 - won - tied,
        "score": 100 * (3 * won + tied),
    }
