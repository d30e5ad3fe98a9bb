"""Which instructions of a warrior matter: each replaced by a DAT in turn (a knock-out scan).

The scan that MODES calls complexity's (Dolson et al. 2019, "The MODES Toolbox"): an instruction is
needed when the warrior does worse without it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.draws import Draw, generator
from analysis.ranking import FloatArray
from mars.fights import Battle, battles
from mars.redcode import Instruction, Warrior, parse_instruction
from mars.settings import CoreSettings
from mars.standings import TIE_POINTS, WIN_POINTS
from mars.tournament import pair_seed

Points = NDArray[np.int64]

DAT: Final = parse_instruction("DAT.F $0, $0")
RESAMPLES: Final = 500
TAIL: Final = 0.025
BATTLES_AT_ONCE: Final = 256


def knockout_scan(
    warrior: Warrior,
    opponents: Sequence[Warrior],
    settings: CoreSettings,
    *,
    fights: int = 100,
    seed: int = 0,
    workers: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Replaces each instruction by `DAT.F $0, $0`, the core's filling, and fights again.

    Fight by fight the positions are those of the whole warrior's fights, so an instruction that
    no fight depends on changes nothing at all.

    Args:
        warrior: Any.
        opponents: One or more, each met one to one.
        settings: Rules.
        fights: Against each opponent.
        seed: Of the positions, which follow from it and the two ids, and of the bootstrap.
        workers: Threads; results do not depend on it.
        on_progress: Called now and then with how many battles are done, and of how many.

    Returns:
        A row an instruction: address, instruction (text), score (of the whole warrior, points per
        100 fights, 3 a win, 1 a tie), change (of the score without the instruction), low and high
        (95 % limits of the change, from the fights: the opponents stay), changed (share of the
        fights that end otherwise), needed (the whole interval is below 0). What is that DAT
        already changes nothing.

    Raises:
        ValueError: There is no opponent, or as `battle`.
    """
    if not opponents:
        raise ValueError("expected at least one opponent: got none")
    places = [i for i, instruction in enumerate(warrior.instructions) if instruction != DAT]
    variants = [warrior, *(without(warrior, place) for place in places)]
    seeds = [pair_seed(seed, warrior.id, opponent.id) for opponent in opponents]
    jobs = (
        Battle((variant, opponent), settings, fights, fight_seed)
        for variant in variants
        for opponent, fight_seed in zip(opponents, seeds, strict=True)
    )
    total = len(variants) * len(opponents)
    points = np.array(list(_points(jobs, total, workers, on_progress)), np.int64)
    points = points.reshape(len(variants), len(opponents), fights)
    changes = np.zeros((len(warrior), len(opponents), fights), np.int64)
    changes[places] = points[1:] - points[:1]
    return _table(warrior, float(100 * points[0].mean()), changes, seed)


def without(warrior: Warrior, address: int) -> Warrior:
    """The warrior with a DAT in the place of one instruction.

    Args:
        warrior: Any; the start stays where it was.
        address: In [0, len(warrior)).
    """
    instructions = list(warrior.instructions)
    instructions[address] = DAT
    return replace(warrior, instructions=tuple(instructions), source="")


def skeleton(warrior: Warrior, scan: pd.DataFrame) -> tuple[Instruction, ...]:
    """The needed instructions, in order: what is left when all that does not matter is gone.

    Args:
        warrior: Any.
        scan: Its knock-out scan.
    """
    return tuple(warrior.instructions[address] for address in scan["address"][scan["needed"]])


def complexity(scan: pd.DataFrame) -> int:
    """How many instructions are needed."""
    return int(scan["needed"].sum())


def _points(
    jobs: Iterator[Battle],
    total: int,
    workers: int,
    on_progress: Callable[[int, int], None] | None,
) -> Iterator[Points]:
    """(fights,) the first warrior's points, a battle after the other."""
    done = 0
    while portion := list(islice(jobs, BATTLES_AT_ONCE)):
        for result in battles(portion, workers=workers, records=True):
            assert result.records is not None
            mine, other = result.records.alive.T
            yield np.where(mine & ~other, WIN_POINTS, np.where(mine, TIE_POINTS, 0))
        done += len(portion)
        if on_progress is not None:
            on_progress(done, total)


def _table(warrior: Warrior, score: float, changes: Points, seed: int) -> pd.DataFrame:
    """The rows.

    Args:
        warrior: Any.
        score: The whole warrior's.
        changes: (length, n_opponents, fights) points that are gained without the instruction.
        seed: Of the bootstrap.
    """
    low, high = _limits(changes, seed)
    return pd.DataFrame(
        {
            "address": np.arange(len(warrior)),
            "instruction": [str(instruction) for instruction in warrior.instructions],
            "score": score,
            "change": 100 * changes.mean(axis=(1, 2)),
            "low": low,
            "high": high,
            "changed": (changes != 0).mean(axis=(1, 2)),
            "needed": high < 0,
        }
    )


def _limits(changes: Points, seed: int) -> tuple[FloatArray, FloatArray]:
    """Twice (length,): the percentiles over fights drawn anew, for each opponent on its own."""
    n_opponents, fights = changes.shape[1:]
    even = np.full(fights, 1 / fights)
    drawn = np.zeros((RESAMPLES, len(changes)))
    for place in range(n_opponents):
        rng = generator(seed, Draw.KNOCKOUT, place)
        drawn += rng.multinomial(fights, even, size=RESAMPLES) @ changes[:, place].T
    low, high = np.quantile(100 * drawn / (n_opponents * fights), [TAIL, 1 - TAIL], axis=0)
    return np.asarray(low), np.asarray(high)
