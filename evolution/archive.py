"""MAP-Elites: the best warrior of each cell (Mouret and Clune 2015)."""

import math
from dataclasses import dataclass
from enum import Enum

from mars.redcode import Warrior


class AddStatus(Enum):
    """What became of a warrior offered to the archive."""

    NOT_ADDED = "not added"
    IMPROVED = "improved"
    NEW = "new"

    @property
    def improves(self) -> bool:
        """Whether the warrior is in the archive now."""
        return self is not AddStatus.NOT_ADDED


@dataclass(frozen=True)
class Elite:
    """The best warrior of a cell.

    Attributes:
        warrior: Itself.
        value: What selection compares: its fitness, or a chance draw in shadow mode.
        cell: Flat index of its cell.
    """

    warrior: Warrior
    value: float
    cell: int


@dataclass(frozen=True)
class AddResult:
    """What became of an elite: its status, and the id of the warrior it displaced or ''."""

    status: AddStatus
    displaced: str = ""


class Archive:
    """At most one elite a cell; a newcomer must be strictly better, so ties keep the incumbent."""

    def __init__(self, cells: int) -> None:
        if cells < 1:
            raise ValueError(f"expected at least one cell: got {cells}")
        self.cells = cells
        self._elites: dict[int, Elite] = {}

    def __len__(self) -> int:
        return len(self._elites)

    def add(self, elite: Elite) -> AddResult:
        """Offers a warrior to its cell.

        Raises:
            ValueError: The cell does not exist, or the value is not finite.
        """
        if not 0 <= elite.cell < self.cells:
            raise ValueError(f"cell must be between 0 and {self.cells - 1}: got {elite.cell}")
        if not math.isfinite(elite.value):
            raise ValueError(f"expected a finite value: got {elite.value}")
        incumbent = self._elites.get(elite.cell)
        if incumbent is not None and elite.value <= incumbent.value:
            return AddResult(AddStatus.NOT_ADDED)
        self._elites[elite.cell] = elite
        if incumbent is None:
            return AddResult(AddStatus.NEW)
        return AddResult(AddStatus.IMPROVED, incumbent.warrior.id)

    def elites(self) -> list[Elite]:
        """All elites, by cell."""
        return [self._elites[cell] for cell in sorted(self._elites)]

    def best(self, count: int) -> list[Elite]:
        """The elites of the highest values, best first; ties in order of cells."""
        return sorted(self.elites(), key=lambda elite: -elite.value)[:count]
