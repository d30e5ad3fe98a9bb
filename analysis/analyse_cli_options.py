"""What the sub-commands of `redqueen analyse` share: options, errors, files."""

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import click
import pandas as pd
from matplotlib.figure import Figure

from analysis.contest_options import file_option
from analysis.exports import (
    OutputError,
    check_outputs,
    csv_bytes,
    json_bytes,
    write_bytes,
    write_whole,
)
from analysis.loading import RunData
from analysis.loading_folders import run_folders
from analysis.loading_groups import grouping_of, load_runs
from analysis.payoff_plot import write_figure
from evolution.exits import Misused
from evolution.folder import FolderError
from evolution.store import DATABASE, StoreError
from evolution.tables import ConfigError
from mars.database import FileError
from mars.entrants import Entrant, read_entrants
from mars.redcode import printable
from mars.settings import CoreSettings
from mars.terminal import Interrupted
from mars.tournament import MAX_SEED

HELP: Final = {"help_option_names": ["-h", "--help"]}
MOST_FIGHTS: Final = 10_000  # every single one is kept
PICTURES: Final = (".png", ".svg")

Command = TypeVar("Command", bound=Callable[..., Any])


def output_options(command: Command) -> Command:
    """Adds the runs, the seed and the files to write: `folders`, `seed`, `csv`, `json`, `plot`."""
    for decorate in (
        click.argument(
            "folders",
            nargs=-1,
            required=True,
            metavar="RUN...",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
        ),
        click.option(
            "--seed",
            type=click.IntRange(0, MAX_SEED),
            default=0,
            show_default=True,
            help="Of fights that are fought for this, and of resamples.",
        ),
        file_option("--csv", "Write the main table.", (".csv",)),
        file_option("--json", "Write all tables.", (".json",)),
        file_option("--plot", "Draw it: FILE.png or FILE.svg.", PICTURES),
    )[::-1]:
        command = decorate(command)
    return command


def panel_options(command: Command) -> Command:
    """Adds what fights against a panel need: `panel`, `fights`, `workers`."""
    for decorate in (
        click.option(
            "--panel",
            required=True,
            metavar="DIR",
            help="Opponents: a folder of .red files, or 'bundled'.",
        ),
        click.option(
            "-r",
            "--fights",
            type=click.IntRange(1, MOST_FIGHTS),
            default=20,
            show_default=True,
            help="Fights of each two warriors.",
        ),
        workers_option,
    )[::-1]:
        command = decorate(command)
    return command


def twins_option(command: Command) -> Command:
    """Adds whether functional duplicates of a panel count: `keep_twins`."""
    return click.option(
        "--keep-twins",
        is_flag=True,
        help="Count panel warriors that do the same in every fight each, not once.",
    )(command)


def workers_option(command: Command) -> Command:
    """Adds the number of threads: `workers`."""
    return click.option(
        "--workers",
        type=click.IntRange(1, 256),
        default=lambda: os.cpu_count() or 1,
        show_default="all cores",
        help="Threads; results do not depend on it.",
    )(command)


@contextmanager
def failures() -> Iterator[None]:
    """Turns expected errors into messages and exit codes."""
    try:
        yield
    except (ConfigError, FolderError) as error:
        raise Misused(printable(str(error))) from None
    except (StoreError, FileError, OutputError) as error:
        raise click.ClickException(printable(str(error))) from None
    except KeyboardInterrupt:
        raise Interrupted("stopped: nothing was kept") from None


def read_runs(folders: Sequence[Path], outputs: Sequence[Path | None] = ()) -> list[RunData]:
    """Loads runs, after finding out whether the files can be written.

    A folder of an experiment, or of a run with islands, stands for all runs in it.

    Raises:
        click.UsageError: The runs do not go together.
        FolderError, StoreError, OutputError: See `failures`.
    """
    try:
        found = run_folders(folders)
    except OSError as error:
        raise FolderError(f"cannot read {error.filename}: {error.strerror or error}") from None
    return _loaded(found, outputs)


def read_run(folder: Path, outputs: Sequence[Path | None] = ()) -> RunData:
    """Loads one run, as `read_runs`.

    Raises:
        FolderError, StoreError, OutputError: See `failures`.
    """
    (run,) = _loaded([folder], outputs)
    return run


def _loaded(folders: Sequence[Path], outputs: Sequence[Path | None]) -> list[RunData]:
    check_outputs([path for path in outputs if path is not None], [f / DATABASE for f in folders])
    try:
        return load_runs(folders)
    except ValueError as error:
        raise click.UsageError(printable(str(error))) from None


def read_panel(name: str, core: CoreSettings, fights: int) -> tuple[Entrant, ...]:
    """A panel's warriors; those that do not assemble, and doubles, go to standard error.

    Raises:
        click.UsageError: There is no such folder, or nothing in it.
    """
    try:
        entries = read_entrants([name], core, rounds=fights)
    except (FileNotFoundError, ValueError) as error:
        raise click.UsageError(printable(str(error))) from None
    for message in (*entries.faults, *entries.doubles):
        click.echo(message, err=True)
    return entries.entrants


def runs_words(runs: Sequence[RunData]) -> str:
    """How many runs (and islands of them), and the core."""
    core, units = runs[0].config.core, len({run.unit for run in runs})
    many = "1 run" if units == 1 else f"{units} runs"
    islands = f" ({len(runs)} islands)" if len(runs) > units else ""
    return f"{many}{islands}, core {core.core_size:,}"


def difference_lines(runs: Sequence[RunData]) -> list[str]:
    """What the labels of the groups leave out: different w_0, variants, mutators of one kind."""
    return list(grouping_of(runs).notes)


def null_lines(runs: Sequence[RunData]) -> list[str]:
    """A reminder when nothing shows what drift alone would have done."""
    if any(run.config.shadow for run in runs):
        return []
    return ["no shadow run is among them, so a trend may be drift (`redqueen evolve --shadow`)"]


def table_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A row a record, of plain Python values; NaN is None."""
    plain = table.astype(object)
    return [
        {str(key): _plain(value) for key, value in row.items()}
        for row in plain.to_dict(orient="records")
    ]


def write_outputs(
    tables: Mapping[str, pd.DataFrame],
    facts: Mapping[str, Any],
    *,
    csv: Path | None,
    json: Path | None,
    plot: Path | None,
    draw: Callable[[], Figure],
) -> None:
    """Writes the files that were asked for, and says which.

    Args:
        tables: The first one goes to the CSV file, all to the JSON file.
        facts: Further entries of the JSON file.
        csv, json, plot: Files, or None.
        draw: Makes the picture.

    Raises:
        OutputError: A file cannot be written.
    """
    if csv is not None:
        main = next(iter(tables.values()))
        data = csv_bytes(table_records(main)) if len(main) else _heading(main)
        write_bytes(csv, data)
        _tell(csv)
    if json is not None:
        records = {name: table_records(table) for name, table in tables.items()}
        write_bytes(json, json_bytes({**facts, **records}))
        _tell(json)
    if plot is not None:
        kind: Literal["png", "svg"] = "svg" if plot.suffix.lower() == ".svg" else "png"
        write_whole(plot, lambda file: write_figure(draw(), file, kind))
        _tell(plot)


def _tell(path: Path) -> None:
    click.echo(f"wrote {printable(str(path))}")


def _heading(table: pd.DataFrame) -> bytes:
    return (",".join(map(str, table.columns)) + "\n").encode()


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.item() if hasattr(value, "item") else value
