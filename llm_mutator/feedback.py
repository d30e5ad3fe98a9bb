"""What a search knows of the parents and of its archive, for a prompt: plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mars.redcode import Warrior


@dataclass(frozen=True)
class Opponent:
    """A warrior that candidates meet.

    Attributes:
        label: In words: "w_0", "champion 3" or "sparring partner".
        warrior: Its name and code are untrusted.
    """

    label: str
    warrior: Warrior


@dataclass(frozen=True)
class OneToOne:
    """Fights of a parent against one opponent, from the parent's side."""

    wins: int
    ties: int
    losses: int


@dataclass(frozen=True)
class ParentReport:
    """How a parent does.

    Attributes:
        fitness: As its archive has it; None when selection is by chance.
        cell: Where it is in the archive.
        results: One for each opponent of the feedback, in their order; none in a run whose
            selection is by chance.
    """

    fitness: float | None
    cell: int
    results: tuple[OneToOne, ...]


@dataclass(frozen=True)
class ArchiveAxis:
    """An axis of the archive: "spawned", "coverage", "length" or "opcodes".

    Edges e_1 < e_2 < … make the bins (-inf, e_1), [e_1, e_2), …, [e_n, inf).
    """

    name: str
    edges: tuple[float, ...]


@dataclass(frozen=True)
class ArchiveView:
    """The archive's map.

    Attributes:
        axes: In order; the cell of bins (i, j) is i · (bins of the second axis) + j, and so on
            for more axes. None: the archive is a single cell.
        fitness: Of the elite of each occupied cell; None when selection is by chance.
    """

    axes: tuple[ArchiveAxis, ...]
    fitness: Mapping[int, float | None]


@dataclass(frozen=True)
class Feedback:
    """What is known.

    Attributes:
        kind: What fitness is: the "melee" survival share, or mean points of "pairwise" fights.
        maximum: The highest fitness possible.
        opponents: Of every candidate, in order of execution: w_0, champions, sparring partners.
        parents: One for each parent of the request, in order.
        archive: As it is now.
    """

    kind: Literal["melee", "pairwise"]
    maximum: float
    opponents: tuple[Opponent, ...]
    parents: tuple[ParentReport, ...]
    archive: ArchiveView
