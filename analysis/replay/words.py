"""A fight in words for a terminal, and a name for its file."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from analysis.replay.record import FightRecord
from mars.arena import FightRecords
from mars.koth import NAME_WIDTH, clipped, warrior_name
from mars.redcode import Warrior

NAME_LENGTH: Final = 24
# As in dom.js.
NOTE_NAME_LENGTH: Final = 60


def short_name(warrior: Warrior, length: int = NAME_WIDTH) -> str:
    """A warrior's name in at most so many characters, all of them printable."""
    return clipped(warrior_name(warrior), length).rstrip()


def told_apart(warriors: Sequence[Warrior]) -> list[str]:
    """Short names, with their numbers from 1 where others look the same."""
    names = [short_name(warrior) for warrior in warriors]
    times = Counter(names)
    return [
        f"{name} ({number})" if times[name] > 1 else name
        for number, name in enumerate(names, start=1)
    ]


def outcome_words(record: FightRecord) -> str:
    """How a fight ended, in a line for the terminal."""
    names = told_apart(record.plan.warriors)
    deaths, alive = record.outcome.death_cycles, record.outcome.survivors
    fight = f"fight {record.number:,} of {record.plan.fights:,}"
    if len(alive) == len(names):
        return f"{fight}, all alive after {record.plan.settings.max_cycles:,} cycles"
    last = f"the last death is in cycle {max(deaths):,}"
    if not alive:
        return f"{fight}, nobody survives; {last}"
    verb = "survive" if len(alive) > 1 else "survives" if record.plan.to_the_end else "wins"
    return f"{fight}, {', '.join(names[w] for w in alive)} {verb}; {last}"


def default_stem(record: FightRecord) -> str:
    """A file name without suffix, of letters, digits and hyphens only."""
    warriors = record.plan.warriors
    if len(warriors) > 2:
        return f"melee-of-{len(warriors)}-{record.number}"
    slugs = [
        re.sub(r"[^a-z0-9]+", "-", warrior.name.lower()).strip("-")[:NAME_LENGTH] or "unknown"
        for warrior in warriors
    ]
    return f"{'-vs-'.join(slugs)}-{record.number}"


def listing(warriors: Sequence[Warrior], records: FightRecords) -> Iterator[str]:
    """A line a fight: number, positions, who started, and who died in which cycle."""
    names = told_apart(warriors)
    yield "fight  first  positions and deaths"
    for at in range(len(records.firsts)):
        cells = [
            f"{name} at {position}" + (f" † {death}" if death >= 0 else "")
            for name, position, death in zip(
                names,
                records.positions[at].tolist(),
                records.death_cycles[at].tolist(),
                strict=True,
            )
        ]
        yield f"{at + 1:5}  {int(records.firsts[at]) + 1:5}  {', '.join(cells)}"
