"""Which instructions the rules allow, and how a warrior is made to keep to them."""

from dataclasses import replace
from functools import cache
from typing import Final

from llm_mutator.numbers import fold
from mars.redcode import Instruction, Mode, Modifier, Opcode, Rules, Warrior
from mars.settings import CoreSettings

_PSPACE: Final = frozenset({Opcode.LDP, Opcode.STP})
_MODES_88: Final = (Mode.IMMEDIATE, Mode.DIRECT, Mode.B_INDIRECT, Mode.B_PREDECREMENT)
_ADDRESSES_88: Final = _MODES_88[1:]

# ICWS'88's table of legal operands as pMARS -8 applies it: opcode -> (A-modes, B-modes).
_LEGAL_88: Final[dict[Opcode, tuple[tuple[Mode, ...], tuple[Mode, ...]]]] = {
    Opcode.DAT: (
        (Mode.IMMEDIATE, Mode.B_PREDECREMENT),
        (Mode.IMMEDIATE, Mode.B_PREDECREMENT),
    ),
    **dict.fromkeys((Opcode.MOV, Opcode.ADD, Opcode.SUB, Opcode.CMP), (_MODES_88, _ADDRESSES_88)),
    Opcode.SLT: (_MODES_88, _MODES_88),
    **dict.fromkeys(
        (Opcode.JMP, Opcode.JMZ, Opcode.JMN, Opcode.DJN, Opcode.SPL), (_ADDRESSES_88, _MODES_88)
    ),
}

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
        return tuple(opcode for opcode in Opcode if opcode in _LEGAL_88)
    return tuple(op for op in Opcode if op not in _PSPACE or settings.pspace_size > 0)


def legal_modes(opcode: Opcode, rules: Rules) -> tuple[tuple[Mode, ...], tuple[Mode, ...]]:
    """The A- and the B-modes that a legal opcode may have, independent of each other."""
    if rules == "88":
        return _LEGAL_88[opcode]
    return tuple(Mode), tuple(Mode)


def default_modifier(opcode: Opcode, a_mode: Mode, b_mode: Mode) -> Modifier:
    """The modifier that pMARS's assembler supplies (ICWS'94 draft, A.2.1)."""
    if opcode in (Opcode.DAT, Opcode.NOP):
        return Modifier.F
    if opcode in (Opcode.JMP, Opcode.JMZ, Opcode.JMN, Opcode.DJN, Opcode.SPL):
        return Modifier.B
    if a_mode is Mode.IMMEDIATE:
        return Modifier.AB
    if b_mode is Mode.IMMEDIATE or opcode in (Opcode.SLT, Opcode.LDP, Opcode.STP):
        return Modifier.B
    if opcode in (Opcode.MOV, Opcode.CMP, Opcode.SEQ, Opcode.SNE):
        return Modifier.I
    return Modifier.F


def legal_instruction(instruction: Instruction, settings: CoreSettings) -> Instruction:
    """The instruction itself when the rules allow it, else one as near as can be.

    Under '88 rules the modifier is always the default one, as the source has none.
    """
    changed = replace(
        instruction,
        a_number=fold(instruction.a_number, settings.core_size),
        b_number=fold(instruction.b_number, settings.core_size),
    )
    if settings.rules == "88":
        return _instruction_88(changed)
    if changed.opcode in _PSPACE and settings.pspace_size == 0:
        return replace(changed, opcode=Opcode.NOP)
    return changed


def _instruction_88(instruction: Instruction) -> Instruction:
    opcode = _OPCODE_FOR_88.get(instruction.opcode, instruction.opcode)
    a_modes, b_modes = _LEGAL_88[opcode]
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
