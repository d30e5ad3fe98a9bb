"""What becomes of each of a warrior's instructions in the measured fights, and in words."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from analysis.behaviour_probe import ProbeFight
from mars.machine import EventKind
from mars.redcode import Opcode, Warrior

KINDS: Final = {
    "executed": EventKind.EXECUTE,
    "read": EventKind.READ,
    "written": EventKind.WRITE,
}
THOUSAND: Final = 1000


def instruction_uses(warrior: Warrior, fights: Sequence[ProbeFight]) -> pd.DataFrame:
    """How often each instruction's address was executed, read and written, and by whom.

    Only the place where the warrior was loaded counts; what runs in a copy elsewhere does not.

    Args:
        warrior: That of the fights.
        fights: One or more.

    Returns:
        A row an instruction: address (from 0), instruction (text), executed, read and written by
        the warrior itself, executed_others, read_others and written_others by opponents: sums
        over all fights.
    """
    counts = {f"{kind}{who}": np.zeros(len(warrior), np.int64) for kind, who in _columns()}
    for fight in fights:
        size = fight.settings.core_size
        place = (fight.events[:, 2].astype(np.int64) - fight.positions[0]) % size
        inside = place < len(warrior)
        for kind, who in _columns():
            chosen = inside & (fight.events[:, 1] == KINDS[kind])
            chosen &= (fight.events[:, 0] == 0) == (who == "")
            counts[f"{kind}{who}"] += np.bincount(place[chosen], minlength=len(warrior))
    texts = [str(instruction) for instruction in warrior.instructions]
    return pd.DataFrame({"address": np.arange(len(warrior)), "instruction": texts, **counts})


def use_words(warrior: Warrior, uses: pd.DataFrame) -> list[str]:
    """What each instruction is to the fights, in few words.

    Args:
        warrior: Of the table.
        uses: What `instruction_uses` returns.
    """
    rows = uses.to_dict(orient="records")
    return [
        _words(instruction.opcode, {str(key): value for key, value in row.items()})
        for instruction, row in zip(warrior.instructions, rows, strict=True)
    ]


def short_count(count: int) -> str:
    """A count in at most four characters, up to a billion: `734`, `27k`, `1.3M`."""
    if count < THOUSAND:
        return str(count)
    for unit in ("k", "M"):
        thousands = count / THOUSAND
        if thousands < THOUSAND - 0.5:
            return f"{thousands:.1f}{unit}" if thousands < 9.95 else f"{thousands:.0f}{unit}"
        count //= THOUSAND
    return f"{count / THOUSAND:.0f}G"


def _words(opcode: Opcode, row: dict[str, int]) -> str:
    words = []
    if row["executed"]:
        words.append(f"executed {short_count(row['executed'])}")
    if row["read"] and not row["executed"]:
        words.append(f"data, read {short_count(row['read'])}")
    elif row["read"]:
        words.append(f"read {short_count(row['read'])}")
    if row["written"]:
        words.append(f"changed by itself {short_count(row['written'])}")
    if not words:
        words.append("an empty place" if opcode == Opcode.DAT else "not used by itself")
    for kind, word in (("executed", "executed"), ("read", "read"), ("written", "hit")):
        count = row[f"{kind}_others"]
        if count:
            words.append(f"{word} by others {short_count(count)}")
    return ", ".join(words)


def _columns() -> list[tuple[str, str]]:
    return [(kind, who) for who in ("", "_others") for kind in KINDS]
