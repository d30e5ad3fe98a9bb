"""Tables of a run of several islands for a terminal; nothing untrusted keeps its controls."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from evolution.champions import format_error
from evolution.summary import IslandsSummary, RunSummary
from evolution.view import counts_lines, format_cost
from mars.redcode import printable

NAME_WIDTH = 28


def islands_lines(summary: IslandsSummary, folder: Path) -> list[str]:
    """The state of all islands in words."""
    islands = summary.config.islands
    every = "round" if islands.every == 1 else f"{islands.every} rounds"
    lines = [
        f"{printable(summary.name)}: {summary.state}, {islands.count} islands, exchange every "
        f"{every}, the last island in round {summary.round} of {summary.config.rounds}",
        *counts_lines(summary.counts),
    ]
    if summary.state == "stopped":
        lines.append(f"continue with: redqueen resume {printable(str(folder))}")
    return lines


def islands_table(summary: IslandsSummary) -> Table:
    """The islands, each with its latest champion."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("island", no_wrap=True)
    for heading in ("state", "by", "champion"):
        table.add_column(heading, no_wrap=True)
    for heading in ("round", "fitness", "beaten", "points", "bundled", "points", "spent"):
        table.add_column(heading, justify="right", no_wrap=True)
    for number, island in enumerate(summary.islands):
        table.add_row(*(Text(printable(cell)) for cell in _cells(number, island)))
    return table


def islands_spending(summary: IslandsSummary) -> list[str]:
    """What all islands together have spent on chat models; nothing when none was asked."""
    found = [island.spending for island in summary.islands if island.spending is not None]
    if not found:
        return []
    cost, tokens = sum(s.spent.cost for s in found), sum(s.spent.tokens for s in found)
    lines = [f"spent: {format_cost(cost)} for {tokens:,} tokens, faults included"]
    count, share = summary.config.islands.count, found[0].limits  # all have the same
    if share.max_cost is not None:
        lines.append(f"cap: {format_cost(count * share.max_cost)}, each island an equal share")
    if share.max_tokens is not None:
        lines.append(f"cap: {count * share.max_tokens:,} tokens, each island an equal share")
    return lines


def _cells(number: int, island: RunSummary) -> list[str]:
    last = island.champions[-1] if island.champions else None
    spent = island.spending.spent.cost if island.spending is not None else None
    cells = [str(number), island.state, island.config.mutator.kind]
    if last is None:
        return [*cells, "", f"{island.round}/{island.config.rounds}", *[""] * 6]
    champion = last.champion
    return [
        *cells,
        last.name[:NAME_WIDTH],
        f"{island.round}/{island.config.rounds}",
        ""
        if champion.measured is None
        else format_error(champion.measured, champion.standard_error, 2),
        f"{last.beaten}/{last.ancestors}" if last.ancestors else "",
        "" if last.score is None else f"{last.score:.0f}",
        "" if last.generality is None else f"{last.generality:.0%}",
        "" if last.bundled_score is None else f"{last.bundled_score:.0f}",
        "" if spent is None else format_cost(spent),
    ]
