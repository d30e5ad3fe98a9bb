"""What a tree's shape says: diversity, distances, balance. Every index is of the extant taxa.

Several trees count together: what is said of pairs is said of those with a common ancestor, sums
run over all trees. Distances count steps from parent to child.
"""

import math
from dataclasses import replace
from statistics import median

import numpy as np
import pandas as pd

from analysis.tree import Tree


def indices(tree: Tree) -> dict[str, float]:
    """All indices of a tree, pruned or not.

    Returns:
        extant, trees (that lead to extant taxa), mean_depth and max_depth (steps from the root, of
        extant taxa), phylogenetic_diversity, mean_pairwise_distance, mrca_depth, sackin,
        colless_like.
    """
    pruned = tree.pruned()
    depths = pruned.depths()[pruned.extant]
    return {
        "extant": len(depths),
        "trees": len(pruned.roots),
        "mean_depth": float(depths.mean()) if len(depths) else math.nan,
        "max_depth": int(depths.max(initial=0)),
        "phylogenetic_diversity": phylogenetic_diversity(tree),
        "mean_pairwise_distance": mean_pairwise_distance(tree),
        "mrca_depth": mrca_depth(tree),
        "sackin": sackin(tree),
        "colless_like": colless_like(tree),
    }


def phylogenetic_diversity(tree: Tree) -> int:
    """The steps of all lines that lead from a root to an extant taxon, each counted once.

    Source: Faith 1992, "Conservation evaluation and phylogenetic diversity", with the root's line
    included; every step is as long as any other.
    """
    pruned = tree.pruned()
    return int(pruned.lengths.sum())


def mean_pairwise_distance(tree: Tree) -> float:
    """Mean steps between two extant taxa, over the pairs with a common ancestor; NaN without any.

    Source: Webb et al. 2002, "Phylogenies and community ecology" (MPD).
    """
    pruned = tree.pruned()
    below = pruned.extant_below()
    inside = below[pruned.root_of()]
    child = pruned.parent >= 0
    # A step lies between as many pairs as there are taxa on its one side times on the other.
    total = float((pruned.lengths * below * (inside - below))[child].sum())
    roots = below[pruned.roots]
    pairs = int((roots * (roots - 1) // 2).sum())
    return total / pairs if pairs else math.nan


def mrca_depth(tree: Tree) -> float:
    """How many steps the extant taxa's most recent common ancestor is from its root.

    NaN when they have no common ancestor, or there are none. Of a single extant taxon it is its
    own depth; an extant taxon that is ancestor to all others is their common ancestor.
    """
    pruned = tree.pruned()
    if len(pruned.roots) != 1:
        return math.nan
    below = pruned.extant_below()
    return int(pruned.depths()[below == below[0]].max())


def sackin(tree: Tree) -> int:
    """Branching ancestors of each extant taxon, summed: the larger, the less balanced.

    Source: Sackin 1972, "'Good' and 'bad' phenograms"; Shao and Sokal 1990, "Tree balance". As for
    trees made of extant species, only ancestors with two or more children in the pruned tree
    count.
    """
    pruned = tree.pruned()
    branching = (pruned.child_counts() > 1).tolist()
    above: list[int] = []
    for parent in pruned.parent.tolist():
        above.append(above[parent] + branching[parent] if parent >= 0 else 0)
    return int(np.array(above, np.int64)[pruned.extant].sum())


def colless_like(tree: Tree) -> float:
    """Sum over the branchings of how unequal their branches are; 0: wholly balanced.

    Source: Mir, Rotger and Rosselló 2018, "Sound Colless-like balance indices for multifurcating
    trees", with f(degree) = ln(degree + e) as a node's size, a branch's size the sum over its
    nodes, and the mean deviation from the median as dissimilarity. Those with one child in the
    pruned tree are no nodes of it, extant or not.
    """
    pruned = tree.pruned()
    plain = replace(pruned, extant=np.asarray(pruned.child_counts() == 0)).collapsed()
    sizes = np.log(plain.child_counts() + math.e).tolist()
    branches: list[list[float]] = [[] for _ in range(len(plain))]
    total = 0.0
    for place in range(len(plain) - 1, -1, -1):
        mine = branches[place]
        if mine:
            middle = median(mine)
            total += sum(abs(size - middle) for size in mine) / len(mine)
            sizes[place] += sum(mine)
            branches[place] = []
        parent = int(plain.parent[place])
        if parent >= 0:
            branches[parent].append(sizes[place])
    return total


def branching(tree: Tree) -> pd.DataFrame:
    """How many taxa have how many children: children, taxa; by children."""
    children, taxa = np.unique(tree.child_counts(), return_counts=True)
    return pd.DataFrame({"children": children, "taxa": taxa})
