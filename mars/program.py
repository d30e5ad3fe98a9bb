"""What lies between a source and its warrior: expanded statements and defined names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mars.source import Token

PSEUDO_OPCODES: Final = frozenset({"ORG", "END", "PIN"})


@dataclass(frozen=True, slots=True)
class Statement:
    """An instruction, ORG, END or PIN after expansion.

    Attributes:
        keyword: The opcode's or pseudo-opcode's token.
        operands: All behind it; names among them are labels, registers or undefined.
        end: What closed the line.
        address: Number of instructions before it.
    """

    keyword: Token
    operands: Sequence[Token]
    end: Token
    address: int


@dataclass(frozen=True)
class Program:
    """What a source expands to.

    Attributes:
        statements: In order, none after END.
        labels: Address of each label.
        label_places: Where each label stands.
        used_names: Names that FOR counts and assertions looked up.
        registers: Values of the expressions' registers so far.
        asserted: Whether there was an `;assert` with a value.
    """

    statements: list[Statement]
    labels: dict[str, int]
    label_places: dict[str, Token]
    used_names: set[str]
    registers: dict[str, int]
    asserted: bool
