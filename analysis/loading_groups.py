"""Several runs side by side: what they have in common, and their champions in one table."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.grouping import Grouping, group_order, group_runs
from analysis.loading import RunData, champions_of, load
from analysis.loading_folders import plain
from analysis.loading_units import unit_families
from evolution.presets import library_warriors, sparring_warriors
from evolution.view import uses_library
from mars.classics import bundled_by_name
from mars.redcode import Warrior


def load_runs(paths: Iterable[Path]) -> list[RunData]:
    """Loads runs, and gives them different names and the groups they belong to together.

    Where folders share a name, that of the parent comes before it, and so on.

    Raises:
        ValueError: A folder is given twice, a run has not begun, or two have different cores.
        FolderError, StoreError: As `load`.
    """
    folders = list(paths)
    places = [folder.resolve() for folder in folders]
    for place in places:
        if places.count(place) > 1:
            raise ValueError(f"expected different runs: got {str(place)!r} twice")
    runs = []
    for folder, name in zip(folders, _names(places), strict=True):
        run = load(folder)
        if run.champions.empty:
            raise ValueError(f"expected a run that has begun: got {str(folder)!r}")
        runs.append(replace(run, name=name))
        if run.config.core != runs[0].config.core:
            raise ValueError(
                f"expected runs with one core: got {runs[0].config.core} and {run.config.core}"
            )
    pairs = zip(runs, grouping_of(runs).groups, _units(runs), strict=True)
    return [replace(run, group=group, unit=unit) for run, group, unit in pairs]


def grouping_of(runs: Sequence[RunData]) -> Grouping:
    """How runs are grouped; islands of one run have their folder in common."""
    return group_runs([run.config for run in runs], unit_families(runs))


def _units(runs: Sequence[RunData]) -> list[str]:
    """The shortest names of runs, and of folders of islands."""
    families = unit_families(runs)
    different = list(dict.fromkeys(families))
    name_of = dict(zip(different, _names(different), strict=True))
    return [name_of[family] for family in families]


def _names(places: Sequence[Path]) -> list[str]:
    """The shortest end of each path that no other has."""
    places = [Path(plain(str(place))) for place in places]
    names = [place.name for place in places]
    deepest = max((len(place.parts) for place in places), default=0)
    for depth in range(2, deepest + 1):
        shared = {name for name in names if names.count(name) > 1}
        pairs = zip(names, places, strict=True)
        names = ["/".join(p.parts[-depth:]) if name in shared else name for name, p in pairs]
    return names


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Rows by group (small K first, "all" last, shadow runs after the others), then by round."""
    keys = [group_order(group) for group in table["group"]]
    rounds = table["round"].tolist() if "round" in table else [0] * len(table)
    order = sorted(range(len(table)), key=lambda place: (keys[place], rounds[place]))
    return table.iloc[order].reset_index(drop=True)


def lineages(runs: Sequence[RunData]) -> pd.DataFrame:
    """All champions: run, group, unit, round (0 is w_0), warrior; by run, then by round."""
    parts = [
        run.champions.sort_values("round").assign(run=run.name, group=run.group, unit=run.unit)
        for run in runs
    ]
    columns = ["run", "group", "unit", "round", "warrior"]
    return pd.concat(parts, ignore_index=True)[columns]


def champions_by_id(runs: Sequence[RunData]) -> dict[str, Warrior]:
    """The champions of all runs, each warrior once, in order of its first appearance."""
    return {warrior.id: warrior for run in runs for warrior in champions_of(run)}


def seen_warriors(run: RunData) -> frozenset[str]:
    """Ids of all that a run has met, made or taken fragments from.

    (What a chat model has read elsewhere nobody knows.)
    """
    config = run.config
    seen = [*sparring_warriors(config), *library_warriors(config)]
    if uses_library(config) and not config.library:
        seen += bundled_by_name(config.core).values()
    return frozenset(run.warriors["id"]) | {warrior.id for warrior in seen}
