"""What a probe predicted against what was measured."""

from typing import Final

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.generality_plot import group_styles
from mars.redcode import printable

ROOM: Final = 0.05


def probe_figure(predictions: pd.DataFrame, words: str, title: str, *, share: bool) -> Figure:
    """A point a champion, a kind of point a group; on the dashed line the prediction is right.

    Args:
        predictions: Of a `ProbeResult`.
        words: What is predicted, with its unit.
        title: Untrusted text.
        share: The values are 0 to 1, shown as per cent.
    """
    with rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(6.5, 5.5), dpi=150, layout="constrained")
        axes = figure.add_subplot()
        for group, style in group_styles(predictions["group"]).items():
            part = predictions[predictions["group"] == group]
            axes.scatter(
                part["value"],
                part["predicted"],
                s=16,
                alpha=0.7,
                linewidths=0,
                color=style.colour,
                marker=style.marker,
                label=f"{group}, {part['run'].nunique()} runs",
            )
        both = predictions[["value", "predicted"]].to_numpy(float)
        low, high = float(both.min()), float(both.max())
        room = ROOM * (high - low) or ROOM
        ends = (low - room, high + room)
        axes.plot(ends, ends, color="#7f7f7f", linewidth=0.9, linestyle="--", label="as measured")
        axes.set(xlim=ends, ylim=ends, aspect="equal")
        axes.set_xlabel(f"measured: {words}", fontsize=9)
        axes.set_ylabel("predicted from the code, by other runs", fontsize=9)
        if share:
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter(PercentFormatter(1, symbol=""))
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(fontsize=8, frameon=False)
        axes.set_title(printable(title), fontsize=10, loc="left")
    return figure
