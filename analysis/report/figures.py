"""Pictures that only the report shows; light, so that they print."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from analysis.generality_plot import COLOURS, MARKERS, draw_bands, legend_below, whole_rounds
from analysis.payoff_plot import COLOURS as RESULT_COLOURS
from analysis.payoff_plot import MOST_NUMBERS, NOT_FOUGHT, write_shares
from analysis.ranking import FloatArray
from evolution.config import FitnessKind
from mars.redcode import printable

MOST_OPERATORS: Final = 30
LABEL_LENGTH: Final = 40
UNITS: Final = {
    "melee": "fitness (survival share, 1 = fair)",
    "pairwise": "fitness (points a fight)",
}


def fitness_figure(
    by_round: pd.DataFrame, kind: FitnessKind, single: pd.DataFrame | None = None
) -> Figure:
    """Champions' fitness against the round.

    Args:
        by_round: What `analysis.report.measures.fitness_by_round` returns.
        kind: Of the fitness.
        single: What `fitness` returns of the one run there is; its search figures and the
            highest possible are shown, too.
    """
    figure, axes = _figure()
    draw_bands(axes, by_round, "fitness")
    if single is not None:
        rounds = single["round"].to_numpy(float)
        axes.plot(
            rounds,
            single["searched"].to_numpy(float),
            "x",
            color=COLOURS[-1],
            markersize=4,
            label="as the search measured it",
        )
        axes.plot(
            rounds,
            single["most"].to_numpy(float),
            ":",
            color="#595959",
            linewidth=1.2,
            label="highest possible",
        )
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.set_ylabel(UNITS[kind], fontsize=9)
    legend_below(figure, axes)
    return figure


def ratchet_figure(ratchet: pd.DataFrame, champions: int) -> Figure:
    """Champions against their ancestors, one to one.

    Args:
        ratchet: The run's table: champion, ancestor, wins, ties, losses.
        champions: How many there are, w_0 included.
    """
    results = ratchet_results(ratchet, champions)[1:, :-1]
    side = float(np.clip(0.36 * champions, 2.6, 9))
    with rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(side + 2.2, side + 0.6), dpi=150, layout="constrained")
        axes = figure.add_subplot()
        image = axes.imshow(
            np.ma.masked_invalid(results),
            cmap=RESULT_COLOURS.with_extremes(bad="#ffffff"),
            vmin=0,
            vmax=1,
            interpolation="nearest",
            extent=(-0.5, champions - 1.5, champions - 0.5, 0.5),
        )
        if champions <= MOST_NUMBERS:
            write_shares(axes, results, 0)
        axes.set_xlabel("ancestor (round)", fontsize=9)
        axes.set_ylabel("champion (round)", fontsize=9)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True, nbins=12, min_n_ticks=1))
        axes.tick_params(labelsize=8)
        for spine in axes.spines.values():
            spine.set_color(NOT_FOUGHT)
        bar = figure.colorbar(image, ax=axes, shrink=0.7)
        bar.set_ticks([0, 0.5, 1], labels=["loses all: 0", "even: 50", "wins all: 100"])
        bar.ax.tick_params(labelsize=8)
    return figure


def ratchet_results(ratchet: pd.DataFrame, champions: int) -> FloatArray:
    """(champions, champions) mean result of a champion against an ancestor, a tie 1/2, else NaN."""
    results = np.full((champions, champions), np.nan)
    counts = ratchet[["wins", "ties", "losses"]].to_numpy(float)
    places = ratchet["champion"].to_numpy(), ratchet["ancestor"].to_numpy()
    results[places] = (counts[:, 0] + counts[:, 1] / 2) / np.maximum(1, counts.sum(axis=1))
    return results


def operators_figure(table: pd.DataFrame) -> Figure:
    """How often proposals of each operator entered an archive, with Wilson's intervals.

    Args:
        table: What `analysis.report.measures.operator_success` returns; the first 30 are drawn.
    """
    shown = table.head(MOST_OPERATORS).iloc[::-1]
    with rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(9, 0.24 * len(shown) + 0.9), dpi=150, layout="constrained")
        axes = figure.add_subplot()
        places = np.arange(len(shown))
        value, low, high = (shown[name].to_numpy(float) for name in ("success", "low", "high"))
        ends = np.clip([value - low, high - value], 0, None)
        axes.errorbar(value, places, xerr=ends, fmt="none", ecolor=COLOURS[0], capsize=2)
        led = shown["line"].to_numpy() > 0
        for mask, face, words in (
            (led, COLOURS[0], "led to a champion"),
            (~led, "#ffffff", "never did"),
        ):
            axes.plot(
                value[mask],
                places[mask],
                "o",
                markerfacecolor=face,
                markeredgecolor=COLOURS[0],
                markersize=5,
                label=words,
            )
        names = [printable(str(name))[:LABEL_LENGTH] for name in shown["operator"]]
        axes.set_yticks(places, labels=names, fontsize=8)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=""))
        axes.set_xlabel("proposals that entered an archive (%)", fontsize=9)
        axes.tick_params(labelsize=8)
        axes.legend(fontsize=8, frameon=False)
        _open(axes)
    return figure


def throughput_figure(table: pd.DataFrame) -> Figure:
    """Evaluations a second against the round.

    Args:
        table: What `analysis.report.measures.throughput` returns, of one run or more of different
            groups.
    """
    figure, axes = _figure(height=2.8)
    draw_bands(axes, table, "rate")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("evaluations a second", fontsize=9)
    return figure


def activity_figure(table: pd.DataFrame) -> Figure:
    """How many components there are, and for how long they have been there.

    Args:
        table: What `analysis.activity.activity_table` returns.
    """
    figure = Figure(figsize=(9, 2.8), dpi=150, layout="constrained")
    panels = (
        ("diversity", "components in the archive"),
        ("activity", "mean activity (rounds there so far)"),
    )
    for axes, (name, words) in zip(figure.subplots(1, 2), panels, strict=True):
        draw_bands(axes, table.assign(group="", runs=1, low=np.nan, high=np.nan), name)
        axes.set_ylim(bottom=0)
        axes.set_ylabel(words, fontsize=9)
    return figure


def tokens_figure(table: pd.DataFrame) -> Figure:
    """Tokens and dollars against the round, a line a model.

    Args:
        table: What `analysis.report.measures.tokens` returns.
    """
    with rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(9, 3.2), dpi=150, layout="constrained")
        panels = (("tokens", "tokens (prompts and answers)"), ("cost", "cost (US dollars)"))
        for axes, (name, words) in zip(figure.subplots(1, 2), panels, strict=True):
            for place, (model, part) in enumerate(table.groupby("model", sort=True)):
                axes.plot(
                    part["round"].to_numpy(float),
                    part[name].to_numpy(float),
                    color=COLOURS[place % len(COLOURS)],
                    marker=MARKERS[place % len(MARKERS)],
                    markersize=3.5,
                    label=printable(str(model))[:LABEL_LENGTH],
                )
            if not table[name].notna().any():
                axes.text(0.5, 0.5, "no price is known", ha="center", transform=axes.transAxes)
            axes.set_ylim(bottom=0)
            axes.set_xlabel("round", fontsize=9)
            axes.set_ylabel(words, fontsize=9)
            axes.xaxis.set_major_locator(whole_rounds())
            axes.tick_params(labelsize=8)
            _open(axes)
        figure.axes[0].legend(fontsize=8, frameon=False)
    return figure


def _figure(height: float = 3.6) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(9, height), dpi=150, layout="constrained")
    return figure, figure.add_subplot()


def _open(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
