"""The way to a server: open while it answers, one call at a time to see once it does not."""

import threading
import time
from collections.abc import Callable
from typing import Final

import numpy as np

BASE_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0

_SLICE: Final = 0.1


class Clock:
    """The time, and waiting for it; a test passes its own."""

    def now(self) -> float:
        """Seconds since whenever."""
        return time.monotonic()

    def wait(self, stop: threading.Event, seconds: float) -> None:
        """Waits some seconds, or until the event is set."""
        stop.wait(seconds)


class Patience:
    """How long a call goes on while its server is down or busy.

    It begins to run with the first trouble, not while the server thinks.

    Args:
        seconds: In all.
        clock: The time.
    """

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds, self._clock = seconds, clock
        self._end: float | None = None

    def left(self) -> float:
        """Seconds left, at least 0; the first call begins them."""
        now = self._clock.now()
        if self._end is None:
            self._end = now + self._seconds
        return max(self._end - now, 0.0)


class Gate:
    """What all threads know of one server. Thread-safe.

    Args:
        clock: The time.
        stop: Ends every wait.
        check: Called between waits; what it raises ends them.
    """

    def __init__(self, clock: Clock, stop: threading.Event, check: Callable[[], None]) -> None:
        self._clock, self._stop, self._check = clock, stop, check
        self._lock = threading.Lock()
        self._faults = 0
        self._opens = 0.0
        self._prober: int | None = None
        # For waits alone: it decides no result, so no seed is wanted.
        self._random = np.random.default_rng()
        self.reason = ""

    def enter(self, patience: Patience) -> bool:
        """Waits until a request may be made.

        Returns:
            False: patience is at its end, the server still down; no request may be made.
        """
        while True:
            self._check()
            with self._lock:
                if self._admits():
                    return True
                until = self._opens - self._clock.now() if self._prober is None else _SLICE
            left = patience.left()
            if left <= 0:
                return False
            self._clock.wait(self._stop, min(max(until, 0.001), left, _SLICE))

    def pause(self, seconds: float) -> None:
        """Waits some seconds, without regard to the server."""
        end = self._clock.now() + seconds
        while (left := end - self._clock.now()) > 0:
            self._check()
            self._clock.wait(self._stop, min(left, _SLICE))
        self._check()

    def leave_open(self) -> None:
        """The request was answered: the server is there, for all."""
        with self._lock:
            self._faults, self._opens, self._prober = 0, 0.0, None

    def leave(self) -> None:
        """The request ended without telling anything of the server."""
        with self._lock:
            self._release()

    def leave_shut(self, reason: str, retry_after: float | None) -> float:
        """The server is down or busy.

        Returns:
            Seconds that this call should wait: jittered, and at least `retry_after`.
        """
        with self._lock:
            # Requests that were under way when the first one failed say nothing new.
            if self._faults == 0 or self._prober == threading.get_ident():
                self._faults += 1
            self.reason = reason
            seconds = max(self.jitter(self._faults), retry_after or 0.0)
            self._opens = max(self._opens, self._clock.now() + seconds)
            self._release()
        return seconds

    def jitter(self, faults: int) -> float:
        """Seconds to wait after so many faults in a row: anything up to a doubling bound."""
        bound = min(BASE_PAUSE * 2.0 ** min(faults - 1, 30), LONGEST_PAUSE)
        return float(self._random.uniform(0.0, bound))

    def _admits(self) -> bool:
        if self._faults == 0:
            return True
        if self._prober is not None or self._clock.now() < self._opens:
            return False
        self._prober = threading.get_ident()
        return True

    def _release(self) -> None:
        if self._prober == threading.get_ident():
            self._prober = None
