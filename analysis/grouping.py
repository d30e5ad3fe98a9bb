"""What several runs are averaged over: a label a run, of all in which the given runs differ.

A group begins with the history: `K=3`, `K=all`; then `, shadow` for the null model; then the other
keys of the configuration in which the given runs differ: `K=all, fitness=pairwise`. Not the seed,
not w_0, not the island's number: such runs are averaged. No label holds text of others that could
be taken for anything else: values are letters, digits and a few marks.
"""

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from analysis.grouping_words import MUTATOR, canonical, differing, words_of
from evolution.config import RunConfig
from evolution.tables import Table, as_table, leaves

SHADOW: Final = "shadow"
# In a label; runs that differ in more are numbered variants.
MOST_KEYS: Final = 3
LONGEST_TAIL: Final = 45
# Who is averaged over, what has a place of its own, and what never changes a result.
LEFT_OUT: Final = ("seed", "initial", "history", "shadow", "islands.number")
ISLANDS: Final = "islands."
WAITING: Final = ("concurrency", "timeout", "retries", "patience", "max_failures")
# Keys that say little without the name of their table, which stands for them.
PLAIN_LEAVES: Final = ("kind", "count")
_NUMBER: Final = re.compile(r"(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Grouping:
    """How some runs are grouped.

    Attributes:
        groups: (n_runs,) labels.
        notes: What the labels leave out, in lines.
    """

    groups: tuple[str, ...]
    notes: tuple[str, ...]


def group_runs(configs: Sequence[RunConfig], families: Sequence[Hashable] = ()) -> Grouping:
    """Groups runs by all in which they differ; their order decides nothing.

    Args:
        configs: One or more.
        families: Of each what islands of one run share, and no others; none: no run is an island.
            Islands may have a mutator each, and belong together: they count as having all.
    """
    tables = [_compared(config) for config in configs]
    _share_mutators(tables, families)
    keys = [key for key in differing(tables) if _tells_apart(key, tables)]
    words: dict[str, dict[str, str]] = {}
    notes = _initial_notes(configs)
    for key in keys:
        words[key], lines = words_of(key, [table.get(key) for table in tables])
        notes += lines
    names = _short_names(keys)
    tails = [
        ", ".join(
            f"{names[key]}={words[key][canonical(table.get(key))]}"
            for key in keys
            if key in table or not key.startswith(ISLANDS)
        )
        for table in tables
    ]
    if len(keys) > MOST_KEYS or max(map(len, tails)) > LONGEST_TAIL:
        numbered = _numbered(tails, "variant ")
        notes = [*notes, *(f"{numbered[tail]}: {tail}" for tail in numbered)]
        tails = [numbered[tail] for tail in tails]
    pairs = zip(configs, tails, strict=True)
    return Grouping(
        tuple(", ".join(filter(None, (history_group(c), tail))) for c, tail in pairs), tuple(notes)
    )


def history_group(config: RunConfig) -> str:
    """The beginning of a run's group, and all of it when nothing else differs."""
    return f"K={config.history}" + (f", {SHADOW}" if config.shadow else "")


def is_shadow(group: str) -> bool:
    """Whether a group is of the null model."""
    return group.split(", ")[1:2] == [SHADOW]


def without_shadow(group: str) -> str:
    """A group's label as that of selected runs."""
    history, *rest = group.split(", ")
    return ", ".join([history, *(rest[1:] if is_shadow(group) else rest)])


def group_order(group: str) -> tuple[Any, ...]:
    """A key to sort by: shadow last, small K first, `all` after them, then as people count."""
    history, _, rest = group.removeprefix("K=").partition(",")
    known = history.isdigit()
    return is_shadow(group), not known, int(history) if known else 0, natural(rest)


def natural(text: str) -> tuple[tuple[bool, float, str], ...]:
    """A key to sort by in which 2 comes before 10."""
    return tuple(
        (bool(place % 2), float(part) if place % 2 else 0.0, part)
        for place, part in enumerate(_NUMBER.split(text))
    )


def _compared(config: RunConfig) -> Table:
    """A configuration's leaves by dotted key, as far as runs are told apart by them."""
    table = as_table(config)
    table[MUTATOR] = [_used(table[MUTATOR])]
    if config.islands.count == 1:
        table["islands"] = {"count": 1}
    return {key: value for key, value in leaves(table).items() if not _is_left_out(key)}


def _tells_apart(key: str, tables: Sequence[Table]) -> bool:
    """Whether runs differ in it; those without islands have no exchange to differ in."""
    values = {canonical(table[key]) for table in tables if key in table}
    return not key.startswith(ISLANDS) or len(values) > 1


def _share_mutators(tables: Sequence[Table], families: Sequence[Hashable]) -> None:
    """Gives each island the different mutators of its family."""
    met: dict[Hashable, dict[str, Table]] = {}
    for family, table in zip(families, tables, strict=bool(families)):
        (own,) = table[MUTATOR]
        met.setdefault(family, {})[canonical(own)] = own
    for family, table in zip(families, tables, strict=bool(families)):
        table[MUTATOR] = [own for _, own in sorted(met[family].items())]


def _used(mutator: Table) -> Table:
    """What of a mutator's table its kind uses, without what never changes a result."""
    kind = mutator["kind"]
    used: Table = {"kind": kind}
    if kind != "llm":
        used["genetic"] = mutator["genetic"]
    if kind != "genetic":
        used["llm"] = {k: v for k, v in mutator["llm"].items() if k not in WAITING}
    if kind == "mixed":
        others = ("kind", "genetic", "llm")
        used |= {key: value for key, value in mutator.items() if key not in others}
    return used


def _is_left_out(key: str) -> bool:
    return any(key == name or key.startswith(f"{name}.") for name in LEFT_OUT)


def _short_names(keys: Sequence[str]) -> dict[str, str]:
    """The last part of each dotted key, or all of it where two share one."""
    short = {}
    for key in keys:
        *tables, leaf = key.split(".")
        short[key] = tables[-1] if tables and leaf in PLAIN_LEAVES else leaf
    taken = list(short.values())
    return {key: name if taken.count(name) == 1 else key for key, name in short.items()}


def _numbered(texts: Iterable[str], word: str) -> dict[str, str]:
    ordered = sorted(set(texts), key=natural)
    return {text: f"{word}{number}" for number, text in enumerate(ordered, 1)}


def _initial_notes(configs: Sequence[RunConfig]) -> list[str]:
    """That runs from different warriors are averaged."""
    sources = {config.initial.source for config in configs}
    if len(sources) == 1:
        return []
    return [f"the runs begin with {len(sources)} different w_0, over which groups are averaged"]
