"""The workers of a Ray cluster as the driver sees them: who is there, and who is at what."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from evolution.cluster.connection import Cluster
from evolution.cluster.queue import Parcel
from evolution.cluster.worker import Greeting, Worker
from evolution.engine import engine_version
from evolution.executor import ExecutorError

# A pause after a worker that cannot start, and how often the head is asked whether it is there.
PAUSE_SECONDS: Final = 5.0
PULSE_SECONDS: Final = 5.0


@dataclass(eq=False)
class Member:
    """A worker.

    Attributes:
        actor: Ray's handle.
        greeted: The reference that its greeting comes by.
        greeting: None until it is ready.
        flights: What it was given, in the order that it works them: references and parcels.
        began: When it began the first of these.
    """

    actor: Any
    greeted: Any
    greeting: Greeting | None = None
    flights: deque[tuple[Any, Parcel]] = field(default_factory=deque)
    began: float = 0.0

    @property
    def awaited(self) -> list[Any]:
        """References of what it still owes."""
        if self.greeting is None:
            return [self.greeted]
        return [reference for reference, _ in self.flights]


class Crew:
    """All workers.

    Attributes:
        size: How many there should be.
        members: Those that are ready, and those that start.
    """

    def __init__(
        self,
        cluster: Cluster,
        worker_class: type[Worker],
        *,
        patience: float,
        on_event: Callable[[str], None],
    ) -> None:
        """Nobody yet.

        Args:
            cluster: Where they work.
            worker_class: What they are.
            patience: Seconds without any of them until that is an error.
            on_event: Told in a line what becomes of them.
        """
        self.size = 1
        self.members: list[Member] = []
        self._cluster, self._worker_class = cluster, worker_class
        self._patience, self._on_event = patience, on_event
        self._seen = self._pulse = self._next_start = time.monotonic()

    @property
    def ready(self) -> list[Member]:
        """Those that can work."""
        return [member for member in self.members if member.greeting is not None]

    def muster(self, size: int | None) -> None:
        """Sets how many there should be, None: as many as there are cores; time counts anew.

        Raises:
            ExecutorError: The head is gone.
        """
        self._cluster.check()
        self.size = size or max(1, self._cluster.cores)
        self._seen = time.monotonic()

    def hire(self) -> None:
        """Starts workers in the places of those that are missing."""
        while len(self.members) < self.size and time.monotonic() >= self._next_start:
            actor = self._cluster.hire(self._worker_class)
            self.members.append(Member(actor, actor.greet.remote(engine_version())))

    def welcome(self, member: Member) -> None:
        """Takes one on that has greeted, or let one go that could not start.

        Raises:
            ExecutorError: It has another version of the engine, or lacks the package, or the
                cluster's head is gone.
        """
        errors = self._cluster.ray.exceptions
        try:
            greeting: Greeting = self._cluster.ray.get(member.greeted)
        except errors.RayTaskError as error:
            raise ExecutorError(f"a worker cannot start: {_last_line(error)}") from None
        except errors.RayError as error:
            self._cluster.check()
            self.dismiss(member)
            self._next_start = time.monotonic() + PAUSE_SECONDS
            self._on_event(f"a worker did not start: {_last_line(error)}")
            return
        if greeting.engine != engine_version():
            raise ExecutorError(
                f"expected engine {engine_version()} on every machine: "
                f"got {greeting.engine} on {greeting.host} (node {greeting.node})"
            )
        member.greeting = greeting

    def dismiss(self, member: Member) -> None:
        """Ends one, whatever it does."""
        self.members.remove(member)
        self._cluster.dismiss(member.actor)

    def dismiss_busy(self) -> None:
        """Ends those that are at something nobody waits for any more."""
        for member in [member for member in self.members if member.flights]:
            self.dismiss(member)

    def check(self) -> None:
        """Finds out whether there is still a cluster, and somebody who works.

        Raises:
            ExecutorError: There is not.
        """
        now = time.monotonic()
        if self.ready:
            self._seen = now
        elif now - self._seen > self._patience:
            raise ExecutorError(
                f"expected workers in the Ray cluster {self._cluster.name}: "
                f"got none for {self._patience:g} s"
            )
        if now - self._pulse >= PULSE_SECONDS:
            self._cluster.check()
            self._pulse = time.monotonic()


def _last_line(error: Exception) -> str:
    return str(error).strip().split("\n")[-1].strip()
