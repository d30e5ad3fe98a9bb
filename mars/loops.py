"""FOR and ROF: which line comes next, and what the counters stand at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mars.expansion import Budget
from mars.source import SourceLine, Token

# A name before an opcode; a longer one than any word may be is seen as several.
_LEADING_NAME: Final = re.compile(r"[ \t\v\f]*([A-Za-z_][A-Za-z0-9_]{0,254}):?")


@dataclass(slots=True)
class _Loop:
    """A FOR being repeated: its body begins at line index `body`."""

    place: Token
    counter: str
    count: int
    body: int
    value: int = 1


class LineOrder:
    """Walks through a source's lines, back to a FOR's body at its ROF, on past a FOR of 0.

    Attributes:
        counters: Values of the open FORs' counters by name.
    """

    def __init__(
        self, lines: Sequence[SourceLine], keywords: frozenset[str], budget: Budget
    ) -> None:
        self._lines = lines
        self._keywords = keywords
        self._budget = budget
        self._at = 0
        self._loops: list[_Loop] = []
        self._skipped: list[Token] = []
        self._effects: dict[int, int] = {}
        self.counters: dict[str, int] = {}

    def next(self) -> int | None:
        """Index of the line to read next, or None at the end."""
        while self._skipped and self._at < len(self._lines):
            self._skip_line()
        if self._at >= len(self._lines):
            return None
        self._at += 1
        return self._at - 1

    def stop(self) -> None:
        """Ends the text here, inside however many FORs."""
        self._at = len(self._lines)
        self._loops.clear()

    def open(self, place: Token, counter: str, count: int) -> None:
        """Starts a FOR whose body begins at the next line; `counter` may be empty."""
        if count <= 0:
            self._skipped.append(place)
            return
        self._loops.append(_Loop(place, counter, count, self._at))
        self.counters[counter] = 1

    def close(self) -> bool:
        """Takes a ROF; False when no FOR is open."""
        if not self._loops:
            return False
        loop = self._loops[-1]
        loop.value += 1
        if loop.value <= loop.count:
            self._at = loop.body
            self.counters[loop.counter] = loop.value
        else:
            self._loops.pop()
            self.counters.pop(loop.counter, None)
        return True

    def unclosed(self) -> list[Token]:
        """The FORs without a ROF, once the end has been reached."""
        return [loop.place for loop in self._loops] + self._skipped[:1]

    def _skip_line(self) -> None:
        """Looks for FOR and ROF only: what a skipped block holds need not be Redcode."""
        place = self._skipped[-1]
        self._budget.spend(place)
        if self._at not in self._effects:
            self._effects[self._at] = self._effect(self._lines[self._at].text)
        effect = self._effects[self._at]
        self._at += 1
        if effect > 0:
            self._skipped.append(place)
        elif effect < 0:
            self._skipped.pop()

    def _effect(self, text: str) -> int:
        """1 for a line with a FOR, -1 for one with a ROF, else 0."""
        position = 0
        while match := _LEADING_NAME.match(text, position):
            self._budget.spend(self._skipped[-1])
            word = match[1].upper()
            if word in self._keywords:
                return {"FOR": 1, "ROF": -1}.get(word, 0)
            position = match.end()
        return 0
