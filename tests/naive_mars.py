"""The slow, obvious twin of the virtual machine: pure Python in ICWS'94 prose order.

Never imported by the packages; it takes from them only Redcode's values and the settings. What
the ICWS'94 draft leaves open is done as pMARS 0.9.4 does it; the golden data pins that down.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, Literal, NamedTuple

from mars.redcode import Instruction, Mode, Modifier, Opcode, Warrior
from mars.settings import CoreSettings

RANDOM_MODULUS: Final = 2_147_483_647
POSIT_REDRAWS: Final = 20
POSIT_BACKTRACKS: Final = 4

EventKind = Literal["x", "r", "w"]
Event = tuple[int, EventKind, int]
Field = Literal["a", "b"]


class CoreInstruction(NamedTuple):
    """One core address: an instruction with its numbers in [0, core_size)."""

    opcode: Opcode
    modifier: Modifier
    a_mode: Mode
    a: int
    b_mode: Mode
    b: int


# Which field of the A operand goes with which field of the B operand. Also: the fields that JMZ,
# JMN and DJN test are the second ones.
FIELD_PAIRS: Final[dict[Modifier, list[tuple[Field, Field]]]] = {
    Modifier.A: [("a", "a")],
    Modifier.B: [("b", "b")],
    Modifier.AB: [("a", "b")],
    Modifier.BA: [("b", "a")],
    Modifier.F: [("a", "a"), ("b", "b")],
    Modifier.X: [("b", "a"), ("a", "b")],
    Modifier.I: [("a", "a"), ("b", "b")],
}
# LDP and STP move one number; where the modifier names none it is B to B.
PSPACE_PAIR: Final[dict[Modifier, tuple[Field, Field]]] = {
    modifier: pairs[0] if len(pairs) == 1 else ("b", "b") for modifier, pairs in FIELD_PAIRS.items()
}

BLANK: Final = CoreInstruction(Opcode.DAT, Modifier.F, Mode.DIRECT, 0, Mode.DIRECT, 0)


@dataclass
class PSpaces:
    """Private storage of all warriors.

    Attributes:
        last: One a warrior: cell 0, always private (first the result of its last fight).
        cells: One a warrior: all cells. Warriors with the same PIN hold the same list object;
            its element 0 is not used.
    """

    last: list[int]
    cells: list[list[int]]

    @classmethod
    def new(cls, warriors: Sequence[Warrior], settings: CoreSettings) -> "PSpaces":
        """Before the first fight: every cell is 0 but cell 0, which is core_size - 1."""
        by_pin: dict[int, list[int]] = {}
        cells = []
        for warrior in warriors:
            own = [0] * settings.pspace_size
            cells.append(own if warrior.pin is None else by_pin.setdefault(warrior.pin, own))
        return cls([settings.core_size - 1] * len(warriors), cells)

    def copy(self) -> "PSpaces":
        """The same numbers in new lists, shared as before."""
        copies = {id(cells): list(cells) for cells in self.cells}
        return PSpaces(list(self.last), [copies[id(cells)] for cells in self.cells])

    def after(self, alive: Sequence[bool], core_size: int) -> "PSpaces":
        """What the next fight starts with: cell 0 is 0 for the dead, else the survivors' number."""
        result = self.copy()
        result.last = [sum(alive) % core_size if lives else 0 for lives in alive]
        return result

    def view(self, warrior: int) -> list[int]:
        """All cells as this warrior sees them."""
        cells = self.cells[warrior]
        return [self.last[warrior], *cells[1:]] if cells else []

    def load(self, warrior: int, index: int) -> int:
        """The number in the cell at index, modulo the P-space's size."""
        cells = self.cells[warrior]
        index %= len(cells)
        return self.last[warrior] if index == 0 else cells[index]

    def store(self, warrior: int, index: int, value: int) -> None:
        """Puts a number into the cell at index, modulo the P-space's size."""
        cells = self.cells[warrior]
        index %= len(cells)
        if index == 0:
            self.last[warrior] = value
        else:
            cells[index] = value


@dataclass
class NaiveOutcome:
    """Everything there is after a fight. All lists but `core` and `events`: one a warrior.

    Attributes:
        core: (core_size,) instructions.
        queues: Process queues, head first.
        alive: Whether the warrior has processes left.
        death_cycle: Cycle, counted from 0, in which it lost its last process; -1: never.
        spl_counts: SPL instructions that really added a process.
        coverage: Distinct addresses that ever entered its queue, the start included.
        pspaces: P-space right after the fight, the result not yet recorded in cell 0.
        instructions: Instructions executed by all warriors together.
        events: (warrior, kind, address) in order when asked for: 'x' executed, 'r' read as a
            pointer or an operand (never for `#`), 'w' written.
    """

    core: list[CoreInstruction]
    queues: list[list[int]]
    alive: list[bool]
    death_cycle: list[int]
    spl_counts: list[int]
    coverage: list[int]
    pspaces: PSpaces
    instructions: int
    events: list[Event]


class Operand(NamedTuple):
    """An evaluated operand: its address and a copy of the instruction that was there."""

    address: int
    register: CoreInstruction


class NaiveMars:
    """A core with warriors in it; `turn` executes one instruction of one warrior."""

    def __init__(
        self,
        warriors: Sequence[Warrior],
        positions: Sequence[int],
        settings: CoreSettings,
        pspaces: PSpaces,
    ) -> None:
        self.size = settings.core_size
        self.max_processes = settings.max_processes
        self.pspaces = pspaces
        self.core = [BLANK] * self.size
        self.queues: list[deque[int]] = []
        self.spl_counts = [0] * len(warriors)
        self.record_events = False
        self.events: list[Event] = []
        self.warrior = 0  # whose turn it is
        self.pc = 0  # where its executing process is
        for warrior, position in zip(warriors, positions, strict=True):
            for offset, instruction in enumerate(warrior.instructions):
                self.core[(position + offset) % self.size] = in_core(instruction, self.size)
            self.queues.append(deque([(position + warrior.start) % self.size]))
        self.entered = [set(queue) for queue in self.queues]

    def turn(self, warrior: int) -> None:
        """Takes the process at the head of the warrior's queue through one instruction."""
        self.warrior = warrior
        self.pc = self.queues[warrior].popleft()
        self.note("x", self.pc)
        instruction = self.core[self.pc]
        a = self.evaluate(instruction.a_mode, instruction.a)
        b = self.evaluate(instruction.b_mode, instruction.b)
        queued = [self.enqueue(address) for address in self.execute(instruction, a, b)]
        if len(queued) == 2 and all(queued):
            self.spl_counts[warrior] += 1

    def enqueue(self, address: int) -> bool:
        """Adds a process at the tail of the queue; False: the queue is full."""
        queue = self.queues[self.warrior]
        if len(queue) >= self.max_processes:
            return False
        queue.append(address % self.size)
        self.entered[self.warrior].add(address % self.size)
        return True

    def evaluate(self, mode: Mode, number: int) -> Operand:
        """Evaluates one operand with its side effects, on the core as it is now.

        An immediate operand is the instruction at PC: for B, what A's side effects made of it.
        """
        if mode is Mode.IMMEDIATE:
            return Operand(self.pc, self.core[self.pc])
        if mode is Mode.DIRECT:
            return self.fetch(self.pc + number)

        pointer = (self.pc + number) % self.size
        goes_through: Field = "b"
        if mode in (Mode.A_INDIRECT, Mode.A_PREDECREMENT, Mode.A_POSTINCREMENT):
            goes_through = "a"
        if mode in (Mode.A_PREDECREMENT, Mode.B_PREDECREMENT):
            self.write(pointer, {goes_through: getattr(self.core[pointer], goes_through) - 1})
        self.note("r", pointer)
        operand = self.fetch(pointer + getattr(self.core[pointer], goes_through))
        if mode in (Mode.A_POSTINCREMENT, Mode.B_POSTINCREMENT):
            self.write(pointer, {goes_through: getattr(self.core[pointer], goes_through) + 1})
        return operand

    def fetch(self, address: int) -> Operand:
        """Copies the instruction at an address into a register."""
        address %= self.size
        self.note("r", address)
        return Operand(address, self.core[address])

    def write(self, address: int, numbers: dict[Field, int]) -> None:
        """Writes numbers into the fields at an address, modulo core_size."""
        reduced = {name: number % self.size for name, number in numbers.items()}
        self.core[address] = self.core[address]._replace(**reduced)
        self.note("w", address)

    def note(self, kind: EventKind, address: int) -> None:
        """Records what the executing process does."""
        if self.record_events:
            self.events.append((self.warrior, kind, address))

    def execute(self, instruction: CoreInstruction, a: Operand, b: Operand) -> list[int]:
        """Executes an instruction whose operands are evaluated.

        Returns:
            The addresses to queue, in order: none when the process dies, two for SPL.
        """
        match instruction.opcode:
            case Opcode.MOV:
                self.move(instruction.modifier, a, b)
            case Opcode.ADD | Opcode.SUB | Opcode.MUL | Opcode.DIV | Opcode.MOD:
                if not self.calculate(instruction, a, b):
                    return []
            case Opcode.DJN:
                now = self.core[b.address]
                targets = [y for _, y in FIELD_PAIRS[instruction.modifier]]
                self.write(b.address, {y: getattr(now, y) - 1 for y in targets})
            case Opcode.LDP | Opcode.STP:
                self.use_pspace(instruction, a, b)
        return self.next_addresses(instruction, a, b)

    def next_addresses(self, instruction: CoreInstruction, a: Operand, b: Operand) -> list[int]:
        """Where the process goes on, once the instruction has done its work in core."""
        match instruction.opcode:
            case Opcode.DAT:
                return []
            case Opcode.SPL:
                return [self.pc + 1, a.address]
            case Opcode.JMP:
                return [a.address]
            case Opcode.JMZ | Opcode.JMN | Opcode.DJN:
                return [a.address if jumps(instruction, b) else self.pc + 1]
            case Opcode.SEQ | Opcode.CMP | Opcode.SNE | Opcode.SLT:
                return [self.pc + 2 if skips(instruction, a, b) else self.pc + 1]
            case _:
                return [self.pc + 1]

    def move(self, modifier: Modifier, a: Operand, b: Operand) -> None:
        """MOV: numbers, or with .I the whole instruction."""
        if modifier is Modifier.I:
            self.core[b.address] = a.register
            self.note("w", b.address)
        else:
            pairs = FIELD_PAIRS[modifier]
            self.write(b.address, {y: getattr(a.register, x) for x, y in pairs})

    def calculate(self, instruction: CoreInstruction, a: Operand, b: Operand) -> bool:
        """ADD SUB MUL DIV MOD; False: a divisor was zero (and left its field alone)."""
        results: dict[Field, int] = {}
        pairs = FIELD_PAIRS[instruction.modifier]
        for x, y in pairs:
            left, right = getattr(b.register, y), getattr(a.register, x)
            match instruction.opcode:
                case Opcode.ADD:
                    results[y] = left + right
                case Opcode.SUB:
                    results[y] = left - right
                case Opcode.MUL:
                    results[y] = left * right
                case Opcode.DIV if right != 0:
                    results[y] = left // right
                case Opcode.MOD if right != 0:
                    results[y] = left % right
        if results:
            self.write(b.address, results)
        return len(results) == len(pairs)

    def use_pspace(self, instruction: CoreInstruction, a: Operand, b: Operand) -> None:
        """LDP: P-space cell (A's number) to core; STP: number to cell (B's number)."""
        x, y = PSPACE_PAIR[instruction.modifier]
        a_value, b_value = getattr(a.register, x), getattr(b.register, y)
        if instruction.opcode is Opcode.LDP:
            self.write(b.address, {y: self.pspaces.load(self.warrior, a_value)})
        else:
            self.pspaces.store(self.warrior, b_value, a_value)


def jumps(instruction: CoreInstruction, b: Operand) -> bool:
    """JMZ: all tested fields are zero; JMN: not all; DJN: not all would be after decrement."""
    tested = [getattr(b.register, y) for _, y in FIELD_PAIRS[instruction.modifier]]
    match instruction.opcode:
        case Opcode.JMZ:
            return all(number == 0 for number in tested)
        case Opcode.JMN:
            return not all(number == 0 for number in tested)
        case _:
            return not all(number == 1 for number in tested)


def skips(instruction: CoreInstruction, a: Operand, b: Operand) -> bool:
    """SEQ: all pairs of fields are equal; SNE: not all; SLT: A is less than B in all pairs."""
    pairs = [
        (getattr(a.register, x), getattr(b.register, y))
        for x, y in FIELD_PAIRS[instruction.modifier]
    ]
    if instruction.opcode is Opcode.SLT:
        return all(x < y for x, y in pairs)
    equal = all(x == y for x, y in pairs)
    if instruction.modifier is Modifier.I:
        equal = a.register == b.register
    return equal != (instruction.opcode is Opcode.SNE)


def in_core(instruction: Instruction, core_size: int) -> CoreInstruction:
    """An instruction as the core keeps it."""
    return CoreInstruction(
        instruction.opcode,
        instruction.modifier,
        instruction.a_mode,
        instruction.a_number % core_size,
        instruction.b_mode,
        instruction.b_number % core_size,
    )


def fight(
    warriors: Sequence[Warrior],
    positions: Sequence[int],
    settings: CoreSettings,
    *,
    first: int = 0,
    pspaces: PSpaces | None = None,
    to_the_end: bool = False,
    max_instructions: int | None = None,
    record_events: bool = False,
) -> NaiveOutcome:
    """Runs one fight to its end.

    Args:
        warriors: One or more.
        positions: One address a warrior.
        settings: Rules; `min_distance` is not checked.
        first: The warrior that starts; the others follow in the order of their indices.
        pspaces: What earlier fights left (not changed); None: as before the first fight.
        to_the_end: Every living warrior has `max_cycles` turns, also the last survivor. Else the
            fight ends as pMARS's: when fewer than two live (of two or more), or when the
            budget of instructions is used up.
        max_instructions: Stop early, after this many instructions of all warriors together.
        record_events: Keep `events` (else they stay empty).

    Raises:
        ValueError: A warrior has LDP or STP and there is no P-space.
    """
    if settings.pspace_size == 0 and any(uses_pspace(warrior) for warrior in warriors):
        raise ValueError("pspace_size must be positive with LDP and STP: got 0")
    pspaces = PSpaces.new(warriors, settings) if pspaces is None else pspaces.copy()
    mars = NaiveMars(warriors, positions, settings, pspaces)
    mars.record_events = record_events
    death_cycle = [-1] * len(warriors)
    if to_the_end:
        turns = living_turns(mars, first, range(settings.max_cycles))
    else:
        turns = pmars_turns(mars, first, settings)
    instructions = 0
    for cycle, warrior in turns:
        if instructions == max_instructions:
            break
        mars.turn(warrior)
        instructions += 1
        if not mars.queues[warrior]:
            death_cycle[warrior] = cycle
    return NaiveOutcome(
        core=mars.core,
        queues=[list(queue) for queue in mars.queues],
        alive=[bool(queue) for queue in mars.queues],
        death_cycle=death_cycle,
        spl_counts=mars.spl_counts,
        coverage=[len(addresses) for addresses in mars.entered],
        pspaces=pspaces,
        instructions=instructions,
        events=mars.events,
    )


def uses_pspace(warrior: Warrior) -> bool:
    """Whether there is an LDP or an STP in it."""
    return any(line.opcode in (Opcode.LDP, Opcode.STP) for line in warrior.instructions)


def living_turns(mars: NaiveMars, first: int, cycles: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yields (cycle, warrior) for each turn of a living warrior, until all are dead."""
    n_warriors = len(mars.queues)
    for cycle in cycles:
        for offset in range(n_warriors):
            warrior = (first + offset) % n_warriors
            if mars.queues[warrior]:
                yield cycle, warrior
        if not any(mars.queues):
            return


def pmars_turns(mars: NaiveMars, first: int, settings: CoreSettings) -> Iterator[tuple[int, int]]:
    """Yields (cycle, warrior) for each turn that pMARS gives.

    The budget counts instructions. A death takes away the dead warrior's share of what remains,
    by pMARS's reckoning, so that the survivors get `max_cycles` turns each.
    """
    n_warriors = len(mars.queues)
    fewest = min(n_warriors, 2)
    budget = n_warriors * settings.max_cycles
    for cycle, warrior in living_turns(mars, first, count()):
        living_before = sum(map(bool, mars.queues))
        yield cycle, warrior
        living = sum(map(bool, mars.queues))
        if living < fewest:
            return
        if living < living_before:
            budget = budget - 1 - (budget - 1) // living_before
        budget -= 1
        if budget <= 0:
            return


def battle(
    warriors: Sequence[Warrior],
    settings: CoreSettings,
    *,
    fights: int,
    fixed_position: int | None = None,
    seed: int | None = None,
) -> list[list[int]]:
    """Fights again and again, as pMARS with `-r fights`.

    Args:
        warriors: One or more.
        settings: Rules.
        fights: Number of fights.
        fixed_position: pMARS's `-F`: position of the second warrior in the first fight.
        seed: Start of the series of positions, instead of `fixed_position`; pMARS's `-f` is
            `seed=generator(checksum(warriors, core_size))`.

    Returns:
        The survivors table: [w][s] is in how many fights warrior w survived with s survivors in
        all, [w][0] how many it lost.
    """
    if (fixed_position is None) == (seed is None):
        raise ValueError(
            f"expected either fixed_position or seed: got {fixed_position!r} and {seed!r}"
        )
    if seed is None:
        seed = fixed_position - settings.min_distance
    table = [[0] * (len(warriors) + 1) for _ in warriors]
    pspaces = PSpaces.new(warriors, settings)
    for index in range(fights):
        positions, seed = place(len(warriors), settings, seed)
        first = index % len(warriors)
        outcome = fight(warriors, positions, settings, first=first, pspaces=pspaces)
        for warrior, lives in enumerate(outcome.alive):
            table[warrior][sum(outcome.alive) if lives else 0] += 1
        pspaces = outcome.pspaces.after(outcome.alive, settings.core_size)
    return table


def generator(seed: int) -> int:
    """The next number of pMARS's generator (Park and Miller's, by Schrage's method)."""
    seed = 16807 * (seed % 127_773) - 2836 * (seed // 127_773)
    return seed + RANDOM_MODULUS if seed < 0 else seed


def place(n_warriors: int, settings: CoreSettings, seed: int) -> tuple[list[int], int]:
    """Positions of one fight, and the seed for the next; warrior 0 always lies at 0."""
    if n_warriors == 1:
        return [0], seed
    if n_warriors == 2:
        return positions_two(settings, seed)
    positions, seed = posit(n_warriors, settings, seed)
    if positions is None:
        positions, seed = npos(n_warriors, settings, seed)
    return positions, seed


def positions_two(settings: CoreSettings, seed: int) -> tuple[list[int], int]:
    """Positions of two warriors: the seed itself counts, then it moves on."""
    distance = settings.min_distance
    return [0, distance + seed % (settings.core_size + 1 - 2 * distance)], generator(seed)


def posit(n_warriors: int, settings: CoreSettings, seed: int) -> tuple[list[int] | None, int]:
    """Positions by trial and error; None when pMARS gives up."""
    distance = settings.min_distance
    positions = [0] * n_warriors
    redraws, backtracks = POSIT_REDRAWS, POSIT_BACKTRACKS
    k = 1
    while k < n_warriors:
        seed = generator(seed)
        positions[k] = seed % (settings.core_size - 2 * distance + 1) + distance
        conflicts = [i for i in range(1, k) if abs(positions[i] - positions[k]) < distance]
        if not conflicts:
            k += 1
        elif backtracks == 0:
            return None, seed
        elif redraws == 0:
            k = conflicts[0]
            backtracks -= 1
            redraws = POSIT_REDRAWS
        else:
            redraws -= 1
    return positions, seed


def npos(n_warriors: int, settings: CoreSettings, seed: int) -> tuple[list[int], int]:
    """Positions that fit however tight the core is: gaps drawn, then shuffled."""
    distance = settings.min_distance
    room = settings.core_size - distance * n_warriors + 1
    gaps = []
    for _ in range(1, n_warriors):
        seed = generator(seed)
        gaps.append(seed % room)
    positions = [0] + [gap + k * distance for k, gap in enumerate(sorted(gaps), start=1)]
    for i in range(1, n_warriors):
        seed = generator(seed)
        j = i + seed % (n_warriors - i)
        positions[i], positions[j] = positions[j], positions[i]
    return positions, seed


def checksum(warriors: Sequence[Warrior], core_size: int) -> int:
    """pMARS's checksum over all warriors, from which `-f` makes its seed."""
    total, counter = 0, 0
    for warrior in warriors:
        for line in warrior.instructions:
            for value in (
                line.opcode * 8 + line.modifier,
                checksum_mode(line.a_mode),
                checksum_mode(line.b_mode),
                line.a_number % core_size,
                line.b_number % core_size,
            ):
                total += value ^ counter
                counter += 1
    return total


def checksum_mode(mode: Mode) -> int:
    """pMARS's code of a mode: `# $ @ < >` are 0 to 4, `* { }` are 130 to 132."""
    return mode.value if mode <= Mode.B_POSTINCREMENT else mode.value + 125
