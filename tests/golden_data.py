"""Reads the outcomes recorded from pMARS in `tests/golden` (see its README.md).

Nothing here depends on the assembler or the virtual machine.
"""

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from mars.redcode import Instruction, Warrior, parse_instruction
from mars.settings import CoreSettings

GOLDEN: Final = Path(__file__).parent / "golden"
# Human-written warriors and pMARS's listings of them are not part of the project; tests that
# want them are skipped where this folder does not lie beside the checkout.
SHARED: Final = Path(__file__).parents[2] / "shared"
PANEL: Final = SHARED / "panel"
LOAD_FILES: Final = SHARED / "golden" / "loadfiles"

SurvivorsTable = list[list[int]]

SINGLE_STEP_CORE_SIZE: Final = 200
SINGLE_STEP_POSITIONS: Final = (0, 100)


@dataclass(frozen=True)
class GoldenBattle:
    """One row of `battles.csv`.

    Attributes:
        preset: Name of the settings it was derived from.
        settings: The rules it was fought by.
        fights: pMARS's `-r`.
        fixed_position: pMARS's `-F`.
        warriors: In order.
        survivors: [w][s]: fights that w survived with s survivors in all; [w][0]: lost.
    """

    preset: str
    settings: CoreSettings
    fights: int
    fixed_position: int
    warriors: tuple[Warrior, ...]
    survivors: SurvivorsTable


@dataclass(frozen=True)
class FixedSeriesBattle:
    """One row of `fixed_series.csv`: panel warriors by file name, `94nop`, pMARS's `-f`."""

    fights: int
    warriors: tuple[str, ...]
    survivors: SurvivorsTable


@dataclass(frozen=True)
class WarriorState:
    """What a dump tells about one warrior.

    Attributes:
        position: Load address.
        last_result: P-space cell 0 as the fight began.
        queue: Process queue, head first.
        pspace: P-space cells that are not zero, by index.
    """

    position: int
    last_result: int
    queue: tuple[int, ...]
    pspace: dict[int, int]


@dataclass(frozen=True)
class MachineState:
    """A whole dump: what is not in `core` is `DAT.F $0, $0`. Numbers are in [0, core_size)."""

    living: int
    cycles_left: int
    warriors: tuple[WarriorState, ...]
    core: dict[int, Instruction]


@dataclass(frozen=True)
class SingleStep:
    """One case of `single_step.jsonl.gz`."""

    id: int
    settings: CoreSettings
    warriors: tuple[Warrior, Warrior]
    expected: MachineState


def parse_results(text: str) -> SurvivorsTable:
    """Reads pMARS's `Results:` of a battle as a survivors table.

    Two warriors: `wins1 wins2 ties`. More: per warrior, separated by `|`, how often it survived
    with 1, 2, ... survivors, then how often it died.
    """
    if "|" not in text:
        wins, losses, ties = map(int, text.split())
        return [[losses, wins, ties], [wins, losses, ties]]
    rows = [[int(number) for number in row.split()] for row in text.split("|")]
    return [[row[-1], *row[:-1]] for row in rows]


def parse_plain_warrior(text: str) -> Warrior:
    """Reads a warrior that has nothing but `;name`, PIN, ORG, whole instructions and END."""
    name, start, pin = "", 0, None
    instructions = []
    for line in text.splitlines():
        keyword, _, rest = line.partition(" ")
        match keyword:
            case ";name":
                name = rest
            case "ORG":
                start = int(rest)
            case "PIN":
                pin = int(rest)
            case "" | "END":
                continue
            case _:
                instructions.append(parse_instruction(line))
    return Warrior(tuple(instructions), start, pin, name=name, source=text)


@cache
def warriors() -> dict[str, Warrior]:
    """The warriors of `battles.csv` by name."""
    text = (GOLDEN / "warriors.txt").read_text(encoding="ascii")
    parsed = [parse_plain_warrior(source) for source in text.split("\n\n") if source.strip()]
    return {warrior.name: warrior for warrior in parsed}


@cache
def battles() -> tuple[GoldenBattle, ...]:
    """All rows of `battles.csv`."""
    return tuple(_read_battles())


def _read_battles() -> Iterator[GoldenBattle]:
    with (GOLDEN / "battles.csv").open(encoding="ascii", newline="") as file:
        for row in csv.DictReader(file):
            settings = CoreSettings(
                core_size=int(row["core_size"]),
                max_cycles=int(row["max_cycles"]),
                max_processes=int(row["max_processes"]),
                max_length=int(row["max_length"]),
                min_distance=int(row["min_distance"]),
                pspace_size=int(row["pspace_size"]),
            )
            yield GoldenBattle(
                preset=row["preset"],
                settings=settings,
                fights=int(row["fights"]),
                fixed_position=int(row["fixed_position"]),
                warriors=tuple(warriors()[name] for name in row["warriors"].split()),
                survivors=parse_results(row["results"]),
            )


@cache
def fixed_series() -> tuple[FixedSeriesBattle, ...]:
    """All rows of `fixed_series.csv`; the warriors themselves are not part of the project."""
    with (GOLDEN / "fixed_series.csv").open(encoding="ascii", newline="") as file:
        return tuple(
            FixedSeriesBattle(
                int(row["fights"]), tuple(row["warriors"].split()), parse_results(row["results"])
            )
            for row in csv.DictReader(file)
        )


@cache
def single_steps() -> tuple[SingleStep, ...]:
    """All cases of `single_step.jsonl.gz`, in order of their ids."""
    with gzip.open(GOLDEN / "single_step.jsonl.gz", "rt", encoding="ascii") as file:
        return tuple(_parse_single_step(json.loads(line)) for line in file)


def _parse_single_step(case: dict[str, object]) -> SingleStep:
    code, cycles, start = case["code"], case["cycles"], case["org"]
    assert isinstance(code, list)
    assert isinstance(cycles, int)
    assert isinstance(start, int)
    warrior = Warrior(tuple(parse_instruction(line) for line in code), start)
    settings = CoreSettings(
        core_size=SINGLE_STEP_CORE_SIZE,
        max_cycles=cycles,
        max_processes=6,
        max_length=25,
        min_distance=100,
        pspace_size=16,
    )
    opponent = Warrior((parse_instruction("JMP.B $0, $0"),))
    expected = parse_dump(str(case.get("dump094", case["dump"])))
    return SingleStep(int(str(case["id"])), settings, (warrior, opponent), expected)


def parse_dump(text: str) -> MachineState:
    """Reads one fight's dump, line by line:

    `ROUND 1 LEFT living CYCLE cycles_left`, then for each warrior
    `Wn POS position LAST result TASKS length : addresses` and `Pn index=value ...`, then
    `address instruction` for each address that is not blank, then `ENDROUND` and the score.
    """
    lines = iter(text.splitlines())
    _, round_number, _, living, _, cycles_left = next(lines).split()
    assert round_number == "1"
    states: list[WarriorState] = []
    core: dict[int, Instruction] = {}
    for line in lines:
        if line == "ENDROUND":
            break
        if line.startswith("W"):
            states.append(_parse_warrior_state(line, next(lines), len(states)))
        else:
            address, _, instruction = line.partition(" ")
            core[int(address)] = parse_instruction(instruction)
    else:
        raise ValueError(f"expected a line ENDROUND: got {text!r}")
    return MachineState(int(living), int(cycles_left), tuple(states), core)


def _parse_warrior_state(warrior_line: str, pspace_line: str, index: int) -> WarriorState:
    label, _, position, _, last_result, _, length, _, *addresses = warrior_line.split()
    pspace_label, *filled = pspace_line.split()
    assert (label, pspace_label) == (f"W{index}", f"P{index}")
    assert int(length) == len(addresses)
    pairs = (entry.split("=") for entry in filled)
    return WarriorState(
        int(position),
        int(last_result),
        tuple(map(int, addresses)),
        {int(cell): int(value) for cell, value in pairs},
    )
