"""`redqueen analyse phylogeny`."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
import pandas as pd

from analysis.analyse_cli_options import (
    HELP,
    PICTURES,
    failures,
    read_run,
    table_records,
    write_outputs,
)
from analysis.analyse_cli_view import number, per_cent, text_table
from analysis.contest_options import file_option
from analysis.exports import csv_bytes, write_bytes
from analysis.newick import format_newick
from analysis.phylogeny import Of, Phylogeny, alife_table, phylogeny
from analysis.phylogeny_champions import champion_links, champion_table, link_lines
from analysis.phylogeny_plot import champions_figure
from analysis.phylogeny_steps import operator_table, steps
from analysis.phylogeny_summary import index_table, step_table
from analysis.tree_indices import branching
from mars.redcode import printable
from mars.tournament import MAX_SEED


@click.command("phylogeny", context_settings=HELP)
@click.argument(
    "folder", metavar="RUN", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    default=0,
    show_default=True,
    help="Of the steps that are drawn, and of resamples.",
)
@click.option(
    "--of",
    "of",
    type=click.Choice(["all", "archive", "champions"]),
    default="all",
    show_default=True,
    help="Whom the Newick file leads to.",
)
@click.option("--brief", is_flag=True, help="No changes of code.")
@file_option("--alife", "Write the ALife standard's table.", (".csv",))
@click.option("--first-parents", is_flag=True, help="No other parents in that table.")
@file_option("--newick", "Write the tree by first parents.")
@file_option("--csv", "Write each champion's descent.", (".csv",))
@file_option("--json", "Write all tables.", (".json",))
@file_option("--plot", "Draw the champions' line: FILE.png or FILE.svg.", PICTURES)
def phylogeny_command(
    folder: Path,
    *,
    seed: int,
    of: Of,
    brief: bool,
    alife: Path | None,
    first_parents: bool,
    newick: Path | None,
    csv: Path | None,
    json: Path | None,
    plot: Path | None,
) -> None:
    """The tree of all warriors of a run, and how its champions came about.

    Depths and lines go by first parents. Indices are of the last archive and of the champions.
    """
    with failures():
        run = read_run(folder, (alife, newick, csv, json, plot))
        found = phylogeny(run)
        champions, operators = champion_table(found), operator_table(run, found)
        sizes, changed = index_table(found), step_table(steps(run, found, seed=seed), seed=seed)
        links = champion_links(run, found)
        click.echo(title_of(run.name, found))
        for lines in (
            _index_lines(sizes),
            _step_lines(changed),
            _operator_lines(operators),
            ["the champions' line:", *link_lines(links, diffs=not brief)],
        ):
            click.echo("\n".join(lines))
        if alife is not None:
            records = table_records(alife_table(run, secondary=not first_parents))
            write_bytes(alife, csv_bytes(records))
        if newick is not None:
            tree = found.tree_of(of)
            text = format_newick(tree, found.labels(tree))
            write_bytes(newick, text.encode("utf-8", "replace"))
        tables = {
            "champions": champions,
            "indices": sizes,
            "steps": changed,
            "operators": operators,
            "branching": branching(found.tree),
        }
        draw = partial(champions_figure, links, title_of(run.name, found))
        write_outputs(tables, {"seed": seed}, csv=csv, json=json, plot=plot, draw=draw)


def title_of(name: str, found: Phylogeny) -> str:
    """What it is a phylogeny of."""
    rounds = len(found.champions) - 1
    different = len(set(found.champions.tolist()))
    return (
        f"{printable(name)}: {len(found.tree):,} warriors from {len(found.tree.roots):,} roots, "
        f"{rounds} rounds, {different} different champions"
    )


def _index_lines(sizes: pd.DataFrame) -> list[str]:
    headings = ["of", *[str(name).replace("_", " ") for name in sizes.columns[1:]]]
    rows = [[str(row[0]), *[number(float(value)) for value in row[1:]]] for row in _rows(sizes)]
    return text_table(headings, rows)


def _step_lines(changed: pd.DataFrame) -> list[str]:
    rows = [
        [
            row["steps"],
            str(row["count"]),
            number(row["mean"], row["low"], row["high"]),
            number(row["median"]),
            number(row["most"]),
        ]
        for row in changed.to_dict(orient="records")
    ]
    headings = ["steps", "count", "instructions changed (mean)", "median", "most"]
    return text_table(headings, rows)


def _operator_lines(operators: pd.DataFrame) -> list[str]:
    """Those that contributed first; all others are in the files."""
    best = operators.sort_values(["line", "ancestry", "operator"], ascending=[False, False, True])
    some = best[best["ancestry"] > 0]
    rows = [
        [
            row["operator"],
            *[str(row[name]) for name in ("proposals", "improved", "line", "ancestry")],
            str(row["champions"]),
            per_cent(row["share"], row["low"], row["high"]),
        ]
        for row in some.to_dict(orient="records")
    ]
    headings = ["operator", "proposals", "improved", "on line", "in ancestry", "champions", "share"]
    never = len(best) - len(some)
    return [*text_table(headings, rows), f"{never} other operators never led to a champion"]


def _rows(table: pd.DataFrame) -> Sequence[Sequence[Any]]:
    return table.to_numpy(object).tolist()
