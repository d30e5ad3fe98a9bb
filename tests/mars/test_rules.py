"""The rules of single instructions against pMARS's recorded defaults, through the assembler."""

from itertools import product

import pytest

from mars.assembler import assemble
from mars.redcode import Mode, Opcode
from mars.rules import default_modifier, signed
from mars.settings import CoreSettings

PSPACE = CoreSettings(pspace_size=500)


def test_default_modifier__is_the_assemblers_for_every_opcode_and_modes() -> None:
    cases = list(product(Opcode, Mode, Mode))
    lines = [f"{op.name} {a.symbol}1, {b.symbol}2" for op, a, b in cases]
    for first in range(0, len(cases), 100):
        source = "\n".join([";assert 1", *lines[first : first + 100]])
        code = assemble(source, PSPACE).instructions
        wanted = [default_modifier(*case) for case in cases[first : first + 100]]
        assert [line.modifier for line in code] == wanted


@pytest.mark.parametrize(
    ("number", "core_size", "expected"),
    [(0, 8000, 0), (4000, 8000, 4000), (4001, 8000, -3999), (-4000, 8000, 4000), (7, 7, 0),
     (4, 7, -3), (3, 7, 3), (-1, 1, 0), (16_001, 8000, 1)],
)  # fmt: skip
def test_signed__is_the_form_of_listings(number: int, core_size: int, expected: int) -> None:
    assert signed(number, core_size) == expected
