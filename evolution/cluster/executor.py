"""Fights on the cores of a Ray cluster; machines and workers may come and go."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evolution.cluster.connection import Cluster
from evolution.cluster.crew import Crew, Member
from evolution.cluster.queue import Parcel, Queue
from evolution.cluster.worker import Greeting, Worker
from evolution.executor import ExecutorError
from evolution.jobs import BATCH_INSTRUCTIONS, Job, Lost, Outcome, WrongEngine, batches_of
from evolution.packing import pack
from mars.closing import Closing
from mars.settings import CoreSettings

# Some 0.1 s of work: with less, a worker waits for the driver more than is worth it.
LEAST_INSTRUCTIONS: Final = 20_000_000
# One that is worked and one that waits, so that no worker waits for the driver.
IN_FLIGHT: Final = 2
TICK_SECONDS: Final = 1.0
# How long a machine is asked whether it is there.
ASK_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Inquiry:
    """A parcel whose worker ended: its fault, or did the whole machine go?

    Attributes:
        parcel: What the worker was at.
        host: Where.
        reason: What happened, should the parcel be to blame.
        until: When the machine counts as gone.
    """

    parcel: Parcel
    host: str
    reason: str
    until: float


class RayExecutor(Closing):
    """One worker process a core of a Ray cluster. A context manager.

    Outcomes depend on the jobs alone. A worker that dies is replaced, and what it had goes to
    others. A batch that twice ends its worker, by killing it or by taking too long, is split
    into its jobs; a job that does so is `Lost`. Nobody is blamed when a whole machine goes.
    """

    def __init__(
        self,
        address: str | None,
        workers: int | None,
        *,
        on_event: Callable[[str], None],
        timeout: float = 300.0,
        patience: float = 120.0,
        worker_class: type[Worker] = Worker,
    ) -> None:
        """Joins a cluster and waits for the first worker.

        Args:
            address: As in `Cluster`.
            workers: How many; None: one for each core, also of machines that come later.
            on_event: Told in a line of workers that end and of jobs that are given up.
            timeout: Seconds that a batch may take (a single job that is longer than a batch
                should be has as many times more).
            patience: Seconds without any worker until that is an error.
            worker_class: What the workers are.

        Raises:
            ExecutorError: There is no cluster, no worker, or one of another version.
        """
        if workers is not None and workers < 1:
            raise ValueError(f"workers must be at least 1: got {workers}")
        self._wanted, self._on_event, self._timeout = workers, on_event, timeout
        self._inquiries: dict[Any, Inquiry] = {}
        self._cluster = Cluster(address)
        self._crew = Crew(self._cluster, worker_class, patience=patience, on_event=on_event)
        try:
            self._crew.muster(workers)
            while not self._crew.ready:
                self._turn(Queue([]))
        except BaseException:
            self.close()
            raise

    @property
    def workers(self) -> int:
        """How many there are, or will be as soon as there is room."""
        return self._crew.size

    def run(self, jobs: Sequence[Job], settings: CoreSettings) -> dict[int, Outcome | Lost]:
        """Works batches all over the cluster; the first error is raised."""
        self._crew.muster(self._wanted)
        total = sum(job.instructions(settings) for job in jobs)
        even = max(LEAST_INSTRUCTIONS, total // (IN_FLIGHT * self.workers))
        queue = Queue(batches_of(jobs, settings, min(BATCH_INSTRUCTIONS, even)))
        try:
            while not queue.finished:
                self._turn(queue)
        except BaseException:
            self._inquiries.clear()
            self._crew.dismiss_busy()
            raise
        return queue.outcomes

    def close(self) -> None:
        """Sends the workers home and leaves the cluster."""
        for member in list(self._crew.members):
            self._crew.dismiss(member)
        self._cluster.leave()

    def _turn(self, queue: Queue) -> None:
        """Hands out what can be, waits for something to happen, and deals with it."""
        self._crew.hire()
        self._hand_out(queue)
        self._listen(queue)
        self._watch_the_clock(queue)
        self._crew.check()

    def _hand_out(self, queue: Queue) -> None:
        members = self._crew.ready
        for depth in range(IN_FLIGHT):
            for member in members:
                if len(member.flights) != depth or (depth and member.flights[0][1].alone):
                    continue
                parcel = queue.take(idle=depth == 0)
                if parcel is not None:
                    self._send(member, parcel)

    def _send(self, member: Member, parcel: Parcel) -> None:
        if not member.flights:
            member.began = time.monotonic()
        reference = member.actor.work.remote(pack(parcel.batch))
        member.flights.append((reference, parcel))

    def _listen(self, queue: Queue) -> None:
        owners = {found: member for member in self._crew.members for found in member.awaited}
        awaited = [*owners, *self._inquiries]
        if not awaited:
            time.sleep(TICK_SECONDS)
            return
        ready = dict.fromkeys(self._cluster.ready(awaited, TICK_SECONDS))
        for member in dict.fromkeys(owners[found] for found in ready if found in owners):
            if member.greeting is None:
                self._crew.welcome(member)
            else:
                self._collect(member, member.greeting, ready, queue)
        for reference in [found for found in ready if found in self._inquiries]:
            self._conclude(reference, queue)

    def _collect(self, member: Member, who: Greeting, ready: dict[Any, None], queue: Queue) -> None:
        """Takes what a worker has done, in order, or finds out that it has died."""
        errors = self._cluster.ray.exceptions
        while member.flights and member.flights[0][0] in ready:
            try:
                outcomes = self._cluster.ray.get(member.flights[0][0])
            except errors.RayTaskError as error:
                raise _cause(error, who) from None
            except errors.RayError:
                self._lose(member, who, "its worker died", queue)
                return
            queue.done(outcomes)
            member.flights.popleft()
            member.began = time.monotonic()

    def _lose(self, member: Member, who: Greeting, reason: str, queue: Queue) -> None:
        """Gives a worker up; what it was at is asked about, the rest goes to others.

        Raises:
            ExecutorError: The cluster's head is gone.
        """
        self._cluster.check()
        self._on_event(f"lost worker {who.process} on {who.host}: another takes its place")
        self._crew.dismiss(member)
        (_, oldest), *others = member.flights
        for _, parcel in reversed(others):
            queue.put_back(parcel)
        inquiry = Inquiry(oldest, who.host, reason, time.monotonic() + ASK_SECONDS)
        self._inquiries[self._cluster.ask(who.node)] = inquiry

    def _conclude(self, reference: Any, queue: Queue) -> None:
        """Blames a parcel for the end of its worker, unless the machine is gone, too."""
        inquiry = self._inquiries.pop(reference)
        try:
            self._cluster.ray.get(reference, timeout=0)
        except (self._cluster.ray.exceptions.RayError, TimeoutError):
            queue.put_back(inquiry.parcel)
            self._on_event(f"{inquiry.parcel.name}: {inquiry.host} is gone; done elsewhere")
            return
        self._on_event(queue.blame(inquiry.parcel, inquiry.reason))

    def _watch_the_clock(self, queue: Queue) -> None:
        now = time.monotonic()
        for member in self._crew.ready:
            late = member.flights and now - member.began > self._limit(member.flights[0][1])
            if late and member.greeting is not None:
                reason = f"it took longer than {self._timeout:g} s"
                self._lose(member, member.greeting, reason, queue)
        for reference in [found for found, it in self._inquiries.items() if now > it.until]:
            self._conclude(reference, queue)

    def _limit(self, parcel: Parcel) -> float:
        """Seconds that it may take."""
        jobs, settings = parcel.batch.jobs, parcel.batch.settings
        instructions = sum(job.instructions(settings) for job in jobs)
        return self._timeout * max(1.0, instructions / BATCH_INSTRUCTIONS)


def _cause(error: Any, who: Greeting) -> BaseException:
    """What went wrong in a worker, as it would be raised here."""
    if isinstance(error.cause, WrongEngine):
        return ExecutorError(f"{error.cause} on {who.host} (node {who.node})")
    return error.cause if isinstance(error.cause, BaseException) else error
