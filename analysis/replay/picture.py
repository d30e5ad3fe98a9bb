"""A whole fight as one picture: time goes down, the core across, colours are owners.

An address belongs to whoever executed it or wrote to it last, as in the replay's page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from warnings import catch_warnings, filterwarnings

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from analysis.replay.palette import DARK
from analysis.replay.record import FightRecord
from analysis.replay.words import short_name
from mars.machine import EventKind

ROWS: Final = 900
COLUMNS: Final = 1600
GROUND: Final = "#0f1115"
CELL: Final = "#1b1f27"
INK: Final = "#d5dae3"
MUTED: Final = "#8b93a3"
OWNED: Final = 0.55
WRITTEN: Final = 0.8
EXECUTED: Final = 1.0
LABEL_ROOM: Final = 0.022
LABEL_LENGTH: Final = 24
MOST_COLUMNS: Final = 6

FloatArray = NDArray[np.float64]
Owners = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class SpaceTime:
    """A fight in rows of cycles and columns of addresses.

    Attributes:
        image: (n_rows, n_columns, 3) colours in 0 to 1.
        owners: (core_size,) who owns each address at the end, from 1; 0: nobody.
        cycles: How many the fight had; the rows share them evenly.
    """

    image: FloatArray
    owners: Owners
    cycles: int


def space_time(record: FightRecord, rows: int = ROWS, columns: int = COLUMNS) -> SpaceTime:
    """Executes a fight and paints what the engine's events tell.

    Args:
        record: The fight.
        rows, columns: At most so many; several cycles or addresses share one where need be.
    """
    size = record.plan.settings.core_size
    cycles = cycle_count(record)
    rows, columns = min(rows, cycles), min(columns, size)
    image = np.empty((rows, columns, 3))
    machine, owners = record.machine(), loaded_owners(record)
    painter = _Painter(size, columns, len(record.plan.warriors))
    for row in range(rows):
        end = executed_before(record, (row + 1) * cycles // rows)
        events = machine.trace(end - machine.executed)
        apply_events(owners, events)
        image[row] = painter.row(owners, events)
    return SpaceTime(image, owners, cycles)


def loaded_owners(record: FightRecord) -> Owners:
    """(core_size,) who owns each address before the first cycle, from 1; 0: nobody."""
    owners = np.zeros(record.plan.settings.core_size, np.uint8)
    for w, (warrior, position) in enumerate(
        zip(record.plan.warriors, record.positions, strict=True), start=1
    ):
        owners[(position + np.arange(len(warrior))) % len(owners)] = w
    return owners


def apply_events(owners: Owners, events: NDArray[np.int32]) -> None:
    """Hands addresses over to those who executed or wrote them, in the order of the events.

    Args:
        owners: Changed in place.
        events: As from `Machine.trace`.
    """
    taken = events[events[:, 1] != EventKind.READ]
    owners[taken[:, 2]] = taken[:, 0] + 1


def cycle_count(record: FightRecord) -> int:
    """How many cycles a fight had; the last one may not be whole."""
    deaths, executed = record.outcome.death_cycles, record.outcome.executed
    low, high = 1, max((*deaths, record.plan.settings.max_cycles)) * len(deaths) + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _before(deaths, middle) >= executed else (middle + 1, high)
    return low


def executed_before(record: FightRecord, cycle: int) -> int:
    """Instructions of all warriors before a cycle, or the fight's end."""
    return min(_before(record.outcome.death_cycles, cycle), record.outcome.executed)


def _before(deaths: tuple[int, ...], cycle: int) -> int:
    return sum(cycle if death < 0 else min(cycle, death + 1) for death in deaths)


class _Painter:
    """Colours of a row; addresses that share a column are mixed, the latest event shines."""

    def __init__(self, size: int, columns: int, n_warriors: int) -> None:
        self._starts = np.arange(columns) * size // columns
        self._widths = np.diff(self._starts, append=size)[:, None]
        self._column_of = np.repeat(np.arange(columns), self._widths[:, 0])
        self._cell = np.array(to_rgb(CELL))
        self._colours = np.array([to_rgb(colour) for colour in DARK[:n_warriors]])
        dim = self._cell + OWNED * (self._colours - self._cell)
        self._dim = np.vstack([self._cell, dim])

    def row(self, owners: Owners, events: NDArray[np.int32]) -> FloatArray:
        sums = np.add.reduceat(self._dim[owners], self._starts)
        colours: FloatArray = sums / self._widths
        for kind, strength in ((EventKind.WRITE, WRITTEN), (EventKind.EXECUTE, EXECUTED)):
            chosen = events[events[:, 1] == kind]
            bright = self._cell + strength * (self._colours[chosen[:, 0]] - self._cell)
            colours[self._column_of[chosen[:, 2]]] = bright
        return colours


def picture(record: FightRecord, series: str) -> Figure:
    """The picture with axes, names and deaths.

    Args:
        record: The fight.
        series: Where the positions come from, in words.
    """
    found = space_time(record)
    size = record.plan.settings.core_size
    # Names are text, not formulas, whatever dollars they hold.
    with rc_context({"text.parse_math": False, "text.color": INK, "axes.labelcolor": MUTED}):
        figure = Figure(figsize=(12, 7.6), dpi=150, layout="constrained", facecolor=GROUND)
        axes = figure.add_subplot()
        axes.imshow(
            found.image,
            aspect="auto",
            interpolation="antialiased",
            extent=(0, size, found.cycles, 0),
        )
        axes.set_xlabel("address")
        axes.set_ylabel("cycle")
        axes.tick_params(colors=MUTED, length=3)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.spines[:].set_visible(False)
        _mark_deaths(axes, record.outcome.death_cycles, found.cycles)
        fight = f"fight {record.number:,} of {record.plan.fights:,}, {series}"
        axes.set_title(fight, loc="right", fontsize=9, color=MUTED)
        _add_legend(figure, record)
    return figure


def _mark_deaths(axes: Axes, death_cycles: Sequence[int], cycles: int) -> None:
    """A line a death; labels that would cover each other move down."""
    least, before = LABEL_ROOM * cycles, -float(cycles)
    deaths = sorted((cycle, w) for w, cycle in enumerate(death_cycles) if cycle >= 0)
    for cycle, w in deaths:
        axes.axhline(cycle + 1, color=DARK[w], linewidth=0.8, linestyle=(0, (4, 4)))
        before = max(cycle + 1, before + least)
        axes.annotate(
            f"{w + 1}† {cycle:,}",
            (1, before),
            (5, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            color=DARK[w],
            fontsize=8,
            va="center",
            annotation_clip=False,
        )


def _add_legend(figure: Figure, record: FightRecord) -> None:
    """Names and colours above the picture, in as many columns as fit its width."""
    alive = record.outcome.survivors
    labels = [
        f"{w + 1} {short_name(warrior, LABEL_LENGTH)}{'' if w in alive else ' †'}"
        for w, warrior in enumerate(record.plan.warriors)
    ]
    patches = [Patch(facecolor=DARK[w]) for w in range(len(labels))]
    for columns in range(min(len(labels), MOST_COLUMNS), 0, -1):
        legend = figure.legend(
            patches,
            labels,
            loc="outside upper left",
            ncols=columns,
            frameon=False,
            fontsize=10,
            handlelength=1,
            handleheight=1,
        )
        with catch_warnings():
            filterwarnings("ignore", message="Glyph .* missing from font")
            width = legend.get_window_extent().width
        if columns == 1 or width <= figure.bbox.width:
            return
        legend.remove()
