"""`redqueen hill`: a king of the hill on disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from mars.database import FileError
from mars.entrants import Entrant, read_entrants
from mars.fights import MAX_FIGHTS
from mars.hill import Hill, Place, RefusedError, Verdict
from mars.hill_schema import MAX_SIZE, found_hill
from mars.koth import (
    NAME_WIDTH,
    clipped,
    fights_words,
    koth_heading,
    koth_line,
    shortened,
    warrior_name,
)
from mars.options import core_options, settings_from
from mars.redcode import printable
from mars.terminal import Interrupted, progress
from mars.tournament import MAX_SEED, Terms

HELP: Final = {"help_option_names": ["-h", "--help"]}

hill_argument = click.argument("file", type=click.Path(path_type=Path))


@click.group("hill", context_settings=HELP)
def hill_group() -> None:
    """A king of the hill on disk: challengers push the last one off."""


@hill_group.command("init")
@hill_argument
@core_options
@click.option("--size", type=click.IntRange(1, MAX_SIZE), default=20, show_default=True)
@click.option(
    "-r",
    "--fights",
    type=click.IntRange(1, MAX_FIGHTS),
    default=200,
    show_default=True,
    help="Fights of each two warriors.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    help="Positions follow from it and the two warriors [0].",
)
@click.option("-f", "--fixed-series", is_flag=True, help="Positions by pMARS's -f instead.")
def init(
    file: Path, *, size: int, fights: int, seed: int | None, fixed_series: bool, **core: Any
) -> None:
    """Make an empty hill in FILE."""
    if fixed_series and seed is not None:
        raise click.UsageError("expected only one of -f and --seed: got both")
    terms = Terms(settings_from(**core), fights, None if fixed_series else seed or 0)
    with _failures():
        found_hill(file, terms, size)


@hill_group.command("submit")
@hill_argument
@click.argument("warriors", nargs=-1, required=True, metavar="WARRIOR...")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=lambda: os.cpu_count() or 1,
    show_default="all cores",
    help="Threads; results do not depend on it.",
)
def submit(file: Path, warriors: tuple[str, ...], *, workers: int) -> None:
    """Let warriors challenge the hill in FILE, one after the other.

    A WARRIOR is a file, a folder or the name of a bundled warrior. One that does not assemble,
    or is on the hill, is reported and left out; the exit code is 1 then.
    """
    with _failures(), Hill(file, write=True) as hill:
        entrants, failed = _read(warriors, hill.terms)
        for entrant in entrants:
            try:
                verdict = _submit(hill, entrant, workers, file)
            except RefusedError as error:
                click.echo(printable(str(error)), err=True)
                failed = True
                continue
            click.echo("\n".join(_verdict_lines(verdict)))
    if failed:
        raise click.exceptions.Exit(1)


@hill_group.command("show")
@hill_argument
def show(file: Path) -> None:
    """Show who is on the hill in FILE."""
    with _failures(), Hill(file) as hill:
        places = hill.places()
        lines = [_terms_line(hill, len(places)), koth_heading() + "  Age"]
    click.echo("\n".join([*lines, *map(_line, places)]))


@hill_group.command("log")
@hill_argument
def log(file: Path) -> None:
    """Show all challenges of the hill in FILE, oldest first."""
    with _failures(), Hill(file) as hill:
        challenges = hill.challenges()
    for challenge in challenges:
        pushed = shortened(challenge.pushed or "Unknown", 18)
        ended = "stays" if challenge.pushed is None else f"pushes off {pushed}"
        words = ended if challenge.entered else "is not good enough"
        click.echo(
            f"{challenge.number:4} {challenge.time}  {clipped(challenge.name or 'Unknown', 22)} "
            f"{clipped(challenge.author or 'Anonymous', 14)} "
            f"rank {challenge.rank:2}, {challenge.score:5.1f}: {words}"
        )


def _read(names: tuple[str, ...], terms: Terms) -> tuple[tuple[Entrant, ...], bool]:
    """Whom the command line names, and whether anything was wrong with it."""
    try:
        entries = read_entrants(names, terms.settings, rounds=terms.fights)
    except (FileNotFoundError, ValueError) as error:
        raise click.UsageError(printable(str(error))) from None
    for message in (*entries.faults, *entries.doubles):
        click.echo(message, err=True)
    return entries.entrants, bool(entries.faults or entries.doubles)


def _submit(hill: Hill, entrant: Entrant, workers: int, file: Path) -> Verdict:
    try:
        with progress(hill.size, "battles") as show_progress:
            return hill.submit(entrant, workers=workers, on_finished=show_progress)
    except KeyboardInterrupt:
        raise Interrupted(
            f"stopped before {printable(entrant.label)} was done; the hill is as it was, finished "
            f"battles are kept in {printable(str(file))}: submit it again to go on"
        ) from None


def _verdict_lines(verdict: Verdict) -> Iterator[str]:
    name = shortened(warrior_name(verdict.challenger.warrior), NAME_WIDTH)
    rank = f"rank {verdict.challenger.standing.rank} of {len(verdict.places)}"
    if verdict.pushed == verdict.challenger:
        yield f"{name} is not good enough: {rank}"
    else:
        yield f"{name} is on the hill: {rank}"
    yield koth_heading() + "  Age"
    for place in verdict.places:
        yield _line(place) + ("  off" if place == verdict.pushed else "")


def _line(place: Place) -> str:
    return f"{koth_line(place.standing, place.warrior)} {place.age:4}"


def _terms_line(hill: Hill, n_warriors: int) -> str:
    settings, terms = hill.terms.settings, hill.terms
    positions = "pMARS's fixed series" if terms.seed is None else f"seed {terms.seed}"
    return (
        f"{n_warriors} of {hill.size} places; core {settings.core_size}, cycles "
        f"{settings.max_cycles}, processes {settings.max_processes}, length "
        f"{settings.max_length}, distance {settings.min_distance}, P-space "
        f"{settings.pspace_size}, '{settings.rules} rules\n"
        f"{fights_words(terms.fights)}, {positions}"
    )


@contextmanager
def _failures() -> Iterator[None]:
    """Turns expected errors into messages and exit codes."""
    try:
        yield
    except FileError as error:
        raise click.ClickException(printable(str(error))) from None
