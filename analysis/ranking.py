"""Who is better, from a table of results: flat and recursive scores, ratings with intervals.

Everywhere `wins` and `ties` are (n, n) counts of fights: `wins[a, b]` those that a won against b,
`ties` symmetric, both 0 on the diagonal and where nobody fought.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FAIR_SCORE: Final = 100.0  # all ties
LEAST_WEIGHT: Final = 0.1
CLOSE_ENOUGH: Final = 1e-9
CLOSE_SCORES: Final = 1e-6
STEADYING: Final = 30
MAX_STEPS: Final = 3000
ELO_UNIT: Final = 400 / np.log(10)
ELO_MEAN: Final = 1500.0
PRIOR_TIES: Final = 1.0
Z_95: Final = 1.959964


@dataclass(frozen=True, eq=False)
class RecursiveScores:
    """Scores in which strong opponents count more.

    Attributes:
        scores: (n,) points per 100 fights.
        settled: They are a fixed point; else the last of very many steps.
    """

    scores: FloatArray
    settled: bool


@dataclass(frozen=True, eq=False)
class Ratings:
    """Strengths on Elo's scale: 400 points are odds of ten to one. The mean is 1500.

    Attributes:
        ratings: (n,).
        standard_errors: (n,) of each against the mean, from chance in the fights alone.
    """

    ratings: FloatArray
    standard_errors: FloatArray

    @property
    def intervals(self) -> FloatArray:
        """(n, 2) 95 % limits."""
        half = Z_95 * self.standard_errors
        return np.stack([self.ratings - half, self.ratings + half], axis=1)


def pair_scores(wins: IntArray, ties: IntArray) -> FloatArray:
    """(n, n) points per 100 fights of the row against the column; NaN: not fought."""
    fights = wins + ties + wins.T
    scores = np.full(fights.shape, np.nan)
    np.divide(100.0 * (3 * wins + ties), fights, out=scores, where=fights > 0)
    return scores


def flat_scores(wins: IntArray, ties: IntArray) -> FloatArray:
    """(n,) mean points per 100 fights over all opponents met; NaN: none."""
    scores = pair_scores(wins, ties)
    return _weighted_means(scores, np.ones(len(scores)))


def recursive_scores(wins: IntArray, ties: IntArray) -> RecursiveScores:
    """(n,) mean points per 100 fights, opponents weighted by their own score above 100.

    The scores are those that reproduce themselves. An opponent at or below 100 keeps a weight
    of 0.1, so that everyone always has opponents; the map is continuous then, and has a fixed
    point. Where there are several, it is the one that is reached from the flat scores.
    """
    scores = pair_scores(wins, ties)
    current = flat_scores(wins, ties)
    for step in range(MAX_STEPS):
        weights = np.maximum(np.nan_to_num(current) - FAIR_SCORE, LEAST_WEIGHT)
        change = _weighted_means(scores, weights) - current
        if not np.any(np.abs(change) > CLOSE_SCORES):
            return RecursiveScores(current, True)
        # Shorter and shorter steps, or some tables would be jumped to and fro for ever.
        current = current + change / (1 + step / STEADYING)
    return RecursiveScores(current, False)


def ranks(scores: FloatArray) -> IntArray:
    """(n,) places from 1, the highest score first; equal scores share the better place."""
    return np.asarray(1 + np.sum(scores[None, :] > scores[:, None], axis=1), np.int64)


def expected_results(strengths: FloatArray) -> FloatArray:
    """(n, n) mean result (win 1, tie 1/2) of the row against the column: Bradley and Terry's.

    Args:
        strengths: (n,) log-odds.
    """
    return np.asarray((1 + np.tanh((strengths[:, None] - strengths[None, :]) / 2)) / 2)


def strengths(wins: IntArray, ties: IntArray, prior_ties: float = PRIOR_TIES) -> FloatArray:
    """(n,) log-odds of Bradley and Terry's model by maximum likelihood, mean 0.

    A tie counts half a win for each. Each two warriors that met have `prior_ties` more, so that
    one that has won or lost everything has a finite strength, too.

    Raises:
        ValueError: Some warriors cannot be compared: nobody met both, even indirectly.
    """
    fights, points = _with_prior(wins, ties, prior_ties)
    _check_connected(fights)
    if len(fights) < 2:
        return np.zeros(len(fights))
    found = np.zeros(len(fights))
    # Newton's method on a concave function; halved where a full step would overshoot.
    likelihood = _likelihood(found, fights, points)
    for _ in range(100):
        expected = expected_results(found)
        slope = (points - fights * expected).sum(axis=1)
        step = _pseudo_inverse(_laplacian(fights * expected * (1 - expected))) @ slope
        while (higher := _likelihood(found + step, fights, points)) < likelihood:
            if np.abs(step).max() < CLOSE_ENOUGH:
                return found
            step = step / 2
        found, likelihood = found + step, higher
        found = found - found.mean()
        if np.abs(step).max() < CLOSE_ENOUGH:
            break
    return found


def ratings(wins: IntArray, ties: IntArray, prior_ties: float = PRIOR_TIES) -> Ratings:
    """Bradley-Terry strengths on Elo's scale, with standard errors.

    The errors are the sandwich of the Fisher information and of the variance that each pair's
    wins, ties and losses show (many ties make a result more certain than coin tosses would).
    They tell what other positions of the same warriors would change, not what other opponents
    would; those of warriors that won or lost everything come mostly from the prior.

    Args:
        wins, ties: (n, n) fights.
        prior_ties: See `strengths`.

    Raises:
        ValueError: As `strengths`.
    """
    found = strengths(wins, ties, prior_ties)
    fights, points = _with_prior(wins, ties, prior_ties)
    expected = expected_results(found)
    inverse = _pseudo_inverse(_laplacian(fights * expected * (1 - expected)))
    # The variance of a pair's sum of results, of which the prior is half a win, half a loss.
    met = np.maximum(fights, 1e-300)
    squares = (wins + ties / 4 + prior_ties / 2 * (fights > 0)) / met
    noise = fights * (squares - (points / met) ** 2)
    covariance = inverse @ _laplacian(noise) @ inverse
    errors = np.sqrt(np.maximum(np.diag(covariance), 0))
    return Ratings(ELO_MEAN + ELO_UNIT * found, ELO_UNIT * errors)


def _with_prior(wins: IntArray, ties: IntArray, prior_ties: float) -> tuple[FloatArray, FloatArray]:
    """(n, n) fights and (n, n) points (win 1, tie 1/2), the prior in both."""
    fights = (wins + ties + wins.T).astype(float)
    prior = np.where(fights > 0, prior_ties, 0.0)
    return fights + prior, wins + ties / 2 + prior / 2


def _likelihood(found: FloatArray, fights: FloatArray, points: FloatArray) -> float:
    """Logarithm of the likelihood, which needs every pair once."""
    gaps = found[None, :] - found[:, None]
    return float(-(points * np.logaddexp(0, gaps)).sum())


def _weighted_means(scores: FloatArray, weights: FloatArray) -> FloatArray:
    """(n,) row means over the columns that are not NaN; NaN where all are."""
    known = ~np.isnan(scores)
    total = known @ weights
    sums = np.where(known, scores, 0.0) @ weights
    means = np.full(len(scores), np.nan)
    np.divide(sums, total, out=means, where=total > 0)
    return means


def _laplacian(weights: FloatArray) -> FloatArray:
    """(n, n) of a graph with (n, n) symmetric weights, 0 on the diagonal."""
    return np.asarray(np.diag(weights.sum(axis=1)) - weights)


def _pseudo_inverse(laplacian: FloatArray) -> FloatArray:
    """Of a connected graph's Laplacian, in which only the constant vector vanishes."""
    if len(laplacian) < 2:
        return np.zeros(laplacian.shape)
    shift = np.full(laplacian.shape, np.trace(laplacian) / len(laplacian) ** 2)
    return np.asarray(np.linalg.inv(laplacian + shift) - 1 / shift.sum())


def _check_connected(fights: FloatArray) -> None:
    reached = np.zeros(len(fights), bool)
    reached[:1] = True
    while True:
        further = reached | (fights[reached] > 0).any(axis=0)
        if (further == reached).all():
            break
        reached = further
    if not reached.all():
        raise ValueError(
            "expected warriors that all met, if only through others: got "
            f"{int((~reached).sum())} of {len(fights)} that the first never did"
        )
