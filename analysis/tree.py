"""Trees of descent as arrays of parents: pruning, collapsing, depths. Nothing recurses."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
Flags = NDArray[np.bool_]
FloatArray = NDArray[np.float64]

NO_PARENT: Final = -1


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree or several: who descends from whom.

    Attributes:
        parent: (n,) the place of each taxon's parent, less than its own; -1 for a root.
        names: (n,) what each is in the data the tree was made of; pruning keeps them.
        extant: (n,) bool: those that count as alive, tips or not.
        lengths: (n,) how far each is from its parent, in steps; collapsing adds them up. Of a
            root: from the root it had before.
    """

    parent: IntArray
    names: IntArray
    extant: Flags
    lengths: IntArray

    @classmethod
    def from_parents(cls, parents: Iterable[int], extant: Iterable[int] | None = None) -> Self:
        """A tree named by places, each one step from its parent.

        Args:
            parents: Of each taxon, as in `parent`.
            extant: Places; all tips when not given.

        Raises:
            ValueError: A parent does not come before its child.
        """
        parent = np.array(list(parents), np.int64)
        places = np.arange(len(parent))
        wrong = np.flatnonzero((parent >= places) | (parent < NO_PARENT))
        if len(wrong):
            place = int(wrong[0])
            raise ValueError(f"expected parents before their children: got {parent[place]}")
        alive = np.bincount(parent[parent >= 0], minlength=len(parent)) == 0
        if extant is not None:
            alive = np.isin(places, list(extant))
        return cls(parent, places, alive, np.where(parent >= 0, 1, 0))

    def __len__(self) -> int:
        return len(self.parent)

    @property
    def roots(self) -> IntArray:
        """Places of the roots."""
        return np.flatnonzero(self.parent < 0)

    def child_counts(self) -> IntArray:
        """(n,) children of each."""
        return np.bincount(self.parent[self.parent >= 0], minlength=len(self))

    def children(self) -> list[list[int]]:
        """Places of each one's children, in order."""
        found: list[list[int]] = [[] for _ in range(len(self))]
        for place, parent in enumerate(self.parent.tolist()):
            if parent >= 0:
                found[parent].append(place)
        return found

    def depths(self) -> IntArray:
        """(n,) steps from each one's root; where the root was not the first, from that one."""
        depths: list[int] = []
        for parent, length in zip(self.parent.tolist(), self.lengths.tolist(), strict=True):
            depths.append(length + (depths[parent] if parent >= 0 else 0))
        return np.array(depths, np.int64)

    def root_of(self) -> IntArray:
        """(n,) place of each one's root."""
        found: list[int] = []
        for place, parent in enumerate(self.parent.tolist()):
            found.append(found[parent] if parent >= 0 else place)
        return np.array(found, np.int64)

    def extant_below(self) -> IntArray:
        """(n,) extant taxa among each one and its descendants."""
        counts = self.extant.astype(int).tolist()
        for place in range(len(self) - 1, -1, -1):
            parent = int(self.parent[place])
            if parent >= 0:
                counts[parent] += counts[place]
        return np.array(counts, np.int64)

    def pruned(self) -> "Tree":
        """What leads to the extant: lines that died out are left out."""
        return self._kept(self.extant_below() > 0)

    def collapsed(self) -> "Tree":
        """Without those that have one child and are not extant; their steps are added up.

        Where only one of a root's lines is left, the place where it branches becomes the root.
        """
        return self._kept(self.extant | (self.child_counts() != 1))

    def line_of(self, place: int) -> list[int]:
        """A taxon's ancestors, from its root on, and itself."""
        line = [place]
        while (parent := int(self.parent[line[-1]])) >= 0:
            line.append(parent)
        return line[::-1]

    def _kept(self, kept: Flags) -> "Tree":
        """The tree of some taxa; those left out pass their steps on."""
        new_place = np.cumsum(kept) - 1
        above: list[int] = []  # the nearest kept one, at or above each
        steps: list[int] = []  # to that one, or from the first root
        parents, lengths = [], []
        rows = zip(self.parent.tolist(), self.lengths.tolist(), kept.tolist(), strict=True)
        for place, (parent, length, keep) in enumerate(rows):
            nearest, far = (above[parent], steps[parent] + length) if parent >= 0 else (-1, length)
            if keep:
                parents.append(nearest)
                lengths.append(far)
                nearest, far = int(new_place[place]), 0
            above.append(nearest)
            steps.append(far)
        return Tree(
            np.array(parents, np.int64),
            self.names[kept],
            self.extant[kept],
            np.array(lengths, np.int64),
        )
