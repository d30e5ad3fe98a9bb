"""`redqueen analyse cycles`."""

import math
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

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
from analysis.analyse_cli_view import UNKNOWN, number, per_cent, text_table
from analysis.cycles import cycles, cycles_by_group, forgetting
from analysis.cycles_plot import cycles_figure
from analysis.intransitivity import RESAMPLES
from mars.terminal import progress


@click.command("cycles", context_settings=HELP)
@output_options
def cycles_command(
    folders: tuple[Path, ...],
    *,
    seed: int,
    csv: Path | None,
    json: Path | None,
    plot: Path | None,
) -> None:
    """Champions that beat each other in circles, and ancestors that are forgotten.

    From each run's own record of champions against ancestors, one to one. The floor is what chance
    alone makes of champions that are ranked by strengths.
    """
    with failures():
        runs = read_runs(folders, (csv, json, plot))
        with progress(len(runs) * RESAMPLES, "resamples") as advance:
            table = cycles(runs, seed=seed, on_progress=advance)
        by_group = cycles_by_group(table, seed=seed)
        for line in text_table(*_rows(table)):
            click.echo(line)
        click.echo("")
        for line in text_table(*_group_rows(by_group)):
            click.echo(line)
        for line in (*_notes(by_group), *difference_lines(runs)):
            click.echo(line)
        forgot = pd.concat([forgetting(run) for run in runs], ignore_index=True)
        write_outputs(
            {"runs": table, "groups": by_group, "forgetting": forgot},
            {"seed": seed},
            csv=csv,
            json=json,
            plot=plot,
            draw=lambda: cycles_figure(table, by_group, runs_words(runs)),
        )


def _rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    headings = ["run", "group", "champions", "three-cycles", "share", "floor", "cyclic share"]
    rows = []
    for row in table.to_dict(orient="records"):
        shares = []
        for name in ("cycle_share", "cyclic_share"):
            shares.append(per_cent(row[name], row[f"{name}_low"], row[f"{name}_high"]))
            shares.append(per_cent(row[f"{name}_floor_high"]))
        counts = f"{row['cycles']:.0f} of {row['decided']}"
        forgot = f"{row['forgotten']} of {row['forgettable']}"
        rows.append([row["run"], row["group"], str(row["champions"]), counts, *shares, forgot])
    return [*headings, "floor", "forgotten"], rows


def _group_rows(by_group: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    headings = ["group", "runs", "three-cycles a run", "share", "cyclic share", "forgotten"]
    rows = []
    for row in by_group.to_dict(orient="records"):
        shares = [
            per_cent(row[name], row[f"{name}_low"], row[f"{name}_high"])
            for name in ("cycle_share", "cyclic_share", "forgotten_share")
        ]
        counted = number(row["cycles"], row["cycles_low"], row["cycles_high"], 3)
        rows.append([row["group"], str(row["runs"]), counted, *shares, _more(row)])
    return [*headings, f"cycles against {by_group['group'].iloc[0]}"], rows


def _more(row: Mapping[Hashable, Any]) -> str:
    if math.isnan(row["more"]):
        return UNKNOWN
    known = not math.isnan(row["more_low"])
    ends = f" ({row['more_low']:+.0%} to {row['more_high']:+.0%})" if known else ""
    return f"{row['more']:+.0%}{ends}"


def _notes(by_group: pd.DataFrame) -> list[str]:
    lines = [
        "share: of triples of champions in which everyone beats or is beaten; coin tosses: 25%",
        "floor: 95% of what chance makes of a ranking stays below it",
        "forgotten: of the ancestors that a champion between beat, those that win again",
    ]
    if (by_group["runs"] == 1).any():
        lines.append("limits of a single run are those from its fights")
    return lines
