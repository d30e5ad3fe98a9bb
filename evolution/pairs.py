"""One-to-one battles, each fought once: what pairwise fitness is made of."""

from collections.abc import Iterable
from dataclasses import dataclass

from evolution.executor import Executor
from evolution.jobs import DuelOutcome, Job, Lost, Outcome
from mars.redcode import Warrior
from mars.settings import CoreSettings

PairKey = tuple[str, str, int, int]


@dataclass(frozen=True)
class Result:
    """A one-to-one battle as one side sees it."""

    wins: int
    ties: int
    losses: int

    @property
    def beats(self) -> bool:
        """More wins than losses."""
        return self.wins > self.losses

    @property
    def loses(self) -> bool:
        """More losses than wins."""
        return self.losses > self.wins

    @property
    def score(self) -> float:
        """Points per 100 fights: 3 a win, 1 a tie."""
        return 100 * (3 * self.wins + self.ties) / (self.wins + self.ties + self.losses)


@dataclass(frozen=True)
class PairResult:
    """A battle of two warriors, the one with the smaller id first.

    Attributes:
        first, second: Warrior ids.
        seed, fights: Of the battle; with the ids and the settings they decide the rest.
        result: Of the first.
        first_spawned, second_spawned: Successful SPLs a fight, mean; None: not counted.
        first_coverage, second_coverage: Distinct addresses queued a fight, likewise.
    """

    first: str
    second: str
    seed: int
    fights: int
    result: Result
    first_spawned: float | None
    second_spawned: float | None
    first_coverage: float | None
    second_coverage: float | None

    @property
    def key(self) -> PairKey:
        """What decides the result."""
        return (self.first, self.second, self.seed, self.fights)

    def seen_by(self, warrior: str) -> "PairResult":
        """The same battle with that warrior as the first.

        Raises:
            ValueError: It did not take part.
        """
        if warrior == self.first:
            return self
        if warrior != self.second:
            raise ValueError(f"expected {self.first} or {self.second}: got {warrior}")
        return PairResult(
            self.second,
            self.first,
            self.seed,
            self.fights,
            Result(self.result.losses, self.result.ties, self.result.wins),
            self.second_spawned,
            self.first_spawned,
            self.second_coverage,
            self.first_coverage,
        )


@dataclass(frozen=True)
class Pairing:
    """A battle to fight: `first` has the smaller id."""

    first: Warrior
    second: Warrior
    seed: int
    fights: int

    @property
    def key(self) -> PairKey:
        """That of its result."""
        return (self.first.id, self.second.id, self.seed, self.fights)


def pairing(a: Warrior, b: Warrior, seed: int, fights: int) -> Pairing:
    """The battle of two warriors, whichever is named first."""
    return Pairing(a, b, seed, fights) if a.id <= b.id else Pairing(b, a, seed, fights)


class PairBook:
    """Results by what decides them, so that no pair is fought twice on the same seed.

    One book serves the candidates that are measured together. A longer life would bring
    nothing: a round measures no warrior twice and has a seed of its own, so that only pairs
    of its opponents, which enter together, come up again.
    """

    def __init__(self) -> None:
        self._results: dict[PairKey, PairResult | Lost] = {}

    def __getitem__(self, key: PairKey) -> PairResult | Lost:
        return self._results[key]

    def __len__(self) -> int:
        return len(self._results)

    def fight(
        self,
        pairings: Iterable[Pairing],
        settings: CoreSettings,
        counts: bool,
        executor: Executor,
    ) -> int:
        """Fights what is not known yet, in parallel; returns how many battles that took."""
        missing = list({p.key: p for p in pairings if p.key not in self._results}.values())
        jobs = [
            Job(number, "duel", (p.first, p.second), p.seed, p.fights, counts)
            for number, p in enumerate(missing)
        ]
        outcomes = executor.run(jobs, settings)
        for number, pair in enumerate(missing):
            self._results[pair.key] = _pair_result(pair, outcomes[number])
        return len(missing)


def result_of(outcome: Outcome) -> Result:
    """A battle of two as its first warrior sees it."""
    duel = _duel(outcome)
    return Result(duel.wins, duel.ties, duel.losses)


def _pair_result(pair: Pairing, outcome: Outcome | Lost) -> PairResult | Lost:
    if isinstance(outcome, Lost):
        return outcome
    duel = _duel(outcome)
    spawned, coverage = duel.spawned or (None, None), duel.coverage or (None, None)
    return PairResult(*pair.key, result_of(duel), *spawned, *coverage)


def _duel(outcome: Outcome) -> DuelOutcome:
    if not isinstance(outcome, DuelOutcome):
        raise TypeError(f"expected the outcome of a duel: got {outcome!r}")
    return outcome
