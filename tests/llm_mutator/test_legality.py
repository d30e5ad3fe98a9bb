"""The package's own view of the rules against the assembler's."""

from itertools import product

import pytest
from hypothesis import given

from llm_mutator.legality import (
    legal_instruction,
    legal_modes,
    legal_opcodes,
    legal_warrior,
)
from mars.assembler import RedcodeError, assemble
from mars.redcode import Instruction, Mode, Modifier, Opcode, Warrior, parse_instruction
from mars.settings import PRESETS, CoreSettings
from tests import strategies

PSPACE = CoreSettings(pspace_size=500)


def accepts(source: str, settings: CoreSettings) -> bool:
    """Whether the assembler takes a line."""
    try:
        assemble(f";assert 1\n{source}\n", settings)
    except RedcodeError:
        return False
    return True


def test_legal_modes__are_what_the_assembler_takes_under_88_rules() -> None:
    settings = PRESETS["88"]
    for opcode, a, b in product(Opcode, Mode, Mode):
        ours = (
            opcode in legal_opcodes(settings)
            and a in legal_modes(opcode, "88")[0]
            and b in legal_modes(opcode, "88")[1]
        )
        assert ours == accepts(f"{opcode.name} {a.symbol}1, {b.symbol}2", settings)


@pytest.mark.parametrize("preset", PRESETS)
def test_legal_opcodes__are_what_the_assembler_takes(preset: str) -> None:
    settings = PRESETS[preset]
    for opcode in Opcode:
        a = "#" if opcode is Opcode.DAT else "$"
        b = "#" if opcode is Opcode.DAT else "$"
        taken = accepts(f"{opcode.name} {a}1, {b}2", settings)
        assert (opcode in legal_opcodes(settings)) == taken


def test_legal_instruction__every_one_becomes_legal_and_legal_ones_stay() -> None:
    settings = PRESETS["88"]
    for opcode, a, b in product(Opcode, Mode, Mode):
        made = legal_instruction(Instruction(opcode, Modifier.X, a, 9000, b, -4000), settings)
        assert made.opcode in legal_opcodes(settings)
        a_modes, b_modes = legal_modes(made.opcode, "88")
        assert made.a_mode in a_modes
        assert made.b_mode in b_modes
        assert (made.a_number, made.b_number) == (1000, 4000)
        if accepts(f"{opcode.name} {a.symbol}1, {b.symbol}2", settings):
            assert (made.opcode, made.a_mode, made.b_mode) == (opcode, a, b)


def test_legal_instruction__no_pspace_no_ldp() -> None:
    line = parse_instruction("LDP.AB #1, $2")
    assert legal_instruction(line, CoreSettings()).opcode is Opcode.NOP
    assert legal_instruction(line, PSPACE) == line


@given(strategies.warriors(PSPACE))
def test_legal_warrior__keeps_code_that_is_legal(warrior: Warrior) -> None:
    made = legal_warrior(warrior, PSPACE)
    assert made.instructions == warrior.instructions
    assert 0 <= made.start < len(made)


def test_legal_warrior__is_cut_and_starts_inside() -> None:
    imps = (parse_instruction("MOV.I $0, $1"),) * 30
    made = legal_warrior(Warrior(imps, start=25, pin=3), PRESETS["tiny"])
    assert (len(made), made.start, made.pin) == (20, 19, None)
