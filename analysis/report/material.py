"""A run with all that several sections of its report need, worked out once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import pandas as pd

from analysis.analyse_cli_view import number, per_cent
from analysis.generality_panel import PanelResults
from analysis.loading import RunData, champions_of
from analysis.novelty_runs import Novelty
from analysis.phylogeny import Phylogeny, phylogeny
from analysis.report.measures import bundled_generality
from analysis.report.parts import Table
from evolution.summary import RunSummary, summarise
from mars.redcode import Warrior

NAME_LENGTH: Final = 60
MOST_EACH: Final = 8


@dataclass(frozen=True)
class Choices:
    """What decides a report besides its runs.

    Attributes:
        scans: Fights of knock-out scans against each opponent; None: as many as take seconds.
        replays: How many fights of the last champion to embed.
        seed: Of resamples and of the fights of scans.
        workers: Threads; the report does not depend on it.
        each: Whether several runs are shown one by one, too; None: up to 8.
    """

    scans: int | None = None
    replays: int = 3
    seed: int = 0
    workers: int = 1
    each: bool | None = None

    def shows_each(self, runs: int) -> bool:
        """Whether so many runs are shown one by one; a single one always is."""
        return runs == 1 or (runs <= MOST_EACH if self.each is None else self.each)


@dataclass(frozen=True, eq=False)
class Panel:
    """What came of fights against a panel.

    Attributes:
        results: Of all champions of all runs.
        table: What `analysis.generality.generality` returns of them.
        words: Who fought whom, how often; untrusted text.
        notes: Whom was left out and who is like another; untrusted text.
    """

    results: PanelResults
    table: pd.DataFrame
    words: str
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Material:
    """A run, and what its sections need.

    Attributes:
        run, summary: As loaded; the summary's figures are those of `redqueen status`.
        champions: The lineage from w_0 on.
        found: The phylogeny.
        panel: Its rows are of all runs; None: no panel was given.
        novelty: Of all runs; None: its scans would take too long.
        choices: What decides the report.
    """

    run: RunData
    summary: RunSummary
    champions: Sequence[Warrior]
    found: Phylogeny
    panel: Panel | None
    novelty: Novelty | None
    choices: Choices

    @property
    def rounds(self) -> int:
        """How many rounds have their champion."""
        return len(self.champions) - 1

    @cached_property
    def bundled(self) -> pd.DataFrame:
        """What `analysis.report.measures.bundled_generality` returns of the run."""
        return bundled_generality(self.run, seed=self.choices.seed)


def material_of(
    run: RunData, panel: Panel | None, novelty: Novelty | None, choices: Choices
) -> Material:
    """Reads the rest of a run.

    Raises:
        FolderError, StoreError: The folder is no longer the one that was loaded.
    """
    return Material(
        run, summarise(run.path), champions_of(run), phylogeny(run), panel, novelty, choices
    )


def bundled_figures(materials: Sequence[Material]) -> pd.DataFrame:
    """`Material.bundled` of one run or more, in one table; no rows where no run has any."""
    tables = [material.bundled for material in materials]
    known = [table for table in tables if not table.empty] or tables[:1]
    return pd.concat(known, ignore_index=True)


def cut(text: str, limit: int = NAME_LENGTH) -> str:
    """A name that a table has room for."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def figures_table(table: pd.DataFrame, columns: dict[str, str], shares: Sequence[str]) -> Table:
    """A DataFrame's columns as cells, with limits where there are `_low` and `_high`.

    Args:
        table: A row a row.
        columns: Headings by column.
        shares: Of these columns, those that are per cent.
    """
    rows = []
    for row in table.to_dict(orient="records"):
        cells = []
        for name in columns:
            value = row[name]
            if not isinstance(value, int | float) or isinstance(value, bool):
                cells.append(cut(str(value)))
                continue
            limits = [float(row[f"{name}{end}"]) for end in ("_low", "_high") if name + end in row]
            shown = per_cent if name in shares else number
            whole = isinstance(value, int) and name not in shares
            cells.append(f"{value:,}" if whole else shown(float(value), *limits))
        rows.append(cells)
    return Table(list(columns.values()), rows)
