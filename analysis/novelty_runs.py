"""Everything about novelty, of several runs: one table a measure, with the run and its group."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analysis.activity import activities, activity_table, presence, threshold
from analysis.loading import RunData
from analysis.loading_groups import in_order
from analysis.loading_units import count_units, unit_means
from analysis.novelty import (
    MEASURES,
    OPPONENTS,
    champion_novelty,
    modes,
    persistent,
    skeletons,
)
from analysis.novelty_verdict import Chance, Verdict, verdict
from analysis.phylogeny import phylogeny
from mars.intervals import mean_limits

SHOWN: Final = (*MEASURES, "new_activity", "advances")

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Scans:
    """How knock-out scans are made.

    Attributes:
        fights: Against each opponent.
        opponents: The most of them.
        interval: Rounds after which it is judged what lasted.
        seed: Of positions and resamples.
        workers: Threads; results do not depend on it.
    """

    fights: int = 20
    opponents: int = OPPONENTS
    interval: int = 1
    seed: int = 0
    workers: int = 1


@dataclass(frozen=True, eq=False)
class Novelty:
    """What came of it; each table begins with run, group and unit.

    Attributes:
        rounds: A row a run and round, shadow runs among them: the columns of `modes` and
            `activity_table`, NaN where a round could not be judged, and advances: how many
            champions so far were new in behaviour and beat all their ancestors.
        champions: What `champion_novelty` returns.
        limit: The activity that chance reaches; NaN without a shadow.
        verdicts: By the name of each run that is no shadow.
    """

    rounds: pd.DataFrame
    champions: pd.DataFrame
    limit: float
    verdicts: dict[str, Verdict]


def novelty_of(
    runs: Sequence[RunData],
    shadows: Sequence[RunData],
    scans: Scans,
    on_progress: OnProgress | None = None,
) -> Novelty:
    """Measures runs, and the shadow runs that they are compared with.

    Args:
        runs: One or more.
        shadows: Of which chance was the selection; none is needed.
        scans: How to scan.
        on_progress: Called with how many warriors are scanned, and of how many.
    """
    everyone = [*runs, *shadows]
    elites = [persistent(run, phylogeny(run), interval=scans.interval) for run in everyone]
    total = sum(map(len, elites)) + sum(len(run.champions) for run in everyone)
    active = [activities(presence(run)) for run in everyone]
    limit = threshold(active[len(runs) :]) if any(map(len, active[len(runs) :])) else np.nan
    done = 0
    tables, lineages = [], []
    for run, lasting, there in zip(everyone, elites, active, strict=True):
        wanted = pd.concat([lasting, run.champions], ignore_index=True)[["round", "warrior"]]
        scanned = _scanned(run, wanted, scans, before=done, total=total, on_progress=on_progress)
        done += len(wanted)
        components, champions = scanned.iloc[: len(lasting)], scanned.iloc[len(lasting) :]
        found = champion_novelty(run, champions)
        tables.append(
            _by_round(run, components, there, found, limit=limit, interval=scans.interval)
        )
        lineages.append(_labelled(run, found))
    rounds, champions = (pd.concat(parts, ignore_index=True) for parts in (tables, lineages))
    chance = None
    if shadows:
        names = [run.name for run in shadows]
        of_shadows = (table[table["run"].isin(names)] for table in (champions, rounds))
        chance = Chance(*of_shadows)
    verdicts = {
        run.name: verdict(lineage, table.dropna(subset="novelty"), table, chance, seed=scans.seed)
        for run, lineage, table in zip(runs, lineages, tables, strict=False)
    }
    return Novelty(rounds, champions, limit, verdicts)


def novelty_by_round(rounds: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Means over the runs of a group, with intervals from the runs.

    Args:
        rounds: As in `Novelty`.
        seed: Of the bootstrap.

    Returns:
        A row a group and round: group, round, runs, islands, and each of change, novelty,
        complexity, ecology, new_activity, advances with `_low` and `_high` (95 %; NaN for a single
        run). Runs that could not be judged in a round do not count in it.
    """
    rows = []
    for (group, number), part in rounds.groupby(["group", "round"], sort=True):
        row: dict[str, object] = {"group": group, "round": number, **count_units(part)}
        for name in SHOWN:
            values = unit_means(part, name).to_numpy(float)
            low, high = mean_limits(values, seed)
            mean = float(values.mean()) if len(values) else np.nan
            row |= {name: mean, f"{name}_low": max(0.0, low), f"{name}_high": high}
        rows.append(row)
    columns = [name + end for name in SHOWN for end in ("", "_low", "_high")]
    return in_order(pd.DataFrame(rows, columns=["group", "round", "runs", "islands", *columns]))


def _scanned(
    run: RunData,
    elites: pd.DataFrame,
    scans: Scans,
    *,
    before: int,
    total: int,
    on_progress: OnProgress | None,
) -> pd.DataFrame:
    """Scans, and tells of the progress of all."""

    def tell(done: int, _: int) -> None:
        if on_progress is not None:
            on_progress(before + done, total)

    return skeletons(
        run,
        elites,
        fights=scans.fights,
        opponents=scans.opponents,
        seed=scans.seed,
        workers=scans.workers,
        on_progress=tell,
    )


def _by_round(
    run: RunData,
    components: pd.DataFrame,
    there: pd.DataFrame,
    champions: pd.DataFrame,
    *,
    limit: float,
    interval: int,
) -> pd.DataFrame:
    """A run's rows of `Novelty.rounds`."""
    last = len(champions)
    judged = modes(components, range(1, last - interval + 1))
    active = activity_table(there, limit, range(1, last + 1))
    table = active.merge(judged, on="round", how="left")
    so_far = champions.set_index("round")["new_and_beats"].astype(int).cumsum()
    return _labelled(run, table.assign(advances=table["round"].map(so_far)))


def _labelled(run: RunData, table: pd.DataFrame) -> pd.DataFrame:
    labelled = table.assign(run=run.name, group=run.group, unit=run.unit)
    return labelled[["run", "group", "unit", *table.columns]]
