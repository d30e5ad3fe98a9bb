"""What came of an experiment: its finished runs' figures by axis values, seeds and w_0 aside."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean
from typing import Final

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from evolution.champions import generality
from evolution.config import RunConfig
from evolution.islands import run_folders
from evolution.ledger import read_spent
from evolution.records import (
    read_bundled,
    read_champion,
    read_counts,
    read_forgotten,
    read_ratchet_of,
)
from evolution.store import DATABASE, Store
from evolution.view import format_cost
from mars.redcode import printable

RESAMPLES: Final = 2000
TAIL: Final = 0.025


@dataclass(frozen=True)
class RunFacts:
    """A finished run's figures; of islands, means over them, but sums of what they took.

    Attributes:
        fitness: Of the last champion, on fresh seeds.
        beaten: Share of its ancestors that it beats, one to one.
        forgot: How many it loses to though a champion between beat them.
        generality: Share of the bundled warriors that it defeats or ties; None: not measured.
        target: 1 when it beats w_0, one to one, else 0.
        evaluations: Of the searches.
        cost: US dollars.
    """

    fitness: float
    beaten: float
    forgot: float
    generality: float | None
    target: float
    evaluations: int
    cost: float


@dataclass(frozen=True)
class Interval:
    """A mean over runs and its 95 % bootstrap interval; of a single run there is none."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class GroupSummary:
    """The runs of the same values on all axes but seeds and w_0.

    Attributes:
        labels: Those values.
        runs, finished: How many there are, and how many are finished.
        fitness, beaten, forgot, generality: See `RunFacts`; None: nobody has measured it.
        targets: Share of the finished runs whose last champion beats w_0.
        evaluations: Mean of a run.
        cost: US dollars, of all.
    """

    labels: tuple[str, ...]
    runs: int
    finished: int
    fitness: Interval | None
    beaten: Interval | None
    forgot: Interval | None
    generality: Interval | None
    targets: Interval | None
    evaluations: float
    cost: float


def read_facts(folder: Path, config: RunConfig) -> RunFacts:
    """A finished run's figures; its databases are checked whole.

    Raises:
        StoreError: One is damaged.
    """
    facts = [_facts_of(one) for one in run_folders(folder, config)]
    shares = [fact.generality for fact in facts if fact.generality is not None]
    return RunFacts(
        fmean(fact.fitness for fact in facts),
        fmean(fact.beaten for fact in facts),
        fmean(fact.forgot for fact in facts),
        fmean(shares) if shares else None,
        fmean(fact.target for fact in facts),
        sum(fact.evaluations for fact in facts),
        sum(fact.cost for fact in facts),
    )


def _facts_of(folder: Path) -> RunFacts:
    """Of one lineage."""
    with Store(folder / DATABASE) as store:
        number = store.query("SELECT max(round) FROM champions")[0][0]
        fitness = read_champion(store, number).measured
        assert fitness is not None  # a finished run has a champion besides w_0
        results, bundled = read_ratchet_of(store, number), read_bundled(store, number)
        return RunFacts(
            fitness,
            fmean(result.beats for result in results),
            len(read_forgotten(store, number)),
            generality(list(bundled.values())) if bundled else None,
            float(results[0].beats),
            read_counts(store).evaluations,
            read_spent(store).cost,
        )


def summarise_groups(
    groups: Mapping[tuple[str, ...], Sequence[RunFacts | None]],
) -> tuple[GroupSummary, ...]:
    """Figures by group, in the given order; None stands for a run that is not finished."""
    return tuple(_summarise(labels, facts) for labels, facts in groups.items())


def bootstrap(values: Sequence[float]) -> Interval | None:
    """The mean and the percentiles of the means of resampled runs; always the same ones."""
    if not values:
        return None
    given = np.asarray(values, np.float64)
    if len(given) == 1:
        return Interval(float(given[0]), None, None)
    rng = np.random.default_rng(np.random.SeedSequence(0))
    drawn = rng.multinomial(len(given), np.full(len(given), 1 / len(given)), size=RESAMPLES)
    low, high = np.quantile(drawn @ given / len(given), [TAIL, 1 - TAIL])
    return Interval(float(given.mean()), float(low), float(high))


def format_summary(names: Sequence[str], groups: Sequence[GroupSummary]) -> str:
    """The groups as CSV, figures to six digits; what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    figures = [field.name for field in fields(GroupSummary)[3:8]]
    columns = [f"{figure}{end}" for figure in figures for end in ("", "_low", "_high")]
    writer.writerow([*names, "runs", "finished", *columns, "evaluations", "cost"])
    for group in groups:
        values = [value for figure in figures for value in _values(getattr(group, figure))]
        totals = [_csv_number(group.evaluations), _csv_number(group.cost)]
        writer.writerow([*group.labels, group.runs, group.finished, *values, *totals])
    return out.getvalue()


def summary_table(names: Sequence[str], groups: Sequence[GroupSummary]) -> Table:
    """The groups for a terminal."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in names:
        table.add_column(Text(printable(name)))
    for heading in ("runs", "fitness", "beaten", "forgot", "bundled", "targets"):
        table.add_column(heading, justify="right")
    for heading in ("evaluations", "cost"):
        table.add_column(heading, justify="right")
    for group in groups:
        table.add_row(*map(Text, (*map(printable, group.labels), *_cells(group))))
    return table


SUMMARY_NOTES: Final = (
    "of each run's last champion, mean over runs and 95 % bootstrap interval over them:",
    "fitness: on fresh seeds, against its own opponents (not comparable between kinds)",
    "beaten: share of its ancestors that it beats more often than they beat it",
    "forgot: ancestors that it loses to though a champion between beat them",
    "bundled: share of the bundled warriors defeated or tied, one to one",
    "targets: share of runs in which it beats w_0, one to one",
    "(of a run of several islands the mean over them counts)",
    "evaluations: of a run's searches, mean; cost: of all of the group's runs",
)


def _summarise(labels: tuple[str, ...], facts: Sequence[RunFacts | None]) -> GroupSummary:
    known = [fact for fact in facts if fact is not None]

    def over_runs(value: Callable[[RunFacts], float | None]) -> Interval | None:
        found = [value(fact) for fact in known]
        return bootstrap([figure for figure in found if figure is not None])

    return GroupSummary(
        labels,
        len(facts),
        len(known),
        over_runs(lambda fact: fact.fitness),
        over_runs(lambda fact: fact.beaten),
        over_runs(lambda fact: fact.forgot),
        over_runs(lambda fact: fact.generality),
        over_runs(lambda fact: fact.target),
        sum(fact.evaluations for fact in known) / max(1, len(known)),
        sum(fact.cost for fact in known),
    )


def _values(interval: Interval | None) -> list[str]:
    if interval is None:
        return ["", "", ""]
    return [_csv_number(value) for value in (interval.mean, interval.low, interval.high)]


def _csv_number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _cells(group: GroupSummary) -> tuple[str, ...]:
    return (
        f"{group.finished}/{group.runs}",
        _interval(group.fitness, lambda value: f"{value:.2f}"),
        _interval(group.beaten, lambda value: f"{value:.0%}"),
        _interval(group.forgot, lambda value: f"{value:.1f}"),
        _interval(group.generality, lambda value: f"{value:.0%}"),
        _interval(group.targets, lambda value: f"{value:.0%}"),
        f"{group.evaluations:,.0f}" if group.finished else "",
        format_cost(group.cost) if group.cost else "",
    )


def _interval(interval: Interval | None, words: Callable[[float], str]) -> str:
    if interval is None:
        return ""
    if interval.low is None or interval.high is None:
        return words(interval.mean)
    return f"{words(interval.mean)} [{words(interval.low)} to {words(interval.high)}]"
