"""Champions that beat each other in circles, and ancestors that are forgotten.

The payoff of champions against champions is a run's ratchet record: one to one, on fresh seeds. A
warrior that is champion of several rounds counts once, as of its first round.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intransitivity import RESAMPLES, count_cycles, cyclic_share, intransitivity
from analysis.loading import RunData
from analysis.ranking import IntArray
from mars.intervals import limits

LEAST_CHAMPIONS: Final = 3
ENDS: Final = ("", "_low", "_high", "_floor", "_floor_high")


@dataclass(frozen=True, eq=False)
class ChampionPayoff:
    """Champions against champions.

    Attributes:
        rounds: (n,) first round of each.
        wins, ties: (n, n) fights, as in `analysis.ranking`.
    """

    rounds: IntArray
    wins: IntArray
    ties: IntArray


def payoff_of(run: RunData) -> ChampionPayoff:
    """A run's champions against each other, each warrior once."""
    first = run.champions.sort_values("round").drop_duplicates("warrior")
    rounds = first["round"].to_numpy(np.int64)
    place_of = {number: place for place, number in enumerate(rounds.tolist())}
    wins = np.zeros((len(rounds), len(rounds)), np.int64)
    ties = np.zeros_like(wins)
    columns = ("champion", "ancestor", "wins", "ties", "losses")
    for champion, ancestor, won, tied, lost in zip(*(run.ratchet[c] for c in columns), strict=True):
        if champion in place_of and ancestor in place_of:
            later, earlier = place_of[champion], place_of[ancestor]
            wins[later, earlier], wins[earlier, later] = won, lost
            ties[later, earlier] = ties[earlier, later] = tied
    return ChampionPayoff(rounds, wins, ties)


def cycles(
    runs: Sequence[RunData],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    on_progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """How far each run's champions are from a ranking, and what they have forgotten.

    Args:
        runs: One or more.
        seed: Of the bootstrap over fights, and of the noise floors.
        resamples: Of both, at least 1.
        on_progress: Called now and then with how many resamples are done, and of how many.

    Returns:
        A row a run: run, group, unit, champions (different ones); decided (triples in which
        everyone beats or is beaten), cycles (of them a beats b beats c beats a), cycle_share,
        cyclic_share (of the Hodge split), each with `_low` and `_high` (95 %, over fights), both
        shares with `_floor` and `_floor_high` (mean and 95 % quantile of what chance makes of
        champions
        ranked by strengths); forgettable (pairs of a champion and an ancestor that one between
        them beat), forgotten (of them, those that the champion loses), forgotten_share with
        limits. With fewer than three champions all but the last are NaN, and decided is 0.
    """
    rows, total = [], len(runs) * resamples
    for number, run in enumerate(runs):

        def advance(done: int, _: int, before: int = number * resamples) -> None:
            if on_progress is not None:
                on_progress(before + done, total)

        payoff = payoff_of(run)
        row: dict[str, object] = {"run": run.name, "group": run.group, "unit": run.unit}
        row["champions"] = len(payoff.rounds)
        rows.append(
            row
            | _circles(payoff, seed, resamples, advance)
            | _forgetting_figures(run, seed, resamples)
        )
    return pd.DataFrame(rows)


def forgetting(run: RunData) -> pd.DataFrame:
    """What each champion has forgotten.

    Returns:
        A row a champion from round 1 on: run, group, round, ancestors, beaten, lost (ancestors
        that win more fights against it than they lose), forgettable (ancestors that a champion
        between them and it beat), forgotten (of these, those that it loses to).
    """
    margin = _margins(run, run.ratchet[["wins", "losses"]].to_numpy())
    beaten_before = _beaten_before(margin)
    lost = margin < 0
    counts = {
        "ancestors": np.arange(len(margin)),
        "beaten": (margin > 0).sum(axis=1),
        "lost": lost.sum(axis=1),
        "forgettable": beaten_before.sum(axis=1),
        "forgotten": (beaten_before & lost).sum(axis=1),
    }
    names = {"run": run.name, "group": run.group, "round": np.arange(len(margin))}
    return pd.DataFrame({**names, **counts}).iloc[1:].reset_index(drop=True)


def _margins(run: RunData, results: IntArray) -> IntArray:
    """(n_rounds, n_rounds) wins less losses of the later against the earlier; 0 elsewhere.

    Args:
        run: Whose record names the pairs.
        results: (n_pairs, 2) wins and losses, a row a row of the record.
    """
    n = len(run.champions)
    margin = np.zeros((n, n), np.int64)
    places = run.ratchet["champion"].to_numpy(), run.ratchet["ancestor"].to_numpy()
    margin[places] = results[:, 0] - results[:, 1]
    return margin


def _beaten_before(margin: IntArray) -> NDArray[np.bool_]:
    """(n_rounds, n_rounds) whether a champion between the two beat the column's."""
    before = np.zeros(margin.shape, bool)
    before[1:] = np.maximum.accumulate(margin > 0, axis=0)[:-1]
    return before


def _circles(
    payoff: ChampionPayoff, seed: int, resamples: int, advance: Callable[[int, int], None]
) -> dict[str, float]:
    if len(payoff.rounds) < LEAST_CHAMPIONS:
        nothing = float("nan")
        names = ["cycles", "cycles_low", "cycles_high"]
        names += [f"{name}{end}" for name in ("cycle_share", "cyclic_share") for end in ENDS]
        return {"decided": 0} | dict.fromkeys(names, nothing)
    found = intransitivity(
        payoff.wins, payoff.ties, seed=seed, resamples=resamples, on_progress=advance
    )
    measured = np.array([found.cycles.cyclic, found.cycles.share, found.cyclic_share])
    drawn = np.array([_figures(*tables) for tables in _redrawn(payoff, seed, resamples)])
    low, high = limits(drawn, measured)
    figures: dict[str, float] = {"decided": found.cycles.decided}
    for place, (name, value) in enumerate(
        zip(("cycles", "cycle_share", "cyclic_share"), measured.tolist(), strict=True)
    ):
        top = np.inf if name == "cycles" else 1.0
        figures |= {
            name: value,
            f"{name}_low": max(0.0, float(low[place])),
            f"{name}_high": min(top, float(high[place])),
        }
    for name, floor in (("cycle_share", found.cycles_floor), ("cyclic_share", found.cyclic_floor)):
        figures |= {f"{name}_floor": floor.mean, f"{name}_floor_high": floor.high}
    return figures


def _figures(wins: IntArray, ties: IntArray) -> tuple[float, float, float]:
    counted = count_cycles(wins)
    return counted.cyclic, counted.share, cyclic_share(wins, ties)


def _redrawn(
    payoff: ChampionPayoff, seed: int, resamples: int
) -> Iterator[tuple[IntArray, IntArray]]:
    """Tables of wins and ties, every pair's fights drawn anew from themselves."""
    rows, columns = np.nonzero(np.triu(payoff.wins + payoff.ties + payoff.wins.T))
    results = [payoff.wins, payoff.ties, payoff.wins.T]
    counts = np.stack([table[rows, columns] for table in results], axis=1)
    for drawn in _draws(counts, seed, resamples):
        wins, ties = np.zeros_like(payoff.wins), np.zeros_like(payoff.ties)
        wins[rows, columns], wins[columns, rows] = drawn[:, 0], drawn[:, 2]
        ties[rows, columns] = ties[columns, rows] = drawn[:, 1]
        yield wins, ties


def _draws(counts: IntArray, seed: int, resamples: int) -> Iterator[IntArray]:
    """(n_pairs, 3) counts again and again, each row's fights drawn anew from themselves."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    fights = counts.sum(axis=1)
    chances = counts / np.maximum(1, fights)[:, None]
    for _ in range(resamples):
        yield np.asarray(rng.multinomial(fights, chances), np.int64)


def _forgetting_figures(run: RunData, seed: int, resamples: int) -> dict[str, float]:
    counts = run.ratchet[["wins", "ties", "losses"]].to_numpy()
    forgettable, forgotten = _count_forgotten(run, counts)
    drawn = [_share(*_count_forgotten(run, c)) for c in _draws(counts, seed, resamples)]
    share = _share(forgettable, forgotten)
    low, high = limits(np.array(drawn), share)
    return {
        "forgettable": forgettable,
        "forgotten": forgotten,
        "forgotten_share": share,
        "forgotten_share_low": max(0.0, float(low)),
        "forgotten_share_high": min(1.0, float(high)),
    }


def _count_forgotten(run: RunData, counts: IntArray) -> tuple[int, int]:
    margin = _margins(run, counts[:, [0, 2]])
    before = _beaten_before(margin)
    return int(before.sum()), int((before & (margin < 0)).sum())


def _share(total: int, part: int) -> float:
    return part / total if total else 0.0
