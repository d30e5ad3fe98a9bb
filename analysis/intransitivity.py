"""How far results are from a ranking: three-cycles, and the cyclic share of the Hodge split.

`wins` and `ties` as in `analysis.ranking`. References: Jiang, Lim, Yao and Ye, "Statistical
ranking and combinatorial Hodge theory" (2011), of which this is the case without weights.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.ranking import PRIOR_TIES, FloatArray, IntArray, expected_results, strengths

RESAMPLES: Final = 200
FLOOR_QUANTILE: Final = 0.95


@dataclass(frozen=True)
class Cycles:
    """Triples of warriors that all decided their battles (one won more fights than the other).

    Attributes:
        decided: How many.
        cyclic: In how many of them a beats b, b beats c, and c beats a.
    """

    decided: int
    cyclic: int

    @property
    def share(self) -> float:
        """Cyclic of the decided; 0 when there are none. By coin tosses it would be 1/4."""
        return self.cyclic / self.decided if self.decided else 0.0


@dataclass(frozen=True)
class Floor:
    """What chance alone makes of a share, were the warriors ranked by strengths.

    Attributes:
        mean: Over the resamples.
        high: Their 95 % quantile: a share above it is more than noise.
    """

    mean: float
    high: float


@dataclass(frozen=True)
class Intransitivity:
    """How far a table of results is from a ranking.

    Attributes:
        cycles: Three-cycles.
        cyclic_share: Of the Hodge split.
        cycles_floor, cyclic_floor: Of both shares, from the same resamples.
    """

    cycles: Cycles
    cyclic_share: float
    cycles_floor: Floor
    cyclic_floor: Floor


def count_cycles(wins: IntArray) -> Cycles:
    """Counts three-cycles, by matrix products."""
    beats = (wins > wins.T).astype(float)
    decided = beats + beats.T
    return Cycles(_closed_walks(decided) // 6, _closed_walks(beats) // 3)


def logits(wins: IntArray, ties: IntArray, prior_ties: float = PRIOR_TIES) -> FloatArray:
    """(n, n) antisymmetric log-odds of (wins + ties/2) with `prior_ties` more; 0: not fought."""
    points = wins + (ties + prior_ties) / 2
    met = wins + ties + wins.T > 0
    return np.log(np.where(met, points, 1.0) / np.where(met, points.T, 1.0))


def potentials(values: FloatArray, fought: FloatArray) -> FloatArray:
    """(n,) numbers with mean 0 whose differences are nearest to the values (least squares).

    Args:
        values: (n, n) antisymmetric, 0 where `fought` is.
        fought: (n, n) symmetric, 1 or 0, 0 on the diagonal.
    """
    return np.asarray(_inverse(fought) @ values.sum(axis=1))


def cyclic_share(wins: IntArray, ties: IntArray, prior_ties: float = PRIOR_TIES) -> float:
    """Which share of the squared log-odds no strengths explain: 0 for a ladder, 1 for a cycle.

    The log-odds are split into differences of potentials and the rest, orthogonal to each
    other. Where results saturate (a warrior wins every fight against the next one *and* against
    the one after), log-odds cannot add up, and some share is left over even for a perfect
    ranking (1/9 for three warriors, up to 1/3 for many). The floor of `intransitivity` saturates
    likewise, but not quite as much; a perfect ranking has no three-cycles.

    Args:
        wins, ties: (n, n) fights.
        prior_ties: Ties that each two warriors have more, so that log-odds are finite.

    Returns:
        0 to 1; 0 when all is even.
    """
    fought = _fought(wins, ties)
    inverse = _inverse(fought)
    return _cyclic_share(logits(wins, ties, prior_ties), fought, inverse)


def intransitivity(
    wins: IntArray,
    ties: IntArray,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    on_progress: Callable[[int, int], None] | None = None,
) -> Intransitivity:
    """Both shares, and what chance would make of them.

    The floor is a parametric bootstrap: fights are drawn anew from the Bradley-Terry fit, each
    pair with the share of ties it had (less where the fit leaves no room for so many).

    Args:
        wins, ties: (n, n) fights; everyone met everyone, if only through others.
        seed: Of the draws.
        resamples: How many, at least 1.
        on_progress: Called now and then with how many are done, and of how many.

    Raises:
        ValueError: As `analysis.ranking.strengths`.
    """
    fought = _fought(wins, ties)
    inverse = _inverse(fought)
    rows, columns = np.nonzero(np.triu(fought))
    fights = (wins + ties + wins.T)[rows, columns]
    chances = _transitive_chances(wins, ties)[rows, columns]
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    cyclic, hodge = np.zeros(resamples), np.zeros(resamples)
    for i in range(resamples):
        drawn = rng.multinomial(fights, chances)
        won, tied = np.zeros_like(wins), np.zeros_like(ties)
        won[rows, columns], won[columns, rows] = drawn[:, 0], drawn[:, 2]
        tied[rows, columns] = tied[columns, rows] = drawn[:, 1]
        cyclic[i] = count_cycles(won).share
        hodge[i] = _cyclic_share(logits(won, tied), fought, inverse)
        if on_progress is not None:
            on_progress(i + 1, resamples)
    share = _cyclic_share(logits(wins, ties), fought, inverse)
    return Intransitivity(count_cycles(wins), share, _floor(cyclic), _floor(hodge))


def _fought(wins: IntArray, ties: IntArray) -> FloatArray:
    return np.asarray(wins + ties + wins.T > 0, float)


def _inverse(fought: FloatArray) -> FloatArray:
    """(n, n) pseudo-inverse of the graph's Laplacian."""
    laplacian = np.diag(fought.sum(axis=1)) - fought
    return np.asarray(np.linalg.pinv(laplacian, hermitian=True))


def _closed_walks(edges: FloatArray) -> int:
    """Number of closed walks of three steps."""
    return round(float(np.sum((edges @ edges) * edges.T)))


def _cyclic_share(values: FloatArray, fought: FloatArray, inverse: FloatArray) -> float:
    """As `cyclic_share`, given the pseudo-inverse of the graph's Laplacian."""
    total = float((values**2).sum())
    if total == 0:
        return 0.0
    level = inverse @ values.sum(axis=1)
    rest = values - fought * (level[:, None] - level[None, :])
    return float((rest**2).sum()) / total


def _transitive_chances(wins: IntArray, ties: IntArray) -> FloatArray:
    """(n, n, 3) chances of win, tie and loss by the Bradley-Terry fit."""
    expected = expected_results(strengths(wins, ties))
    observed = ties / np.maximum(1, wins + ties + wins.T)
    tied = np.minimum(observed, 2 * np.minimum(expected, 1 - expected))
    chances = np.stack([expected - tied / 2, tied, 1 - expected - tied / 2], axis=-1)
    chances = np.clip(chances, 0, 1)  # rounding
    return np.asarray(chances / chances.sum(axis=-1, keepdims=True))


def _floor(shares: FloatArray) -> Floor:
    return Floor(float(shares.mean()), float(np.quantile(shares, FLOOR_QUANTILE)))
