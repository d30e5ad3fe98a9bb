"""Fights as plain data, worked anywhere: batches of jobs in, outcomes by the jobs' keys out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from evolution.engine import engine_version
from evolution.survival import mean_and_error, survival_shares
from mars.fights import battle, melee
from mars.redcode import Warrior
from mars.settings import CoreSettings

Kind = Literal["duel", "melee"]

# Most instructions of a batch: up to half a second's work of one core.
BATCH_INSTRUCTIONS: Final = 100_000_000


@dataclass(frozen=True)
class Job:
    """A battle to fight, or melees to measure the first warrior by.

    Attributes:
        key: Names its outcome; no two that are worked together have the same.
        kind: "duel": a battle of two, each fight over when one is left; "melee": to the end.
        warriors: In order of execution.
        seed: Of the positions.
        fights: How many.
        counts: Whether SPLs and coverage are counted.
    """

    key: int
    kind: Kind
    warriors: tuple[Warrior, ...]
    seed: int
    fights: int
    counts: bool

    def instructions(self, settings: CoreSettings) -> int:
        """The most that it can take."""
        return self.fights * len(self.warriors) * settings.max_cycles


@dataclass(frozen=True)
class Batch:
    """Jobs that go to a worker together.

    Attributes:
        engine: The version that must work them, see `engine_version`.
        settings: Rules of all fights.
        jobs: At least one.
    """

    engine: str
    settings: CoreSettings
    jobs: tuple[Job, ...]

    def alone(self) -> list["Batch"]:
        """A batch for each job."""
        return [replace(self, jobs=(job,)) for job in self.jobs]


@dataclass(frozen=True)
class DuelOutcome:
    """A battle of two.

    Attributes:
        wins, ties, losses: Of the first.
        spawned: Successful SPLs a fight, mean, of both; None: not counted.
        coverage: Distinct addresses queued a fight, likewise.
    """

    wins: int
    ties: int
    losses: int
    spawned: tuple[float, float] | None
    coverage: tuple[float, float] | None


@dataclass(frozen=True)
class MeleeOutcome:
    """What melees said of the first warrior.

    Attributes:
        fitness: Its survival share, mean over the fights.
        standard_error: Of that mean; None when one fight cannot tell.
        spawned, coverage: As in `DuelOutcome`, of the first.
    """

    fitness: float
    standard_error: float | None
    spawned: float | None
    coverage: float | None


@dataclass(frozen=True)
class Lost:
    """In the place of an outcome: nobody can work this job, and why."""

    reason: str


Outcome = DuelOutcome | MeleeOutcome


class WrongEngine(Exception):  # noqa: N818 - a state of the world, not a fault here
    """A worker has another engine than the batch was made for."""


def work(batch: Batch, threads: int = 1) -> dict[int, Outcome]:
    """Fights a batch; what comes out depends on nothing but the batch.

    Args:
        batch: What to fight.
        threads: That share the fights of a melee.

    Raises:
        WrongEngine: It is for another version of the engine.
    """
    if batch.engine != engine_version():
        raise WrongEngine(f"expected engine {batch.engine}: got {engine_version()}")
    return {job.key: _outcome(job, batch.settings, threads) for job in batch.jobs}


def batches_of(
    jobs: Sequence[Job], settings: CoreSettings, most: int = BATCH_INSTRUCTIONS
) -> list[Batch]:
    """Jobs in their order, as few batches as have at most so many instructions each.

    (One job may have more.)
    """
    return [Batch(engine_version(), settings, part) for part in _parts(jobs, settings, most)]


def _parts(jobs: Sequence[Job], settings: CoreSettings, most: int) -> Iterator[tuple[Job, ...]]:
    part: list[Job] = []
    size = 0
    for job in jobs:
        added = job.instructions(settings)
        if part and size + added > most:
            yield tuple(part)
            part, size = [], 0
        part.append(job)
        size += added
    if part:
        yield tuple(part)


def _outcome(job: Job, settings: CoreSettings, threads: int) -> Outcome:
    return _melee(job, settings, threads) if job.kind == "melee" else _duel(job, settings)


def _duel(job: Job, settings: CoreSettings) -> DuelOutcome:
    result = battle(
        job.warriors,
        settings,
        fights=job.fights,
        seed=job.seed,
        records=job.counts,
        counts=job.counts,
    )
    spawned = coverage = None
    if result.records is not None:
        spawned, coverage = (
            (int(both[0]) / job.fights, int(both[1]) / job.fights)
            for both in (result.records.spawned.sum(axis=0), result.records.coverage.sum(axis=0))
        )
    first = int(result.wins[0]), int(result.ties[0]), int(result.losses[0])
    return DuelOutcome(*first, spawned, coverage)


def _melee(job: Job, settings: CoreSettings, threads: int) -> MeleeOutcome:
    records = melee(
        job.warriors,
        settings,
        fights=job.fights,
        seed=job.seed,
        workers=threads,
        counts=job.counts,
    )
    shares = survival_shares(records.death_cycles, settings.max_cycles)[:, 0]
    mean, error = mean_and_error([float(share) for share in shares])
    if not job.counts:
        return MeleeOutcome(mean, error, None, None)
    spawned, coverage = int(records.spawned[:, 0].sum()), int(records.coverage[:, 0].sum())
    return MeleeOutcome(mean, error, spawned / job.fights, coverage / job.fights)
