"""A run's process, seen from the experiment's command."""

import os
import signal
import subprocess
import sys
from collections import deque
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import evolution
from evolution.experiment.spec import Ending, Note, Spec, format_spec, parse_message
from evolution.run import Progress

MODULE: Final = "evolution.experiment.worker"
CHUNK: Final = 65_536
MAX_LINE: Final = 1_000_000
KEPT_LINES: Final = 20


class Child:
    """A process that works one run. Nothing here waits for it."""

    def __init__(self, name: str, spec: Spec) -> None:
        """Begins it.

        Raises:
            OSError: The system cannot.
        """
        self.name = name
        self._folder = spec.folder
        self._process = subprocess.Popen(
            # Without the working folder on the path: it may hold anything.
            [sys.executable, "-P", "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _python_path()},
            start_new_session=True,  # so that a Ctrl-C on the terminal is for the command alone
        )
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._input = self._process.stdin
        self.outputs = (self._process.stdout.fileno(), self._process.stderr.fileno())
        for handle in self.outputs:
            os.set_blocking(handle, False)
        self._rest = dict.fromkeys(self.outputs, b"")
        self._errors: deque[str] = deque(maxlen=KEPT_LINES)
        self._end: Ending | None = None
        with suppress(BrokenPipeError):  # its end tells why
            self._input.write(format_spec(spec).encode())
            self._input.flush()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Lets it finish what is under way."""
        with suppress(BrokenPipeError):
            self._input.close()

    def kill(self) -> None:
        """Ends it, and what it has begun itself, at once; a run survives that."""
        if self.running:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self.close()

    def receive(self) -> list[Progress | Note | str]:
        """What it has told since the last time, in order."""
        told: list[Progress | Note | str] = []
        output, errors = self.outputs
        for line in self._lines(output):
            try:
                message = parse_message(line, self.name)
            except ValueError:
                self._errors.append(line.decode(errors="replace"))
                continue
            if isinstance(message, Ending):
                self._end = message
            else:
                told.append(message)
        self._errors += [line.decode(errors="replace") for line in self._lines(errors)]
        return told

    def ending(self) -> Ending:
        """How it ended, once it has and everything is received.

        A reason does not say in which folder, so that it reads alike for all runs it befalls.
        """
        if self._end is not None:
            reason = self._end.reason.replace(f"{self._folder}{os.sep}", "")
            return replace(self._end, reason=reason)
        code = self._process.returncode
        if code < 0:
            return Ending(self.name, "failed", f"its process was killed by {_signal_name(-code)}")
        last = next((line for line in reversed(self._errors) if line.strip()), "nothing was said")
        return Ending(self.name, "failed", f"its process ended with code {code}: {last.strip()}")

    def close(self) -> None:
        """Gives back what the system lent for it."""
        self.stop()
        assert self._process.stdout and self._process.stderr
        self._process.stdout.close()
        self._process.stderr.close()

    def _lines(self, handle: int) -> list[bytes]:
        text = self._rest[handle]
        while len(text) <= MAX_LINE:
            try:
                chunk = os.read(handle, CHUNK)
            except BlockingIOError:
                break
            if not chunk:
                break
            text += chunk
        *lines, rest = text.split(b"\n")
        self._rest[handle] = rest[-MAX_LINE:]
        return lines


def _python_path() -> str:
    """Where this package is, however it was found here."""
    here = str(Path(evolution.__file__).resolve().parents[1])
    given = os.environ.get("PYTHONPATH")
    return os.pathsep.join([here, given] if given else [here])


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
