"""`redqueen analyse generality`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import pandas as pd

from analysis.analyse_cli_options import (
    HELP,
    difference_lines,
    failures,
    null_lines,
    output_options,
    panel_options,
    read_panel,
    read_runs,
    runs_words,
    twins_option,
    write_outputs,
)
from analysis.analyse_cli_view import fit_lines, number, per_cent, points, text_table
from analysis.convergence import fits
from analysis.generality import generality, generality_by_round
from analysis.generality_differences import generality_differences
from analysis.generality_panel import (
    PanelResults,
    fight_panel,
    twin_notes,
    without_seen,
    without_twins,
)
from analysis.generality_plot import generality_figure
from analysis.loading import RunData
from analysis.loading_units import count_words, starts_of
from evolution.exits import Failed
from mars.redcode import printable
from mars.terminal import progress

SHOWN_LEFT_OUT: Final = 5


@click.command("generality", context_settings=HELP)
@output_options
@panel_options
@twins_option
def generality_command(
    folders: tuple[Path, ...],
    *,
    panel: str,
    fights: int,
    workers: int,
    keep_twins: bool,
    seed: int,
    csv: Path | None,
    json: Path | None,
    plot: Path | None,
) -> None:
    """Each champion one to one against a panel that its run has not seen.

    The CSV file has a row a champion. Positions are the same in every battle, so champions that
    do the same have the same figures. Shadow runs are the null model: what drift alone brings.
    """
    with failures():
        runs = read_runs(folders, (csv, json, plot))
        results, notes = meet_panel(runs, panel, fights, seed, workers, keep_twins=keep_twins)
        champions = generality(results, seed=seed)
        by_round = generality_by_round(champions, seed=seed)
        lines = {
            name: fits(by_round, name, single=champions, seed=seed)
            for name in ("defeated", "tied_or_defeated")
        }
        differences = generality_differences(champions, starts_of(runs), seed=seed)
        click.echo(panel_words(runs, results))
        for line in text_table(*_table(by_round)):
            click.echo(line)
        for line in _difference_table(differences):
            click.echo(line)
        for words, found in zip(("defeated", "defeated or tied"), lines.values(), strict=True):
            for line in fit_lines(found, words):
                click.echo(line)
        for line in (*null_lines(runs), *difference_lines(runs), *notes):
            click.echo(line)
        tables = {"champions": champions, "by_round": by_round, "differences": differences}
        tables |= {f"fits_{name}": found for name, found in lines.items()}
        write_outputs(
            tables,
            {"fights": fights, "seed": seed, "keep_twins": keep_twins, "notes": notes},
            csv=csv,
            json=json,
            plot=plot,
            draw=lambda: generality_figure(by_round, panel_words(runs, results)),
        )


def meet_panel(
    runs: Sequence[RunData],
    panel: str,
    fights: int,
    seed: int,
    workers: int,
    *,
    keep_twins: bool = False,
) -> tuple[PanelResults, list[str]]:
    """Reads a panel, leaves out what the runs have seen, and lets the champions fight the rest.

    Args:
        runs, fights, seed, workers: As for `fight_panel`.
        panel: A folder, or `bundled`.
        keep_twins: Whether panel warriors that do the same in every fight all count.

    Returns:
        The results, and notes about whom was left out and who is like another.

    Raises:
        click.UsageError: There is no panel.
        Failed: Nothing is left of it.
    """
    entrants = read_panel(panel, runs[0].config.core, fights)
    unseen, notes = without_seen(entrants, runs)
    if entrants and not unseen:
        raise Failed(_nothing_left(notes))
    try:
        with progress(1, "battles") as advance:
            results = fight_panel(
                runs,
                [entrant.warrior for entrant in unseen],
                fights=fights,
                seed=seed,
                workers=workers,
                on_progress=advance,
            )
    except ValueError as error:
        raise click.UsageError(printable(str(error))) from None
    labels = {entrant.warrior.id: Path(entrant.label).name for entrant in unseen}
    notes += twin_notes(results, labels, kept=keep_twins)
    return results if keep_twins else without_twins(results), notes


def _nothing_left(notes: Sequence[str]) -> str:
    """Who was left out, and what helps; lines."""
    shown = list(notes[:SHOWN_LEFT_OUT])
    if len(notes) > len(shown):
        shown.append(f"and {len(notes) - len(shown)} more")
    return "\n  ".join(
        (
            "expected at least one warrior that no run has seen: got none",
            *shown,
            "give another panel; the bundled warriors stay unseen where `mutator.genetic` has "
            "mutations.splice, sources.library and sources.fragments at 0",
        )
    )


def panel_words(runs: Sequence[RunData], results: PanelResults) -> str:
    """Who fought whom, and how often."""
    n_opponents, fights = results.outcomes.shape[1:]
    return f"{runs_words(runs)}, {n_opponents} panel warriors, {fights} fights a pair"


def _table(by_round: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    headings = ["group", "round", "runs", "defeated", "defeated or tied", "win", "tie", "loss"]
    rows = []
    for row in by_round.to_dict(orient="records"):
        shares = [
            per_cent(row[name], row[f"{name}_low"], row[f"{name}_high"])
            for name in ("defeated", "tied_or_defeated")
        ]
        counts = [str(row["group"]), str(row["round"]), count_words(row)]
        fights = [per_cent(row[name]) for name in ("win", "tie", "loss")]
        score = number(row["score"], row["score_low"], row["score_high"], 3)
        rows.append([*counts, *shares, *fights, score])
    return [*headings, "score"], rows


def _difference_table(differences: pd.DataFrame) -> list[str]:
    """How the last champions of the groups differ; nothing of one group."""
    if differences.empty:
        return []
    headings = ["group", "less", "round", "runs", "defeated", "defeated or tied", "score"]
    rows = []
    for row in differences.to_dict(orient="records"):
        runs = f"{row['runs']} and {row['against_runs']}"
        shares = [
            points(row[name], row[f"{name}_low"], row[f"{name}_high"])
            for name in ("defeated", "tied_or_defeated")
        ]
        score = points(row["score"], row["score_low"], row["score_high"], 1)
        names = [row["group"], row["against"], str(row["round"]), runs]
        rows.append([*names, *shares, score])
    pairs = ", ".join(str(count) for count in differences["pairs"])
    note = "differences of the last champions, shares in percentage points"
    if differences["pairs"].any():
        note += f"; runs of one seed and w_0 are drawn together (pairs: {pairs})"
    return ["", *text_table(headings, rows), note, ""]
