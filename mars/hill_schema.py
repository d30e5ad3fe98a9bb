"""A hill's tables, and making an empty one."""

from pathlib import Path
from typing import Final

from mars.database import FileError, Schema, is_new
from mars.database_making import make_database
from mars.records import PAIR_COLUMNS, TERMS_COLUMNS, WARRIOR_COLUMNS, terms_row
from mars.tournament import Terms

MAX_SIZE: Final = 1000
HILL: Final = Schema(
    "a hill",
    0x52514849,  # "RQHI"
    1,
    {
        "terms": TERMS_COLUMNS,
        "hill": "id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL CHECK (size >= 1)",
        "warriors": WARRIOR_COLUMNS,
        # Also of warriors that are no longer, or not yet, on the hill.
        "pairs": PAIR_COLUMNS,
        # One row a decided challenge. rank and score: among all, the one pushed off included.
        "challenges": """
            number INTEGER PRIMARY KEY,
            time TEXT NOT NULL,
            warrior INTEGER NOT NULL REFERENCES warriors (number),
            rank INTEGER NOT NULL CHECK (rank >= 1),
            score REAL NOT NULL,
            pushed INTEGER REFERENCES warriors (number)""",
        # Who is on the hill. challenge: by which it came. age: successful challenges survived.
        "members": """
            warrior INTEGER PRIMARY KEY REFERENCES warriors (number),
            challenge INTEGER NOT NULL UNIQUE REFERENCES challenges (number),
            age INTEGER NOT NULL CHECK (age >= 0)""",
    },
)


def found_hill(path: Path, terms: Terms, size: int) -> None:
    """Makes an empty hill.

    Args:
        path: Where there is nothing yet.
        terms: Of all battles.
        size: Most warriors on it, 1 to 1000.

    Raises:
        ValueError: No hill has that size.
        FileError: There is something, or it cannot be made.
    """
    if not 1 <= size <= MAX_SIZE:
        raise ValueError(f"size must be 1 to {MAX_SIZE}: got {size}")
    if not is_new(path):
        raise FileError(f"expected to make a hill: got {path}, which is there already")
    make_database(path, HILL, {"terms": [terms_row(terms)], "hill": [(1, size)]})
