"""Champions one to one against a panel of warriors, fight by fight."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice, product
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.loading import RunData
from analysis.loading_groups import champions_by_id, lineages, seen_warriors
from mars.entrants import Entrant
from mars.fights import Battle, battles
from mars.redcode import Warrior, printable

BATTLES_AT_ONCE: Final = 256

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class PanelResults:
    """What came of champions against a panel.

    Fight i of every battle has the same positions (the paper's fixed seeds), so warriors that
    do the same have the same results, fight by fight.

    Attributes:
        champions: run, group, unit, round, warrior, place (its row in `outcomes`).
        opponents: Ids of the panel's warriors.
        outcomes: (n_warriors, n_opponents, fights) int8: 1 the champion won, 0 tied, -1 lost.
        deaths: (n_warriors, n_opponents) digests of who died when in each fight; "" where nobody
            ever did.
    """

    champions: pd.DataFrame
    opponents: tuple[str, ...]
    outcomes: NDArray[np.int8]
    deaths: tuple[tuple[str, ...], ...]


def without_seen(
    panel: Sequence[Entrant], runs: Sequence[RunData]
) -> tuple[list[Entrant], list[str]]:
    """Those of a panel that no run has seen, and notes about the others.

    One that a single run has seen is left out for all, so that all meet the same panel.
    """
    seen = {run.name: seen_warriors(run) for run in runs}
    unseen, notes = [], []
    for entrant in panel:
        by = [name for name, ids in seen.items() if entrant.warrior.id in ids]
        if not by:
            unseen.append(entrant)
        else:
            others = f" and {len(by) - 1} more" if len(by) > 1 else ""
            notes.append(
                f"{printable(entrant.label)}: left out, seen by {printable(by[0])}{others}"
            )
    return unseen, notes


def fight_panel(
    runs: Sequence[RunData],
    panel: Sequence[Warrior],
    *,
    fights: int,
    seed: int = 0,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> PanelResults:
    """Every champion of every run against every warrior of a panel.

    Args:
        runs: One or more, of one core.
        panel: One or more.
        fights: Of each battle.
        seed: Of the positions, the same in each battle.
        workers: Threads; results do not depend on it.
        on_progress: Called now and then with how many battles are done, and of how many.

    Raises:
        ValueError: The panel is empty, or a warrior cannot fight in this core.
    """
    if not panel:
        raise ValueError("expected at least one warrior that no run has seen: got none")
    champions = champions_by_id(runs)
    table = lineages(runs)
    place_of = {warrior: place for place, warrior in enumerate(champions)}
    table["place"] = table["warrior"].map(place_of).astype(np.int64)
    pairs = product(champions.values(), panel)
    jobs = (Battle(pair, runs[0].config.core, fights, seed) for pair in pairs)
    shape = len(champions), len(panel), fights
    outcomes, deaths = _fight_all(jobs, shape, workers, on_progress)
    return PanelResults(table, tuple(warrior.id for warrior in panel), outcomes, deaths)


def twins(results: PanelResults) -> list[list[int]]:
    """Places of opponents that did the same in every fight, groups of two or more.

    The same results against everyone, and the same deaths in the same cycles: by chance that does
    not happen. Opponents in whose fights nobody ever died cannot be told apart, and are not named;
    nor is anybody by fights that end alike with the whole panel (the champion killed itself).
    """
    telling = [len(set(row)) > 1 for row in results.deaths]
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, digests in enumerate(zip(*results.deaths, strict=True)):
        if any(digest and tells for digest, tells in zip(digests, telling, strict=True)):
            groups.setdefault(digests, []).append(place)
    return [group for group in groups.values() if len(group) > 1]


def without_twins(results: PanelResults) -> PanelResults:
    """The same with only the first of each group of twins."""
    dropped = {place for group in twins(results) for place in group[1:]}
    kept = [place for place in range(len(results.opponents)) if place not in dropped]
    return PanelResults(
        results.champions,
        tuple(results.opponents[place] for place in kept),
        results.outcomes[:, kept],
        tuple(tuple(row[place] for place in kept) for row in results.deaths),
    )


def twin_notes(results: PanelResults, labels: Mapping[str, str], *, kept: bool) -> list[str]:
    """Functional duplicates in words.

    Args:
        results: Of the whole panel.
        labels: By id; untrusted text.
        kept: Whether all of them count, or the first of each group.
    """
    notes = []
    for group in twins(results):
        names = [printable(labels[results.opponents[place]]) for place in group]
        counted = f"counted {len(group)} times" if kept else "only the first counts"
        notes.append(f"{', '.join(names)}: the same in every fight, {counted}")
    return notes


def _fight_all(
    jobs: Iterator[Battle],
    shape: tuple[int, int, int],
    workers: int,
    on_progress: OnProgress | None,
) -> tuple[NDArray[np.int8], tuple[tuple[str, ...], ...]]:
    """Outcomes and digests of deaths of all pairs, opponents fastest."""
    n_warriors, n_opponents, fights = shape
    total = n_warriors * n_opponents
    outcomes = np.zeros((total, fights), np.int8)
    digests: list[str] = []
    while portion := list(islice(jobs, BATTLES_AT_ONCE)):
        for result in battles(portion, workers=workers, records=True):
            assert result.records is not None
            cycles = result.records.death_cycles
            alive = cycles < 0
            outcomes[len(digests)] = alive[:, 0].astype(np.int8) - alive[:, 1]
            digests.append("" if alive.all() else sha256(cycles.tobytes()).hexdigest())
        if on_progress is not None:
            on_progress(len(digests), total)
    rows = [tuple(digests[i : i + n_opponents]) for i in range(0, total, n_opponents)]
    return outcomes.reshape(shape), tuple(rows)
