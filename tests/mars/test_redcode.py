"""Redcode's values: text and back, what makes two warriors one, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mars.assembler import assemble
from mars.redcode import (
    Instruction,
    Mode,
    Warrior,
    format_instruction,
    parse_instruction,
    printable,
)
from mars.settings import CoreSettings
from tests import strategies

OLD = CoreSettings.preset("88")


@given(strategies.instructions(8000, pspace=True))
def test_instruction__text_and_back(instruction: Instruction) -> None:
    assert parse_instruction(format_instruction(instruction)) == instruction


@given(st.sampled_from(Mode))
def test_mode__symbol_and_back(mode: Mode) -> None:
    assert Mode.from_symbol(mode.symbol) is mode


@pytest.mark.parametrize("text", ["", "MOV $0, $1", "MOV.I $0", "MOV.Q $0, $1", "FOO.I $0, $1"])
def test_parse_instruction__refuses(text: str) -> None:
    with pytest.raises(ValueError, match="expected an"):
        parse_instruction(text)


def test_from_symbol__refuses() -> None:
    with pytest.raises(ValueError, match=r"expected one of # . @ < > . { }: got '%'"):
        Mode.from_symbol("%")


def test_warrior__equal_and_alike_by_load_file() -> None:
    code = (parse_instruction("NOP.F $+1, $+2"),)
    named = Warrior(code, name="a", author="b", strategy="c", source="d")
    assert named == Warrior(code)
    assert named.id == Warrior(code).id
    assert len({Warrior(code).id, Warrior(code, start=1).id, Warrior(code, pin=1).id}) == 3
    with pytest.raises(ValueError, match="expected at least one instruction"):
        Warrior(())


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("org 2\nnop 0\nnop 0", CoreSettings()),
        ("dat #1, <2\nend 5", OLD),
        ("dat #1, <2\nend 1", OLD),
    ],
)
def test_load_file__start_outside(text: str, settings: CoreSettings) -> None:
    warrior = assemble(text, settings)
    assert assemble(warrior.load_file(settings.rules), settings) == warrior


def test_pin__is_not_reduced() -> None:
    assert (assemble("pin -7\nnop 0").pin, assemble("pin 8001\nnop 0").pin) == (-7, 8001)


def test_printable__nothing_moves_the_cursor() -> None:
    assert printable("Ä\x1b[2J\u202e\n\x9bok") == "Ä?[2J???ok"
