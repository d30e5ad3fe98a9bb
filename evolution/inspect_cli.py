"""`redqueen status`, `runs`, `show`, `prompt`: what is in run folders."""

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from evolution.exits import failures
from evolution.experiment.folder import is_experiment
from evolution.experiment.standing import (
    Standing,
    read_standing,
    standing_cells,
    standing_lines,
)
from evolution.folder import FolderError, read_folder_config
from evolution.islands_folders import refuse_islands
from evolution.islands_view import islands_lines, islands_spending, islands_table
from evolution.presets import (
    DEFAULT_PRESET,
    build_config,
    load_table,
    preset_names,
    preset_table,
)
from evolution.prompting import first_request, next_request
from evolution.proposal_view import find_proposal, proposal_lines
from evolution.session import has_run
from evolution.store import DATABASE, Store, StoreError
from evolution.summary import AnySummary, IslandsSummary, summarise_any
from evolution.tables import Table, as_table
from evolution.view import (
    lineage_notes,
    lineage_table,
    runs_table,
    spending_lines,
    spending_table,
    status_lines,
)
from llm_mutator.llm_config import STYLES, Style
from llm_mutator.mutator import PARENTS_OF_TASK, Task
from llm_mutator.prompts import render_messages
from llm_mutator.templates import load_templates, templates_with, write_prompts
from mars.redcode import printable

WIDE = 140


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def status(folder: Path) -> None:
    """Show how far the run in FOLDER is, or the experiment, also while it runs."""
    with failures():
        if is_experiment(folder):
            for line in standing_lines(read_standing(folder)):
                click.echo(line)
            return
        summary = summarise_any(folder)
    if isinstance(summary, IslandsSummary):
        for line in islands_lines(summary, folder):
            click.echo(line)
    else:
        for line in status_lines(summary, folder):
            click.echo(line)
        if summary.spending is not None:
            console().print(spending_table(summary.spending))
            for line in spending_lines(summary.spending):
                click.echo(line)
    show_result(summary)


@click.command()
@click.argument("folder", default=Path("runs"), type=click.Path(path_type=Path, file_okay=False))
def runs(folder: Path) -> None:
    """List the runs and experiments in FOLDER (default: runs)."""
    experiments: list[Standing] = []
    found: list[tuple[str, AnySummary | str]] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        try:
            if has_run(path):
                found.append((path.name, summarise_any(path)))
            elif is_experiment(path):
                experiments.append(read_standing(path))
        except (FolderError, StoreError) as error:
            found.append((path.name, str(error)))
    if found or experiments:
        table = runs_table(found)
        for one in experiments:
            table.add_row(*map(Text, standing_cells(one)))
        console().print(table)
        for name, run in found:
            if isinstance(run, str):
                click.echo(f"{printable(name)}: {printable(run)}")
    else:
        click.echo(f"no runs in {printable(str(folder))}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("proposal")
def show(folder: Path, proposal: str) -> None:
    """Show a stored proposal of the run in FOLDER, from its prompt to where it went.

    PROPOSAL is ROUND/NUMBER, or the beginning of a warrior's id.
    """
    with failures():
        config = read_folder_config(folder)
        refuse_islands(folder, config)
        with Store(folder / DATABASE) as store:
            place = find_proposal(store, proposal)
            for line in proposal_lines(store, config, place):
                click.echo(line)


@click.group()
def prompt() -> None:
    """See and change what chat models are told."""


@prompt.command("show")
@click.argument("source", default=DEFAULT_PRESET)
@click.option("--task", type=click.Choice(list(PARENTS_OF_TASK)), help="What is asked for.")
@click.option("--style", type=click.Choice(STYLES), help="What a prompt tells the model.")
@click.option("--prompts", help="Folder of prompts, over the package's.")
def prompt_show(source: str, task: Task | None, style: Style | None, prompts: str | None) -> None:
    """Print what the next call would send.

    SOURCE is a run's folder, a preset, or a CONFIG.toml. Without a run the first round's start is
    worked out, with the genetic operators in place of the model.
    """
    given = {key: v for key, v in (("style", style), ("prompts", prompts)) if v is not None}
    changes: Table = {"mutator": {"llm": given}}
    with failures():
        if has_run(Path(source)):
            refuse_islands(Path(source), read_folder_config(Path(source)))
            config, request = next_request(Path(source), task)
            config = build_config(as_table(config), changes)
        else:
            preset = source in preset_names()
            table = preset_table(source) if preset else load_table(Path(source))
            config = build_config(table, changes)
            request = first_request(config, task)
        llm = config.mutator.llm
        messages = render_messages(request, llm.style, templates_with(llm.prompts))
    for message in messages:
        click.echo(f"── {message.role} ──")
        for line in message.content.split("\n"):
            click.echo(printable(line))


@prompt.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def prompt_export(folder: Path) -> None:
    """Write the package's prompts into FOLDER, to change them and give them as --prompts."""
    with failures():
        try:
            write_prompts(folder, load_templates())
        except FileExistsError as error:
            raise FolderError(str(error)) from None
    click.echo(f"wrote {len(load_templates())} prompts into {printable(str(folder))}")


def show_result(summary: AnySummary) -> None:
    """Prints a run's champions and how to read their figures; of islands, the latest of each."""
    out = console()
    if isinstance(summary, IslandsSummary):
        out.print(islands_table(summary))
        for line in islands_spending(summary):
            click.echo(line)
        return
    out.print(lineage_table(summary))
    for line in lineage_notes(summary.config):
        out.print(line, style="dim", markup=False, highlight=False)


def console() -> Console:
    """Standard output; wide where it is not a terminal, so that no table is cut."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)
