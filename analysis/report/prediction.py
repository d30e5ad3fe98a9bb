"""How well the champions' code tells how general they are, over several runs."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from analysis.genotype import genotypes
from analysis.probe import probe
from analysis.probe_plot import probe_figure
from analysis.report.material import Material, figures_table
from analysis.report.measures import bundled_generality
from analysis.report.parts import Part, Words, picture
from mars.redcode import printable

MEASURE: Final = "tied_or_defeated"
COLUMNS: Final = {
    "features": "predicted from the",
    "champions": "champions",
    "runs": "runs",
    "r_squared": "R² (95 %)",
    "shuffled": "R² if shuffled",
    "shuffled_most": "95 % of them below",
    "p": "p",
}


def prediction_parts(materials: Sequence[Material]) -> list[Part]:
    """What the other runs say of each run's champions; nothing where nothing was measured.

    Args:
        materials: Two or more, of one core.
    """
    champions, opponents = _measured(materials)
    if champions.empty:
        return []
    features = genotypes(list({w.id: w for m in materials for w in m.champions}.values()))
    seed = materials[0].choices.seed
    try:
        found = probe(champions.assign(value=champions[MEASURE]), features, seed=seed)
    except ValueError as error:
        return [Words(f"Nothing to predict: {printable(str(error))}")]
    axis = f"{opponents} defeated or tied (% of warriors)"
    words = (
        f"Share of the {opponents} that a champion defeats or ties, as measured, and as ridge "
        "regression on n-grams of its code predicts it from the champions of the other runs. R²: "
        "1 all is predicted, 0 no better than the others' mean, below 0 worse."
    )
    renamed = {"low": "r_squared_low", "high": "r_squared_high", "shuffled_high": "shuffled_most"}
    cells = figures_table(found.summary.rename(columns=renamed), COLUMNS, ())
    return [picture(probe_figure(found.predictions, axis, "", share=True), words), cells]


def _measured(materials: Sequence[Material]) -> tuple[pd.DataFrame, str]:
    """Figures of all champions, and against whom: the panel, or the bundled warriors on record."""
    panel = materials[0].panel
    if panel is not None:
        return panel.table, "panel"
    tables = [bundled_generality(m.run, seed=m.choices.seed) for m in materials]
    known = [table for table in tables if not table.empty] or tables[:1]
    return pd.concat(known, ignore_index=True), "bundled warriors"
