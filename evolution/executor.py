"""Where fights run: in this thread or in threads of this process (the engine releases the GIL).

A cluster's workers are in `evolution.cluster.executor`.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from evolution.jobs import Job, Lost, Outcome, batches_of, work
from mars.closing import Closing
from mars.settings import CoreSettings

# Threads take some 0.1 s at most, so that they end together and an interrupted run stops soon, and
# not less than handing over is worth.
MOST_INSTRUCTIONS: Final = 20_000_000
LEAST_INSTRUCTIONS: Final = 2_000_000


class ExecutorError(Exception):
    """Fights cannot go on; what is committed stays, and the run can be resumed."""


class Executor(Protocol):
    """Works independent jobs. Outcomes depend on the jobs alone, never on who works them when."""

    @property
    def workers(self) -> int:
        """How many cores work at once."""
        ...

    def run(self, jobs: Sequence[Job], settings: CoreSettings) -> dict[int, Outcome | Lost]:
        """Outcomes by the jobs' keys; called from one thread at a time.

        Raises:
            ExecutorError: There is nobody left to work them.
            ValueError: A warrior cannot fight under these settings.
        """
        ...


class SerialExecutor(Closing):
    """The calling thread alone. A context manager."""

    @property
    def workers(self) -> int:
        """One."""
        return 1

    def run(self, jobs: Sequence[Job], settings: CoreSettings) -> dict[int, Outcome | Lost]:
        """Works one batch after the other."""
        outcomes: dict[int, Outcome | Lost] = {}
        for batch in batches_of(jobs, settings):
            outcomes |= work(batch)
        return outcomes

    def close(self) -> None:
        """Nothing is held."""


class LocalExecutor(Closing):
    """Threads of this process. A context manager.

    Nothing here can die alone or hang (a fight ends with its cycles), so no job is ever lost.
    """

    def __init__(self, workers: int = 1) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1: got {workers}")
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers)

    @property
    def workers(self) -> int:
        """How many threads."""
        return self._workers

    def run(self, jobs: Sequence[Job], settings: CoreSettings) -> dict[int, Outcome | Lost]:
        """Works batches side by side; the first error is raised and the rest cancelled.

        Where there are fewer jobs than threads, the threads share the fights of a melee.
        """
        total = sum(job.instructions(settings) for job in jobs)
        even = max(LEAST_INSTRUCTIONS, total // (2 * self._workers))
        batches = batches_of(jobs, settings, min(MOST_INSTRUCTIONS, even))
        threads = max(1, self._workers // max(1, len(batches)))
        outcomes: dict[int, Outcome | Lost] = {}
        for done in self._pool.map(lambda batch: work(batch, threads), batches):
            outcomes |= done
        return outcomes

    def close(self) -> None:
        """Begins no further batch; the threads end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)
