"""Redcode's vocabulary: opcodes, modifiers, addressing modes, instructions, warriors.

Everything here is a frozen value with one text form and back. The numbering of the
enums is pMARS's, because pMARS's `-f` checksum is made of it.
"""

import hashlib
import re
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Final, Literal, Self

Rules = Literal["88", "94"]


class Opcode(IntEnum):
    """ICWS'94 opcodes plus pMARS's P-space pair; CMP and SEQ execute alike (5.5.11)."""

    MOV = 0
    ADD = 1
    SUB = 2
    MUL = 3
    DIV = 4
    MOD = 5
    JMZ = 6
    JMN = 7
    DJN = 8
    CMP = 9
    SLT = 10
    SPL = 11
    DAT = 12
    JMP = 13
    SEQ = 14
    SNE = 15
    NOP = 16
    LDP = 17
    STP = 18


class Modifier(IntEnum):
    """Which fields an instruction reads and writes."""

    A = 0
    B = 1
    AB = 2
    BA = 3
    F = 4
    X = 5
    I = 6  # noqa: E741 - the modifier's name in Redcode


class Mode(IntEnum):
    """Addressing modes, in the order of `MODE_SYMBOLS`."""

    IMMEDIATE = 0
    DIRECT = 1
    B_INDIRECT = 2
    B_PREDECREMENT = 3
    B_POSTINCREMENT = 4
    A_INDIRECT = 5
    A_PREDECREMENT = 6
    A_POSTINCREMENT = 7

    @property
    def symbol(self) -> str:
        """The mode's character: one of `# $ @ < > * { }`."""
        return MODE_SYMBOLS[self]

    @classmethod
    def from_symbol(cls, symbol: str) -> Self:
        """The mode of one character of `# $ @ < > * { }`."""
        if len(symbol) != 1 or symbol not in MODE_SYMBOLS:
            raise ValueError(f"expected one of {' '.join(MODE_SYMBOLS)}: got {symbol!r}")
        return cls(MODE_SYMBOLS.index(symbol))


MODE_SYMBOLS: Final = "#$@<>*{}"

_INSTRUCTION = re.compile(
    r"\s*(?P<opcode>[A-Z]{3})\.(?P<modifier>[A-Z]{1,2})"
    r"\s+(?P<a_mode>[#$@<>*{}])\s*(?P<a>[+-]?[0-9]{1,18})\s*,"
    r"\s*(?P<b_mode>[#$@<>*{}])\s*(?P<b>[+-]?[0-9]{1,18})\s*\Z",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One assembled instruction, independent of the core's size.

    The numbers are as a load file prints them: signed, -core_size/2 < n <= core_size/2
    for the core the instruction was assembled for. The core keeps them modulo its size.
    """

    opcode: Opcode
    modifier: Modifier
    a_mode: Mode
    a_number: int
    b_mode: Mode
    b_number: int

    def __str__(self) -> str:
        return (
            f"{self.opcode.name}.{self.modifier.name} "
            f"{self.a_mode.symbol}{self.a_number}, {self.b_mode.symbol}{self.b_number}"
        )


def format_instruction(instruction: Instruction) -> str:
    """The one-line text form, for instance `MOV.I $0, $1`."""
    return str(instruction)


def parse_instruction(text: str) -> Instruction:
    """Reads back what `format_instruction` writes (also with a load file's spacing).

    Raises:
        ValueError: The text is not one complete instruction with modifier and modes.
    """
    match = _INSTRUCTION.match(text)
    if match is None:
        raise ValueError(f"expected an instruction such as 'MOV.I $0, $1': got {text!r}")
    try:
        opcode = Opcode[match["opcode"].upper()]
        modifier = Modifier[match["modifier"].upper()]
    except KeyError as error:
        raise ValueError(f"expected an opcode and a modifier: got {error.args[0]!r}") from None
    return Instruction(
        opcode,
        modifier,
        Mode.from_symbol(match["a_mode"]),
        int(match["a"]),
        Mode.from_symbol(match["b_mode"]),
        int(match["b"]),
    )


@dataclass(frozen=True)
class Warrior:
    """An assembled program. Two warriors are equal when their load files are.

    Attributes:
        instructions: At least one.
        start: Address of the first instruction to execute, relative to the first
            instruction; may lie outside the program.
        pin: P-space identification number; warriors with the same one share P-space.
        name, author, strategy: From `;name`, `;author`, `;strategy` lines; text as given,
            untrusted (strategy lines are joined by newlines).
        source: The Redcode text it was assembled from, empty when there was none.
    """

    instructions: tuple[Instruction, ...]
    start: int = 0
    pin: int | None = None
    name: str = field(default="", compare=False)
    author: str = field(default="", compare=False)
    strategy: str = field(default="", compare=False)
    source: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.instructions:
            raise ValueError("expected at least one instruction: got ()")

    def __len__(self) -> int:
        return len(self.instructions)

    @cached_property
    def id(self) -> str:
        """SHA-256 of the load file, in hexadecimal."""
        return hashlib.sha256(self.load_file().encode("ascii")).hexdigest()

    def load_file(self, rules: Rules = "94") -> str:
        """The canonical assembled text, as pMARS lists it (without its title line).

        With `rules="88"` the listing has no modifiers and ends in `END START`.
        """
        inside = 0 <= self.start < len(self.instructions)
        lines = [] if self.pin is None else [f"       PIN      {self.pin}"]
        if rules == "94":
            lines.append(f"       ORG      {'START' if inside else self.start}")
        for address, instruction in enumerate(self.instructions):
            label = "START" if inside and address == self.start else ""
            lines.append(f"{label:6} {_format_columns(instruction, rules)}")
        if rules == "88":
            lines.append(f"       END      {'START' if inside else self.start}")
        return "\n".join(lines) + "\n"


def _format_columns(instruction: Instruction, rules: Rules) -> str:
    modifier = f".{instruction.modifier.name:2}" if rules == "94" else "   "
    return (
        f"{instruction.opcode.name}{modifier} "
        f"{instruction.a_mode.symbol}{instruction.a_number:6}, "
        f"{instruction.b_mode.symbol}{instruction.b_number:6}     "
    )


def printable(text: str) -> str:
    """Untrusted text for one line of a terminal: anything that does not print becomes `?`."""
    return "".join(character if character.isprintable() else "?" for character in text)
