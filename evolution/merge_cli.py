"""`redqueen merge`."""

from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from evolution.exits import failures
from evolution.inspect_cli import console
from evolution.merge import Plan, Step, carry_out, make_plan, merging
from mars.redcode import printable
from mars.terminal import progress


@click.command("merge")
@click.option(
    "-o",
    "--output",
    "target",
    required=True,
    type=click.Path(path_type=Path),
    help="The experiment's folder, new or with runs.",
)
@click.option("--mixed-versions", is_flag=True, help="Also runs of several versions.")
@click.argument(
    "folders",
    metavar="FOLDER...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
def merge_command(target: Path, mixed_versions: bool, folders: tuple[Path, ...]) -> None:
    """Bring runs of several machines into one experiment.

    Each FOLDER is a run, a run of several islands, or a folder with such runs in it. All are
    checked before anything is written: databases, configurations, versions. Of several copies of
    a run the one that goes furthest is taken; the others must be beginnings of it. Nothing in a
    FOLDER is changed.
    """
    with failures(), merging(target):
        with progress(0, "runs checked") as show:
            found = make_plan(target, folders, allow_mixed=mixed_versions, on_progress=show)
        with progress(len(found.changes), "runs copied") as show:
            carry_out(found, show)
    console().print(merge_table(found))
    for line in merge_lines(found, target):
        click.echo(printable(line))


def merge_table(found: Plan) -> Table:
    """Each run: from where it comes, how far it is, and with which sources it was worked."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("run", "", "rounds", "sources", "from"):
        table.add_column(heading, overflow="fold")
    for step in found.steps:
        run = step.copy
        cells = (
            run.name,
            step.action,
            f"{run.rounds}/{run.config.rounds}",
            " ".join(sorted(run.builds)),
            str(run.path),
        )
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def merge_lines(found: Plan, target: Path) -> list[str]:
    """What else there is to say: copies that were not taken, versions, counts."""
    lines = [
        f"{other.path} is a copy that goes no further: not taken"
        for step in found.steps
        for other in step.others
        if other.path != found.target / step.copy.name
    ]
    if found.versions:
        lines += ["runs of several versions were merged:", *found.versions.split("\n")]
    return [*lines, f"{target}: {_counts(found.steps)}"]


def _counts(steps: tuple[Step, ...]) -> str:
    actions = [step.action for step in steps]
    words = [
        f"{actions.count('new')} new",
        f"{actions.count('goes on')} that go on",
        f"{actions.count('is there')} there already",
    ]
    return f"runs: {len(steps)} ({', '.join(words)})"
