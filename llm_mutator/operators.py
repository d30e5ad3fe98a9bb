"""The genetic operators: from one warrior, or two, to another one.

Every operator gets legal code and gives legal code: length 1 to max_length, start inside.
One that has nothing to do (a swap in a warrior of one line) gives back what it got.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from llm_mutator.edits import Order, change_line, rearrange
from llm_mutator.instructions import (
    Tools,
    draw_instruction,
    with_mode,
    with_modifier,
    with_number,
    with_opcode,
)
from llm_mutator.numbers import below, constants, draw_constant, draw_number
from mars.redcode import Instruction, Opcode, Warrior
from mars.rules import signed

Operator = Callable[[Warrior, Tools, np.random.Generator], Warrior]
Crossover = Callable[[Warrior, Warrior, Tools, np.random.Generator], Warrior]
LineChange = Callable[[Instruction, Tools, np.random.Generator], Instruction]

_LONGER_BLOCK: Final = 0.5
_LONGER_FRAGMENT: Final = 0.75


def change_number(warrior: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """Gives one operand a number drawn anew (see `draw_number`)."""
    index, operand = below(rng, len(warrior)), below(rng, 2)
    number = draw_number(warrior, index, tools.core_size, tools.config.numbers, rng)
    line = with_number(warrior.instructions[index], number, tools, operand=operand)
    return change_line(warrior, index, line)


def nudge_number(warrior: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """Moves one operand's number a little: mostly by 1."""
    index, operand = below(rng, len(warrior)), below(rng, 2)
    line = warrior.instructions[index]
    number = _nudged(line.b_number if operand else line.a_number, rng)
    return change_line(warrior, index, with_number(line, number, tools, operand=operand))


def _nudged(number: int, rng: np.random.Generator) -> int:
    way = rng.random()
    if way < 0.7:
        return number + (1 if rng.random() < 0.5 else -1)
    if way < 0.85:
        return number + below(rng, 17) - 8
    if way < 0.92:
        return -number
    return number * 2 if rng.random() < 0.5 else int(number / 2)


def change_magic(warrior: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """Replaces a constant everywhere it stands, and its negative by the new negative.

    Steps and distances are written several times in a warrior (in an ADD, in a pointer,
    in a bomb) and only work together. Constants too large to be references between the
    warrior's own lines are taken first.
    """
    known = constants(warrior)
    far = tuple(number for number in known if abs(number) > len(warrior))
    chosen_from = far or known
    if not chosen_from:
        return warrior
    old = chosen_from[below(rng, len(chosen_from))]
    if rng.random() < 0.5:
        new = _nudged(old, rng)
    else:
        new = draw_constant(tools.core_size, tools.config.numbers, rng)
    values = {-old: signed(-new, tools.core_size), old: signed(new, tools.core_size)}
    lines = tuple(
        replace(
            line,
            a_number=values.get(line.a_number, line.a_number),
            b_number=values.get(line.b_number, line.b_number),
        )
        for line in warrior.instructions
    )
    return replace(warrior, instructions=lines)


def _on_line(change: LineChange) -> Operator:
    def operator(warrior: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
        index = below(rng, len(warrior))
        return change_line(warrior, index, change(warrior.instructions[index], tools, rng))

    return operator


def change_whole_line(warrior: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """Replaces one line by a random one."""
    index = below(rng, len(warrior))
    return change_line(warrior, index, draw_instruction(warrior, index, tools, rng))


def insert_line(warrior: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """Puts a random line in anywhere, also before the first and after the last."""
    at = below(rng, len(warrior) + 1)
    return _insert(warrior, at, (draw_instruction(warrior, at, tools, rng),), tools, rng)


def delete_block(warrior: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """Takes out one line or a few next to each other."""
    if len(warrior) == 1:
        return warrior
    first, size = _block(len(warrior), len(warrior) - 1, _LONGER_BLOCK, rng)
    kept = [line for line in range(len(warrior)) if not first <= line < first + size]
    return _rearranged(warrior, kept, tools, rng)


def duplicate_block(warrior: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """Puts a copy of one line or a few anywhere; the copy's inner references stay inside."""
    room = tools.settings.max_length - len(warrior)
    if room < 1:
        return warrior
    first, size = _block(len(warrior), room, _LONGER_BLOCK, rng)
    return _insert(warrior, below(rng, len(warrior) + 1), range(first, first + size), tools, rng)


def swap_lines(warrior: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """Lets two lines change places."""
    if len(warrior) == 1:
        return warrior
    one = below(rng, len(warrior))
    other = (one + 1 + below(rng, len(warrior) - 1)) % len(warrior)
    order = list(range(len(warrior)))
    order[one], order[other] = other, one
    return _rearranged(warrior, order, tools, rng)


def move_block(warrior: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """Moves one line or a few next to each other to another place."""
    if len(warrior) == 1:
        return warrior
    first, size = _block(len(warrior), len(warrior) - 1, _LONGER_BLOCK, rng)
    order = list(range(len(warrior)))
    block = order[first : first + size]
    del order[first : first + size]
    at = below(rng, len(order) + 1)
    return _rearranged(warrior, [*order[:at], *block, *order[at:]], tools, rng)


def splice_fragment(warrior: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """Puts a fragment of a library warrior in, or writes it over as many lines."""
    if not tools.library:
        return warrior
    lines = draw_fragment(tools, rng)
    if rng.random() < 0.5:
        room = tools.settings.max_length - len(warrior)
        return _insert(warrior, below(rng, len(warrior) + 1), lines[:room], tools, rng)
    at = below(rng, len(warrior))
    after = warrior.instructions[at + len(lines) :]
    code = (*warrior.instructions[:at], *lines, *after)[: tools.settings.max_length]
    return replace(warrior, instructions=code)


def change_start(warrior: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """Starts at another line, not at a DAT unless there is nothing else."""
    lively = [
        place
        for place, line in enumerate(warrior.instructions)
        if line.opcode is not Opcode.DAT and place != warrior.start
    ]
    if not lively:
        return warrior
    return replace(warrior, start=lively[below(rng, len(lively))])


def cross_at_point(one: Warrior, other: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """The first lines of one and the last lines of the other, at least one of each.

    Every other time both are cut at the same relative place, so that parents of one
    family, alike line by line, give a child of the family. The child starts where the
    first parent does, or the second where that line is cut off.
    """
    head = 1 + below(rng, max(len(one) - 1, 1))
    cut = min(round(head * len(other) / len(one)), len(other) - 1)
    tail = cut if rng.random() < 0.5 else below(rng, len(other))
    order: Order = [*range(head), *other.instructions[tail:]][: tools.settings.max_length]
    child = _rearranged(one, order, tools, rng)
    start = head + other.start - tail
    if one.start >= head and head <= start < len(child):
        return replace(child, start=start)
    return child


def cross_block(one: Warrior, other: Warrior, tools: Tools, rng: np.random.Generator) -> Warrior:
    """One parent with a block of the other's instead of, or between, its own lines."""
    first, size = _block(len(other), len(other), _LONGER_FRAGMENT, rng)
    lines = other.instructions[first : first + size]
    at = below(rng, len(one) + 1)
    replaced = size if rng.random() < 0.5 else below(rng, size + 1)
    order: Order = [*range(at), *lines, *range(min(at + replaced, len(one)), len(one))]
    return _rearranged(one, order[: tools.settings.max_length], tools, rng)


def draw_fragment(tools: Tools, rng: np.random.Generator) -> tuple[Instruction, ...]:
    """Some lines, next to each other, of a warrior of the library, which is not empty."""
    donor = tools.library[below(rng, len(tools.library))]
    first, size = _block(len(donor), len(donor), _LONGER_FRAGMENT, rng)
    return donor.instructions[first : first + size]


def _block(length: int, limit: int, longer: float, rng: np.random.Generator) -> tuple[int, int]:
    """First line and size of a block in a program; the size is geometric, at most `limit`."""
    size = min(int(rng.geometric(1 - longer)), limit, length)
    return below(rng, length - size + 1), size


def _insert(
    warrior: Warrior, at: int, lines: Order, tools: Tools, rng: np.random.Generator
) -> Warrior:
    """The warrior with lines put in before line `at`, or as it was where there is no room."""
    if len(warrior) + len(lines) > tools.settings.max_length:
        return warrior
    order = [*range(at), *lines, *range(at, len(warrior))]
    return _rearranged(warrior, order, tools, rng)


def _rearranged(warrior: Warrior, order: Order, tools: Tools, rng: np.random.Generator) -> Warrior:
    relocate = bool(rng.random() < tools.config.relocate)
    return rearrange(warrior, order, tools.core_size, relocate=relocate)


OPERATORS: Final[Mapping[str, Operator]] = MappingProxyType(
    {
        "number": change_number,
        "nudge": nudge_number,
        "magic": change_magic,
        "opcode": _on_line(with_opcode),
        "modifier": _on_line(with_modifier),
        "mode": _on_line(with_mode),
        "line": change_whole_line,
        "insert": insert_line,
        "delete": delete_block,
        "duplicate": duplicate_block,
        "swap": swap_lines,
        "move": move_block,
        "splice": splice_fragment,
        "start": change_start,
    }
)
CROSSOVER_OPERATORS: Final[Mapping[str, Crossover]] = MappingProxyType(
    {"onepoint": cross_at_point, "block": cross_block}
)
