"""While a run works: its progress on the terminal, and being asked to stop."""

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from evolution.config import RunConfig
from evolution.islands_config import NO_ISLAND
from evolution.run import Progress
from evolution.view import format_cost
from mars.redcode import printable

WIDEST_REASON: Final = 60
STOPPING: Final = "finishing what is under way; once more stops at once, and loses it"


def say_stopping() -> None:
    """Says `STOPPING` on standard error, in a way that is safe in a signal's handler."""
    os.write(2, f"\n{STOPPING}\n".encode())


@contextmanager
def stop_requests(
    stop: threading.Event, minutes: float | None, say: Callable[[], None] = say_stopping
) -> Iterator[Callable[[], bool]]:
    """Sets `stop` at the first SIGINT or SIGTERM, and when so many minutes are over.

    A second signal raises KeyboardInterrupt.

    Args:
        stop: To set.
        minutes: None: without end.
        say: Called by the first signal's handler, to tell the user.

    Yields:
        Whether there was a signal.
    """
    asked = threading.Event()

    def handle(_: int, __: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        stop.set()
        say()

    timer = threading.Timer(60 * (minutes or 0), stop.set)
    timer.daemon = True
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        if minutes == 0:
            stop.set()
        elif minutes is not None:
            timer.start()
        yield asked.is_set
    finally:
        timer.cancel()
        for number, old in before.items():
            signal.signal(number, old)


@contextmanager
def progress_bar(
    config: RunConfig,
) -> Iterator[tuple[Callable[[Progress], None], Callable[[str], None]]]:
    """Live progress on a terminal, nothing elsewhere.

    Yields:
        What shows progress, and what shows why a chat model does not answer.
    """
    columns = (
        TextColumn("round {task.fields[round]}"),
        BarColumn(bar_width=10),
        TextColumn("{task.fields[words]}", markup=False),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Bar(*columns, console=console, disable=not console.is_terminal) as bar:
        total = whole_work(config)
        task = bar.add_task("", total=total, round=f"of {config.rounds}", words="starting")
        began = time.monotonic()
        resumed = False

        def show(progress: Progress) -> None:
            nonlocal resumed
            if not resumed:  # what was done before must not count as speed
                bar.reset(task, total=total)
                resumed = True
            speed = progress.evaluations / max(1e-9, time.monotonic() - began)
            bar.update(
                task,
                completed=work_done(config, progress),
                round=f"{progress.round}/{progress.rounds}",
                words=_progress_words(progress, speed),
            )

        def show_fault(reason: str) -> None:
            bar.update(task, words=f"no answer: {printable(reason)[:WIDEST_REASON]}")

        yield show, show_fault


def _progress_words(progress: Progress, speed: float) -> str:
    where = (
        "champion"
        if progress.phase == "champion"
        else f"{progress.iteration}/{progress.iterations}"
    )
    best = f" best {progress.best_fitness:.2f}" if math.isfinite(progress.best_fitness) else ""
    cost = f" {format_cost(progress.cost)}" if progress.cost else ""
    island = f"island {progress.island} " if progress.island != NO_ISLAND else ""
    return (
        f"{island}{where}{best} archive {progress.occupied}/{progress.cells} "
        f"{speed:,.{0 if speed >= 10 else 1}f} evaluations/s{cost}"
    )


def whole_work(config: RunConfig) -> int:
    """All work of a run, or of all its islands."""
    islands = config.islands.count if config.islands.are_several else 1
    return islands * work_until(config, config.rounds + 1, 0)


def work_done(config: RunConfig, progress: Progress) -> int:
    """Work of a run, or of all its islands: those before this one have reached the exchange."""
    here = work_until(config, progress.round, progress.iteration)
    if progress.island == NO_ISLAND:
        return here
    stretch = config.islands.stretch(progress.round, config.rounds)
    before = progress.island * work_until(config, stretch.stop, 0)
    after = (config.islands.count - progress.island - 1) * work_until(config, stretch.start, 0)
    return before + here + after


def work_until(config: RunConfig, round_number: int, iteration: int) -> int:
    """Work up to an iteration, in warriors fought: later rounds have more opponents."""
    whole = sum(1 + config.opponents_in(number) for number in range(1, round_number))
    part = 1 + config.opponents_in(round_number)
    return whole * config.search.iterations + part * iteration
