"""A cluster in this process: workers that really work, and die, hang or vanish when told to."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final, Literal

from evolution.cluster.worker import Greeting
from evolution.engine import engine_version
from evolution.jobs import work
from evolution.packing import PackedBatch, unpack

Fate = Literal["works", "dies", "hangs", "vanishes", "does not start"]

PAUSE: Final = 0.002
MOST_PAUSES: Final = 5000


class RayError(Exception):
    """A worker, or its machine, is gone."""


class RayTaskError(RayError):
    """A worker's method has raised something."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


@dataclass(eq=False)
class Reference:
    """What a call will bring: a value, or an error to raise; nothing yet while `make` is not run.

    Attributes:
        make: Works it out.
        keys: Of the batch's jobs; empty for other calls.
        found: The value or the error.
    """

    make: Callable[[], Any]
    keys: tuple[int, ...] = ()
    found: list[Any] = field(default_factory=list)


class Actor:
    """A worker on a machine of its own, which is named after its number.

    Attributes:
        number: In the order of hiring, from 1.
        owed: Batches in its hands, oldest first.
        held: The jobs' keys of all batches in its hands, after each that came.
    """

    def __init__(self, number: int, fate: Callable[[int, Sequence[int]], Fate]) -> None:
        self.number, self._fate = number, fate
        self.owed: list[Reference] = []
        self.held: list[tuple[tuple[int, ...], ...]] = []
        self.gone = False
        self.greet = SimpleNamespace(remote=self._greet)
        self.work = SimpleNamespace(remote=self._work)

    def finish(self) -> None:
        """Works its oldest batch, or meets its fate."""
        if not self.owed:
            return
        fate = self._fate(self.number, self.owed[0].keys)
        if fate == "works":
            oldest = self.owed.pop(0)
            oldest.found.append(_value(oldest.make))
        elif fate != "hangs":
            self.gone = fate == "vanishes"
            for reference in self.owed:
                reference.found.append(RayError("worker died"))

    def _greet(self, engine: str) -> Reference:
        def greeting() -> Greeting:
            if self._fate(self.number, ()) == "does not start":
                raise RayError("no room\nout of memory")
            return Greeting(engine, f"host{self.number}", 100 + self.number, f"node{self.number}")

        return Reference(greeting, found=[_value(greeting)])

    def _work(self, packed: PackedBatch) -> Reference:
        batch = unpack(packed)
        assert batch.engine == engine_version()
        reference = Reference(lambda: work(batch), tuple(job.key for job in batch.jobs))
        self.owed.append(reference)
        self.held.append(tuple(owed.keys for owed in self.owed))
        return reference


class TwinCluster:
    """As `evolution.cluster.connection.Cluster`, without Ray.

    Attributes:
        actors: All that were ever hired.
        dismissed: Their numbers, in the order in which they went.
    """

    def __init__(self, cores: int, fate: Callable[[int, Sequence[int]], Fate]) -> None:
        """Nobody yet.

        Args:
            cores: Workers at a time.
            fate: What happens to a worker, by its number, over jobs of these keys; of none: when
                it starts.
        """
        self.name, self.cores, self._fate = "of a test", cores, fate
        self.actors: list[Actor] = []
        self.dismissed: list[int] = []
        errors = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)
        self.ray = SimpleNamespace(exceptions=errors, get=_get)
        self._patience = MOST_PAUSES

    def check(self) -> None:
        """The head is always there."""

    def hire(self, _: type) -> Actor:
        """One more."""
        self.actors.append(Actor(len(self.actors) + 1, self._fate))
        return self.actors[-1]

    def dismiss(self, actor: Actor) -> None:
        """Notes who goes."""
        self.dismissed.append(actor.number)
        actor.owed.clear()

    def ask(self, node: str) -> Reference:
        """Whether a machine is there: all are but those that vanished."""
        (actor,) = (actor for actor in self.actors if f"node{actor.number}" == node)
        answer: Any = RayError("node died") if actor.gone else True
        return Reference(lambda: answer, found=[answer])

    def ready(self, references: list[Reference], seconds: float) -> list[Reference]:
        """Lets each worker do one batch; those of the references that are known by then."""
        for actor in self.actors:
            actor.finish()
        found = [reference for reference in references if reference.found]
        if not found:
            self._patience -= 1
            assert self._patience, "expected an executor that comes to an end"
            time.sleep(min(seconds, PAUSE))
        return found

    def leave(self) -> None:
        """Nothing to leave."""


def _get(reference: Reference, timeout: float | None = None) -> Any:
    assert reference.found, f"expected a reference that is ready, within {timeout} s"
    if isinstance(reference.found[0], BaseException):
        raise reference.found[0]
    return reference.found[0]


def _value(make: Callable[[], Any]) -> Any:
    """What a call brings; its error as Ray hands it over."""
    try:
        return make()
    except RayError as error:
        return error
    except ValueError as error:
        return RayTaskError(error)
