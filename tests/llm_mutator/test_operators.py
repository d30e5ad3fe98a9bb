"""Every operator by itself: what it may change, and that its result is legal."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_mutator.config import CROSSOVERS, MUTATIONS, NUMBERS, GeneticConfig
from llm_mutator.instructions import Tools
from llm_mutator.legality import legal_instruction, legal_warrior
from llm_mutator.operators import CROSSOVER_OPERATORS, OPERATORS
from mars.redcode import Opcode, Warrior, parse_instruction
from mars.settings import PRESETS, CoreSettings
from tests import strategies

BOMBER = Warrior(
    tuple(
        map(
            parse_instruction,
            ("ADD.AB #3044, $3", "MOV.I $2, @2", "JMP.B $-2, $0", "DAT.F #-3044, #3044"),
        )
    )
)
PAPER = Warrior(
    tuple(
        map(
            parse_instruction,
            ("SPL.B $1, $0", "SPL.B @0, }1800", "MOV.I }-1, >-1", "JMP.B $-2, $0"),
        )
    ),
    start=1,
)


def tools(preset: str = "94nop", **changes: Any) -> Tools:
    """Tools of a preset with a small library."""
    chosen = PRESETS[preset]
    config = replace(GeneticConfig(), **changes)
    return Tools(chosen, config, [legal_warrior(w, chosen) for w in (PAPER, BOMBER)])


def results(name: str, warrior: Warrior, with_tools: Tools, count: int = 300) -> list[Warrior]:
    """What an operator makes of a warrior, seed by seed."""
    operator = OPERATORS[name]
    return [operator(warrior, with_tools, np.random.default_rng(seed)) for seed in range(count)]


def differing(one: Warrior, other: Warrior) -> int:
    """How many lines of two equally long warriors differ."""
    return sum(a != b for a, b in zip(one.instructions, other.instructions, strict=True))


def assert_legal(warrior: Warrior, chosen: CoreSettings) -> None:
    """Fails unless the warrior keeps the rules."""
    assert 1 <= len(warrior) <= chosen.max_length
    assert 0 <= warrior.start < len(warrior)
    assert all(legal_instruction(line, chosen) == line for line in warrior.instructions)


def test_operators__are_those_of_the_configuration() -> None:
    assert list(OPERATORS) == list(MUTATIONS)
    assert list(CROSSOVER_OPERATORS) == list(CROSSOVERS)


@pytest.mark.parametrize("preset", PRESETS)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_operators__results_are_legal(preset: str, data: st.DataObject, seed: int) -> None:
    chosen, rng = PRESETS[preset], np.random.default_rng(seed)
    kit = tools(preset)
    drawn = strategies.warriors(chosen)
    one, other = (legal_warrior(data.draw(drawn), chosen) for _ in range(2))
    for operator in OPERATORS.values():
        assert_legal(operator(one, kit, rng), chosen)
    for crossover in CROSSOVER_OPERATORS.values():
        assert_legal(crossover(one, other, kit, rng), chosen)


@pytest.mark.parametrize("name", ["number", "nudge", "opcode", "modifier", "mode", "line"])
def test_operators__line_changes_touch_one_line(name: str) -> None:
    made = results(name, BOMBER, tools())
    assert {differing(BOMBER, warrior) for warrior in made} <= {0, 1}
    places = {
        place
        for warrior in made
        for place in range(4)
        if warrior.instructions[place] != BOMBER.instructions[place]
    }
    assert places == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("number", {"a_number", "b_number"}),
        ("nudge", {"a_number", "b_number"}),
        ("opcode", {"opcode", "modifier"}),
        ("modifier", {"modifier"}),
        ("mode", {"a_mode", "b_mode"}),
    ],
)
def test_operators__change_only_their_part(name: str, parts: set[str]) -> None:
    changed = {
        part
        for warrior in results(name, BOMBER, tools())
        for old, new in zip(BOMBER.instructions, warrior.instructions, strict=True)
        for part in ("opcode", "modifier", "a_mode", "a_number", "b_mode", "b_number")
        if getattr(old, part) != getattr(new, part)
    }
    assert changed == parts


def test_nudge__is_mostly_by_one() -> None:
    alone = Warrior((parse_instruction("DAT.F #100, #100"),))
    made = results("nudge", alone, tools(), 1000)
    moves = [sum((w.instructions[0].a_number, w.instructions[0].b_number)) - 200 for w in made]
    assert 0.6 < sum(abs(move) == 1 for move in moves) / 1000 < 0.85
    assert {-200, 100, -50} <= set(moves)


def test_magic__replaces_a_constant_everywhere_and_its_negative_too() -> None:
    for warrior in results("magic", BOMBER, tools(), 100):
        lines = warrior.instructions
        step = lines[0].a_number
        assert lines[3].b_number == step
        assert (lines[3].a_number + step) % 8000 == 0
        assert [str(line) for line in lines[1:3]] == ["MOV.I $2, @2", "JMP.B $-2, $0"]
        assert lines[0].b_number == 3


def test_magic__without_constants_does_nothing() -> None:
    empty = Warrior((parse_instruction("SPL.B $0, $0"),))
    assert set(results("magic", empty, tools(), 10)) == {empty}


@pytest.mark.parametrize(
    ("name", "lengths"),
    [
        ("insert", {5}),
        ("delete", {1, 2, 3}),
        ("duplicate", {5, 6, 7, 8}),
        ("swap", {4}),
        ("move", {4}),
        ("splice", {4, 5, 6, 7, 8}),
        ("start", {4}),
    ],
)
def test_operators__lengths(name: str, lengths: set[int]) -> None:
    assert {len(warrior) for warrior in results(name, BOMBER, tools())} == lengths


@pytest.mark.parametrize("name", ["swap", "move"])
def test_operators__rearrangements_without_relocation_keep_the_lines(name: str) -> None:
    for warrior in results(name, BOMBER, tools(relocate=0.0)):
        assert sorted(map(str, warrior.instructions)) == sorted(map(str, BOMBER.instructions))


@pytest.mark.parametrize("name", ["delete", "swap", "move", "start"])
def test_operators__one_line_is_left_alone(name: str) -> None:
    imp = Warrior((parse_instruction("MOV.I $0, $1"),))
    assert set(results(name, imp, tools(), 20)) == {imp}


@pytest.mark.parametrize("name", ["insert", "duplicate"])
def test_operators__a_full_warrior_does_not_grow(name: str) -> None:
    full = Warrior(PAPER.instructions + PAPER.instructions[:1])
    assert set(results(name, full, tools("nano"), 20)) == {full}


def test_splice__takes_lines_of_the_library() -> None:
    imp = Warrior((parse_instruction("MOV.I $0, $1"),))
    known = {*imp.instructions, *PAPER.instructions, *BOMBER.instructions}
    made = results("splice", imp, tools())
    assert {line for warrior in made for line in warrior.instructions} == known


def test_splice__without_library_does_nothing() -> None:
    bare = replace(tools(), library=())
    assert set(results("splice", BOMBER, bare, 10)) == {BOMBER}


def test_start__never_at_a_dat() -> None:
    assert {warrior.start for warrior in results("start", BOMBER, tools())} == {1, 2}


def _lines(warrior: Warrior) -> set[tuple[Opcode, object]]:
    return {(line.opcode, line.modifier) for line in warrior.instructions}


@pytest.mark.parametrize("name", CROSSOVERS)
def test_crossovers__join_lines_of_both(name: str) -> None:
    crossover = CROSSOVER_OPERATORS[name]
    made = [crossover(BOMBER, PAPER, tools(), np.random.default_rng(seed)) for seed in range(200)]
    assert all(_lines(child) <= _lines(BOMBER) | _lines(PAPER) for child in made)
    joined = sum(not (_lines(c) <= _lines(BOMBER) or _lines(c) <= _lines(PAPER)) for c in made)
    assert joined > 50


def test_onepoint__is_a_head_and_a_tail() -> None:
    crossover: Callable[..., Warrior] = CROSSOVER_OPERATORS["onepoint"]
    for seed in range(100):
        rng = np.random.default_rng(seed)
        child = crossover(BOMBER, PAPER, tools(relocate=0.0), rng)
        lines = child.instructions
        assert any(
            lines == BOMBER.instructions[:head] + PAPER.instructions[tail:]
            for head in range(1, 4)
            for tail in range(4)
        )


def test_number__weights_decide_the_kind() -> None:
    only_zero = dict.fromkeys(NUMBERS, 0.0) | {"zero": 1.0}
    for warrior in results("number", BOMBER, tools(numbers=only_zero)):
        changed = [
            new
            for old, new in zip(BOMBER.instructions, warrior.instructions, strict=True)
            if old != new
        ]
        assert all(0 in (line.a_number, line.b_number) for line in changed)
