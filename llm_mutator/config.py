"""The mutators' configuration: frozen values of scalars and tables of numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import isfinite
from typing import Final, Literal
from urllib.parse import urlsplit

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
            object.__setattr__(self, name, _weights(name, getattr(self, name), defaults))
        _check_range("edits", self.edits, 1, 1000)
        _check_range("relocate", self.relocate, 0, 1)
        _check_range("adaptive_prior", self.adaptive_prior, 1e-9, 1e9)
        _check_range("adaptive_bound", self.adaptive_bound, 1, 1e9)
        if not isinstance(self.adaptive, bool):
            raise TypeError(f"adaptive must be true or false: got {self.adaptive!r}")


@dataclass(frozen=True)
class LLMConfig:
    """A chat model behind an OpenAI-compatible URL; its key is never part of this.

    Attributes:
        model: The name the server knows it by; the default is the paper's.
        base_url: For instance "http://127.0.0.1:8080/v1"; empty: OpenAI's own.
        temperature: Of sampling, 0 to 2; the paper has 1.
        max_tokens: Most tokens in a reply.
        timeout: Seconds to wait for the server to say something.
        max_retries: Calls repeated after a passing fault, with growing pauses.
    """

    model: str = "gpt-4.1-mini-2025-04-14"
    base_url: str = ""
    temperature: float = 1.0
    max_tokens: int = 4096
    timeout: float = 120.0
    max_retries: int = 3

    def __post_init__(self) -> None:
        if not isinstance(self.model, str) or not self.model.strip():
            raise ValueError(f"model must be a model's name: got {self.model!r}")
        _check_url(self.base_url)
        _check_range("temperature", self.temperature, 0, 2)
        _check_whole("max_tokens", self.max_tokens, 1, 1_000_000)
        _check_range("timeout", self.timeout, 0.1, 86_400)
        _check_whole("max_retries", self.max_retries, 0, 100)


@dataclass(frozen=True)
class MutatorConfig:
    """Which mutator, and how it is set.

    Attributes:
        kind: "genetic", "llm", or "mixed": both, by `shares`.
        genetic, llm: Settings of each.
        shares: For "mixed": "genetic" and "llm" to their shares of the proposals, relative
            to each other; one that is missing gets none.
    """

    kind: Kind = "genetic"
    genetic: GeneticConfig = field(default_factory=GeneticConfig)
    llm: LLMConfig = field(default_factory=LLMConfig)
    shares: dict[str, float] = field(default_factory=lambda: {"genetic": 0.5, "llm": 0.5})

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}: got {self.kind!r}")
        shares = _weights("shares", self.shares, {"genetic": 0.0, "llm": 0.0})
        object.__setattr__(self, "shares", shares)


def _weights(name: str, given: object, defaults: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(given, Mapping):
        raise TypeError(f"{name} must be a table of names and weights: got {given!r}")
    for key, weight in given.items():
        if key not in defaults:
            near = get_close_matches(str(key), defaults, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{name} must be of {', '.join(defaults)}: got {key!r}{hint}")
        _check_range(f"{name}.{key}", weight, 0, 1e9)
    merged = {key: float(given.get(key, weight)) for key, weight in defaults.items()}
    if sum(merged.values()) <= 0:
        raise ValueError(f"{name} must have at least one weight above 0: got {dict(given)!r}")
    return merged


def _check_range(name: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number: got {value!r}")
    if not (isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} must be between {low:g} and {high:g}: got {value!r}")


def _check_whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an integer: got {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low} and {high}: got {value!r}")


def _check_url(url: object) -> None:
    if not isinstance(url, str):
        raise TypeError(f"base_url must be a URL: got {url!r}")
    if not url:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"base_url must begin with http:// or https:// and a host: got {url!r}")
    if parts.username is not None or parts.password is not None or parts.query:
        # The configuration is written into the run folder, so no secret may ride on it.
        raise ValueError("base_url must have no user, password or query: got one that does")
