"""The live table of an experiment: a line for each run at work, and how all of it goes."""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from evolution.config import RunConfig
from evolution.experiment.spec import Ending
from evolution.live import WIDEST_REASON, whole_work, work_done
from evolution.run import Progress
from evolution.view import format_cost
from mars.redcode import printable
from mars.terminal import format_seconds

REFRESH: Final = 0.25  # seconds
OTHER_LINES: Final = 6


@dataclass
class _Line:
    """What is known of a run at work; `at_first` is its work before this process began."""

    config: RunConfig
    began: float
    at_first: float | None = None
    work: float = 0.0
    progress: Progress | None = None
    words: str = "starting"


class Board:
    """Follows runs side by side: shows them on a terminal, or says a line as each ends."""

    def __init__(self, configs: Mapping[str, RunConfig], finished: int, live: Live | None) -> None:
        """Before anything is begun.

        Args:
            configs: Of the runs to work, by name.
            finished: How many others are finished already.
            live: Where to show; None: no terminal.
        """
        self._configs, self._live = configs, live
        self._total = len(configs) + finished
        self._finished, self._failed, self._ended = finished, 0, 0
        self._lines: dict[str, _Line] = {}
        self._began = self._shown = time.monotonic()
        self._left = {name: _all_work(config) for name, config in configs.items()}
        self._worked = self._evaluations = self._cost = 0.0

    def began(self, name: str) -> None:
        """A run's process was begun."""
        self._lines[name] = _Line(self._configs[name], time.monotonic())

    def told(self, name: str, message: Progress | str) -> None:
        """A run went on, or says what it waits for."""
        line = self._lines[name]
        if isinstance(message, str):
            line.words = message
            return
        line.progress, line.words = message, ""
        work = weight(line.config) * work_done(line.config, message)
        if line.at_first is None:
            line.at_first = line.work = work
        self._worked += work - line.work
        line.work = work
        self._left[name] = _all_work(line.config) - work

    def ended(self, ending: Ending) -> None:
        """A run's process has ended."""
        line = self._lines.pop(ending.name)
        left = self._left.pop(ending.name)
        self._ended += 1
        self._finished += ending.state == "finished"
        self._failed += ending.state == "failed"
        if ending.state == "finished":
            self._worked += left
        if line.progress is not None:
            self._evaluations += line.progress.evaluations
            self._cost += line.progress.cost
        if self._live is None:
            click.echo(self._words_of(ending), err=True)

    def tick(self) -> None:
        """Some time went by."""
        now = time.monotonic()
        if self._live is not None and now - self._shown >= REFRESH:
            self._shown = now
            self._live.update(self.picture(self._live.console.height), refresh=True)

    def seconds_left(self) -> float | None:
        """Of the whole, at the speed so far; None when nothing shows it yet."""
        speed = self._worked / max(1e-9, time.monotonic() - self._began)
        return sum(self._left.values()) / speed if speed > 0 else None

    def picture(self, height: int) -> Group:
        """The table and the line below it, on a terminal with so many lines."""
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column("run")  # gives way first, and so does why it waits
        for heading in ("round", "iteration", "best", "evaluations/s", "spent", "left"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("")
        room = max(1, height - OTHER_LINES)
        for name, line in list(self._lines.items())[:room]:
            words = one_line(line.words)[:WIDEST_REASON]
            table.add_row(_cut(printable(name)), *map(Text, _figures(line)), _cut(words))
        hidden = len(self._lines) - room
        more = [Text(f"and {hidden} more at work")] if hidden > 0 else []
        return Group(table, *more, Text(self.summary()))

    def summary(self) -> str:
        """All of it in one line."""
        lines = [line.progress for line in self._lines.values() if line.progress is not None]
        evaluations = self._evaluations + sum(progress.evaluations for progress in lines)
        cost = self._cost + sum(progress.cost for progress in lines)
        speed = evaluations / max(1e-9, time.monotonic() - self._began)
        left = self.seconds_left()
        words = [
            f"{self._finished} of {self._total} runs finished",
            f"{self._failed} failed",
            f"{len(self._left)} to go",
            f"{speed:,.{0 if speed >= 10 else 1}f} evaluations/s",
            *([f"{format_cost(cost)} spent"] if cost else []),
            *([] if left is None else [f"about {format_seconds(left)} left"]),
        ]
        return ", ".join(words)

    def _words_of(self, ending: Ending) -> str:
        reason = f": {one_line(ending.reason)}" if ending.reason else ""
        return f"{printable(ending.name)} {ending.state}{reason} ({self.summary()})"


@contextmanager
def board(configs: Mapping[str, RunConfig], finished: int) -> Iterator[Board]:
    """A board on standard error while the block lasts."""
    console = Console(stderr=True)
    if not console.is_terminal or not configs:
        yield Board(configs, finished, None)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield Board(configs, finished, live)


def weight(config: RunConfig) -> float:
    """What a unit of a run's work takes, to add runs of different kinds: in cycles at most."""
    return float(config.fitness.fights * config.core.max_cycles)


def one_line(text: str) -> str:
    """Untrusted text as one line for a terminal."""
    return printable(" ".join(text.split()))


def _cut(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")


def _figures(line: _Line) -> tuple[str, ...]:
    progress = line.progress
    if progress is None or line.at_first is None:
        return ("",) * 6
    elapsed = max(1e-9, time.monotonic() - line.began)
    speed = progress.evaluations / elapsed
    done = line.work - line.at_first
    left = (_all_work(line.config) - line.work) * elapsed / done if done > 0 else None
    where = f"{progress.iteration}/{progress.iterations}"
    return (
        f"{progress.round}/{progress.rounds}",
        "champion" if progress.phase == "champion" else where,
        f"{progress.best_fitness:.2f}" if math.isfinite(progress.best_fitness) else "",
        f"{speed:,.{0 if speed >= 10 else 1}f}",
        format_cost(progress.cost) if progress.cost else "",
        "" if left is None else format_seconds(left),
    )


def _all_work(config: RunConfig) -> float:
    return weight(config) * whole_work(config)
