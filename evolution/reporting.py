"""When a run's report is written; how is the console script's, for this package has no reports."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from evolution.run import Progress
from mars.redcode import printable

# Writes the report of a run's folder; the file, or in one line why there is none.
Report = Callable[[Path], Path | str]


@dataclass(frozen=True)
class Reporting:
    """How a command reports.

    Attributes:
        report: Writes a report; None: nobody can.
        wanted: At the end.
        every: Also after so many rounds each; 0: never.
    """

    report: Report | None = None
    wanted: bool = True
    every: int = 0

    def write(self, folder: Path) -> None:
        """Writes the report and tells where it is, unless it is not wanted."""
        if self.report is not None and self.wanted:
            found = self.report(folder)
            words = "report" if isinstance(found, Path) else "no report"
            click.echo(f"{words}: {printable(str(found))}", err=isinstance(found, str))

    def watching(
        self, show: Callable[[Progress], None], folder: Path
    ) -> Callable[[Progress], None]:
        """What to tell of progress so that a report is written when so many rounds are over.

        (Of several islands: of each one.)
        """
        last: dict[int, int] = {}

        def told(progress: Progress) -> None:
            show(progress)
            began = progress.round > last.get(progress.island, progress.round)
            last[progress.island] = progress.round
            if began and self.every and (progress.round - 1) % self.every == 0 and self.report:
                self.report(folder)

        return told


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `report` and `report_every`."""
    every = click.option(
        "--report-every",
        type=click.IntRange(0),
        default=0,
        metavar="N",
        help="Write the report after every N rounds, too [0: only at the end].",
    )
    wanted = click.option(
        "--report/--no-report",
        default=True,
        show_default=True,
        help="Write report.html into the run's folder.",
    )
    return wanted(every(command))
