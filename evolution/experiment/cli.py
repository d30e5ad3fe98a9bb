"""`redqueen experiment`."""

import os
import shlex
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from evolution.cli import runs_option
from evolution.exits import Failed, Misused, failures, safe
from evolution.experiment.board import board, one_line
from evolution.experiment.estimate import estimate_experiment
from evolution.experiment.folder import TEXT
from evolution.experiment.grid import load_experiment
from evolution.experiment.runner import common_fault, work_side_by_side
from evolution.experiment.spec import Ending, Spec
from evolution.experiment.summary import SUMMARY_NOTES, summary_table
from evolution.experiment.work import (
    Results,
    Setup,
    check_mutators,
    kinds,
    read_results,
    set_up,
    specs_of,
    write_summary,
)
from evolution.flags import run_name
from evolution.folder import locked, make_folder, write_text
from evolution.inspect_cli import console
from evolution.live import stop_requests
from evolution.reporting import Report, Reporting
from evolution.service import Service
from evolution.service_options import make_service
from evolution.view import estimate_lines
from evolution.workplace import EXECUTORS, MOST_WORKERS, ExecutorKind, make_workplace
from llm_mutator.mutator import MutatorUnavailable
from mars.redcode import printable
from mars.terminal import Interrupted, progress

SHOWN: Final = 6  # names of runs in a dry run
MOST_JOBS: Final = 1024


@dataclass(frozen=True)
class Manner:
    """How runs are worked: `jobs` at once, for so many minutes, with or without reports."""

    jobs: int
    minutes: float | None
    reporting: Reporting


@click.command("experiment")
@click.argument("file", metavar="EXPERIMENT.toml", type=click.Path(path_type=Path))
@click.option("--name", help="Of the folder of all runs; default: the file's name.")
@click.option("--dry-run", is_flag=True, help="Estimate time, calls and cost; change nothing.")
@click.option(
    "--jobs",
    type=click.IntRange(1, MOST_JOBS),
    show_default="all cores, by --workers",
    help="Runs side by side.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    default=1,
    show_default=True,
    help="Cores that fight for each run; the result does not depend on it.",
)
@click.option(
    "--executor",
    type=click.Choice(EXECUTORS),
    default="local",
    show_default=True,
    help="Where each run's fights are: one thread, threads, or a Ray cluster.",
)
@click.option("--ray-address", help="Of the Ray cluster, such as auto or HOST:6379.")
@click.option(
    "--max-cost",
    type=click.FloatRange(0, 1e15, min_open=True),
    metavar="USD",
    help="Cap on the cost of all runs together; each gets an equal share as its own cap.",
)
@click.option(
    "--max-tokens",
    type=click.IntRange(1, 10**15),
    metavar="N",
    help="Cap on the tokens of all runs together, shared likewise.",
)
@click.option("--allow-unpriced", is_flag=True, help="Ask models that have no price.")
@click.option(
    "--prices",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML table of prices, before the package's.",
)
@click.option(
    "--replay",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take all replies from this recording.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0),
    help="Stop all runs after so much time; the same command goes on.",
)
@runs_option
@click.option(
    "--report/--no-report",
    default=False,
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
    jobs: int | None,
    minutes: float | None,
    runs_folder: Path,
    report: bool,
    workers: int,
    executor: ExecutorKind,
    ray_address: str | None,
    **flags: Any,
) -> None:
    """Work a grid of runs side by side, each in a process and a folder of its own.

    EXPERIMENT.toml has a base configuration and axes (experiments/ has some to begin with). The
    same command goes on after any interruption, tries runs again that failed, and shows the
    results when all are finished. Axes may be extended later.
    """
    with failures():
        service = make_service(**flags)
        workplace = make_workplace(executor=executor, workers=workers, ray_address=ray_address)
        folder = runs_folder / run_name(name, None, file)
        jobs = jobs or max(1, (os.cpu_count() or 1) // workers)
        experiment = load_experiment(file)
        with progress(0, "checked") as show:
            setup = set_up(experiment, folder, show)
        if dry_run:
            _dry_run(setup, jobs, workplace.threads, service)
            return
        pattern = Spec(
            "",
            "",
            (Path(sys.argv[0]).name, *sys.argv[1:]),
            executor,
            workers,
            ray_address,
            **_shares(flags, len(setup.runs)),
        )
        _run(setup, pattern, Manner(jobs, minutes, Reporting(reporter, report)), service)


def _shares(flags: dict[str, Any], runs: int) -> dict[str, Any]:
    """The options of a single run among so many."""
    cost, tokens = flags["max_cost"], flags["max_tokens"]
    if tokens is not None and tokens < runs:
        raise Misused(f"expected --max-tokens of at least 1 for each of {runs} runs: got {tokens}")
    return {
        "max_cost": None if cost is None else cost / runs,
        "max_tokens": None if tokens is None else tokens // runs,
        "allow_unpriced": flags["allow_unpriced"],
        **{key: None if flags[key] is None else str(flags[key]) for key in ("prices", "replay")},
    }


def _dry_run(setup: Setup, jobs: int, workers: int, service: Service) -> None:
    left = setup.left
    click.echo(
        f"{printable(str(setup.folder))}: {len(setup.runs):,} runs, "
        f"{setup.count('finished'):,} finished, {setup.count('begun'):,} begun, "
        f"{setup.count('new'):,} new"
    )
    for run in left[:SHOWN]:
        click.echo(f"  {printable(run.name)}")
    if len(left) > SHOWN:
        click.echo(f"  and {len(left) - SHOWN:,} more")
    if left:
        with progress(0, "kinds of runs measured") as show:
            guess = estimate_experiment(kinds(setup, left), jobs, workers, service, show)
        for line in estimate_lines(guess, min(jobs, len(left)) * workers):
            click.echo(line)


def _run(setup: Setup, pattern: Spec, manner: Manner, service: Service) -> None:
    """Works what is left and shows what came of it."""
    try:
        check_mutators(setup, service)
    except MutatorUnavailable as error:
        raise Misused(safe(error)) from None
    make_folder(setup.folder)
    with locked(setup.folder):
        if not (setup.folder / TEXT).exists() or _text_differs(setup):
            write_text(setup.folder / TEXT, setup.experiment.text)
        if not setup.left:
            click.echo(f"all {len(setup.runs)} runs are finished; nothing was changed")
        endings = _work(setup, pattern, manner)
        with progress(len(setup.runs), "runs read") as show:
            results = read_results(setup, show)
        for ending in endings:
            if ending.state == "finished":
                manner.reporting.write(setup.folder / ending.name)
        _show(results)
        failed = _failed(endings, results)
        _show_failures(failed)
        click.echo(f"summary: {printable(str(write_summary(setup, results)))}")
    _end(setup, endings, failed)


def _text_differs(setup: Setup) -> bool:
    """Whether the copy of the file is an older one; what is not even text is one."""
    return (setup.folder / TEXT).read_bytes() != setup.experiment.text.encode()


def _work(setup: Setup, pattern: Spec, manner: Manner) -> list[Ending]:
    """How the runs ended that were left.

    Raises:
        Interrupted: The user stopped it.
    """
    stop = threading.Event()
    configs = {run.name: run.config for run in setup.left}
    specs = specs_of(setup, pattern)
    try:
        with (
            stop_requests(stop, manner.minutes) as asked,
            board(configs, setup.count("finished")) as watcher,
        ):
            endings = work_side_by_side(specs, manner.jobs, stop, watcher)
    except KeyboardInterrupt:
        raise Interrupted(
            f"stopped at once; all finished batches are kept; {_how(pattern)}"
        ) from None
    if asked():
        _show_failures(endings)
        raise Interrupted(f"stopped; everything is saved; {_how(pattern)}")
    return endings


def _how(pattern: Spec) -> str:
    return (
        f"continue with the same command:\n  redqueen {printable(shlex.join(pattern.command[1:]))}"
    )


def _show(results: Results) -> None:
    out = console()
    out.print(summary_table(results.names, results.groups))
    for line in SUMMARY_NOTES:
        out.print(line, style="dim", markup=False, highlight=False)


def _failed(endings: Sequence[Ending], results: Results) -> list[Ending]:
    """Runs that failed now, and finished ones that cannot be read."""
    failed = [ending for ending in endings if ending.state == "failed"]
    names = {ending.name for ending in failed}
    return failed + [ending for ending in results.unreadable if ending.name not in names]


def _show_failures(failed: Sequence[Ending]) -> None:
    for ending in failed:
        if ending.state == "failed":
            click.echo(f"{printable(ending.name)}: {one_line(ending.reason)}", err=True)


def _end(setup: Setup, endings: Sequence[Ending], failed: Sequence[Ending]) -> None:
    """Says what is still to do.

    Raises:
        Failed: A run failed.
    """
    ended = {ending.name for ending in endings if ending.state != "stopped"}
    rest = sum(run.name not in ended for run in setup.left)
    fault = common_fault(endings)
    if fault is not None and rest:
        click.echo(
            f"not begun, as the last runs all failed alike: {rest} ({one_line(fault)})", err=True
        )
    if failed:
        raise Failed(
            f"{len(failed)} of {len(setup.runs)} runs failed; the same command tries them again"
        )
    if rest:
        click.echo(f"{rest} of {len(setup.runs)} runs are to be finished by the same command")
