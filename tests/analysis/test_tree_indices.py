"""Indices of trees that are known, and of random ones as phylotrackpy has them."""

import math
from typing import Any

import numpy as np
import pytest
from phylotrackpy.systematics import Systematics

from analysis.tree import Tree
from analysis.tree_indices import branching, indices

DEEP = 100_000
# A cherry, a caterpillar, a balanced tree, a star; parents, and the indices by hand: diversity,
# mean pairwise distance, depth of the common ancestor, Sackin, Colless-like.
INNER = math.log(2 + math.e) + 2  # the size of a cherry
KNOWN = {
    "cherry": ([-1, 0, 0], (2, 2.0, 0, 2, 0.0)),
    "caterpillar": ([-1, 0, 0, 1, 1], (4, 8 / 3, 0, 5, (INNER - 1) / 2)),
    "balanced": ([-1, 0, 0, 1, 1, 2, 2], (6, 20 / 6, 0, 8, 0.0)),
    "star": ([-1, 0, 0, 0, 0], (4, 2.0, 0, 4, 0.0)),
    "stem": ([-1, 0, 1, 1], (3, 2.0, 1, 2, 0.0)),
    "long arms": ([-1, 0, 0, 1, 2], (4, 4.0, 0, 2, 0.0)),
    "two trees": ([-1, -1, 0, 0, 1, 1, 1], (5, 2.0, math.nan, 5, 0.0)),
    "alone": ([-1], (0, math.nan, 0, 0, 0.0)),
}
NAMES = ("phylogenetic_diversity", "mean_pairwise_distance", "mrca_depth", "sackin", "colless_like")


@pytest.mark.parametrize("name", KNOWN)
def test_indices__known_trees(name: str) -> None:
    parents, expected = KNOWN[name]
    found = indices(Tree.from_parents(parents))
    assert [found[index] for index in NAMES] == pytest.approx(expected, nan_ok=True)


def test_indices__dead_lines_do_not_count() -> None:
    # 3 and 4 are alive; 2 and what came of 1 besides are not.
    found = indices(Tree.from_parents([-1, 0, 0, 1, 1, 1, 5], extant=[3, 4]))
    assert [found[index] for index in NAMES] == [3, 2.0, 1, 2, 0.0]
    assert (found["extant"], found["mean_depth"], found["max_depth"]) == (2, 2.0, 2)
    # One alive that is an ancestor of another.
    found = indices(Tree.from_parents([-1, 0, 1], extant=[1, 2]))
    assert [found[index] for index in NAMES] == [2, 1.0, 1, 0, 0.0]


def random_tree(rng: np.random.Generator, n: int, reach: int) -> list[int]:
    return [-1, *(int(rng.integers(max(0, place - reach), place)) for place in range(1, n))]


def tracked(parents: list[int], extant: set[int]) -> Systematics:
    """The same tree as phylotrackpy keeps it; it drops lines that died out by itself."""
    found = Systematics(lambda organism: organism, True, True, False, False)
    taxa: list[Any] = []
    for place, parent in enumerate(parents):
        taxa.append(found.add_org(place) if parent < 0 else found.add_org(place, taxa[parent]))
    for place, taxon in enumerate(taxa):
        if place not in extant:
            found.remove_org(taxon)
    return found


@pytest.mark.parametrize("reach", [3, 10, 60])
def test_indices__as_phylotrackpy(reach: int) -> None:
    rng = np.random.default_rng(reach)
    for _ in range(8):
        parents = random_tree(rng, 60, reach)
        tips = sorted(set(range(60)) - set(parents))
        extant = {int(tip) for tip in rng.choice(tips, size=min(len(tips), 12), replace=False)}
        tree = Tree.from_parents(parents, extant)
        theirs, mine = tracked(parents, extant), indices(tree)
        assert mine["phylogenetic_diversity"] == theirs.get_phylogenetic_diversity()
        assert mine["mrca_depth"] == theirs.mrca_depth()
        assert mine["max_depth"] == theirs.get_max_depth()
        assert mine["mean_depth"] == pytest.approx(theirs.get_ave_depth())
        if len(extant) > 1:
            assert mine["sackin"] == theirs.sackin_index()
            distance = theirs.get_mean_pairwise_distance(False)
            assert mine["mean_pairwise_distance"] == pytest.approx(distance)
        # Its Colless-like index takes those with one child for nodes, which Mir et al. exclude;
        # on the tree without them the two agree.
        small = tree.pruned().collapsed()
        alive = set(np.flatnonzero(small.extant).tolist())
        assert mine["colless_like"] == pytest.approx(indices(small)["colless_like"])
        theirs = tracked(small.parent.tolist(), alive)
        assert mine["colless_like"] == pytest.approx(theirs.colless_like_index())


def test_indices__a_chain_of_100_000() -> None:
    tree = Tree.from_parents([*range(-1, DEEP - 1), DEEP // 2])
    found = indices(tree)
    assert found["phylogenetic_diversity"] == DEEP
    assert found["mrca_depth"] == DEEP // 2
    assert (found["sackin"], found["colless_like"]) == (2, 0.0)
    assert found["mean_pairwise_distance"] == DEEP - 1 - DEEP // 2 + 1
    assert branching(tree).to_numpy().tolist() == [[0, 2], [1, DEEP - 2], [2, 1]]


def test_collapsed__adds_up_steps() -> None:
    small = Tree.from_parents([-1, 0, 1, 1, 2]).collapsed()
    assert small.names.tolist() == [1, 3, 4]
    assert small.parent.tolist() == [-1, 0, 0]
    assert small.lengths.tolist() == [1, 1, 2]
    assert small.depths().tolist() == [1, 2, 3]
    assert Tree.from_parents([-1, 0, 1, 1, 2]).line_of(4) == [0, 1, 2, 4]
    with pytest.raises(ValueError, match="expected parents before their children: got 2"):
        Tree.from_parents([-1, 2, 0])
