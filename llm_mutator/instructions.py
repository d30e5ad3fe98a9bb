"""Random instructions, and random changes of one instruction's parts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from llm_mutator.config import GeneticConfig
from llm_mutator.legality import legal_instruction, legal_modes, legal_opcodes
from llm_mutator.numbers import below, draw_number, pick
from mars.redcode import Instruction, Mode, Modifier, Opcode, Warrior
from mars.rules import default_modifier
from mars.settings import CoreSettings

# How often human and evolved warriors use each; direct addressing is most of it.
_MODES: Final = {
    Mode.IMMEDIATE: 2.0,
    Mode.DIRECT: 5.0,
    Mode.B_INDIRECT: 1.5,
    Mode.B_PREDECREMENT: 1.5,
    Mode.B_POSTINCREMENT: 1.5,
    Mode.A_INDIRECT: 0.7,
    Mode.A_PREDECREMENT: 0.7,
    Mode.A_POSTINCREMENT: 0.7,
}
_MODIFIERS: Final = {
    Modifier.A: 1.0,
    Modifier.B: 1.5,
    Modifier.AB: 1.5,
    Modifier.BA: 0.7,
    Modifier.F: 1.0,
    Modifier.X: 0.7,
    Modifier.I: 2.0,
}
_USUAL_MODIFIER: Final = 0.6


@dataclass(frozen=True)
class Tools:
    """What an operator works with besides the warrior and the random numbers.

    Attributes:
        settings: Rules that the result must keep.
        config: Weights.
        library: Warriors to take fragments from, legal under the settings; may be empty.
    """

    settings: CoreSettings
    config: GeneticConfig
    library: Sequence[Warrior] = ()

    @property
    def core_size(self) -> int:
        """Instructions in the core."""
        return self.settings.core_size


def draw_opcode(tools: Tools, rng: np.random.Generator) -> Opcode:
    """A legal opcode by weight; any legal one when all their weights are 0."""
    legal = legal_opcodes(tools.settings)
    weights = {opcode: tools.config.opcodes[opcode.name] for opcode in legal}
    if sum(weights.values()) <= 0:
        return legal[below(rng, len(legal))]
    return pick(rng, weights)


def draw_mode(tools: Tools, opcode: Opcode, rng: np.random.Generator, *, operand: int) -> Mode:
    """A legal mode by weight for operand 0 (A) or 1 (B) of an opcode."""
    legal = legal_modes(opcode, tools.settings.rules)[operand]
    return pick(rng, {mode: _MODES[mode] for mode in legal})


def draw_instruction(
    warrior: Warrior, index: int, tools: Tools, rng: np.random.Generator
) -> Instruction:
    """A random legal instruction, its numbers drawn for line `index` of the warrior."""
    opcode = draw_opcode(tools, rng)
    a_mode = draw_mode(tools, opcode, rng, operand=0)
    b_mode = draw_mode(tools, opcode, rng, operand=1)
    modifier = default_modifier(opcode, a_mode, b_mode)
    if rng.random() >= _USUAL_MODIFIER:
        modifier = pick(rng, _MODIFIERS)
    kinds = tools.config.numbers
    drawn = Instruction(
        opcode,
        modifier,
        a_mode,
        draw_number(warrior, index, tools.core_size, kinds, rng),
        b_mode,
        draw_number(warrior, index, tools.core_size, kinds, rng),
    )
    return legal_instruction(drawn, tools.settings)


def with_opcode(line: Instruction, tools: Tools, rng: np.random.Generator) -> Instruction:
    """The line with another opcode; every other time with that one's usual modifier too."""
    opcode = draw_opcode(tools, rng)
    modifier = line.modifier
    if rng.random() < 0.5:
        modifier = default_modifier(opcode, line.a_mode, line.b_mode)
    changed = replace(line, opcode=opcode, modifier=modifier)
    return legal_instruction(changed, tools.settings)


def with_modifier(line: Instruction, tools: Tools, rng: np.random.Generator) -> Instruction:
    """The line with another modifier; nothing changes under '88 rules."""
    return legal_instruction(replace(line, modifier=pick(rng, _MODIFIERS)), tools.settings)


def with_mode(line: Instruction, tools: Tools, rng: np.random.Generator) -> Instruction:
    """The line with another mode for one of its operands."""
    operand = below(rng, 2)
    mode = draw_mode(tools, line.opcode, rng, operand=operand)
    changed = replace(line, a_mode=mode) if operand == 0 else replace(line, b_mode=mode)
    return legal_instruction(changed, tools.settings)


def with_number(line: Instruction, number: int, tools: Tools, *, operand: int) -> Instruction:
    """The line with this number, folded, as operand 0 (A) or 1 (B)."""
    changed = replace(line, a_number=number) if operand == 0 else replace(line, b_number=number)
    return legal_instruction(changed, tools.settings)
