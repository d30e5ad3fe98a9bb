"""`redqueen analyse cycles`."""

import math
from collections.abc import Hashable, Mapping, Sequence
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
from analysis.cycles import LEAST_CHAMPIONS, cycles, forgetting
from analysis.cycles_groups import cycles_by_group
from analysis.cycles_plot import cycles_figure
from analysis.intransitivity import RESAMPLES
from analysis.loading import RunData
from analysis.loading_units import count_words, starts_of
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
        by_group = cycles_by_group(table, seed=seed, starts=starts_of(runs))
        for line in text_table(*_group_rows(by_group)):
            click.echo(line)
        for line in (*_group_notes(by_group), *difference_lines(runs), ""):
            click.echo(line)
        for line in (*text_table(*_rows(table)), *_notes(runs, table)):
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
        known = not math.isnan(row["cycles"])
        counts = f"{row['cycles']:.0f} of {row['decided']}" if known else UNKNOWN
        forgot = f"{row['forgotten']} of {row['forgettable']}"
        rows.append([row["run"], row["group"], str(row["champions"]), counts, *shares, forgot])
    return [*headings, "floor", "forgotten"], rows


def _group_rows(by_group: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    headings = ["group", "runs", "three-cycles a run", "share", "cyclic share", "forgotten"]
    compared = bool(by_group["more"].notna().any())
    rows = []
    for row in by_group.to_dict(orient="records"):
        shares = [
            per_cent(row[name], row[f"{name}_low"], row[f"{name}_high"])
            for name in ("cycle_share", "cyclic_share", "forgotten_share")
        ]
        counted = number(row["cycles"], row["cycles_low"], row["cycles_high"], 3)
        more = [_more(row)] if compared else []
        rows.append([row["group"], _runs(row), counted, *shares, *more])
    return [*headings, *(["more cycles"] if compared else [])], rows


def _runs(row: Mapping[Hashable, Any]) -> str:
    """`4`, or `3 of 4` where one has too few champions."""
    some = row["measured"] < row["runs"]
    return f"{row['measured']} of {count_words(row)}" if some else count_words(row)


def _more(row: Mapping[Hashable, Any]) -> str:
    if math.isnan(row["more"]):
        return UNKNOWN
    known = not math.isnan(row["more_low"])
    ends = f" ({row['more_low']:+.0%} to {row['more_high']:+.0%})" if known else ""
    return f"{row['more']:+.0%}{ends}"


def _group_notes(by_group: pd.DataFrame) -> list[str]:
    lines = [
        "share: of triples of champions in which everyone beats or is beaten; coin tosses: 25%",
        "forgotten: of the ancestors that a champion between beat, those that win again",
    ]
    if by_group["more"].notna().any():
        compared = by_group[by_group["against"] != by_group["group"]]
        against = ", of shadow groups than in ".join(compared["against"].unique())
        lines.append(
            f"more cycles: a run, than in {against}; runs of one seed and w_0 are drawn together"
        )
    if (by_group["measured"] < by_group["runs"]).any():
        lines.append(
            f"so many of the runs: the others have fewer than {LEAST_CHAMPIONS} different "
            "champions, and count for what is forgotten only"
        )
    if (by_group["runs"] == 1).any():
        lines.append("limits of a single run are those from its fights")
    return lines


def _notes(runs: Sequence[RunData], table: pd.DataFrame) -> list[str]:
    lines = ["floor: 95% of what chance makes of a ranking stays below it"]
    if (table["champions"] < [len(run.champions) for run in runs]).any():
        lines.append("champions: w_0 and those of all rounds, one of several rounds counted once")
    return lines
