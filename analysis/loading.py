"""Run folders → DataFrames; the only reader.

A DataFrame has the columns of its table in `evolution/schema.py`, in their order, and its rows in
order of insertion. Long texts are left out: sources, load files, prompts, replies.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.grouping import history_group
from analysis.loading_folders import plain
from evolution.config import RunConfig
from evolution.folder import read_folder_config
from evolution.records import read_warrior
from evolution.store import DATABASE, Store
from mars.redcode import Warrior

ROWS_AT_ONCE: Final = 20_000
# Dependents before what they refer to, so that every reference of a run that is being written
# leads to a row that was read later.
TABLES: Final = (
    "events",
    "batches",
    "bundled",
    "ratchet",
    "champions",
    "immigrants",
    "placements",
    "evaluations",
    "faults",
    "replies",
    "parents",
    "proposals",
    "warriors",
)
TEXTS: Final = {
    "warriors": ("load_file", "source"),
    "proposals": ("source",),
    "replies": ("system", "prompt", "text"),
}
CATEGORIES: Final = frozenset({"task", "operator", "status", "purpose", "kind", "opponent"})
NUMBERS: Final = {"INTEGER": np.int64, "REAL": np.float64}


@dataclass(frozen=True, eq=False)
class RunData:
    """A run as it is on the disk.

    Warriors are named by their ids (SHA-256 of the load file) everywhere. Names, errors and
    details are untrusted text. Integers are int64, REAL columns float64 with NaN for NULL, text
    is object with None for NULL; `task`, `operator`, `status`, `purpose`, `kind` and `opponent`
    are categories.

    Attributes:
        name: Of the folder; untrusted text.
        path: The folder.
        config: All that the result depends on.
        group: What it is averaged with (`analysis.grouping`); of a run that is loaded alone, its
            history.
        unit: What is independent of the others: a run's name, or that of the folder of its
            islands, which they share; untrusted text.
        warriors: id, name, length (instructions).
        proposals: round, number, iteration, task, operator, status, warrior, error.
        parents: round, number (of the proposal), position, parent (a warrior).
        replies: round, number, attempt, subject, model, answered_by, finish, tokens of four
            kinds, counted, cost (US dollars), seconds, fault.
        faults: Requests that brought nothing: id, round, number, attempt, model, reason, tokens,
            cost, seconds, time.
        evaluations: round, warrior, purpose, fitness, standard_error, fights, seed, spawned,
            coverage, length, opcodes, results (`wins/ties/losses` an opponent).
        placements: round, number, cell, status, displaced (a warrior).
        champions: round (0 is w_0), warrior.
        immigrants: Of a run that is an island, champions of other islands that entered a round:
            round, place, warrior, island, origin_round.
        ratchet: champion, ancestor (rounds), wins, ties, losses of the champion.
        bundled: champion (a round), opponent (a name), wins, ties, losses.
        batches: id, round, proposals, evaluations, seconds, time.
        events: id, kind, detail, time.
    """

    name: str
    path: Path
    config: RunConfig
    group: str
    unit: str
    warriors: pd.DataFrame
    proposals: pd.DataFrame
    parents: pd.DataFrame
    replies: pd.DataFrame
    faults: pd.DataFrame
    evaluations: pd.DataFrame
    placements: pd.DataFrame
    champions: pd.DataFrame
    immigrants: pd.DataFrame
    ratchet: pd.DataFrame
    bundled: pd.DataFrame
    batches: pd.DataFrame
    events: pd.DataFrame


def load(path: Path | str) -> RunData:
    """Reads a run folder, also while another process writes it.

    Rows are read in portions, so memory is what stays: 0.7 GB for 1,000,000 proposals.

    Raises:
        FolderError: There is no run.
        StoreError: Its database is missing or damaged.
    """
    folder = Path(path)
    config = read_folder_config(folder)
    known: dict[str, str] = {}
    with Store(folder / DATABASE) as store:
        frames = {table: _read_table(store, table, known) for table in TABLES}
    name = plain(folder.resolve().name)
    return RunData(name, folder, config, history_group(config), name, **frames)


def warriors_of(run: RunData, ids: Sequence[str]) -> list[Warrior]:
    """Some of a run's warriors, read from its folder and assembled again, in the order asked.

    Raises:
        StoreError: One is not there.
    """
    found: dict[str, Warrior] = {}
    with Store(run.path / DATABASE) as store:
        for warrior in ids:
            if warrior not in found:
                found[warrior] = read_warrior(store, warrior, run.config.core)
    return [found[warrior] for warrior in ids]


def warrior_of(run: RunData, warrior: str) -> Warrior:
    """One of a run's warriors, by its id; `warriors_of` is faster for many.

    Raises:
        StoreError: It is not there.
    """
    return warriors_of(run, [warrior])[0]


def champions_of(run: RunData) -> list[Warrior]:
    """The lineage from w_0 on; the place is the round.

    Raises:
        StoreError: The folder is no longer the one that was loaded.
    """
    return warriors_of(run, run.champions.sort_values("round")["warrior"].tolist())


def read_chunks(
    store: Store, table: str, columns: Sequence[str]
) -> Iterator[list[tuple[Any, ...]]]:
    """A table's rows in order of insertion, so many at once; at least one chunk, maybe empty."""
    names = ", ".join(columns)
    sql = f"SELECT rowid, {names} FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?"
    last = -1  # `round` of champions is the row's number, from 0
    while True:
        rows = store.query(sql, (last, ROWS_AT_ONCE))
        yield [row[1:] for row in rows]
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1][0]


def column_kinds(store: Store, table: str) -> dict[str, str]:
    """A table's columns and their SQL types, in order."""
    return dict(store.query("SELECT name, type FROM pragma_table_info(?) ORDER BY cid", (table,)))


def _read_table(store: Store, table: str, known: dict[str, str]) -> pd.DataFrame:
    """One table; equal texts share their memory with each other and with `known`."""
    left_out = TEXTS.get(table, ())
    kinds = {
        name: kind for name, kind in column_kinds(store, table).items() if name not in left_out
    }
    codes: dict[str, dict[str, int]] = {name: {} for name in kinds if name in CATEGORIES}
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in kinds}
    for rows in read_chunks(store, table, list(kinds)):
        columns = zip(*rows, strict=True) if rows else ([] for _ in kinds)
        for (name, kind), values in zip(kinds.items(), columns, strict=True):
            if name in codes:
                part = _coded(values, codes[name])
            elif kind in NUMBERS:
                part = np.array(values, NUMBERS[kind])
            else:
                part = _shared(values, known)
            parts[name].append(part)
    return pd.DataFrame({name: _column(parts.pop(name), codes.get(name)) for name in kinds})


def _coded(values: Iterable[str], codes: dict[str, int]) -> NDArray[Any]:
    """Numbers in the place of texts; new texts get new numbers."""
    return np.array([codes.setdefault(value, len(codes)) for value in values], np.int32)


def _shared(values: Sequence[str | None], known: dict[str, str]) -> NDArray[Any]:
    """Texts, each equal to one that is known being that one."""
    column = np.empty(len(values), object)
    for place, value in enumerate(values):
        column[place] = None if value is None else known.setdefault(value, value)
    return column


def _column(parts: Sequence[NDArray[Any]], codes: dict[str, int] | None) -> Any:
    """A column of its chunks, categories in alphabetical order."""
    values = np.concatenate(parts)
    if codes is None:
        return pd.Series(values, dtype=values.dtype)
    names = sorted(codes)
    place = np.empty(len(names), np.int32)
    place[[codes[name] for name in names]] = np.arange(len(names))
    return pd.Categorical.from_codes(
        place[values] if names else values, pd.Index(names, dtype=object)
    )
