"""How well code predicts generality: ridge regression, cross-validated by run.

All warriors of a run and of its islands are related, so a run is predicted as a whole by what was
learnt from the others, and never with help of a warrior that it has itself.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.draws import Draw, generator
from analysis.loading_units import unit_column
from analysis.ranking import FloatArray
from mars.intervals import TAIL, resample_counts

# Of features whose rows have length 1; from hardly any to all but the mean.
PENALTIES: Final = tuple(float(10.0**power) for power in range(-3, 4))
INNER_FOLDS: Final = 5
SHUFFLES: Final = 100

Labels = NDArray[np.object_]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ProbeResult:
    """What came of a probe.

    Attributes:
        predictions: A row a champion: run, group, round, warrior, value, predicted (by its code),
            baseline (the mean of what was learnt from).
        summary: A row a kind of features, `code` and `round`: features, champions, runs,
            r_squared with low and high (95 %, from the runs), shuffled and shuffled_high (mean
            and 95th percentile of R² when the values are shuffled among the warriors), p (share
            of the shufflings that are as good or better, itself counted).
    """

    predictions: pd.DataFrame
    summary: pd.DataFrame


def probe(
    champions: pd.DataFrame, features: pd.DataFrame, *, seed: int = 0, shuffles: int = SHUFFLES
) -> ProbeResult:
    """Predicts champions' values from their code, and for comparison from their round alone.

    R² is 1 - (sum of squared errors) / (sum of squared distances from the mean of what was learnt
    from): below 0 the features mislead. It is NaN where all values are that mean. The shufflings
    take warriors as independent, which those of a run are not: go by the limits first.

    Args:
        champions: run, group, maybe unit (of islands, the run), round, warrior, value; w_0,
            which nobody has evolved, is left out.
        features: As from `analysis.embedding.embed`, the index warriors.
        seed: Of shufflings and resamples.
        shuffles: How many, from 1.

    Raises:
        ValueError: There are fewer than two runs with champions, or one whose warriors the others
            have all but none of.
    """
    rows = champions[champions["round"] > 0].reset_index(drop=True)
    units = unit_column(rows)
    runs = sorted(set(units))
    if len(runs) < 2:
        raise ValueError(f"expected champions of two runs or more: got {len(runs)}")
    targets = _targets(rows, seed, shuffles)
    code = features.loc[rows["warrior"]].to_numpy(float)
    numbers = rows[["round"]].to_numpy(float)
    summary, baseline = [], np.zeros(0)
    predicted: dict[str, FloatArray] = {}
    for name, matrix in (("code", code), ("round", numbers / np.abs(numbers).max())):
        guesses, means = cross_predict(matrix, targets, units.to_numpy(object), _warriors(rows))
        errors, spread = (targets - guesses) ** 2, (targets - means) ** 2
        figures = _figures(units, errors, spread, seed)
        summary.append({"features": name, "champions": len(rows), "runs": len(runs), **figures})
        predicted[name], baseline = guesses[:, 0], means[:, 0]
    columns = ["run", "group", "round", "warrior", "value"]
    table = rows[columns].assign(predicted=predicted["code"], baseline=baseline)
    return ProbeResult(table, pd.DataFrame(summary))


def cross_predict(
    features: FloatArray, targets: FloatArray, runs: Labels, warriors: Labels
) -> tuple[FloatArray, FloatArray]:
    """Each run's targets as the other runs predict them.

    Args:
        features: (n, n_features).
        targets: (n, n_targets), each on its own.
        runs, warriors: (n,) of each row.

    Returns:
        Twice (n, n_targets): the predictions, and the means of what they were learnt from.

    Raises:
        ValueError: Nothing is left to learn from.
    """
    predicted, means = np.zeros_like(targets), np.zeros_like(targets)
    for run in sorted(set(runs)):
        test = np.flatnonzero(runs == run)
        train = np.flatnonzero((runs != run) & ~np.isin(warriors, warriors[test]))
        others = len(set(warriors[train]))
        if others < 2:
            raise ValueError(
                f"expected two warriors or more that run {run!r} has not: got {others}"
            )
        chosen = _choose(features, targets, train, _inner_groups(runs[train], warriors[train]))
        guesses = ridge_predict(features, targets, train, test)
        predicted[test] = np.take_along_axis(guesses, chosen[None, None, :], axis=0)[0]
        means[test] = targets[train].mean(axis=0)
    return predicted, means


def ridge_predict(
    features: FloatArray, targets: FloatArray, train: Places, test: Places
) -> FloatArray:
    """Ridge regression with an intercept that is not penalised, by the dual form.

    Args:
        features: (n, n_features).
        targets: (n, n_targets).
        train, test: Places of rows to learn from, and to predict.

    Returns:
        (n_penalties, n_test, n_targets), a prediction for each of `PENALTIES`.
    """
    centre, mean = features[train].mean(axis=0), targets[train].mean(axis=0)
    known, new = features[train] - centre, features[test] - centre
    values, vectors = np.linalg.eigh(known @ known.T)
    inner = vectors.T @ (targets[train] - mean)
    across = new @ known.T @ vectors
    # Rounding makes some eigenvalues a little less than 0.
    weights = [1 / (np.maximum(values, 0) + penalty) for penalty in PENALTIES]
    return np.stack([(across * weight) @ inner + mean for weight in weights])


def _choose(features: FloatArray, targets: FloatArray, train: Places, groups: Places) -> Places:
    """(n_targets,) the penalty, by its place, with the least error within what is learnt from."""
    errors = np.zeros((len(PENALTIES), targets.shape[1]))
    for group in np.unique(groups):
        test, rest = train[groups == group], train[groups != group]
        guesses = ridge_predict(features, targets, rest, test)
        errors += ((guesses - targets[test]) ** 2).sum(axis=1)
    # Of equal ones the greatest, which is the simplest model.
    chosen: Places = len(PENALTIES) - 1 - errors[::-1].argmin(axis=0)
    return chosen


def _inner_groups(runs: Labels, warriors: Labels) -> Places:
    """(n,) folds: of whole runs; of warriors where there is one run only."""
    labels = runs if len(set(runs)) > 1 else warriors
    _, places = np.unique(labels.astype(str), return_inverse=True)
    folds: Places = places % INNER_FOLDS
    return folds


def _targets(rows: pd.DataFrame, seed: int, shuffles: int) -> FloatArray:
    """(n, 1 + shuffles) the values, then shuffled ones; equal warriors have equal values."""
    warriors, first, place = np.unique(
        _warriors(rows).astype(str), return_index=True, return_inverse=True
    )
    values = rows["value"].to_numpy(float)[first]
    rng = generator(seed, Draw.SHUFFLE)
    shuffled = [rng.permutation(values) for _ in range(shuffles)]
    table: FloatArray = np.stack([values, *shuffled], axis=1)
    assert len(table) == len(warriors)
    return table[place]


def _figures(
    runs: "pd.Series[str]", errors: FloatArray, spread: FloatArray, seed: int
) -> dict[str, float]:
    """R² of the first column with limits from the runs, and what the other columns say of it.

    Args:
        runs: (n,) of each row.
        errors, spread: (n, 1 + shuffles) squares.
    """
    by_run = [
        pd.DataFrame(part).groupby(runs.to_numpy()).sum().to_numpy() for part in (errors, spread)
    ]
    r_squared = _r_squared(by_run[0].sum(axis=0), by_run[1].sum(axis=0))
    counts = resample_counts(len(by_run[0]), seed)
    drawn = _r_squared(counts @ by_run[0][:, 0], counts @ by_run[1][:, 0])
    low, high = np.quantile(drawn, [TAIL, 1 - TAIL])
    found, shuffled = r_squared[0], r_squared[1:]
    return {
        "r_squared": float(found),
        "low": float(min(low, found)),
        "high": float(max(high, found)),
        "shuffled": float(shuffled.mean()),
        "shuffled_high": float(np.quantile(shuffled, 0.95)),
        "p": np.nan if np.isnan(found) else float((1 + (shuffled >= found).sum()) / r_squared.size),
    }


def _r_squared(errors: FloatArray, spread: FloatArray) -> FloatArray:
    found = np.full(spread.shape, np.nan)
    np.divide(errors, spread, out=found, where=spread > 0)
    return 1 - found


def _labels(rows: pd.DataFrame, name: str) -> Labels:
    return rows[name].to_numpy(object)


def _warriors(rows: pd.DataFrame) -> Labels:
    return _labels(rows, "warrior")
