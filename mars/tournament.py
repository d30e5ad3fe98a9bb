"""Many battles of two: round robins, and warriors against a set of opponents.

A battle's positions come from the seed and the two warriors' ids, so its result depends neither
on who else takes part nor on order, threads or interruptions: the battle of (a, b) is that of
(b, a), seen from the other side.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import closing
from dataclasses import dataclass
from itertools import combinations, product
from threading import Event
from typing import Final

import numpy as np

from mars.arena import check_warriors, map_in_threads
from mars.fights import MAX_FIGHTS, BattleResult, battle
from mars.placement import check_room
from mars.redcode import Warrior
from mars.settings import DEFAULT_SETTINGS, CoreSettings
from mars.standings import Payoffs, Tally, payoffs

# Handed on at once: a second's work or so, so that a killed process loses no more.
BATCH_CYCLES: Final = 200_000_000
MAX_BATCH: Final = 1000
PAIRS_AHEAD: Final = 64
MAX_SEED: Final = 2**63 - 1

Pair = tuple[int, int]
OnFinished = Callable[[Sequence[Tally]], None]


@dataclass(frozen=True)
class Terms:
    """What decides the result of two warriors, besides themselves.

    Attributes:
        settings: Rules.
        fights: Of each battle, 1 to 10,000,000.
        seed: 0 to 2^63 - 1; the positions follow from it and the two ids. None: they follow
            from the warriors' code alone, by pMARS's `-f`.
    """

    settings: CoreSettings = DEFAULT_SETTINGS
    fights: int = 200
    seed: int | None = 0

    def __post_init__(self) -> None:
        if not 1 <= self.fights <= MAX_FIGHTS:
            raise ValueError(f"fights must be 1 to {MAX_FIGHTS}: got {self.fights}")
        if self.seed is not None and not 0 <= self.seed <= MAX_SEED:
            raise ValueError(f"seed must be 0 to {MAX_SEED}: got {self.seed}")


DEFAULT_TERMS: Final = Terms()


def pair_seed(seed: int, first: str, second: str) -> int:
    """The seed of a battle, in [0, 2^63).

    Args:
        seed: Of the tournament.
        first, second: The warriors' ids, in any order.
    """
    words = np.frombuffer(bytes.fromhex("".join(sorted((first, second)))), ">u4")
    sequence = np.random.SeedSequence(seed, spawn_key=tuple(words.tolist()))
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


def pair_battle(
    a: Warrior,
    b: Warrior,
    terms: Terms,
    *,
    workers: int = 1,
    records: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[BattleResult, bool]:
    """The battle of two warriors as every tournament fights it.

    pMARS's warrior 1 is the one with the smaller id; it executes first in fight 0.

    Returns:
        What came of it, and whether b was warrior 1.

    Raises:
        ValueError: As `battle`.
    """
    swapped = b.id < a.id
    first, second = (b, a) if swapped else (a, b)
    result = battle(
        (first, second),
        terms.settings,
        fights=terms.fights,
        seed=None if terms.seed is None else pair_seed(terms.seed, a.id, b.id),
        fixed_series=terms.seed is None,
        workers=workers,
        records=records,
        on_progress=on_progress,
    )
    return result, swapped


def fight_pairs(
    warriors: Sequence[Warrior],
    pairs: Sequence[Pair],
    terms: Terms,
    *,
    workers: int = 1,
    on_finished: OnFinished,
) -> None:
    """Fights battles over threads and hands on what comes of them.

    Args:
        warriors: Whom the pairs name by their places.
        pairs: In any order; a warrior may meet itself.
        terms: Of each battle.
        workers: Threads; results do not depend on it.
        on_finished: Called in this thread with a batch of finished battles, in any order. When
            all is broken off, by Ctrl-C or an error, it gets the finished ones all the same; a
            batch at which it was itself broken off comes once more.

    Raises:
        ValueError: As `battle`.
    """
    finished: list[Tally] = []
    cancelled = Event()
    inner = max(1, workers // max(1, len(pairs)))

    def run(pair: Pair) -> None:
        finished.append(_fight_pair(warriors, pair, terms, inner, cancelled))

    def hand_on() -> None:
        if batch := finished[:]:
            on_finished(batch)
            del finished[: len(batch)]

    size = _batch_size(terms)
    jobs = map_in_threads(run, pairs, workers, ahead=PAIRS_AHEAD, cancelled=cancelled)
    try:
        with closing(jobs):  # type: ignore[type-var]  # a generator, typed as an iterator
            for _ in jobs:
                if len(finished) >= size:
                    hand_on()
    finally:
        hand_on()


def round_robin(
    warriors: Sequence[Warrior],
    terms: Terms = DEFAULT_TERMS,
    *,
    workers: int = 1,
    known: Sequence[Tally] = (),
    on_finished: OnFinished | None = None,
) -> Payoffs:
    """Everyone against everyone.

    Args:
        warriors: Two or more, no two with the same id.
        terms: Of each battle.
        workers: Threads; results do not depend on it.
        known: Battles that need not be fought again.
        on_finished: As in `fight_pairs`.

    Returns:
        The (n_warriors, n_warriors) table.

    Raises:
        ValueError: Too few warriors, one twice, or as `battle`.
    """
    check_field(warriors, terms)
    results = {(result.first, result.second): result for result in known}
    pairs = combinations(range(len(warriors)), 2)
    missing = [(a, b) for a, b in pairs if (a, b) not in results and (b, a) not in results]

    def keep(batch: Sequence[Tally]) -> None:
        if on_finished is not None:
            on_finished(batch)
        results.update(((result.first, result.second), result) for result in batch)

    fight_pairs(warriors, missing, terms, workers=workers, on_finished=keep)
    return payoffs(len(warriors), results.values())


def against_all(
    warriors: Sequence[Warrior],
    opponents: Sequence[Warrior],
    terms: Terms = DEFAULT_TERMS,
    *,
    workers: int = 1,
    on_finished: OnFinished | None = None,
) -> Payoffs:
    """Some warriors against a set of opponents: a benchmark.

    Args:
        warriors: One or more.
        opponents: One or more; a warrior that is among them meets itself.
        terms: Of each battle.
        workers: Threads; results do not depend on it.
        on_finished: As in `fight_pairs`; opponents count on from the warriors.

    Returns:
        The (n_warriors, n_opponents) table.

    Raises:
        ValueError: As `battle`.
    """
    n_warriors, everyone = len(warriors), (*warriors, *opponents)
    pairs = list(product(range(n_warriors), range(n_warriors, len(everyone))))
    wins = np.zeros((n_warriors, len(opponents)), np.int64)
    ties, losses = np.zeros_like(wins), np.zeros_like(wins)

    def keep(batch: Sequence[Tally]) -> None:
        if on_finished is not None:
            on_finished(batch)
        for result in batch:
            place = result.first, result.second - n_warriors
            wins[place], ties[place], losses[place] = result.wins, result.ties, result.losses

    fight_pairs(everyone, pairs, terms, workers=workers, on_finished=keep)
    return Payoffs(wins, ties, losses)


def check_field(warriors: Sequence[Warrior], terms: Terms) -> None:
    """Refuses warriors that cannot meet, before any of them fights.

    Raises:
        ValueError: Too few, one twice, one unfit for the settings, or no room for two.
    """
    if len(warriors) < 2:
        raise ValueError(f"warriors must be at least 2: got {len(warriors)}")
    seen: dict[str, Warrior] = {}
    for warrior in warriors:
        check_warrior(warrior, terms)
        if warrior.id in seen:
            raise ValueError(
                f"expected different warriors: got {seen[warrior.id].name!r} and "
                f"{warrior.name!r} with the same id"
            )
        seen[warrior.id] = warrior


def check_warrior(warrior: Warrior, terms: Terms) -> None:
    """Refuses a warrior that cannot fight.

    Raises:
        ValueError: It is unfit for the settings, or there is no room for two.
    """
    check_warriors((warrior,), terms.settings)
    check_room(2, terms.settings)


def _batch_size(terms: Terms) -> int:
    cycles = terms.fights * terms.settings.max_cycles
    return max(1, min(MAX_BATCH, BATCH_CYCLES // cycles))


def _fight_pair(
    warriors: Sequence[Warrior], pair: Pair, terms: Terms, workers: int, cancelled: Event
) -> Tally:
    def watch(_: int) -> None:
        if cancelled.is_set():  # else Ctrl-C would wait for the end of a long battle
            raise CancelledError

    a, b = pair
    result, swapped = pair_battle(
        warriors[a], warriors[b], terms, workers=workers, on_progress=watch
    )
    side = int(swapped)
    return Tally(a, b, int(result.wins[side]), int(result.ties[side]), int(result.losses[side]))
