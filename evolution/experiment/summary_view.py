"""What came of an experiment, as a table of CSV and on a terminal."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evolution.experiment.summary import FIGURES, GroupSummary, Interval
from evolution.view import format_cost
from mars.redcode import printable

FORMS: Final = {
    "fitness": ".2f",
    "beaten": ".0%",
    "forgotten": ".1f",
    "bundled": ".0%",
    "targets": ".0%",
}
WIDEST: Final = 10_000
SUMMARY_NOTES: Final = (
    "of each run's last champion, mean over runs and 95 % bootstrap interval over them:",
    "fitness: on fresh seeds, against its own opponents (not comparable between kinds)",
    "beaten: share of its ancestors that it beats more often than they beat it",
    "forgotten: ancestors that it loses to though a champion between beat them",
    "bundled: share of the bundled warriors defeated or tied, one to one",
    "targets: share of runs in which it beats w_0, one to one",
    "(of a run of several islands the mean over them counts)",
    "evaluations: of a run's searches, mean; cost: of all of the group's runs",
)


def format_summary(names: Sequence[str], groups: Sequence[GroupSummary]) -> str:
    """The groups as CSV, figures to six digits; what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = [f"{figure}{end}" for figure in FIGURES for end in ("", "_low", "_high")]
    writer.writerow([*names, "runs", "finished", *columns, "evaluations", "cost"])
    for group in groups:
        values = [value for figure in FIGURES for value in _values(getattr(group, figure))]
        totals = [_csv_number(group.evaluations), _csv_number(group.cost)]
        writer.writerow([*group.labels, group.runs, group.finished, *values, *totals])
    return out.getvalue()


def fitting_table(names: Sequence[str], groups: Sequence[GroupSummary], out: Console) -> Table:
    """The groups for a terminal: a line each, or where it is too narrow, two or more."""
    wide = summary_table(names, groups)
    needed = out.measure(wide, options=out.options.update(width=WIDEST)).maximum
    return wide if needed <= out.width else narrow_table(names, groups)


def summary_table(names: Sequence[str], groups: Sequence[GroupSummary]) -> Table:
    """The groups, a line each; what is the same everywhere and says nothing is left out."""
    table = _empty_table([*map(printable, names)])
    unfinished, costly = _unfinished(groups), any(group.cost for group in groups)
    headings = (*(["runs"] if unfinished else []), *FIGURES, "evaluations")
    for heading in (*headings, *(["cost"] if costly else [])):
        table.add_column(heading, justify="right", no_wrap=True)
    for group in groups:
        cells = [*map(printable, group.labels)]
        cells += [_runs(group)] if unfinished else []
        cells += [" ".join(_cell(group, figure)) for figure in FIGURES]
        cells += [_evaluations(group), *([_cost(group)] if costly else [])]
        table.add_row(*map(Text, cells))
    return table


def narrow_table(names: Sequence[str], groups: Sequence[GroupSummary]) -> Table:
    """The groups with intervals below their means, costs below evaluations, and in one column
    what a group is."""
    counted = _unfinished(groups) or not names
    heads = [*map(printable, names), *(["runs"] if counted else [])]
    last = ("evaluations", *(["cost"] if any(group.cost for group in groups) else []))
    table = _empty_table(["\n".join(heads)])
    table.padding, table.show_edge = (0, 0, 0, 0), False  # each column counts
    for heading in (*FIGURES, "\n".join(last)):
        table.add_column(heading, justify="right", no_wrap=True)
    for group in groups:
        labels = [*map(printable, group.labels), *([_runs(group)] if counted else [])]
        figures = [_cell(group, figure) for figure in FIGURES]
        totals = tuple(filter(None, (_evaluations(group), _cost(group))))
        table.add_row(*(Text("\n".join(lines)) for lines in (labels, *figures, totals)))
    return table


def _empty_table(headings: Sequence[str]) -> Table:
    """With the columns that say what a group is; they alone give way."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in headings:
        table.add_column(Text(heading), overflow="fold")
    return table


def _unfinished(groups: Sequence[GroupSummary]) -> bool:
    """Whether not all runs are finished."""
    return any(group.finished < group.runs for group in groups)


def _values(interval: Interval | None) -> list[str]:
    if interval is None:
        return ["", "", ""]
    return [_csv_number(value) for value in (interval.mean, interval.low, interval.high)]


def _csv_number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _runs(group: GroupSummary) -> str:
    return f"{group.finished}/{group.runs}"


def _evaluations(group: GroupSummary) -> str:
    return f"{group.evaluations:,.0f}" if group.finished else ""


def _cost(group: GroupSummary) -> str:
    return format_cost(group.cost) if group.cost else ""


def _cell(group: GroupSummary, figure: str) -> tuple[str, ...]:
    """A mean and its interval in words, as far as they are known."""
    interval: Interval | None = getattr(group, figure)
    if interval is None:
        return ()
    form = FORMS[figure]
    mean = f"{interval.mean:{form}}"
    if interval.low is None or interval.high is None:
        return (mean,)
    return mean, f"[{interval.low:{form}}, {interval.high:{form}}]"
