"""The archive's map as text."""

from itertools import product

import pytest

from llm_mutator.archive_map import (
    MAX_EMPTY,
    MAX_FILLED,
    cell_in_words,
    draw_map,
    empty_cells,
)
from llm_mutator.feedback import ArchiveAxis, ArchiveView

SPAWNED = ArchiveAxis("spawned", (1.0, 10.0, 10_000.0))
COVERAGE = ArchiveAxis("coverage", (10.0, 62.5))
LENGTH = ArchiveAxis("length", tuple(map(float, range(5, 100, 5))))

TABLE = """\
4 of 12 cells are filled. Downwards processes spawned in a fight, across addresses executed in \
a fight:
```
            <10  10-62.5  >=62.5
<1        -0.50    empty   empty
1-10      empty    1.25*   12.35
10-10000  empty    empty   empty
>=10000    0.00    empty   empty
```"""

LIST = """\
2 of 4 cells are filled.
```
 filled*  different opcodes <2
   empty  different opcodes 2-3
   empty  different opcodes 3-4
  filled  different opcodes >=4
```"""


def test_draw_map__of_two_axes_is_a_table() -> None:
    view = ArchiveView((SPAWNED, COVERAGE), {0: -0.5, 4: 1.25, 5: 12.345, 9: 0.0})
    assert draw_map(view, [4]) == TABLE


def test_draw_map__of_one_axis_is_a_list() -> None:
    view = ArchiveView((ArchiveAxis("opcodes", (2.0, 3.0, 4.0)),), {0: None, 3: None})
    assert draw_map(view, [0]) == LIST


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (ArchiveView((), {0: 1.5}), "1 of 1 cells are filled."),
        (ArchiveView((), {}), "0 of 1 cells are filled."),
        (
            ArchiveView((COVERAGE, ArchiveAxis("length", ())), {}),
            "0 of 3 cells are filled.\nThe kinds: addresses executed in a fight: "
            "<10 10-62.5 >=62.5; instructions: any.",
        ),
    ],
)
def test_draw_map__without_cells_to_tell_apart(view: ArchiveView, text: str) -> None:
    assert draw_map(view, []) == text


def test_draw_map__of_many_cells_lists_the_best_and_what_is_empty_beside() -> None:
    # 4 · 3 · 20 cells; of even numbers up to 99 a cell each.
    fitness = {cell: 1.0 - cell / 1000 for cell in range(0, 100, 2)}
    lines = draw_map(ArchiveView((SPAWNED, COVERAGE, LENGTH), fitness), [98]).split("\n")
    assert lines[0].startswith("50 of 240 cells are filled. The fittest, and empty cells beside")
    assert lines[1] == lines[-1] == "```"
    assert lines[2].split("  ") == [
        "",
        "",
        "1.00",
        "processes spawned in a fight <1, addresses executed in a fight <10, instructions <5",
    ]
    assert sum("empty" in line for line in lines[2:]) == 4
    assert [line for line in lines if "*" in line] == [
        "   0.90*  processes spawned in a fight 1-10, addresses executed in a fight 10-62.5, "
        "instructions 90-95"
    ]
    assert len(lines) == 3 + MAX_FILLED + 1 + 4


def test_draw_map__is_bounded() -> None:
    edges = tuple(map(float, range(20)))
    names = ("spawned", "coverage", "length", "opcodes")
    axes = tuple(ArchiveAxis(name, edges) for name in names)
    view = ArchiveView(axes, {cell * 7: float(cell) for cell in range(20_000)})
    drawn = draw_map(view, [7, 70_007])
    assert drawn.count("\n") <= MAX_FILLED + MAX_EMPTY + 5
    assert len(drawn) < 6000


@pytest.mark.parametrize(
    ("beside", "cells"), [([4], [1, 3, 7]), ([0], [1, 3]), ([], [1, 2, 3, 6, 7, 8, 9, 10, 11])]
)
def test_empty_cells__one_bin_away(beside: list[int], cells: list[int]) -> None:
    view = ArchiveView((SPAWNED, COVERAGE), {0: 1.0, 4: 1.0, 5: 1.0})
    assert empty_cells(view, beside) == cells


def test_cell_in_words__rows_before_columns() -> None:
    axes = (SPAWNED, COVERAGE)
    words = [cell_in_words(cell, axes) for cell in range(12)]
    assert words == [
        f"processes spawned in a fight {down}, addresses executed in a fight {across}"
        for down, across in product(
            ("<1", "1-10", "10-10000", ">=10000"), ("<10", "10-62.5", ">=62.5")
        )
    ]
