"""Islands as a setting: several lineages that exchange their champions every few rounds."""

from dataclasses import dataclass
from typing import Final

from llm_mutator.config import MutatorConfig

MOST_ISLANDS: Final = 64
MOST_ROUNDS: Final = 10_000_000
NO_ISLAND: Final = -1


@dataclass(frozen=True)
class IslandsConfig:
    """How many lineages there are, and when they hear of each other.

    Before every `every`-th round each island receives the latest champion of every other one. (All
    of them and no ring, so that no place is special and one rule holds for every count. The
    archive keeps islands apart: who comes takes only the cells in which it is better.)

    Attributes:
        count: Lineages; 1: a run as any other.
        every: Rounds between two exchanges.
        mutators: Island i has the one at i modulo their number; empty: all have the run's.
        number: Which island a run is; -1: none. The program writes it.
    """

    count: int = 1
    every: int = 5
    mutators: tuple[MutatorConfig, ...] = ()
    number: int = NO_ISLAND

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_ISLANDS:
            raise ValueError(f"count must be between 1 and {MOST_ISLANDS}: got {self.count}")
        if not 1 <= self.every <= MOST_ROUNDS:
            raise ValueError(f"every must be between 1 and {MOST_ROUNDS}: got {self.every}")
        if not NO_ISLAND <= self.number < self.count or (self.count == 1 and self.is_one):
            raise ValueError(
                f"number must be that of one of several islands, or {NO_ISLAND}: got {self.number}"
            )
        most = self.count if self.are_several else 0
        if len(self.mutators) > most:
            raise ValueError(
                f"expected at most {most} mutators of islands: got {len(self.mutators)}"
            )

    @property
    def is_one(self) -> bool:
        """Whether this is the configuration of one island among several."""
        return self.number != NO_ISLAND

    @property
    def are_several(self) -> bool:
        """Whether this is the configuration of all islands together."""
        return self.count > 1 and not self.is_one

    def receives_in(self, round_number: int) -> bool:
        """Whether champions of other islands enter a round of an island."""
        return self.count > 1 and round_number > 1 and (round_number - 1) % self.every == 0

    def stretch(self, round_number: int, rounds: int) -> range:
        """The rounds around one from an exchange to the next, or to the last of `rounds`."""
        begin = (round_number - 1) // self.every * self.every
        return range(begin + 1, min(begin + self.every, rounds) + 1)
