"""Options of the command line that make settings, and options read from files as in pMARS."""

import errno
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import click

from mars.redcode import printable
from mars.settings import PRESETS, CoreSettings, default_pspace_size

DEFAULT_PRESET: Final = "94"
MAX_OPTIONS_BYTES: Final = 100_000
MAX_OPTIONS_FILES: Final = 8
MAX_WORDS: Final = 10_000
OPTIONS_FILE: Final = re.compile(
    r"-(?P<flags>[8fPkboAV]*)@(?P<name>.*)\Z|--options-file(?:=(?P<long>.*))?\Z", re.DOTALL
)
# Their values may look like anything, also like -@.
VALUE_OPTIONS: Final = ("-=", "--score-formula")

Command = TypeVar("Command", bound=Callable[..., Any])


class PmarsCommand(click.Command):
    """A command that also reads options from files, as pMARS's `-@ FILE` does."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts the words of each options file in the place of `-@ FILE`."""
        words = list(islice(_expanded(args, 0), MAX_WORDS + 1))
        if len(words) > MAX_WORDS:
            raise click.UsageError(
                f"expected at most {MAX_WORDS} words, options files and all: got more"
            )
        return super().parse_args(ctx, words)


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
        with open_input(name) as file:
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
def open_input(name: str) -> Iterator[BinaryIO]:
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
