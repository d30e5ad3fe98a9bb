"""A tournament's results on disk: what is finished stays, what is missing can be fought later."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mars.closing import Closing
from mars.database import Database, FileError, Schema, is_new
from mars.database_making import make_database
from mars.entrants import Entrant
from mars.records import (
    INSERT_PAIR,
    PAIR_COLUMNS,
    TERMS_COLUMNS,
    WARRIOR_COLUMNS,
    check_records,
    differences,
    pair_row,
    read_entrant,
    read_terms,
    terms_row,
    warrior_row,
)
from mars.redcode import printable
from mars.standings import Payoffs, Tally, payoffs
from mars.tournament import Terms

RESULTS: Final = Schema(
    "a tournament's results",
    0x52515452,  # "RQTR"
    1,
    {"terms": TERMS_COLUMNS, "warriors": WARRIOR_COLUMNS, "pairs": PAIR_COLUMNS},
)
NAMES_SHOWN: Final = 5


class OtherTournamentError(FileError):
    """The file holds results of other warriors, or under other terms."""


class Results(Closing):
    """An open results file. A context manager.

    Attributes:
        terms: Of all battles.
        entrants: Everyone, in the order of the file; the places in each `Tally`. The `group` of
            none is stored.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        """Opens a file.

        Raises:
            FileError: It is missing, damaged, or another kind of file.
        """
        self._db = Database(path, RESULTS, "write" if write else "read")
        try:
            self.terms = read_terms(self._db)
            check_records(self._db, self.terms)
            numbers = self._db.query("SELECT number FROM warriors ORDER BY number")
            self._numbers = [number for (number,) in numbers]
            self.entrants = tuple(read_entrant(self._db, n, self.terms) for n in self._numbers)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Closes the file; a transaction in progress is undone."""
        self._db.close()

    def tallies(self) -> list[Tally]:
        """All finished battles.

        Raises:
            FileError: The file is damaged.
        """
        place_of = {number: place for place, number in enumerate(self._numbers)}
        rows = self._db.query("SELECT * FROM pairs ORDER BY first, second")
        return [Tally(place_of[first], place_of[second], *rest) for first, second, *rest in rows]

    def payoffs(self) -> Payoffs:
        """The (n_entrants, n_entrants) table of what is finished.

        Raises:
            FileError: The file is damaged.
        """
        return payoffs(len(self.entrants), self.tallies())

    def append(self, batch: Sequence[Tally]) -> None:
        """Adds battles, all or none; those that are there already are left as they are.

        Raises:
            WriteError: The disk is full, or refuses.
        """
        rows = [pair_row(tally, self._numbers) for tally in batch]
        with self._db.transaction():
            self._db.write(INSERT_PAIR, rows)


def open_results(path: Path, entrants: Sequence[Entrant], terms: Terms) -> Results:
    """Begins a results file, or goes on with one of the same warriors and terms.

    Args:
        path: A file, or nothing yet.
        entrants: Two or more, no two with the same id; in any order.
        terms: Of all battles.

    Raises:
        OtherTournamentError: It is one of others; the message says what differs.
        FileError: It cannot be used, or not be made.
    """
    if is_new(path):
        warriors = [warrior_row(number, entrant) for number, entrant in enumerate(entrants)]
        make_database(path, RESULTS, {"terms": [terms_row(terms)], "warriors": warriors})
    results = Results(path, write=True)
    other = [*differences(results.terms, terms), *_other_warriors(results.entrants, entrants)]
    if other:
        results.close()
        raise OtherTournamentError(
            f"expected results of these warriors and settings in {path}: got {'; '.join(other)}"
        )
    return results


def _other_warriors(stored: Sequence[Entrant], given: Sequence[Entrant]) -> list[str]:
    """Whom only one side has, in words."""
    there = {entrant.warrior.id: entrant for entrant in stored}
    here = {entrant.warrior.id: entrant for entrant in given}
    sides = (
        ("only in the file", [there[key] for key in there if key not in here]),
        ("not in the file", [here[key] for key in here if key not in there]),
    )
    return [f"{words}: {_names(entrants)}" for words, entrants in sides if entrants]


def _names(entrants: Sequence[Entrant]) -> str:
    shown = ", ".join(printable(entrant.label) for entrant in entrants[:NAMES_SHOWN])
    more = len(entrants) - NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
