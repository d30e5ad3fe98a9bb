"""Open-endedness against the round: MODES, evolutionary activity, new champions."""

from typing import Final

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from analysis.generality_plot import draw_bands, legend_below
from mars.redcode import printable

PANELS: Final = {
    "change": "change (components, not in the\nround before)",
    "novelty": "novelty (components, never\nseen before)",
    "complexity": "complexity (needed instructions\nof the most complex)",
    "ecology": "ecology (entropy of the\ncomponents, bits)",
    "new_activity": "new activity\n(share of the components)",
    "advances": "champions new in behaviour that\nbeat all ancestors (so far)",
}


def novelty_figure(by_round: pd.DataFrame, title: str) -> Figure:
    """Six measures, a line a group, with bands for the intervals over runs.

    Args:
        by_round: What `analysis.novelty_runs.novelty_by_round` returns.
        title: Untrusted text.
    """
    with rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(11, 6.5), dpi=130, layout="constrained")
        for axes, (name, words) in zip(figure.subplots(2, 3).flat, PANELS.items(), strict=True):
            known = by_round.dropna(subset=name)
            if known.empty:
                axes.text(0.5, 0.5, "not known\n(no shadow run)", ha="center", va="center")
                axes.set_axis_off()
                continue
            draw_bands(axes, known, name)
            axes.set_ylim(bottom=0)
            axes.set_ylabel(words, fontsize=9)
        legend_below(figure, figure.axes[-1])
        figure.suptitle(printable(title), fontsize=10, x=0.01, ha="left")
    return figure
