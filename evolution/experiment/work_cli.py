"""While `redqueen experiment` works: what it says, and how it ends."""

import shlex
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from evolution.exits import Failed, Misused, safe
from evolution.experiment.board import board, one_line
from evolution.experiment.folder import TEXT
from evolution.experiment.kept import Kept, read_kept, write_kept
from evolution.experiment.runner import common_fault, work_side_by_side
from evolution.experiment.shares import share_caps
from evolution.experiment.spec import Ending, Way
from evolution.experiment.summary_view import SUMMARY_NOTES, fitting_table
from evolution.experiment.work import (
    Results,
    Setup,
    check_mutators,
    read_results,
    specs_of,
    write_summary,
)
from evolution.folder import locked, make_folder, write_text
from evolution.inspect_cli import console
from evolution.live import stop_requests
from evolution.reporting import Reporting
from evolution.service import Service
from llm_mutator.budget import Limits
from llm_mutator.mutator import MutatorUnavailable
from mars.redcode import printable
from mars.terminal import Interrupted, progress


@dataclass(frozen=True)
class Manner:
    """How runs are worked: `at_once` side by side, for so many minutes, with or without reports."""

    at_once: int
    minutes: float | None
    reporting: Reporting


def work_experiment(setup: Setup, way: Way, manner: Manner, service: Service) -> None:
    """Works what is left and shows what came of it.

    Raises:
        Failed: A run failed, or the folder was removed.
        Interrupted: The user stopped it.
        Misused: Proposals of some runs cannot be had.
        OutOfBudget: Nothing is left of a cap.
    """
    try:
        check_mutators(setup, service)
    except MutatorUnavailable as error:
        raise Misused(safe(error)) from None
    make_folder(setup.folder)
    with locked(setup.folder):
        caps = _new_caps(setup, way, service)
        if not (setup.folder / TEXT).exists() or _text_differs(setup):
            write_text(setup.folder / TEXT, setup.experiment.text)
        if not setup.left:
            click.echo(f"all {setup.words} are finished; nothing was changed")
        say_outside(setup)
        endings = _work(setup, way, manner, caps)
        with progress(len(setup.runs), "runs read") as show:
            results = read_results(setup, show)
        for ending in endings:
            if ending.state == "finished":
                manner.reporting.write(setup.folder / ending.name)
        _show(setup, results)
        failed = _failed(endings, results)
        _show_failures(failed)
        path = write_summary(setup, results)
        of = f" of {setup.part.words}" if setup.part.words else ""
        click.echo(f"summary{of}: {printable(str(path))}")
    _end(setup, endings, failed)


def say_outside(setup: Setup) -> None:
    """Says how many runs of the folder are not in the grid, if there are any."""
    if setup.outside:
        click.echo(f"{setup.outside:,} more runs in the folder are not of this grid")


def _new_caps(setup: Setup, way: Way, service: Service) -> dict[str, Limits]:
    """The runs' caps, by name; those of all together hold until others are given."""
    kept = read_kept(setup.folder)
    caps = service.limits(kept.caps)
    shares = share_caps(setup, caps)
    if setup.left or caps != kept.caps:
        write_kept(setup.folder, Kept(way.command, caps))
    return shares


def _text_differs(setup: Setup) -> bool:
    """Whether the copy of the file is an older one; what is not even text is one."""
    return (setup.folder / TEXT).read_bytes() != setup.experiment.text.encode()


def _work(setup: Setup, way: Way, manner: Manner, caps: Mapping[str, Limits]) -> list[Ending]:
    """How the runs ended that were left.

    Raises:
        Failed: The folder was removed.
        Interrupted: The user stopped it.
    """
    stop = threading.Event()
    configs = {run.name: run.config for run in setup.left}
    specs = specs_of(setup, way, caps)
    try:
        with (
            board(configs, setup.count("finished"), setup.part.words) as told,
            stop_requests(stop, manner.minutes, told.asked_to_stop) as asked,
        ):
            in_place = (setup.folder / TEXT).exists
            endings = work_side_by_side(specs, manner.at_once, stop, told, in_place)
    except KeyboardInterrupt:
        raise Interrupted(f"stopped at once; all finished batches are kept; {_how(way)}") from None
    if asked():
        _show_failures(endings)
        raise Interrupted(f"stopped; everything is saved; {_how(way)}")
    if not (setup.folder / TEXT).exists():
        _show_failures(endings)
        raise Failed(
            f"expected an experiment's folder that stays: got {printable(str(setup.folder))}, "
            f"whose {TEXT} was removed; {_how(way)}"
        )
    return endings


def _how(way: Way) -> str:
    return f"continue with the same command:\n  redqueen {printable(shlex.join(way.command[1:]))}"


def _show(setup: Setup, results: Results) -> None:
    out = console()
    if setup.part.words:
        click.echo(f"{setup.words}, of {setup.in_grid:,} of the grid:")
    out.print(fitting_table(results.names, results.groups, out))
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
        raise Failed(f"{len(failed)} of {setup.words} failed; the same command tries them again")
    if rest:
        click.echo(f"{rest} of {setup.words} are to be finished by the same command")
