"""The mutator that needs no network: genetic operators on instructions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from llm_mutator.adaptive import adapt_weights, format_operator
from llm_mutator.config import GeneticConfig
from llm_mutator.instructions import Tools, draw_instruction
from llm_mutator.legality import legal_warrior
from llm_mutator.mutator import MutationRequest, Proposal
from llm_mutator.numbers import below, pick
from llm_mutator.operators import (
    CROSSOVER_OPERATORS,
    OPERATORS,
    change_start,
    draw_fragment,
)
from mars.redcode import Instruction, Mode, Modifier, Opcode, Warrior
from mars.settings import CoreSettings

_TRIES: Final = 32
_MOST_EDITS: Final = 64
_MEAN_NEW_LENGTH: Final = 10
_BLANK: Final = Instruction(Opcode.DAT, Modifier.F, Mode.IMMEDIATE, 0, Mode.IMMEDIATE, 0)

Made = tuple[Warrior, tuple[str, ...]]


class GeneticMutator:
    """Proposes warriors that always assemble under its settings.

    Args:
        settings: Rules of every request.
        config: Weights and rates.
        library: Warriors to take fragments from; what the rules forbid is made to fit.
    """

    def __init__(
        self, settings: CoreSettings, config: GeneticConfig, library: Sequence[Warrior] = ()
    ) -> None:
        fitting = tuple(legal_warrior(warrior, settings) for warrior in library)
        self._tools = Tools(settings, config, fitting)

    @property
    def concurrency(self) -> int:
        """One: it waits for nobody."""
        return 1

    def propose(self, request: MutationRequest, seed: np.random.SeedSequence) -> Proposal:
        """Makes a warrior; the same request and seed give the same one.

        Raises:
            ValueError: The request has other settings than the mutator.
        """
        settings = self._tools.settings
        if request.settings != settings:
            raise ValueError(f"expected a request for {settings}: got {request.settings}")
        draw = _Draw(self._tools, request, np.random.default_rng(seed))
        parents = [legal_warrior(parent, settings) for parent in request.parents]
        if request.task == "new":
            made = draw.new()
        elif request.task == "mutate":
            made = draw.mutated(parents[0])
        else:
            made = draw.crossed(parents[0], parents[1])
        code, names = made
        operator = format_operator(names)
        return Proposal(format_source(code, operator, settings), operator)


class _Draw:
    """One proposal in the making: the tools, this request's weights, the random numbers."""

    def __init__(self, tools: Tools, request: MutationRequest, rng: np.random.Generator) -> None:
        self.tools, self.request, self.rng = tools, request, rng

    def pick(self, weights: dict[str, float]) -> str:
        config = self.tools.config
        if config.adaptive:
            weights = adapt_weights(
                weights,
                self.request.statistics,
                prior=config.adaptive_prior,
                bound=config.adaptive_bound,
            )
        return pick(self.rng, weights)

    def new(self) -> Made:
        sources = dict(self.tools.config.sources)
        if not self.tools.library:
            sources = {"random": 1.0}
        source = self.pick(sources)
        if source == "library":
            donor = self.tools.library[below(self.rng, len(self.tools.library))]
            code, names = self.mutated(donor)
            return code, (source, *names)
        code = self._random() if source == "random" else self._fragments()
        return change_start(code, self.tools, self.rng), (source,)

    def mutated(self, parent: Warrior) -> Made:
        edits = int(self.rng.geometric(1 / self.tools.config.edits))
        return self._edited(parent, parent, min(edits, _MOST_EDITS))

    def crossed(self, one: Warrior, other: Warrior) -> Made:
        if self.rng.random() < 0.5:
            one, other = other, one
        name = self.pick(self.tools.config.crossovers)
        child = CROSSOVER_OPERATORS[name](one, other, self.tools, self.rng)
        edits = int(self.rng.geometric(1 / self.tools.config.edits)) - 1
        if child in (one, other):
            edits = max(edits, 1)
        code, names = self._edited(child, one, min(edits, _MOST_EDITS))
        return code, (name, *names)

    def _edited(self, code: Warrior, parent: Warrior, edits: int) -> Made:
        """Edits that change something, so many, or one more if they undid each other."""
        names: list[str] = []
        for _ in range(_TRIES + edits):
            if len(names) >= edits and code != parent:
                break
            name = self.pick(self.tools.config.mutations)
            child = OPERATORS[name](code, self.tools, self.rng)
            if child != code:
                code = child
                names.append(name)
        return code, tuple(names)

    def _length(self) -> int:
        drawn = int(self.rng.geometric(1 / _MEAN_NEW_LENGTH))
        return min(1 + drawn, self.tools.settings.max_length)

    def _random(self) -> Warrior:
        """Line by line, so that a line can take up constants and targets of those above."""
        code = Warrior((_BLANK,) * self._length())
        for index in range(len(code)):
            line = draw_instruction(code, index, self.tools, self.rng)
            lines = (*code.instructions[:index], line, *code.instructions[index + 1 :])
            code = replace(code, instructions=lines)
        return code

    def _fragments(self) -> Warrior:
        length = self._length()
        lines: tuple[Instruction, ...] = ()
        while len(lines) < length:
            lines = (*lines, *draw_fragment(self.tools, self.rng))
        return Warrior(lines[: self.tools.settings.max_length])


def format_source(warrior: Warrior, operator: str, settings: CoreSettings) -> str:
    """The complete Redcode text of a warrior whose code is legal under the settings."""
    code = warrior.load_file(settings.rules)
    lines = (
        ";redcode",
        f";name redqueen {warrior.id[:8]}",
        ";author redqueen",
        f";strategy {operator}",
        f";assert CORESIZE == {settings.core_size}",
        *(line.rstrip() for line in code.splitlines()),
    )
    return "\n".join(lines) + "\n"
