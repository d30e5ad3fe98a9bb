"""What the kinds of embeddings share: their error, and rows of length 1."""

import numpy as np
from numpy.typing import ArrayLike

from analysis.ranking import FloatArray


class EmbeddingError(Exception):
    """Texts could not be embedded; the message says why, without any key."""


def unit_rows(vectors: ArrayLike) -> FloatArray:
    """Vectors of length 1.

    Args:
        vectors: (n, n_features).

    Raises:
        EmbeddingError: One has no length, or a value that is no finite number.
    """
    rows = np.asarray(vectors, float)
    # By the largest value first, so that squares neither overflow nor vanish.
    largest = np.abs(rows).max(axis=1, keepdims=True)
    if not (np.isfinite(largest) & (largest > 0)).all():
        raise EmbeddingError("expected vectors with a length: got one of 0, or of no number")
    scaled = rows / largest
    return np.asarray(scaled / np.linalg.norm(scaled, axis=1, keepdims=True))
