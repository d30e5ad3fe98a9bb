"""Scores and ratings on tables whose answers are known."""

import numpy as np
import pytest

from analysis.ranking import (
    IntArray,
    expected_results,
    flat_scores,
    pair_scores,
    ranks,
    ratings,
    recursive_scores,
    strengths,
)

Pairs = dict[tuple[int, int], tuple[int, int, int]]


def table(n: int, pairs: Pairs) -> tuple[IntArray, IntArray]:
    """(wins, ties) from wins, ties and losses of pairs."""
    wins, ties = np.zeros((n, n), np.int64), np.zeros((n, n), np.int64)
    for (a, b), (won, tied, lost) in pairs.items():
        wins[a, b], wins[b, a] = won, lost
        ties[a, b] = ties[b, a] = tied
    return wins, ties


def drawn(
    levels: list[float], fights: int, tie_share: float, seed: int
) -> tuple[IntArray, IntArray]:
    """A tournament of Bradley-Terry strengths, of whose fights some share is tied."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    chances = expected_results(np.array(levels))
    pairs: Pairs = {}
    for a in range(len(levels)):
        for b in range(a):
            tied = tie_share * 2 * min(chances[a, b], chances[b, a])
            won = chances[a, b] - tied / 2
            counts = rng.multinomial(fights, [won, tied, 1 - won - tied]).tolist()
            pairs[a, b] = (counts[0], counts[1], counts[2])
    return table(len(levels), pairs)


def test_flat_scores__points_per_100_fights() -> None:
    wins, ties = table(3, {(0, 1): (10, 0, 0), (0, 2): (0, 20, 0), (1, 2): (5, 5, 10)})
    assert flat_scores(wins, ties).tolist() == [200, 50, 137.5]
    assert pair_scores(wins, ties)[2].tolist()[:2] == [100, 175]
    assert np.isnan(np.diag(pair_scores(wins, ties))).all()


def test_flat_scores__pairs_that_never_met_do_not_count() -> None:
    wins, ties = table(4, {(0, 1): (10, 0, 0), (1, 2): (10, 0, 0)})
    scores = flat_scores(wins, ties)
    assert scores[:3].tolist() == [300, 150, 0]
    assert np.isnan(scores[3])


def test_recursive_scores__a_fixed_point_in_which_the_weak_do_not_count() -> None:
    # 2 beats the two strong ones and ties the weak; 0 beats the weak ones by far.
    pairs: Pairs = {(0, 1): (55, 0, 45), (2, 0): (60, 0, 40), (2, 1): (60, 0, 40)}
    weak = range(3, 9)
    pairs |= {(a, b): (95, 0, 5) for a in (0, 1) for b in weak}
    pairs |= {(2, b): (40, 30, 30) for b in weak}
    pairs |= {(a, b): (0, 100, 0) for a in weak for b in weak if a < b}
    wins, ties = table(9, pairs)
    flat, found = flat_scores(wins, ties), recursive_scores(wins, ties)
    assert ranks(flat)[:3].tolist() == [1, 2, 3]
    assert found.settled
    assert ranks(found.scores)[:3].tolist() == [2, 3, 1]
    scores = pair_scores(wins, ties)
    weights = np.maximum(found.scores - 100, 0.1)
    for a in range(9):
        others = [b for b in range(9) if b != a]
        expected = np.average(scores[a, others], weights=weights[others])
        assert found.scores[a] == pytest.approx(expected, abs=1e-5)


def test_recursive_scores__all_ties_are_100() -> None:
    wins, ties = table(3, {(0, 1): (0, 9, 0), (0, 2): (0, 9, 0), (1, 2): (0, 9, 0)})
    assert recursive_scores(wins, ties).scores.tolist() == pytest.approx([100, 100, 100])


def test_recursive_scores__settle_for_tables_like_real_ones() -> None:
    for seed in range(20):
        levels = np.random.default_rng(seed).normal(0, 1, 25).tolist()
        assert recursive_scores(*drawn(levels, 100, 0.3, seed)).settled


def test_ranks__equal_scores_share_the_better_place() -> None:
    assert ranks(np.array([5.0, 7.0, 5.0, 1.0])).tolist() == [2, 1, 2, 4]


def test_strengths__two_warriors_are_log_odds() -> None:
    wins, ties = table(2, {(0, 1): (60, 20, 20)})
    found = strengths(wins, ties, prior_ties=0)
    assert found[0] - found[1] == pytest.approx(np.log(70 / 30))
    assert found.sum() == pytest.approx(0)
    with_prior = strengths(wins, ties, prior_ties=2)
    assert with_prior[0] - with_prior[1] == pytest.approx(np.log(71 / 31))


def test_strengths__each_one_s_points_are_as_expected() -> None:
    """The maximum of the likelihood: expected points equal those seen, the prior's included."""
    wins, ties = drawn([0, 0.3, -0.8, 2.0, 4.0], 50, 0.4, 1)
    expected = 51 * expected_results(strengths(wins, ties))
    np.fill_diagonal(expected, 0)
    assert expected.sum(axis=1) == pytest.approx((wins + ties / 2 + 0.5).sum(axis=1) - 0.5)


def test_strengths__one_that_wins_everything_is_finite_and_first() -> None:
    wins, ties = table(3, {(0, 1): (500, 0, 0), (0, 2): (500, 0, 0), (1, 2): (500, 0, 0)})
    found = ratings(wins, ties)
    assert np.isfinite(found.ratings).all()
    assert ranks(found.ratings).tolist() == [1, 2, 3]
    assert found.ratings.mean() == pytest.approx(1500)
    assert np.isfinite(found.standard_errors).all()


def test_strengths__some_that_never_met_cannot_be_compared() -> None:
    wins, ties = table(4, {(0, 1): (5, 0, 5), (2, 3): (5, 0, 5)})
    with pytest.raises(ValueError, match="got 2 of 4 that the first never did"):
        strengths(wins, ties)
    assert strengths(*table(1, {})).tolist() == [0]


def test_ratings__are_elo_s() -> None:
    wins, ties = table(2, {(0, 1): (1000, 0, 100)})
    found = ratings(wins, ties, prior_ties=0)
    assert found.ratings[0] - found.ratings[1] == pytest.approx(400)


@pytest.mark.parametrize("tie_share", [0.0, 0.8])
def test_ratings__intervals_hold_the_truth_19_times_in_20(tie_share: float) -> None:
    levels = [0.0, 0.4, -0.6, 1.0, -0.8, 0.1]
    truth = 1500 + 400 / np.log(10) * (np.array(levels) - np.mean(levels))
    held, widths = [], []
    for seed in range(150):
        found = ratings(*drawn(levels, 100, tie_share, seed))
        low, high = found.intervals.T
        held.append((low <= truth) & (truth <= high))
        widths.append(high - low)
    assert 0.92 < np.mean(held) < 0.98
    # Many ties make results more certain than a coin's; the simple formula would not see that.
    assert (np.mean(widths) < 55) == (tie_share > 0)


def test_ratings__do_not_depend_on_order() -> None:
    wins, ties = drawn([0, 1, -1, 0.5], 30, 0.2, 4)
    order = [2, 0, 3, 1]
    grid = np.ix_(order, order)
    whole, part = ratings(wins, ties), ratings(wins[grid], ties[grid])
    assert part.ratings == pytest.approx(whole.ratings[order])
    assert part.standard_errors == pytest.approx(whole.standard_errors[order])
