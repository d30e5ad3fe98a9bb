"""Runs made by hand: only the tables that a test names have rows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.grouping import history_group
from analysis.loading import NUMBERS, TABLES, TEXTS, RunData
from evolution.config import RunConfig
from evolution.schema import TABLES as SCHEMA
from tests.evolution.small_runs import small_config


def hand_made_run(
    name: str = "made",
    config: RunConfig | None = None,
    **tables: Sequence[Mapping[str, Any]],
) -> RunData:
    """A run of these rows."""
    frames = {table: _frame(table, tables.get(table, ())) for table in TABLES}
    config = config or small_config()
    return RunData(name, Path(name), config, history_group(config), name, **frames)


def columns_of(table: str) -> list[str]:
    """A table's columns as the schema declares them, without long texts."""
    return [name for name in _kinds(table) if name not in TEXTS.get(table, ())]


def _kinds(table: str) -> dict[str, str]:
    lines = (line.split() for line in SCHEMA[table].splitlines())
    return {words[0]: words[1].strip(",") for words in lines if words and words[0].islower()}


def _frame(table: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """As `load` makes it, but for categories; columns that are not given are NaN."""
    frame = pd.DataFrame(list(rows), columns=columns_of(table))
    kinds = {name: NUMBERS.get(_kinds(table)[name]) for name in frame if not frame[name].hasnans}
    return frame.astype({name: kind for name, kind in kinds.items() if kind is not None})


def lineage(*warriors: str) -> list[dict[str, Any]]:
    """Rows of champions."""
    return [{"round": number, "warrior": warrior} for number, warrior in enumerate(warriors)]


def record(results: Mapping[tuple[int, int], tuple[int, int, int]]) -> list[dict[str, Any]]:
    """Rows of a ratchet record: (champion, ancestor) to wins, ties, losses."""
    names = ("champion", "ancestor", "wins", "ties", "losses")
    return [dict(zip(names, (*pair, *result), strict=True)) for pair, result in results.items()]
