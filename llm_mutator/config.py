"""The mutators' configuration: frozen values of scalars and tables of numbers."""

from dataclasses import dataclass, field
from typing import Final, Literal

from llm_mutator.checks import check_range, check_weights
from llm_mutator.llm_config import LLMConfig
from llm_mutator.numbers import NUMBER_KINDS

Kind = Literal["genetic", "llm", "mixed"]

KINDS: Final = ("genetic", "llm", "mixed")

# What a mutation does; `operators.py` has a function of each name.
MUTATIONS: Final[dict[str, float]] = {
    "number": 3.0,
    "nudge": 2.0,
    "magic": 1.5,
    "opcode": 1.0,
    "modifier": 1.0,
    "mode": 1.5,
    "line": 1.0,
    "insert": 1.5,
    "delete": 2.0,
    "duplicate": 1.0,
    "swap": 1.0,
    "move": 1.0,
    "splice": 1.0,
    "start": 0.5,
}
CROSSOVERS: Final[dict[str, float]] = {"onepoint": 1.0, "block": 1.0}
SOURCES: Final[dict[str, float]] = {"random": 1.0, "fragments": 1.0, "library": 1.0}
NUMBERS: Final[dict[str, float]] = dict(
    zip(NUMBER_KINDS, (3.0, 2.0, 2.0, 1.5, 1.0, 1.0, 0.5), strict=True)
)
OPCODES: Final[dict[str, float]] = {
    "MOV": 8.0,
    "ADD": 2.0,
    "SUB": 1.5,
    "MUL": 0.3,
    "DIV": 0.2,
    "MOD": 0.2,
    "JMZ": 1.0,
    "JMN": 1.0,
    "DJN": 3.0,
    "CMP": 0.5,
    "SLT": 0.5,
    "SPL": 5.0,
    "DAT": 1.0,
    "JMP": 2.0,
    "SEQ": 1.0,
    "SNE": 1.0,
    "NOP": 0.3,
    "LDP": 0.2,
    "STP": 0.2,
}


@dataclass(frozen=True)
class GeneticConfig:
    """Weights and rates of the genetic operators.

    Each table of weights may be given in part; the rest keeps its default. Weights are
    relative to the others of their table and may be 0.

    Attributes:
        mutations: Operators that change one warrior.
        crossovers: Ways to join two.
        sources: What a new warrior is made of; with only `random`, and `splice` at 0 in
            `mutations`, nothing human-written ever enters.
        numbers: Where a new operand comes from, see `numbers.draw_number`.
        opcodes: Which opcode a new instruction has; those the rules forbid never come.
        edits: Mean number of edits a mutation (their number is geometric), at least 1.
        relocate: Probability that an edit that moves lines re-aims references to them.
        adaptive: Whether the request's statistics scale the weights.
        adaptive_prior: Proposals at the average rate that each operator is credited with
            before it has any of its own, above 0.
        adaptive_bound: Most that a weight is multiplied or divided by, at least 1.
    """

    mutations: dict[str, float] = field(default_factory=dict)
    crossovers: dict[str, float] = field(default_factory=dict)
    sources: dict[str, float] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    opcodes: dict[str, float] = field(default_factory=dict)
    edits: float = 2.0
    relocate: float = 0.75
    adaptive: bool = False
    adaptive_prior: float = 50.0
    adaptive_bound: float = 4.0

    def __post_init__(self) -> None:
        for name, defaults in (
            ("mutations", MUTATIONS),
            ("crossovers", CROSSOVERS),
            ("sources", SOURCES),
            ("numbers", NUMBERS),
            ("opcodes", OPCODES),
        ):
            object.__setattr__(self, name, check_weights(name, getattr(self, name), defaults))
        check_range("edits", self.edits, 1, 1000)
        check_range("relocate", self.relocate, 0, 1)
        check_range("adaptive_prior", self.adaptive_prior, 1e-9, 1e9)
        check_range("adaptive_bound", self.adaptive_bound, 1, 1e9)
        if not isinstance(self.adaptive, bool):
            raise TypeError(f"adaptive must be true or false: got {self.adaptive!r}")


@dataclass(frozen=True)
class MutatorConfig:
    """Which mutator, and how it is set.

    Attributes:
        kind: "genetic", "llm", or "mixed": both, by `shares`.
        genetic, llm: Settings of each.
        shares: For "mixed": "genetic" and "llm" to their shares of the proposals, relative
            to each other; one that is missing gets none.
        bandit: Whether who proposes (the genetic operators, each model) is chosen by what each
            brought and cost lately; shares and weights then only say who takes part.
        worth: For the bandit: US dollars that an improvement of the archive is worth.
    """

    kind: Kind = "genetic"
    genetic: GeneticConfig = field(default_factory=GeneticConfig)
    llm: LLMConfig = field(default_factory=LLMConfig)
    shares: dict[str, float] = field(default_factory=lambda: {"genetic": 0.5, "llm": 0.5})
    bandit: bool = False
    worth: float = 0.05

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}: got {self.kind!r}")
        shares = check_weights("shares", self.shares, {"genetic": 0.0, "llm": 0.0})
        object.__setattr__(self, "shares", shares)
        if not isinstance(self.bandit, bool):
            raise TypeError(f"bandit must be true or false: got {self.bandit!r}")
        check_range("worth", self.worth, 0, 1e9)
