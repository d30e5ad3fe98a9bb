"""What a warrior's results against a set of opponents come to: means, classes, generality."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.ranking import Z_95, FloatArray
from mars.standings import Payoffs


@dataclass(frozen=True)
class Share:
    """How many of a number, and what that says about a larger set they may be drawn from.

    Attributes:
        count, total: So many of so many.
        low, high: Wilson's 95 % limits of the share.
    """

    count: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """0 to 1."""
        return self.count / self.total


@dataclass(frozen=True)
class Summary:
    """One warrior against all opponents, or those of a class.

    Attributes:
        score: Mean over the opponents of points per 100 fights (Wilkies-style: all ties = 100).
        margin: Half of the mean's 95 % interval, were the opponents drawn from a larger set
            (normal approximation); None for one opponent.
        defeated: Opponents of whose fights it won more than it lost.
        tied_or_defeated: Those too of whose fights it won as many as it lost.
    """

    score: float
    margin: float | None
    defeated: Share
    tied_or_defeated: Share


def wilson(count: int, total: int) -> Share:
    """A share with Wilson's score interval of 95 %.

    Raises:
        ValueError: Not 0 <= count <= total, or total is 0.
    """
    if not 0 <= count <= total or total == 0:
        raise ValueError(f"expected 0 <= count <= total, total not 0: got {count}, {total}")
    share, square = count / total, Z_95**2 / total
    centre = share + square / 2
    half = Z_95 * np.sqrt(share * (1 - share) / total + square / (4 * total))
    low, high = (centre - half) / (1 + square), (centre + half) / (1 + square)
    return Share(count, total, max(0.0, float(low)), min(1.0, float(high)))


def summarise(table: Payoffs, row: int, columns: Sequence[int] | None = None) -> Summary:
    """One row of a table of results.

    Args:
        table: Warriors against opponents, all of which fought.
        row: The warrior.
        columns: The opponents that count; all when not given.

    Raises:
        ValueError: There are no opponents.
    """
    chosen = list(range(table.wins.shape[1]) if columns is None else columns)
    wins, losses = table.wins[row, chosen], table.losses[row, chosen]
    scores: FloatArray = table.scores[row, chosen]
    n = len(chosen)
    margin = float(Z_95 * scores.std(ddof=1) / np.sqrt(n)) if n > 1 else None
    return Summary(
        float(scores.mean()) if n else 0.0,
        margin,
        wilson(int((wins > losses).sum()), n),
        wilson(int((wins >= losses).sum()), n),
    )


def classes(groups: Sequence[str]) -> dict[str, list[int]]:
    """The places of each class, sorted by its name."""
    return {word: [i for i, g in enumerate(groups) if g == word] for word in sorted(set(groups))}
