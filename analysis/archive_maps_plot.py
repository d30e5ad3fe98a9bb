"""The mean archive as heat maps, and coverage and QD-score against the round."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.generality_plot import draw_bands
from analysis.ranking import FloatArray
from evolution.config import Axis, DescriptorConfig
from mars.redcode import printable

NEVER: Final = "#ffffff"
DARK: Final = 0.55  # text is black on cells above it
MAP: Final = "cividis"  # made to be read with any kind of colour blindness, and in grey
UNITS: Final = {
    "spawned": "processes spawned a fight",
    "coverage": "addresses executed a fight",
    "length": "length (instructions)",
    "opcodes": "different opcodes",
}


def archive_figure(
    by_round: pd.DataFrame, cells: pd.DataFrame, descriptor: DescriptorConfig, title: str
) -> Figure:
    """Two curves against the round, and two heat maps where the grid has one or two axes.

    Args:
        by_round: What `analysis.archive_maps.archives_by_round` returns.
        cells: What `mean_archive` returns.
        descriptor: The grid.
        title: Untrusted text.
    """
    flat = descriptor.single_cell or len(descriptor.axes) > 2
    with rc_context({"text.parse_math": False}):
        rows = 1 if flat else 2
        figure = Figure(figsize=(10, 3.8 * rows), dpi=150, layout="constrained")
        grid = figure.subplots(rows, 2, squeeze=False)
        for axes, value, words in (
            (grid[0, 0], "coverage", "cells occupied (%)"),
            (grid[0, 1], "qd_score", "QD-score (% of the highest possible)"),
        ):
            draw_bands(axes, by_round, value)
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
            axes.set_ylabel(words, fontsize=9)
        grid[0, 0].legend(fontsize=8, frameon=False)
        if not flat:
            occupied = grid_of(cells, "occupied", descriptor)
            occupied = np.where(occupied == 0, np.nan, occupied)
            _draw_map(grid[1, 0], occupied, descriptor, "archives with an elite")
            words = "mean elite, of the highest fitness possible"
            _draw_map(grid[1, 1], grid_of(cells, "share", descriptor), descriptor, words)
        figure.suptitle(printable(title), fontsize=10, x=0.01, ha="left")
    return figure


def grid_of(cells: pd.DataFrame, value: str, descriptor: DescriptorConfig) -> FloatArray:
    """A grid of one or two axes: (bins of the first, bins of the second or 1)."""
    first, *rest = (len(axis.edges) + 1 for axis in descriptor.axes)
    return cells.sort_values("cell")[value].to_numpy(float).reshape(first, *(rest or [1]))


def _draw_map(axes: Axes, values: FloatArray, descriptor: DescriptorConfig, words: str) -> None:
    """A heat map with the bins' edges on its axes; white where a value is NaN."""
    rows, columns = values.shape
    image = axes.imshow(
        np.ma.masked_invalid(values),
        cmap=MAP,
        vmin=0,
        vmax=1,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(0, columns, 0, rows),
    )
    axes.set_facecolor(NEVER)
    _write_numbers(axes, values)
    first, *rest = descriptor.axes
    axes.set_yticks(range(1, rows), labels=_edges(first), fontsize=8)
    axes.set_ylabel(UNITS[first.name], fontsize=9)
    axes.set_xticks(range(1, columns), labels=_edges(rest[0]) if rest else [], fontsize=8)
    axes.set_xlabel(UNITS[rest[0].name] if rest else "", fontsize=9)
    axes.set_title(f"{words} (%; white: never)", fontsize=9, loc="left")
    bar = axes.figure.colorbar(image, ax=axes, format=PercentFormatter(1, symbol=""))
    bar.ax.tick_params(labelsize=8)


def _write_numbers(axes: Axes, values: FloatArray) -> None:
    """Per cent, dark on light and light on dark."""
    for (row, column), share in np.ndenumerate(values):
        if not np.isnan(share):
            axes.text(
                column + 0.5,
                row + 0.5,
                f"{100 * share:.0f}",
                ha="center",
                va="center",
                fontsize=7,
                color="black" if share > DARK else "white",
            )


def _edges(axis: Axis) -> list[str]:
    """The bins' edges, each between the cells that it parts."""
    return [f"{edge:g}" for edge in axis.edges]
