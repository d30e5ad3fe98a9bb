"""Which batch a worker gets next, and what becomes of one that kills workers."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from evolution.jobs import Batch, Lost, Outcome

# A batch that has killed so many workers is given up, or split when it has several jobs.
MOST_KILLS: Final = 2


@dataclass(frozen=True)
class Parcel:
    """A batch on its way.

    Attributes:
        batch: What to work.
        kills: Workers that ended over it.
        alone: Whether it may share its worker with no other one, so that it is clear which of
            them killed it.
    """

    batch: Batch
    kills: int = 0
    alone: bool = False

    @property
    def name(self) -> str:
        """Its jobs, for a message."""
        first, count = self.batch.jobs[0].key, len(self.batch.jobs)
        return f"job {first}" if count == 1 else f"{count} jobs from {first} on"


class Queue:
    """The batches of one call, from their start to their outcomes.

    Attributes:
        outcomes: Known so far, by the jobs' keys.
    """

    def __init__(self, batches: Sequence[Batch]) -> None:
        self.outcomes: dict[int, Outcome | Lost] = {}
        self._waiting = deque(Parcel(batch) for batch in batches)
        self._suspects: deque[Parcel] = deque()
        self._missing = sum(len(batch.jobs) for batch in batches)

    @property
    def finished(self) -> bool:
        """Whether every job has its outcome."""
        return len(self.outcomes) == self._missing

    def take(self, *, idle: bool) -> Parcel | None:
        """The next for a worker, or None when there is none for it.

        Args:
            idle: Whether the worker has nothing to do; only then it gets what must be alone.
        """
        if idle and self._suspects:
            return self._suspects.popleft()
        return self._waiting.popleft() if self._waiting else None

    def done(self, outcomes: Mapping[int, Outcome]) -> None:
        """Notes what a worker found."""
        self.outcomes.update(outcomes)

    def put_back(self, parcel: Parcel) -> None:
        """Takes back what a worker did not finish through no fault of the batch."""
        (self._suspects if parcel.alone else self._waiting).appendleft(parcel)

    def blame(self, parcel: Parcel, reason: str) -> str:
        """Takes back what ended its worker; says in a line what becomes of it.

        The first time it is tried again, alone. The second time a batch is split into its jobs,
        each to be tried alone, and a single job is lost.
        """
        kills = parcel.kills + 1
        if kills < MOST_KILLS:
            self._suspects.append(replace(parcel, kills=kills, alone=True))
            return f"{parcel.name}: {reason}; tried again alone"
        if len(parcel.batch.jobs) > 1:
            self._suspects.extend(Parcel(part, alone=True) for part in parcel.batch.alone())
            return f"{parcel.name}: {reason}, {kills} times; tried one by one"
        self.outcomes[parcel.batch.jobs[0].key] = Lost(f"{reason}, {kills} times")
        return f"{parcel.name}: {reason}, {kills} times; given up"
