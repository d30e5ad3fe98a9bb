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
from evolution.experiment.spec import Ending, Note
from evolution.live import STOPPING, WIDEST_REASON, say_stopping, whole_work, work_done
from evolution.run import Progress
from evolution.view import format_cost
from mars.redcode import printable
from mars.terminal import format_seconds

REFRESH: Final = 0.25  # seconds
OTHER_LINES: Final = 6
GAP: Final = 2  # beside a column
LEAST_NAME: Final = 12
WORDS_SHARE: Final = 3
HEADINGS: Final = ("round", "iteration", "best", "evaluations/s", "spent", "left")


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

    def __init__(
        self, configs: Mapping[str, RunConfig], finished: int, live: Live | None, of: str = ""
    ) -> None:
        """Before anything is begun.

        Args:
            configs: Of the runs to work, by name.
            finished: How many others are finished already.
            live: Where to show; None: no terminal.
            of: Of which part of an experiment they are; '' for all of it.
        """
        self._configs, self._live = configs, live
        self._total = len(configs) + finished
        self._finished, self._failed, self._ended = finished, 0, 0
        self._of, self._notes = of, set[str]()
        self._lines: dict[str, _Line] = {}
        self._stopping = False
        self._began = self._shown = time.monotonic()
        self._left = {name: _all_work(config) for name, config in configs.items()}
        self._worked = self._evaluations = self._cost = 0.0

    def began(self, name: str) -> None:
        """A run's process was begun."""
        self._lines[name] = _Line(self._configs[name], time.monotonic())

    def told(self, name: str, message: Progress | Note | str) -> None:
        """A run went on, says what it waits for, or what the user should know."""
        line = self._lines[name]
        if isinstance(message, Note):
            self._note(name, message.words)
            return
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

    def asked_to_stop(self) -> None:
        """The user asked for it; safe in a signal's handler, so the live table waits for a tick."""
        if self._live is None:
            say_stopping()
        self._stopping = True

    def tick(self) -> None:
        """Some time went by."""
        if self._live is None:
            return
        if self._stopping:
            self._stopping = False
            self._live.console.print(Text(STOPPING))
        now = time.monotonic()
        if now - self._shown >= REFRESH:
            self._shown = now
            size = self._live.console.size
            self._live.update(self.picture(size.height, size.width), refresh=True)

    def seconds_left(self) -> float | None:
        """Of the whole, at the speed so far; None when nothing shows it yet."""
        speed = self._worked / max(1e-9, time.monotonic() - self._began)
        return sum(self._left.values()) / speed if speed > 0 else None

    def picture(self, height: int, width: int) -> Group:
        """The table and the line below it, on a terminal of so many lines and columns."""
        room = max(1, height - OTHER_LINES)
        shown = list(self._lines.items())[:room]
        figures = [_figures(line) for _, line in shown]
        columns = [
            (heading, cells)
            for heading, *cells in zip(HEADINGS, *figures, strict=True)
            if any(cells)
        ]
        words = [one_line(line.words)[:WIDEST_REASON] for _, line in shown]
        taken = sum(GAP + max(map(len, (heading, *cells))) for heading, cells in columns)
        left = width - taken - 2 * GAP  # for names and words
        longest = max(map(len, words), default=0)
        # Why a run waits gives way first, then the names, in their middle: seeds are at their end.
        names = max(LEAST_NAME, left - min(longest, left // WORDS_SHARE))
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column("run", no_wrap=True)
        for heading, _ in columns:
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("")
        for number, (name, _) in enumerate(shown):
            cells = [Text(cells[number]) for _, cells in columns]
            table.add_row(Text(cut_middle(printable(name), names)), *cells, _cut(words[number]))
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
            f"{self._of}{': ' if self._of else ''}{self._finished} of {self._total} runs finished",
            f"{self._failed} failed",
            f"{len(self._left)} to go",
            f"{speed:,.{0 if speed >= 10 else 1}f} evaluations/s",
            *([f"{format_cost(cost)} spent"] if cost else []),
            *([] if left is None else [f"about {format_seconds(left)} left"]),
        ]
        return ", ".join(words)

    def _note(self, name: str, words: str) -> None:
        """Says it above the table; what was said of another run already is not said again."""
        if words not in self._notes:
            self._notes.add(words)
            text = f"{printable(name)}: {one_line(words)}"
            if self._live is None:
                click.echo(text, err=True)
            else:
                self._live.console.print(Text(text))

    def _words_of(self, ending: Ending) -> str:
        reason = f": {one_line(ending.reason)}" if ending.reason else ""
        return f"{printable(ending.name)} {ending.state}{reason} ({self.summary()})"


@contextmanager
def board(configs: Mapping[str, RunConfig], finished: int, of: str = "") -> Iterator[Board]:
    """A board on standard error while the block lasts."""
    console = Console(stderr=True)
    if not console.is_terminal or not configs:
        yield Board(configs, finished, None, of)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield Board(configs, finished, live, of)


def weight(config: RunConfig) -> float:
    """What a unit of a run's work takes, to add runs of different kinds: in cycles at most."""
    return float(config.fitness.fights * config.core.max_cycles)


def one_line(text: str) -> str:
    """Untrusted text as one line for a terminal."""
    return printable(" ".join(text.split()))


def cut_middle(text: str, width: int) -> str:
    """Text of at most so many characters; its middle gives way."""
    if len(text) <= width:
        return text
    end = width // 2
    return f"{text[: width - end - 1]}…{text[len(text) - end :]}"


def _cut(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")


def _figures(line: _Line) -> tuple[str, ...]:
    progress = line.progress
    if progress is None or line.at_first is None:
        return ("",) * len(HEADINGS)
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
