"""`redqueen battle` and `redqueen assemble`: pMARS's command line, option for option."""

import errno
import re
import secrets
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import click

from mars.assembler import check, read_text
from mars.fights import MAX_FIGHTS, battle
from mars.placement import check_room, count_permutations
from mars.redcode import Warrior, printable
from mars.score import DEFAULT_FORMULA, survival_points
from mars.settings import PRESETS, CoreSettings, default_pspace_size
from mars.source import RedcodeError

DEFAULT_PRESET: Final = "94"
MAX_OPTIONS_BYTES: Final = 100_000
MAX_OPTIONS_FILES: Final = 8
MAX_WORDS: Final = 10_000
OPTIONS_FILE: Final = re.compile(
    r"-(?P<flags>[8fPkboAV]*)@(?P<name>.*)\Z|--options-file(?:=(?P<long>.*))?\Z", re.DOTALL
)
# Their values may look like anything, also like -@.
VALUE_OPTIONS: Final = ("-=", "--score-formula")
STDIN_NAME: Final = "<stdin>"

Command = TypeVar("Command", bound=Callable[..., Any])


class PmarsCommand(click.Command):
    """A command that also reads options from files, as pMARS's `-@ FILE` does."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts the words of each options file in the place of `-@ FILE`."""
        return super().parse_args(ctx, list(islice(_expanded(args, 0), MAX_WORDS)))


def _expanded(args: Sequence[str], depth: int) -> Iterator[str]:
    """Words of the command line, those of options files in their place."""
    remaining = iter(args)
    for arg in remaining:
        if arg == "--":
            yield from (arg, *remaining)
        elif arg in VALUE_OPTIONS:
            yield from (arg, *islice(remaining, 1))
        elif (match := OPTIONS_FILE.match(arg)) is None:
            yield arg
        else:
            name = match["name"] or match["long"] or next(remaining, None)
            if name is None:
                raise click.UsageError("expected a file name after -@: got nothing")
            if depth == MAX_OPTIONS_FILES:
                raise click.UsageError(
                    f"expected at most {MAX_OPTIONS_FILES} options files within each other: "
                    f"got {printable(name)}"
                )
            if match["flags"]:
                yield f"-{match['flags']}"
            yield from _expanded(_read_options(name), depth + 1)


def _read_options(name: str) -> list[str]:
    """The words of an options file: quotes hold words together, `;` begins a comment."""
    try:
        with _open(name) as file:
            data = file.read(MAX_OPTIONS_BYTES + 1)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"cannot read options from {printable(name)}: {error}") from None
    if len(data) > MAX_OPTIONS_BYTES:
        raise click.UsageError(f"expected an options file of at most {MAX_OPTIONS_BYTES} bytes")
    words = shlex.shlex(data.decode("utf-8", "replace"), posix=True)
    words.whitespace_split, words.commenters, words.escape = True, ";", ""
    try:
        return list(words)
    except ValueError as error:
        raise click.UsageError(f"cannot read options from {printable(name)}: {error}") from None


@contextmanager
def _open(name: str) -> Iterator[BinaryIO]:
    """A file, or standard input for `-`."""
    if name != "-":
        with Path(name).open("rb") as file:
            yield file
    elif sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    else:
        yield sys.stdin.buffer


def core_options(command: Command) -> Command:
    """Adds the options that make a `CoreSettings`, to be read by `settings_from`."""
    for decorate in (
        click.option(
            "--preset",
            type=click.Choice(list(PRESETS)),
            default=DEFAULT_PRESET,
            show_default=True,
            help="Settings of a hill; the options below change them.",
        ),
        click.option("-s", "--core-size", type=int, help="Size of the core."),
        click.option("-c", "--max-cycles", type=int, help="Cycles until a tie."),
        click.option("-p", "--max-processes", type=int, help="Longest process queue."),
        click.option("-l", "--max-length", type=int, help="Most instructions of a warrior."),
        click.option(
            "-d", "--min-distance", type=int, help="Least distance of warriors [max. length]."
        ),
        click.option(
            "-S",
            "--pspace-size",
            type=int,
            help="Cells of P-space [1/16 of the core]; 0: none.",
        ),
        click.option("-8", "--rules-88", is_flag=True, help="Enforce ICWS'88 rules."),
    )[::-1]:
        command = decorate(command)
    return command


def settings_from(
    *,
    preset: str,
    core_size: int | None,
    max_cycles: int | None,
    max_processes: int | None,
    max_length: int | None,
    min_distance: int | None,
    pspace_size: int | None,
    rules_88: bool,
) -> CoreSettings:
    """The settings that the options of `core_options` name, pMARS's defaults filled in.

    Raises:
        click.UsageError: There are no such settings.
    """
    base = PRESETS[preset]
    if core_size is not None and pspace_size is None and base.pspace_size and core_size > 0:
        pspace_size = default_pspace_size(core_size)
    if max_length is not None and min_distance is None:
        min_distance = max_length
    given: dict[str, Any] = {
        "core_size": core_size,
        "max_cycles": max_cycles,
        "max_processes": max_processes,
        "max_length": max_length,
        "min_distance": min_distance,
        "pspace_size": pspace_size,
        "rules": "88" if rules_88 else None,
    }
    try:
        return replace(base, **{name: value for name, value in given.items() if value is not None})
    except ValueError as error:
        raise click.UsageError(str(error)) from None


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
@click.option("-@", "--options-file", metavar="FILE", help="Read options from a file.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, help="Threads [1].")
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
    options_file: str | None,
    workers: int,
    **core: Any,
) -> None:
    """Let warriors fight and print what pMARS prints.

    FILE - is standard input. Without -f, -F or --seed the positions are drawn anew each time.
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
    warriors = _load_all(files, settings, fights, verbose)
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
def assemble_command(file: str, *, verbose: bool, **core: Any) -> None:
    """Assemble FILE and print its load file, or the errors.

    FILE - is standard input. The exit code is 1 when it does not assemble.
    """
    settings = settings_from(**core)
    warrior = _load_all((file,), settings, 1, verbose)[0]
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
    with click.progressbar(length=fights, label="fights", file=sys.stderr, show_pos=True) as bar:
        yield bar.update


def _seed(seed: int | None, fixed: bool) -> int | None:
    """The seed to fight with; a new one from the operating system when none is named."""
    if seed is None and not fixed:
        return secrets.randbits(64)
    return seed


def _load_all(
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
            with _open(name) as file:
                text = read_text(file, settings, path=path)
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
