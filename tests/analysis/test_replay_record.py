"""What is recorded of a fight: the battle's own fight, P-space and all."""

from dataclasses import replace

import pytest

from analysis.replay import record as recording
from analysis.replay.listing import source_lines
from analysis.replay.record import (
    BattlePlan,
    ReplayError,
    checkpoint,
    fight_battle,
    first_decided,
    record_fight,
)
from mars import assemble, battle
from mars.classics import bundled_by_name
from mars.redcode import Warrior, parse_instruction
from mars.settings import PRESETS, CoreSettings
from tests.analysis.replay_fights import bundled_bout

TINY = CoreSettings.preset("tiny")
IMP = Warrior((parse_instruction("MOV.I $0, $1"),), name="Imp")
# Lives in even fights and dies in odd ones: it counts them in P-space.
COUNTER = assemble(
    """
    ldp.ab #3, flag
    add #1, flag
    stp.b flag, #3
    mod #2, flag
    jmz 0, flag
    dat 0
flag dat 0, 0
    """,
    replace(TINY, pspace_size=50),
)


def test_record_fight__is_the_battle_s_fight() -> None:
    plan = bundled_bout("silkworm", "dwarf", fights=7).plan
    records = fight_battle(plan)
    counted = battle(plan.warriors, plan.settings, fights=7, seed=1, records=True, counts=True)
    assert counted.records is not None
    for number in (1, 4, 7):
        found = record_fight(plan, records, number)
        at = number - 1
        assert found.positions == tuple(counted.records.positions[at].tolist())
        assert found.first == at % 2
        assert found.outcome.death_cycles == tuple(counted.records.death_cycles[at].tolist())
        assert found.outcome.executed == int(counted.records.executed[at])
        assert found.checkpoints[0].executed == 0
        assert found.checkpoints[-1].executed == found.outcome.executed
        assert len({c.core for c in found.checkpoints}) > 50


def test_record_fight__pspace_is_that_of_all_fights_before() -> None:
    plan = BattlePlan((COUNTER, IMP), replace(TINY, pspace_size=50), 6, seed=3)
    records = fight_battle(plan)
    assert records.death_cycles[:, 0].tolist()[:4:2] != records.death_cycles[:, 0].tolist()[1:4:2]
    for number in (1, 2, 5):
        found = record_fight(plan, records, number)
        assert found.pspaces[0][3] == number - 1
        alive = records.alive[number - 2].tolist()
        results = (799, 799) if number == 1 else tuple(sum(alive) * lives for lives in alive)
        assert tuple(pspace[0] for pspace in found.pspaces) == results
        machine = found.machine()
        assert checkpoint(machine, 2) == found.checkpoints[0]
        machine.run()
        assert checkpoint(machine, 2) == found.checkpoints[-1]
        assert tuple(machine.counts.death_cycles.tolist()) == found.outcome.death_cycles


def test_record_fight__to_the_end() -> None:
    warriors = tuple(bundled_by_name(TINY)[name] for name in ("dwarf", "imp", "tiny-paper"))
    plan = BattlePlan(warriors, TINY, 2, seed=4, to_the_end=True)
    found = record_fight(plan, fight_battle(plan), 2)
    lives = [d + 1 if d >= 0 else TINY.max_cycles for d in found.outcome.death_cycles]
    assert found.outcome.executed == sum(lives)
    with pytest.raises(ValueError, match="expected a seed for a fight to the end"):
        fight_battle(replace(plan, seed=None, fixed_series=True))


def test_record_fight__refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = bundled_bout("dwarf", "tiny-paper", preset="tiny", fights=3).plan
    records = fight_battle(plan)
    for number in (0, 4):
        with pytest.raises(ValueError, match=f"fight must be 1 to 3: got {number}"):
            record_fight(plan, records, number)
    other = replace(plan, warriors=plan.warriors[::-1])
    with pytest.raises(ReplayError, match="expected the fight that was counted"):
        record_fight(other, records, 1)
    monkeypatch.setattr(recording, "MAX_INSTRUCTIONS", 10)
    with pytest.raises(ReplayError, match="expected a fight of at most 10 instructions: got"):
        record_fight(plan, records, 1)


def test_first_decided__or_the_first() -> None:
    records = fight_battle(BattlePlan((COUNTER, IMP), replace(TINY, pspace_size=50), 4, seed=3))
    deaths = (records.death_cycles >= 0).any(axis=1).tolist()
    assert first_decided(records) == deaths.index(True) + 1
    assert first_decided(fight_battle(BattlePlan((IMP, IMP), TINY, 2))) == 1


def test_source_lines__of_loops_and_constants() -> None:
    source = "step equ 4\n\nfor 2\nadd #step, 1\nmov 0, CORESIZE/step\nrof\norg 1\ndat 0 ; end\n"
    warrior = assemble(source, TINY)
    assert source_lines(warrior, TINY) == (4, 5, 4, 5, 8)
    assert source_lines(replace(warrior, source=""), TINY) == ()
    assert source_lines(replace(warrior, source="mov 0, 1"), TINY) == ()
    assert source_lines(replace(warrior, source="mov 0,"), TINY) == ()
    assert source_lines(replace(warrior, source="for 99999\nfor 99999\nrof\nrof"), TINY) == ()


def test_source_lines__of_all_bundled_warriors() -> None:
    for name, warrior in bundled_by_name(PRESETS["94nop"]).items():
        lines = source_lines(warrior, PRESETS["94nop"], rounds=100)
        assert len(lines) == len(warrior), name
        text = warrior.source.split("\n")
        for line, instruction in zip(lines, warrior.instructions, strict=True):
            assert instruction.opcode.name.lower() in text[line - 1].lower(), (name, line)
