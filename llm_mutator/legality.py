"""Which instructions the rules allow, and how a warrior is made to keep to them."""

from dataclasses import replace
from functools import cache
from typing import Final

from mars.redcode import Instruction, Mode, Opcode, Rules, Warrior
from mars.rules import LEGAL_MODES_88, PSPACE_OPCODES, default_modifier, signed
from mars.settings import CoreSettings

# The nearest '88 word for what ICWS'94 added.
_OPCODE_FOR_88: Final = {
    Opcode.MUL: Opcode.ADD,
    Opcode.DIV: Opcode.SUB,
    Opcode.MOD: Opcode.SUB,
    Opcode.SEQ: Opcode.CMP,
    Opcode.SNE: Opcode.SLT,
    Opcode.NOP: Opcode.CMP,
    Opcode.LDP: Opcode.MOV,
    Opcode.STP: Opcode.MOV,
}
_MODE_FOR_88: Final = {
    Mode.B_POSTINCREMENT: Mode.B_INDIRECT,
    Mode.A_INDIRECT: Mode.B_INDIRECT,
    Mode.A_PREDECREMENT: Mode.B_PREDECREMENT,
    Mode.A_POSTINCREMENT: Mode.B_INDIRECT,
}


@cache
def legal_opcodes(settings: CoreSettings) -> tuple[Opcode, ...]:
    """The opcodes the rules allow, in the order of the enum."""
    if settings.rules == "88":
        return tuple(opcode for opcode in Opcode if opcode in LEGAL_MODES_88)
    return tuple(op for op in Opcode if op not in PSPACE_OPCODES or settings.pspace_size > 0)


def legal_modes(opcode: Opcode, rules: Rules) -> tuple[tuple[Mode, ...], tuple[Mode, ...]]:
    """The A- and the B-modes that a legal opcode may have, independent of each other."""
    if rules == "88":
        return LEGAL_MODES_88[opcode]
    return tuple(Mode), tuple(Mode)


def legal_instruction(instruction: Instruction, settings: CoreSettings) -> Instruction:
    """The instruction itself when the rules allow it, else one as near as can be.

    Under '88 rules the modifier is always the default one, as the source has none.
    """
    changed = replace(
        instruction,
        a_number=signed(instruction.a_number, settings.core_size),
        b_number=signed(instruction.b_number, settings.core_size),
    )
    if settings.rules == "88":
        return _instruction_88(changed)
    if changed.opcode in PSPACE_OPCODES and settings.pspace_size == 0:
        return replace(changed, opcode=Opcode.NOP)
    return changed


def _instruction_88(instruction: Instruction) -> Instruction:
    opcode = _OPCODE_FOR_88.get(instruction.opcode, instruction.opcode)
    a_modes, b_modes = LEGAL_MODES_88[opcode]
    a_mode = _nearest_mode(instruction.a_mode, a_modes)
    b_mode = _nearest_mode(instruction.b_mode, b_modes)
    modifier = default_modifier(opcode, a_mode, b_mode)
    return replace(instruction, opcode=opcode, modifier=modifier, a_mode=a_mode, b_mode=b_mode)


def _nearest_mode(mode: Mode, allowed: tuple[Mode, ...]) -> Mode:
    mode = _MODE_FOR_88.get(mode, mode)
    # What is not allowed: # of an address becomes $, $ and @ of a DAT become #.
    return mode if mode in allowed else allowed[0]


def legal_warrior(warrior: Warrior, settings: CoreSettings) -> Warrior:
    """The warrior's code alone, made to fit: lines legal, not too long, start inside.

    Names, comments and source are left behind; a PIN stays only where there is P-space.
    """
    kept = warrior.instructions[: settings.max_length]
    return Warrior(
        tuple(legal_instruction(instruction, settings) for instruction in kept),
        start=min(max(warrior.start, 0), len(kept) - 1),
        pin=warrior.pin if settings.pspace_size > 0 and settings.rules == "94" else None,
    )
