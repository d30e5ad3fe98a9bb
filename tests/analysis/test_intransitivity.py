"""Three-cycles and the Hodge split on tables whose answers are known."""

from itertools import combinations

import numpy as np
import pytest

from analysis.intransitivity import count_cycles, cyclic_share, intransitivity, logits, potentials
from analysis.ranking import IntArray, expected_results


def results(n: int, pairs: dict[tuple[int, int], tuple[int, int]]) -> IntArray:
    """(n, n) wins from wins and losses of pairs."""
    wins = np.zeros((n, n), np.int64)
    for (a, b), (won, lost) in pairs.items():
        wins[a, b], wins[b, a] = won, lost
    return wins


def none(wins: IntArray) -> IntArray:
    return np.zeros_like(wins)


ROCK_PAPER_SCISSORS = results(3, {(0, 1): (150, 50), (1, 2): (150, 50), (2, 0): (150, 50)})
# Odds of 3, 3 and 9 to 1: log-odds add up.
LADDER = results(3, {(0, 1): (150, 50), (1, 2): (150, 50), (0, 2): (180, 20)})


def simulated(levels: list[float], fights: int, seed: int) -> IntArray:
    """Fights of Bradley-Terry strengths."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    chances = expected_results(np.array(levels))
    upper = np.triu(rng.binomial(fights, chances), 1)
    return np.asarray(upper + np.tril(fights - upper.T, -1))


def test_cyclic_share__rock_paper_scissors_is_1_and_a_ladder_0() -> None:
    assert cyclic_share(ROCK_PAPER_SCISSORS, none(LADDER)) == pytest.approx(1)
    assert cyclic_share(LADDER, none(LADDER), prior_ties=0) == pytest.approx(0, abs=1e-12)
    assert cyclic_share(LADDER, none(LADDER)) < 1e-4
    assert cyclic_share(none(LADDER), none(LADDER)) == 0
    assert cyclic_share(none(LADDER), 7 * (1 - np.eye(3, dtype=np.int64))) == 0


def test_cyclic_share__of_a_saturated_ladder_is_one_ninth() -> None:
    wins = results(3, {(0, 1): (9, 0), (1, 2): (9, 0), (0, 2): (9, 0)})
    assert cyclic_share(wins, none(wins)) == pytest.approx(1 / 9)


def test_cyclic_share__of_a_mixture_is_by_squares() -> None:
    """Log-odds of a ladder plus those of a cycle: orthogonal, so the squares add up."""
    steps, cycle = np.array([1.0, 0.5, 1.5]), np.array([0.7, 0.7, -0.7])
    odds = np.exp(steps + cycle)
    won = np.round(10**9 * odds / (1 + odds)).astype(np.int64)
    pairs = zip([(0, 1), (1, 2), (0, 2)], won.tolist(), strict=True)
    wins = results(3, {pair: (n, 10**9 - n) for pair, n in pairs})
    expected = (cycle**2).sum() / ((steps**2).sum() + (cycle**2).sum())
    assert cyclic_share(wins, none(wins)) == pytest.approx(expected, rel=1e-6)


def test_cyclic_share__pairs_that_never_met_are_no_edges() -> None:
    # A path has no cycle, whatever its results; a square has one.
    path = results(4, {(0, 1): (9, 1), (1, 2): (5, 5), (2, 3): (2, 8)})
    assert cyclic_share(path, none(path)) == pytest.approx(0, abs=1e-12)
    square = results(4, {(0, 1): (9, 1), (1, 2): (9, 1), (2, 3): (9, 1), (3, 0): (9, 1)})
    assert cyclic_share(square, none(square)) == pytest.approx(1)


def test_logits__ties_are_half_and_the_prior_makes_them_finite() -> None:
    wins = results(3, {(0, 1): (6, 0)})
    ties = np.array([[0, 3, 0], [3, 0, 0], [0, 0, 0]])
    found = logits(wins, ties)
    assert found[0, 1] == pytest.approx(np.log(8 / 2))
    assert (found == -found.T).all()
    assert found[2].tolist() == [0, 0, 0]


def test_potentials__are_the_row_means_when_everyone_met() -> None:
    found = logits(LADDER, none(LADDER))
    fought = 1 - np.eye(3)
    assert potentials(found, fought) == pytest.approx(found.sum(axis=1) / 3)


def test_count_cycles__as_triple_by_triple() -> None:
    rng = np.random.default_rng(np.random.SeedSequence(3))
    for n in (2, 3, 4, 9):
        wins = rng.integers(0, 3, (n, n))
        np.fill_diagonal(wins, 0)
        beats = wins > wins.T
        decided = cyclic = 0
        for triple in combinations(range(n), 3):
            pairs = [(a, b) for a in triple for b in triple if beats[a, b]]
            decided += len(pairs) == 3
            # In a cycle everyone beats one.
            cyclic += len(pairs) == 3 and len({a for a, _ in pairs}) == 3
        found = count_cycles(wins)
        assert (found.decided, found.cyclic) == (decided, cyclic)
    assert count_cycles(ROCK_PAPER_SCISSORS).share == 1
    assert count_cycles(LADDER).share == 0
    assert count_cycles(none(LADDER)).share == 0


def test_count_cycles__of_coin_tosses_are_a_quarter() -> None:
    rng = np.random.default_rng(np.random.SeedSequence(3))
    upper = np.triu(rng.integers(0, 2, (200, 200)), 1)
    wins = upper + np.tril(1 - upper.T, -1)
    assert count_cycles(wins).decided == 200 * 199 * 198 // 6
    assert count_cycles(wins).share == pytest.approx(0.25, abs=0.01)


def test_intransitivity__noise_stays_below_the_floor_and_cycles_rise_above() -> None:
    below = 0
    levels = np.linspace(-1, 1, 8).tolist()
    for seed in range(20):
        wins = simulated(levels, 50, seed)
        found = intransitivity(wins, none(wins), resamples=60, seed=seed)
        below += found.cyclic_share <= found.cyclic_floor.high
        assert 0 < found.cyclic_floor.mean < found.cyclic_floor.high < 1
    assert below >= 17
    found = intransitivity(100 * ROCK_PAPER_SCISSORS, none(LADDER))
    assert found.cyclic_share == pytest.approx(1)
    # A cycle of three among five that are otherwise nearly equal.
    wins = simulated([0, 0.1, 0.2, 0.3, 0.4], 2000, 1)
    wins[:3, :3] = 10 * ROCK_PAPER_SCISSORS
    found = intransitivity(wins, none(wins))
    assert found.cyclic_share > 2 * found.cyclic_floor.high
    assert found.cycles.cyclic >= 1


def test_intransitivity__the_floor_keeps_the_ties() -> None:
    """The same mean results with many ties are more certain, so chance makes less of them."""
    upper = np.triu(np.ones((6, 6), np.int64), 1)
    coins = intransitivity(60 * upper + 40 * upper.T, 0 * upper, resamples=100)
    ties = 60 * (upper + upper.T)
    tied = intransitivity(30 * upper + 10 * upper.T, ties, resamples=100)
    assert tied.cyclic_share == pytest.approx(coins.cyclic_share)
    assert tied.cyclic_floor.mean < 0.6 * coins.cyclic_floor.mean


def test_intransitivity__a_seed_repeats_and_progress_is_told() -> None:
    steps: list[tuple[int, int]] = []
    wins = simulated([0, 1, 2], 20, 2)
    first = intransitivity(
        wins, none(wins), seed=4, resamples=5, on_progress=lambda *step: steps.append(step)
    )
    assert first == intransitivity(wins, none(wins), seed=4, resamples=5)
    assert first != intransitivity(wins, none(wins), seed=5, resamples=5)
    assert steps == [(n, 5) for n in range(1, 6)]
