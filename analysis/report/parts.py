"""What a report is made of: chapters of sections of parts, as data; how they look is `page`'s."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from matplotlib.figure import Figure

from analysis.payoff_plot import write_figure


@dataclass(frozen=True)
class Words:
    """A paragraph.

    Attributes:
        text: Untrusted text; ends of lines are kept, and what stands between backquotes is code.
    """

    text: str


@dataclass(frozen=True)
class Table:
    """Cells with a heading each; columns of figures to the right, others to the left.

    Attributes:
        headings: (n_columns,) untrusted text.
        rows: Of n_columns cells each, untrusted text.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Picture:
    """A figure.

    Attributes:
        svg: Of its own, nothing loaded from elsewhere.
        words: What it shows, for who cannot see it, and below it; untrusted text.
    """

    svg: bytes
    words: str


@dataclass(frozen=True)
class Code:
    """Lines of a program, or of what changed in one (`+ `, `- `); untrusted text."""

    text: str


@dataclass(frozen=True)
class Replay:
    """A fight to watch in the page.

    Attributes:
        title: Untrusted text.
        page: What `analysis.replay.page.replay_page` returns.
    """

    title: str
    page: str


@dataclass(frozen=True)
class Fold:
    """Parts that are shown when one opens them; printed, they are open.

    Attributes:
        title: Untrusted text.
        parts: Not empty.
    """

    title: str
    parts: Sequence["Part"]


Part = Words | Table | Picture | Code | Replay | Fold


@dataclass(frozen=True)
class Section:
    """A part of a chapter that the contents name.

    Attributes:
        title: Trusted, a few words.
        parts: In order.
    """

    title: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Chapter:
    """All of a run, or what several have in common.

    Attributes:
        title: Untrusted text.
        sections: In order.
    """

    title: str
    sections: Sequence[Section]


def picture(figure: Figure, words: str) -> Picture:
    """A figure as a part; the same bytes for the same figure."""
    file = BytesIO()
    write_figure(figure, file, "svg")
    return Picture(file.getvalue(), words)
