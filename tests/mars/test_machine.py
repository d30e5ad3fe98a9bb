"""A machine in the hand: what it tells and refuses; what it computes is `test_kernel.py`'s."""

import pytest

from mars.machine import EventKind, Machine
from mars.redcode import Warrior, parse_instruction
from mars.settings import CoreSettings

TINY = CoreSettings.preset("tiny")
IMP = Warrior((parse_instruction("MOV.I $0, $1"),))


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
