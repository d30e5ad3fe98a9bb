"""Vectors that a server was asked for, kept in a SQLite file: nothing paid is asked twice."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from analysis.ranking import FloatArray
from mars.database import Database, FileError, Schema, is_new
from mars.database_making import make_database

CACHE: Final = Schema(
    "a cache of embeddings",
    0x52514543,  # "RQEC"
    1,
    {
        # digest: SHA-256 of the text. vector: a JSON list. seal: SHA-256 of the four before.
        "vectors": """
            url TEXT NOT NULL,
            model TEXT NOT NULL,
            digest TEXT NOT NULL,
            vector TEXT NOT NULL,
            seal TEXT NOT NULL,
            PRIMARY KEY (url, model, digest)"""
    },
)


def text_digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()


class VectorCache:
    """Vectors of one server's one model; of no file, it only forgets."""

    def __init__(self, database: Database | None, url: str, model: str) -> None:
        self._database = database
        self._url = url
        self._model = model

    def read(self, texts: Sequence[str]) -> dict[str, FloatArray]:
        """The vectors of those texts that have one.

        Raises:
            FileError: The file is damaged.
        """
        found = {}
        for text in texts if self._database is not None else ():
            vector = self._read(text_digest(text))
            if vector is not None:
                found[text] = vector
        return found

    def write(self, vectors: Mapping[str, FloatArray]) -> None:
        """Keeps vectors by their texts, all or none; those that are there stay.

        Raises:
            WriteError: The disk is full, or refuses.
        """
        if self._database is None:
            return
        rows = []
        for text, vector in vectors.items():
            digest, written = text_digest(text), json.dumps(vector.tolist(), allow_nan=False)
            rows.append((self._url, self._model, digest, written, self._seal(digest, written)))
        with self._database.transaction():
            self._database.write("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?, ?, ?)", rows)

    def _read(self, digest: str) -> FloatArray | None:
        assert self._database is not None
        sql = "SELECT vector, seal FROM vectors WHERE url = ? AND model = ? AND digest = ?"
        rows = self._database.query(sql, (self._url, self._model, digest))
        if not rows:
            return None
        vector, seal = rows[0]
        if seal != self._seal(digest, vector):
            raise FileError(
                f"{self._database.path} is damaged and was left as it is: a vector has changed"
            )
        return np.array(json.loads(vector), float)

    def _seal(self, digest: str, vector: str) -> str:
        return text_digest(json.dumps([self._url, self._model, digest, vector]))


@contextmanager
def opened_cache(path: Path | None, url: str, model: str) -> Iterator[VectorCache]:
    """A cache in a file, which is made where there is none; without a file, an empty one.

    Args:
        path: Of the file.
        url, model: Whose vectors.

    Raises:
        FileError: It is damaged, or another file.
        WriteError: It cannot be made.
    """
    if path is None:
        yield VectorCache(None, url, model)
        return
    if is_new(path):
        make_database(path, CACHE, {})
    with Database(path, CACHE, "write") as database:
        yield VectorCache(database, url, model)
