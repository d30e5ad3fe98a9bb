"""From the body of an embeddings reply to vectors: pure, and nothing in the body is trusted."""

import math
from typing import Any, Final

import numpy as np

from analysis.ranking import FloatArray
from llm_mutator.completion import parse_body

EMBEDDINGS: Final = "embeddings"
MOST_DIMENSIONS: Final = 65_536
_MAX_SHOWN: Final = 80


def parse_vectors(body: bytes, texts: int) -> tuple[FloatArray, bool]:
    """The vectors in a reply, in the order of the texts.

    Servers of models that were not made for embeddings answer with a vector a token: their mean
    is taken.

    Args:
        body: As it came.
        texts: How many were asked for.

    Returns:
        (texts, n_features), and whether there was a vector a token.

    Raises:
        ValueError: It is no such reply; the message says what is wrong with it.
    """
    data = parse_body(body, EMBEDDINGS).get("data")
    if not isinstance(data, list) or len(data) != texts:
        raise ValueError(f"expected {texts} embeddings: got {_many(data)}")
    rows: dict[int, FloatArray] = {}
    by_token = False
    for place, item in enumerate(data):
        table = item if isinstance(item, dict) else {}
        index = table.get("index", place)
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < texts:
            raise ValueError(f"expected an index of 0 to {texts - 1}: got {_shown(index)}")
        value = table.get("embedding")
        if isinstance(value, list) and value and isinstance(value[0], list):
            by_token = True
            rows[index] = _mean(value)
        else:
            rows[index] = _numbers(value)
    if len(rows) != texts:
        raise ValueError(f"expected an embedding of each text: got {len(rows)} of {texts}")
    lengths = sorted({len(row) for row in rows.values()})
    if len(lengths) > 1:
        raise ValueError(f"expected embeddings of one length: got {lengths[0]} and {lengths[-1]}")
    return np.stack([rows[place] for place in range(texts)]), by_token


def _mean(value: list[Any]) -> FloatArray:
    rows = [_numbers(row) for row in value]
    if len({len(row) for row in rows}) > 1:
        raise ValueError("expected an embedding of tokens of one length: got different ones")
    return np.asarray(np.mean(rows, axis=0))


def _numbers(value: object) -> FloatArray:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_DIMENSIONS:
        raise ValueError(f"expected an embedding of numbers: got {_many(value)}")
    return np.array([_number(item) for item in value])


def _number(value: object) -> float:
    number = math.nan
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"expected finite numbers in an embedding: got {_shown(value)}")
    return number


def _many(value: object) -> str:
    return f"{len(value)}" if isinstance(value, list) else _shown(value)


def _shown(value: object) -> str:
    """Untrusted, escaped and cut; what may be nested or long is only named."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and not isinstance(value, bool):
        return "a number" if abs(value) > 10**9 else str(value)
    text = ascii(value)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
