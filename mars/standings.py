"""Score tables: results of one-to-one battles as arrays, and who is ahead by them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mars.placement import IntArray

WIN_POINTS: Final = 3
TIE_POINTS: Final = 1


@dataclass(frozen=True)
class Tally:
    """How a battle of two warriors ended.

    Attributes:
        first, second: Places of the two in a sequence of warriors.
        wins, ties, losses: Fights, as the first sees them.
    """

    first: int
    second: int
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, eq=False)
class Payoffs:
    """Results of warriors (rows) against warriors (columns).

    A tournament's has the same warriors in rows and columns: `losses` is `wins` transposed then.
    Where nobody fought, all are 0.

    Attributes:
        wins, ties, losses: (n_rows, n_columns) int64, fights as the row's warrior sees them.
    """

    wins: IntArray
    ties: IntArray
    losses: IntArray

    @property
    def fights(self) -> IntArray:
        """(n_rows, n_columns) how many were fought."""
        return np.asarray(self.wins + self.ties + self.losses)

    @property
    def scores(self) -> NDArray[np.float64]:
        """(n_rows, n_columns) points per 100 fights, 3 a win, 1 a tie; NaN: not fought."""
        fights = self.fights
        points = 100.0 * (WIN_POINTS * self.wins + TIE_POINTS * self.ties)
        scores = np.full(fights.shape, np.nan)
        np.divide(points, fights, out=scores, where=fights > 0)
        return scores


@dataclass(frozen=True)
class Standing:
    """A warrior's place.

    Attributes:
        rank: From 1; no two have the same.
        index: The row of `Payoffs`.
        score: Points per 100 fights, over all of its fights; 0 without any.
        wins, ties, losses: Fights, likewise.
    """

    rank: int
    index: int
    score: float
    wins: int
    ties: int
    losses: int


def payoffs(n_warriors: int, results: Iterable[Tally]) -> Payoffs:
    """The (n_warriors, n_warriors) table of battles, each seen from both sides."""
    wins = np.zeros((n_warriors, n_warriors), np.int64)
    ties = np.zeros_like(wins)
    for result in results:
        a, b = result.first, result.second
        wins[a, b], wins[b, a] = result.wins, result.losses
        ties[a, b] = ties[b, a] = result.ties
    return Payoffs(wins, ties, np.ascontiguousarray(wins.T))


def standings(table: Payoffs, keys: Sequence[str] | Sequence[int]) -> list[Standing]:
    """Who is ahead, best first.

    Args:
        table: Of a tournament, or of any rows.
        keys: One a row; of two with the same score, the smaller key is ahead.
    """
    rows = []
    for index in range(len(table.wins)):
        wins, ties, losses = (
            int(counted[index].sum()) for counted in (table.wins, table.ties, table.losses)
        )
        points = 100 * (WIN_POINTS * wins + TIE_POINTS * ties)
        rows.append((points / max(1, wins + ties + losses), index, wins, ties, losses))
    rows.sort(key=lambda row: (-row[0], keys[row[1]]))
    return [
        Standing(rank, index, score, wins, ties, losses)
        for rank, (score, index, wins, ties, losses) in enumerate(rows, start=1)
    ]
