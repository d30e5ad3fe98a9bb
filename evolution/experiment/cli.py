"""`redqueen experiment`."""

import os
import sys
from pathlib import Path
from typing import Any, Final

import click

from evolution.exits import Misused, failures
from evolution.experiment.estimate import estimate_experiment
from evolution.experiment.grid import load_experiment
from evolution.experiment.part import WHOLE, Part, parse_part
from evolution.experiment.spec import Way
from evolution.experiment.work import Setup, kinds, set_up
from evolution.experiment.work_cli import Manner, say_outside, work_experiment
from evolution.flags import run_name
from evolution.reporting import Report, Reporting
from evolution.run_options import minutes_option, runs_option
from evolution.service import Service
from evolution.service_options import NONE, SERVICE_FLAGS, make_service, model_options
from evolution.view import estimate_lines
from evolution.workplace import WORKPLACE_FLAGS, make_workplace, shared_workplace_options
from mars.redcode import printable
from mars.terminal import progress

SHOWN: Final = 6  # names of runs in a dry run
MOST_AT_ONCE: Final = 1024


def _read_part(_: click.Context, __: click.Parameter, given: str | None) -> Part:
    try:
        return WHOLE if given is None else parse_part(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("experiment")
@click.argument("file", metavar="EXPERIMENT.toml", type=click.Path(path_type=Path))
@click.option("--name", help="Of the folder of all runs; default: the file's name.")
@click.option("--dry-run", is_flag=True, help="Estimate time, calls and cost; change nothing.")
@click.option(
    "--at-once",
    type=click.IntRange(1, MOST_AT_ONCE),
    metavar="N",
    show_default="all cores, by --workers",
    help="Runs side by side.",
)
@click.option(
    "--part",
    metavar="I/N",
    callback=_read_part,
    help="Work every N-th run beginning with the I-th; `merge` brings all parts together. Caps "
    "are for the whole grid: a part spends at most its share, by the number of its runs.",
)
@shared_workplace_options
@model_options
@minutes_option
@runs_option
@click.option(
    "--report/--no-report",
    default=False,
    show_default=True,
    help="Write report.html into the folder of each run that finishes now.",
)
@click.pass_obj
def experiment_command(
    reporter: Report | None,
    /,
    *,
    file: Path,
    name: str | None,
    dry_run: bool,
    at_once: int | None,
    part: Part,
    minutes: float | None,
    runs_folder: Path,
    report: bool,
    **flags: Any,
) -> None:
    """Work a grid of runs side by side, each in a process and a folder of its own.

    EXPERIMENT.toml has a base configuration and axes (experiments/ has some to begin with). The
    same command goes on after any interruption, tries runs again that failed, and shows the
    results when all are finished. Axes may be extended later.
    """
    with failures():
        service = make_service(**{key: flags[key] for key in SERVICE_FLAGS})
        workplace = make_workplace(**{key: flags[key] for key in WORKPLACE_FLAGS})
        folder = runs_folder / run_name(name, None, file)
        at_once = at_once or max(1, (os.cpu_count() or 1) // workplace.threads)
        experiment = load_experiment(file)
        with progress(0, "checked") as show:
            setup = set_up(experiment, folder, show, part)
        if dry_run:
            _dry_run(setup, at_once, workplace.threads, service)
            return
        if setup.left:
            workplace.check()
        manner = Manner(at_once, minutes, Reporting(reporter, report))
        work_experiment(setup, _way(flags, setup.in_grid), manner, service)


def _way(flags: dict[str, Any], runs: int) -> Way:
    """How runs of so many are worked, but for their shares of the caps."""
    tokens = flags["max_tokens"]
    if tokens not in (None, NONE) and tokens < runs:
        raise Misused(f"expected --max-tokens of at least 1 for each of {runs} runs: got {tokens}")
    own = {key: NONE if flags[key] == NONE else None for key in ("max_cost", "max_tokens")}
    files = {key: flags[key] and str(flags[key]) for key in ("prices", "replay")}
    return Way(command=(Path(sys.argv[0]).name, *sys.argv[1:]), **{**flags, **own, **files})


def _dry_run(setup: Setup, at_once: int, workers: int, service: Service) -> None:
    left = setup.left
    say_outside(setup)
    click.echo(
        f"{printable(str(setup.folder))}: {setup.words}, "
        f"{setup.count('finished'):,} finished, {setup.count('begun'):,} begun, "
        f"{setup.count('new'):,} new"
    )
    for run in left[:SHOWN]:
        click.echo(f"  {printable(run.name)}")
    if len(left) > SHOWN:
        click.echo(f"  and {len(left) - SHOWN:,} more")
    if left:
        with progress(0, "kinds of runs measured") as show:
            guess = estimate_experiment(kinds(setup, left), at_once, workers, service, show)
        for line in estimate_lines(guess, min(at_once, len(left)) * workers):
            click.echo(line)
