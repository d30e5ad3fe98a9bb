"""The virtual machine: the only compiled code of the project.

Arrays in, arrays out; who fights whom, where and how often is `mars.fights`'s business. The
semantics are pMARS 0.9.4's, as `tests/naive_mars.py` spells them out slowly.

How the machine is laid out, and why (each was measured, see `docs/engine.md`):

- A core word is one unsigned 64-bit integer: opcode and modifier in bits 0-7, the modes in bits
  8-10 (A) and 11-13 (B), the dispatch case in bits 16-31, the A-number in bits 32-47, the
  B-number in bits 48-63. The case is a function of the lower bits, so equal instructions are equal
  words. Everything is unsigned: Numba then needs no test for negative indices.
- A process queue is a ring of 16-bit addresses, its size a power of two. All living warriors take
  one process per cycle, so the head of every queue is the number of the cycle; a warrior is dead
  when its tail has not moved beyond it.
- What the next warrior will execute is read before the present instruction is dispatched, and
  read again only if that instruction changed it: a mispredicted jump then costs less.
- MOV.I is dispatched by both modes at once, SPL and DAT by the A-mode; all else by modes first and
  opcode with modifier second.
- The fast loop has the two warriors in two copies of the code, so that each has its own jumps to
  be predicted. It is compiled three times: with the usual core size as a constant, with any core
  size, and counting.

This file and `step` in it are long because helpers that take arrays are only free when they are
compiled, inlined and cached together with the main loop.
"""

from collections.abc import Callable
from contextlib import suppress
from pickle import UnpicklingError
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mars.redcode import Instruction, Mode, Modifier, Opcode, Warrior

U64 = np.uint64
Words = NDArray[np.uint64]
Addresses = NDArray[np.uint16]
Integers = NDArray[np.int64]
Events = NDArray[np.int32]
Flags = NDArray[np.uint8]
Truth = Any  # Numba's boolean; numpy's when interpreted
Function = TypeVar("Function", bound=Callable[..., Any])

# What reading a damaged or outdated file of Numba's cache can raise.
UNREADABLE: Final = (
    OSError,
    EOFError,
    UnpicklingError,
    ValueError,
    TypeError,
    AttributeError,
    ImportError,
    LookupError,
)

ONE: Final = U64(1)
ZERO: Final = U64(0)
B_ONE: Final = U64(1 << 48)
A_ONE: Final = U64(1 << 32)
FIELD: Final = U64(0xFFFF)
KEEP_B: Final = U64(0xFFFF_0000_FFFF_FFFF)
KEEP_A: Final = U64(0x0000_FFFF_FFFF_FFFF)
KEEP_OPERATION: Final = U64(0x0000_0000_FFFF_FFFF)

IMMEDIATE: Final = U64(Mode.IMMEDIATE)
DIRECT: Final = U64(Mode.DIRECT)
B_INDIRECT: Final = U64(Mode.B_INDIRECT)
B_PREDECREMENT: Final = U64(Mode.B_PREDECREMENT)
B_POSTINCREMENT: Final = U64(Mode.B_POSTINCREMENT)
A_INDIRECT: Final = U64(Mode.A_INDIRECT)
A_PREDECREMENT: Final = U64(Mode.A_PREDECREMENT)
A_POSTINCREMENT: Final = U64(Mode.A_POSTINCREMENT)

MOV: Final = U64(Opcode.MOV)
ADD: Final = U64(Opcode.ADD)
SUB: Final = U64(Opcode.SUB)
MUL: Final = U64(Opcode.MUL)
DIV: Final = U64(Opcode.DIV)
MOD: Final = U64(Opcode.MOD)
JMZ: Final = U64(Opcode.JMZ)
JMN: Final = U64(Opcode.JMN)
DJN: Final = U64(Opcode.DJN)
CMP: Final = U64(Opcode.CMP)
SLT: Final = U64(Opcode.SLT)
SPL: Final = U64(Opcode.SPL)
DAT: Final = U64(Opcode.DAT)
JMP: Final = U64(Opcode.JMP)
SEQ: Final = U64(Opcode.SEQ)
SNE: Final = U64(Opcode.SNE)
NOP: Final = U64(Opcode.NOP)
LDP: Final = U64(Opcode.LDP)
STP: Final = U64(Opcode.STP)

M_A: Final = U64(Modifier.A)
M_B: Final = U64(Modifier.B)
M_AB: Final = U64(Modifier.AB)
M_BA: Final = U64(Modifier.BA)
M_F: Final = U64(Modifier.F)
M_X: Final = U64(Modifier.X)
M_I: Final = U64(Modifier.I)

# Dispatch cases, in octal digits: 0oAB is MOV.I with A-mode A and B-mode B, 0o10A is SPL and 0o11A
# DAT with A-mode A; `step` spells them out.
SPL_CASE: Final = 0o100
DAT_CASE: Final = 0o110
OTHER_CASE: Final = 0o120

USUAL_CORE_SIZE: Final = 8000
USUAL_RING_MASK: Final = 8191
TIE_CHECK_CYCLES: Final = U64(256)

# Indices into the state of a machine that can be stopped and resumed.
CYCLE, TURN, LIVING, BUDGET, EXECUTED, EVENTS, FINISHED = range(7)
STATE_SIZE: Final = 7
EVENT_EXECUTE, EVENT_READ, EVENT_WRITE = range(3)
MAX_EVENTS_PER_INSTRUCTION: Final = 8
FOREVER: Final = U64(1 << 62)


class Rules(NamedTuple):
    """What the machine needs of the settings."""

    core_size: int
    max_cycles: int
    max_processes: int
    to_the_end: bool


class Lineup(NamedTuple):
    """Who fights, and where in each fight.

    Attributes:
        code: (n_warriors, longest) words, one row a warrior.
        lengths, starts: (n_warriors,) instructions, and where execution starts.
        positions: (fights, n_warriors) load addresses.
        firsts: (fights,) index of the warrior that executes first.
    """

    code: Words
    lengths: Integers
    starts: Integers
    positions: Integers
    firsts: Integers


class PSpace(NamedTuple):
    """Private storage; lives on from fight to fight.

    Attributes:
        cells: (n_spaces, pspace_size); element 0 of each row is not used.
        space_of: (n_warriors,) the row of each warrior.
        last_results: (n_warriors,) cell 0 of each warrior.
    """

    cells: Addresses
    space_of: Integers
    last_results: Integers


class MachineArrays(NamedTuple):
    """A core with warriors in it, and all that changes while they fight.

    Attributes:
        core: (core_size,) words.
        queues: (n_warriors * ring,) process queues, one ring a warrior.
        tails: (n_warriors,) how many processes were ever queued; `ring_mask` gives the place.
        order: (n_warriors,) the living warriors in order of execution come first.
        deaths, spawned: (n_warriors,) as in `Results`.
        entered: (n_warriors, core_size) 1 where an address entered the queue; one column where
            nothing is counted.
        cells, space_of, last_results: The `PSpace`.
        state: (STATE_SIZE,) where execution stands.
    """

    core: Words
    queues: Addresses
    tails: Words
    order: Integers
    deaths: Integers
    spawned: Integers
    entered: Flags
    cells: Addresses
    space_of: Integers
    last_results: Integers
    state: Words


class Results(NamedTuple):
    """What came of the fights; filled in by the compiled code.

    Attributes:
        deaths: (fights, n_warriors) cycle in which the last process ended, -1: never.
        executed: (fights,) instructions of all warriors.
        spawned: (fights, n_warriors) SPLs that added a process.
        coverage: (fights, n_warriors) distinct addresses that ever entered the queue.
    """

    deaths: Integers
    executed: Integers
    spawned: Integers
    coverage: Integers


def _dispatch_case(operation: int) -> int:
    """The dispatch case of an instruction's lower 14 bits."""
    opcode, modifier = operation >> 3 & 31, operation & 7
    a_mode, b_mode = operation >> 8 & 7, operation >> 11 & 7
    if opcode == Opcode.MOV and modifier == Modifier.I:
        return a_mode << 3 | b_mode
    if opcode == Opcode.SPL:
        return SPL_CASE + a_mode
    if opcode == Opcode.DAT:
        return DAT_CASE + a_mode
    return OTHER_CASE


def encode(warrior: Warrior, core_size: int) -> Words:
    """A warrior as core words, shape (len(warrior),); numbers modulo core_size."""
    words = []
    for line in warrior.instructions:
        operation = line.opcode << 3 | line.modifier | line.a_mode << 8 | line.b_mode << 11
        numbers = line.a_number % core_size << 32 | line.b_number % core_size << 48
        words.append(operation | _dispatch_case(operation) << 16 | numbers)
    return np.array(words, dtype=np.uint64)


def decode(word: U64) -> Instruction:
    """The instruction of a core word, numbers in [0, core_size)."""
    bits = int(word)
    return Instruction(
        Opcode(bits >> 3 & 31),
        Modifier(bits & 7),
        Mode(bits >> 8 & 7),
        bits >> 32 & 0xFFFF,
        Mode(bits >> 11 & 7),
        bits >> 48,
    )


_BLANK_OPERATION = Opcode.DAT << 3 | Modifier.F | Mode.DIRECT << 8 | Mode.DIRECT << 11
BLANK: Final = U64(_BLANK_OPERATION | _dispatch_case(_BLANK_OPERATION) << 16)


def _inlined(function: Function) -> Function:
    """Compiles a helper that LLVM always inlines.

    `_nrt=False` is Numba's own switch for code that allocates nothing: without it every helper
    that takes an array counts references, which costs a factor of four.
    """
    return _compiled(function, forceinline=True, _nrt=False)


def _loop(function: Function) -> Function:
    """Compiles a main loop, not inlined into its callers; like its helpers it allocates nothing."""
    return _compiled(function, nogil=True, _nrt=False)


def _entry(function: Function) -> Function:
    """Compiles a function that Python calls, once for all processes; it runs without the GIL."""
    try:
        compiled = _compiled(function, nogil=True, cache=True)
    except RuntimeError:  # nowhere to write: compile anew in every process
        return _compiled(function, nogil=True)
    if hasattr(compiled, "_cache"):
        compiled._cache = _ForgivingCache(compiled._cache)
    return compiled


class _ForgivingCache:
    """Numba's cache on disk, but a damaged or full one costs a compilation, not the program."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The compiled code, or None: compile."""
        try:
            return self._cache.load_overload(signature, context)
        except UNREADABLE:
            with suppress(OSError):
                self._cache.flush()
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keeps compiled code if there is room."""
        with suppress(OSError):
            self._cache.save_overload(signature, compiled)


def _compiled(function: Function, **options: Any) -> Function:
    compiled: Function = njit(boundscheck=False, error_model="numpy", **options)(function)
    return compiled


@_inlined
def a_of(word: U64) -> U64:
    """The A-number."""
    return word >> U64(32) & FIELD


@_inlined
def b_of(word: U64) -> U64:
    """The B-number."""
    return word >> U64(48)


@_inlined
def with_a(word: U64, a: U64) -> U64:
    return word & KEEP_B | a << U64(32)


@_inlined
def with_b(word: U64, b: U64) -> U64:
    return word & KEEP_A | b << U64(48)


@_inlined
def with_ab(word: U64, a: U64, b: U64) -> U64:
    return word & KEEP_OPERATION | a << U64(32) | b << U64(48)


@_inlined
def add(x: U64, y: U64, m: U64) -> U64:
    """x + y modulo m, for x and y below m."""
    return x + y if x + y < m else x + y - m


@_inlined
def subtract(x: U64, y: U64, m: U64) -> U64:
    """x - y modulo m, for x and y below m."""
    return x - y if x >= y else x + (m - y)


@_inlined
def successor(x: U64, m: U64) -> U64:
    return x + ONE if x + ONE < m else ZERO


@_inlined
def increment_a(word: U64, m: U64) -> U64:
    return word + A_ONE if a_of(word) < m - ONE else word - (m - ONE << U64(32))


@_inlined
def decrement_a(word: U64, m: U64) -> U64:
    return word - A_ONE if a_of(word) != ZERO else word + (m - ONE << U64(32))


@_inlined
def increment_b(word: U64, m: U64) -> U64:
    return word + B_ONE if word < m - ONE << U64(48) else word - (m - ONE << U64(48))


@_inlined
def decrement_b(word: U64, m: U64) -> U64:
    return word - B_ONE if word >= B_ONE else word + (m - ONE << U64(48))


@_inlined
def operand(core: Words, pc: U64, number: U64, mode: U64, m: U64) -> tuple[U64, U64]:
    """Evaluates an operand with its side effects.

    An immediate one is the core's instruction at PC as it is now: for B after A's side effects.

    Returns:
        Its address, and a copy of the instruction there from before any post-increment.
    """
    p = add(pc, number, m)
    if mode == DIRECT:
        return p, core[p]
    if mode == IMMEDIATE:
        return pc, core[pc]
    pointer = core[p]
    if mode == B_INDIRECT:
        address = add(p, b_of(pointer), m)
        return address, core[address]
    if mode == B_PREDECREMENT:
        pointer = decrement_b(pointer, m)
        core[p] = pointer
        address = add(p, b_of(pointer), m)
        return address, core[address]
    if mode == B_POSTINCREMENT:
        address = add(p, b_of(pointer), m)
        register = core[address]
        core[p] = increment_b(pointer, m)
        return address, register
    if mode == A_INDIRECT:
        address = add(p, a_of(pointer), m)
        return address, core[address]
    if mode == A_PREDECREMENT:
        pointer = decrement_a(pointer, m)
        core[p] = pointer
        address = add(p, a_of(pointer), m)
        return address, core[address]
    address = add(p, a_of(pointer), m)
    register = core[address]
    core[p] = increment_a(pointer, m)
    return address, register


@_inlined
def move(core: Words, pc: U64, word: U64, a_mode: U64, b_mode: U64, m: U64) -> None:
    """MOV.I with known modes."""
    moved = word
    if a_mode != IMMEDIATE:
        _, moved = operand(core, pc, a_of(word), a_mode, m)
    address, _ = operand(core, pc, b_of(word), b_mode, m)
    core[address] = moved


@_inlined
def split(
    core: Words,
    queue: Addresses,
    pc: U64,
    word: U64,
    base: U64,
    mask: U64,
    head: U64,
    tail: U64,
    max_processes: U64,
    a_mode: U64,
    b_mode: U64,
    m: U64,
) -> tuple[U64, U64]:
    """SPL; returns what goes to the queue last, and the tail before that."""
    target, _ = operand(core, pc, a_of(word), a_mode, m)
    operand(core, pc, b_of(word), b_mode, m)
    following = successor(pc, m)
    if tail - head >= max_processes - ONE:
        return following, tail
    queue[base + (tail & mask)] = following
    return target, tail + ONE


@_inlined
def die(core: Words, pc: U64, word: U64, a_mode: U64, b_mode: U64, m: U64) -> None:
    """DAT: both operands are evaluated all the same."""
    operand(core, pc, a_of(word), a_mode, m)
    operand(core, pc, b_of(word), b_mode, m)


@_inlined
def calculate(opcode: U64, x: U64, y: U64, m: U64) -> U64:
    """What MOV ADD SUB MUL DIV MOD make of A's number x and B's number y; not for divisors of 0."""
    if opcode == MOV:
        return x
    if opcode == ADD:
        return add(y, x, m)
    if opcode == SUB:
        return subtract(y, x, m)
    if opcode == MUL:
        return y * x % m
    if opcode == DIV:
        return y // x
    return y % x


@_inlined
def write_fields(
    core: Words, address: U64, a_register: U64, b_register: U64, modifier: U64, opcode: U64, m: U64
) -> None:
    """MOV ADD SUB MUL on the fields that the modifier names (MOV.I is elsewhere)."""
    aa, ab = a_of(a_register), b_of(a_register)
    ba, bb = a_of(b_register), b_of(b_register)
    word = core[address]
    if modifier == M_A:
        core[address] = with_a(word, calculate(opcode, aa, ba, m))
    elif modifier == M_B:
        core[address] = with_b(word, calculate(opcode, ab, bb, m))
    elif modifier == M_AB:
        core[address] = with_b(word, calculate(opcode, aa, bb, m))
    elif modifier == M_BA:
        core[address] = with_a(word, calculate(opcode, ab, ba, m))
    elif modifier == M_X:
        a, b = calculate(opcode, ab, ba, m), calculate(opcode, aa, bb, m)
        core[address] = with_ab(word, a, b)
    else:
        a, b = calculate(opcode, aa, ba, m), calculate(opcode, ab, bb, m)
        core[address] = with_ab(word, a, b)


@_inlined
def divisors(register: U64, modifier: U64) -> tuple[bool, U64, bool, U64]:
    """Which fields DIV and MOD divide, and by what.

    Returns:
        Whether the A-field, its divisor, whether the B-field, its divisor.
    """
    crossed = modifier == M_X or modifier == M_BA or modifier == M_AB
    for_a = b_of(register) if crossed else a_of(register)
    for_b = a_of(register) if crossed else b_of(register)
    in_a = modifier != M_B and modifier != M_AB
    in_b = modifier != M_A and modifier != M_BA
    return in_a, for_a, in_b, for_b


@_inlined
def divide_fields(
    core: Words, address: U64, a_register: U64, b_register: U64, modifier: U64, opcode: U64, m: U64
) -> bool:
    """DIV and MOD: a divisor of 0 leaves its field alone and ends the process.

    Returns:
        Whether the process lives.
    """
    in_a, for_a, in_b, for_b = divisors(a_register, modifier)
    word = core[address]
    if in_a and for_a != ZERO:
        word = with_a(word, calculate(opcode, for_a, a_of(b_register), m))
    if in_b and for_b != ZERO:
        word = with_b(word, calculate(opcode, for_b, b_of(b_register), m))
    core[address] = word
    return not ((in_a and for_a == ZERO) or (in_b and for_b == ZERO))


@_inlined
def decremented(word: U64, modifier: U64, m: U64) -> U64:
    """What DJN makes of the instruction at the B address."""
    if modifier == M_B or modifier == M_AB:
        return decrement_b(word, m)
    if modifier == M_A or modifier == M_BA:
        return decrement_a(word, m)
    return decrement_a(decrement_b(word, m), m)


@_inlined
def all_are(number: U64, register: U64, modifier: U64) -> Truth:
    """Whether the fields that JMZ, JMN and DJN test are all this number."""
    if modifier == M_B or modifier == M_AB:
        return b_of(register) == number
    if modifier == M_A or modifier == M_BA:
        return a_of(register) == number
    return register >> U64(32) == number | number << U64(16)


@_inlined
def equal(a_register: U64, b_register: U64, modifier: U64) -> Truth:
    """SEQ; under .I all six parts."""
    if modifier == M_I:
        return a_register == b_register
    if modifier == M_A:
        return a_of(a_register) == a_of(b_register)
    if modifier == M_B:
        return b_of(a_register) == b_of(b_register)
    if modifier == M_AB:
        return a_of(a_register) == b_of(b_register)
    if modifier == M_BA:
        return b_of(a_register) == a_of(b_register)
    if modifier == M_F:
        return a_register >> U64(32) == b_register >> U64(32)
    crossed = with_ab(a_register, b_of(a_register), a_of(a_register))
    return crossed >> U64(32) == b_register >> U64(32)


@_inlined
def less(a_register: U64, b_register: U64, modifier: U64) -> Truth:
    """SLT."""
    aa, ab = a_of(a_register), b_of(a_register)
    ba, bb = a_of(b_register), b_of(b_register)
    if modifier == M_A:
        return aa < ba
    if modifier == M_B:
        return ab < bb
    if modifier == M_AB:
        return aa < bb
    if modifier == M_BA:
        return ab < ba
    if modifier == M_X:
        return aa < bb and ab < ba
    return aa < ba and ab < bb


@_inlined
def execute(core: Words, pc: U64, word: U64, following: U64, m: U64) -> U64:
    """Executes all but MOV.I, SPL, DAT, LDP and STP.

    Returns:
        Where the process goes on; m when it dies.
    """
    opcode = word >> U64(3) & U64(31)
    modifier = word & U64(7)
    a, ra = operand(core, pc, a_of(word), word >> U64(8) & U64(7), m)
    b, rb = operand(core, pc, b_of(word), word >> U64(11) & U64(7), m)
    if opcode == MOV:
        write_fields(core, b, ra, rb, modifier, MOV, m)
    elif opcode == ADD:
        write_fields(core, b, ra, rb, modifier, ADD, m)
    elif opcode == SUB:
        write_fields(core, b, ra, rb, modifier, SUB, m)
    elif opcode == MUL:
        write_fields(core, b, ra, rb, modifier, MUL, m)
    elif opcode == DIV:
        return following if divide_fields(core, b, ra, rb, modifier, DIV, m) else m
    elif opcode == MOD:
        return following if divide_fields(core, b, ra, rb, modifier, MOD, m) else m
    elif opcode == JMP:
        return a
    elif opcode == DJN:
        core[b] = decremented(core[b], modifier, m)
        return following if all_are(ONE, rb, modifier) else a
    elif opcode == JMZ:
        return a if all_are(ZERO, rb, modifier) else following
    elif opcode == JMN:
        return following if all_are(ZERO, rb, modifier) else a
    elif opcode == SEQ or opcode == CMP:
        return successor(following, m) if equal(ra, rb, modifier) else following
    elif opcode == SNE:
        return following if equal(ra, rb, modifier) else successor(following, m)
    elif opcode == SLT:
        return successor(following, m) if less(ra, rb, modifier) else following
    return following


@_inlined
def step(
    core: Words,
    queue: Addresses,
    pc: U64,
    word: U64,
    base: U64,
    mask: U64,
    head: U64,
    tail: U64,
    max_processes: U64,
    m: U64,
) -> U64:
    """Executes one instruction, anything but LDP and STP.

    Args:
        core: (m,) words.
        queue: All rings, one behind the other.
        pc: Where the process is.
        word: The instruction there.
        base: Where the warrior's ring starts in `queue`.
        mask: Ring size - 1.
        head: Of the warrior's queue, the executing process taken out.
        tail: Of the warrior's queue.
        max_processes: Longest queue.
        m: Core size.

    Returns:
        The new tail: the same if the process died, one more, or two after a successful SPL.
    """
    following = successor(pc, m)
    b_mode = word >> U64(11) & U64(7)
    case = word >> U64(16) & FIELD
    if case == U64(0o00):
        move(core, pc, word, U64(0), U64(0), m)
    elif case == U64(0o01):
        move(core, pc, word, U64(0), U64(1), m)
    elif case == U64(0o02):
        move(core, pc, word, U64(0), U64(2), m)
    elif case == U64(0o03):
        move(core, pc, word, U64(0), U64(3), m)
    elif case == U64(0o04):
        move(core, pc, word, U64(0), U64(4), m)
    elif case == U64(0o05):
        move(core, pc, word, U64(0), U64(5), m)
    elif case == U64(0o06):
        move(core, pc, word, U64(0), U64(6), m)
    elif case == U64(0o07):
        move(core, pc, word, U64(0), U64(7), m)
    elif case == U64(0o10):
        move(core, pc, word, U64(1), U64(0), m)
    elif case == U64(0o11):
        move(core, pc, word, U64(1), U64(1), m)
    elif case == U64(0o12):
        move(core, pc, word, U64(1), U64(2), m)
    elif case == U64(0o13):
        move(core, pc, word, U64(1), U64(3), m)
    elif case == U64(0o14):
        move(core, pc, word, U64(1), U64(4), m)
    elif case == U64(0o15):
        move(core, pc, word, U64(1), U64(5), m)
    elif case == U64(0o16):
        move(core, pc, word, U64(1), U64(6), m)
    elif case == U64(0o17):
        move(core, pc, word, U64(1), U64(7), m)
    elif case == U64(0o20):
        move(core, pc, word, U64(2), U64(0), m)
    elif case == U64(0o21):
        move(core, pc, word, U64(2), U64(1), m)
    elif case == U64(0o22):
        move(core, pc, word, U64(2), U64(2), m)
    elif case == U64(0o23):
        move(core, pc, word, U64(2), U64(3), m)
    elif case == U64(0o24):
        move(core, pc, word, U64(2), U64(4), m)
    elif case == U64(0o25):
        move(core, pc, word, U64(2), U64(5), m)
    elif case == U64(0o26):
        move(core, pc, word, U64(2), U64(6), m)
    elif case == U64(0o27):
        move(core, pc, word, U64(2), U64(7), m)
    elif case == U64(0o30):
        move(core, pc, word, U64(3), U64(0), m)
    elif case == U64(0o31):
        move(core, pc, word, U64(3), U64(1), m)
    elif case == U64(0o32):
        move(core, pc, word, U64(3), U64(2), m)
    elif case == U64(0o33):
        move(core, pc, word, U64(3), U64(3), m)
    elif case == U64(0o34):
        move(core, pc, word, U64(3), U64(4), m)
    elif case == U64(0o35):
        move(core, pc, word, U64(3), U64(5), m)
    elif case == U64(0o36):
        move(core, pc, word, U64(3), U64(6), m)
    elif case == U64(0o37):
        move(core, pc, word, U64(3), U64(7), m)
    elif case == U64(0o40):
        move(core, pc, word, U64(4), U64(0), m)
    elif case == U64(0o41):
        move(core, pc, word, U64(4), U64(1), m)
    elif case == U64(0o42):
        move(core, pc, word, U64(4), U64(2), m)
    elif case == U64(0o43):
        move(core, pc, word, U64(4), U64(3), m)
    elif case == U64(0o44):
        move(core, pc, word, U64(4), U64(4), m)
    elif case == U64(0o45):
        move(core, pc, word, U64(4), U64(5), m)
    elif case == U64(0o46):
        move(core, pc, word, U64(4), U64(6), m)
    elif case == U64(0o47):
        move(core, pc, word, U64(4), U64(7), m)
    elif case == U64(0o50):
        move(core, pc, word, U64(5), U64(0), m)
    elif case == U64(0o51):
        move(core, pc, word, U64(5), U64(1), m)
    elif case == U64(0o52):
        move(core, pc, word, U64(5), U64(2), m)
    elif case == U64(0o53):
        move(core, pc, word, U64(5), U64(3), m)
    elif case == U64(0o54):
        move(core, pc, word, U64(5), U64(4), m)
    elif case == U64(0o55):
        move(core, pc, word, U64(5), U64(5), m)
    elif case == U64(0o56):
        move(core, pc, word, U64(5), U64(6), m)
    elif case == U64(0o57):
        move(core, pc, word, U64(5), U64(7), m)
    elif case == U64(0o60):
        move(core, pc, word, U64(6), U64(0), m)
    elif case == U64(0o61):
        move(core, pc, word, U64(6), U64(1), m)
    elif case == U64(0o62):
        move(core, pc, word, U64(6), U64(2), m)
    elif case == U64(0o63):
        move(core, pc, word, U64(6), U64(3), m)
    elif case == U64(0o64):
        move(core, pc, word, U64(6), U64(4), m)
    elif case == U64(0o65):
        move(core, pc, word, U64(6), U64(5), m)
    elif case == U64(0o66):
        move(core, pc, word, U64(6), U64(6), m)
    elif case == U64(0o67):
        move(core, pc, word, U64(6), U64(7), m)
    elif case == U64(0o70):
        move(core, pc, word, U64(7), U64(0), m)
    elif case == U64(0o71):
        move(core, pc, word, U64(7), U64(1), m)
    elif case == U64(0o72):
        move(core, pc, word, U64(7), U64(2), m)
    elif case == U64(0o73):
        move(core, pc, word, U64(7), U64(3), m)
    elif case == U64(0o74):
        move(core, pc, word, U64(7), U64(4), m)
    elif case == U64(0o75):
        move(core, pc, word, U64(7), U64(5), m)
    elif case == U64(0o76):
        move(core, pc, word, U64(7), U64(6), m)
    elif case == U64(0o77):
        move(core, pc, word, U64(7), U64(7), m)
    elif case == U64(0o100):
        following, tail = split(
            core, queue, pc, word, base, mask, head, tail, max_processes, U64(0), b_mode, m
        )
    elif case == U64(0o101):
        following, tail = split(
            core, queue, pc, word, base, mask, head, tail, max_processes, U64(1), b_mode, m
        )
    elif case == U64(0o102):
        following, tail = split(
            core, queue, pc, word, base, mask, head, tail, max_processes, U64(2), b_mode, m
        )
    elif case == U64(0o103):
        following, tail = split(
            core, queue, pc, word, base, mask, head, tail, max_processes, U64(3), b_mode, m
        )
    elif case == U64(0o104):
        following, tail = split(
            core, queue, pc, word, base, mask, head, tail, max_processes, U64(4), b_mode, m
        )
    elif case == U64(0o105):
        following, tail = split(
            core, queue, pc, word, base, mask, head, tail, max_processes, U64(5), b_mode, m
        )
    elif case == U64(0o106):
        following, tail = split(
            core, queue, pc, word, base, mask, head, tail, max_processes, U64(6), b_mode, m
        )
    elif case == U64(0o107):
        following, tail = split(
            core, queue, pc, word, base, mask, head, tail, max_processes, U64(7), b_mode, m
        )
    elif case == U64(0o110):
        die(core, pc, word, U64(0), b_mode, m)
        return tail
    elif case == U64(0o111):
        die(core, pc, word, U64(1), b_mode, m)
        return tail
    elif case == U64(0o112):
        die(core, pc, word, U64(2), b_mode, m)
        return tail
    elif case == U64(0o113):
        die(core, pc, word, U64(3), b_mode, m)
        return tail
    elif case == U64(0o114):
        die(core, pc, word, U64(4), b_mode, m)
        return tail
    elif case == U64(0o115):
        die(core, pc, word, U64(5), b_mode, m)
        return tail
    elif case == U64(0o116):
        die(core, pc, word, U64(6), b_mode, m)
        return tail
    elif case == U64(0o117):
        die(core, pc, word, U64(7), b_mode, m)
        return tail
    else:
        following = execute(core, pc, word, following, m)
        if following == m:
            return tail
    queue[base + (tail & mask)] = following
    return tail + ONE


@_inlined
def step_pspace(
    machine: MachineArrays, pc: U64, word: U64, base: U64, mask: U64, tail: U64, w: U64, m: U64
) -> U64:
    """Executes LDP or STP; returns the new tail."""
    core, cells, last_results = machine.core, machine.cells, machine.last_results
    modifier = word & U64(7)
    _, ra = operand(core, pc, a_of(word), word >> U64(8) & U64(7), m)
    b, rb = operand(core, pc, b_of(word), word >> U64(11) & U64(7), m)
    to_a = modifier == M_A or modifier == M_BA
    a_value = a_of(ra) if modifier == M_A or modifier == M_AB else b_of(ra)
    b_value = a_of(rb) if to_a else b_of(rb)
    space, size = machine.space_of[w], U64(cells.shape[1])
    if word >> U64(3) & U64(31) == LDP:
        cell = a_value % size
        value = U64(last_results[w]) if cell == ZERO else U64(cells[space, cell])
        core[b] = with_a(core[b], value) if to_a else with_b(core[b], value)
    elif b_value % size == ZERO:
        last_results[w] = a_value
    else:
        cells[space, b_value % size] = a_value
    machine.queues[base + (tail & mask)] = successor(pc, m)
    return tail + ONE


@_inlined
def note(events: Events, n: U64, w: U64, kind: int, address: U64) -> U64:
    """Records an event; returns how many there are now."""
    events[n, 0] = w
    events[n, 1] = kind
    events[n, 2] = address
    return n + ONE


@_inlined
def trace_operand(
    core: Words, pc: U64, number: U64, mode: U64, events: Events, n: U64, w: U64, m: U64
) -> tuple[U64, U64, U64, U64, U64]:
    """Evaluates an operand, side effects included, and records what it touches.

    Returns:
        The address of its pointer and the instruction there before, for undoing; then address,
        instruction, and how many events there are now.
    """
    p = pc if mode == IMMEDIATE else add(pc, number, m)
    before = core[p]
    if mode == A_PREDECREMENT or mode == B_PREDECREMENT:
        n = note(events, n, w, EVENT_WRITE, p)
    if mode != IMMEDIATE and mode != DIRECT:
        n = note(events, n, w, EVENT_READ, p)
    address, register = operand(core, pc, number, mode, m)
    if mode != IMMEDIATE:
        n = note(events, n, w, EVENT_READ, address)
    if mode == A_POSTINCREMENT or mode == B_POSTINCREMENT:
        n = note(events, n, w, EVENT_WRITE, p)
    return p, before, address, register, n


@_inlined
def trace(core: Words, pc: U64, word: U64, events: Events, n: U64, w: U64, m: U64) -> U64:
    """Records what an instruction is about to do and leaves the core as it was."""
    opcode = word >> U64(3) & U64(31)
    n = note(events, n, w, EVENT_EXECUTE, pc)
    a_mode, b_mode = word >> U64(8) & U64(7), word >> U64(11) & U64(7)
    a_pointer, a_before, _, ra, n = trace_operand(core, pc, a_of(word), a_mode, events, n, w, m)
    b_pointer, b_before, b, _, n = trace_operand(core, pc, b_of(word), b_mode, events, n, w, m)
    core[b_pointer] = b_before
    core[a_pointer] = a_before
    in_a, for_a, in_b, for_b = divisors(ra, word & U64(7))
    divides = (in_a and for_a != ZERO) or (in_b and for_b != ZERO)
    writes = opcode <= MUL or opcode == DJN or opcode == LDP
    if writes or ((opcode == DIV or opcode == MOD) and divides):
        n = note(events, n, w, EVENT_WRITE, b)
    return n


@_inlined
def count(
    queues: Addresses,
    base: U64,
    mask: U64,
    before: U64,
    tail: U64,
    w: U64,
    spawned: Integers,
    entered: Flags,
) -> None:
    """Counts what an instruction of warrior w has queued."""
    if tail > before:
        entered[w, U64(queues[base + (tail - ONE & mask)])] = 1
    if tail == before + U64(2):
        entered[w, U64(queues[base + (before & mask)])] = 1
        spawned[w] += 1


@_inlined
def duel(
    core: Words,
    queues: Addresses,
    spawned: Integers,
    entered: Flags,
    mask: U64,
    max_processes: U64,
    max_cycles: U64,
    m: U64,
    counted: bool,
) -> tuple[U64, int]:
    """Two warriors, no P-space: the fast loop.

    Where nothing is counted it ends early when both have more processes than cycles are left:
    then neither can die out.

    Args:
        core: (m,) words, the warriors loaded.
        queues: (2 * (mask + 1),) the first process of each at the start of its ring; the warrior
            that executes first comes first.
        spawned, entered: As in `MachineArrays`, in order of execution.
        counted: A constant, so that what is not asked for is not compiled.

    Returns:
        Instructions executed, and the index in order of execution of the warrior that died, or 2.
    """
    ring = mask + ONE
    head = ZERO
    tail_1 = tail_2 = ONE
    pc_1 = U64(queues[ZERO])
    word_1 = core[pc_1]
    while head < max_cycles:
        left = max_cycles - head
        if tail_1 - head > left and tail_2 - head > left and not counted:
            break
        stop = min(max_cycles, head + TIE_CHECK_CYCLES)
        while head < stop:
            pc_2 = U64(queues[ring + (head & mask)])
            word_2 = core[pc_2]
            head += ONE
            before = tail_1
            tail_1 = step(core, queues, pc_1, word_1, ZERO, mask, head, tail_1, max_processes, m)
            if counted:
                count(queues, ZERO, mask, before, tail_1, ZERO, spawned, entered)
            if head == tail_1:
                return head + head - ONE, 0
            if core[pc_2] != word_2:
                word_2 = core[U64(queues[ring + (head - ONE & mask)])]
            pc_1 = U64(queues[head & mask])
            word_1 = core[pc_1]
            before = tail_2
            tail_2 = step(core, queues, pc_2, word_2, ring, mask, head, tail_2, max_processes, m)
            if counted:
                count(queues, ring, mask, before, tail_2, ONE, spawned, entered)
            if head == tail_2:
                return head + head, 1
            if core[pc_1] != word_1:
                word_1 = core[U64(queues[head & mask])]
    return head + head, 2


@_loop
def duel_usual(
    core: Words,
    queues: Addresses,
    spawned: Integers,
    entered: Flags,
    max_processes: U64,
    max_cycles: U64,
) -> tuple[U64, int]:
    """`duel` with the usual core size and ring as constants: 5 % faster."""
    mask, m = U64(USUAL_RING_MASK), U64(USUAL_CORE_SIZE)
    return duel(core, queues, spawned, entered, mask, max_processes, max_cycles, m, False)


@_loop
def duel_any(
    core: Words,
    queues: Addresses,
    spawned: Integers,
    entered: Flags,
    mask: U64,
    max_processes: U64,
    max_cycles: U64,
    m: U64,
) -> tuple[U64, int]:
    """`duel` with any core size."""
    return duel(core, queues, spawned, entered, mask, max_processes, max_cycles, m, False)


@_loop
def duel_counted(
    core: Words,
    queues: Addresses,
    spawned: Integers,
    entered: Flags,
    mask: U64,
    max_processes: U64,
    max_cycles: U64,
    m: U64,
) -> tuple[U64, int]:
    """`duel` with any core size, SPLs and coverage counted."""
    return duel(core, queues, spawned, entered, mask, max_processes, max_cycles, m, True)


@_inlined
def melee(
    machine: MachineArrays,
    events: Events,
    mask: U64,
    max_processes: U64,
    m: U64,
    cycle_limit: U64,
    fewest: U64,
    limit: U64,
    counted: bool,
    traced: bool,
) -> None:
    """Any number of warriors, P-space, counts and traces; can stop and go on.

    Args:
        machine: Changed in place.
        events: (capacity, 3); nothing is recorded when the capacity is 0.
        cycle_limit: End after so many cycles.
        fewest: End when fewer warriors live.
        limit: Stop, to go on later, after so many instructions (or when `events` is full).
        counted, traced: Constants, so that what is not asked for is not compiled.
    """
    core, queues, tails, order, state = (
        machine.core,
        machine.queues,
        machine.tails,
        machine.order,
        machine.state,
    )
    ring = mask + ONE
    cycle, turn, living = state[CYCLE], state[TURN], state[LIVING]
    budget, executed, n_events = state[BUDGET], state[EXECUTED], state[EVENTS]
    finished = state[FINISHED]
    stop = executed + limit
    w = U64(order[turn])
    pc = U64(queues[w * ring + (cycle & mask)])
    word = core[pc]
    while executed < stop and finished == ZERO:
        if traced and events.shape[0] > 0:
            if n_events + U64(MAX_EVENTS_PER_INSTRUCTION) > U64(events.shape[0]):
                break
            n_events = trace(core, pc, word, events, n_events, w, m)
        next_turn, next_cycle = turn + ONE, cycle
        if next_turn == living:
            next_turn, next_cycle = ZERO, cycle + ONE
        next_w = U64(order[next_turn])
        next_pc = U64(queues[next_w * ring + (next_cycle & mask)])
        next_word = core[next_pc]

        base, before = w * ring, tails[w]
        if word >> U64(3) & U64(31) >= LDP:
            tail = step_pspace(machine, pc, word, base, mask, before, w, m)
        else:
            head = cycle + ONE
            tail = step(core, queues, pc, word, base, mask, head, before, max_processes, m)
        tails[w] = tail
        executed += ONE
        if counted:
            count(queues, base, mask, before, tail, w, machine.spawned, machine.entered)

        if tail == cycle + ONE:
            machine.deaths[w] = cycle
            budget = budget - ONE - (budget - ONE) // living
            living -= ONE
            for place in range(turn, living):
                order[place] = order[place + 1]
            next_turn = min(next_turn, turn)
        if living < fewest or budget <= ONE or next_cycle == cycle_limit:
            finished = ONE
        budget -= min(budget, ONE)
        if next_w == w or core[next_pc] != next_word:
            next_pc = U64(queues[next_w * ring + (next_cycle & mask)])
            next_word = core[next_pc]
        turn, cycle, w, pc, word = next_turn, next_cycle, next_w, next_pc, next_word
    state[CYCLE], state[TURN], state[LIVING] = cycle, turn, living
    state[BUDGET], state[EXECUTED], state[EVENTS] = budget, executed, n_events
    state[FINISHED] = finished


@_loop
def melee_plain(
    machine: MachineArrays,
    no_events: Events,
    mask: U64,
    max_processes: U64,
    m: U64,
    cycle_limit: U64,
    fewest: U64,
) -> None:
    """`melee` to its end, nothing counted."""
    melee(machine, no_events, mask, max_processes, m, cycle_limit, fewest, FOREVER, False, False)


@_loop
def melee_counted(
    machine: MachineArrays,
    no_events: Events,
    mask: U64,
    max_processes: U64,
    m: U64,
    cycle_limit: U64,
    fewest: U64,
) -> None:
    """`melee` to its end, SPLs and coverage counted."""
    melee(machine, no_events, mask, max_processes, m, cycle_limit, fewest, FOREVER, True, False)


@_loop
def melee_traced(
    machine: MachineArrays,
    events: Events,
    mask: U64,
    max_processes: U64,
    m: U64,
    cycle_limit: U64,
    fewest: U64,
    limit: U64,
) -> None:
    """`melee` in portions, everything counted, each access recorded."""
    melee(machine, events, mask, max_processes, m, cycle_limit, fewest, limit, True, True)


@_inlined
def load(core: Words, code: Words, lengths: Integers, positions: Integers, m: int) -> None:
    """Clears the core and loads the warriors, in their order."""
    core[:] = BLANK
    for w in range(len(lengths)):
        for i in range(lengths[w]):
            core[(positions[w] + i) % m] = code[w, i]


@_entry
def ring_mask(max_processes: int) -> int:
    """Ring size - 1 of a queue that holds so many."""
    size = 1
    while size < max_processes:
        size *= 2
    return size - 1


@_entry
def start_duel(
    core: Words, queues: Addresses, mask: int, lineup: Lineup, fight: int, m: int
) -> None:
    """Loads two warriors and queues their first processes in order of execution."""
    load(core, lineup.code, lineup.lengths, lineup.positions[fight], m)
    for turn in range(2):
        w = (lineup.firsts[fight] + turn) % 2
        queues[turn * (mask + 1)] = (lineup.positions[fight, w] + lineup.starts[w]) % m


@_entry
def record_duel(results: Results, fight: int, first: int, executed: U64, dead: int) -> None:
    """Keeps what `duel` returned."""
    results.executed[fight] = executed
    if dead < 2:
        results.deaths[fight, (first + dead) % 2] = (executed - ONE) // U64(2)


@_entry
def fight_duels_usual(rules: Rules, lineup: Lineup, results: Results) -> None:
    """Fights of two warriors in a core of the usual size, queues not above the usual ring."""
    m, mask = USUAL_CORE_SIZE, USUAL_RING_MASK
    core, queues = np.zeros(m, np.uint64), np.zeros(2 * (mask + 1), np.uint16)
    spawned, entered = np.zeros(2, np.int64), np.zeros((2, 1), np.uint8)
    limits = U64(rules.max_processes), U64(rules.max_cycles)
    for fight in range(len(lineup.firsts)):
        start_duel(core, queues, mask, lineup, fight, m)
        executed, dead = duel_usual(core, queues, spawned, entered, *limits)
        record_duel(results, fight, lineup.firsts[fight], executed, dead)


@_entry
def fight_duels_any(rules: Rules, lineup: Lineup, results: Results) -> None:
    """Fights of two warriors in a core of any size."""
    m, mask = rules.core_size, ring_mask(rules.max_processes)
    core, queues = np.zeros(m, np.uint64), np.zeros(2 * (mask + 1), np.uint16)
    spawned, entered = np.zeros(2, np.int64), np.zeros((2, 1), np.uint8)
    limits = U64(mask), U64(rules.max_processes), U64(rules.max_cycles), U64(m)
    for fight in range(len(lineup.firsts)):
        start_duel(core, queues, mask, lineup, fight, m)
        executed, dead = duel_any(core, queues, spawned, entered, *limits)
        record_duel(results, fight, lineup.firsts[fight], executed, dead)


@_entry
def fight_duels_counted(rules: Rules, lineup: Lineup, results: Results) -> None:
    """Fights of two warriors in a core of any size, with SPLs and coverage."""
    m, mask = rules.core_size, ring_mask(rules.max_processes)
    core, queues = np.zeros(m, np.uint64), np.zeros(2 * (mask + 1), np.uint16)
    spawned, entered = np.zeros(2, np.int64), np.zeros((2, m), np.uint8)
    limits = U64(mask), U64(rules.max_processes), U64(rules.max_cycles), U64(m)
    for fight in range(len(lineup.firsts)):
        start_duel(core, queues, mask, lineup, fight, m)
        spawned[:] = 0
        entered[:] = 0
        entered[0, queues[0]] = entered[1, queues[mask + 1]] = 1
        executed, dead = duel_counted(core, queues, spawned, entered, *limits)
        record_duel(results, fight, lineup.firsts[fight], executed, dead)
        for turn in range(2):
            w = (lineup.firsts[fight] + turn) % 2
            results.spawned[fight, w] = spawned[turn]
            results.coverage[fight, w] = entered[turn].sum()


@_entry
def new_machine(rules: Rules, n_warriors: int, pspace: PSpace, counted: bool) -> MachineArrays:
    """An empty machine; its P-space is the given one."""
    ring = ring_mask(rules.max_processes) + 1
    return MachineArrays(
        np.zeros(rules.core_size, np.uint64),
        np.zeros(n_warriors * ring, np.uint16),
        np.zeros(n_warriors, np.uint64),
        np.zeros(n_warriors, np.int64),
        np.zeros(n_warriors, np.int64),
        np.zeros(n_warriors, np.int64),
        np.zeros((n_warriors, rules.core_size if counted else 1), np.uint8),
        pspace.cells,
        pspace.space_of,
        pspace.last_results,
        np.zeros(STATE_SIZE, np.uint64),
    )


@_entry
def start_machine(machine: MachineArrays, rules: Rules, lineup: Lineup, fight: int) -> None:
    """Makes a machine ready for a fight; P-space stays as it is."""
    n_warriors, m, first = len(lineup.lengths), rules.core_size, lineup.firsts[fight]
    ring = ring_mask(rules.max_processes) + 1
    load(machine.core, lineup.code, lineup.lengths, lineup.positions[fight], m)
    machine.entered[:] = 0
    for turn in range(n_warriors):
        w = (first + turn) % n_warriors
        address = (lineup.positions[fight, w] + lineup.starts[w]) % m
        machine.order[turn] = w
        machine.queues[w * ring] = address
        machine.entered[w, address % machine.entered.shape[1]] = 1
    machine.tails[:] = ONE
    machine.deaths[:] = -1
    machine.spawned[:] = 0
    machine.state[:] = ZERO
    machine.state[LIVING] = n_warriors
    machine.state[BUDGET] = FOREVER if rules.to_the_end else U64(n_warriors * rules.max_cycles)


@_entry
def limits_of(rules: Rules, n_warriors: int) -> tuple[U64, U64, U64, U64, U64]:
    """Ring size - 1, longest queue, core size; the cycle and the fewest living that end a fight."""
    mask, m = U64(ring_mask(rules.max_processes)), U64(rules.core_size)
    if rules.to_the_end:
        return mask, U64(rules.max_processes), m, U64(rules.max_cycles), ONE
    return mask, U64(rules.max_processes), m, FOREVER, U64(min(n_warriors, 2))


@_entry
def record_melee(machine: MachineArrays, results: Results, fight: int, m: int) -> None:
    """Keeps how a fight ended; cell 0 of each P-space gets the warrior's result."""
    living = 0
    for w in range(len(machine.order)):
        results.deaths[fight, w] = machine.deaths[w]
        living += machine.deaths[w] < 0
    results.executed[fight] = machine.state[EXECUTED]
    for w in range(len(machine.order)):
        machine.last_results[w] = living % m if machine.deaths[w] < 0 else 0


@_entry
def fight_melees(rules: Rules, lineup: Lineup, pspace: PSpace, results: Results) -> None:
    """Fights of any number of warriors."""
    n_warriors = len(lineup.lengths)
    machine = new_machine(rules, n_warriors, pspace, False)
    no_events = np.zeros((0, 3), np.int32)
    limits = limits_of(rules, n_warriors)
    for fight in range(len(lineup.firsts)):
        start_machine(machine, rules, lineup, fight)
        melee_plain(machine, no_events, *limits)
        record_melee(machine, results, fight, rules.core_size)


@_entry
def fight_melees_counted(rules: Rules, lineup: Lineup, pspace: PSpace, results: Results) -> None:
    """Fights of any number of warriors, with SPLs and coverage."""
    n_warriors = len(lineup.lengths)
    machine = new_machine(rules, n_warriors, pspace, True)
    no_events = np.zeros((0, 3), np.int32)
    limits = limits_of(rules, n_warriors)
    for fight in range(len(lineup.firsts)):
        start_machine(machine, rules, lineup, fight)
        melee_counted(machine, no_events, *limits)
        record_melee(machine, results, fight, rules.core_size)
        results.spawned[fight] = machine.spawned
        for w in range(n_warriors):
            results.coverage[fight, w] = machine.entered[w].sum()


@_entry
def run_machine(machine: MachineArrays, rules: Rules, events: Events, limit: int) -> None:
    """Lets a machine go on for at most so many instructions."""
    mask, max_processes, m, cycle_limit, fewest = limits_of(rules, len(machine.order))
    melee_traced(machine, events, mask, max_processes, m, cycle_limit, fewest, U64(limit))


def fight_duels(rules: Rules, lineup: Lineup, results: Results) -> None:
    """Fights of two warriors without P-space, over as soon as one is dead; counts if there is room.

    (`results.spawned` has no columns when nothing is to be counted.)
    """
    if results.spawned.shape[1] > 0:
        fight_duels_counted(rules, lineup, results)
        return
    usual = rules.core_size == USUAL_CORE_SIZE and rules.max_processes <= USUAL_RING_MASK + 1
    (fight_duels_usual if usual else fight_duels_any)(rules, lineup, results)
