"""Tournaments and benchmarks as lines of a terminal, up to 100 characters wide."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from analysis.benchmark import Share, summarise
from analysis.contest import Benchmark, Tournament
from analysis.intransitivity import Floor
from analysis.ranking import ranks
from mars.koth import (
    clipped,
    fights_words,
    koth_heading,
    koth_line,
    shortened,
    warrior_author,
    warrior_name,
)
from mars.settings import PRESETS, CoreSettings
from mars.tournament import Terms

LINE_WIDTH: Final = 100
OPPONENT_WIDTH: Final = 32
WARRIORS_A_BLOCK: Final = 9
SETTINGS_WORDS: Final = {
    "max_cycles": "cycles",
    "max_processes": "processes",
    "max_length": "length",
    "min_distance": "distance",
    "pspace_size": "P-space",
}


def tournament_lines(tournament: Tournament, top: int | None) -> Iterator[str]:
    """The ranking, and in words how far it can be trusted.

    Args:
        tournament: Finished.
        top: How many warriors to show; None: all.
    """
    words = f"{len(tournament.entrants)} warriors, {terms_words(tournament.terms)}"
    yield from wrap(words, LINE_WIDTH)
    yield f"{koth_heading()}   Rating ±     Rec.   #"
    half = (tournament.ratings.intervals[:, 1] - tournament.ratings.ratings).tolist()
    places = ranks(tournament.recursive.scores).tolist()
    for standing in tournament.standings[:top]:
        i = standing.index
        yield (
            f"{koth_line(standing, tournament.entrants[i].warrior)}  "
            f"{tournament.ratings.ratings[i]:6.0f} ±{half[i]:<4.0f} "
            f"{tournament.recursive.scores[i]:6.1f} {places[i]:3}"
        )
    hidden = len(tournament.standings) - len(tournament.standings[:top])
    if hidden:
        yield f"… and {hidden} more"
    yield from _notes(tournament)


def _notes(tournament: Tournament) -> Iterator[str]:
    yield "Score: points per 100 fights, 3 a win, 1 a tie (all ties = 100)"
    yield "Rating: Elo's scale, mean 1500, ± 95 % for other positions of the same warriors"
    yield "Rec.: score with opponents weighted by their own score above 100, and rank by it"
    if not tournament.recursive.settled:
        yield "(these do not settle here: read them as a hint)"
    found = tournament.intransitivity
    cycles = found.cycles
    yield (
        f"three-cycles: {cycles.cyclic:,} of {cycles.decided:,} decided triples, "
        f"{cycles.share:.1%}; {_floor_words(found.cycles_floor, cycles.share)}"
    )
    yield (
        f"cyclic share of the log-odds: {found.cyclic_share:.1%}; "
        f"{_floor_words(found.cyclic_floor, found.cyclic_share)}"
    )
    yield "chance: the same, were there nothing but these ratings and the luck of the fights"


def _floor_words(floor: Floor, share: float) -> str:
    verdict = "more than" if share > floor.high else "within"
    return f"{verdict} chance ({floor.mean:.1%}, 95 %: to {floor.high:.1%})"


def benchmark_lines(benchmark: Benchmark, brief: bool) -> Iterator[str]:
    """Warriors side by side: points an opponent and a class, then what they come to.

    Args:
        benchmark: Finished.
        brief: No line an opponent.
    """
    opponents = "opponent" if len(benchmark.opponents) == 1 else "opponents"
    words = f"{len(benchmark.opponents)} {opponents}, {terms_words(benchmark.terms)}"
    yield from wrap(words, LINE_WIDTH)
    n_warriors = len(benchmark.warriors)
    for start in range(0, n_warriors, WARRIORS_A_BLOCK):
        rows = range(start, min(start + WARRIORS_A_BLOCK, n_warriors))
        yield from _block(benchmark, rows, brief)
    yield " #  Mean         Defeated               Defeated or tied       Name"
    for row, entrant in enumerate(benchmark.warriors):
        summary = summarise(benchmark.table, row, benchmark.others(row))
        margin = "" if summary.margin is None else f" ±{summary.margin:5.1f}"
        name = f"{warrior_name(entrant.warrior)} by {warrior_author(entrant.warrior)}"
        yield (
            f"{row + 1:2} {summary.score:6.1f}{margin:7} {_share(summary.defeated)}"
            f"{_share(summary.tied_or_defeated)}{shortened(name, 38)}"
        )
    yield "points: per 100 fights, 3 a win, 1 a tie (all ties = 100); defeated: won more than lost"
    yield "± and (low-high): 95 %, as if the opponents were drawn from many more; normal, Wilson"


def _block(benchmark: Benchmark, rows: range, brief: bool) -> Iterator[str]:
    """Some warriors' points, a column each."""
    heading = "".join(f"{row + 1:7}" for row in rows)
    if not brief or benchmark.classes:
        yield f"{'points against':{OPPONENT_WIDTH}}{heading}"
    every = benchmark.classes or {"": list(range(len(benchmark.opponents)))}
    for word, columns in every.items():
        if not brief:
            yield from _opponent_lines(benchmark, rows, columns)
        if benchmark.classes:
            cells = "".join(_class_cell(benchmark, row, columns) for row in rows)
            yield clipped(f"= {word or '.'} ({len(columns)})", OPPONENT_WIDTH) + cells


def _opponent_lines(benchmark: Benchmark, rows: range, columns: Sequence[int]) -> Iterator[str]:
    for column in columns:
        name = f"  {warrior_name(benchmark.opponents[column].warrior)}"
        cells = "".join(_class_cell(benchmark, row, [column]) for row in rows)
        yield clipped(name, OPPONENT_WIDTH) + cells


def _class_cell(benchmark: Benchmark, row: int, columns: Sequence[int]) -> str:
    """A warrior's mean points against some opponents, of whom it is none."""
    others = benchmark.others(row, columns)
    return f"{benchmark.table.scores[row, others].mean():7.1f}" if others else " itself"


def _share(share: Share) -> str:
    """In 23 characters: `20/28  71% (53-85)`."""
    count = f"{share.count}/{share.total}"
    return f"{count:>8} {share.value:4.0%} {f'({100 * share.low:.0f}-{100 * share.high:.0f})':9}"


def terms_words(terms: Terms) -> str:
    """What was fought under, in words."""
    positions = "pMARS's fixed series" if terms.seed is None else f"seed {terms.seed}"
    settings = terms.settings
    words = (
        fights_words(terms.fights),
        positions,
        f"core {settings.core_size}",
        f"'{settings.rules} rules",
    )
    return ", ".join([*words, *_differences(settings)])


def _differences(settings: CoreSettings) -> list[str]:
    """What is not as in the first preset of this core and rules; without one, everything."""
    usual = next(
        (
            preset
            for preset in PRESETS.values()
            if (preset.core_size, preset.rules) == (settings.core_size, settings.rules)
        ),
        None,
    )
    return [
        f"{word} {getattr(settings, name)}"
        for name, word in SETTINGS_WORDS.items()
        if usual is None or getattr(settings, name) != getattr(usual, name)
    ]
