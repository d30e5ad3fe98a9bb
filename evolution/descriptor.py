"""Behaviour → archive cell."""

from bisect import bisect_right
from dataclasses import dataclass

from evolution.config import AxisName, DescriptorConfig
from mars.redcode import Warrior

MEASURED_AXES: frozenset[AxisName] = frozenset({"spawned", "coverage"})


@dataclass(frozen=True)
class Behaviour:
    """What a descriptor is made of.

    Attributes:
        spawned: Successful SPLs a fight, mean over the fights; None: not counted.
        coverage: Distinct addresses that entered the process queue, likewise.
        length: Instructions of the program.
        opcodes: Distinct opcodes in it.
    """

    spawned: float | None
    coverage: float | None
    length: int
    opcodes: int

    def value(self, axis: AxisName) -> float:
        """The coordinate on one axis.

        Raises:
            ValueError: It was not counted.
        """
        value: float | int | None = getattr(self, axis)
        if value is None:
            raise ValueError(f"expected {axis} to be counted: got {self}")
        return float(value)


def behaviour(warrior: Warrior, spawned: float | None, coverage: float | None) -> Behaviour:
    """The behaviour of a warrior with these counts."""
    opcodes = {instruction.opcode for instruction in warrior.instructions}
    return Behaviour(spawned, coverage, len(warrior), len(opcodes))


def needs_counts(config: DescriptorConfig) -> bool:
    """Whether an axis depends on counts that the engine makes only when asked."""
    return any(axis.name in MEASURED_AXES for axis in config.axes)


def cell_count(config: DescriptorConfig) -> int:
    """How many cells the archive has."""
    if config.single_cell:
        return 1
    cells = 1
    for axis in config.axes:
        cells *= len(axis.edges) + 1
    return cells


def cell_of(measured: Behaviour, config: DescriptorConfig) -> int:
    """The flat index of a behaviour's cell, the first axis slowest (row-major).

    A value on an edge belongs to the bin above it.
    """
    if config.single_cell:
        return 0
    cell = 0
    for axis in config.axes:
        cell = cell * (len(axis.edges) + 1) + bisect_right(axis.edges, measured.value(axis.name))
    return cell
