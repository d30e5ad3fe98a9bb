"""Runs side by side, each in a process of its own; one that fails does not hold the others up."""

import selectors
import threading
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final, Protocol

from evolution.experiment.child import Child
from evolution.experiment.spec import Ending, Spec
from evolution.run import Progress

# So many failures in a row for the same reason, and no further run is begun.
ALIKE: Final = 3
POLL: Final = 0.1  # seconds


class Watcher(Protocol):
    """Who is told how it goes."""

    def began(self, name: str) -> None:
        """A run's process was begun."""
        ...

    def told(self, name: str, message: Progress | str) -> None:
        """A run went on, or says what it waits for."""
        ...

    def ended(self, ending: Ending) -> None:
        """A run's process has ended."""
        ...

    def tick(self) -> None:
        """Some time went by."""
        ...


def work_side_by_side(
    specs: Sequence[tuple[str, Spec]], jobs: int, stop: threading.Event, watcher: Watcher
) -> list[Ending]:
    """Works runs until all have ended.

    Args:
        specs: Names and what to do, in the order in which they are begun.
        jobs: How many at once.
        stop: Set to begin no further run, and to end those at work after their batches.
        watcher: Told from this thread.

    Returns:
        In the order in which they ended; those that were never begun are not there.
    """
    waiting = deque(specs)
    working: list[Child] = []
    endings: list[Ending] = []
    with selectors.DefaultSelector() as selector:
        try:
            while True:
                while waiting and len(working) < jobs and _may_begin(stop, endings):
                    name, spec = waiting.popleft()
                    _begin(name, spec, working, endings, watcher)
                    _listen(selector, working)
                if not working and not (waiting and _may_begin(stop, endings)):
                    return endings
                if stop.is_set():
                    for child in working:
                        child.stop()
                selector.select(POLL)
                working = _look_after(working, selector, endings, watcher)
                watcher.tick()
        finally:
            for child in working:
                child.kill()


def common_fault(endings: Sequence[Ending]) -> str | None:
    """Why the latest runs failed all alike, so that others would too; None: they did not."""
    latest = list(islice(reversed(endings), ALIKE))
    reasons = {ending.reason for ending in latest}
    alike = len(latest) == ALIKE and len(reasons) == 1
    failed = all(ending.state == "failed" and not ending.own for ending in latest)
    return reasons.pop() if alike and failed else None


def _may_begin(stop: threading.Event, endings: Sequence[Ending]) -> bool:
    return not stop.is_set() and common_fault(endings) is None


def _begin(
    name: str, spec: Spec, working: list[Child], endings: list[Ending], watcher: Watcher
) -> None:
    watcher.began(name)
    try:
        working.append(Child(name, spec))
    except OSError as error:
        endings.append(Ending(name, "failed", f"cannot begin a process: {error.strerror}"))
        watcher.ended(endings[-1])


def _listen(selector: selectors.BaseSelector, working: Sequence[Child]) -> None:
    known = {key.fd for key in selector.get_map().values()}
    for child in working:
        # Standard error may stay open in what the process has begun itself; it is read by and by.
        if child.outputs[0] not in known:
            selector.register(child.outputs[0], selectors.EVENT_READ)


def _look_after(
    working: Sequence[Child],
    selector: selectors.BaseSelector,
    endings: list[Ending],
    watcher: Watcher,
) -> list[Child]:
    """Passes on what the processes tell; those that still work."""
    left = []
    for child in working:
        running = child.running  # asked first, so that nothing is said after the last reading
        for message in child.receive():
            watcher.told(child.name, message)
        if running:
            left.append(child)
            continue
        selector.unregister(child.outputs[0])
        endings.append(child.ending())
        watcher.ended(endings[-1])
        child.close()
    return left
