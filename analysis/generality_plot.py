"""Figures against the round, with bands for their intervals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from analysis.grouping import SHADOW, is_shadow
from mars.redcode import printable

# Okabe and Ito's colours, told apart with any kind of colour blindness; markers differ, too.
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS: Final = "osD^vPX"
GREY: Final = "#7f7f7f"
# Places among the above of the histories that the paper compares, and of a table of one run.
PLACES: Final = {"": 0, "K=1": 0, "K=3": 1, "K=10": 2, "K=all": 3}
OTHERS: Final = (4, 5, 6, 0, 1, 2, 3)


@dataclass(frozen=True)
class GroupStyle:
    """How a group looks in every picture: shadow runs grey and dashed."""

    colour: str
    marker: str
    line: str


def group_styles(groups: Iterable[str]) -> dict[str, GroupStyle]:
    """A look for each group.

    The paper's histories have looks of their own, whoever else is in the picture; groups of other
    labels take what is left, in order, and when nothing is left that again.
    """
    names = list(dict.fromkeys(groups))
    plain = {name: name.removesuffix(f", {SHADOW}") for name in names}
    places = {name: PLACES[plain[name]] for name in names if plain[name] in PLACES}
    left = cycle([place for place in OTHERS if place not in places.values()] or OTHERS)
    styles = {}
    for name in names:
        place = places[name] if name in places else next(left)
        colour, line = (GREY, "--") if is_shadow(name) else (COLOURS[place], "-")
        styles[name] = GroupStyle(colour, MARKERS[place], line)
    return styles


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
        legend_below(figure, right)
        figure.suptitle(printable(title), fontsize=10, x=0.01, ha="left")
    return figure


def draw_bands(axes: Axes, table: pd.DataFrame, value: str = "value") -> dict[str, str]:
    """A line a group against the round, its 95 % interval as a band; shadow runs grey, dashed.

    Args:
        axes: To draw in.
        table: group, round, runs, maybe islands, and the value with `low`, `high` or
            `<value>_low`, `_high`.
        value: Column to draw.

    Returns:
        The colour of each group.
    """
    low, high = (f"{value}_{end}" if f"{value}_{end}" in table else end for end in ("low", "high"))
    styles = group_styles(table["group"])
    for group, style in styles.items():
        part = table[table["group"] == group].sort_values("round")
        colour = style.colour
        rounds = part["round"].to_numpy(float)
        most = part.sort_values("runs").iloc[-1].to_dict()
        axes.plot(
            rounds,
            part[value].to_numpy(float),
            color=colour,
            linestyle=style.line,
            marker=style.marker,
            markersize=3.5,
            linewidth=1.4,
            label=_label(group, most),
        )
        limits = part[[low, high]].to_numpy(float)
        if np.isfinite(limits).any():
            axes.fill_between(
                rounds, limits[:, 0], limits[:, 1], color=colour, alpha=0.2, linewidth=0
            )
    _tidy(axes)
    return {group: style.colour for group, style in styles.items()}


def legend_below(figure: Figure, axes: Axes, columns: int = 4) -> None:
    """The legend of one of the axes, below all of them: curves are nowhere in its way."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(
            handles,
            labels,
            loc="outside lower center",
            ncols=min(columns, len(handles)),
            fontsize=8,
            frameon=False,
        )


def whole_rounds() -> MaxNLocator:
    """Ticks at whole rounds, also where there is only one."""
    return MaxNLocator(integer=True, min_n_ticks=1)


def _label(group: str, row: Mapping[Any, Any]) -> str:
    """`K=1, 4 runs (8 islands)`."""
    runs, islands = int(row["runs"]), int(row.get("islands", 0))
    several = f" ({islands} islands)" if islands > runs else ""
    return f"{group}, {runs} run{'s' if runs > 1 else ''}{several}"


def _tidy(axes: Axes) -> None:
    axes.set_xlabel("round", fontsize=9)
    axes.xaxis.set_major_locator(whole_rounds())
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
