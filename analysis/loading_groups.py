"""Several runs side by side: what they have in common, and their champions in one table."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

import pandas as pd

from analysis.loading import RunData, champions_of, load
from evolution.config import RunConfig
from evolution.presets import library_warriors, sparring_warriors
from evolution.view import uses_library
from mars.classics import bundled_by_name
from mars.redcode import Warrior

# What runs are compared by; all else should be equal.
COMPARED: Final = ("seed", "history", "shadow")


def load_runs(paths: Iterable[Path]) -> list[RunData]:
    """Loads runs and gives them different names: where folders share one, that of the parent too.

    Raises:
        ValueError: A folder is given twice, a run has not begun, or two have different cores.
        FolderError, StoreError: As `load`.
    """
    folders = list(paths)
    places = [folder.resolve() for folder in folders]
    names = [place.name for place in places]
    for place in places:
        if places.count(place) > 1:
            raise ValueError(f"expected different runs: got {str(place)!r} twice")
    runs = []
    for folder, place in zip(folders, places, strict=True):
        run = load(folder)
        if run.champions.empty:
            raise ValueError(f"expected a run that has begun: got {str(folder)!r}")
        alone = names.count(place.name) == 1
        runs.append(run if alone else replace(run, name=f"{place.parent.name}/{place.name}"))
        if run.config.core != runs[0].config.core:
            raise ValueError(
                f"expected runs with one core: got {runs[0].config.core} and {run.config.core}"
            )
    return runs


def group_of(config: RunConfig) -> str:
    """What runs are averaged over: `K=3`, `K=all`, and the null model's `K=3, shadow`."""
    return f"K={config.history}" + (", shadow" if config.shadow else "")


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Rows by group (small K first, "all" last, shadow runs after the others), then by round."""
    keys = [_group_key(group) for group in table["group"]]
    rounds = table["round"].tolist() if "round" in table else [0] * len(table)
    order = sorted(range(len(table)), key=lambda place: (keys[place], rounds[place]))
    return table.iloc[order].reset_index(drop=True)


def _group_key(group: str) -> tuple[bool, bool, int]:
    history, _, shadow = group.removeprefix("K=").partition(",")
    return bool(shadow), history == "all", 0 if history == "all" else int(history)


def other_differences(runs: Sequence[RunData]) -> list[str]:
    """In what else than seed, history and shadow the runs differ: names of the configuration."""
    return [
        field.name
        for field in fields(RunConfig)
        if field.name not in COMPARED
        and any(
            getattr(run.config, field.name) != getattr(runs[0].config, field.name) for run in runs
        )
    ]


def lineages(runs: Sequence[RunData]) -> pd.DataFrame:
    """All champions: run, group, round (0 is w_0), warrior; by run, then by round."""
    parts = [
        run.champions.sort_values("round").assign(run=run.name, group=group_of(run.config))
        for run in runs
    ]
    columns = ["run", "group", "round", "warrior"]
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
