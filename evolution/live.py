"""While a run works: its progress on the terminal, and being asked to stop."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from evolution.config import RunConfig
from evolution.run import Progress


@contextmanager
def stop_requests() -> Iterator[Callable[[], bool]]:
    """The first SIGINT or SIGTERM asks to stop, a second one stops."""
    asked = threading.Event()

    def handle(_: int, __: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        os.write(2, b"\nfinishing the batch; once more stops at once\n")

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, old in before.items():
            signal.signal(number, old)


@contextmanager
def progress_bar(config: RunConfig) -> Iterator[Callable[[Progress], None]]:
    """Live progress on a terminal, nothing elsewhere."""
    columns = (
        TextColumn("round {task.fields[round]}"),
        BarColumn(bar_width=10),
        TextColumn("{task.fields[words]}"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Bar(*columns, console=console, disable=not console.is_terminal) as bar:
        total = work_until(config, config.rounds + 1, 0)
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
                completed=work_until(config, progress.round, progress.iteration),
                round=f"{progress.round}/{progress.rounds}",
                words=_progress_words(progress, speed),
            )

        yield show


def _progress_words(progress: Progress, speed: float) -> str:
    where = (
        "champion"
        if progress.phase == "champion"
        else f"{progress.iteration}/{progress.iterations}"
    )
    return (
        f"{where} best {progress.best_fitness:.2f} archive {progress.occupied}/{progress.cells} "
        f"{speed:,.0f} evaluations/s"
    )


def work_until(config: RunConfig, round_number: int, iteration: int) -> int:
    """Work up to an iteration, in warriors fought: later rounds have more opponents."""
    whole = sum(1 + config.opponents_in(number) for number in range(1, round_number))
    part = 1 + config.opponents_in(round_number)
    return whole * config.search.iterations + part * iteration
