"""Cycles and forgetting against the history K, selected runs next to the null model's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.generality_plot import COLOURS, GREY, legend_below
from analysis.grouping import is_shadow, without_shadow
from analysis.ranking import FloatArray
from mars.redcode import printable

PANELS: Final = {
    "cycle_share": "three-cycles (% of decided triples)",
    "cyclic_share": "cyclic share of the log-odds (%)",
    "forgotten_share": "ancestors beaten once and lost to now (%)",
}
SPREAD: Final = 0.16
SIDE: Final = 0.22  # of selected and shadow runs from their level's middle, where there are both
LONGEST_LEVEL: Final = 16  # characters of a label that need not be turned
LONGEST_LEVELS: Final = 40  # of all
FLOOR: Final = "#8c8c8c"


@dataclass(frozen=True)
class Look:
    """How runs look: selected ones, or those of the null model."""

    colour: str
    run: str
    mean: str
    words: str


SELECTED: Final = Look(COLOURS[0], "o", "D", "run")
NULL: Final = Look(GREY, "x", "s", "shadow run")


def cycles_figure(table: pd.DataFrame, by_group: pd.DataFrame, title: str) -> Figure:
    """A panel a measure: a point a run, the group's mean with its interval, the noise floor.

    Groups that differ in the null model only stand next to each other.

    Args:
        table: What `analysis.cycles.cycles` returns.
        by_group: What `analysis.cycles_groups.cycles_by_group` returns.
        title: Untrusted text.
    """
    levels = list(dict.fromkeys(map(without_shadow, by_group["group"])))
    labels, words = _level_words(levels)
    turned = max(map(len, labels)) > LONGEST_LEVEL or sum(map(len, labels)) > LONGEST_LEVELS
    with rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(10, 5 if turned else 4), dpi=150, layout="constrained")
        for axes, (name, measured) in zip(figure.subplots(1, 3), PANELS.items(), strict=True):
            _draw(axes, table, by_group, name, levels)
            axes.set_xticks(range(len(levels)), labels=labels, fontsize=8)
            if turned:
                for label in axes.get_xticklabels():
                    label.set(rotation=40, ha="right", rotation_mode="anchor", fontsize=7)
            axes.set_xlim(-0.6, len(levels) - 0.4)
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
            axes.set_ylabel(measured, fontsize=9)
            axes.set_xlabel(words, fontsize=9)
            axes.tick_params(axis="y", labelsize=8)
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)
            axes.grid(axis="y", color="#e5e5e5", linewidth=0.6)
            axes.set_axisbelow(True)
        legend_below(figure, figure.axes[0], 3)
        figure.suptitle(printable(title), fontsize=10, x=0.01, ha="left")
    return figure


def _level_words(levels: Sequence[str]) -> tuple[list[str], str]:
    """Labels of the levels, and of their axis; a K that all have is in the axis's alone."""
    histories = {level.partition(", ")[0] for level in levels}
    rests = [level.partition(", ")[2] for level in levels]
    if len(histories) > 1 or not all(rests):
        return list(levels), "history K (latest champions to beat)"
    return rests, f"groups of {histories.pop()}"


def _draw(
    axes: Axes, table: pd.DataFrame, by_group: pd.DataFrame, name: str, levels: Sequence[str]
) -> None:
    groups: list[str] = by_group["group"].tolist()
    both = len({is_shadow(group) for group in groups}) > 1
    named: set[str] = set()
    for row in by_group.to_dict(orient="records"):
        look = NULL if is_shadow(row["group"]) else SELECTED
        level = without_shadow(row["group"])
        together = sum(without_shadow(group) == level for group in groups) > 1
        side = SIDE * (1 if look is NULL else -1) if together else 0.0
        place, width = levels.index(level) + side, 0.4 if both else 1.0
        first = look.words not in named
        named.add(look.words)
        values = table.loc[table["group"] == row["group"], name].to_numpy(float)
        axes.plot(
            place + width * _spread(len(values)),
            values,
            look.run,
            color=look.colour,
            alpha=0.45,
            markersize=4,
            label=f"a {look.words}" if first else None,
        )
        ends = [[row[name] - row[f"{name}_low"]], [row[f"{name}_high"] - row[name]]]
        axes.errorbar(
            [place + 2 * SPREAD * width],
            [row[name]],
            yerr=None if np.isnan(ends).any() else ends,
            fmt=look.mean,
            color=look.colour,
            capsize=4 * (0.7 if both else 1),
            markersize=5,
            label=f"mean of the {look.words}s, 95 % interval" if first else None,
        )
        if f"{name}_floor" in row:
            axes.plot(
                [place - 0.4 * width, place + 0.45 * width],
                [row[f"{name}_floor"]] * 2,
                ":",
                color=FLOOR,
                linewidth=1.6,
                label="what chance makes of a ranking" if len(named) == 1 and first else None,
            )


def _spread(n: int) -> FloatArray:
    """Points next to each other."""
    return np.linspace(-SPREAD, SPREAD, n) if n > 1 else np.zeros(n)
