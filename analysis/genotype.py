"""What a warrior's code is like, as numbers: counts of n-grams. No network, nothing trained."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from mars.redcode import Instruction, Warrior

LENGTHS: Final = (1, 2, 3)
BORDER: Final = "|"
# From coarse to fine; numbers are left out, for small changes of them mean little or all.
WORDS: Final[dict[str, Callable[[Instruction], str]]] = {
    "opcode": lambda i: i.opcode.name,
    "modifier": lambda i: f"{i.opcode.name}.{i.modifier.name}",
    "modes": lambda i: f"{i.opcode.name}.{i.modifier.name} {i.a_mode.symbol}{i.b_mode.symbol}",
}


def genotypes(warriors: Sequence[Warrior]) -> pd.DataFrame:
    """The n-gram features of warriors.

    Instructions are read as words of three kinds: opcodes, opcodes with modifiers, and these with
    the addressing modes. For each kind, and for each length of 1 to 3 words in a row (the
    program's borders count as words from two on), the counts make a vector of length 1; the nine
    together are a vector of length 1 again. Squared distances of two warriors are 0 (alike) to 2
    (nothing in common).

    Args:
        warriors: One or more.

    Returns:
        A row a warrior, in their order, the index its id; a column an n-gram, sorted.
    """
    counted = [_ngrams(warrior) for warrior in warriors]
    names = sorted({name for counts in counted for name in counts})
    column_of = {name: column for column, name in enumerate(names)}
    matrix = np.zeros((len(counted), len(names)))
    for row, values in enumerate(counted):
        for name, value in values.items():
            matrix[row, column_of[name]] = value
    index = pd.Index([warrior.id for warrior in warriors], name="warrior", dtype=object)
    return pd.DataFrame(matrix, index=index, columns=pd.Index(names, dtype=object))


def _ngrams(warrior: Warrior) -> dict[str, float]:
    """Normalised counts by `kind length: words`."""
    features: dict[str, float] = {}
    blocks = len(WORDS) * len(LENGTHS)
    for kind, word_of in WORDS.items():
        words = [word_of(instruction) for instruction in warrior.instructions]
        for length in LENGTHS:
            counts = _count(words, length)
            norm = np.sqrt(blocks * sum(n * n for n in counts.values()))
            features |= {f"{kind} {length}: {gram}": n / norm for gram, n in counts.items()}
    return features


def _count(words: Sequence[str], length: int) -> Counter[str]:
    border = [BORDER] * (length - 1)
    padded = [*border, *words, *border]
    grams = (padded[i : i + length] for i in range(len(padded) - length + 1))
    return Counter(", ".join(gram) for gram in grams)
