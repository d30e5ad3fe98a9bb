"""Bedau's evolutionary activity: what persists, more than chance lets things persist.

Bedau, Snyder and Packard 1998, "A classification of long-term evolutionary dynamics": a component's
activity counts for how long it has been there; what a neutral shadow (selection by chance, all else
equal) reaches needs no adaptation. Components here are pairs of neighbouring instructions without
their numbers, in the archives at the rounds' ends.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from analysis.loading import RunData, warriors_of
from analysis.novelty import snapshots
from mars.redcode import Instruction, Warrior

QUANTILE: Final = 0.95
BORDER: Final = "|"


def components(warrior: Warrior) -> frozenset[str]:
    """Pairs of neighbouring instructions, as `MOV.I $$, JMP.B $$`; the borders count as one."""
    words = [BORDER, *map(_word, warrior.instructions), BORDER]
    return frozenset(f"{a}, {b}" for a, b in pairwise(words))


def presence(run: RunData) -> pd.DataFrame:
    """Which components were in the archive at each round's end: round, component; sorted."""
    shots = snapshots(run)
    ids = list(dict.fromkeys(shots["warrior"]))
    found = dict(zip(ids, map(components, warriors_of(run, ids)), strict=True))
    by_round: dict[int, set[str]] = {}
    for number, warrior in zip(shots["round"].tolist(), shots["warrior"].tolist(), strict=True):
        by_round.setdefault(number, set()).update(found[warrior])
    return presence_of(by_round)


def presence_of(by_round: Mapping[int, Iterable[str]]) -> pd.DataFrame:
    """The same from components by round."""
    rows = [(number, name) for number in sorted(by_round) for name in sorted(set(by_round[number]))]
    table = pd.DataFrame(rows, columns=["round", "component"])
    return table.astype({"round": np.int64, "component": object})


def activities(there: pd.DataFrame) -> pd.DataFrame:
    """What `presence` returns, with activity: in how many rounds the component was there so far."""
    return there.assign(activity=there.groupby("component").cumcount() + 1)


def threshold(shadows: Iterable[pd.DataFrame], quantile: float = QUANTILE) -> float:
    """The activity that chance alone hardly exceeds: a quantile over all components and rounds.

    Args:
        shadows: What `activities` returns, of shadow runs.
        quantile: 0 to 1.
    """
    values = [table["activity"].to_numpy(float) for table in shadows]
    return float(np.quantile(np.concatenate(values), quantile, method="higher"))


def activity_table(active: pd.DataFrame, limit: float, rounds: Iterable[int]) -> pd.DataFrame:
    """Activity by round.

    Args:
        active: What `activities` returns.
        limit: What chance reaches; NaN: not known.
        rounds: Those to be shown.

    Returns:
        A row a round: round, diversity (components there), activity (their mean), significant
        (those above the limit) and new_activity (those that passed it in this round, a component
        there: 0 as long as fewer rounds have passed than the limit); both NaN without a limit.
    """
    rows = []
    for number in rounds:
        values = active["activity"][active["round"] == number].to_numpy(float)
        known = not np.isnan(limit)
        passed = ((values > limit) & (values - 1 <= limit)).sum()
        rows.append(
            {
                "round": number,
                "diversity": len(values),
                "activity": float(values.mean()) if len(values) else 0.0,
                "significant": float((values > limit).sum()) if known else np.nan,
                "new_activity": float(passed / max(1, len(values))) if known else np.nan,
            }
        )
    columns = ["round", "diversity", "activity", "significant", "new_activity"]
    return pd.DataFrame(rows, columns=columns)


def _word(instruction: Instruction) -> str:
    i = instruction
    return f"{i.opcode.name}.{i.modifier.name} {i.a_mode.symbol}{i.b_mode.symbol}"
