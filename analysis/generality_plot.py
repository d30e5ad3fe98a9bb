"""Figures against the round, with bands for their intervals."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mars.redcode import printable

# Okabe and Ito's colours, told apart with any kind of colour blindness; markers differ, too.
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS: Final = "osD^vPX"
SHADOW: Final = "#7f7f7f"


def generality_figure(by_round: pd.DataFrame, title: str) -> Figure:
    """Shares of a panel against the round: defeated, and defeated or tied.

    Args:
        by_round: What `analysis.generality.generality_by_round` returns.
        title: Untrusted text.
    """
    with rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(9, 4), dpi=150, layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, value, words in (
            (left, "defeated", "panel defeated (% of warriors)"),
            (right, "tied_or_defeated", "panel defeated or tied (% of warriors)"),
        ):
            draw_bands(axes, by_round, value)
            axes.set_ylim(0, 1)
            axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
            axes.set_ylabel(words, fontsize=9)
            axes.tick_params(labelleft=True)
        right.legend(fontsize=8, frameon=False)
        figure.suptitle(printable(title), fontsize=10, x=0.01, ha="left")
    return figure


def draw_bands(axes: Axes, table: pd.DataFrame, value: str = "value") -> dict[str, str]:
    """A line a group against the round, its 95 % interval as a band; shadow runs grey, dashed.

    Args:
        axes: To draw in.
        table: group, round, runs, and the value with `low`, `high` or `<value>_low`, `_high`.
        value: Column to draw.

    Returns:
        The colour of each group.
    """
    low, high = (f"{value}_{end}" if f"{value}_{end}" in table else end for end in ("low", "high"))
    groups: Sequence[str] = list(dict.fromkeys(table["group"]))
    colours = {}
    for place, group in enumerate(groups):
        part = table[table["group"] == group].sort_values("round")
        shadow = group.endswith("shadow")
        colour = SHADOW if shadow else COLOURS[place % len(COLOURS)]
        colours[group] = colour
        rounds = part["round"].to_numpy(float)
        runs = int(part["runs"].max())
        axes.plot(
            rounds,
            part[value].to_numpy(float),
            color=colour,
            linestyle="--" if shadow else "-",
            marker=MARKERS[place % len(MARKERS)],
            markersize=3.5,
            linewidth=1.4,
            label=f"{group}, {runs} run{'s' if runs > 1 else ''}",
        )
        limits = part[[low, high]].to_numpy(float)
        if np.isfinite(limits).any():
            axes.fill_between(
                rounds, limits[:, 0], limits[:, 1], color=colour, alpha=0.2, linewidth=0
            )
    _tidy(axes)
    return colours


def _tidy(axes: Axes) -> None:
    axes.set_xlabel("round", fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
