"""A part of a grid, so that one experiment can be worked on several machines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from evolution.tables import ConfigError

MOST_PARTS: Final = 100_000

_FORM: Final = re.compile(r"([0-9]{1,6})/([0-9]{1,6})\Z")

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """Every so manieth run of a grid: all parts together are the grid, and no two share a run.

    Attributes:
        number: Which part, from 1.
        of: How many there are; of one part, that is the grid.
    """

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of <= MOST_PARTS:
            raise ValueError(f"expected a part such as 2/4, at most {MOST_PARTS}: got {self}")

    def __str__(self) -> str:
        return format_part(self)

    @property
    def words(self) -> str:
        """For the user; '' for the whole grid."""
        return "" if self.of == 1 else f"part {self.number} of {self.of}"

    def take(self, runs: Sequence[T]) -> tuple[T, ...]:
        """Of the grid in its order, every `of`-th beginning with the `number`-th.

        Raises:
            ConfigError: There are more parts than runs.
        """
        if self.of > max(1, len(runs)):
            raise ConfigError(f"expected at most as many parts as runs, {len(runs)}: got {self}")
        return tuple(runs[self.number - 1 :: self.of])


WHOLE: Final = Part()


def format_part(part: Part) -> str:
    """As on the command line: `2/4`."""
    return f"{part.number}/{part.of}"


def parse_part(text: str) -> Part:
    """Reads back what `format_part` writes.

    Raises:
        ValueError: It is no part.
    """
    match = _FORM.match(text)
    if not match:
        raise ValueError(f"expected a part such as 2/4: got {text!r}")
    return Part(int(match[1]), int(match[2]))
