"""`redqueen replay`: a fight as a page to watch, and as a picture."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from analysis.exports import OutputError, check_outputs, write_bytes, write_whole
from analysis.payoff_plot import write_figure
from analysis.replay.bouts import Bout, bout_of_files
from analysis.replay.page import MAX_SHOWN_WARRIORS, About, replay_page
from analysis.replay.picture import picture
from analysis.replay.record import (
    BattlePlan,
    FightRecord,
    ReplayError,
    check_length,
    fight_battle,
    first_decided,
    record_fight,
)
from analysis.replay.stored_bouts import bout_of_results, bout_of_run
from analysis.replay.words import default_stem, listing, outcome_words
from evolution.folder import FolderError
from evolution.store import StoreError
from mars.arena import FightRecords
from mars.cli import load_all
from mars.database import FileError
from mars.fights import MAX_FIGHTS
from mars.options import core_options, settings_from
from mars.placement import check_room
from mars.redcode import printable
from mars.terminal import Interrupted, progress

DEFAULT_FIGHTS: Final = 100
MAX_COPIES: Final = 1000
SQLITE: Final = b"SQLite format 3\0"
# Only a battle of files has a choice of these; what is stored has its own.
OF_FILES: Final = (
    "fights",
    "seed",
    "fixed_series",
    "fixed_position",
    "preset",
    "core_size",
    "max_cycles",
    "max_processes",
    "max_length",
    "min_distance",
    "pspace_size",
    "rules_88",
)


@click.command("replay", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, required=True, metavar="FILE... | RUN | RESULTS ONE OTHER")
@click.option(
    "-r", "--fights", type=click.IntRange(1, MAX_FIGHTS), help="Fights of the battle [100]."
)
@click.option(
    "--fight",
    "number",
    type=click.IntRange(1, MAX_FIGHTS),
    help="Which of them, from 1 [the first in which somebody died, or else 1].",
)
@click.option("--seed", type=click.IntRange(0), help="Positions follow from this number [0].")
@click.option("-f", "--fixed-series", is_flag=True, help="Positions follow from the warriors.")
@click.option("-F", "--fixed-position", type=int, help="Position of warrior 2 in the first fight.")
@core_options
@click.option("--champion", type=int, help="Of a RUN: the round of the champion.")
@click.option(
    "--versus",
    metavar="ROUND|NAME|all",
    help="Of a RUN: another champion, a bundled warrior, or all in its melee.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The page to write [named after the warriors, replacing nothing].",
)
@click.option("--png", type=click.Path(path_type=Path), help="Write a picture; no page but by -o.")
@click.option("--list", "listed", type=click.IntRange(1), help="Only tell how the first N end.")
@click.pass_context
def replay_command(
    context: click.Context,
    /,
    names: tuple[str, ...],
    *,
    fights: int | None,
    number: int | None,
    seed: int | None,
    fixed_series: bool,
    fixed_position: int | None,
    champion: int | None,
    versus: str | None,
    output: Path | None,
    png: Path | None,
    listed: int | None,
    **core: Any,
) -> None:
    """Make a fight into a page to watch: one HTML file that needs no network.

    FILEs are warriors, as for `battle`. RUN is a run's folder, with --champion and --versus.
    RESULTS is a tournament's file (--results), with two of its warriors: each by rank, name,
    file or id.
    """
    with _failures():
        inputs = [Path(name) for name in names if Path(name).is_file()]
        check_outputs([path for path in (output, png) if path is not None], inputs)
        if Path(names[0]).is_dir() or _is_database(Path(names[0])):
            _refuse_options(context)
            bout = _stored_bout(names, champion, versus)
        else:
            if champion is not None or versus is not None:
                raise click.UsageError("expected a run's folder with --champion and --versus")
            least = max(number or 1, listed or 1)
            plan = BattlePlan(
                (),
                settings_from(**core),
                max(DEFAULT_FIGHTS, least) if fights is None else fights,
                seed,
                fixed_position,
                fixed_series,
            )
            bout = _bout_of_files(names, plan)
        if listed is not None:
            records = _fight(bout, min(listed, bout.plan.fights))
            click.echo("\n".join(listing(bout.plan.warriors, records)))
        else:
            _write(bout, _record(bout, number), output, png)


def _bout_of_files(names: Sequence[str], plan: BattlePlan) -> Bout:
    """The battle of a plan that has no warriors yet."""
    given = (plan.fixed_series, plan.fixed_position is not None, plan.seed is not None)
    if sum(given) > 1:
        raise click.UsageError("expected only one of --seed, -f and -F: got more")
    if names.count("-") > 1:
        raise click.UsageError("expected standard input (-) only once: got it again")
    check_room(len(names), plan.settings)
    warriors = load_all(names, plan.settings, plan.fights, verbose=False)
    return bout_of_files(replace(plan, warriors=tuple(warriors)), names)


def _stored_bout(names: Sequence[str], champion: int | None, versus: str | None) -> Bout:
    """The battle that a run or a tournament has on record."""
    path = Path(names[0])
    if path.is_dir():
        if len(names) > 1 or champion is None or versus is None:
            raise click.UsageError("expected a run's folder with --champion and --versus")
        return bout_of_run(path, champion, versus)
    if len(names) != 3 or champion is not None or versus is not None:
        raise click.UsageError("expected a tournament's results and two of its warriors")
    return bout_of_results(path, names[1], names[2])


def _refuse_options(context: click.Context) -> None:
    """What is stored is fought as it was, with no other rules."""
    for name in OF_FILES:
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(
                f"expected the rules and positions of what is stored: got {name.replace('_', '-')}"
            )


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(SQLITE)) == SQLITE
    except OSError:
        return False


def _record(bout: Bout, number: int | None) -> FightRecord:
    """The fight of that number; without one, the first decided one."""
    fights = bout.plan.fights
    if number is not None and number > fights:
        raise click.UsageError(f"fight must be 1 to {fights}: got {number}")
    if len(bout.plan.warriors) > MAX_SHOWN_WARRIORS:
        raise click.UsageError(
            f"expected at most {MAX_SHOWN_WARRIORS} warriors: got {len(bout.plan.warriors)}"
        )
    # A battle's fights do not depend on how many follow.
    counts = sorted({1, min(10, fights), fights}) if number is None else [number]
    for count in [fights] if bout.expected is not None else counts:
        records = _fight(bout, count)
        if number is None and (records.death_cycles >= 0).any():
            break
        # Not hours of fights that are too long, in search of a shorter one.
        check_length(int(records.executed.min()))
    return record_fight(bout.plan, records, number or first_decided(records))


def _fight(bout: Bout, count: int) -> FightRecords:
    done = 0
    with progress(count, "fights") as show:

        def advance(more: int) -> None:
            nonlocal done
            done += more
            show(done, count)

        records = fight_battle(replace(bout.plan, fights=count), advance)
    if count == bout.plan.fights:
        bout.check(records)
    return records


def _write(bout: Bout, record: FightRecord, output: Path | None, png: Path | None) -> None:
    if png is not None:
        figure = picture(record, bout.series)
        replaced = png.exists()
        write_whole(png, lambda file: write_figure(figure, file, "png"))
        click.echo(_written(png, replaced, outcome_words(record)))
        if output is None:
            return
    about = About(bout.series, bout.commands(record.number), bout.notes)
    page = replay_page(record, about).encode()
    path, same = (output, False) if output is not None else _free_path(record, page)
    replaced = path.exists()
    if not same:
        write_bytes(path, page)
    note = f"{outcome_words(record)}; open it in a browser"
    click.echo(_written(path, replaced, note, same=same))


def _written(path: Path, replaced: bool, what: str, *, same: bool = False) -> str:
    how = " (there already, the same)" if same else " (replaced)" if replaced else ""
    return f"{printable(str(path))}{how}: {what}"


def _free_path(record: FightRecord, page: bytes) -> tuple[Path, bool]:
    """Where a page can go without replacing another, and whether it is there already."""
    stem = default_stem(record)
    for copy in range(1, MAX_COPIES):
        path = Path(f"{stem}.html" if copy == 1 else f"{stem}-{copy}.html")
        # A link that leads nowhere is somebody's, too.
        if not os.path.lexists(path):
            return path, False
        if path.is_file() and path.read_bytes() == page:
            return path, True
    raise OutputError(f"expected room for {stem}.html: got {MAX_COPIES} files of this name")


@contextmanager
def _failures() -> Iterator[None]:
    """Turns expected errors into messages and exit codes."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("stopped: nothing was written") from None
    except (ValueError, FolderError) as error:
        raise click.UsageError(printable(str(error))) from None
    except (ReplayError, FileError, StoreError, OutputError) as error:
        raise click.ClickException(printable(str(error))) from None
