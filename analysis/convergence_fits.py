"""Straight lines through figures against the round, or against its logarithm."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.ranking import FloatArray

LEAST_POINTS: Final = 3
MAX_TERMS: Final = 1000
SMALL: Final = 1e-300
PRECISION: Final = 1e-14


@dataclass(frozen=True)
class Fit:
    """A least-squares line `intercept + slope * x`.

    Attributes:
        slope, intercept: NaN when there are fewer than three points or two values of x.
        r_squared: Share of the variance that it explains; NaN when y never changes.
        p: Chance of a slope as far from 0 were there none (two-sided, Student's t). It takes the
            points for independent, which rounds of one lineage are not: only the shadow runs show
            what drift alone does.
        points: How many.
    """

    slope: float
    intercept: float
    r_squared: float
    p: float
    points: int


def fit_line(x: FloatArray, y: FloatArray) -> Fit:
    """The line through points, those with a NaN left out.

    Args:
        x, y: (n,).
    """
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    n = len(x)
    if n < LEAST_POINTS or np.ptp(x) == 0:
        return Fit(math.nan, math.nan, math.nan, math.nan, n)
    across = x - x.mean()
    slope = float(across @ y / (across @ across))
    intercept = float(y.mean() - slope * x.mean())
    total = float(((y - y.mean()) ** 2).sum())
    if np.ptp(y) == 0:
        return Fit(0.0, float(y[0]), math.nan, math.nan, n)
    rest = float(((y - intercept - slope * x) ** 2).sum())
    r_squared = 1 - rest / total
    return Fit(slope, intercept, r_squared, slope_p(r_squared, n), n)


def slope_p(r_squared: float, points: int) -> float:
    """The p of a line's slope, from its R²: t² = R² (n-2) / (1-R²), two-sided."""
    return incomplete_beta((points - 2) / 2, 0.5, min(1.0, max(0.0, 1 - r_squared)))


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction.

    Source: Numerical Recipes, 6.4, "Incomplete Beta Function".

    Raises:
        ValueError: Not a > 0, b > 0 and 0 <= x <= 1.
    """
    if not (a > 0 and b > 0 and 0 <= x <= 1):
        raise ValueError(f"expected a > 0, b > 0, 0 <= x <= 1: got {a}, {b}, {x}")
    if x in (0, 1):
        return float(x)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(logarithm + a * math.log(x) + b * math.log1p(-x)) / a
    return front * _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction, by Lentz's method."""
    upper, lower, value = 2.0, 1.0, 2.0
    for term in range(1, MAX_TERMS):
        half = term // 2
        if term % 2 == 0:
            numerator = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        else:
            numerator = -((a + half) * (a + b + half) * x) / ((a + 2 * half) * (a + 2 * half + 1))
        lower = 1 / _away_from_zero(1 + numerator * lower)
        upper = _away_from_zero(1 + numerator / upper)
        value *= upper * lower
        if abs(1 - upper * lower) < PRECISION:
            break
    return value - 1


def _away_from_zero(number: float) -> float:
    return number if abs(number) > SMALL else SMALL
