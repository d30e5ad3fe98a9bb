"""Still going, or stopped: a plain answer, and what it rests on."""

from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from analysis.benchmark import wilson
from mars.intervals import mean_limits

State = Literal["still going", "stopped", "too early to say"]

LEAST_ROUNDS: Final = 9
SHARE: Final = 3  # the last third of the rounds is what counts


@dataclass(frozen=True)
class Verdict:
    """An answer for one run.

    Attributes:
        state: The answer.
        reasons: What it rests on, a sentence each.
    """

    state: State
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Chance:
    """What selection by chance brings: the tables of the shadow runs, one below the other."""

    champions: pd.DataFrame
    activity: pd.DataFrame


def verdict(
    champions: pd.DataFrame,
    modes: pd.DataFrame,
    activity: pd.DataFrame,
    chance: Chance | None = None,
    *,
    seed: int = 0,
) -> Verdict:
    """Judges the last third of a run's rounds.

    It is still going when a champion in them is new (in its behaviour, or in the instructions that
    matter) and beats all its ancestors, and when, with a shadow to compare with, there are more of
    these than in the shadow's same rounds, or more new activity: the shadow's mean lies below the
    whole 95 % interval of the run's.

    Args:
        champions: What `champion_novelty` returns.
        modes: What `modes` returns; reported, not decisive (what changes need not be better).
        activity: What `activity_table` returns.
        chance: The same of shadow runs.
        seed: Of the bootstrap over rounds.
    """
    rounds = len(champions)
    if rounds < LEAST_ROUNDS:
        reason = f"{rounds} rounds are fewer than the {LEAST_ROUNDS} that can be judged"
        return Verdict("too early to say", (reason,))
    first = rounds - rounds // SHARE + 1
    late = champions[champions["round"] >= first]
    new = late[_new(late)]
    share = wilson(len(new), len(late))
    reasons = [
        f"in rounds {first} to {rounds} {len(new)} of {len(late)} champions (95%: "
        f"{share.low:.0%} to {share.high:.0%}) are new and beat all their ancestors, "
        f"{int(new['new_cell'].sum())} of them new in behaviour",
        _modes_words(modes, first),
    ]
    going = len(new) > 0
    if chance is None:
        reasons.append("nothing was compared with chance: there is no shadow run")
        return Verdict("still going" if going else "stopped", tuple(reasons))
    shadow = chance.champions[chance.champions["round"].between(first, rounds)]
    if shadow.empty:
        reasons.append(f"nothing was compared with chance: the shadow has no round from {first} on")
        return Verdict("still going" if going else "stopped", tuple(reasons))
    theirs = float(_new(shadow).mean())
    more, words = _activity_words(activity, chance.activity, first, rounds, seed=seed)
    reasons += [f"of the shadow's champions in these rounds {theirs:.0%} are so", words]
    going = going and (share.low > theirs or more)
    return Verdict("still going" if going else "stopped", tuple(reasons))


def _new(champions: pd.DataFrame) -> "pd.Series[bool]":
    return champions["beats_all"] & (champions["new_cell"] | champions["new_skeleton"])


def _modes_words(modes: pd.DataFrame, first: int) -> str:
    late = modes[modes["round"] >= first]
    if late.empty:
        return "no late round could be judged by what lasted of it"
    return (
        f"{int(late['novelty'].sum())} components that lasted had never been seen before, in the "
        f"{len(late)} of these rounds that could be judged"
    )


def _activity_words(
    activity: pd.DataFrame, shadow: pd.DataFrame, first: int, last: int, *, seed: int
) -> tuple[bool, str]:
    """Whether new activity is above the shadow's, and the words for it."""
    mine, theirs = (
        table["new_activity"][table["round"].between(first, last)].to_numpy(float)
        for table in (activity, shadow)
    )
    low, high = mean_limits(mine, seed)
    chance = float(theirs.mean())
    more = low > chance
    return more, (
        f"new activity {mine.mean():.3f} a component and round (95%: {max(0.0, low):.3f} to "
        f"{high:.3f}), the shadow's {chance:.3f}: {'more' if more else 'no more'} than chance"
    )
