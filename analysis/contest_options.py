"""Options that `redqueen tournament` and `benchmark` share."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from mars.fights import MAX_FIGHTS
from mars.options import core_options, settings_from
from mars.tournament import MAX_SEED, Terms

Command = TypeVar("Command", bound=Callable[..., Any])


def terms_options(command: Command) -> Command:
    """Adds the options that make `Terms`, to be read by `terms_from`, and the threads."""
    for decorate in (
        click.option(
            "-r",
            "--fights",
            type=click.IntRange(1, MAX_FIGHTS),
            default=200,
            show_default=True,
            help="Fights of each two warriors.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0, MAX_SEED),
            help="Positions follow from it and the two warriors [0].",
        ),
        click.option("-f", "--fixed-series", is_flag=True, help="Positions by pMARS's -f instead."),
        core_options,
        click.option(
            "--workers",
            type=click.IntRange(1, 256),
            default=lambda: os.cpu_count() or 1,
            show_default="all cores",
            help="Threads; results do not depend on it.",
        ),
        click.option("--strict", is_flag=True, help="Stop when a file does not assemble."),
    )[::-1]:
        command = decorate(command)
    return command


def file_option(name: str, help_text: str, suffixes: Sequence[str] = ()) -> Callable[[Any], Any]:
    """An option that names a file to write."""

    def check(_: click.Context, __: click.Parameter, path: Path | None) -> Path | None:
        if path is not None and suffixes and path.suffix.lower() not in suffixes:
            raise click.BadParameter(
                f"expected a name that ends in {' or '.join(suffixes)}: got {path.name!r}"
            )
        return path

    return click.option(name, type=click.Path(path_type=Path), callback=check, help=help_text)


def terms_from(fights: int, seed: int | None, fixed_series: bool, core: dict[str, Any]) -> Terms:
    """The terms that the options of `terms_options` name.

    Raises:
        click.UsageError: There are no such terms.
    """
    if fixed_series and seed is not None:
        raise click.UsageError("expected only one of -f and --seed: got both")
    return Terms(settings_from(**core), fights, None if fixed_series else seed or 0)
