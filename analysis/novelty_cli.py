"""`redqueen analyse novelty`."""

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
    workers_option,
    write_outputs,
)
from analysis.analyse_cli_view import number, text_table
from analysis.loading import RunData
from analysis.loading_units import count_words
from analysis.novelty import OPPONENTS
from analysis.novelty_plot import novelty_figure
from analysis.novelty_runs import SHOWN, Novelty, Scans, novelty_by_round, novelty_of
from mars.fights import MAX_FIGHTS
from mars.redcode import printable
from mars.settings import MAX_WARRIORS
from mars.terminal import progress


@click.command("novelty", context_settings=HELP)
@output_options
@click.option(
    "--shadow",
    "shadow_folders",
    multiple=True,
    metavar="RUN",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A run with shadow = true to compare with; may be given again.",
)
@click.option(
    "-r",
    "--fights",
    type=click.IntRange(1, MAX_FIGHTS),
    default=20,
    show_default=True,
    help="Of a knock-out scan, against each opponent.",
)
@click.option(
    "--opponents",
    type=click.IntRange(1, MAX_WARRIORS),
    default=OPPONENTS,
    show_default=True,
    help="Of a knock-out scan: w_0 and the latest champions.",
)
@click.option(
    "--interval",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Rounds after which it is judged what lasted.",
)
@workers_option
def novelty_command(
    folders: tuple[Path, ...],
    *,
    shadow_folders: tuple[Path, ...],
    fights: int,
    opponents: int,
    interval: int,
    workers: int,
    seed: int,
    csv: Path | None,
    json: Path | None,
    plot: Path | None,
) -> None:
    """Change, novelty, complexity, ecology and activity; and whether it is still going.

    What chance alone brings only a shadow run can tell: the same configuration with shadow = true.
    Those in an experiment's folder count as such. The CSV file has a row a run and round.
    """
    with failures():
        everyone = read_runs([*folders, *shadow_folders], (csv, json, plot))
        _check_shadows(everyone, shadow_folders)
        runs = [run for run in everyone if not run.config.shadow]
        shadows = [run for run in everyone if run.config.shadow]
        scans = Scans(fights, opponents, interval, seed, workers)
        with progress(1, "warriors scanned") as advance:
            found = novelty_of(runs, shadows, scans, advance)
        by_round = novelty_by_round(found.rounds, seed=seed)
        for line in (*_lines(found, by_round, everyone), *difference_lines(everyone)):
            click.echo(line)
        verdicts = pd.DataFrame(
            [
                {"run": name, "state": judged.state, "reasons": "; ".join(judged.reasons)}
                for name, judged in found.verdicts.items()
            ]
        )
        tables = {
            "rounds": found.rounds,
            "by_round": by_round,
            "champions": found.champions,
            "verdicts": verdicts,
        }
        facts = {
            "fights": fights,
            "opponents": opponents,
            "interval": interval,
            "seed": seed,
            "activity_limit": None if pd.isna(found.limit) else found.limit,
        }
        title = runs_words(everyone)
        write_outputs(
            tables,
            facts,
            csv=csv,
            json=json,
            plot=plot,
            draw=lambda: novelty_figure(by_round, title),
        )


def _check_shadows(runs: Sequence[RunData], shadow_folders: Sequence[Path]) -> None:
    """Each run in its place.

    Raises:
        click.UsageError: A shadow is none, or there are only shadows.
    """
    for run in runs:
        meant = any(run.path.is_relative_to(folder) for folder in shadow_folders)
        if meant and not run.config.shadow:
            raise click.UsageError(
                f"expected a run with shadow = true after --shadow: got {printable(run.name)}"
            )
    if all(run.config.shadow for run in runs):
        raise click.UsageError(
            f"expected a run that is no shadow run: got {printable(runs[0].name)}"
        )


def _lines(found: Novelty, by_round: pd.DataFrame, runs: Sequence[RunData]) -> list[str]:
    headings = ["group", "round", "runs", *[name.replace("_", " ") for name in SHOWN]]
    rows = [
        [
            *[str(row[name]) for name in ("group", "round")],
            count_words(row),
            *[number(row[name], row[f"{name}_low"], row[f"{name}_high"], 3) for name in SHOWN],
        ]
        for row in by_round.to_dict(orient="records")
    ]
    lines = [runs_words(runs), *text_table(headings, rows)]
    for name, judged in found.verdicts.items():
        table = found.champions[found.champions["run"] == name]
        advances = int(table["new_and_beats"].sum())
        lines.append(
            f"{printable(name)}: {advances} of {len(table)} champions are new in behaviour and "
            f"beat all their ancestors"
        )
        lines.append(f"{printable(name)}: {judged.state}")
        lines += [f"  {reason}" for reason in judged.reasons]
    return lines
