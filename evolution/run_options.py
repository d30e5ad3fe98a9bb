"""Options of all commands that work runs."""

from pathlib import Path

import click

minutes_option = click.option(
    "--minutes",
    type=click.FloatRange(min=0),
    help="Stop after the batch in which so much time has passed; it can be gone on with.",
)
runs_option = click.option(
    "--runs",
    "runs_folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs"),
    show_default=True,
    help="Folder that holds the runs.",
)
