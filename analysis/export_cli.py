"""`redqueen export`."""

from pathlib import Path
from typing import Final

import click

from analysis.analyse_cli_options import HELP, failures
from analysis.export_tables import FORMATS, export_tables
from analysis.exports import OutputError, write_bytes
from analysis.loading import RunData, load
from analysis.phylogeny import alife_table, newick
from evolution.folder import CONFIG, read_folder_config
from evolution.islands_folders import refuse_islands
from evolution.presets import format_config
from evolution.schema import TABLES
from mars.redcode import printable
from mars.terminal import progress

ALIFE: Final = "alife"
NEWICK: Final = "newick"


@click.command("export", context_settings=HELP)
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write into; it is made.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice([*FORMATS, ALIFE, NEWICK]),
    default="csv",
    show_default=True,
    help="All tables; or the tree of all warriors, as ALife-standard CSV or Newick.",
)
def export_command(run: Path, output: Path, kind: str) -> None:
    """Write a RUN's tables and its configuration for other programs, or its tree.

    A file a table, with all columns (evolution/schema.py says what they mean). Parquet needs
    pyarrow.
    """
    with failures():
        config = read_folder_config(run)
        refuse_islands(run, config)
        _make(output, run)
        if kind in (ALIFE, NEWICK):
            files = [_write_tree(load(run), output, kind)]
        else:
            files = _write_tables(run, output, kind)
        write_bytes(output / CONFIG, format_config(config).encode())
    for path in (*files, output / CONFIG):
        click.echo(f"wrote {printable(str(path))}")


def _make(output: Path, run: Path) -> None:
    if output.resolve() == run.resolve():
        raise OutputError(f"expected a folder that is not the run's: got {output}")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make {output}: {error.strerror or error}") from None


def _write_tables(run: Path, output: Path, kind: str) -> list[Path]:
    done: list[str] = []
    with progress(len(TABLES), "tables") as advance:

        def count(table: str) -> None:
            done.append(table)
            advance(len(done), len(TABLES))

        return export_tables(run, output, next(f for f in FORMATS if f == kind), count)


def _write_tree(run: RunData, output: Path, kind: str) -> Path:
    if kind == ALIFE:
        path, data = output / "alife.csv", alife_table(run).to_csv(index=False, lineterminator="\n")
    else:
        path, data = output / "tree.nwk", newick(run)
    write_bytes(path, data.encode())
    return path
