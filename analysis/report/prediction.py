"""How well the champions' code tells how general they are, over several runs."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from analysis.genotype import genotypes
from analysis.probe import probe
from analysis.probe_plot import probe_figure
from analysis.report.material import Material, bundled_figures, figures_table
from analysis.report.parts import Part, Words, picture
from mars.redcode import printable

MEASURE: Final = "tied_or_defeated"
MOST_WORK: Final = 200_000_000  # runs times champions³, some seconds
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
    champions, step = thinned(champions)
    kept = set(champions["warrior"])
    known = {w.id: w for m in materials for w in m.champions if w.id in kept}
    features = compact(genotypes(list(known.values())))
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
    if step > 1:
        words += f" To save time, one champion in {step} of each run, counted back from the last."
    renamed = {"low": "r_squared_low", "high": "r_squared_high", "shuffled_high": "shuffled_most"}
    cells = figures_table(found.summary.rename(columns=renamed), COLUMNS, ())
    return [picture(probe_figure(found.predictions, axis, "", share=True), words), cells]


def _measured(materials: Sequence[Material]) -> tuple[pd.DataFrame, str]:
    """Figures of all champions, and against whom: the panel, or the bundled warriors on record."""
    panel = materials[0].panel
    if panel is not None:
        return panel.table, "panel"
    return bundled_figures(materials), "bundled warriors"


def compact(features: pd.DataFrame) -> pd.DataFrame:
    """The same inner products in as many columns as rows: all that ridge regression sees.

    Args:
        features: A row a warrior, its columns often many times as many.
    """
    matrix = features.to_numpy(float)
    values, vectors = np.linalg.eigh(matrix @ matrix.T)
    # Rounding makes some eigenvalues a little less than 0.
    return pd.DataFrame(vectors * np.sqrt(np.maximum(values, 0)), index=features.index)


def thinned(champions: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Each run's last champion and every so-maniest before it, so that seconds are enough.

    Each run is predicted by a regression of its own, whose time grows with the cube of the
    champions.

    Args:
        champions: run, round and others; w_0 counts for nothing.

    Returns:
        The rows that stay, and how many rounds there are from one to the next: 1, all stay.
    """
    back = champions.groupby("run")["round"].transform("max") - champions["round"]
    runs = champions["run"].nunique()
    for step in range(1, int(champions["round"].max()) + 1):
        some = champions[(back % step == 0) & (champions["round"] > 0)]
        if runs * len(some) ** 3 <= MOST_WORK:
            return some, step
    return champions[back == 0], int(champions["round"].max())
