"""What a warrior does in a few fights: every access to the core, and some windows step by step.

The whole fights are recorded as the engine's events. Within the windows each of the warrior's
instructions is also seen as it was when it was executed, with what it wrote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mars.classics import bundled, bundled_by_name
from mars.machine import EventKind, Machine
from mars.placement import check_room
from mars.redcode import Instruction, Mode, Modifier, Opcode, Warrior
from mars.settings import CoreSettings

Events = NDArray[np.int32]

ALONE: Final = "alone"
TARGET: Final = "a still target"
TARGET_LENGTH: Final = 20
OPPONENT_CLASSES: Final = ("paper", "scanner", "stone")
# Where the windows begin, as shares of the longest fight, and their most cycles.
WINDOW_STARTS: Final = (0.0, 1 / 80, 1 / 25, 1 / 10, 1 / 5, 2 / 5)
WINDOW_CYCLES: Final = 400
# Longer fights are watched as if they were so long, for every event is kept.
LONGEST_FIGHT: Final = 100_000
WRITING: Final = frozenset({Opcode.MOV, Opcode.ADD, Opcode.SUB, Opcode.MUL, Opcode.DJN, Opcode.LDP})


@dataclass(frozen=True, eq=False)
class ProbeFight:
    """One fight of the warrior, whose index is 0.

    Attributes:
        label: Whom it meets: `ALONE`, `TARGET` or the opponent's name.
        warriors, positions, settings: Of the fight.
        events: (n_events, 3) as from `Machine.trace`, of the whole measured time.
        steps: One row an instruction of the warrior within the windows, see `Step`.
        cycles: Measured; up to the end of the last window, or of the fight.
        alive: Whether the warrior lived then.
    """

    label: str
    warriors: tuple[Warrior, ...]
    positions: tuple[int, ...]
    settings: CoreSettings
    events: Events
    steps: pd.DataFrame
    cycles: int
    alive: bool


class Step(NamedTuple):
    """One executed instruction; all addresses are absolute, -1 where there is none.

    Attributes:
        window: Number of the window.
        processes: Of the warrior as the window began.
        place: Events before this one.
        address: Where it was executed.
        opcode, modifier, a_mode: Of the instruction then.
        a, b: Addresses of the operands; -1 for an immediate one.
        written: Address of the result.
        content: Opcode at `written` afterwards.
        leads: Where a direct A-operand at `written` points.
        own: Whether what was written is like an instruction of the program, numbers aside.
        itself: Whether it wrote a copy of itself.
    """

    window: int
    processes: int
    place: int
    address: int
    opcode: int
    modifier: int
    a_mode: int
    a: int
    b: int
    written: int
    content: int
    leads: int
    own: bool
    itself: bool


def still_target(settings: CoreSettings) -> Warrior:
    """A program that only stays: scanners find it, bombs kill it when they hit its one loop."""
    loop = Instruction(Opcode.JMP, Modifier.B, Mode.DIRECT, 0, Mode.DIRECT, 1)
    straw = Instruction(Opcode.DAT, Modifier.F, Mode.DIRECT, 1, Mode.DIRECT, 1)
    length = min(TARGET_LENGTH, settings.max_length)
    return Warrior((loop, *(straw,) * (length - 1)), name=TARGET)


def probe_opponents(settings: CoreSettings) -> dict[str, Warrior]:
    """The still target and the first bundled paper, scanner and stone fit for the settings."""
    groups, names = bundled(settings), {w.id: n for n, w in bundled_by_name(settings).items()}
    chosen = [groups[word][0] for word in OPPONENT_CLASSES if word in groups]
    return {TARGET: still_target(settings)} | {names[warrior.id]: warrior for warrior in chosen}


def probe_fights(
    warrior: Warrior,
    settings: CoreSettings,
    opponents: Mapping[str, Warrior] | None = None,
    *,
    seed: int = 0,
) -> tuple[ProbeFight, ...]:
    """The warrior alone in the core, then once against each opponent.

    Args:
        warrior: Executes first.
        settings: Rules.
        opponents: By label; without them, `probe_opponents`.
        seed: Of the opponents' positions, from 0.

    Raises:
        ValueError: The warrior does not fit the settings, or there is no room for two.
    """
    check_room(2, settings)
    met = list((probe_opponents(settings) if opponents is None else opponents).items())
    draw = np.random.default_rng(np.random.SeedSequence(seed))
    least, most = settings.min_distance, settings.core_size - settings.min_distance
    places = draw.integers(least, most, size=len(met), endpoint=True).tolist()
    return (
        trace_fight(ALONE, (warrior,), (0,), settings),
        *(
            trace_fight(label, (warrior, opponent), (0, place), settings)
            for (label, opponent), place in zip(met, places, strict=True)
        ),
    )


def trace_fight(
    label: str, warriors: Sequence[Warrior], positions: Sequence[int], settings: CoreSettings
) -> ProbeFight:
    """Executes one fight up to the end of the last window and records it.

    Args:
        label: For the record.
        warriors: The first is the one to observe.
        positions: Load addresses.
        settings: Rules.

    Raises:
        ValueError: As `Machine`.
    """
    machine = Machine(warriors, positions, settings)
    own = frozenset(_kind(instruction) for instruction in warriors[0].instructions)
    starts, length = windows(settings)
    portions, rows, n_events = [np.zeros((0, 3), np.int32)], list[Step](), 0
    for number, start in enumerate(starts):
        between = _skip(machine, start)
        n_events += len(between)
        watched = _Window(machine, number, own, n_events)
        watched.run(length)
        rows += watched.steps
        n_events += sum(map(len, watched.portions))
        portions += [between, *watched.portions]
    steps = pd.DataFrame(rows, columns=list(Step._fields))
    alive = int(machine.counts.death_cycles[0]) < 0
    events = np.concatenate(portions)
    cycles = machine.cycle
    return ProbeFight(
        label, tuple(warriors), tuple(positions), settings, events, steps, cycles, alive
    )


def windows(settings: CoreSettings) -> tuple[tuple[int, ...], int]:
    """In which cycles the windows begin, if the one before has ended, and how many they have."""
    longest = min(settings.max_cycles, LONGEST_FIGHT)
    length = min(WINDOW_CYCLES, max(1, longest // (2 * len(WINDOW_STARTS))))
    return tuple(int(share * longest) for share in WINDOW_STARTS), length


def _skip(machine: Machine, cycle: int) -> Events:
    """Goes on to a cycle, or to the end."""
    portions = [np.zeros((0, 3), np.int32)]
    while not machine.finished and machine.cycle < cycle:
        # At most what is missing: with two warriors it takes some more turns.
        portions.append(machine.trace(cycle - machine.cycle))
    return np.concatenate(portions)


class _Window:
    """A stretch of a fight, instruction by instruction."""

    def __init__(
        self, machine: Machine, number: int, own: frozenset[tuple[int, ...]], place: int
    ) -> None:
        self._machine, self._number, self._own, self._place = machine, number, own, place
        self._parts, self._changed = machine.parts(), dict[int, Instruction]()
        self._processes = len(machine.queue(0))
        self.steps: list[Step] = []
        self.portions: list[Events] = []

    def run(self, cycles: int) -> None:
        """Goes on for so many cycles, or to the end."""
        machine = self._machine
        end = machine.cycle + cycles
        while not machine.finished and machine.cycle < end:
            portion = machine.trace(1)
            events: list[tuple[int, int, int]] = portion.tolist()
            pc = events[0][2]
            before = self._at(pc)
            written = [address for _, kind, address in events if kind == EventKind.WRITE]
            for address in written:
                self._changed[address] = machine.instruction(address)
            if events[0][0] == 0:
                self.steps.append(self._step(pc, before, events))
            self.portions.append(portion)
            self._place += len(portion)

    def _at(self, address: int) -> Instruction:
        """What lies there now, before what is executed next."""
        found = self._changed.get(address)
        if found is None:
            word, a, b = (int(part) for part in self._parts[:, address])
            found = Instruction(
                Opcode(word >> 3 & 31),
                Modifier(word & 7),
                Mode(word >> 8 & 7),
                a,
                Mode(word >> 11 & 7),
                b,
            )
            self._changed[address] = found
        return found

    def _step(
        self, pc: int, instruction: Instruction, events: Sequence[tuple[int, int, int]]
    ) -> Step:
        reads = [address for _, kind, address in events if kind == EventKind.READ]
        n_a = _n_reads(instruction.a_mode)
        a = reads[n_a - 1] if n_a else -1
        b = reads[-1] if _n_reads(instruction.b_mode) else -1
        written, content, leads, own, itself = -1, -1, -1, False, False
        if instruction.opcode in WRITING:
            written = events[-1][2]
            result = self._changed[written]
            content = int(result.opcode)
            if result.a_mode == Mode.DIRECT:
                leads = (written + result.a_number) % self._parts.shape[1]
            own = _kind(result) in self._own
            # An immediate operand is the instruction itself.
            source = a if n_a else pc
            itself = instruction.opcode == Opcode.MOV and source == pc and result == instruction
        return Step(
            self._number,
            self._processes,
            self._place,
            pc,
            int(instruction.opcode),
            int(instruction.modifier),
            int(instruction.a_mode),
            a,
            b,
            written,
            content,
            leads,
            own,
            itself,
        )


def _n_reads(mode: Mode) -> int:
    """How many addresses an operand reads, as `Machine.trace` tells them."""
    if mode == Mode.IMMEDIATE:
        return 0
    return 1 if mode == Mode.DIRECT else 2


def _kind(instruction: Instruction) -> tuple[int, ...]:
    """An instruction but for its numbers."""
    return (
        int(instruction.opcode),
        int(instruction.modifier),
        int(instruction.a_mode),
        int(instruction.b_mode),
    )
