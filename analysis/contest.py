"""A finished tournament or benchmark, with all that is known about it, and as plain tables."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analysis.benchmark import Share, Summary, classes, summarise
from analysis.intransitivity import Intransitivity, intransitivity
from analysis.ranking import Ratings, RecursiveScores, ranks, ratings, recursive_scores
from mars.entrants import Entrant
from mars.standings import Payoffs, Standing, standings
from mars.tournament import Terms

Record = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Tournament:
    """Everyone against everyone.

    Attributes:
        entrants: (n,) who took part.
        terms: Of each battle.
        table: (n, n) results, in the order of the entrants.
        standings: By flat score, best first.
        recursive: (n,) recursive scores, in the order of the entrants.
        ratings: (n,) likewise.
        intransitivity: How far the results are from a ranking.
    """

    entrants: Sequence[Entrant]
    terms: Terms
    table: Payoffs
    standings: Sequence[Standing]
    recursive: RecursiveScores
    ratings: Ratings
    intransitivity: Intransitivity


@dataclass(frozen=True, eq=False)
class Benchmark:
    """Some warriors against a set of opponents.

    Attributes:
        warriors: (n_warriors,).
        opponents: (n_opponents,); `group` is the class.
        terms: Of each battle.
        table: (n_warriors, n_opponents) results.
    """

    warriors: Sequence[Entrant]
    opponents: Sequence[Entrant]
    terms: Terms
    table: Payoffs

    @property
    def classes(self) -> dict[str, list[int]]:
        """Places of the opponents by class; empty when there is only one."""
        found = classes([opponent.group for opponent in self.opponents])
        return found if len(found) > 1 else {}

    def is_itself(self, row: int, column: int) -> bool:
        """Whether an opponent is the warrior itself: how they fare says nothing of either."""
        return self.warriors[row].warrior.id == self.opponents[column].warrior.id

    def others(self, row: int, columns: Sequence[int] | None = None) -> list[int]:
        """The opponents, or those of some columns, that a warrior is measured by."""
        chosen = range(len(self.opponents)) if columns is None else columns
        return [column for column in chosen if not self.is_itself(row, column)]


def analyse_tournament(
    entrants: Sequence[Entrant],
    terms: Terms,
    table: Payoffs,
    on_progress: Callable[[int, int], None] | None = None,
) -> Tournament:
    """Ranks a finished tournament; equal scores go by warrior id.

    Args:
        entrants, terms, table: As in `Tournament`, in any order; nothing depends on it.
        on_progress: As in `intransitivity`.

    Returns:
        With the entrants in the order of their ids.
    """
    order = sorted(range(len(entrants)), key=lambda i: entrants[i].warrior.id)
    grid = np.ix_(order, order)
    wins, ties, losses = table.wins[grid], table.ties[grid], table.losses[grid]
    return Tournament(
        [entrants[i] for i in order],
        terms,
        sorted_table := Payoffs(wins, ties, losses),
        standings(sorted_table, range(len(order))),
        recursive_scores(wins, ties),
        ratings(wins, ties),
        intransitivity(wins, ties, on_progress=on_progress),
    )


def ranking_records(tournament: Tournament) -> list[Record]:
    """One row a warrior, best first."""
    places = ranks(tournament.recursive.scores)
    return [_ranking_record(tournament, standing, places) for standing in tournament.standings]


def _ranking_record(tournament: Tournament, standing: Standing, places: Any) -> Record:
    i = standing.index
    low, high = tournament.ratings.intervals[i].tolist()
    return {
        "rank": standing.rank,
        **_identity(tournament.entrants[i]),
        "score": standing.score,
        "wins": standing.wins,
        "ties": standing.ties,
        "losses": standing.losses,
        "recursive_rank": int(places[i]),
        "recursive_score": float(tournament.recursive.scores[i]),
        "rating": float(tournament.ratings.ratings[i]),
        "rating_low": low,
        "rating_high": high,
    }


def pair_records(tournament: Tournament) -> list[Record]:
    """One row a pair; the warriors by their ranks, wins are those of the better-ranked one."""
    table = tournament.table
    order = [standing.index for standing in tournament.standings]
    return [
        {
            "first": first,
            "second": second,
            "wins": int(table.wins[a, b]),
            "ties": int(table.ties[a, b]),
            "losses": int(table.losses[a, b]),
        }
        for first, a in enumerate(order, start=1)
        for second, b in enumerate(order[first:], start=first + 1)
    ]


def tournament_record(tournament: Tournament) -> Record:
    """Everything, for JSON."""
    found = tournament.intransitivity
    return {
        **_terms_record(tournament.terms),
        "recursive_settled": tournament.recursive.settled,
        "warriors": ranking_records(tournament),
        "pairs": pair_records(tournament),
        "intransitivity": {
            "decided_triples": found.cycles.decided,
            "cyclic_triples": found.cycles.cyclic,
            "three_cycles": found.cycles.share,
            "three_cycles_floor": asdict(found.cycles_floor),
            "cyclic_share": found.cyclic_share,
            "cyclic_share_floor": asdict(found.cyclic_floor),
        },
    }


def battle_records(benchmark: Benchmark) -> list[Record]:
    """One row a warrior and opponent; `itself`: they are the same, and it counts nowhere."""
    table, scores = benchmark.table, benchmark.table.scores
    return [
        {
            "warrior": warrior.warrior.name,
            "warrior_path": warrior.label,
            "opponent": opponent.warrior.name,
            "opponent_path": opponent.label,
            "class": opponent.group,
            "itself": benchmark.is_itself(row, column),
            "score": float(scores[row, column]),
            "wins": int(table.wins[row, column]),
            "ties": int(table.ties[row, column]),
            "losses": int(table.losses[row, column]),
        }
        for row, warrior in enumerate(benchmark.warriors)
        for column, opponent in enumerate(benchmark.opponents)
    ]


def benchmark_record(benchmark: Benchmark) -> Record:
    """Everything, for JSON; a warrior has no share of a class that is only itself."""
    table = benchmark.table
    return {
        **_terms_record(benchmark.terms),
        "warriors": [
            {
                **_identity(warrior),
                **_summary_record(summarise(table, row, benchmark.others(row))),
                "classes": {
                    word: _summary_record(summarise(table, row, others))
                    for word, columns in benchmark.classes.items()
                    if (others := benchmark.others(row, columns))
                },
            }
            for row, warrior in enumerate(benchmark.warriors)
        ],
        "battles": battle_records(benchmark),
    }


def _identity(entrant: Entrant) -> Record:
    warrior = entrant.warrior
    return {
        "name": warrior.name,
        "author": warrior.author,
        "path": entrant.label,
        "id": warrior.id,
        "length": len(warrior),
    }


def _terms_record(terms: Terms) -> Record:
    return {"settings": asdict(terms.settings), "fights": terms.fights, "seed": terms.seed}


def _summary_record(summary: Summary) -> Record:
    return {
        "score": summary.score,
        "score_margin": summary.margin,
        "defeated": _share_record(summary.defeated),
        "defeated_or_tied": _share_record(summary.tied_or_defeated),
    }


def _share_record(share: Share) -> Record:
    return {**asdict(share), "share": share.value}
