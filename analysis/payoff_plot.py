"""The table of everyone against everyone as a picture."""

from collections.abc import Sequence
from typing import BinaryIO, Final, Literal
from warnings import catch_warnings, filterwarnings

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from analysis.ranking import FloatArray, IntArray
from mars.koth import display_width, shortened
from mars.redcode import printable

# Orange loses, blue wins: told apart with any kind of colour blindness, and in grey by what is
# written in the cells. Even is white.
COLOURS: Final = LinearSegmentedColormap.from_list(
    "results", ["#7f3b08", "#e08214", "#fdd5a0", "#ffffff", "#a6cbe8", "#3182bd", "#08306b"]
)
NOT_FOUGHT: Final = "#d0d0d0"
LABEL_WIDTH: Final = 24  # columns, as a terminal counts
MOST_NUMBERS: Final = 25
MOST_LABELS: Final = 130


def payoff_figure(wins: IntArray, ties: IntArray, names: Sequence[str], title: str) -> Figure:
    """A heat map: rows against columns, from losing everything to winning everything.

    Args:
        wins, ties: (n, n) fights, in the order to be shown.
        names: (n,) untrusted text.
        title: Untrusted text, too.
    """
    n = len(wins)
    cell = 0.6 if n <= 4 else float(np.clip(11 / n, 0.13 if n <= MOST_LABELS else 0.02, 0.45))
    side = n * cell
    # Names are text, not formulas, whatever dollars they hold.
    with rc_context({"text.parse_math": False}):
        width = side + 4.2
        figure = Figure(figsize=(width, max(side, 1.6) + 1.4), dpi=150, layout="constrained")
        axes = figure.add_subplot()
        results = mean_results(wins, ties)
        masked = np.ma.masked_invalid(results)
        image = axes.imshow(
            masked,
            cmap=COLOURS.with_extremes(bad=NOT_FOUGHT),
            vmin=0,
            vmax=1,
            interpolation="nearest",
            extent=(0.5, n + 0.5, n + 0.5, 0.5),
        )
        _label(axes, names, cell)
        if n <= MOST_NUMBERS:
            write_shares(axes, results, 1)
        bar = figure.colorbar(image, ax=axes, shrink=min(1.0, 4 / max(side, 1.6)), pad=0.02)
        bar.set_ticks([0, 0.5, 1], labels=["loses all: 0", "even: 50", "wins all: 100"])
        bar.ax.tick_params(labelsize=8)
        _entitle(figure, title, width)
    return figure


def mean_results(wins: IntArray, ties: IntArray) -> FloatArray:
    """(n, n) mean result of the row against the column: win 1, tie 1/2; NaN: not fought."""
    fights = wins + ties + wins.T
    results = np.full(fights.shape, np.nan)
    np.divide(wins + ties / 2, fights, out=results, where=fights > 0)
    return results


def write_figure(figure: Figure, file: BinaryIO, kind: Literal["png", "svg"]) -> None:
    """Writes a picture; a new figure of the same results gives the same bytes."""
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    with rc_context({"svg.hashsalt": "redqueen", "text.parse_math": False}), catch_warnings():
        filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(file, format=kind, metadata=metadata, bbox_inches="tight")


def _label(axes: Axes, names: Sequence[str], cell: float) -> None:
    """Places and names at the rows, places at the columns, as long as they can be read."""
    n = len(names)
    axes.set_xlabel("opponent (its place in the ranking)", fontsize=9)
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0, top=False, bottom=False)
    if n > MOST_LABELS:
        axes.set_ylabel("warrior (its place in the ranking)", fontsize=9)
        return
    size = min(9.0, 72 * cell * 0.8)
    shown = [f"{_short(name)}  {place}" for place, name in enumerate(names, start=1)]
    axes.set_yticks(range(1, n + 1), labels=shown, fontsize=size)
    axes.xaxis.tick_top()
    turned = 90 if n >= 100 or cell < 0.2 else 0
    labels = [str(place) for place in range(1, n + 1)]
    axes.set_xticks(range(1, n + 1), labels=labels, fontsize=size, rotation=turned)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)


def _short(name: str) -> str:
    return shortened(name, LABEL_WIDTH) or "Unknown"


def _entitle(figure: Figure, title: str, width: float) -> None:
    """Over all of the figure, as wide as it at most; a column is about 0.6 of the font's size."""
    shown = printable(title)
    size = float(np.clip(72 * width / (0.6 * max(1, display_width(shown))), 6, 10))
    figure.suptitle(shown, x=0.01, ha="left", fontsize=size)


def write_shares(axes: Axes, shares: FloatArray, column: int) -> None:
    """Writes shares in per cent into cells of `COLOURS`, dark on light and light on dark.

    Args:
        axes: Of the picture; the first row is at 1.
        shares: (n_rows, n_columns) 0 to 1; NaN: nothing is written.
        column: Where the first column is.
    """
    for (row, place), share in np.ndenumerate(shares):
        if not np.isnan(share):
            red, green, blue, _ = COLOURS(share)
            dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.55
            axes.text(
                place + column,
                row + 1,
                f"{100 * share:.0f}",
                ha="center",
                va="center",
                fontsize=7,
                color="white" if dark else "black",
            )
