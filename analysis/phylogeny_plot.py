"""The champions' line as a picture: who descends from whom, by which steps, and what changed."""

from collections.abc import Sequence
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.phylogeny_champions import Link, link_words, origin_words
from analysis.phylogeny_steps import GENETIC
from mars.redcode import printable

# Okabe and Ito's: told apart with any kind of colour blindness.
CHAMPION: Final = "#0072b2"
PARTING: Final = "#ffffff"
GONE: Final = "#a04000"
ADDED: Final = "#005a32"
PLAIN: Final = "#404040"
LINE_HEIGHT: Final = 0.145  # inches
MOST_DIFFS: Final = 40
DIFF_LINES: Final = 10
LABEL_LENGTH: Final = 60
EDGE_LENGTH: Final = 28
MOST_ROWS: Final = 400


def champions_figure(links: Sequence[Link], title: str) -> Figure:
    """A row a champion: the tree to the left, changes of code to the right.

    Args:
        links: What `champion_links` returns; only the last 400 are drawn.
        title: Untrusted text.
    """
    rows = in_order(links)[-MOST_ROWS:]
    limit = DIFF_LINES if len(rows) <= MOST_DIFFS else 0
    shown = [_diff(link, limit) for link in rows]
    heights = [(len(lines) + 3) * LINE_HEIGHT for lines in shown]
    total = sum(heights)
    places = [sum(heights[:i]) + 0.12 for i in range(len(rows))]
    with rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(11, total + 1.3), dpi=110, layout="constrained")
        axes = figure.add_subplot()
        _tree(axes, rows, places)
        _texts(axes, rows, places, shown)
        axes.set_ylim(total, -0.15)
        axes.set_title(printable(title), fontsize=10, loc="left")
    return figure


def in_order(links: Sequence[Link]) -> list[Link]:
    """The links, each followed by all that comes of it."""
    children: dict[int, list[Link]] = {}
    known = {link.taxon for link in links}
    for link in links:
        children.setdefault(link.above if link.above in known else -1, []).append(link)
    waiting, ordered = children.get(-1, [])[::-1], []
    while waiting:
        link = waiting.pop()
        ordered.append(link)
        waiting += reversed(children.get(link.taxon, []))
    return ordered


def _tree(axes: Axes, rows: Sequence[Link], places: Sequence[float]) -> None:
    """Depth to the right, elbows from ancestors to descendants."""
    place_of = {link.taxon: (link.depth, y) for link, y in zip(rows, places, strict=True)}
    deepest = max((link.depth for link in rows), default=0)
    for link, y in zip(rows, places, strict=True):
        if link.above in place_of:
            x_above, y_above = place_of[link.above]
            axes.plot([x_above, x_above, link.depth], [y_above, y, y], color=PLAIN, lw=1, zorder=1)
            steps = " > ".join(operator.removeprefix(GENETIC) for operator in link.operators)
            words = _short(printable(steps), EDGE_LENGTH)
            axes.annotate(words, (x_above, y), (3, 4), textcoords="offset points", fontsize=6.5)
        colour = CHAMPION if link.rounds else PARTING
        axes.scatter([link.depth], [y], s=34, color=colour, edgecolors=PLAIN, lw=0.8, zorder=2)
    span = max(deepest, 1)
    axes.set_xlim(-0.05 * span, 2.4 * span)
    ticks = sorted({round(deepest * i / 5) for i in range(6)})
    axes.set_xticks(ticks, labels=[str(tick) for tick in ticks], fontsize=8)
    axes.set_yticks([])
    axes.set_xlabel("depth (steps from the root by first parents)", fontsize=9, loc="left")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _texts(
    axes: Axes, rows: Sequence[Link], places: Sequence[float], shown: Sequence[Sequence[str]]
) -> None:
    deepest = max((link.depth for link in rows), default=0)
    right = 1.06 * max(deepest, 1)
    for link, y, lines in zip(rows, places, shown, strict=True):
        axes.text(right, y, _short(link_words(link)), fontsize=8, va="center", weight="bold")
        below = y + LINE_HEIGHT
        axes.text(right, below, _short(origin_words(link)), fontsize=7, va="center", color=PLAIN)
        for number, line in enumerate(lines, start=2):
            colour = {"-": GONE, "+": ADDED}.get(line[0], PLAIN)
            axes.text(
                right,
                y + number * LINE_HEIGHT,
                line,
                fontsize=6.5,
                family="monospace",
                va="center",
                color=colour,
            )


def _diff(link: Link, limit: int) -> list[str]:
    if limit == 0 or len(link.diff) <= limit:
        return list(link.diff[:limit])
    return [*link.diff[: limit - 1], f"… {len(link.diff) - limit + 1} more lines"]


def _short(text: str, limit: int = LABEL_LENGTH) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
