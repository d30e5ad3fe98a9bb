"""`redqueen explain`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from analysis.analyse_cli_options import HELP, failures, table_records, workers_option
from analysis.contest_options import file_option
from analysis.explain import Explanation, class_records, explain
from analysis.explain_view import commented_source, explanation_lines
from analysis.exports import check_outputs, csv_bytes, json_bytes, write_bytes
from mars.cli import load_all
from mars.fights import MAX_FIGHTS
from mars.options import core_options, settings_from
from mars.redcode import Warrior, printable
from mars.settings import CoreSettings
from mars.terminal import progress
from mars.tournament import MAX_SEED

DEFAULT_FIGHTS: Final = 50


@click.command("explain", context_settings=HELP)
@click.argument("name", metavar="WARRIOR")
@click.option("--source", is_flag=True, help="Show commented source, which assembles, instead.")
@click.option(
    "--versus",
    multiple=True,
    metavar="WARRIOR",
    help="Whom it meets [a still target, a bundled paper, scanner and stone]; may be repeated.",
)
@click.option(
    "-r",
    "--fights",
    type=click.IntRange(0, MAX_FIGHTS),
    default=DEFAULT_FIGHTS,
    show_default=True,
    help="Fights of each knock-out with each opponent; 0: no knock-outs.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    default=0,
    show_default=True,
    help="Of positions and intervals.",
)
@core_options
@workers_option
@file_option("--csv", "Write the table of instructions.", (".csv",))
@file_option("--json", "Write everything.", (".json",))
def explain_command(
    name: str,
    *,
    source: bool,
    versus: tuple[str, ...],
    fights: int,
    seed: int,
    workers: int,
    csv: Path | None,
    json: Path | None,
    **core: Any,
) -> None:
    """Tell what kind of a warrior it is, and which of its instructions matter.

    WARRIOR is a file, - for standard input, or the name of a bundled warrior. It is watched alone
    and against a few others; then each instruction is replaced by a DAT in turn.
    """
    settings = settings_from(**core)
    if [name, *versus].count("-") > 1:
        raise click.UsageError("expected standard input (-) only once: got it again")
    with failures():
        outputs = [path for path in (csv, json) if path is not None]
        check_outputs(outputs, [path for path in map(Path, (name, *versus)) if path.is_file()])
        warrior, *others = load_all((name, *versus), settings, max(1, fights), verbose=False)
        opponents = _labelled(versus, others)
        found = _explain(warrior, settings, opponents, fights=fights, seed=seed, workers=workers)
        click.echo("\n".join(commented_source(found) if source else explanation_lines(found)))
        if csv is not None:
            data = csv_bytes(table_records(found.instructions))
            write_bytes(csv, data)
        if json is not None:
            data = json_bytes(_record(found, seed))
            write_bytes(json, data)


def _explain(
    warrior: Warrior,
    settings: CoreSettings,
    opponents: Mapping[str, Warrior] | None,
    *,
    fights: int,
    seed: int,
    workers: int,
) -> Explanation:
    try:
        with progress(1, "battles") as advance:
            return explain(
                warrior,
                settings,
                opponents,
                fights=fights,
                seed=seed,
                workers=workers,
                on_progress=advance,
            )
    except ValueError as error:
        raise click.UsageError(printable(str(error))) from None


def _labelled(names: Sequence[str], warriors: Sequence[Warrior]) -> dict[str, Warrior] | None:
    """Opponents by what the command line called them; None without any."""
    if len(set(names)) < len(names):
        raise click.UsageError("expected different opponents: got one twice")
    labels = [printable(name) for name in names]
    return dict(zip(labels, warriors, strict=True)) if names else None


def _record(found: Explanation, seed: int) -> dict[str, Any]:
    settings = found.settings
    return {
        "id": found.warrior.id,
        "name": found.warrior.name,
        "author": found.warrior.author,
        "strategy": found.strategy.label,
        "classes": class_records(found.strategy),
        "core_size": settings.core_size,
        "max_cycles": settings.max_cycles,
        "rules": settings.rules,
        "opponents": list(found.opponents),
        "fights": found.fights,
        "seed": seed,
        "behaviour": table_records(found.features),
        "instructions": table_records(found.instructions),
    }
