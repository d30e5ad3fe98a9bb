"""Fitness: the melee's survival share against its definition, and pairwise points by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolution.config import RunConfig
from evolution.evaluation import Evaluation, Trial, evaluate
from evolution.executor import LocalExecutor
from evolution.pairs import PairBook, PairResult, Result, pairing
from evolution.survival import survival_shares
from mars.redcode import Warrior, parse_instruction
from tests.evolution.small_runs import small_config

CYCLES = 12


def warrior(*lines: str) -> Warrior:
    """A warrior of whole instructions."""
    return Warrior(tuple(map(parse_instruction, lines)))


IMP = warrior("MOV.I $0, $1")
SUICIDE = warrior("DAT.F $0, $0")
SITTER = warrior("JMP.B $0, $0")
PAPER = warrior("SPL.B $0, $0")


def naive_shares(deaths: list[int], cycles: int) -> list[float]:
    """The definition, cycle by cycle."""
    n = len(deaths)
    shares = [0.0] * n
    for cycle in range(cycles):
        alive = [i for i, death in enumerate(deaths) if death < 0 or cycle < death]
        for i in alive:
            shares[i] += n / cycles / len(alive)
    return shares


@given(st.lists(st.integers(-1, CYCLES - 1), min_size=1, max_size=6))
def test_survival_shares__as_defined(deaths: list[int]) -> None:
    shares = survival_shares(np.array([deaths], np.int64), CYCLES)[0]
    assert np.allclose(shares, naive_shares(deaths, CYCLES))


@pytest.mark.parametrize(
    ("deaths", "shares"),
    [
        ([-1, -1, -1], [1, 1, 1]),
        ([-1, 0, 0], [3, 0, 0]),
        ([6, -1, -1], [0.5, 1.25, 1.25]),
        ([0, 0, 0], [0, 0, 0]),
        ([11, -1, 0], [1.375, 1.625, 0]),
    ],
)
def test_survival_shares__by_hand(deaths: list[int], shares: list[float]) -> None:
    found = survival_shares(np.array([deaths, deaths], np.int64), CYCLES)
    assert np.allclose(found, [shares, shares])


def measured(candidates: list[Warrior], trial: Trial, config: RunConfig) -> list[Evaluation]:
    """What `evaluate` gives where nothing can be lost."""
    with LocalExecutor() as executor:
        found = evaluate(candidates, trial, config, executor)
    assert all(isinstance(one, Evaluation) for one in found)
    return [one for one in found if isinstance(one, Evaluation)]


def test_evaluate__melee_of_known_ends() -> None:
    config = small_config(fitness={"kind": "melee", "fights": 4})
    trial = Trial((SITTER, SUICIDE), 4, 1)
    sitter, suicide, paper = measured([SITTER, SUICIDE, PAPER], trial, config)
    assert sitter.fitness == pytest.approx(1.5)
    assert sitter.standard_error == 0
    assert (sitter.behaviour.spawned, sitter.behaviour.coverage) == (0, 1)
    assert suicide.fitness == 0
    # SPL 0: every other cycle a child, whose next instruction is the core's DAT.
    assert (paper.behaviour.spawned, paper.behaviour.coverage) == (config.core.max_cycles / 2, 2)


@pytest.mark.parametrize(
    ("candidate", "opponent", "points"),
    # Suicides die in cycle 0, the one that begins before the other has moved: 3 fights each way.
    [(SITTER, SUICIDE, 3), (SUICIDE, SITTER, 0), (SITTER, SITTER, 1), (SUICIDE, SUICIDE, 1.5)],
)  # fmt: skip
def test_evaluate__pairwise_points(candidate: Warrior, opponent: Warrior, points: float) -> None:
    config = small_config()
    found = measured([candidate], Trial((opponent,), 6, 1), config)
    assert found[0].fitness == points


def test_evaluate__pairwise_mean_over_opponents_and_own_points() -> None:
    config = small_config(fitness={"points": {"win": 5, "tie": 2, "loss": -1}})
    found = measured([SITTER], Trial((SUICIDE, SITTER), 6, 1), config)
    assert found[0].fitness == (5 + 2) / 2
    assert found[0].results == (Result(6, 0, 0), Result(0, 6, 0))


def test_evaluate__order_workers_and_company_change_nothing() -> None:
    config = small_config(fitness={"kind": "melee", "fights": 5})
    candidates = [SITTER, IMP, PAPER, SUICIDE]
    for kind in ("melee", "pairwise"):
        config = small_config(fitness={"kind": kind, "fights": 5})
        trial = Trial((IMP, PAPER), 5, 3)
        with LocalExecutor(1) as one, LocalExecutor(3) as three:
            together = evaluate(candidates, trial, config, three)
            alone = [evaluate([c], trial, config, one)[0] for c in candidates]
            alone_threaded = evaluate([candidates[2]], trial, config, three)
        assert together == alone
        assert alone_threaded == [alone[2]]


def test_evaluate__standard_error_covers_other_seeds() -> None:
    """The error predicts how far means over other seeds spread, within a factor of two."""
    config = small_config(fitness={"kind": "melee", "fights": 40})
    bomber = warrior("SPL.B $2, $0", "DAT.F #0, #0", "MOV.I $-1, >-5")
    found = [measured([IMP], Trial((IMP, bomber), 40, seed), config)[0] for seed in range(40)]
    spread = np.std([e.fitness for e in found], ddof=1)
    predicted = np.mean([e.standard_error for e in found if e.standard_error is not None])
    assert 0.5 < spread / predicted < 2


def test_pair_book__no_pair_is_fought_twice() -> None:
    book = PairBook()
    pairs = [pairing(IMP, PAPER, 1, 4), pairing(PAPER, IMP, 1, 4), pairing(IMP, PAPER, 2, 4)]
    with LocalExecutor() as executor:
        assert book.fight(pairs, small_config().core, False, executor) == 2
        assert book.fight(pairs, small_config().core, False, executor) == 0
    assert pairs[0].key == pairs[1].key != pairs[2].key
    assert len(book) == 2


def test_seen_by__swaps_sides() -> None:
    book = PairBook()
    pair = pairing(SITTER, SUICIDE, 1, 4)
    with LocalExecutor() as executor:
        book.fight([pair], small_config().core, True, executor)
    result = book[pair.key]
    assert isinstance(result, PairResult)
    assert result.seen_by(SITTER.id).result == Result(4, 0, 0)
    assert result.seen_by(SUICIDE.id).result == Result(0, 0, 4)
    assert result.seen_by(SUICIDE.id).seen_by(SITTER.id) == result.seen_by(SITTER.id)
    with pytest.raises(ValueError, match="expected"):
        result.seen_by(IMP.id)
