"""What a replay needs to execute one fight of a battle again, and to show that it is the same."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from mars.arena import FightRecords, new_pspace, uses_pspace
from mars.fights import battle, melee
from mars.machine import Machine
from mars.redcode import Warrior
from mars.settings import CoreSettings

CHECKPOINTS: Final = 100
# More would keep a browser busy for too long.
MAX_INSTRUCTIONS: Final = 200_000_000


class ReplayError(Exception):
    """A fight that cannot be shown, or that did not come out as it was counted."""


@dataclass(frozen=True)
class BattlePlan:
    """A battle of which one fight is shown; the fields are arguments of `mars.battle`.

    Attributes:
        warriors, settings, fights: Who fights, by which rules, how often.
        seed, fixed_position, fixed_series: Where the warriors lie; at most one is given.
        to_the_end: It is one of `mars.melee`: fights go on when one warrior is left.
    """

    warriors: tuple[Warrior, ...]
    settings: CoreSettings
    fights: int = 100
    seed: int | None = None
    fixed_position: int | None = None
    fixed_series: bool = False
    to_the_end: bool = False


@dataclass(frozen=True)
class Checkpoint:
    """A moment of a fight in figures: CRC-32 over little-endian 16-bit numbers.

    Attributes:
        executed: Instructions of all warriors before it.
        core: Of all operations, all A-numbers, all B-numbers, as `Machine.parts` has them.
        queues: Of each warrior's process queue, head first.
        pspaces: Of each warrior's P-space, cell 0 first.
    """

    executed: int
    core: int
    queues: tuple[int, ...]
    pspaces: tuple[int, ...]


@dataclass(frozen=True)
class Outcome:
    """How a fight ended, as in `mars.FightRecords`."""

    death_cycles: tuple[int, ...]
    executed: int
    spawned: tuple[int, ...]
    coverage: tuple[int, ...]

    @property
    def survivors(self) -> tuple[int, ...]:
        """Indices of the warriors that lived to the end."""
        return tuple(w for w, cycle in enumerate(self.death_cycles) if cycle < 0)


@dataclass(frozen=True)
class FightRecord:
    """One fight of a battle.

    Attributes:
        plan: The battle.
        number: Of the fight in the battle, from 1.
        positions: Load addresses.
        first: Index of the warrior that executes first.
        pspaces: Each warrior's P-space before the fight, cell 0 first; empty where there is none.
        space_of: Number of each warrior's P-space; those with one PIN share one.
        outcome: As the battle counted it.
        checkpoints: In order; the first before the first instruction, the last at the end.
    """

    plan: BattlePlan
    number: int
    positions: tuple[int, ...]
    first: int
    pspaces: tuple[tuple[int, ...], ...]
    space_of: tuple[int, ...]
    outcome: Outcome
    checkpoints: tuple[Checkpoint, ...]

    def machine(self) -> Machine:
        """A machine at the beginning of this fight."""
        return _new_machine(self.plan, self.positions, self.first, self.pspaces)


def fight_battle(
    plan: BattlePlan, on_progress: Callable[[int], None] | None = None
) -> FightRecords:
    """Fights a battle and keeps what came of each fight.

    Args:
        plan: The battle.
        on_progress: As for `mars.battle`.

    Raises:
        ValueError: The battle is refused.
    """
    if plan.to_the_end:
        if plan.fixed_series or plan.fixed_position is not None:
            raise ValueError("expected a seed for a fight to the end: got a fixed series")
        return melee(plan.warriors, plan.settings, fights=plan.fights, seed=plan.seed or 0)
    records = battle(
        plan.warriors,
        plan.settings,
        fights=plan.fights,
        seed=plan.seed,
        fixed_position=plan.fixed_position,
        fixed_series=plan.fixed_series,
        records=True,
        counts=True,
        on_progress=on_progress,
    ).records
    if records is None:
        raise ValueError("expected records of every fight: got none")
    return records


def first_decided(records: FightRecords) -> int:
    """Number, from 1, of the first fight in which a warrior died; 1 when there is none."""
    decided = np.flatnonzero((records.death_cycles >= 0).any(axis=1))
    return int(decided[0]) + 1 if len(decided) else 1


def check_length(executed: int) -> None:
    """Refuses a fight of so many instructions.

    Raises:
        ReplayError: It is too long to be shown.
    """
    if executed > MAX_INSTRUCTIONS:
        raise ReplayError(
            f"expected a fight of at most {MAX_INSTRUCTIONS} instructions: got {executed}"
        )


def record_fight(plan: BattlePlan, records: FightRecords, number: int) -> FightRecord:
    """Executes one fight again and compares it with the battle's record.

    Args:
        plan: The battle.
        records: What `fight_battle` made of it; at least so many fights.
        number: Of the fight, from 1.

    Raises:
        ReplayError: It is too long to be shown, or came out in another way.
        ValueError: There is no such fight.
    """
    if not 1 <= number <= len(records.firsts):
        raise ValueError(f"fight must be 1 to {len(records.firsts)}: got {number}")
    at = number - 1
    counted = _outcome(records, at)
    check_length(counted.executed)
    machine = _machine_before(plan, records, at)
    pspaces = tuple(tuple(machine.pspace(w)) for w in range(len(plan.warriors)))
    checkpoints = tuple(_checkpoints(machine, len(plan.warriors), counted.executed))
    _compare(machine, counted)
    return FightRecord(
        plan,
        number,
        tuple(records.positions[at].tolist()),
        int(records.firsts[at]),
        pspaces,
        tuple(new_pspace(plan.warriors, plan.settings).space_of.tolist()),
        counted,
        checkpoints,
    )


def _new_machine(
    plan: BattlePlan,
    positions: Sequence[int],
    first: int,
    pspaces: Sequence[Sequence[int]] | None = None,
) -> Machine:
    return Machine(
        plan.warriors,
        positions,
        plan.settings,
        first=first,
        to_the_end=plan.to_the_end,
        pspaces=pspaces,
    )


def checkpoint(machine: Machine, n_warriors: int) -> Checkpoint:
    """The present moment of a machine in figures."""
    warriors = range(n_warriors)
    return Checkpoint(
        machine.executed,
        zlib.crc32(machine.parts().astype("<u2").tobytes()),
        tuple(_digest(machine.queue(w)) for w in warriors),
        tuple(_digest(machine.pspace(w)) for w in warriors),
    )


def _digest(numbers: Sequence[int]) -> int:
    return zlib.crc32(np.array(numbers, "<u2").tobytes())


def _outcome(records: FightRecords, at: int) -> Outcome:
    return Outcome(
        tuple(records.death_cycles[at].tolist()),
        int(records.executed[at]),
        tuple(records.spawned[at].tolist()),
        tuple(records.coverage[at].tolist()),
    )


def _machine_before(plan: BattlePlan, records: FightRecords, at: int) -> Machine:
    """A machine ready for a fight; where P-space is used, after all fights before it."""
    begin = 0 if any(map(uses_pspace, plan.warriors)) else at
    placed = list(zip(records.positions.tolist(), records.firsts.tolist(), strict=True))
    machine = _new_machine(plan, *placed[begin])
    for positions, first in placed[begin + 1 : at + 1]:
        machine.run()
        machine.next_fight(positions, first)
    return machine


def _checkpoints(machine: Machine, n_warriors: int, total: int) -> list[Checkpoint]:
    """Runs a machine to its end and looks at it now and then."""
    found = []
    for executed in sorted({total * k // CHECKPOINTS for k in range(CHECKPOINTS + 1)}):
        machine.run(executed - machine.executed)
        found.append(checkpoint(machine, n_warriors))
    return found


def _compare(machine: Machine, counted: Outcome) -> None:
    counts = machine.counts
    shown = Outcome(
        tuple(counts.death_cycles.tolist()),
        machine.executed,
        tuple(counts.spawned.tolist()),
        tuple(counts.coverage.tolist()),
    )
    if not machine.finished or shown != counted:
        raise ReplayError(f"expected the fight that was counted, {counted}: got {shown}")
