"""The command line's options about chat models, and what becomes of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import click

from evolution.exits import Misused, safe
from evolution.folder import FolderError, read_folder_config, write_text
from evolution.islands_folders import lineage_folders
from evolution.ledger import read_replies
from evolution.service import Service
from evolution.session import has_run
from evolution.store import DATABASE, Store, WriteError
from llm_mutator.prices import package_prices, read_prices
from llm_mutator.recording import Entry, format_recording, read_recording

F = TypeVar("F", bound=Callable[..., Any])
SERVICE_FLAGS: Final = ("max_cost", "max_tokens", "allow_unpriced", "prices", "replay")
NONE: Final = "none"
PATH: Final = click.Path(path_type=Path, dir_okay=False)
SHARES: Final = "equal shares for islands and for an experiment's runs"


def _cap(kind: type[int] | type[float]) -> Callable[..., Any]:
    """Reads a number above 0, or "none"."""

    def read(_: click.Context, __: click.Parameter, given: str | None) -> float | str | None:
        if given is None or given == NONE:
            return given
        try:
            number = kind(given)
        except ValueError:
            number = kind(0)
        if not 0 < number < 1e15:
            raise click.BadParameter(f"expected a number above 0, or {NONE}: got {given!r}")
        return number

    return read


def model_options(command: F) -> F:
    """Adds the options `SERVICE_FLAGS`, for `make_service`."""
    for option in (
        click.option("--replay", type=PATH, help="Take all replies from this recording."),
        click.option("--prices", type=PATH, help="TOML table of prices, before the package's."),
        click.option("--allow-unpriced", is_flag=True, help="Ask models that have no price."),
        click.option(
            "--max-tokens",
            metavar="N|none",
            callback=_cap(int),
            help=f"Cap on all tokens ({SHARES}), or none. It holds until changed.",
        ),
        click.option(
            "--max-cost",
            metavar="USD|none",
            callback=_cap(float),
            help=f"Cap on US dollars ({SHARES}), or none. It holds until changed.",
        ),
    ):
        command = option(command)
    return command


def service_options(command: F) -> F:
    """Adds the same, and `record` for `recorded`."""
    record = click.option(
        "--record", type=PATH, help="Write all replies into this file at the end."
    )
    return model_options(record(command))


def make_service(
    *,
    max_cost: float | Literal["none"] | None,
    max_tokens: int | Literal["none"] | None,
    allow_unpriced: bool,
    prices: Path | None,
    replay: Path | None,
) -> Service:
    """The service that the options ask for.

    Raises:
        Misused: A file cannot be used.
    """
    try:
        for file in (prices, replay):
            if file is not None and file.exists() and not file.is_file():
                raise ValueError(f"expected a file: got {file}, which is none")
        known = package_prices()
        return Service(
            max_cost,
            max_tokens,
            (*read_prices(prices), *known) if prices is not None else known,
            allow_unpriced,
            read_recording(replay) if replay is not None else None,
        )
    except (OSError, ValueError) as error:
        raise Misused(safe(error)) from None


@contextmanager
def recorded(folder: Path, file: Path | None) -> Iterator[None]:
    """Writes the run's replies into a file when the block is left, however that is.

    Raises:
        FolderError: The file holds something else, and is left as it is.
        WriteError: It cannot be written.
    """
    if file is not None:
        _refuse_strange(folder, file)
    try:
        yield
    except BaseException:
        try:
            _record(folder, file)
        except WriteError as error:  # what ended the run says more
            click.echo(safe(error), err=True)
        raise
    _record(folder, file)


def _record(folder: Path, file: Path | None) -> None:
    if file is not None and has_run(folder):
        write_text(file, format_recording(_read_replies(folder)))


def _read_replies(folder: Path) -> list[Entry]:
    """The replies of a run, or of its islands in order."""
    replies: list[Entry] = []
    for place in lineage_folders(folder, read_folder_config(folder)):
        with Store(place / DATABASE) as store:
            replies += read_replies(store)
    return replies


def _refuse_strange(folder: Path, file: Path) -> None:
    """Refuses to write over anything but an older recording of the same run."""
    if file.resolve().is_relative_to(folder.resolve()):
        raise FolderError(f"expected a file outside of the run's folder: got {file}")
    if file.exists() and not file.is_file():
        raise FolderError(f"expected a file: got {file}, which is none")
    if not file.exists():
        if not file.absolute().parent.is_dir():
            raise FolderError(f"expected a folder for {file}: got none")
        return
    try:
        old = read_recording(file)
    except (OSError, ValueError):
        raise FolderError(f"expected a new file or a recording to write: got {file}") from None
    entries = set(_read_replies(folder)) if has_run(folder) else set()
    if not set(old.entries) <= entries:
        raise FolderError(f"expected a recording of this run, or a new file: got {file}")
