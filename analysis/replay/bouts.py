"""A battle to replay a fight of, and the command lines that have it again."""

import math
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from analysis.replay.record import BattlePlan, ReplayError
from analysis.replay.words import told_apart
from evolution.pairs import Result
from evolution.survival import survival_shares
from mars.arena import FightRecords
from mars.settings import PRESETS, CoreSettings

# A command's option for each setting.
_OPTIONS: Final = {
    "core_size": "-s",
    "max_cycles": "-c",
    "max_processes": "-p",
    "max_length": "-l",
    "min_distance": "-d",
    "pspace_size": "-S",
}


@dataclass(frozen=True)
class Bout:
    """A battle, and where it comes from.

    Attributes:
        plan: The battle.
        series: What decides the positions, in words.
        arguments: Of `redqueen replay`, for this battle.
        battle: Of `redqueen battle`, for the same battle; none where that cannot fight it.
        expected: What the store has of it, as the first warrior sees it: one-to-one results, or
            the mean survival share of a melee; None: nothing.
        stored: The file that has it.
        notes: Further facts, a sentence each.
    """

    plan: BattlePlan
    series: str
    arguments: tuple[str, ...]
    battle: tuple[str, ...]
    expected: Result | float | None = None
    stored: Path | None = None
    notes: tuple[str, ...] = ()

    def check(self, records: FightRecords) -> None:
        """Compares all fights of the battle with what the store has.

        Raises:
            ReplayError: They are not the same.
        """
        if self.expected is None:
            return
        found: Result | float
        if isinstance(self.expected, Result):
            found = _one_to_one(records)
            same = found == self.expected
        else:
            shares = survival_shares(records.death_cycles, self.plan.settings.max_cycles)[:, 0]
            found = math.fsum(shares.tolist()) / len(shares)
            same = math.isclose(found, self.expected, rel_tol=1e-12)
        if not same:
            name = told_apart(self.plan.warriors)[0]
            raise ReplayError(
                f"{self.stored} disagrees with the engine about {name}: "
                f"expected {_tally(found)}: got {_tally(self.expected)}"
            )

    def commands(self, number: int) -> list[tuple[str, str]]:
        """(What it does, command line) for a fight of this battle."""
        replayed = ["redqueen", "replay", *self.arguments, "--fight", str(number)]
        found = [("This replay again", command_line(replayed))]
        if self.battle:
            fought = ["redqueen", "battle", "-b", "-r", str(self.plan.fights), *self.battle]
            found.append(("The battle it is from", command_line(fought)))
        return found


def _one_to_one(records: FightRecords) -> Result:
    first, second = records.alive[:, 0], records.alive[:, 1]
    return Result(int((first & ~second).sum()), int((first & second).sum()), int((~first).sum()))


def _tally(found: Result | float) -> str:
    if isinstance(found, Result):
        return f"{found.wins}/{found.ties}/{found.losses} wins/ties/losses"
    return f"a mean survival share of {found}"


def command_line(words: Sequence[str]) -> str:
    """A line for a shell, printable whatever the words hold."""
    return " ".join(map(_shell_word, words))


def _shell_word(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, word)) + "'"


def _escaped(character: str) -> str:
    """As between $' and '; file names that are not UTF-8 have half surrogate pairs."""
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))


def as_argument(name: str) -> str:
    """A file's name that no command takes for an option; - stays standard input."""
    return f"./{name}" if name.startswith("-") and name != "-" else name


def bout_of_files(plan: BattlePlan, names: Sequence[str]) -> Bout:
    """A battle of warriors from files, given by the command line's names."""
    if plan.fixed_series:
        series, options = "pMARS's -f", ["-f"]
    elif plan.fixed_position is not None:
        series = f"pMARS's -F {plan.fixed_position}"
        options = ["-F", str(plan.fixed_position)]
    else:
        series, options = f"seed {plan.seed or 0}", ["--seed", str(plan.seed or 0)]
    given = (*core_arguments(plan.settings), *options, *map(as_argument, names))
    return Bout(plan, series, ("-r", str(plan.fights), *given), given)


def core_arguments(settings: CoreSettings) -> list[str]:
    """The shortest options of `mars.options.core_options` that give these settings."""
    found = []
    for name, preset in PRESETS.items():
        if preset.rules not in ("94", settings.rules):
            continue  # no option turns '88 rules off
        changed = {
            setting
            for setting in _OPTIONS
            if getattr(preset, setting) != getattr(settings, setting)
        }
        # These would otherwise follow from the others.
        if "core_size" in changed:
            changed.add("pspace_size")
        if "max_length" in changed:
            changed.add("min_distance")
        given = [(_OPTIONS[s], str(getattr(settings, s))) for s in _OPTIONS if s in changed]
        rules = [] if preset.rules == settings.rules else ["-8"]
        found.append(["--preset", name, *chain.from_iterable(given), *rules])
    return min(found, key=len)
