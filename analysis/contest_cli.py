"""`redqueen tournament` and `redqueen benchmark`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

import click

from analysis.contest import (
    Benchmark,
    Tournament,
    analyse_tournament,
    battle_records,
    benchmark_record,
    pair_records,
    ranking_records,
    tournament_record,
)
from analysis.contest_options import file_option, terms_from, terms_options
from analysis.contest_view import benchmark_lines, terms_words, tournament_lines
from analysis.exports import (
    OutputError,
    check_outputs,
    check_parquet,
    csv_bytes,
    json_bytes,
    write_bytes,
    write_parquet,
    write_whole,
)
from analysis.payoff_plot import payoff_figure, write_figure
from mars.database import FileError
from mars.entrants import BUNDLED, Entrant, read_entrants
from mars.redcode import printable
from mars.results import OtherTournamentError, Results, open_results
from mars.standings import Payoffs, Tally
from mars.terminal import Interrupted, progress
from mars.tournament import Terms, against_all, check_field, check_warrior, round_robin

HELP: Final = {"help_option_names": ["-h", "--help"]}
PICTURES: Final = (".png", ".svg")
TABLES: Final = (".csv", ".parquet")


@click.command("tournament", context_settings=HELP)
@click.argument("names", nargs=-1, required=True, metavar="DIR|FILE...")
@terms_options
@file_option("--results", "Keep finished battles here, and go on from them.")
@file_option("--csv", "Write the ranking.")
@file_option("--parquet", "Write the ranking; needs pyarrow.")
@file_option("--pairs", "Write each pair's result: FILE.csv or FILE.parquet.", TABLES)
@file_option("--json", "Write ranking, pairs and settings.")
@file_option("--heatmap", "Draw everyone against everyone: FILE.png or FILE.svg.", PICTURES)
@click.option("--top", type=click.IntRange(0), help="Show only so many warriors.")
def tournament_command(
    names: tuple[str, ...],
    *,
    workers: int,
    strict: bool,
    results: Path | None,
    top: int | None,
    fights: int,
    seed: int | None,
    fixed_series: bool,
    csv: Path | None,
    parquet: Path | None,
    pairs: Path | None,
    json: Path | None,
    heatmap: Path | None,
    **core: Any,
) -> None:
    """Let everyone fight everyone, and rank them.

    A DIR stands for its .red files and those of its sub-folders, "bundled" for the bundled
    warriors; the name of one will do as well. With --results nothing finished is lost: the same
    command goes on.
    """
    terms = terms_from(fights, seed, fixed_series, core)
    entrants = _entrants(names, terms, strict)
    if len(entrants) < 2:
        raise click.ClickException(f"expected at least two warriors: got {len(entrants)}")
    with _failures():
        outputs = [path for path in (csv, parquet, pairs, json, heatmap) if path is not None]
        check_outputs(outputs, [*_files(entrants), *([] if results is None else [results])])
        if parquet or (pairs and pairs.suffix.lower() == ".parquet"):
            check_parquet()
        _check(partial(check_field, [entrant.warrior for entrant in entrants], terms))
        found = _hold(entrants, terms, workers, results)
        click.echo("\n".join(tournament_lines(found, top)))
        _write_tables(found, csv, parquet, pairs)
        if json:
            write_bytes(json, json_bytes(tournament_record(found)))
        if heatmap:
            write_whole(heatmap, partial(_draw, found, heatmap))


@click.command("benchmark", context_settings=HELP)
@click.argument("names", nargs=-1, required=True, metavar="WARRIOR... DIR")
@terms_options
@file_option("--csv", "Write each battle.")
@file_option("--json", "Write everything.")
@click.option("-b", "--brief", is_flag=True, help="No line an opponent.")
def benchmark_command(
    names: tuple[str, ...],
    *,
    workers: int,
    strict: bool,
    brief: bool,
    fights: int,
    seed: int | None,
    fixed_series: bool,
    csv: Path | None,
    json: Path | None,
    **core: Any,
) -> None:
    """Let warriors fight everyone in a folder, and show them side by side.

    DIR stands for its .red files; its sub-folders are classes. "bundled" stands for the bundled
    warriors. A WARRIOR is a file, a folder or the name of a bundled warrior. One that is in the
    folder, too, is marked "itself" there, and that pair is left out of means and shares.
    """
    if len(names) < 2:
        raise click.UsageError("expected warriors and a folder: got one name")
    *mine, folder = names
    if not Path(folder).is_dir() and (folder != BUNDLED or Path(folder).exists()):
        raise click.UsageError(f"expected a folder or 'bundled' last: got {printable(folder)!r}")
    terms = terms_from(fights, seed, fixed_series, core)
    warriors, opponents = _entrants(mine, terms, True), _entrants((folder,), terms, strict)
    if not opponents:
        raise click.ClickException("expected at least one opponent: got none")
    if len(opponents) == 1 and opponents[0].warrior.id in {w.warrior.id for w in warriors}:
        label = printable(opponents[0].label)
        raise click.ClickException(f"expected another opponent than itself: got only {label}")
    with _failures():
        everyone = (*warriors, *opponents)
        check_outputs([path for path in (csv, json) if path is not None], _files(everyone))
        for entrant in everyone:
            _check(partial(check_warrior, entrant.warrior, terms))
        found = Benchmark(warriors, opponents, terms, _measure(warriors, opponents, terms, workers))
        click.echo("\n".join(benchmark_lines(found, brief)))
        if csv:
            write_bytes(csv, csv_bytes(battle_records(found)))
        if json:
            write_bytes(json, json_bytes(benchmark_record(found)))


def _entrants(names: Sequence[str], terms: Terms, strict: bool) -> tuple[Entrant, ...]:
    """Assembles; what is wrong goes to standard error."""
    try:
        entries = read_entrants(names, terms.settings, rounds=terms.fights)
    except (FileNotFoundError, ValueError) as error:
        raise click.UsageError(printable(str(error))) from None
    for message in entries.faults:
        click.echo(message, err=True)
    if entries.faults and strict:
        raise click.exceptions.Exit(1)
    for message in entries.doubles:
        click.echo(message, err=True)
    left_out = len(entries.faults) + len(entries.doubles)
    if left_out:
        click.echo(f"left out {left_out} of {left_out + len(entries.entrants)}", err=True)
    return entries.entrants


def _files(entrants: Sequence[Entrant]) -> list[Path]:
    return [path for path in (Path(entrant.label) for entrant in entrants) if path.exists()]


def _check(check: Callable[[], None]) -> None:
    """Warriors that cannot fight under these settings are wrong usage."""
    try:
        check()
    except ValueError as error:
        raise click.UsageError(printable(str(error))) from None


def _hold(entrants: Sequence[Entrant], terms: Terms, workers: int, path: Path | None) -> Tournament:
    """Fights what is missing, and ranks."""
    try:
        if path is None:
            table = _fight(entrants, terms, workers, None)
        else:
            with open_results(path, entrants, terms) as results:
                entrants = _in_order(entrants, results)
                table = _fight(entrants, terms, workers, results)
        with progress(1, "resamples") as advance:
            return analyse_tournament(entrants, terms, table, advance)
    except KeyboardInterrupt:
        kept = "nothing was kept; with --results FILE it would have been"
        if path is not None:
            kept = f"what is finished is in {printable(str(path))}; the same command goes on"
        raise Interrupted(f"stopped: {kept}") from None


def _in_order(entrants: Sequence[Entrant], results: Results) -> list[Entrant]:
    """Those given, whose names may have changed since, in the order of the file."""
    given = {entrant.warrior.id: entrant for entrant in entrants}
    return [given[entrant.warrior.id] for entrant in results.entrants]


def _fight(
    entrants: Sequence[Entrant], terms: Terms, workers: int, results: Results | None
) -> Payoffs:
    warriors = [entrant.warrior for entrant in entrants]
    known = [] if results is None else results.tallies()
    missing = len(warriors) * (len(warriors) - 1) // 2 - len(known)
    done: set[tuple[int, int]] = set()
    with progress(missing, "pairs") as advance:

        def keep(batch: Sequence[Tally]) -> None:
            if results is not None:
                results.append(batch)
            done.update((tally.first, tally.second) for tally in batch)
            advance(len(done), missing)

        return round_robin(warriors, terms, workers=workers, known=known, on_finished=keep)


def _measure(
    warriors: Sequence[Entrant], opponents: Sequence[Entrant], terms: Terms, workers: int
) -> Payoffs:
    sides = [[entrant.warrior for entrant in side] for side in (warriors, opponents)]
    total, done = len(warriors) * len(opponents), 0
    try:
        with progress(total, "pairs") as advance:

            def count(batch: Sequence[Tally]) -> None:
                nonlocal done
                done += len(batch)
                advance(done, total)

            return against_all(sides[0], sides[1], terms, workers=workers, on_finished=count)
    except KeyboardInterrupt:
        raise Interrupted("stopped: nothing was kept") from None


def _write_tables(
    found: Tournament, csv: Path | None, parquet: Path | None, pairs: Path | None
) -> None:
    for path, records in (
        (csv, ranking_records),
        (parquet, ranking_records),
        (pairs, pair_records),
    ):
        if path is None:
            continue
        rows = records(found)
        if path is parquet or path.suffix.lower() == ".parquet":
            write_whole(path, partial(write_parquet, rows))
        else:
            data = csv_bytes(rows)
            write_bytes(path, data)


def _draw(found: Tournament, path: Path, file: BinaryIO) -> None:
    order = [standing.index for standing in found.standings]
    grid = [[i] for i in order], [order] * len(order)
    names = [found.entrants[i].warrior.name for i in order]
    title = f"{len(order)} warriors, {terms_words(found.terms)}"
    figure = payoff_figure(found.table.wins[grid], found.table.ties[grid], names, title)
    write_figure(figure, file, "svg" if path.suffix.lower() == ".svg" else "png")


@contextmanager
def _failures() -> Iterator[None]:
    """Turns expected errors into messages and exit codes."""
    try:
        yield
    except OtherTournamentError as error:
        raise click.UsageError(printable(str(error))) from None
    except (FileError, OutputError) as error:
        raise click.ClickException(printable(str(error))) from None
