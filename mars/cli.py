"""`redqueen battle` and `redqueen assemble`: pMARS's command line, option for option."""

import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import click

from mars.assembler import check, read_text
from mars.classics import bundled_sources
from mars.fights import MAX_FIGHTS, battle
from mars.options import PmarsCommand, core_options, open_input, settings_from
from mars.placement import check_room, count_permutations
from mars.redcode import Warrior, printable
from mars.score import DEFAULT_FORMULA, survival_points
from mars.settings import CoreSettings
from mars.source import RedcodeError
from mars.terminal import Interrupted

STDIN_NAME: Final = "<stdin>"
PATIENCE: Final = 2.0  # seconds without a progress bar


@contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C ends a command with the exit code that says so."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("stopped: nothing was kept") from None


@click.command("battle", cls=PmarsCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-r",
    "--fights",
    type=click.IntRange(0, MAX_FIGHTS),
    help="Fights [1; with -P all permutations].",
)
@core_options
@click.option("-F", "--fixed-position", type=int, help="Position of warrior 2 in the first fight.")
@click.option("-f", "--fixed-series", is_flag=True, help="Positions follow from the warriors.")
@click.option("-P", "--permutations", is_flag=True, help="Every position and starter once.")
@click.option("--seed", type=int, help="Positions follow from this number [drawn anew].")
@click.option("-k", "--koth", is_flag=True, help="Output in King of the Hill format.")
@click.option("-b", "--brief", is_flag=True, help="No listings.")
@click.option("-o", "--sort", is_flag=True, help="Sort the results by score.")
@click.option("-A", "--assemble-only", is_flag=True, help="Assemble only.")
@click.option("-V", "--verbose", is_flag=True, help="Print the assembler's warnings too.")
@click.option(
    "-=", "--score-formula", default=DEFAULT_FORMULA, show_default=True, metavar="FORMULA"
)
@click.option(
    "-@",
    "--options-file",
    metavar="FILE",
    expose_value=False,
    help="Read options from a file.",
)
@click.option("--workers", type=click.IntRange(1, 256), default=1, help="Threads [1].")
@_stoppable()
def battle_command(
    files: tuple[str, ...],
    *,
    fights: int | None,
    fixed_position: int | None,
    fixed_series: bool,
    permutations: bool,
    seed: int | None,
    koth: bool,
    brief: bool,
    sort: bool,
    assemble_only: bool,
    verbose: bool,
    score_formula: str,
    workers: int,
    **core: Any,
) -> None:
    """Let warriors fight and print what pMARS prints.

    FILE - is standard input; the name of a bundled warrior will do as well. Without -f, -F or
    --seed the positions are drawn anew each time.
    """
    settings = settings_from(**core)
    if fixed_series and fixed_position is not None:
        raise click.UsageError("expected only one of -f and -F: got both")
    if files.count("-") > 1:
        raise click.UsageError("expected standard input (-) only once: got it again")
    with _usage_errors():
        survival_points(len(files), score_formula)
        check_room(len(files), settings)
        if fights is None:
            fights = count_permutations(settings) if permutations else 1
    warriors = load_all(files, settings, fights, verbose)
    if not brief:
        for warrior in warriors:
            click.echo(_listing(warrior, settings, assemble_only))
    if assemble_only or fights == 0:
        return
    with _usage_errors(), _progress(fights) as advance:
        result = battle(
            warriors,
            settings,
            fights=fights,
            fixed_position=fixed_position,
            fixed_series=fixed_series,
            permutations=permutations,
            seed=_seed(seed, fixed_series or fixed_position is not None),
            workers=workers,
            on_progress=advance,
        )
        scores = result.score(score_formula).tolist()
    if koth:
        lines = _koth_lines(result.survivors.tolist(), scores)
    else:
        lines = _result_lines(warriors, result.survivors.tolist(), scores, sort)
    click.echo("\n".join(lines))


@click.command("assemble", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file")
@core_options
@click.option("-V", "--verbose", is_flag=True, help="Print warnings too.")
@_stoppable()
def assemble_command(file: str, *, verbose: bool, **core: Any) -> None:
    """Assemble FILE and print its load file, or the errors.

    FILE - is standard input. The exit code is 1 when it does not assemble.
    """
    settings = settings_from(**core)
    warrior = load_all((file,), settings, 1, verbose)[0]
    click.echo(warrior.load_file(settings.rules), nl=False)


@contextmanager
def _usage_errors() -> Iterator[None]:
    """Arguments that the library refuses are wrong usage."""
    try:
        yield
    except ValueError as error:
        raise click.UsageError(str(error)) from None


@contextmanager
def _progress(fights: int) -> Iterator[Callable[[int], None] | None]:
    """A progress bar on a terminal's standard error, for battles that take a while."""
    if not sys.stderr.isatty():
        yield None
        return
    began, done = time.monotonic(), 0
    bars: list[Any] = []
    with ExitStack() as stack:

        def advance(count: int) -> None:
            nonlocal done
            done += count
            if bars:
                bars[0].update(count)
            elif time.monotonic() - began > PATIENCE:
                bar = click.progressbar(
                    length=fights, label="fights", file=sys.stderr, show_pos=True
                )
                bars.append(stack.enter_context(bar))
                bars[0].update(done)

        yield advance


def _seed(seed: int | None, fixed: bool) -> int | None:
    """The seed to fight with; a new one from the operating system when none is named."""
    if seed is None and not fixed:
        return secrets.randbits(64)
    return seed


def load_all(
    files: Sequence[str], settings: CoreSettings, fights: int, verbose: bool
) -> list[Warrior]:
    """Assembles all files; what is wrong with any of them goes to standard error.

    Raises:
        click.exceptions.Exit: Some file could not be read or assembled.
    """
    warriors, failed = [], False
    for name in files:
        try:
            path = STDIN_NAME if name == "-" else name
            text = _read(name, path, settings)
            found = check(text, settings, path=path, rounds=fights, warriors=len(files))
        except OSError as error:
            click.echo(f"{printable(name)}: cannot read: {error.strerror}", err=True)
            failed = True
        except RedcodeError as error:
            click.echo(str(error), err=True)
            failed = True
        else:
            warriors.append(found.warrior)
            if verbose:
                for warning in found.warnings:
                    click.echo(f"{warning} (warning)", err=True)
    if failed:
        raise click.exceptions.Exit(1)
    return warriors


def _read(name: str, path: str, settings: CoreSettings) -> str:
    """The text of a file, or of the bundled warrior of this name where there is no such file."""
    try:
        with open_input(name) as file:
            return read_text(file, settings, path=path)
    except FileNotFoundError:
        if name in bundled_sources():
            return bundled_sources()[name]
        raise


def _name(warrior: Warrior) -> str:
    return printable(warrior.name) or "Unknown"


def _author(warrior: Warrior) -> str:
    return printable(warrior.author) or "Anonymous"


def _listing(warrior: Warrior, settings: CoreSettings, assemble_only: bool) -> str:
    code = warrior.load_file(settings.rules)
    if assemble_only:
        return code + "       END"
    title = f'Program "{_name(warrior)}" (length {len(warrior)}) by "{_author(warrior)}"'
    return f"{title}\n\n{code}"


def _result_lines(
    warriors: Sequence[Warrior], survivors: list[list[int]], scores: list[int], sort: bool
) -> Iterator[str]:
    """pMARS's results; ties keep the order of the command line."""
    order = sorted(range(len(warriors)), key=lambda w: -scores[w] if sort else w)
    for w in order:
        yield f"{_name(warriors[w])} by {_author(warriors[w])} scores {scores[w]}"
        if len(warriors) > 2:
            lost, *survived = survivors[w]
            yield f"  Results: {' '.join(map(str, survived))} {lost}"
    if len(warriors) == 2:
        lost, won, tied = survivors[order[0]]
        yield f"Results: {won} {lost} {tied}"


def _koth_lines(survivors: list[list[int]], scores: list[int]) -> Iterator[str]:
    """pMARS's `-k`: wins and ties of two warriors, else score, survivals by number, deaths."""
    for (lost, *survived), score in zip(survivors, scores, strict=True):
        if len(survivors) == 2:
            yield f"{survived[0]} {survived[1]}"
        else:
            yield f"{score} {' '.join(map(str, survived))} {lost}"
