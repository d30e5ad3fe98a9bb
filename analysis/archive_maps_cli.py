"""`redqueen analyse archive`."""

from collections.abc import Sequence
from pathlib import Path

import click
import pandas as pd

from analysis.analyse_cli_options import (
    HELP,
    difference_lines,
    failures,
    output_options,
    read_runs,
    runs_words,
    write_outputs,
)
from analysis.analyse_cli_view import per_cent, text_table
from analysis.archive_maps import MEASURES, archives, archives_by_round, mean_archive
from analysis.archive_maps_plot import archive_figure
from analysis.loading import RunData
from analysis.loading_units import count_words
from mars.redcode import printable


@click.command("archive", context_settings=HELP)
@output_options
def archive_command(
    folders: tuple[Path, ...],
    *,
    seed: int,
    csv: Path | None,
    json: Path | None,
    plot: Path | None,
) -> None:
    """The archives at the end of each round: coverage, QD-score, and the mean over all.

    Fitness is a share of the highest possible in its round, for opponents become more. The heat
    maps average the rounds of each run, then the runs (without shadow runs, where there are
    others); the CSV file has a row a run and round.
    """
    with failures():
        runs = read_runs(folders, (csv, json, plot))
        table = pd.concat([archives(run, seed=seed) for run in runs], ignore_index=True)
        cells = _cells(runs, seed)
        by_round = archives_by_round(table, seed=seed)
        click.echo(runs_words(runs))
        for line in text_table(*_rows(by_round)):
            click.echo(line)
        descriptor = runs[0].config.descriptor
        if not descriptor.single_cell and len(descriptor.axes) > 2:
            click.echo(f"no heat maps of {len(descriptor.axes)} axes; the cells are in --json")
        for line in (*_limit_lines(by_round), *difference_lines(runs)):
            click.echo(line)
        write_outputs(
            {"archives": table, "by_round": by_round, "cells": cells},
            {"seed": seed, "axes": {axis.name: list(axis.edges) for axis in descriptor.axes}},
            csv=csv,
            json=json,
            plot=plot,
            draw=lambda: archive_figure(by_round, cells, descriptor, runs_words(runs)),
        )


def _cells(runs: Sequence[RunData], seed: int) -> pd.DataFrame:
    try:
        return mean_archive([r for r in runs if not r.config.shadow] or runs, seed=seed)
    except ValueError as error:
        raise click.UsageError(printable(str(error))) from None


def _limit_lines(by_round: pd.DataFrame) -> list[str]:
    """What limits of single runs are, where there are such."""
    if (by_round["runs"] > 1).all():
        return []
    return [
        "limits of a single run: from its elites' fights (fitness ± standard error, a quarter of "
        "its variance common to all); coverage of a single run has none, as no errors of "
        "behaviours are kept"
    ]


def _rows(by_round: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    headings = ["group", "round", "runs", "coverage", "QD-score", "mean elite", "best elite"]
    rows = []
    for row in by_round.to_dict(orient="records"):
        counts = [str(row["group"]), str(row["round"]), count_words(row)]
        shares = [per_cent(row[n], row[f"{n}_low"], row[f"{n}_high"]) for n in MEASURES]
        rows.append([*counts, *shares])
    return headings, rows
