"""The champions' part of a phylogeny: how they hang together, as a table and as text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from analysis.loading import RunData, warriors_of
from analysis.phylogeny import IMMIGRANT, INITIAL, Phylogeny
from analysis.phylogeny_steps import GENETIC, code_diff
from mars.redcode import printable

CODE_LIMIT: Final = 40


@dataclass(frozen=True)
class Link:
    """A champion, its root, or a place where champions' lines part, and how one got there.

    Attributes:
        taxon: In the phylogeny.
        above: The nearest such one among its ancestors by first parents; -1: none.
        rounds: Those that it is champion of; none for a mere root, or where lines only part.
        depth: Steps from its root.
        operators: Of the steps from `above` (or from the root, its own first), in order.
        name: Untrusted text.
        diff: What the code has that `above` has not, and the other way round; of one without
            `above`, empty.
        length: Instructions.
    """

    taxon: int
    above: int
    rounds: tuple[int, ...]
    depth: int
    operators: tuple[str, ...]
    name: str
    diff: tuple[str, ...]
    length: int


def champion_links(run: RunData, found: Phylogeny) -> list[Link]:
    """The champions, their roots, and where their lines part; ancestors first.

    Args:
        run: The run.
        found: Its phylogeny.
    """
    full = found.tree_of("champions")
    small = replace(full, extant=full.extant | (full.parent < 0)).collapsed()
    taxa = small.names.tolist()
    above = [taxa[parent] if parent >= 0 else -1 for parent in small.parent.tolist()]
    rounds: dict[int, list[int]] = {}
    for number, taxon in enumerate(found.champions.tolist()):
        rounds.setdefault(taxon, []).append(number)
    known = dict(zip(taxa, warriors_of(run, found.warriors[taxa].tolist()), strict=True))
    depths = small.depths().tolist()
    return [
        Link(
            taxon,
            parent,
            tuple(rounds.get(taxon, ())),
            depth,
            _operators_between(found, parent, taxon),
            str(found.names[taxon]),
            tuple(code_diff(known[parent], known[taxon])) if parent >= 0 else (),
            len(known[taxon]),
        )
        for taxon, parent, depth in zip(taxa, above, depths, strict=True)
    ]


def champion_table(found: Phylogeny) -> pd.DataFrame:
    """Where each champion comes from.

    Returns:
        A row a round: round, warrior, depth (steps from its root), born (the round in which it
        first appeared), root (the taxon it descends from), shared (steps from the root to the last
        ancestor in common with the champion before, either included; NaN without one).
    """
    depths, roots = found.tree.depths(), found.tree.root_of()
    rows = []
    before: set[int] = set()
    for number, taxon in enumerate(found.champions.tolist()):
        line = found.tree.line_of(taxon)
        common = [int(depths[place]) for place in line if place in before]
        rows.append(
            {
                "round": number,
                "warrior": found.warriors[taxon],
                "depth": int(depths[taxon]),
                "born": int(found.round[taxon]),
                "root": int(roots[taxon]),
                "shared": max(common) if common else np.nan,
            }
        )
        before = set(line)
    return pd.DataFrame(rows)


def link_lines(links: Sequence[Link], *, diffs: bool = True) -> list[str]:
    """The champions' tree for a terminal; no deeper to the right than lines part.

    A blank line ends a tree.

    Args:
        links: What `champion_links` returns.
        diffs: With the changes of code, at most 40 lines each.
    """
    indents: dict[int, int] = {}
    children: dict[int, list[Link]] = {}
    for link in links:
        children.setdefault(link.above, []).append(link)
    lines: list[str] = []
    waiting = children.get(-1, [])[::-1]
    while waiting:
        link = waiting.pop()
        siblings = children.get(link.above, [])
        beside = link is not siblings[-1] and link.above >= 0
        indents[link.taxon] = indents.get(link.above, 0) + beside
        margin = "| " * (indents[link.taxon] - beside) + ("|-" if beside else "")
        if lines and link.above < 0:
            lines.append("")
        lines.append(f"{margin}{link_words(link)} ({origin_words(link)})")
        if diffs:
            margin = "| " * indents[link.taxon]
            lines += [f"{margin}    {line}" for line in link.diff[:CODE_LIMIT]]
            if len(link.diff) > CODE_LIMIT:
                lines.append(f"{margin}    … {len(link.diff) - CODE_LIMIT} more lines")
        waiting += reversed(children.get(link.taxon, []))
    return lines


def operators_words(operators: Sequence[str], limit: int = 3) -> str:
    """Steps in words: how many, and by whom: `2 steps: splice, number+swap`."""
    short = [operator.removeprefix(GENETIC) for operator in operators]
    shown = ", ".join(printable(operator) for operator in short[:limit])
    more = f", … {len(short) - limit} more" if len(short) > limit else ""
    return f"{len(short)} step{'s' if len(short) > 1 else ''}: {shown}{more}"


def origin_words(link: Link) -> str:
    """How one got there: `2 steps: swap, number`; of a root, who made it: `new by random`."""
    if link.above >= 0:
        return operators_words(link.operators)
    (root,) = link.operators
    if root in (INITIAL, IMMIGRANT):
        return root
    return f"new by {printable(root.removeprefix(GENETIC))}"


def link_words(link: Link) -> str:
    """What it is: `round 3: Imp, 1 instruction`."""
    role = rounds_words(link.rounds)
    if not link.rounds:
        role = "lines part" if link.above >= 0 else "root"
    plural = "" if link.length == 1 else "s"
    return f"{role}: {printable(link.name)}, {link.length} instruction{plural}"


def rounds_words(rounds: Sequence[int]) -> str:
    """`round 3`, `rounds 1-4, 7`."""
    spans: list[list[int]] = []
    for number in rounds:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    words = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)
    return f"round{'s' if len(rounds) > 1 else ''} {words}"


def _operators_between(found: Phylogeny, above: int, taxon: int) -> tuple[str, ...]:
    """Of the steps down to a taxon, in order; of the root's own making too, if there is one."""
    operators = []
    while taxon not in (above, -1):
        operators.append(str(found.operator[taxon]))
        taxon = int(found.tree.parent[taxon])
    return tuple(operators[::-1])
