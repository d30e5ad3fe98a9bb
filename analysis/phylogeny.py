"""Who descends from whom in a run: the tree of all warriors by their first parents.

A taxon is a warrior (equal load files are one), however often it was proposed: its parents are
those of its first appearance. Its first parent is the one the tree follows; crossover's other
parent and the elites that a chat model was shown besides are secondary parents. Roots are w_0 and
the warriors that were asked for as new; of a run that is an island, also champions of other
islands that it did not know (their parents are in their own island's run).

Time counts proposals: 0 is w_0, n the n-th proposal of the run.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import pandas as pd

from analysis.loading import RunData
from analysis.newick import format_newick
from analysis.tree import FloatArray, IntArray, Tree

Of = Literal["all", "archive", "champions"]

INITIAL: Final = "initial"  # the operator of w_0
IMMIGRANT: Final = "immigrant"  # the operator of other islands' champions
CARRIED: Final = "carried"
ID_LENGTH: Final = 12


@dataclass(frozen=True, eq=False)
class Phylogeny:
    """All warriors of a run, in order of their first appearance.

    Attributes:
        tree: (n,) by first parents; extant: in the archive at the end (of the last round, or of
            what there is of it).
        warriors: (n,) object array of ids.
        names: (n,) object array, untrusted text.
        origin: (n,) when each first appeared.
        destruction: (n,) when each left the archive for good: was displaced, or its last round
            ended without the next taking it over. Its origin when it never was in an archive, inf
            when it is in the last.
        round: (n,) of the first appearance; 0 for w_0.
        operator: (n,) object array: who made it; "initial" for w_0, "immigrant" for other islands'
            champions.
        secondary: (m, 2) taxon and a parent besides the first one; by taxon.
        champions: (rounds + 1,) the taxa that are champions, by round.
    """

    tree: Tree
    warriors: pd.Index
    names: pd.Index
    origin: IntArray
    destruction: FloatArray
    round: IntArray
    operator: pd.Index
    secondary: IntArray
    champions: IntArray

    def tree_of(self, of: Of) -> Tree:
        """The tree with those alive that one asks about, pruned to them.

        Args:
            of: "archive": the last archive's warriors; "champions": w_0 and all champions; "all":
                every warrior, nothing pruned.
        """
        if of == "archive":
            return self.tree.pruned()
        if of == "all":
            return replace(self.tree, extant=np.ones(len(self.tree), np.bool_))
        alive = np.zeros(len(self.tree), np.bool_)
        alive[self.champions] = True
        return replace(self.tree, extant=alive).pruned()

    def labels(self, tree: Tree) -> list[str]:
        """(n,) names and beginnings of the ids of a tree's taxa; untrusted text."""
        chosen = zip(self.names[tree.names], self.warriors[tree.names], strict=True)
        return [f"{name} {warrior[:ID_LENGTH]}" for name, warrior in chosen]


def phylogeny(run: RunData) -> Phylogeny:
    """A run's phylogeny, also of one that is still going.

    Raises:
        ValueError: A warrior's parent appears after it; no run writes that.
    """
    proposals = run.proposals.sort_values(["round", "number"], kind="stable", ignore_index=True)
    initial = run.champions.sort_values("round")["warrior"].iloc[:1]
    everyone = pd.concat([initial, proposals["warrior"]], ignore_index=True)
    codes, found = pd.factorize(everyone)
    warriors = pd.Index(found, dtype=object)
    _, origin = np.unique(codes[codes >= 0], return_index=True)
    origin = np.flatnonzero(codes >= 0)[origin]
    parents = _parents(run, proposals, codes, warriors, origin)
    first = parents[parents[:, 1] == 0]
    parent = np.full(len(warriors), -1, np.int64)
    parent[first[:, 0]] = first[:, 2]
    destruction = _destruction(run, proposals, codes, origin)
    shown = run.warriors.set_index("id")["name"]
    made = proposals["operator"].astype(object).replace("", IMMIGRANT).to_numpy()
    return Phylogeny(
        Tree.from_parents(parent.tolist(), np.flatnonzero(np.isinf(destruction))),
        warriors,
        pd.Index(shown.reindex(warriors), dtype=object),
        origin,
        destruction,
        np.append(0, proposals["round"].to_numpy())[origin],
        pd.Index([INITIAL if t == 0 else made[t - 1] for t in origin.tolist()], dtype=object),
        parents[parents[:, 1] > 0][:, [0, 2]],
        warriors.get_indexer(pd.Index(run.champions.sort_values("round")["warrior"])),
    )


def alife_table(run: RunData, *, secondary: bool = True) -> pd.DataFrame:
    """The phylogeny in the ALife data standard for phylogenies.

    Args:
        run: Any.
        secondary: List all parents, the first one first; False: only that, as tools for asexual
            lineages expect.

    Returns:
        A row a warrior, by first appearance: id (from 0), ancestor_list (`[none]`, `[3]`,
        `[3,7]`), origin_time, destruction_time (as in `Phylogeny`: inf when it is in the last
        archive, its origin when it never was in one), and beyond the standard: warrior, round,
        operator.
    """
    found = phylogeny(run)
    lists = ["[none]" if p < 0 else f"[{p}" for p in found.tree.parent.tolist()]
    if secondary:
        for taxon, parent in found.secondary.tolist():
            lists[taxon] += f",{parent}"
    closed = [text if text == "[none]" else text + "]" for text in lists]
    return pd.DataFrame(
        {
            "id": np.arange(len(found.tree)),
            "ancestor_list": closed,
            "origin_time": found.origin,
            "destruction_time": found.destruction,
            "warrior": found.warriors,
            "round": found.round,
            "operator": found.operator,
        }
    )


def newick(run: RunData, of: Of = "all") -> str:
    """The tree by first parents as Newick text, a line a root; labels are names and short ids."""
    found = phylogeny(run)
    tree = found.tree_of(of)
    return format_newick(tree, found.labels(tree))


def _parents(
    run: RunData,
    proposals: pd.DataFrame,
    codes: IntArray,
    warriors: pd.Index,
    origin: IntArray,
) -> IntArray:
    """(m, 3) taxon, position and parent, of first appearances; by taxon, then by position."""
    table = run.parents
    span = int(max(proposals["number"].max(), table["number"].max())) + 1 if len(table) else 1
    keys = (proposals["round"] * span + proposals["number"]).to_numpy()
    times = np.searchsorted(keys, (table["round"] * span + table["number"]).to_numpy()) + 1
    taxa = codes[times] if len(table) else np.zeros(0, np.int64)
    rows = np.stack(
        [
            taxa,
            table["position"].to_numpy(np.int64),
            warriors.get_indexer(pd.Index(table["parent"])),
        ],
        axis=1,
    )
    is_first = (taxa >= 0) & (origin[np.maximum(taxa, 0)] == times)
    rows = rows[is_first & (rows[:, 2] >= 0)]
    return np.asarray(rows[np.lexsort((rows[:, 1], rows[:, 0]))], np.int64)


def _destruction(
    run: RunData, proposals: pd.DataFrame, codes: IntArray, origin: IntArray
) -> FloatArray:
    """(n,) when each taxon left the archive for good."""
    stays = stays_in_archive(run, proposals)
    taxa = codes[stays["time"].to_numpy()]
    destruction = origin.astype(float)
    np.maximum.at(destruction, taxa, stays["until"].to_numpy())
    return destruction


def stays_in_archive(run: RunData, proposals: pd.DataFrame) -> pd.DataFrame:
    """Every stay of a warrior in a cell.

    Args:
        run: Any.
        proposals: Its proposals, by round and number.

    Returns:
        A row a placement that improved the archive: round, cell, time (of the proposal), until
        (when another displaced it or the next round began; inf in the last archive).
    """
    placed = run.placements[run.placements["status"] != "not added"]
    span = int(proposals["number"].max()) + 1 if len(proposals) else 1
    keys = (proposals["round"] * span + proposals["number"]).to_numpy()
    time = np.searchsorted(keys, (placed["round"] * span + placed["number"]).to_numpy()) + 1
    stays = pd.DataFrame(
        {"round": placed["round"].to_numpy(), "cell": placed["cell"].to_numpy(), "time": time}
    ).sort_values(["round", "cell", "time"], ignore_index=True)
    begins = proposals["round"].drop_duplicates()  # its index: how many there were before
    ends = dict(zip(begins, begins.index[1:] + 1.0, strict=False))  # the last round has no end
    same = (stays["round"] == stays["round"].shift(-1)) & (stays["cell"] == stays["cell"].shift(-1))
    left = stays["round"].map(ends).astype(float).fillna(np.inf)
    return stays.assign(until=stays["time"].shift(-1).where(same, left).astype(float))
