"""The runs of a report, group by group and one by one, as its first tables."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from analysis.generality import generality_by_round
from analysis.loading_groups import in_order
from analysis.loading_units import count_units, count_words
from analysis.report.material import Material, cut, figures_table
from analysis.report.measures import fitness_by_round
from analysis.report.parts import Table

MEASURE: Final = "tied_or_defeated"
GROUPS: Final = {"group": "group", "runs": "runs", "rounds": "rounds", "state": "finished"}


def groups_table(
    materials: Sequence[Material], fitness: pd.DataFrame, generality: pd.DataFrame
) -> Table:
    """A row a group: its runs, how far they are, and the figures of their last champions.

    Args:
        materials: One or more.
        fitness: What `analysis.report.measures.fitness` returns, of all runs.
        generality: What `analysis.generality.generality` returns, of all runs; maybe no rows.
    """
    seed = materials[0].choices.seed
    runs = pd.DataFrame([_facts(material) for material in materials])
    rows = [
        {"group": group, **count_units(part), "rounds": _span(part["round"]), "state": _done(part)}
        for group, part in runs.groupby("group", sort=True)
    ]
    table = in_order(pd.DataFrame(rows))
    table["runs"] = [count_words(row) for row in table.to_dict(orient="records")]
    columns = dict(GROUPS)
    if not fitness.empty:
        table = _joined(table, fitness_by_round(_last(fitness), seed=seed), "fitness")
        columns["fitness"] = "fitness (95 %)"
    if not generality.empty:
        table = _joined(table, generality_by_round(_last(generality), seed=seed), MEASURE)
        columns[MEASURE] = "defeated or tied (95 %)"
    return figures_table(table, columns, (MEASURE,))


def runs_table(materials: Sequence[Material]) -> Table:
    """A row a run."""
    rows = []
    for m in materials:
        last = m.summary.champions[-1]
        measured = last.champion.measured
        rows.append(
            [
                cut(m.run.name),
                m.run.group,
                f"{m.rounds} of {m.run.config.rounds}",
                m.summary.state,
                cut(last.name),
                "" if measured is None else f"{measured:.3f}",
                "" if last.generality is None else f"{last.generality:.0%}",
                str(m.run.config.seed),
            ]
        )
    headings = ["run", "group", "rounds", "state", "last champion", "fitness", "bundled", "seed"]
    return Table(headings, rows)


def _facts(material: Material) -> dict[str, object]:
    run = material.run
    names = {"run": run.name, "group": run.group, "unit": run.unit}
    return {**names, "round": material.rounds, "finished": material.summary.state == "finished"}


def _span(rounds: "pd.Series[int]") -> str:
    least, most = int(rounds.min()), int(rounds.max())
    return str(most) if least == most else f"{least} to {most}"


def _done(part: pd.DataFrame) -> str:
    return f"{int(part['finished'].sum())} of {len(part)}"


def _last(table: pd.DataFrame) -> pd.DataFrame:
    """Each run's last row, all as of one round: the runs need not be equally far."""
    last = table.sort_values("round", kind="stable").groupby("run", sort=True).tail(1)
    return last.assign(round=0)


def _joined(table: pd.DataFrame, by_group: pd.DataFrame, value: str) -> pd.DataFrame:
    names = ["group", value, f"{value}_low", f"{value}_high"]
    return table.merge(by_group[names], on="group", how="left")
