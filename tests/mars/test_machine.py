"""A machine in the hand: what it tells and refuses; what it computes is `test_kernel.py`'s."""

from dataclasses import replace

import pytest

from mars.machine import EventKind, Machine
from mars.redcode import Warrior, parse_instruction
from mars.settings import CoreSettings

TINY = CoreSettings.preset("tiny")
IMP = Warrior((parse_instruction("MOV.I $0, $1"),))
DWARF = Warrior(
    tuple(
        map(parse_instruction, ["ADD.AB #4, $3", "MOV.I $2, @2", "JMP.B $-2, $0", "DAT.F #0, #0"])
    )
)


def test_machine__an_imp_walks() -> None:
    machine = Machine([IMP, IMP], [0, 400], TINY)
    assert (machine.executed, machine.cycle, machine.finished) == (0, 0, False)
    assert machine.run(3) == 3
    assert (machine.cycle, machine.queue(0), machine.queue(1)) == (1, [2], [401])
    assert str(machine.instruction(401)) == "MOV.I $0, $1"
    assert machine.trace(1).tolist() == [
        [1, EventKind.EXECUTE, 401],
        [1, EventKind.READ, 401],
        [1, EventKind.READ, 402],
        [1, EventKind.WRITE, 402],
    ]
    assert machine.run(1) == 1
    assert machine.cycle == 2
    assert machine.run_cycles(3) == 5
    assert (machine.cycle, machine.queue(0)) == (5, [5])
    assert machine.run() == 2 * TINY.max_cycles - 10
    assert machine.finished
    assert machine.run(5) == 0
    assert machine.trace().shape == (0, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"positions": [0]}, "expected 2 positions: got 1"),
        ({"positions": [0, 800]}, "position must be in 0 to 799: got 800"),
        ({"positions": [0, -1]}, "position must be in 0 to 799: got -1"),
        ({"positions": [0, 400], "first": 2}, "first must be in 0 to 1: got 2"),
    ],
)
def test_machine__refuses(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Machine([IMP, IMP], settings=TINY, **arguments)  # type: ignore[arg-type]


def test_machine__refuses_wrong_numbers() -> None:
    machine = Machine([IMP, IMP], [0, 400], TINY)
    for call in (machine.run, machine.trace):
        with pytest.raises(ValueError, match="instructions must not be negative: got -1"):
            call(-1)
        with pytest.raises(TypeError):
            call(1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cycles must not be negative: got -2"):
        machine.run_cycles(-2)
    for ask in (machine.queue, machine.pspace):
        with pytest.raises(ValueError, match="warrior must be in 0 to 1: got 2"):
            ask(2)
    assert machine.run(2**70) == 2 * TINY.max_cycles


def test_parts__are_the_instructions() -> None:
    machine = Machine([DWARF, IMP], [0, 400], TINY)
    machine.run(50)
    operations, a_numbers, b_numbers = machine.parts().tolist()
    assert len(operations) == TINY.core_size
    for address, found in enumerate(machine.core()):
        operation = found.opcode << 3 | found.modifier | found.a_mode << 8 | found.b_mode << 11
        numbers = (a_numbers[address], b_numbers[address])
        assert (operations[address], *numbers) == (operation, found.a_number, found.b_number)


def test_next_fight__pspace_lives_on_as_in_a_battle() -> None:
    chosen = replace(TINY, pspace_size=10)
    code = ["LDP.AB #3, #0", "ADD.AB #1, $-1", "STP.B $-2, #3", "DAT.F $0, $0"]
    counter = Warrior(tuple(map(parse_instruction, code)))
    machine = Machine([counter, IMP], [0, 400], chosen)
    assert machine.pspace(0)[:4] == [799, 0, 0, 0]
    with pytest.raises(ValueError, match="expected a fight that has ended: got one in cycle 0"):
        machine.next_fight([0, 300], 1)
    for fight in (1, 2, 3):
        machine.run()
        assert machine.pspace(0)[3] == fight
        with pytest.raises(ValueError, match="expected 2 positions: got 1"):
            machine.next_fight([0], 1)
        machine.next_fight([0, 300], fight % 2)
        assert (machine.executed, machine.finished, machine.queue(1)) == (0, False, [300])
        assert machine.counts.death_cycles.tolist() == [-1, -1]
        assert machine.pspace(0)[:4] == [0, 0, 0, fight]
        assert machine.pspace(1)[:4] == [1, 0, 0, 0]
        pspaces = [machine.pspace(w) for w in (0, 1)]
        again = Machine([counter, IMP], [0, 300], chosen, first=fight % 2, pspaces=pspaces)
        again.run()
        assert again.pspace(0)[:4] == [0, 0, 0, fight + 1]


def test_machine__a_pspace_can_be_given() -> None:
    chosen = replace(TINY, pspace_size=3)
    pair = [replace(IMP, pin=1), replace(DWARF, pin=1)]
    machine = Machine(pair, [0, 400], chosen, pspaces=[[1, 2, 3], [4, 5, 799]])
    assert [machine.pspace(w) for w in (0, 1)] == [[1, 5, 799], [4, 5, 799]]
    with pytest.raises(ValueError, match=r"expected P-spaces of \[3, 3\] cells: got \[3, 2\]"):
        Machine(pair, [0, 400], chosen, pspaces=[[0, 0, 0], [0, 0]])
    with pytest.raises(ValueError, match="P-space cell must be in 0 to 799: got 800"):
        Machine(pair, [0, 400], chosen, pspaces=[[0, 0, 800], [0, 0, 0]])
    assert Machine(pair, [0, 400], TINY, pspaces=[[], []]).pspace(0) == []
