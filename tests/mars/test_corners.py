"""Corners of the machine that random fights rarely reach; each was once a change no test saw."""

from dataclasses import replace

import pytest

from mars.arena import new_pspace
from mars.fights import Battle, battle, battles, melee
from mars.machine import EventKind, Machine
from mars.redcode import Warrior, parse_instruction
from mars.settings import CoreSettings
from tests import naive_mars

KINDS = {"x": EventKind.EXECUTE, "r": EventKind.READ, "w": EventKind.WRITE}
SMALL = CoreSettings(800, 8000, 800, 20, 20, pspace_size=10)


def warrior(*lines: str, pin: int | None = None) -> Warrior:
    """A warrior of whole instructions."""
    return Warrior(tuple(map(parse_instruction, lines)), pin=pin)


SITTER = warrior("JMP.B $0, $0")
PAPER = warrior("SPL.B $0, $0", "JMP.B $-1, $0")


@pytest.mark.parametrize(
    ("core_size", "position", "expected"),
    [(65_536, 0, 65_535), (55_440, 50_000, 49_999), (65_535, 65_534, 65_533)],
)
def test_machine__jumps_back_in_large_cores(core_size: int, position: int, expected: int) -> None:
    machine = Machine([warrior("JMP.B $-1, $0")], [position], CoreSettings(core_size))
    machine.run(1)
    assert machine.queue(0) == [expected]


def test_battle__the_last_processes_may_die_in_the_last_cycle() -> None:
    # 255 cycles in the loop, an SPL, two processes that die in cycles 256 and 257.
    waits = warrior("DJN.B $0, #255", "SPL.B $1, $0")
    chosen = CoreSettings(8000, max_cycles=258, max_processes=8)
    assert battle([waits, PAPER], chosen, fights=2).wins.tolist() == [0, 2]
    shorter = replace(chosen, max_cycles=257)
    assert battle([waits, PAPER], shorter, fights=2).ties.tolist() == [2, 2]


@pytest.mark.parametrize("core_size", [8000, 7999])
@pytest.mark.parametrize("max_processes", [1, 3, 100, 8000, 10_000])
def test_battle__dies_when_all_processes_are_through(core_size: int, max_processes: int) -> None:
    splits = warrior(*["SPL.B $1, $0"] * 14)
    chosen = CoreSettings(core_size, max_processes=max_processes)
    records = battle([splits, SITTER], chosen, fights=2, seed=1, records=True).records
    assert records is not None
    for i, positions in enumerate(records.positions.tolist()):
        expected = naive_mars.fight([splits, SITTER], positions, chosen, first=i)
        assert records.death_cycles[i].tolist() == expected.death_cycle
        assert records.executed[i] == expected.instructions


def test_battle__counted_duels_run_to_the_end() -> None:
    chosen = replace(SMALL, max_cycles=2000)
    counted = battle([PAPER, PAPER], chosen, fights=2, records=True, counts=True).records
    fast = battle([PAPER, PAPER], chosen, fights=2, records=True).records
    assert counted is not None
    assert fast is not None
    assert counted.executed.tolist() == [4000, 4000]
    assert (fast.executed < 4000).all()


def test_machine__later_warriors_are_loaded_over_earlier_ones() -> None:
    machine = Machine([PAPER, SITTER], [0, 0], CoreSettings())
    assert machine.instruction(0) == SITTER.instructions[0] == machine.instruction(8000)


@pytest.mark.parametrize(
    ("line", "cell_0"), [("STP.AB #3, #0", 3), ("STP.AB #3, #20", 3), ("STP.AB #3, #21", 799)]
)
def test_machine__stp_to_multiples_of_the_pspace_size_is_cell_0(line: str, cell_0: int) -> None:
    machine = Machine([warrior(line)], [0], SMALL)
    machine.run()
    assert machine.pspace(0)[0] == cell_0


def test_battle__cell_0_is_the_number_of_survivors_or_0_for_the_dead() -> None:
    def wary(of: int) -> Warrior:
        """Dies when its last fight had so many survivors."""
        return warrior("LDP.A #0, $1", f"SEQ.AB #0, #{of}", "JMP.B $0, $0", "DAT.F $0, $0")

    trio = [wary(3), warrior("DAT.F $0, $0"), SITTER]  # one dies at once: never 3 survivors
    assert battle(trio, SMALL, fights=3).survivors.tolist()[0] == [0, 0, 3, 0]
    assert battle([wary(2), SITTER], SMALL, fights=3).survivors.tolist()[0] == [1, 0, 2]


def test_trace__more_events_than_one_portion_holds() -> None:
    # Two odd events, then 8 and 3 in turn: the end of a portion falls into an instruction.
    lines = ["NOP.F #0, #0", "NOP.F #0, #0", "MOV.A <2, <3", "JMP.B $-1, $0"]
    sweeper = warrior(*lines, "DAT.F $0, $0", "DAT.F $0, $-100")
    events = Machine([sweeper], [0]).trace(12_003).tolist()
    expected = naive_mars.fight(
        [sweeper], [0], CoreSettings(), max_instructions=12_003, record_events=True
    )
    assert len(events) > 65_536
    assert events == [[w, KINDS[kind], address] for w, kind, address in expected.events]


def test_machine__run_and_trace_in_portions() -> None:
    def naive(instructions: int) -> list[naive_mars.Event]:
        return naive_mars.fight(
            [PAPER], [0], CoreSettings(), max_instructions=instructions, record_events=True
        ).events

    machine = Machine([PAPER], [0])
    assert (machine.run(4), machine.run(6)) == (4, 6)
    events = [*machine.trace(9).tolist(), *machine.trace(11).tolist()]
    assert machine.executed == 30
    assert events == [[w, KINDS[kind], a] for w, kind, a in naive(30)[len(naive(10)) :]]


@pytest.mark.parametrize("counts", [False, True])
@pytest.mark.parametrize("workers", [1, 4])
def test_battle__pspace_is_one_sequence_in_any_threads(workers: int, counts: bool) -> None:
    # Cell 1 counts the fights modulo 3; dies in each third.
    lines = ["LDP.AB #1, $1", "NOP.F #0, #0", "ADD.AB #1, $-1", "STP.B $-2, #1"]
    counter = warrior(*lines, "MOD.AB #3, $-3", "JMZ.B $2, $-4", "JMP.B $0, $0")
    chosen = replace(SMALL, max_cycles=800)
    records = battle(
        [counter, SITTER], chosen, fights=90, workers=workers, records=True, counts=counts
    ).records
    assert records is not None
    assert records.alive[:, 0].tolist() == [i % 3 != 2 for i in range(90)]


def test_new_pspace__pins_share_and_no_pin_does_not() -> None:
    pins = [None, 0, 0, 1, None, 1]
    warriors = [replace(SITTER, pin=pin) for pin in pins]
    spaces = new_pspace(warriors, CoreSettings()).space_of.tolist()
    assert [spaces.index(space) for space in spaces] == [0, 1, 1, 3, 4, 3]


@pytest.mark.parametrize("pin", [0, 1])
def test_machine__pspace_is_the_pins(pin: int) -> None:
    three = [warrior("STP.AB #3, #4", pin=pin), replace(SITTER, pin=pin), SITTER]
    machine = Machine(three, [0, 100, 200], SMALL)
    machine.run(3)
    assert (machine.pspace(1)[4], machine.pspace(2)[4]) == (3, 0)


def test_melee__warriors_take_turns_to_be_first() -> None:
    records = melee([SITTER] * 3, replace(SMALL, max_cycles=10), fights=5)
    assert records.firsts.tolist() == [0, 1, 2, 0, 1]


def test_battle__stp_needs_pspace_too() -> None:
    with pytest.raises(ValueError, match="pspace_size must be positive"):
        battle([warrior("STP.AB #3, #4"), SITTER])


def test_battle__permutations_follow_the_seed() -> None:
    def positions(seed: int) -> object:
        chosen = CoreSettings(max_cycles=9)
        records = battle(
            [SITTER] * 2, chosen, fights=9, permutations=True, seed=seed, records=True
        ).records
        assert records is not None
        return records.positions.tolist()

    assert positions(1) == positions(1) != positions(2)


def test_battles__counts_only_when_asked() -> None:
    job = Battle((PAPER, SITTER), fights=2)
    (counted,), (plain,) = battles([job], records=True, counts=True), battles([job], records=True)
    assert counted.records is not None
    assert plain.records is not None
    assert (counted.records.spawned.shape, plain.records.spawned.shape) == ((2, 2), (2, 0))
