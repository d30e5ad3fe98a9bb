"""A fight as one HTML page: the record as JSON, the machine and the view as inline JavaScript.

Nothing of a warrior reaches the page but as JSON that cannot end its element; the script puts it
into the document as text only. The page's policy forbids every request and any other script.
"""

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any, Final

from analysis.replay.listing import source_lines
from analysis.replay.palette import PALETTES
from analysis.replay.record import FightRecord
from mars import kernel
from mars.arena import uses_pspace
from mars.redcode import Warrior, printable
from mars.settings import PRESETS, CoreSettings

FORMAT: Final = 1
MAX_SHOWN_WARRIORS: Final = 16
MAX_SOURCE_CHARACTERS: Final = 100_000
# In the order in which they need each other.
SCRIPTS: Final = (
    "words.js",
    "memory.js",
    "mars.js",
    "state.js",
    "fight.js",
    "colour.js",
    "cells.js",
    "grid.js",
    "marks.js",
    "timeline.js",
    "dom.js",
    "cards.js",
    "inspector.js",
    "about.js",
    "header.js",
    "legend.js",
    "app.js",
    "input.js",
)
# What could end a script element or is a line's end in JavaScript.
_UNSAFE: Final = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


_PLACE: Final = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class About:
    """Where a fight comes from, for its page.

    Attributes:
        series: What decides the positions, for instance "seed 1".
        commands: (what it does, command line): how to have this fight again.
        notes: Further facts, a sentence each.
    """

    series: str
    commands: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()


def replay_page(record: FightRecord, about: About) -> str:
    """The page of a fight; the same for the same fight.

    Raises:
        ValueError: There are more warriors than can be told apart.
    """
    data = escaped_json(page_data(record, about))
    script, style = _joined(SCRIPTS), _text("style.css")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    values = {
        "title": escape(f"{_title(record)} - redqueen replay"),
        "policy": escape(policy, quote=True),
        "style": style,
        "script": script,
        "data": data,
    }
    # In one pass, so that no value is searched for the places of others.
    return _PLACE.sub(lambda place: values[place[1]], _text("page.html"))


def page_data(record: FightRecord, about: About) -> dict[str, Any]:
    """What the page's script needs, as JSON values.

    Raises:
        ValueError: There are more warriors than can be told apart.
    """
    plan = record.plan
    if len(plan.warriors) > MAX_SHOWN_WARRIORS:
        raise ValueError(
            f"warriors must be 1 to {MAX_SHOWN_WARRIORS} to be told apart: got {len(plan.warriors)}"
        )
    return {
        "format": FORMAT,
        "settings": _settings_data(plan.settings),
        "toTheEnd": plan.to_the_end,
        "fight": {"number": record.number, "fights": plan.fights, "series": about.series},
        "first": record.first,
        "pspace": _pspace_data(record),
        "warriors": [
            _warrior_data(warrior, position, record)
            for warrior, position in zip(plan.warriors, record.positions, strict=True)
        ],
        "outcome": {
            "deathCycles": record.outcome.death_cycles,
            "executed": record.outcome.executed,
            "spawned": record.outcome.spawned,
            "coverage": record.outcome.coverage,
        },
        "checkpoints": [[c.executed, c.core, c.queues, c.pspaces] for c in record.checkpoints],
        "commands": [[printable(label), printable(command)] for label, command in about.commands],
        "notes": [printable(note) for note in about.notes],
        "palettes": PALETTES,
    }


def escaped_json(value: object) -> str:
    """JSON that may stand in a script element, whatever the strings in it hold."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)


def preset_name(settings: CoreSettings) -> str:
    """The preset that these settings are; empty when they are none."""
    return next((name for name, preset in PRESETS.items() if preset == settings), "")


def shown_name(warrior: Warrior) -> str:
    """A warrior's name for one line of text."""
    return printable(warrior.name).strip() or "Unknown"


def _settings_data(settings: CoreSettings) -> dict[str, object]:
    return {
        "preset": preset_name(settings),
        "coreSize": settings.core_size,
        "maxCycles": settings.max_cycles,
        "maxProcesses": settings.max_processes,
        "maxLength": settings.max_length,
        "minDistance": settings.min_distance,
        "pspaceSize": settings.pspace_size,
        "rules": settings.rules,
    }


def _pspace_data(record: FightRecord) -> dict[str, object]:
    """P-space before the fight; cells that are 0 are left out."""
    cells = {
        (space, cell): value
        for space, pspace in zip(record.space_of, record.pspaces, strict=True)
        for cell, value in enumerate(pspace)
        if cell and value
    }
    return {
        "used": any(map(uses_pspace, record.plan.warriors)),
        "spaceOf": record.space_of,
        "lastResults": [pspace[0] if pspace else 0 for pspace in record.pspaces],
        "cells": [[*place, value] for place, value in sorted(cells.items())],
    }


def _warrior_data(warrior: Warrior, position: int, record: FightRecord) -> dict[str, object]:
    plan = record.plan
    words = kernel.encode(warrior, plan.settings.core_size).tolist()
    source = "\n".join(
        printable(line.expandtabs()) for line in warrior.source[:MAX_SOURCE_CHARACTERS].split("\n")
    )
    lines = source_lines(warrior, plan.settings, rounds=plan.fights, warriors=len(plan.warriors))
    return {
        "name": shown_name(warrior),
        "author": printable(warrior.author).strip(),
        "strategy": "\n".join(map(printable, warrior.strategy.split("\n"))),
        "id": warrior.id,
        "pin": warrior.pin,
        "start": warrior.start,
        "position": position,
        "code": [[word & 0x3FFF, word >> 32 & 0xFFFF, word >> 48] for word in words],
        "source": source,
        "cut": len(warrior.source) > MAX_SOURCE_CHARACTERS,
        "lines": lines,
    }


def _title(record: FightRecord) -> str:
    return " · ".join(map(shown_name, record.plan.warriors))


@cache
def _text(name: str) -> str:
    return (files("analysis.replay") / name).read_text(encoding="utf-8")


def _joined(names: Sequence[str]) -> str:
    return "\n" + "\n".join(map(_text, names))


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
