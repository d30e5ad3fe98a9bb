"""Where operand numbers come from."""

from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_mutator.numbers import NUMBER_KINDS, constants, draw_number, pick
from mars.redcode import Warrior, parse_instruction
from mars.rules import signed

PROGRAM = Warrior(
    tuple(
        map(
            parse_instruction,
            ("ADD.AB #3044, $2", "MOV.I $2, @1", "JMP.B $-2, $0", "DAT.F #0, #-12"),
        )
    )
)


def draws(kind: str, core_size: int = 8000, index: int = 1, count: int = 400) -> list[int]:
    """Numbers of one kind for a line of the program."""
    rng = np.random.default_rng(1)
    kinds = dict.fromkeys(NUMBER_KINDS, 0.0) | {kind: 1.0}
    return [draw_number(PROGRAM, index, core_size, kinds, rng) for _ in range(count)]


@given(st.integers(-(10**9), 10**9), st.integers(1, 65_536))
def test_fold__is_congruent_and_in_a_load_files_range(number: int, core_size: int) -> None:
    folded = signed(number, core_size)
    assert (folded - number) % core_size == 0
    assert -core_size / 2 < folded <= core_size / 2


def test_pick__never_draws_weight_zero_and_follows_the_weights() -> None:
    rng = np.random.default_rng(0)
    drawn = [pick(rng, {"a": 0.0, "b": 1.0, "c": 3.0, "d": 0.0}) for _ in range(4000)]
    assert set(drawn) == {"b", "c"}
    # Four standard deviations of a binomial share of 3/4.
    assert abs(drawn.count("c") / 4000 - 0.75) < 4 * (0.75 * 0.25 / 4000) ** 0.5


def test_pick__all_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least one positive weight"):
        pick(np.random.default_rng(0), {"a": 0.0})


def test_constants__are_the_numbers_other_than_zero() -> None:
    assert constants(PROGRAM) == (3044, 2, 2, 1, -2, -12)


def test_draw_number__near_is_in_or_beside_the_program() -> None:
    assert set(draws("near")) == set(range(-5, 6))


def test_draw_number__shared_points_where_another_operand_points() -> None:
    # #3044 and $2 at 0; $2 and @1 at 1; $-2 and $0 at 2; #0 and #-12 at 3.
    targets = {3044, 2, 3, 0, -9}
    assert set(draws("shared")) == {target - 1 for target in targets}


def test_draw_number__copy_takes_the_programs_constants() -> None:
    assert set(draws("copy")) == {3044, 2, 1, -2, -12}


@pytest.mark.parametrize("core_size", [80, 800, 8000, 8192, 55_440])
def test_draw_number__steps_visit_all_or_a_regular_part_of_the_core(core_size: int) -> None:
    strides = {gcd(step, core_size) for step in draws("step", core_size)}
    assert strides == {n for n in (1, 2, 4, 5, 8, 10) if core_size % n == 0}


def test_draw_number__fractions_hold_halves_thirds_and_imp_steps() -> None:
    drawn = set(draws("fraction", count=4000))
    assert {4000, 2000, 2666, 1600} <= drawn
    # The inverse of 3, 7 and 11: n processes this far apart step onto each other.
    assert {2667, 1143, -2909} <= drawn


@pytest.mark.parametrize("kind", NUMBER_KINDS)
@pytest.mark.parametrize("core_size", [1, 2, 7, 80])
def test_draw_number__any_kind_fits_any_core(kind: str, core_size: int) -> None:
    assert all(signed(n, core_size) == n for n in draws(kind, core_size, count=50))
