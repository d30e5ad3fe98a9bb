"""Steps from parent to child: how much code they change, and which operators led to champions."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Final

import numpy as np
import pandas as pd

from analysis.benchmark import wilson
from analysis.loading import RunData, warriors_of
from analysis.phylogeny import CARRIED, INITIAL, Phylogeny
from analysis.tree import Flags, Tree
from mars.redcode import Instruction, Warrior

GENETIC: Final = "genetic."
SAMPLE: Final = 1000


def steps(run: RunData, found: Phylogeny, *, sample: int = SAMPLE, seed: int = 0) -> pd.DataFrame:
    """Steps by first parents, on the lines of the champions and elsewhere; of many, a sample.

    Args:
        run: The run.
        found: Its phylogeny.
        sample: The most of either that are read; reading all could take hours.
        seed: Of the draw.

    Returns:
        A row a step, by child: child, parent (taxa), round, operator, line (leads to a champion),
        distance (instructions that were inserted, deleted or changed, the least), longer
        (instructions that the child has more), start (whether it begins elsewhere).
    """
    line = ancestors_of(found.tree, found.champions)
    has_parent = found.tree.parent >= 0
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    both = (np.flatnonzero(has_parent & line), np.flatnonzero(has_parent & ~line))
    drawn = [rng.choice(taxa, size=min(sample, len(taxa)), replace=False) for taxa in both]
    children = np.sort(np.concatenate(drawn))
    parents = found.tree.parent[children]
    pairs = list(zip(found.warriors[parents], found.warriors[children], strict=True))
    unique = list(dict.fromkeys(warrior for pair in pairs for warrior in pair))
    known = dict(zip(unique, warriors_of(run, unique), strict=True))
    codes = [(known[parent], known[child]) for parent, child in pairs]
    return pd.DataFrame(
        {
            "child": children,
            "parent": parents,
            "round": found.round[children],
            "operator": found.operator[children],
            "line": line[children],
            "distance": [edit_distance(a.instructions, b.instructions) for a, b in codes],
            "longer": [len(b) - len(a) for a, b in codes],
            "start": [a.start != b.start for a, b in codes],
        }
    )


def operator_table(run: RunData, found: Phylogeny) -> pd.DataFrame:
    """What became of each operator's proposals.

    A proposal of several genetic edits counts for each of them.

    Args:
        run: The run.
        found: Its phylogeny.

    Returns:
        A row an operator, by name: operator, proposals, warriors (that it was the first to make),
        improved (proposals that entered an archive), line (its warriors among the champions' first
        parents, champions included), ancestry (among all their parents), champions (with it
        somewhere on their line), share (line / warriors), low, high (Wilson's 95 %).
    """
    proposals = run.proposals[run.proposals["task"] != CARRIED]
    placed = run.placements[run.placements["status"] != "not added"][["round", "number"]]
    improved = proposals.merge(placed, on=["round", "number"])
    line = ancestors_of(found.tree, found.champions)
    ancestry = ancestors_of(found.tree, found.champions, found.secondary.tolist())
    made = pd.Series(found.operator)
    counts = {
        "proposals": _count(proposals["operator"]),
        "warriors": _count(made),
        "improved": _count(improved["operator"]),
        "line": _count(made[line]),
        "ancestry": _count(made[ancestry]),
        "champions": _champions_by(found),
    }
    table = pd.DataFrame(counts).fillna(0).astype(np.int64).drop(index=INITIAL, errors="ignore")
    table = table.sort_index().rename_axis("operator").reset_index()
    pairs = list(zip(table["line"].tolist(), table["warriors"].tolist(), strict=True))
    shares = [wilson(line, total) if total else None for line, total in pairs]
    for name in ("value", "low", "high"):
        column = "share" if name == "value" else name
        table[column] = [np.nan if share is None else getattr(share, name) for share in shares]
    return table


def parts_of(operator: str) -> list[str]:
    """The single operators of a combined one: "genetic.opcode+swap" has two."""
    if not operator.startswith(GENETIC):
        return [operator] if operator else []
    return [GENETIC + part for part in dict.fromkeys(operator.removeprefix(GENETIC).split("+"))]


def ancestors_of(tree: Tree, taxa: Iterable[int], secondary: Iterable[Sequence[int]] = ()) -> Flags:
    """(n,) which taxa are among some others or their ancestors.

    Args:
        tree: First parents.
        taxa: Places.
        secondary: Further pairs of a taxon and a parent.
    """
    more: dict[int, list[int]] = {}
    for taxon, parent in secondary:
        more.setdefault(taxon, []).append(parent)
    found = np.zeros(len(tree), np.bool_)
    waiting = list(taxa)
    while waiting:
        taxon = waiting.pop()
        if taxon >= 0 and not found[taxon]:
            found[taxon] = True
            waiting += [int(tree.parent[taxon]), *more.get(taxon, ())]
    return found


def edit_distance(a: Sequence[Instruction], b: Sequence[Instruction]) -> int:
    """The fewest insertions, deletions and replacements from one sequence to the other.

    Source: Levenshtein 1966, "Binary codes capable of correcting deletions, insertions, and
    reversals"; by Wagner and Fischer's table, a row at a time.
    """
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            best = min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
            diagonal, row[j] = row[j], best
    return row[-1]


def code_diff(before: Warrior, after: Warrior) -> list[str]:
    """What changed, a line an instruction: `- ` gone, `+ ` new, `@ ` the start, with addresses."""
    old, new = before.instructions, after.instructions
    matcher = SequenceMatcher(None, [str(i) for i in old], [str(i) for i in new], autojunk=False)
    lines = []
    for kind, a_start, a_end, b_start, b_end in matcher.get_opcodes():
        if kind != "equal":
            lines += [f"- {place:2}  {old[place]}" for place in range(a_start, a_end)]
            lines += [f"+ {place:2}  {new[place]}" for place in range(b_start, b_end)]
    if before.start != after.start:
        lines.append(f"@ start {before.start} -> {after.start}")
    return lines


def _count(operators: "pd.Series[str]") -> dict[str, int]:
    """How often each single operator is in a column."""
    counts: dict[str, int] = {}
    for operator, n in operators.astype(object).value_counts().items():
        for part in parts_of(str(operator)):
            counts[part] = counts.get(part, 0) + int(n)
    return counts


def _champions_by(found: Phylogeny) -> dict[str, int]:
    """How many different champions have each operator on their line."""
    counts: dict[str, int] = {}
    for champion in dict.fromkeys(found.champions.tolist()):
        operators = {
            part
            for taxon in found.tree.line_of(champion)
            for part in parts_of(found.operator[taxon])
        }
        for operator in operators:
            counts[operator] = counts.get(operator, 0) + 1
    return counts
