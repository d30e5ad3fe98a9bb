"""Cycles and forgetting against the history K."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.generality_plot import COLOURS, SHADOW
from analysis.grouping import is_shadow
from analysis.ranking import FloatArray
from mars.redcode import printable

PANELS: Final = {
    "cycle_share": "three-cycles (% of decided triples)",
    "cyclic_share": "cyclic share of the log-odds (%)",
    "forgotten_share": "ancestors beaten once and lost to now (%)",
}
SPREAD: Final = 0.16
LONGEST_LEVEL: Final = 16  # characters of a label that need not be turned
FLOOR: Final = "#8c8c8c"


def cycles_figure(table: pd.DataFrame, by_group: pd.DataFrame, title: str) -> Figure:
    """A panel a measure: a point a run, the group's mean with its interval, the noise floor.

    Args:
        table: What `analysis.cycles.cycles` returns.
        by_group: What `cycles_by_group` returns.
        title: Untrusted text.
    """
    groups: list[str] = by_group["group"].tolist()
    turned = max(map(len, groups)) > LONGEST_LEVEL
    with rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(10, 5 if turned else 4), dpi=150, layout="constrained")
        for axes, (name, words) in zip(figure.subplots(1, 3), PANELS.items(), strict=True):
            _draw(axes, table, by_group, name)
            axes.set_xticks(range(len(groups)), labels=groups, fontsize=8)
            if turned:
                for label in axes.get_xticklabels():
                    label.set(rotation=40, ha="right", rotation_mode="anchor", fontsize=7)
            axes.set_xlim(-0.6, len(groups) - 0.4)
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
            axes.set_ylabel(words, fontsize=9)
            axes.set_xlabel("history K (latest champions to beat)", fontsize=9)
            axes.tick_params(axis="y", labelsize=8)
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)
            axes.grid(axis="y", color="#e5e5e5", linewidth=0.6)
            axes.set_axisbelow(True)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="outside lower center", ncols=3, fontsize=8, frameon=False
        )
        figure.suptitle(printable(title), fontsize=10, x=0.01, ha="left")
    return figure


def _draw(axes: Axes, table: pd.DataFrame, by_group: pd.DataFrame, name: str) -> None:
    for place, row in enumerate(by_group.to_dict(orient="records")):
        first = place == 0
        values = table.loc[table["group"] == row["group"], name].to_numpy(float)
        colour = SHADOW if is_shadow(row["group"]) else COLOURS[0]
        axes.plot(
            place + _spread(len(values)),
            values,
            "o",
            color=colour,
            alpha=0.45,
            markersize=4,
            label="a run" if first else None,
        )
        ends = [[row[name] - row[f"{name}_low"]], [row[f"{name}_high"] - row[name]]]
        axes.errorbar(
            [place + 2 * SPREAD],
            [row[name]],
            yerr=None if np.isnan(ends).any() else ends,
            fmt="D",
            color=colour,
            capsize=4,
            markersize=5,
            label="mean of the runs, 95 % interval" if first else None,
        )
        if f"{name}_floor" in row:
            axes.plot(
                [place - 0.4, place + 0.45],
                [row[f"{name}_floor"]] * 2,
                ":",
                color=FLOOR,
                linewidth=1.6,
                label="what chance makes of a ranking" if first else None,
            )


def _spread(n: int) -> FloatArray:
    """Points next to each other."""
    return np.linspace(-SPREAD, SPREAD, n) if n > 1 else np.zeros(n)
