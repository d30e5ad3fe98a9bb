"""What commands that take a while show and say: progress, and how they end when stopped."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import IO, Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

PATIENCE: Final = 2.0  # seconds without a progress bar


class Interrupted(click.ClickException):
    """The user stopped the job; nothing is wrong."""

    exit_code = 130

    def show(self, file: IO[Any] | None = None) -> None:
        """Says so, without calling it an error."""
        click.echo(self.message, file=file, err=file is None)


@contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[int, int], None]]:
    """Progress on a terminal's standard error, for what takes more than two seconds.

    Args:
        total: How many there are to do, as far as is known.
        what: Of these.

    Returns:
        To be called with how many are done, and of how many.
    """
    console = Console(stderr=True)
    began = time.monotonic()
    bar = Progress(BarColumn(), TextColumn("{task.description}"), console=console, transient=True)
    task = bar.add_task(f"0 of {total:,} {what}", total=total)

    def show(done: int, total: int) -> None:
        rate = done / max(1e-9, time.monotonic() - began)
        words = _words(done, total, what, rate)
        bar.update(task, completed=done, total=total, description=words)

    if not console.is_terminal:
        yield show
        return
    timer = Timer(PATIENCE, bar.start)
    timer.start()
    try:
        yield show
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


def format_seconds(seconds: float) -> str:
    """A length of time for people: `42 s`, `3 min 5 s`, `7 h 20 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def _words(done: int, total: int, what: str, rate: float) -> str:
    words = f"{done:,} of {total:,} {what}, {rate:,.1f}/s"
    left = f", {format_seconds((total - done) / rate)} left" if done else ""
    return words + left
