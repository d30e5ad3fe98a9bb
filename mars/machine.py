"""One fight, held in the hand: stop after n instructions, look at everything, go on.

Replays and tests are made with it. Battles are not: they run without stopping.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from operator import index
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mars import kernel
from mars.arena import (
    PORTION_INSTRUCTIONS,
    check_warriors,
    lineup_of,
    new_pspace,
    rules_of,
)
from mars.placement import IntArray
from mars.redcode import Instruction, Warrior
from mars.settings import DEFAULT_SETTINGS, CoreSettings

EVENT_CAPACITY: Final = 1 << 16
OPERATION_BITS: Final = np.uint64(0x3FFF)


class EventKind(IntEnum):
    """What a process did to an address."""

    EXECUTE = kernel.EVENT_EXECUTE
    READ = kernel.EVENT_READ
    WRITE = kernel.EVENT_WRITE


@dataclass(frozen=True, eq=False)
class MachineCounts:
    """What was counted so far.

    Attributes:
        death_cycles: (n_warriors,) cycle in which the last process ended, -1: alive.
        spawned: (n_warriors,) SPLs that added a process.
        coverage: (n_warriors,) distinct addresses that ever entered the process queue.
    """

    death_cycles: IntArray
    spawned: IntArray
    coverage: IntArray


class Machine:
    """A core with warriors in it."""

    def __init__(
        self,
        warriors: Sequence[Warrior],
        positions: Sequence[int],
        settings: CoreSettings = DEFAULT_SETTINGS,
        *,
        first: int = 0,
        to_the_end: bool = False,
        pspaces: Sequence[Sequence[int]] | None = None,
    ) -> None:
        """Loads the warriors.

        Args:
            warriors: 1 to 64.
            positions: One load address a warrior, in [0, core_size).
            settings: Rules; `min_distance` is not checked.
            first: Index of the warrior that executes first; the others follow in order.
            to_the_end: The fight goes on to the last cycle even when one warrior is left.
            pspaces: Each warrior's P-space as `pspace` tells it; without it, a new one. Of
                warriors with the same PIN the last one's counts.

        Raises:
            ValueError: A warrior does not fit the settings, or an argument is out of bounds.
        """
        check_warriors(warriors, settings)
        self._settings, self._n_warriors = settings, len(warriors)
        self._check_placement(positions, first)
        self._rules = rules_of(settings, to_the_end)
        nowhere = np.zeros((0, len(warriors)), np.int64)
        self._lineup = lineup_of(warriors, settings, nowhere, nowhere[:, 0])
        pspace = new_pspace(warriors, settings)
        if pspaces is not None:
            _fill(pspace, pspaces, settings)
        self._arrays = kernel.new_machine(self._rules, len(warriors), pspace, True)
        self._ring = kernel.ring_mask(settings.max_processes) + 1
        self._start(positions, first)

    def next_fight(self, positions: Sequence[int], first: int = 0) -> None:
        """Loads the warriors anew for the next fight of a battle; P-space lives on.

        Args:
            positions, first: As for the first fight.

        Raises:
            ValueError: The present fight has not ended, or an argument is out of bounds.
        """
        if not self.finished:
            raise ValueError(f"expected a fight that has ended: got one in cycle {self.cycle}")
        self._check_placement(positions, first)
        none = np.zeros((1, 0), np.int64)
        deaths = np.zeros((1, self._n_warriors), np.int64)
        results = kernel.Results(deaths, np.zeros(1, np.int64), none, none)
        kernel.record_melee(self._arrays, results, 0, self._settings.core_size)
        self._start(positions, first)

    def _check_placement(self, positions: Sequence[int], first: int) -> None:
        if len(positions) != self._n_warriors:
            raise ValueError(f"expected {self._n_warriors} positions: got {len(positions)}")
        for position in positions:
            _check_index("position", position, self._settings.core_size)
        _check_index("first", first, self._n_warriors)

    def _start(self, positions: Sequence[int], first: int) -> None:
        placed = np.array([list(map(index, positions))], np.int64)
        lineup = self._lineup._replace(positions=placed, firsts=np.array([first], np.int64))
        kernel.start_machine(self._arrays, self._rules, lineup, 0)

    def run(self, instructions: int | None = None) -> int:
        """Goes on for so many instructions (of all warriors together), or to the end.

        Returns:
            How many were executed: fewer when the fight ended.

        Raises:
            ValueError: The number is negative.
        """
        before, target = self.executed, self._target(instructions)
        no_events = np.zeros((0, 3), np.int32)
        while not self.finished and self.executed < target:
            limit = min(target - self.executed, PORTION_INSTRUCTIONS)
            kernel.run_machine(self._arrays, self._rules, no_events, limit)
        return self.executed - before

    def run_cycles(self, cycles: int) -> int:
        """Goes on until so many cycles later, or to the end.

        A cycle is one instruction of each living warrior; one that has begun counts as one.

        Returns:
            How many instructions were executed.

        Raises:
            ValueError: The number is negative.
        """
        if index(cycles) < 0:
            raise ValueError(f"cycles must not be negative: got {cycles}")
        before, target = self.executed, self.cycle + index(cycles)
        while not self.finished and self.cycle < target:
            state = self._arrays.state
            self.run(int(state[kernel.LIVING]) - int(state[kernel.TURN]))
        return self.executed - before

    def trace(self, instructions: int | None = None) -> NDArray[np.int32]:
        """Goes on as `run` does and records every access to the core.

        Returns:
            (n_events, 3) rows (warrior, `EventKind`, address) in order. Read are pointers and
            operands, never for `#`; written are changed pointers and results.

        Raises:
            ValueError: The number is negative.
        """
        target = self._target(instructions)
        portions = []
        while not self.finished and self.executed < target:
            events = np.zeros((EVENT_CAPACITY, 3), np.int32)
            self._arrays.state[kernel.EVENTS] = 0
            kernel.run_machine(self._arrays, self._rules, events, target - self.executed)
            portions.append(events[: int(self._arrays.state[kernel.EVENTS])])
        return np.concatenate(portions) if portions else np.zeros((0, 3), np.int32)

    def _target(self, instructions: int | None) -> int:
        if instructions is None:
            return int(kernel.FOREVER)
        if index(instructions) < 0:
            raise ValueError(f"instructions must not be negative: got {instructions}")
        return min(self.executed + index(instructions), int(kernel.FOREVER))

    @property
    def executed(self) -> int:
        """Instructions executed by all warriors together."""
        return int(self._arrays.state[kernel.EXECUTED])

    @property
    def cycle(self) -> int:
        """The present cycle, from 0."""
        return int(self._arrays.state[kernel.CYCLE])

    @property
    def finished(self) -> bool:
        """Whether the fight has ended."""
        return bool(self._arrays.state[kernel.FINISHED])

    @property
    def counts(self) -> MachineCounts:
        """Deaths, SPLs and coverage up to now."""
        arrays = self._arrays
        coverage = arrays.entered.sum(axis=1, dtype=np.int64)
        return MachineCounts(arrays.deaths.copy(), arrays.spawned.copy(), coverage)

    def instruction(self, address: int) -> Instruction:
        """The instruction at an address, numbers in [0, core_size)."""
        return kernel.decode(self._arrays.core[address % self._settings.core_size])

    def core(self) -> list[Instruction]:
        """All instructions, address by address."""
        return [self.instruction(address) for address in range(self._settings.core_size)]

    def parts(self) -> NDArray[np.uint16]:
        """The core as numbers.

        Returns:
            (3, core_size): operations (opcode << 3 | modifier | A-mode << 8 | B-mode << 11),
            A-numbers, B-numbers.
        """
        words = self._arrays.core
        numbers = (words >> kernel.U64(32) & kernel.FIELD, words >> kernel.U64(48))
        return np.array([words & OPERATION_BITS, *numbers]).astype(np.uint16)

    def queue(self, warrior: int) -> list[int]:
        """A warrior's process queue, head first; empty when it is dead."""
        _check_index("warrior", warrior, self._n_warriors)
        arrays = self._arrays
        # Who has executed in this cycle already has its head one further.
        living = [int(w) for w in arrays.order[: int(arrays.state[kernel.LIVING])]]
        if warrior not in living:
            return []
        done = living.index(warrior) < int(arrays.state[kernel.TURN])
        places = np.arange(self.cycle + done, int(arrays.tails[warrior])) % self._ring
        queue: list[int] = arrays.queues[warrior * self._ring + places].tolist()
        return queue

    def pspace(self, warrior: int) -> list[int]:
        """A warrior's P-space as it sees it, cell 0 first; empty where there is none."""
        _check_index("warrior", warrior, self._n_warriors)
        arrays = self._arrays
        if self._settings.pspace_size == 0:
            return []
        shared = arrays.cells[arrays.space_of[warrior], 1:].tolist()
        return [int(arrays.last_results[warrior]), *shared]


def _fill(pspace: kernel.PSpace, given: Sequence[Sequence[int]], settings: CoreSettings) -> None:
    sizes = [len(cells) for cells in given]
    expected = [settings.pspace_size] * len(pspace.space_of)
    if sizes != expected:
        raise ValueError(f"expected P-spaces of {expected} cells: got {sizes}")
    for warrior, cells in enumerate(given):
        for value in cells:
            _check_index("P-space cell", value, settings.core_size)
        if cells:
            pspace.last_results[warrior] = cells[0]
            pspace.cells[pspace.space_of[warrior], 1:] = cells[1:]


def _check_index(name: str, value: int, size: int) -> None:
    if not 0 <= index(value) < size:
        raise ValueError(f"{name} must be in 0 to {size - 1}: got {value}")
