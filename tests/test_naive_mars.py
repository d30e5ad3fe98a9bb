"""The naive twin against pMARS's recorded outcomes, and against fights one can do by hand."""

import pytest

from mars.redcode import Warrior, parse_instruction
from mars.settings import CoreSettings
from tests import golden_data
from tests.naive_mars import (
    BLANK,
    CoreInstruction,
    NaiveOutcome,
    battle,
    fight,
    in_core,
    npos,
)

SMALL = CoreSettings(20, max_cycles=8, max_processes=4, max_length=5, min_distance=5)


def warrior(*lines: str, start: int = 0, pin: int | None = None) -> Warrior:
    """A warrior of whole instructions."""
    return Warrior(tuple(map(parse_instruction, lines)), start, pin)


IMP = warrior("MOV.I $0, $1")
DWARF = warrior("ADD.AB #4, $3", "MOV.I $2, @2", "JMP.B $-2, $0", "DAT.F #0, #0")
SUICIDE = warrior("DAT.F $0, $0")
SITTER = warrior("JMP.B $0, $0")
PAPER = warrior("SPL.B $0, $0")


def core_of(state: golden_data.MachineState, core_size: int) -> list[CoreInstruction]:
    """The whole core that a dump describes."""
    core = [BLANK] * core_size
    for address, instruction in state.core.items():
        core[address] = in_core(instruction, core_size)
    return core


def assert_same_state(outcome: NaiveOutcome, expected: golden_data.MachineState) -> None:
    """The outcome is what the dump describes, P-space included."""
    assert outcome.core == core_of(expected, len(outcome.core))
    assert [tuple(queue) for queue in outcome.queues] == [w.queue for w in expected.warriors]
    assert sum(outcome.alive) == expected.living
    for index, state in enumerate(expected.warriors):
        first, *others = outcome.pspaces.view(index)
        assert first == state.last_result
        filled = {cell: value for cell, value in enumerate(others, start=1) if value}
        assert filled == {cell: value for cell, value in state.pspace.items() if cell > 0}


def test_fight__every_opcode_modifier_and_mode_pair_as_pmars() -> None:
    cases = golden_data.single_steps()
    executed = set()
    for case in cases:
        outcome = fight(case.warriors, golden_data.SINGLE_STEP_POSITIONS, case.settings)
        assert_same_state(outcome, case.expected)
        first = case.warriors[0].instructions[case.warriors[0].start]
        executed.add((first.opcode, first.modifier, first.a_mode, first.b_mode))
    assert len(executed) == len(cases) == 19 * 7 * 8 * 8


def test_assert_same_state__notices_a_changed_number() -> None:
    case = golden_data.single_steps()[0]
    outcome = fight(case.warriors, golden_data.SINGLE_STEP_POSITIONS, case.settings)
    outcome.core[150] = outcome.core[150]._replace(a=1)
    with pytest.raises(AssertionError):
        assert_same_state(outcome, case.expected)


@pytest.mark.parametrize("preset", ["nano", "tiny"])
def test_battle__random_warriors_as_pmars(preset: str) -> None:
    rows = [row for row in golden_data.battles() if row.preset == preset]
    assert len(rows) == {"nano": 430, "tiny": 540}[preset]
    for row in rows:
        table = battle(
            row.warriors, row.settings, fights=row.fights, fixed_position=row.fixed_position
        )
        assert table == row.survivors, row


def test_battle__golden_melees_need_posit_and_backtracking() -> None:
    """The rows above pin the placement of melees: without them few would come out right."""
    melees = [row for row in golden_data.battles() if row.preset == "nano"]
    melees = [row for row in melees if len(row.warriors) == 6]
    wrong = [row for row in melees if not_pmars_placement(row) == row.survivors]
    assert len(melees) == 30
    assert len(wrong) < 15


def not_pmars_placement(row: golden_data.GoldenBattle) -> golden_data.SurvivorsTable:
    """The survivors table that npos alone would give."""
    table = [[0] * (len(row.warriors) + 1) for _ in row.warriors]
    seed = row.fixed_position - row.settings.min_distance
    for index in range(row.fights):
        positions, seed = npos(len(row.warriors), row.settings, seed)
        outcome = fight(row.warriors, positions, row.settings, first=index % len(row.warriors))
        for w, lives in enumerate(outcome.alive):
            table[w][sum(outcome.alive) if lives else 0] += 1
    return table
