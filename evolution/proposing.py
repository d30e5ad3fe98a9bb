"""Many proposals at once: asked for in order, handed over as they arrive."""

import queue
import threading
from collections.abc import Iterator, Sequence

import numpy as np

from llm_mutator.mutator import MutationRequest, Mutator, Proposal, Stopped
from mars.closing import Closing

Wish = tuple[MutationRequest, np.random.SeedSequence]
Arrival = tuple[int, Proposal | BaseException]


class Proposing(Closing):
    """Proposals under way. A context manager.

    A mutator that waits for nobody makes them all in the calling thread. Others are asked from
    `mutator.concurrency` threads. After the first error no further proposal is begun, those
    that are under way are waited for (their replies are paid), then it is raised.
    """

    def __init__(self, mutator: Mutator, wishes: Sequence[Wish]) -> None:
        """Begins.

        Args:
            mutator: Makes them.
            wishes: Requests with their seeds.
        """
        self._mutator, self._wishes = mutator, wishes
        self._todo: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._arrived: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._threads = min(mutator.concurrency, len(wishes))
        for place in range(len(wishes)):
            self._todo.put(place)
        if self._threads > 1:
            for _ in range(self._threads):
                # Daemons, so that a second Ctrl-C need not wait for a server.
                threading.Thread(target=self._work, daemon=True).start()

    def close(self) -> None:
        """Begins no further proposal; those under way go on."""
        self._ended.set()

    def arrivals(self) -> Iterator[list[tuple[int, Proposal]]]:
        """Portions of proposals with their places among the wishes, as they arrive.

        Raises:
            MutatorUnavailable: As the mutator does.
        """
        if self._threads <= 1:
            yield [(n, self._mutator.propose(*wish)) for n, wish in enumerate(self._wishes)]
            return
        missing = len(self._wishes)
        failure: BaseException | None = None
        while missing:
            portion = []
            for place, outcome in self._take():
                missing -= 1
                if not isinstance(outcome, BaseException):
                    portion.append((place, outcome))
                elif failure is None or isinstance(failure, Stopped):
                    # What made the others stop says more than that they stopped.
                    failure = outcome
            if portion and failure is None:
                yield portion
        if failure is not None:
            raise failure

    def _take(self) -> Iterator[Arrival]:
        """All that has arrived, at least one."""
        yield self._arrived.get()
        while True:
            try:
                yield self._arrived.get_nowait()
            except queue.Empty:
                return

    def _work(self) -> None:
        while True:
            try:
                place = self._todo.get_nowait()
            except queue.Empty:
                return
            self._arrived.put((place, self._propose(place)))

    def _propose(self, place: int) -> Proposal | BaseException:
        if self._ended.is_set():
            return Stopped("no further proposal is begun")
        try:
            return self._mutator.propose(*self._wishes[place])
        except BaseException as error:  # raised again in the thread that waits
            self._ended.set()
            return error
