"""The small model of the optional package, where it is installed."""

import logging
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis import embedding_sentence
from analysis.embedding import EmbeddingChoice, check_choice, embed
from analysis.embedding_sentence import DIMENSIONS, embed_sentences, sentence_name
from analysis.embedding_vectors import EmbeddingError
from mars.assembler import assemble
from mars.settings import CoreSettings

NANO = CoreSettings.preset("nano")
installed = pytest.mark.skipif(
    find_spec(embedding_sentence.PACKAGE) is None, reason="needs the extra 'embeddings'"
)


@installed
def test_embed_sentences__offline_and_each_text_on_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("HOME", str(tmp_path))
    texts = ["mov 0, 1", "spl 0\nmov 2, >2\njmp -1\n" * 50, "日本語 \u202e\x00", "mov 0, 1"]
    found = embed_sentences(texts)
    assert found.shape == (4, DIMENSIONS)
    assert np.isfinite(found).all()
    assert found[0].tobytes() == found[3].tobytes()
    assert embed_sentences(texts[::-1])[::-1].tobytes() == found.tobytes()
    assert not list(tmp_path.iterdir())


@installed
def test_embed_sentences__leaves_logging_alone() -> None:
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    embed_sentences(["x"])
    assert (root.level, list(root.handlers)) == before


@installed
def test_embed__what_is_alike_is_near() -> None:
    bomber = assemble("add.ab #4, 3\nmov.i 2, @2\njmp.b -2, 0\ndat.f 0, 0", NANO)
    changed = assemble("add.ab #5, 3\nmov.i 2, @2\njmp.b -2, 0\ndat.f 0, 0", NANO)
    imp = assemble(";name Imp\n;strategy runs through the whole core\nmov.i 0, 1", NANO)
    choice = EmbeddingChoice("sentence", "load-file")
    check_choice(choice)
    found = embed([bomber, changed, imp], choice).to_numpy()
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(3))
    near, far = (np.linalg.norm(found[0] - found[i]) for i in (1, 2))
    assert 0 < near < far
    assert choice.name.startswith(sentence_name())
    assert choice.name.endswith(" of the load file")


def test_check_choice__says_how_to_install_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_sentence, "PACKAGE", "no_such_package_of_sentences")
    choice = EmbeddingChoice("sentence")
    for refused in (lambda: check_choice(choice), lambda: choice.name, lambda: embed([], choice)):
        with pytest.raises(EmbeddingError, match=r'pip install "redqueen\[embeddings\]"'):
            refused()
