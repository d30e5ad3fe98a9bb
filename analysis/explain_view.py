"""A warrior explained, as lines of a terminal and as commented source."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from analysis.analyse_cli_view import per_cent, text_table
from analysis.behaviour_probe import windows
from analysis.explain import Explanation
from analysis.explain_uses import short_count, use_words
from analysis.strategy import PRESENT
from mars.koth import warrior_author, warrior_name

LEAST_SHOWN: Final = 0.1
COUNTS: Final = {
    "executed": "executed",
    "read": "read",
    "written": "changed",
    "executed_others": "x others",
    "read_others": "r others",
    "written_others": "hit",
}


def explanation_lines(found: Explanation) -> Iterator[str]:
    """The class with its reasons, the behaviour, and the instructions that matter."""
    yield title(found)
    yield f"strategy: {found.strategy.label}"
    for finding in found.strategy.findings:
        if finding.score >= LEAST_SHOWN:
            mark = "*" if finding.score >= PRESENT else " "
            yield f"{mark} {finding.word:9} {finding.score:4.2f}  {finding.reason}"
    yield ""
    yield from text_table(*_behaviour_table(found))
    starts, length = windows(found.settings)
    yield (
        f"watched to cycle {starts[-1] + length:,}; means over {len(starts)} windows of "
        f"{length} cycles; rates per instruction executed, spread of the core"
    )
    yield ""
    yield from text_table(*_instruction_table(found))
    yield from _notes(found)


def title(found: Explanation) -> str:
    """Who it is, and by which rules."""
    warrior, settings = found.warrior, found.settings
    return (
        f"{warrior_name(warrior)} by {warrior_author(warrior)}, {len(warrior)} instructions, "
        f"core {settings.core_size:,}, '{settings.rules} rules"
    )


def commented_source(found: Explanation) -> Iterator[str]:
    """The assembled program, each instruction with what it does; it assembles to the same."""
    yield f";redcode\n;name {warrior_name(found.warrior)}\n;author {warrior_author(found.warrior)}"
    yield f"; strategy, as measured: {found.strategy.label}"
    for finding in found.strategy.present:
        yield f";   {finding.word}: {finding.reason}"
    yield f"; met: {', '.join(found.opponents)}; counts are sums of one fight each and one alone"
    lines = found.warrior.load_file(found.settings.rules).splitlines()
    first = sum(line.lstrip().startswith(("PIN ", "ORG ")) for line in lines[:2])
    end = first + len(found.warrior)
    yield from lines[:first]
    comments = _comments(found)
    width = max(len(line.rstrip()) for line in lines[first:end])
    for line, comment in zip(lines[first:end], comments, strict=True):
        yield f"{line.rstrip():{width}}  ; {comment}"
    yield from lines[end:] or ["       END"]


def _comments(found: Explanation) -> list[str]:
    words = use_words(found.warrior, found.instructions)
    if not found.fights:
        return words
    rows = _records(found.instructions)
    return [f"{_change_words(row)}; {word}" for word, row in zip(words, rows, strict=True)]


def _change_words(row: dict[str, Any]) -> str:
    if row["changed"] == 0:
        return "not needed here"
    word = _mark(row)
    return f"{word.upper() or 'no clear change'} {_limits(row)}"


def _limits(row: dict[str, Any]) -> str:
    """The change of the score; nothing where no fight ends otherwise."""
    if row["changed"] == 0:
        return "none"
    return f"{row['change']:+.0f} ({row['low']:+.0f} to {row['high']:+.0f})"


def _mark(row: dict[str, Any]) -> str:
    return "needed" if row["needed"] else "harmful" if row["low"] > 0 else ""


def _behaviour_table(found: Explanation) -> tuple[list[str], list[list[str]]]:
    """A row a fight: means over its windows."""
    headings = ["fight", "alive", "processes", "SPL", "writes", "spread", "reads", "spread"]
    headings += ["compares", "bombs", "copies", "longest run"]
    rows = []
    for label, part in found.features.groupby("fight", sort=False):
        shares = [
            _mean(part, name)
            for name in ("split_rate", "write_rate", "write_spread", "read_rate", "read_spread")
        ]
        split, *accesses = shares
        rates = [_mean(part, name) for name in ("compare_rate", "bomb_rate", "copy_rate")]
        rows.append(
            [
                str(label),
                "yes" if found.alive[str(label)] else "no",
                f"{part['processes'].max():,}",
                per_cent(split),
                f"{accesses[0]:.2f}",
                per_cent(accesses[1]),
                f"{accesses[2]:.2f}",
                per_cent(accesses[3]),
                *map(per_cent, rates),
                str(part["clear_run"].max()),
            ]
        )
    return headings, rows


def _mean(part: pd.DataFrame, name: str) -> float:
    return float(part[name].mean())


def _instruction_table(found: Explanation) -> tuple[list[str], list[list[str]]]:
    headings = ["instruction", *COUNTS.values()]
    if found.fights:
        headings += ["change without it", "", "fights that change"]
    rows = []
    for row in _records(found.instructions):
        start = ">" if row["address"] == found.warrior.start else " "
        cells = [f"{row['address']:3}{start} {row['instruction']}"]
        cells += [short_count(row[name]) for name in COUNTS]
        if found.fights:
            cells += [_limits(row), _mark(row), per_cent(row["changed"])]
        rows.append(cells)
    return headings, rows


def _notes(found: Explanation) -> Iterator[str]:
    yield "counts: one fight each, and one alone; only at the place where it was loaded"
    yield "changed: by itself; x, r others, hit: executed, read, changed by opponents"
    if found.fights:
        score = float(found.instructions["score"].iloc[0])
        yield (
            f"change: of the score {score:.1f} (points per 100 fights) when the instruction is "
            f"DAT.F $0, $0, 95 % limits; {found.fights} fights each"
        )
    yield f"opponents: {', '.join(found.opponents)}"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict(orient="records")]
