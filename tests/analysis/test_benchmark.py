"""Means and generality of hand-made results."""

import numpy as np
import pytest

from analysis.benchmark import classes, summarise, wilson
from mars.standings import Payoffs


def test_wilson__published_values() -> None:
    """Of Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I."""
    for count, total, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = wilson(count, total)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
        assert found.value == count / total
    mirrored = wilson(20, 20)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - 0.1611, 1), abs=5e-5)


def test_wilson__refuses() -> None:
    for count, total in ((1, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="expected 0 <= count <= total"):
            wilson(count, total)


def test_summarise__all_and_a_class() -> None:
    wins = np.array([[8, 5, 2, 0]])
    ties = np.array([[2, 0, 3, 10]])
    table = Payoffs(wins, ties, 10 - wins - ties)
    found = summarise(table, 0)
    scores = [260, 150, 90, 100]
    assert found.score == np.mean(scores)
    assert found.margin == pytest.approx(1.96 * np.std(scores, ddof=1) / 2, rel=1e-4)
    assert (found.defeated.count, found.tied_or_defeated.count) == (1, 3)
    part = summarise(table, 0, [2])
    assert (part.score, part.margin, part.defeated.total) == (90, None, 1)


def test_classes__sorted() -> None:
    assert classes(["paper", "", "stone", "paper"]) == {"": [1], "paper": [0, 3], "stone": [2]}
