"""The archive's map as text: a table of two axes, or a list of cells."""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from math import prod
from typing import Final

from llm_mutator.feedback import ArchiveAxis, ArchiveView

MAX_TABLE: Final = 60
MAX_FILLED: Final = 20
MAX_EMPTY: Final = 20

_AXES: Final = {
    "spawned": "processes spawned in a fight",
    "coverage": "addresses executed in a fight",
    "length": "instructions",
    "opcodes": "different opcodes",
}
_EMPTY: Final = "empty"


def cell_in_words(cell: int, axes: Sequence[ArchiveAxis]) -> str:
    """A cell's range on each axis, for instance "instructions 5-10, different opcodes >=4"."""
    ranges = zip(axes, _bins(cell, axes), strict=True)
    return ", ".join(f"{_axis_name(axis)} {_range(axis, place)}" for axis, place in ranges)


def draw_map(view: ArchiveView, marked: Collection[int]) -> str:
    """The cells with their elites' fitness, some marked with an asterisk.

    Two axes of at most `MAX_TABLE` cells make a table, its first axis downwards. Otherwise
    it is a list: of all cells, or of the fittest `MAX_FILLED` elites and at most `MAX_EMPTY`
    empty cells beside the marked ones (without any, beside the fittest), ties by cell.
    """
    count = _cell_count(view.axes)
    told = f"{len(view.fitness)} of {count} cells are filled."
    if not view.axes or not view.fitness:
        axes = "; ".join(f"{_axis_name(axis)}: {_ranges(axis)}" for axis in view.axes)
        return told + (f"\nThe kinds: {axes}." if axes else "")
    if len(view.axes) == 2 and count <= MAX_TABLE:
        return f"{told} {_table(view, marked)}"
    cells = list(range(count)) if count <= MAX_FILLED + MAX_EMPTY else _chosen(view, marked)
    shown = "" if len(cells) == count else " The fittest, and empty cells beside known ones:"
    lines = [f"{_value(view, c, marked):>8}  {cell_in_words(c, view.axes)}" for c in cells]
    return _fenced(told + shown, lines)


def empty_cells(view: ArchiveView, beside: Collection[int]) -> list[int]:
    """Empty cells one bin away from given ones on one axis, in order; without any, all.

    Of a large archive not all can be listed, so without any given those beside its elites.
    """
    anchors = beside or view.fitness
    if not beside and _cell_count(view.axes) <= MAX_TABLE:
        near = set(range(_cell_count(view.axes)))
    else:
        near = set(chain.from_iterable(_neighbours(cell, view.axes) for cell in anchors))
    return sorted(near - set(view.fitness))


def _table(view: ArchiveView, marked: Collection[int]) -> str:
    down, across = view.axes
    columns = len(across.edges) + 1
    rows = [["", *(_range(across, place) for place in range(columns))]]
    for row in range(len(down.edges) + 1):
        cells = range(row * columns, (row + 1) * columns)
        rows.append([_range(down, row), *(_value(view, cell, marked) for cell in cells)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for row in rows
    ]
    return _fenced(f"Downwards {_axis_name(down)}, across {_axis_name(across)}:", lines)


def _chosen(view: ArchiveView, marked: Collection[int]) -> list[int]:
    known = [cell for cell in marked if cell in view.fitness]
    filled = sorted(view.fitness, key=lambda cell: (-(view.fitness[cell] or 0.0), cell))
    empty = empty_cells(view, known or filled[:1])
    best = filled[:MAX_FILLED]
    return [*best, *(cell for cell in known if cell not in best), *empty[:MAX_EMPTY]]


def _value(view: ArchiveView, cell: int, marked: Collection[int]) -> str:
    if cell not in view.fitness:
        return _EMPTY
    fitness = view.fitness[cell]
    return ("filled" if fitness is None else f"{fitness:.2f}") + "*" * (cell in marked)


def _fenced(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, "```", *lines, "```"])


def _cell_count(axes: Sequence[ArchiveAxis]) -> int:
    return prod(len(axis.edges) + 1 for axis in axes)


def _bins(cell: int, axes: Sequence[ArchiveAxis]) -> tuple[int, ...]:
    """The bin on each axis; the last axis is the fastest."""
    bins: list[int] = []
    for axis in reversed(axes):
        cell, place = divmod(cell, len(axis.edges) + 1)
        bins.append(place)
    return tuple(reversed(bins))


def _neighbours(cell: int, axes: Sequence[ArchiveAxis]) -> Iterator[int]:
    """The cells that differ by one bin on one axis."""
    bins, stride = _bins(cell, axes), 1
    for axis, place in zip(reversed(axes), reversed(bins), strict=True):
        if place > 0:
            yield cell - stride
        if place < len(axis.edges):
            yield cell + stride
        stride *= len(axis.edges) + 1


def _axis_name(axis: ArchiveAxis) -> str:
    return _AXES.get(axis.name, axis.name)


def _ranges(axis: ArchiveAxis) -> str:
    return " ".join(_range(axis, place) for place in range(len(axis.edges) + 1))


def _range(axis: ArchiveAxis, place: int) -> str:
    """A bin's range, for instance "<1", "1-10" (1 included, 10 not) or ">=10"."""
    edges = [f"{edge:.10g}" for edge in axis.edges]
    if not edges:
        return "any"
    if place == 0:
        return f"<{edges[0]}"
    if place == len(edges):
        return f">={edges[-1]}"
    return f"{edges[place - 1]}-{edges[place]}"
