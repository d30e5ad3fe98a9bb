"""The process of one run of an experiment: `python -m evolution.experiment.worker`.

Its standard input brings what to do as a line of JSON. That it ends means: finish what is under
way and stop; so does the death of the process that began this one.
"""

import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from evolution.executor import ExecutorError
from evolution.experiment.spec import (
    Spec,
    Way,
    format_end,
    format_note,
    format_progress,
    format_words,
    parse_spec,
)
from evolution.folder import FolderError, is_locked
from evolution.islands import Islands, opened_run
from evolution.live import stop_requests
from evolution.presets import parse_config
from evolution.run import Progress, Run
from evolution.service import Service
from evolution.service_options import make_service
from evolution.store import StoreError
from evolution.tables import ConfigError
from evolution.versions import version_warning
from evolution.workplace import make_workplace
from llm_mutator.mutator import BudgetSpent, MutatorUnavailable

TOLD_EVERY: Final = 0.2  # seconds
LOCK_PATIENCE: Final = 120.0
LOCK_POLL: Final = 0.2


class Teller:
    """Tells the process that began this one; when nobody listens any more, the run stops."""

    def __init__(self, handle: int, stop: threading.Event) -> None:
        """Args: the handle to write to; `stop` is set when that fails."""
        self._handle, self._stop = handle, stop
        self._last = -TOLD_EVERY
        self._lock = threading.Lock()

    def say(self, line: str) -> None:
        """Writes a line, from any thread."""
        with self._lock:
            rest = line.encode()
            try:
                while rest:
                    rest = rest[os.write(self._handle, rest) :]
            except OSError:
                self._stop.set()

    def progress(self, progress: Progress) -> None:
        """Writes progress, not too often."""
        now = time.monotonic()
        if progress.phase == "champion" or now - self._last >= TOLD_EVERY:
            self._last = now
            self.say(format_progress(progress))

    def words(self, words: str) -> None:
        """Writes what the run waits for."""
        self.say(format_words(words))


def main() -> None:
    """Works the run that standard input asks for, and tells how it ended."""
    line = sys.stdin.readline()
    # What is told must not mix with what a library prints.
    handle = os.dup(1)
    os.dup2(2, 1)
    stop = threading.Event()
    teller = Teller(handle, stop)
    threading.Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()
    teller.say(_end_of(line, teller, stop))


def _stop_at_end_of_input(stop: threading.Event) -> None:
    # Not by way of `sys.stdin`, whose lock would be held when Python ends.
    while os.read(0, 4096):
        pass
    stop.set()


def _end_of(line: str, teller: Teller, stop: threading.Event) -> str:
    try:
        finished = _work(parse_spec(line), teller, stop)
    except KeyboardInterrupt:
        return format_end("stopped")
    except click.ClickException as error:
        return format_end("failed", error.format_message())
    except (ConfigError, FolderError, StoreError, MutatorUnavailable, ExecutorError) as error:
        return format_end("failed", str(error), isinstance(error, BudgetSpent))
    return format_end("finished" if finished else "stopped")


def _work(spec: Spec, teller: Teller, stop: threading.Event) -> bool:
    """Goes on with a run until it is finished or should stop; whether it is finished."""
    folder, config = Path(spec.folder), parse_config(spec.config)
    with stop_requests(stop, None):
        _wait_until_free(folder, teller, stop)
        if stop.is_set():
            return False
        way = spec.way
        service = replace(_service(way), stop=stop)
        workplace = make_workplace(
            executor=way.executor, workers=way.workers, ray_address=way.ray_address
        )
        with opened_run(
            folder, config, command=way.command, executor=workplace.open, service=service
        ) as run:
            _warn_of_other_versions(run, teller)
            try:
                finished = run.advance(teller.progress, stop.is_set, teller.words)
            except MutatorUnavailable as error:
                run.log("stopped", str(error))
                raise
            run.log("finished" if finished else "stopped")
            return finished


def _warn_of_other_versions(run: Run | Islands, teller: Teller) -> None:
    if words := version_warning([one.store for one in run.runs]):
        teller.say(format_note(words))


def _service(way: Way) -> Service:
    return make_service(
        max_cost=way.max_cost,
        max_tokens=way.max_tokens,
        allow_unpriced=way.allow_unpriced,
        prices=None if way.prices is None else Path(way.prices),
        replay=None if way.replay is None else Path(way.replay),
    )


def _wait_until_free(folder: Path, teller: Teller, stop: threading.Event) -> None:
    """Waits for a process whose parent was killed, and which still ends its batch."""
    until = time.monotonic() + LOCK_PATIENCE
    while is_locked(folder) and time.monotonic() < until and not stop.is_set():
        teller.words("another process ends its work on it")
        stop.wait(LOCK_POLL)


if __name__ == "__main__":
    main()
