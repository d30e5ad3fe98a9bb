"""Lines in another order, and where references go."""

import pytest

from llm_mutator.edits import Order, rearrange
from mars.redcode import Warrior, parse_instruction

JUMP = parse_instruction("JMP.B $0, $0")
# A small bomber: each reference crosses some place an edit may touch.
BOMBER = Warrior(
    tuple(
        map(
            parse_instruction,
            ("ADD.AB #4, $3", "MOV.I $2, @2", "JMP.B $-2, #-1", "DAT.F #0, #-12"),
        )
    ),
    start=1,
)


@pytest.mark.parametrize(
    ("order", "expected", "start"),
    [
        # Nothing moves.
        ([0, 1, 2, 3], ["ADD.AB #4, $3", "MOV.I $2, @2", "JMP.B $-2, #-1", "DAT.F #0, #-12"], 1),
        # A line put in before line 1 lengthens what crosses it; immediates stay.
        (
            [0, JUMP, 1, 2, 3],
            ["ADD.AB #4, $4", "JMP.B $0, $0", "MOV.I $2, @2", "JMP.B $-3, #-1", "DAT.F #0, #-12"],
            2,
        ),
        # A line before all or after all changes nothing inside.
        (
            [JUMP, 0, 1, 2, 3],
            ["JMP.B $0, $0", "ADD.AB #4, $3", "MOV.I $2, @2", "JMP.B $-2, #-1", "DAT.F #0, #-12"],
            2,
        ),
        # A target taken out: the next line that stays is the target; also of the start.
        ([0, 2, 3], ["ADD.AB #4, $2", "JMP.B $-1, #-1", "DAT.F #0, #-12"], 1),
        # The last target gone and nothing after it: the number stays.
        ([0, 1, 2], ["ADD.AB #4, $3", "MOV.I $2, @2", "JMP.B $-2, #-1"], 1),
        # Two lines change places.
        (
            [0, 1, 3, 2],
            ["ADD.AB #4, $2", "MOV.I $1, @1", "DAT.F #0, #-12", "JMP.B $-3, #-1"],
            1,
        ),
        # Of two copies of the target, the one that changes the number least.
        (
            [0, 1, 2, 3, 3],
            [*map(str, BOMBER.instructions), "DAT.F #0, #-12"],
            1,
        ),
        # A block copied whole keeps its inner references inside.
        (
            [0, 1, 2, 3, 1, 2, 3],
            [*map(str, BOMBER.instructions), "MOV.I $2, @2", "JMP.B $-5, #-1", "DAT.F #0, #-12"],
            1,
        ),
    ],
)
def test_rearrange__re_aims_references(order: Order, expected: list[str], start: int) -> None:
    made = rearrange(BOMBER, order, 8000, relocate=True)
    assert [str(line) for line in made.instructions] == expected
    assert made.start == start


def test_rearrange__without_relocation_all_numbers_stay() -> None:
    made = rearrange(BOMBER, [0, JUMP, 1, 2, 3], 8000, relocate=False)
    lines = BOMBER.instructions
    assert made.instructions == (lines[0], JUMP, *lines[1:])
    assert made.start == 2


def test_rearrange__numbers_stay_folded() -> None:
    line = parse_instruction("JMP.B $2, $40")
    made = rearrange(Warrior((line, JUMP, JUMP)), [0, 1, JUMP, JUMP, 2], 5, relocate=True)
    assert str(made.instructions[0]) == "JMP.B $-1, $40"


def test_rearrange__a_start_that_is_gone_without_a_next_line_is_the_first() -> None:
    assert rearrange(BOMBER, [0], 8000, relocate=True).start == 0
