"""Behaviour to cell, by hand."""

import pytest

from evolution.config import Axis, DescriptorConfig
from evolution.descriptor import Behaviour, behaviour, cell_count, cell_of, needs_counts
from mars.redcode import Warrior, parse_instruction

PAPER = DescriptorConfig()


@pytest.mark.parametrize(
    ("spawned", "coverage", "cell"),
    [
        (0.0, 0.0, 0),
        (0.99, 9.5, 0),
        (1.0, 10.0, 7),
        (9.9, 4000.0, 11),
        (1e6, 1e6, 35),
        (10, 99, 13),
    ],
)
def test_cell_of__papers_bins(spawned: float, coverage: float, cell: int) -> None:
    assert cell_of(Behaviour(spawned, coverage, 1, 1), PAPER) == cell


def test_cell_count__papers_grid() -> None:
    assert cell_count(PAPER) == 36


def test_cell_of__single_cell() -> None:
    single = DescriptorConfig(single_cell=True)
    assert cell_count(single) == 1
    assert cell_of(Behaviour(1e6, 1e6, 1, 1), single) == 0


def test_cell_of__three_axes_of_any_kind() -> None:
    axes = (Axis("length", (5.0,)), Axis("opcodes", (2.0, 3.0)), Axis("spawned", (1.0,)))
    config = DescriptorConfig(axes)
    assert cell_count(config) == 12
    assert cell_of(Behaviour(2.0, None, 5, 2), config) == 1 * 6 + 1 * 2 + 1


def test_cell_of__refuses_what_was_not_counted() -> None:
    with pytest.raises(ValueError, match="coverage"):
        cell_of(Behaviour(1.0, None, 1, 1), PAPER)


def test_behaviour__length_and_distinct_opcodes() -> None:
    lines = ("MOV.I $0, $1", "MOV.I $0, $2", "SPL.B $0, $0")
    assert behaviour(Warrior(tuple(map(parse_instruction, lines))), 1.0, 2.0) == Behaviour(
        1.0, 2.0, 3, 2
    )


def test_needs_counts__only_measured_axes() -> None:
    assert needs_counts(PAPER)
    assert not needs_counts(DescriptorConfig((Axis("length", (5.0,)),)))
