"""The Core War engine: Redcode, its assembler, the virtual machine, battles.

Names are loaded when first used, so that importing the package costs nothing.

>>> import mars
>>> imp = mars.assemble("mov 0, 1")
>>> print(imp.instructions[0])
MOV.I $0, $1
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mars.arena import FightRecords as FightRecords
    from mars.assembler import Assembly as Assembly
    from mars.assembler import assemble as assemble
    from mars.assembler import check as check
    from mars.assembler import load as load
    from mars.classics import bundled as bundled
    from mars.fights import Battle as Battle
    from mars.fights import BattleResult as BattleResult
    from mars.fights import battle as battle
    from mars.fights import battles as battles
    from mars.fights import melee as melee
    from mars.machine import Machine as Machine
    from mars.redcode import Instruction as Instruction
    from mars.redcode import Warrior as Warrior
    from mars.settings import PRESETS as PRESETS
    from mars.settings import CoreSettings as CoreSettings
    from mars.source import Diagnostic as Diagnostic
    from mars.source import RedcodeError as RedcodeError

_HOMES = {
    "Assembly": "assembler",
    "assemble": "assembler",
    "check": "assembler",
    "load": "assembler",
    "Battle": "fights",
    "BattleResult": "fights",
    "FightRecords": "arena",
    "battle": "fights",
    "battles": "fights",
    "melee": "fights",
    "bundled": "classics",
    "Machine": "machine",
    "Instruction": "redcode",
    "Warrior": "redcode",
    "PRESETS": "settings",
    "CoreSettings": "settings",
    "Diagnostic": "source",
    "RedcodeError": "source",
}
__all__ = list(_HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mars' has no attribute {name!r}")
    return getattr(import_module(f"mars.{_HOMES[name]}"), name)
