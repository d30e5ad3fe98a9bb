"""Terms, warriors and battles as rows of an SQLite file, and back."""

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, fields
from typing import Final

from mars.assembler import RedcodeError, assemble
from mars.database import Database, FileError, Value
from mars.entrants import Entrant
from mars.settings import CoreSettings
from mars.standings import Tally
from mars.tournament import Terms

# One row. seed: NULL stands for pMARS's fixed series.
TERMS_COLUMNS: Final = """
    id INTEGER PRIMARY KEY CHECK (id = 1),
    core_size INTEGER NOT NULL,
    max_cycles INTEGER NOT NULL,
    max_processes INTEGER NOT NULL,
    max_length INTEGER NOT NULL,
    min_distance INTEGER NOT NULL,
    pspace_size INTEGER NOT NULL,
    rules TEXT NOT NULL,
    fights INTEGER NOT NULL,
    seed INTEGER"""
# id: SHA-256 of the load file. name, author, source and label are untrusted text; label is the
# file that it was read from.
WARRIOR_COLUMNS: Final = """
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    author TEXT NOT NULL,
    label TEXT NOT NULL,
    load_file TEXT NOT NULL,
    source TEXT NOT NULL"""
# One row a finished battle; wins are those of the warrior with the smaller number.
PAIR_COLUMNS: Final = """
    first INTEGER NOT NULL REFERENCES warriors (number),
    second INTEGER NOT NULL REFERENCES warriors (number),
    wins INTEGER NOT NULL CHECK (wins >= 0),
    ties INTEGER NOT NULL CHECK (ties >= 0),
    losses INTEGER NOT NULL CHECK (losses >= 0),
    PRIMARY KEY (first, second),
    CHECK (first < second)"""
# A battle that another process, or the same one a moment ago, has written is the same.
INSERT_PAIR: Final = "INSERT OR IGNORE INTO pairs VALUES (?, ?, ?, ?, ?)"


def terms_row(terms: Terms) -> list[Value]:
    """The one row of the table `terms`."""
    return [1, *astuple(terms.settings), terms.fights, terms.seed]


def read_terms(db: Database) -> Terms:
    """What `terms_row` made.

    Raises:
        FileError: There is no such row.
    """
    rows = db.query("SELECT * FROM terms")
    names = [field.name for field in fields(CoreSettings)]
    try:
        _, *values, fights, seed = rows[0]
        return Terms(CoreSettings(**dict(zip(names, values, strict=True))), fights, seed)
    except (IndexError, ValueError) as error:
        raise FileError(f"{db.path} is damaged: expected settings: got {error}") from None


def differences(stored: Terms, given: Terms) -> list[str]:
    """What differs, in words."""
    names = [field.name for field in fields(CoreSettings)]
    pairs = [
        (name, getattr(stored.settings, name), getattr(given.settings, name)) for name in names
    ]
    pairs += [
        ("fights", stored.fights, given.fights),
        ("seed", _seed_text(stored), _seed_text(given)),
    ]
    return [
        f"{name} {given} instead of {stored}" for name, stored, given in pairs if stored != given
    ]


def warrior_row(number: int | None, entrant: Entrant) -> list[Value]:
    """A row of the table `warriors`; without a number SQLite gives the next one."""
    warrior = entrant.warrior
    return [
        number,
        warrior.id,
        warrior.name,
        warrior.author,
        entrant.label,
        warrior.load_file(),
        warrior.source or warrior.load_file(),
    ]


def read_entrant(db: Database, number: int, terms: Terms) -> Entrant:
    """A stored warrior, assembled again.

    Args:
        db: A file with a table `warriors`.
        number: Its number there.
        terms: Under which it was assembled.

    Raises:
        FileError: It is not there, or is another one now.
    """
    sql = "SELECT id, label, source FROM warriors WHERE number = ?"
    try:
        [(key, label, source)] = db.query(sql, (number,))
        warrior = assemble(source, terms.settings, path=label, rounds=terms.fights)
    except (ValueError, RedcodeError) as error:
        raise FileError(f"{db.path} is damaged: expected warrior {number}: got {error}") from None
    if warrior.id != key:
        raise FileError(
            f"{db.path} is damaged: expected a source of {key}: got one of {warrior.id}"
        )
    return Entrant(warrior, label)


def check_records(db: Database, terms: Terms) -> None:
    """Refuses warriors and battles that contradict themselves.

    Raises:
        FileError: Naming the first.
    """
    for number, key, load_file in db.query("SELECT number, id, load_file FROM warriors"):
        if hashlib.sha256(load_file.encode()).hexdigest() != key:
            raise FileError(f"{db.path} is damaged: warrior {number} has changed")
    sql = "SELECT first, second FROM pairs WHERE wins + ties + losses != ? LIMIT 1"
    for first, second in db.query(sql, (terms.fights,)):
        raise FileError(
            f"{db.path} is damaged: expected {terms.fights} fights of warriors {first} and "
            f"{second}: got another number"
        )


def pair_row(tally: Tally, numbers: Sequence[int]) -> list[Value]:
    """A row of the table `pairs`.

    Args:
        tally: A battle.
        numbers: Of the warriors that it names by their places.
    """
    first, second = numbers[tally.first], numbers[tally.second]
    if first < second:
        return [first, second, tally.wins, tally.ties, tally.losses]
    return [second, first, tally.losses, tally.ties, tally.wins]


def _seed_text(terms: Terms) -> str:
    return "none (-f)" if terms.seed is None else str(terms.seed)
