"""Runs side by side, each in a process of its own; one that fails does not hold the others up."""

import selectors
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from evolution.experiment.board import Board
from evolution.experiment.child import Child
from evolution.experiment.spec import Ending, Spec

# So many failures in a row for the same reason, and no further run is begun.
ALIKE: Final = 3
POLL: Final = 0.1  # seconds


def work_side_by_side(
    specs: Sequence[tuple[str, Spec]],
    at_once: int,
    stop: threading.Event,
    board: Board,
    in_place: Callable[[], bool] = lambda: True,
) -> list[Ending]:
    """Works runs until all have ended.

    Args:
        specs: Names and what to do, in the order in which they are begun.
        at_once: How many side by side.
        stop: Set to begin no further run, and to end those at work after their batches.
        board: Told from this thread.
        in_place: Whether the experiment's folder is still there; when it is not, all stop.

    Returns:
        In the order in which they ended; those that were never begun are not there.
    """
    waiting = deque(specs)
    with selectors.DefaultSelector() as selector:
        children = _Children(selector, board)
        try:
            while True:
                if not in_place():
                    stop.set()
                while (
                    waiting
                    and len(children.working) < at_once
                    and _may_begin(stop, children.endings)
                ):
                    children.begin(*waiting.popleft())
                if not children.working and not (waiting and _may_begin(stop, children.endings)):
                    return children.endings
                if stop.is_set():
                    children.stop()
                selector.select(POLL)
                children.look_after()
                board.tick()
        finally:
            children.kill()


def common_fault(endings: Sequence[Ending]) -> str | None:
    """Why the latest runs failed all alike, so that others would too; None: they did not."""
    latest = list(islice(reversed(endings), ALIKE))
    reasons = {ending.reason for ending in latest}
    alike = len(latest) == ALIKE and len(reasons) == 1
    failed = all(ending.state == "failed" and not ending.own for ending in latest)
    return reasons.pop() if alike and failed else None


def _may_begin(stop: threading.Event, endings: Sequence[Ending]) -> bool:
    return not stop.is_set() and common_fault(endings) is None


class _Children:
    """The processes at work.

    Attributes:
        working: Those that have not ended.
        endings: How the others ended, in that order.
    """

    def __init__(self, selector: selectors.BaseSelector, board: Board) -> None:
        """Args: the selector wakes when a process tells something; the board is told it."""
        self._selector, self._board = selector, board
        self.working: list[Child] = []
        self.endings: list[Ending] = []

    def begin(self, name: str, spec: Spec) -> None:
        """Begins a run's process; that the system cannot is an ending, too."""
        self._board.began(name)
        try:
            child = Child(name, spec)
        except OSError as error:
            self._end(Ending(name, "failed", f"cannot begin a process: {error.strerror}"))
            return
        self.working.append(child)
        # Standard error may stay open in what the process has begun itself; it is read by and by.
        self._selector.register(child.outputs[0], selectors.EVENT_READ)

    def look_after(self) -> None:
        """Passes on what the processes tell."""
        for child in list(self.working):
            running = child.running  # asked first, so that nothing is said after the last reading
            for message in child.receive():
                self._board.told(child.name, message)
            if not running:
                self.working.remove(child)
                self._selector.unregister(child.outputs[0])
                self._end(child.ending())
                child.close()

    def stop(self) -> None:
        """Lets all finish what is under way."""
        for child in self.working:
            child.stop()

    def kill(self) -> None:
        """Ends all at once."""
        for child in self.working:
            child.kill()

    def _end(self, ending: Ending) -> None:
        self.endings.append(ending)
        self._board.ended(ending)
