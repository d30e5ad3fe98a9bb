"""Vectors from a server's embedding model: in batches, with retries, each paid for once."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from analysis.embedding_cache import opened_cache
from analysis.embedding_reply import EMBEDDINGS, parse_vectors
from analysis.embedding_vectors import EmbeddingError, unit_rows
from analysis.embedding_wire import EmbeddingWire, Endpoint, NoAnswerError
from analysis.ranking import FloatArray
from llm_mutator.completion import error_of, parse_body
from llm_mutator.connection import KEY_VARIABLE
from llm_mutator.faults import kind_of_status, read_retry_after
from llm_mutator.secret import Secret
from llm_mutator.wire import Exchange

BATCH: Final = 32
ALIKE: Final = 0.99  # cosine of a text's vectors, alone and in a batch
MOST_WAIT: Final = 60.0  # seconds that a server may ask for
_MAX_SHOWN: Final = 300

OnProgress = Callable[[int, int], None]


def embed_by_endpoint(
    texts: Sequence[str],
    endpoint: Endpoint,
    key: str,
    *,
    cache: Path | None = None,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Vectors of texts, as a server gives them.

    Equal texts are asked for once (but for one text, as a check), and those in the cache never.
    What a batch brought is in the cache before the next one is asked for.

    Args:
        texts: One or more, none empty.
        endpoint: The server's model.
        key: Empty: none.
        cache: A file, made where there is none.
        on_progress: Called with how many different texts have vectors, and of how many.

    Returns:
        (n_texts, n_features).

    Raises:
        EmbeddingError: The server refuses, does not answer, or answers something else.
        FileError: The cache is damaged, another file, or cannot be written.
    """
    wanted = list(dict.fromkeys(texts))
    with opened_cache(cache, endpoint.url, endpoint.model) as kept:
        found = kept.read(wanted)
        missing = [text for text in wanted if text not in found]
        if missing:  # whoever has all in the cache needs neither server nor key
            for new in _asked(EmbeddingClient(endpoint, key), missing):
                kept.write(new)
                found |= new
                if on_progress is not None:
                    on_progress(len(found), len(wanted))
    lengths = sorted({len(vector) for vector in found.values()})
    if len(lengths) > 1:
        raise EmbeddingError(
            f"expected {endpoint.model!r} to give vectors of one length, now and in the cache: "
            f"got {lengths[0]} and {lengths[-1]}"
        )
    return np.stack([found[text] for text in texts])


def _asked(client: "EmbeddingClient", texts: Sequence[str]) -> Iterator[dict[str, FloatArray]]:
    """Vectors by their texts, a batch at a time.

    One text of the first batch is asked for once more, alone, to see whether the server gives the
    same vectors in batches.
    """
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        vectors = client.ask(batch)
        rows = unit_rows(vectors)  # nothing is kept that could not be used
        if start == 0 and len(batch) > 1 and not client.singly:
            alone = unit_rows(client.ask(batch[1:2]))[0]
            if alone.shape != rows[1].shape or alone @ rows[1] < ALIKE:
                client.singly = True
                vectors = client.ask(batch)
                unit_rows(vectors)
        yield dict(zip(batch, vectors, strict=True))


class EmbeddingClient:
    """Asks a server, again where it is busy.

    Args:
        endpoint: The server's model.
        key: Empty: none.
        sleep: Waits some seconds.

    Attributes:
        singly: Whether each text is asked for alone. From the first reply with a vector a token
            on it is: llama-cpp-python 0.3.36 sends those, and they are wrong for all but the
            first text of its own batches.

    Raises:
        EmbeddingError: The URL or the key is no good.
    """

    def __init__(
        self, endpoint: Endpoint, key: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._endpoint = endpoint
        self._secret = Secret(key)
        self._wire = EmbeddingWire(endpoint, self._secret)
        self._sleep = sleep
        self.singly = False

    def ask(self, texts: Sequence[str]) -> FloatArray:
        """(n_texts, n_features) vectors.

        Where a reply would be too long, as those with a vector a token may be, each half of the
        texts is asked for on its own.

        Raises:
            EmbeddingError: The server refuses, is busy for too long, does not answer, or answers
                something else.
        """
        if self.singly and len(texts) > 1:
            return np.concatenate([self.ask([text]) for text in texts])
        pause = self._endpoint.pause
        for left in range(self._endpoint.tries - 1, -1, -1):
            try:
                answer = self._wire.send(texts)
                if answer.overlong and len(texts) > 1:
                    half = len(texts) // 2
                    return np.concatenate([self.ask(texts[:half]), self.ask(texts[half:])])
                if not _is_busy(answer):
                    return self._vectors(answer, texts)
                fault = self._refusal(answer)
                asked = read_retry_after(answer.headers, time.time())
            except NoAnswerError as error:
                fault, asked = f"expected a server that answers: got {error}", None
            if not left or (asked is not None and asked > MOST_WAIT):
                break
            self._sleep(pause if asked is None else asked)
            pause *= 2
        raise EmbeddingError(self._at(f"{fault}; tries: {self._endpoint.tries - left}"))

    def _vectors(self, answer: Exchange, texts: Sequence[str]) -> FloatArray:
        if not 200 <= answer.status < 300:
            raise EmbeddingError(self._at(self._refusal(answer)))
        if not answer.complete:
            got = "too much" if answer.overlong else "a part of it in time"
            raise EmbeddingError(self._at(f"expected a whole reply: got {got}"))
        try:
            vectors, by_token = parse_vectors(answer.body, len(texts))
        except ValueError as error:
            raise EmbeddingError(self._at(self._secret.clean(str(error)))) from None
        self.singly = self.singly or by_token
        return self.ask(texts) if by_token and len(texts) > 1 else vectors

    def _refusal(self, answer: Exchange) -> str:
        """What an answer with an error says."""
        model, status = self._endpoint.model, answer.status
        if status in (401, 403):
            # The server's own words may repeat the key, or a part of it.
            got = "one it refuses" if self._secret else "none"
            return f"expected a valid key in {KEY_VARIABLE}: got {got} (HTTP {status})"
        said = self._secret.clean(
            _error_of(answer)[0] or answer.body[:_MAX_SHOWN].decode("utf-8", "replace")
        )
        if status == 404:
            return f"expected a model the server knows: got {model!r} ({said})"
        if 300 <= status < 400:
            place = self._secret.clean(answer.headers.get("location", ""))
            return f"expected embeddings of {model!r}: got HTTP {status}, moved to {place!r}"
        return f"expected embeddings of {model!r}: got HTTP {status} ({said})"

    def _at(self, reason: str) -> str:
        return f"{self._endpoint.url}: {reason}"


def _is_busy(answer: Exchange) -> bool:
    # What has moved has a wrong URL here, and is not asked for five times.
    return answer.status >= 400 and kind_of_status(answer.status, _error_of(answer)[1]) == "busy"


def _error_of(answer: Exchange) -> tuple[str, str]:
    """Message and code (or type) of the error in a body, empty where it has none."""
    with suppress(ValueError):
        return error_of(parse_body(answer.body, EMBEDDINGS))[:2]
    return "", ""
