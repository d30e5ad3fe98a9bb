"""Tables and figures as lines of a terminal."""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from mars.redcode import printable

NAME_WIDTH: Final = 60  # room for all of a group's label
UNKNOWN: Final = "-"


def text_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines with aligned columns, the first to the left; no control characters survive."""
    cells = [list(headings), *([_short(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def per_cent(value: float, low: float = math.nan, high: float = math.nan) -> str:
    """A share for people: `12.3%`, or with limits `12.3% (10-15)`."""
    if math.isnan(value):
        return UNKNOWN
    if math.isnan(low) or math.isnan(high):
        return f"{value:.1%}"
    return f"{value:.1%} ({100 * low:.0f}-{100 * high:.0f})"


def points(value: float, low: float = math.nan, high: float = math.nan, scale: float = 100) -> str:
    """A difference for people: `+12.3`, or with limits `+12.3 (+9.8 to +15.1)`."""
    if math.isnan(value):
        return UNKNOWN
    ends = f" ({scale * low:+.1f} to {scale * high:+.1f})"
    return f"{scale * value:+.1f}" + ("" if math.isnan(low) or math.isnan(high) else ends)


def number(value: float, low: float = math.nan, high: float = math.nan, digits: int = 4) -> str:
    """A figure for people: `0.123`, or with limits `0.123 (0.1 to 0.14)`."""
    if math.isnan(value):
        return UNKNOWN
    if math.isnan(low) or math.isnan(high):
        return f"{value:.{digits}g}"
    return f"{value:.{digits}g} ({low:.{digits}g} to {high:.{digits}g})"


def fit_lines(fits: pd.DataFrame, what: str) -> list[str]:
    """Lines through figures in words, one a group and kind."""
    lines = []
    for fit in fits.to_dict(orient="records"):
        against = "round" if fit["kind"] == "linear" else "ln(round)"
        words = f"{what}, {fit['group']}, against {against}: "
        if math.isnan(fit["slope"]):
            words += f"no line through {fit['points']} points"
        else:
            words += (
                f"slope {fit['slope']:+.3g}{_range(fit)}, R² {number(fit['r_squared'], digits=3)}, "
            )
            words += f"p {number(fit['p'], digits=2)} ({fit['points']} points)"
        lines.append(words)
    return lines


def _range(fit: Mapping[Hashable, Any]) -> str:
    low, high = fit["slope_low"], fit["slope_high"]
    return "" if math.isnan(low) else f" ({low:+.3g} to {high:+.3g})"


def _short(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= NAME_WIDTH else shown[: NAME_WIDTH - 1] + "…"
