"""One fight, held in the hand: stop after n instructions, look at everything, go on.

Replays and tests are made with it. Battles are not: they run without stopping.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mars import kernel
from mars.fights import check_warriors, lineup_of, new_pspace
from mars.placement import IntArray
from mars.redcode import Instruction, Mode, Modifier, Opcode, Warrior
from mars.settings import DEFAULT_SETTINGS, CoreSettings

EVENT_CAPACITY: Final = 1 << 16


class EventKind(IntEnum):
    """What a process did to an address."""

    EXECUTE = kernel.EVENT_EXECUTE
    READ = kernel.EVENT_READ
    WRITE = kernel.EVENT_WRITE


@dataclass(frozen=True)
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
    ) -> None:
        """Loads the warriors.

        Args:
            warriors: 1 to 64.
            positions: One load address a warrior, in [0, core_size).
            settings: Rules; `min_distance` is not checked.
            first: Index of the warrior that executes first; the others follow in order.
            to_the_end: The fight goes on to the last cycle even when one warrior is left.

        Raises:
            ValueError: A warrior does not fit the settings, or an argument is out of bounds.
        """
        check_warriors(warriors, settings)
        if len(positions) != len(warriors):
            raise ValueError(f"expected {len(warriors)} positions: got {len(positions)}")
        for position in positions:
            if not 0 <= position < settings.core_size:
                raise ValueError(
                    f"position must be in 0 to {settings.core_size - 1}: got {position}"
                )
        if not 0 <= first < len(warriors):
            raise ValueError(f"first must be in 0 to {len(warriors) - 1}: got {first}")
        self._settings = settings
        self._rules = kernel.Rules(
            settings.core_size, settings.max_cycles, settings.max_processes, to_the_end
        )
        placed = np.array([positions], np.int64)
        lineup = lineup_of(warriors, settings, placed, np.array([first], np.int64))
        pspace = new_pspace(warriors, settings)
        self._arrays = kernel.new_machine(self._rules, len(warriors), pspace, True)
        kernel.start_machine(self._arrays, self._rules, lineup, 0)
        self._ring = kernel.ring_mask(settings.max_processes) + 1

    def run(self, instructions: int | None = None) -> int:
        """Goes on for so many instructions (of all warriors together), or to the end.

        Returns:
            How many were executed: fewer when the fight ended.
        """
        before = self.executed
        events = np.zeros((0, 3), np.int32)
        limit = int(kernel.FOREVER) if instructions is None else instructions
        kernel.run_machine(self._arrays, self._rules, events, limit)
        return self.executed - before

    def trace(self, instructions: int | None = None) -> NDArray[np.int32]:
        """Goes on as `run` does and records every access to the core.

        Returns:
            (n_events, 3) rows (warrior, `EventKind`, address) in order. Read are pointers and
            operands, never for `#`; written are changed pointers and results.
        """
        target = int(kernel.FOREVER) if instructions is None else self.executed + instructions
        portions = []
        while not self.finished and self.executed < target:
            events = np.zeros((EVENT_CAPACITY, 3), np.int32)
            self._arrays.state[kernel.EVENTS] = 0
            kernel.run_machine(self._arrays, self._rules, events, target - self.executed)
            portions.append(events[: int(self._arrays.state[kernel.EVENTS])])
        return np.concatenate(portions) if portions else np.zeros((0, 3), np.int32)

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
        word = int(self._arrays.core[address % self._settings.core_size])
        return Instruction(
            Opcode(word >> 3 & 31),
            Modifier(word & 7),
            Mode(word >> 8 & 7),
            word >> 32 & 0xFFFF,
            Mode(word >> 11 & 7),
            word >> 48,
        )

    def core(self) -> list[Instruction]:
        """All instructions, address by address."""
        return [self.instruction(address) for address in range(self._settings.core_size)]

    def queue(self, warrior: int) -> list[int]:
        """A warrior's process queue, head first."""
        arrays = self._arrays
        # Who has executed in this cycle already has its head one further.
        living = [int(w) for w in arrays.order[: int(arrays.state[kernel.LIVING])]]
        if warrior not in living:
            return []
        done = living.index(warrior) < int(arrays.state[kernel.TURN])
        head = self.cycle + done
        return [
            int(arrays.queues[warrior * self._ring + at % self._ring])
            for at in range(head, int(arrays.tails[warrior]))
        ]

    def pspace(self, warrior: int) -> list[int]:
        """A warrior's P-space as it sees it, cell 0 first; empty where there is none."""
        arrays = self._arrays
        if self._settings.pspace_size == 0:
            return []
        shared = arrays.cells[arrays.space_of[warrior], 1:].tolist()
        return [int(arrays.last_results[warrior]), *shared]
