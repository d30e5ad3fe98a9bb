"""A small sentence model on this machine: wordllama's, which its package brings along.

It is the mean of vectors of the text's tokens, 256 numbers each: nothing is computed that could
differ from machine to machine but the last bits of sums, and nothing is downloaded.
"""

import logging
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from analysis.embedding_vectors import EmbeddingError
from analysis.ranking import FloatArray

PACKAGE: Final = "wordllama"
MODEL: Final = "l2_supercat"
DIMENSIONS: Final = 256
INSTALL: Final = 'pip install "redqueen[embeddings]"'


def check_sentence() -> None:
    """Refuses when the optional package is missing.

    Raises:
        EmbeddingError: It is.
    """
    if find_spec(PACKAGE) is None:
        raise EmbeddingError(f"expected the package {PACKAGE} for this embedding: {INSTALL}")


def sentence_name() -> str:
    """The model, and the version of the package that it came with."""
    check_sentence()
    return f"{PACKAGE} {version(PACKAGE)} {MODEL}"


def embed_sentences(texts: Sequence[str]) -> FloatArray:
    """(n_texts, 256) vectors as the model gives them; those of equal texts are equal.

    Raises:
        EmbeddingError: The package is missing, or its model's files are.
    """
    check_sentence()
    model = _load()
    # One at a time: many would all be padded to the length of the longest.
    rows = [model.embed(text)[0] for text in texts]
    return np.array(rows, float).reshape(len(rows), DIMENSIONS)


def _load() -> Any:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    wordllama = import_module(PACKAGE)
    # Its import turns on everybody's messages.
    root.setLevel(level)
    root.handlers[:] = handlers
    # Without this folder version 0.4.0 looks for its own tokenizer on the network.
    folder = Path(str(wordllama.__file__)).parent
    try:
        return wordllama.WordLlama.load(
            MODEL, cache_dir=folder, dim=DIMENSIONS, disable_download=True
        )
    except FileNotFoundError as error:
        raise EmbeddingError(f"expected the model's files in {PACKAGE}: got {error}") from None
