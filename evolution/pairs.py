"""One-to-one battles, each fought once: what pairwise fitness is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evolution.executor import Executor
from mars.fights import BattleResult, battle
from mars.redcode import Warrior
from mars.settings import CoreSettings

# Work handed to a thread at once: some 0.1 s, so that handing over costs nothing, threads end
# together and an interrupted run stops soon.
CYCLES_A_TASK: Final = 10_000_000

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
        self._results: dict[PairKey, PairResult] = {}

    def __getitem__(self, key: PairKey) -> PairResult:
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
        chunks = _chunks(missing, settings)
        for results in executor.map(lambda c: [fight_pair(p, settings, counts) for p in c], chunks):
            self._results.update((result.key, result) for result in results)
        return len(missing)


def fight_pair(pair: Pairing, settings: CoreSettings, counts: bool) -> PairResult:
    """Fights one battle, in the calling thread."""
    result = battle(
        (pair.first, pair.second),
        settings,
        fights=pair.fights,
        seed=pair.seed,
        records=counts,
        counts=counts,
    )
    means: list[float | None] = [None] * 4
    if counts:
        if result.records is None:
            raise ValueError("expected records of every fight: got none")
        both = (result.records.spawned, result.records.coverage)
        means = [int(np.sum(counted[:, side])) / pair.fights for counted in both for side in (0, 1)]
    return PairResult(*pair.key, result_of_first(result), *means)


def result_of_first(result: BattleResult) -> Result:
    """A battle of two as its first warrior sees it."""
    return Result(int(result.wins[0]), int(result.ties[0]), int(result.losses[0]))


def _chunks(pairings: Sequence[Pairing], settings: CoreSettings) -> list[Sequence[Pairing]]:
    if not pairings:
        return []
    size = max(1, CYCLES_A_TASK // (pairings[0].fights * settings.max_cycles))
    return [pairings[i : i + size] for i in range(0, len(pairings), size)]
