"""What the rules say of single instructions: default modifiers, '88 legality, numbers' form."""

from typing import Final

from mars.redcode import Mode, Modifier, Opcode

PSPACE_OPCODES: Final = frozenset({Opcode.LDP, Opcode.STP})

_ARITHMETIC: Final = frozenset({Opcode.ADD, Opcode.SUB, Opcode.MUL, Opcode.DIV, Opcode.MOD})
_COPIERS_AND_COMPARERS: Final = frozenset({Opcode.MOV, Opcode.CMP, Opcode.SEQ, Opcode.SNE})
_B_UNLESS_IMMEDIATE: Final = PSPACE_OPCODES | {Opcode.SLT}

_ALL_88: Final = (Mode.IMMEDIATE, Mode.DIRECT, Mode.B_INDIRECT, Mode.B_PREDECREMENT)
_ADDRESSES_88: Final = _ALL_88[1:]
_DAT_88: Final = (Mode.IMMEDIATE, Mode.B_PREDECREMENT)

# ICWS'88 as pMARS -8 applies it: the A-modes and the B-modes that each opcode may have.
LEGAL_MODES_88: Final[dict[Opcode, tuple[tuple[Mode, ...], tuple[Mode, ...]]]] = {
    Opcode.DAT: (_DAT_88, _DAT_88),
    Opcode.SLT: (_ALL_88, _ALL_88),
    **dict.fromkeys((Opcode.MOV, Opcode.ADD, Opcode.SUB, Opcode.CMP), (_ALL_88, _ADDRESSES_88)),
    **dict.fromkeys(
        (Opcode.JMP, Opcode.JMZ, Opcode.JMN, Opcode.DJN, Opcode.SPL), (_ADDRESSES_88, _ALL_88)
    ),
}


def default_modifier(opcode: Opcode, a_mode: Mode, b_mode: Mode) -> Modifier:
    """The modifier of an instruction written without one.

    ICWS'94 draft, annex A.2.1.2, with pMARS's additions.
    """
    if opcode in (Opcode.DAT, Opcode.NOP):
        return Modifier.F
    if opcode in _COPIERS_AND_COMPARERS or opcode in _ARITHMETIC:
        if a_mode is Mode.IMMEDIATE:
            return Modifier.AB
        if b_mode is Mode.IMMEDIATE:
            return Modifier.B
        return Modifier.F if opcode in _ARITHMETIC else Modifier.I
    if opcode in _B_UNLESS_IMMEDIATE and a_mode is Mode.IMMEDIATE:
        return Modifier.AB
    return Modifier.B


def signed(number: int, core_size: int) -> int:
    """The number as load files print it: modulo the core, -core_size/2 < n <= core_size/2."""
    number %= core_size
    return number - core_size if number > core_size // 2 else number
