"""`redqueen report`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import click

from analysis.analyse_cli_options import (
    HELP,
    MOST_FIGHTS,
    failures,
    read_runs,
    runs_words,
    twins_option,
    workers_option,
)
from analysis.exports import OutputError, write_bytes
from analysis.generality import generality
from analysis.generality_cli import meet_panel, panel_words
from analysis.loading import RunData
from analysis.loading_folders import run_folders
from analysis.loading_groups import load_runs
from analysis.report.gather import chapters_of
from analysis.report.head import head_words, title_of
from analysis.report.material import MOST_EACH, Choices, Panel
from analysis.report.page import report_page
from evolution.folder import FolderError
from evolution.store import StoreError
from mars.redcode import printable
from mars.terminal import progress
from mars.tournament import MAX_SEED

REPORT: Final = "report.html"
MOST_REPLAYS: Final = 20


@click.command("report", context_settings=HELP)
@click.argument(
    "folders",
    metavar="RUN...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(REPORT),
    show_default=True,
    help="The page to write.",
)
@click.option(
    "--panel",
    metavar="DIR",
    help="Measure generality against a folder of .red files, or 'bundled'.",
)
@click.option(
    "-r",
    "--fights",
    type=click.IntRange(1, MOST_FIGHTS),
    default=20,
    show_default=True,
    help="Of each champion against each of the panel.",
)
@twins_option
@click.option(
    "--scans",
    type=click.IntRange(0, MOST_FIGHTS),
    help="Fights of knock-out scans, 0 for none [as many as take seconds].",
)
@click.option(
    "--replays",
    type=click.IntRange(0, MOST_REPLAYS),
    default=3,
    show_default=True,
    help="Fights of the last champion to embed.",
)
@click.option(
    "--each/--no-each",
    default=None,
    help=f"Show each of several runs in full, or compare them only [each, up to {MOST_EACH}].",
)
@click.option(
    "--seed", type=click.IntRange(0, MAX_SEED), default=0, show_default=True, help="Of resamples."
)
@workers_option
def report_command(
    folders: tuple[Path, ...],
    *,
    output: Path,
    panel: str | None,
    fights: int,
    keep_twins: bool,
    scans: int | None,
    replays: int,
    each: bool | None,
    seed: int,
    workers: int,
) -> None:
    """Runs as one page to read, print and pass on; it needs no network and nothing besides.

    A run that is still going is shown as far as it is. Several runs of one core are compared
    first, then shown one by one unless they are many.
    """
    with failures():
        runs = read_runs(folders, (output,))
        choices = Choices(scans, replays, seed, workers, each)
        met = None if panel is None else _meet(runs, panel, fights, choices, keep_twins)
        with progress(1, "sections") as advance:
            title = title_of(folders, runs)
            write_page(runs, choices, output, title=title, panel=met, on_progress=advance)
        click.echo(f"{printable(str(output))}: {runs_words(runs)}; open it in a browser")


def write_run_report(folder: Path, workers: int = 1) -> Path | str:
    """Writes a run's report into its folder, also while this process goes on with the run.

    Args:
        folder: The run's, or that of its islands, which are compared.
        workers: Threads.

    Returns:
        The file, or, in one line, why there is none: a report that fails must not end a run.
    """
    try:
        runs = load_runs(run_folders([folder]))
        choices = Choices(workers=workers)
        write_page(runs, choices, folder / REPORT, title=title_of([folder], runs))
    except (FolderError, StoreError, OutputError, ValueError, OSError) as error:
        return printable(str(error))
    return folder / REPORT


def write_page(
    runs: Sequence[RunData],
    choices: Choices,
    output: Path,
    *,
    title: str,
    panel: Panel | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Works a report out and writes it, whole or not at all.

    Args:
        runs, choices, panel, on_progress: As for `chapters_of`.
        output: The page.
        title: Untrusted text.

    Raises:
        FolderError, StoreError, OutputError: See `failures`.
    """
    chapters = chapters_of(runs, choices, panel, on_progress)
    words = head_words(runs, choices.shows_each(len(runs)))
    page = report_page(f"{title} - redqueen report", chapters, words)
    write_bytes(output, page.encode("utf-8", "replace"))


def _meet(
    runs: Sequence[RunData], panel: str, fights: int, choices: Choices, keep_twins: bool
) -> Panel:
    results, notes = meet_panel(
        runs, panel, fights, choices.seed, choices.workers, keep_twins=keep_twins
    )
    table = generality(results, seed=choices.seed)
    return Panel(results, table, panel_words(runs, results), tuple(notes))
