"""A king of the hill on disk: challengers fight everyone on it, the last one is pushed off.

Scores are those of KotH: points per 100 fights against all others on the hill, the challenger
included while it fights. Nothing is locked while warriors fight. A challenge is decided in one
transaction, which begins by looking whether all battles with those who are on the hill *then* are
known; if another challenge came between, what is missing is fought first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from mars.closing import Closing
from mars.database import Database, FileError, Row
from mars.entrants import Entrant
from mars.hill_schema import HILL
from mars.records import (
    INSERT_PAIR,
    check_records,
    pair_row,
    read_entrant,
    read_terms,
    warrior_row,
)
from mars.redcode import Warrior
from mars.standings import Standing, Tally, payoffs, standings
from mars.tournament import check_warrior, fight_pairs


class RefusedError(Exception):
    """A warrior that cannot challenge this hill; the message says why."""


@dataclass(frozen=True)
class Place:
    """A warrior on the hill.

    Attributes:
        standing: Its score and rank.
        warrior: Itself.
        age: Successful challenges by others that it has survived.
    """

    standing: Standing
    warrior: Warrior
    age: int


@dataclass(frozen=True)
class Verdict:
    """How a challenge ended.

    Attributes:
        places: All who fought, best first, with their new ages; of a hill that was full, the
            last one is off now.
        challenger: Its place among them.
        pushed: Who is off: perhaps the challenger; None: there was room.
    """

    places: tuple[Place, ...]
    challenger: Place
    pushed: Place | None


@dataclass(frozen=True)
class Challenge:
    """One line of a hill's history.

    Attributes:
        number: From 1.
        time: When it was decided, ISO 8601, UTC.
        name, author: Of the challenger; untrusted text.
        rank, score: Of the challenger, the one pushed off included.
        pushed: Name of who was pushed off; None: nobody.
        entered: The challenger stayed.
    """

    number: int
    time: str
    name: str
    author: str
    rank: int
    score: float
    pushed: str | None
    entered: bool


@dataclass(frozen=True)
class _Contender:
    number: int
    challenge: int
    age: int
    warrior: Warrior


class Hill(Closing):
    """An open hill. A context manager; several processes may have it open and submit to it.

    Attributes:
        terms: Of all battles.
        size: Most warriors on it.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        """Opens a hill.

        Raises:
            FileError: It is missing, damaged, or another kind of file.
        """
        self._db = Database(path, HILL, "write" if write else "read")
        try:
            self.terms = read_terms(self._db)
            check_records(self._db, self.terms)
            self.size = int(self._db.query("SELECT size FROM hill")[0][0])
        except IndexError:
            self._db.close()
            raise FileError(f"{path} is damaged: expected a size: got none") from None
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Closes the file; a transaction in progress is undone."""
        self._db.close()

    def places(self) -> tuple[Place, ...]:
        """Who is on the hill, best first; of two with the same score the older one is ahead.

        Raises:
            FileError: The file is damaged.
        """
        return self._ranked(self._members())

    def challenges(self) -> list[Challenge]:
        """The history, oldest first.

        Raises:
            FileError: The file is damaged.
        """
        sql = """
            SELECT challenges.number, time, w.name, w.author, rank, score, off.name,
                pushed IS NULL OR pushed != warrior
            FROM challenges
            JOIN warriors AS w ON w.number = warrior
            LEFT JOIN warriors AS off ON off.number = pushed
            ORDER BY challenges.number"""
        return [
            Challenge(number, time, name, author, rank, score, pushed, bool(entered))
            for number, time, name, author, rank, score, pushed, entered in self._db.query(sql)
        ]

    def submit(
        self,
        entrant: Entrant,
        *,
        workers: int = 1,
        on_finished: Callable[[int, int], None] | None = None,
    ) -> Verdict:
        """Lets a warrior challenge the hill.

        It enters when its score is higher than the lowest one, or when there is room. Killed
        at any moment, the hill is as before or as after; finished battles are kept.

        Args:
            entrant: Assembled under `terms`.
            workers: Threads; results do not depend on it.
            on_finished: Called now and then with how many battles are done, and of how many.

        Raises:
            RefusedError: It is on the hill, or does not fit the settings.
            WriteError: The disk is full, or refuses.
            FileError: The file is damaged.
        """
        try:
            check_warrior(entrant.warrior, self.terms)
        except ValueError as error:
            raise RefusedError(str(error)) from None
        self._refuse_double(entrant)
        number = self._enrol(entrant)
        while True:
            self._fight(number, entrant.warrior, workers, on_finished)
            with self._db.transaction():
                self._refuse_double(entrant)
                if not self._missing(number):
                    return self._decide(number, entrant)

    def _refuse_double(self, entrant: Entrant) -> None:
        sql = "SELECT name FROM warriors JOIN members ON warrior = number WHERE id = ?"
        for (name,) in self._db.query(sql, (entrant.warrior.id,)):
            raise RefusedError(
                f"expected a warrior that is not on the hill: got {entrant.label}, which is on "
                f"it as {name or 'Unknown'}"
            )

    def _enrol(self, entrant: Entrant) -> int:
        """The challenger's number; its battles are stored under it before it is on the hill."""
        sql = "INSERT OR IGNORE INTO warriors VALUES (?, ?, ?, ?, ?, ?, ?)"
        with self._db.transaction():
            self._db.write(sql, [warrior_row(None, entrant)])
        found = self._db.query("SELECT number FROM warriors WHERE id = ?", (entrant.warrior.id,))
        return int(found[0][0])

    def _fight(
        self,
        number: int,
        challenger: Warrior,
        workers: int,
        on_finished: Callable[[int, int], None] | None,
    ) -> None:
        """Fights what is not known yet, and keeps it."""
        missing = self._missing(number)
        numbers = [number, *(member.number for member in missing)]
        done: set[int] = set()

        def keep(batch: Sequence[Tally]) -> None:
            with self._db.transaction():
                self._db.write(INSERT_PAIR, [pair_row(tally, numbers) for tally in batch])
            done.update(tally.second for tally in batch)
            if on_finished is not None:
                on_finished(len(done), len(missing))

        warriors = [challenger, *(member.warrior for member in missing)]
        pairs = [(0, place) for place in range(1, len(warriors))]
        fight_pairs(warriors, pairs, self.terms, workers=workers, on_finished=keep)

    def _missing(self, number: int) -> list[_Contender]:
        """Members that a challenger has not met."""
        sql = "SELECT first, second FROM pairs WHERE first = ?1 OR second = ?1"
        met = {other for pair in self._db.query(sql, (number,)) for other in pair}
        return [member for member in self._members() if member.number not in met]

    def _decide(self, number: int, entrant: Entrant) -> Verdict:
        """Ranks everyone, pushes the last one off and writes that down, in a transaction."""
        last = self._db.query("SELECT coalesce(max(number), 0) FROM challenges")[0][0]
        members = self._members()
        challenger = _Contender(number, last + 1, 0, entrant.warrior)
        places = self._ranked([*members, challenger])
        index = len(members)
        mine = next(place for place in places if place.standing.index == index)
        pushed = places[-1] if len(places) > self.size else None
        row: Row = (last + 1, _now(), number, mine.standing.rank, mine.standing.score)
        numbers = [*(member.number for member in members), number]
        off = None if pushed is None else numbers[pushed.standing.index]
        self._db.write("INSERT INTO challenges VALUES (?, ?, ?, ?, ?, ?)", [(*row, off)])
        if off == number:
            return Verdict(places, mine, pushed)
        self._rename(number, entrant)
        self._db.write("DELETE FROM members WHERE warrior = ?", [(off,)])
        self._db.write("UPDATE members SET age = age + 1", [()])
        self._db.write("INSERT INTO members VALUES (?, ?, 0)", [(number, last + 1)])
        staying = [place not in (mine, pushed) for place in places]
        aged = zip(places, staying, strict=True)
        return Verdict(tuple(replace(p, age=p.age + stays) for p, stays in aged), mine, pushed)

    def _rename(self, number: int, entrant: Entrant) -> None:
        """A warrior that comes back may have another name."""
        sql = "UPDATE warriors SET name = ?, author = ?, label = ?, source = ? WHERE number = ?"
        warrior = entrant.warrior
        text = (warrior.name, warrior.author, entrant.label, warrior.source or warrior.load_file())
        self._db.write(sql, [(*text, number)])

    def _members(self) -> list[_Contender]:
        """Who is on the hill, oldest first."""
        rows = self._db.query("SELECT warrior, challenge, age FROM members ORDER BY challenge")
        return [
            _Contender(number, challenge, age, read_entrant(self._db, number, self.terms).warrior)
            for number, challenge, age in rows
        ]

    def _ranked(self, contenders: Sequence[_Contender]) -> tuple[Place, ...]:
        """All of them by their scores against each other."""
        place_of = {contender.number: place for place, contender in enumerate(contenders)}
        marks = ", ".join("?" * len(place_of))
        sql = f"SELECT * FROM pairs WHERE first IN ({marks}) AND second IN ({marks})"
        rows = self._db.query(sql, [*place_of, *place_of])
        tallies = [Tally(place_of[a], place_of[b], *rest) for a, b, *rest in rows]
        table = payoffs(len(contenders), tallies)
        return tuple(
            Place(standing, contenders[standing.index].warrior, contenders[standing.index].age)
            for standing in standings(table, [contender.challenge for contender in contenders])
        )


def _now() -> str:
    """The time, for people: nothing depends on it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
