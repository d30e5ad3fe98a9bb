"""Fights to replay, and the page's own machine in a JavaScript interpreter."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import quickjs

from analysis.replay.bouts import Bout, bout_of_files
from analysis.replay.page import SCRIPTS, About, escaped_json, page_data
from analysis.replay.record import BattlePlan, FightRecord, fight_battle, record_fight
from mars.arena import FightRecords
from mars.classics import bundled_by_name
from mars.machine import Machine
from mars.settings import PRESETS
from tests import strategies

# The scripts before these need no document.
FIRST_WITH_DOCUMENT = "colour.js"


def bundled_bout(*names: str, preset: str = "94nop", fights: int = 20, seed: int = 1) -> Bout:
    """A battle of bundled warriors."""
    settings = PRESETS[preset]
    bundled = bundled_by_name(settings)
    plan = BattlePlan(tuple(bundled[name] for name in names), settings, fights, seed=seed)
    return bout_of_files(plan, names)


def bundled_record(*names: str, number: int = 1, **choice: Any) -> FightRecord:
    """One fight of bundled warriors."""
    plan = bundled_bout(*names, **choice).plan
    return record_fight(plan, fight_battle(plan), number)


def record_of(fight: strategies.Battle, number: int, to_the_end: bool) -> FightRecord:
    """A fight that Hypothesis made, as the last of so many in which P-space lives on."""
    plan = BattlePlan(fight.warriors, fight.settings, number, to_the_end=to_the_end)
    machine = Machine(
        fight.warriors,
        fight.positions,
        fight.settings,
        first=fight.first,
        to_the_end=to_the_end,
    )
    for _ in range(number - 1):
        machine.run()
        machine.next_fight(fight.positions, fight.first)
    machine.run()
    counts = machine.counts
    records = FightRecords(
        np.array([fight.positions] * number),
        np.full(number, fight.first),
        np.array([counts.death_cycles] * number),
        np.full(number, machine.executed),
        np.array([counts.spawned] * number),
        np.array([counts.coverage] * number),
    )
    return record_fight(plan, records, number)


@cache
def scripts() -> str:
    """The page's scripts that need no document."""
    names = SCRIPTS[: SCRIPTS.index(FIRST_WITH_DOCUMENT)]
    folder = files("analysis.replay")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


class PageFight:
    """A fight in the page's own code, already executed to its end."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.context = quickjs.Context()
        self.context.eval(scripts())
        self.context.set("text", escaped_json(data))
        self.context.eval(
            "const fight = new Fight(JSON.parse(text)); for (const share of fight.compute()) ;"
        )

    @classmethod
    def of(cls, record: FightRecord) -> "PageFight":
        """That of a record."""
        return cls(page_data(record, About("test")))

    def ask(self, expression: str) -> Any:
        """The value of an expression of `fight`."""
        return json.loads(self.context.eval(f"JSON.stringify({expression})"))

    def array(self, name: str) -> list[int]:
        """An array of its machine."""
        found: list[int] = self.ask(f"[...fight.machine.{name}]")
        return found

    def queues(self) -> list[list[int]]:
        """All process queues, heads first."""
        warriors = "[...Array(fight.warriors).keys()]"
        found: list[list[int]] = self.ask(f"{warriors}.map((w) => [...queueOf(fight.machine, w)])")
        return found

    def pspaces(self) -> list[list[int]]:
        """All P-spaces, cell 0 first."""
        warriors = "[...Array(fight.warriors).keys()]"
        found: list[list[int]] = self.ask(f"{warriors}.map((w) => [...pspaceOf(fight.machine, w)])")
        return found


def process_counts(record: FightRecord, warrior: int) -> list[int]:
    """How many processes a warrior has before the first instruction, and after each."""
    machine = record.machine()
    counts = [len(machine.queue(warrior))]
    while machine.run(1):
        counts.append(len(machine.queue(warrior)))
    return counts
