"""Variance across runs and change from round to round, as in the paper."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.convergence import FITTED
from analysis.generality_plot import draw_bands, legend_below
from mars.redcode import printable

PANELS: Final = {
    "phenotype_variance": "phenotype: variance across runs\n(mean over the panel)",
    "phenotype_change": "phenotype: change from the round before\n(RMS over the panel)",
    "genotype_variance": "genotype: variance across runs\n(half the squared distance)",
    "genotype_change": "genotype: change from the round before\n(distance of unit vectors)",
}
STYLES: Final = {"linear": "--", "log": ":"}


def convergence_figure(
    tables: Mapping[str, pd.DataFrame], fitted: Mapping[str, pd.DataFrame], title: str
) -> Figure:
    """Four panels, with the fitted lines: dashed linear, dotted logarithmic.

    Args:
        tables: By the names in `PANELS`: what `analysis.convergence_variance.variance` and
            `analysis.convergence.change` return.
        fitted: Likewise, what `fits` returns of them.
        title: Untrusted text.
    """
    with rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(10, 7), dpi=150, layout="constrained")
        for axes, (name, words) in zip(figure.subplots(2, 2).flat, PANELS.items(), strict=True):
            _draw(axes, tables[name], fitted[name])
            axes.set_ylabel(words, fontsize=9)
        legend_below(figure, axes)
        figure.suptitle(printable(title), fontsize=10, x=0.01, ha="left")
    return figure


def _draw(axes: Axes, table: pd.DataFrame, fitted: pd.DataFrame) -> None:
    if table.empty:
        axes.text(0.5, 0.5, "needs two or more runs", ha="center", transform=axes.transAxes)
        axes.set_xticks([])
        axes.set_yticks([])
        return
    colours = draw_bands(axes, table)
    axes.set_ylim(bottom=0)
    for fit in fitted.to_dict(orient="records"):
        rounds = table.loc[(table["group"] == fit["group"]) & (table["round"] >= 1), "round"]
        if rounds.empty or np.isnan(fit["slope"]):
            continue
        x = np.linspace(rounds.min(), rounds.max(), 100)
        y = fit["intercept"] + fit["slope"] * FITTED[fit["kind"]](x)
        axes.plot(x, y, STYLES[fit["kind"]], color=colours[fit["group"]], linewidth=0.9)
