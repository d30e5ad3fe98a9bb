"""A phylogeny's figures in small tables."""

import numpy as np
import pandas as pd

from analysis.phylogeny import Phylogeny
from analysis.tree_indices import indices
from mars.intervals import mean_limits


def index_table(found: Phylogeny) -> pd.DataFrame:
    """The indices of `analysis.tree_indices`, of the last archive and of the champions.

    Returns:
        A row each: of ("archive", "champions"), and the indices.
    """
    rows = [
        {"of": "archive", **indices(found.tree_of("archive"))},
        {"of": "champions", **indices(found.tree_of("champions"))},
    ]
    return pd.DataFrame(rows)


def step_table(steps: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """How much code a step changes.

    Args:
        steps: What `analysis.phylogeny_steps.steps` returns.
        seed: Of the bootstrap over steps.

    Returns:
        A row for the steps on the champions' lines and one for the others: steps,
        count, mean, low, high (95 %), median, most (instructions changed).
    """
    rows = []
    for words, part in (
        ("on the champions' lines", steps[steps["line"]]),
        ("others", steps[~steps["line"]]),
    ):
        values = part["distance"].to_numpy(float)
        row: dict[str, object] = {"steps": words, "count": len(values)}
        if not len(values):
            rows.append(row | dict.fromkeys(("mean", "low", "high", "median", "most"), np.nan))
            continue
        low, high = mean_limits(values, seed)
        row |= {"mean": values.mean(), "low": max(0.0, low), "high": high}
        rows.append(row | {"median": float(np.median(values)), "most": values.max()})
    return pd.DataFrame(rows)
