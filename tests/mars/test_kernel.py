"""The compiled machine against the naive twin and against pMARS's recorded outcomes.

With `NUMBA_DISABLE_JIT=1` the same code runs interpreted; only small samples are fought then.
"""

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mars.fights import battle, melee
from mars.machine import EventKind, Machine
from mars.redcode import Warrior, parse_instruction
from tests import golden_data, naive_mars, strategies

INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT") == "1"
EXAMPLES = settings(max_examples=10 if INTERPRETED else 400, deadline=None)
KINDS = {"x": EventKind.EXECUTE, "r": EventKind.READ, "w": EventKind.WRITE}


def core_of(machine: Machine) -> list[naive_mars.CoreInstruction]:
    """The whole core in the naive twin's words."""
    return [
        naive_mars.CoreInstruction(i.opcode, i.modifier, i.a_mode, i.a_number, i.b_mode, i.b_number)
        for i in machine.core()
    ]


def assert_same(machine: Machine, expected: naive_mars.NaiveOutcome) -> None:
    """Core, queues, counts and P-space are the naive twin's."""
    warriors = range(len(expected.queues))
    assert core_of(machine) == expected.core
    assert [machine.queue(w) for w in warriors] == expected.queues
    assert machine.executed == expected.instructions
    counts = machine.counts
    assert counts.death_cycles.tolist() == expected.death_cycle
    assert counts.spawned.tolist() == expected.spl_counts
    assert counts.coverage.tolist() == expected.coverage
    assert [machine.pspace(w) for w in warriors] == [expected.pspaces.view(w) for w in warriors]


def machine_of(fight: strategies.Battle, to_the_end: bool = False) -> Machine:
    return Machine(
        fight.warriors, fight.positions, fight.settings, first=fight.first, to_the_end=to_the_end
    )


def fight_naively(
    fight: strategies.Battle,
    *,
    to_the_end: bool = False,
    max_instructions: int | None = None,
    record_events: bool = False,
) -> naive_mars.NaiveOutcome:
    return naive_mars.fight(
        fight.warriors,
        fight.positions,
        fight.settings,
        first=fight.first,
        to_the_end=to_the_end,
        max_instructions=max_instructions,
        record_events=record_events,
    )


@EXAMPLES
@given(strategies.battles(), st.booleans())
def test_machine__random_fights_as_the_naive_twin(
    fight: strategies.Battle, to_the_end: bool
) -> None:
    machine = machine_of(fight, to_the_end)
    machine.run()
    assert machine.finished
    assert_same(machine, fight_naively(fight, to_the_end=to_the_end))


@EXAMPLES
@given(strategies.battles(), st.lists(st.integers(1, 50), max_size=8))
def test_machine__stops_and_goes_on(fight: strategies.Battle, portions: list[int]) -> None:
    machine = machine_of(fight)
    for n in portions:
        machine.run(n)
    assert_same(machine, fight_naively(fight, max_instructions=sum(portions)))
    machine.run()
    assert_same(machine, fight_naively(fight))


@EXAMPLES
@given(strategies.battles())
def test_trace__every_access_as_the_naive_twin(fight: strategies.Battle) -> None:
    machine = machine_of(fight)
    events = [tuple(row) for row in machine.trace().tolist()]
    expected = fight_naively(fight, record_events=True)
    assert_same(machine, expected)
    assert events == [(w, KINDS[kind], address) for w, kind, address in expected.events]


@EXAMPLES
@given(
    strategies.battles(max_warriors=4),
    st.integers(1, 5),
    st.integers(0, 10**20),
    st.booleans(),
)
def test_records__deaths_and_counts_as_the_naive_twin(
    fight: strategies.Battle, fights: int, seed: int, to_the_end: bool
) -> None:
    if to_the_end:
        records = melee(fight.warriors, fight.settings, fights=fights, seed=seed)
    else:
        found = battle(
            fight.warriors, fight.settings, fights=fights, seed=seed, records=True, counts=True
        )
        assert found.records is not None
        records = found.records
    pspaces = None
    for i, (positions, first) in enumerate(zip(records.positions, records.firsts, strict=True)):
        expected = naive_mars.fight(
            fight.warriors,
            [int(position) for position in positions],
            fight.settings,
            first=int(first),
            to_the_end=to_the_end,
            pspaces=pspaces,
        )
        assert records.death_cycles[i].tolist() == expected.death_cycle
        assert records.spawned[i].tolist() == expected.spl_counts
        assert records.coverage[i].tolist() == expected.coverage
        assert int(records.executed[i]) == expected.instructions
        pspaces = expected.pspaces.after(expected.alive, fight.settings.core_size)


@EXAMPLES
@given(strategies.battles(max_warriors=4), st.integers(1, 6), st.integers(0, 300))
def test_battle__survivors_as_the_naive_twin(
    fight: strategies.Battle, fights: int, further: int
) -> None:
    fixed_position = fight.settings.min_distance + further
    result = battle(fight.warriors, fight.settings, fights=fights, fixed_position=fixed_position)
    assert result.survivors.tolist() == naive_mars.battle(
        fight.warriors, fight.settings, fights=fights, fixed_position=fixed_position
    )


@EXAMPLES
@given(strategies.battles(max_warriors=5), st.integers(0, 500))
def test_machine__where_it_all_lies_does_not_matter(fight: strategies.Battle, shift: int) -> None:
    size = fight.settings.core_size
    moved = [(position + shift) % size for position in fight.positions]
    here = machine_of(fight)
    there = Machine(fight.warriors, moved, fight.settings, first=fight.first)
    here.run()
    there.run()
    for w in range(len(moved)):
        assert there.queue(w) == [(address + shift) % size for address in here.queue(w)]
    assert there.counts.death_cycles.tolist() == here.counts.death_cycles.tolist()


def single_steps() -> Sequence[golden_data.SingleStep]:
    """All recorded single steps; a few hundred of all kinds when interpreted."""
    cases = golden_data.single_steps()
    return cases[::29] if INTERPRETED else cases


def test_machine__every_opcode_modifier_and_mode_pair_as_pmars() -> None:
    cases = single_steps()
    for case in cases:
        machine = Machine(case.warriors, golden_data.SINGLE_STEP_POSITIONS, case.settings)
        machine.run()
        core = {
            address: instruction
            for address, instruction in enumerate(machine.core())
            if naive_mars.in_core(instruction, case.settings.core_size) != naive_mars.BLANK
        }
        assert core == case.expected.core, case.id
        for w, state in enumerate(case.expected.warriors):
            assert tuple(machine.queue(w)) == state.queue, case.id
            cells = {i: value for i, value in enumerate(machine.pspace(w)) if value and i}
            assert cells == {i: value for i, value in state.pspace.items() if i}, case.id
    assert INTERPRETED or len(cases) == 19 * 7 * 8 * 8


def golden_battles() -> Sequence[golden_data.GoldenBattle]:
    rows = golden_data.battles()
    short = [row for row in rows if row.preset == "nano" and row.fights <= 2]
    return short[:2] if INTERPRETED else rows


def test_battle__random_warriors_as_pmars() -> None:
    for row in golden_battles():
        result = battle(
            row.warriors,
            row.settings,
            fights=row.fights,
            fixed_position=row.fixed_position,
            workers=2,
        )
        assert result.survivors.tolist() == row.survivors, row


@pytest.mark.skipif(INTERPRETED, reason="millions of instructions")
@pytest.mark.parametrize("core_size", [8000, 7999, 65_536])
@pytest.mark.parametrize("max_processes", [8, 8000, 10_000])
def test_battle__duels_as_the_general_loop(core_size: int, max_processes: int) -> None:
    """The fast loops for two, counting or not, agree with the general one on long fights."""
    rows = [row for row in golden_data.battles() if row.preset == "94nop"][:12]
    assert len(rows) == 12
    for row in rows:
        chosen = replace(row.settings, core_size=core_size, max_processes=max_processes)
        pair = row.warriors[:2]
        fast = battle(pair, chosen, fights=4, seed=1, records=True).records
        counted = battle(pair, chosen, fights=4, seed=1, records=True, counts=True).records
        assert fast is not None
        assert counted is not None
        for i, positions in enumerate(fast.positions.tolist()):
            machine = Machine(pair, positions, chosen, first=i % 2)
            machine.run()
            deaths = machine.counts.death_cycles.tolist()
            assert fast.death_cycles[i].tolist() == counted.death_cycles[i].tolist() == deaths
            assert counted.spawned[i].tolist() == machine.counts.spawned.tolist()
            assert counted.coverage[i].tolist() == machine.counts.coverage.tolist()
            assert counted.executed[i] == machine.executed
            assert fast.executed[i] <= machine.executed


def test_machine__no_two_equal_addresses_are_counted_twice() -> None:
    spl = Warrior(tuple(map(parse_instruction, ["SPL.B $0, $0", "JMP.B $-1, $0"])))
    chosen = replace(golden_data.battles()[0].settings, max_processes=4)
    machine = Machine([spl], [0], chosen, to_the_end=True)
    machine.run(50)
    assert machine.counts.coverage.tolist() == [2]
    assert np.array_equal(machine.counts.death_cycles, [-1])
