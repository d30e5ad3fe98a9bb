"""Changes of code from round to round, with intervals from the fights that chose the champions.

A champion's code is what it is; who became champion was decided by fights. So the interval of a
single run is that of the changes which the same candidates would have brought, had their fights
gone otherwise: their fitness is drawn anew, normal with its standard error, and the best is taken.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from analysis.convergence import changes
from analysis.draws import Draw, generator
from analysis.loading import RunData
from analysis.loading_units import unit_column
from analysis.ranking import FloatArray, IntArray
from mars.intervals import RESAMPLES, TAIL

PURPOSE: Final = "champion"


def candidates(run: RunData) -> pd.DataFrame:
    """Whom a run's champions were chosen from, best of the search first.

    Returns:
        round, warrior, fitness and standard_error (on the fresh seed; NaN after one fight).
    """
    measured = run.evaluations[run.evaluations["purpose"] == PURPOSE]
    return measured[["round", "warrior", "fitness", "standard_error"]].reset_index(drop=True)


def lone_runs(runs: Sequence[RunData], champions: pd.DataFrame) -> list[RunData]:
    """The runs that are alone in their groups, or islands of one that is.

    They have intervals from their fights only.

    (Not those of the null model: there a draw chooses, and no fight.)

    Args:
        runs: One or more.
        champions: run, group, maybe unit.
    """
    units = unit_column(champions).groupby(champions["group"]).agg(set)
    alone = {unit for found in units if len(found) == 1 for unit in found}
    return [run for run in runs if run.unit in alone and not run.config.shadow]


def genotype_changes(
    runs: Sequence[RunData], champions: pd.DataFrame, features: pd.DataFrame, *, seed: int = 0
) -> pd.DataFrame:
    """How far each champion's code is from that of the one before.

    Args:
        runs: One or more.
        champions: run, group, round, warrior.
        features: The index warriors: all champions, and the candidates of lone runs.
        seed: Of the redrawn fights.

    Returns:
        As `analysis.convergence.changes`, with low and high: 95 % of what the redrawn choices
        give, the value not outside; NaN for runs that are not alone, where a candidate's standard
        error is not known, and where there was one candidate only, before and after.
    """
    vectors = features.loc[champions["warrior"]].to_numpy(float)
    found = changes(champions.reset_index(drop=True), vectors)
    ends = {
        run.name: _limits_of(run, champions, features, seed) for run in lone_runs(runs, champions)
    }
    pairs = [
        ends.get(run, {}).get(number, (np.nan, np.nan))
        for run, number in zip(found["run"], found["round"], strict=True)
    ]
    low, high = np.array(pairs, float).reshape(len(found), 2).T
    values = found["value"].to_numpy(float)
    return found.assign(low=np.minimum(low, values), high=np.maximum(high, values))


def _limits_of(
    run: RunData, champions: pd.DataFrame, features: pd.DataFrame, seed: int
) -> Mapping[int, tuple[float, float]]:
    """By round, limits of the change from the round before."""
    mine = champions[champions["run"] == run.name].sort_values("round")
    measured = dict(list(candidates(run).groupby("round")))
    choices = {}
    for number, warrior in zip(mine["round"], mine["warrior"], strict=True):
        choices[number] = _drawn_champions(measured.get(number), number, warrior, seed)
    found = {}
    for before, after in pairwise(sorted(choices)):
        drawn = _distances(choices[before], choices[after], features)
        if len(drawn):
            low, high = np.quantile(drawn, [TAIL, 1 - TAIL])
            found[after] = (float(low), float(high))
    return found


def _drawn_champions(
    measured: pd.DataFrame | None, number: int, champion: str, seed: int
) -> tuple[list[str], IntArray]:
    """Warriors, and (resamples,) which of them is the best; none: it is not known."""
    if number == 0:
        return [champion], np.zeros(RESAMPLES, np.int64)
    if measured is None or measured["standard_error"].isna().any():
        return [], np.zeros(0, np.int64)
    rng = generator(seed, Draw.CANDIDATES, number)
    fitness, error = (measured[name].to_numpy(float) for name in ("fitness", "standard_error"))
    drawn = fitness + error * rng.standard_normal((RESAMPLES, len(measured)))
    return measured["warrior"].tolist(), np.asarray(drawn.argmax(axis=1), np.int64)


def _distances(
    before: tuple[list[str], IntArray], after: tuple[list[str], IntArray], features: pd.DataFrame
) -> FloatArray:
    """(resamples,) distances; (0,) where one of the choices is not known, or none was one."""
    if not before[0] or not after[0] or len(before[0]) == len(after[0]) == 1:
        return np.zeros(0)
    first, second = (features.loc[names].to_numpy(float) for names in (before[0], after[0]))
    gaps = np.stack([np.sqrt(((second - row) ** 2).sum(axis=1)) for row in first])
    return np.asarray(gaps[before[1], after[1]])
