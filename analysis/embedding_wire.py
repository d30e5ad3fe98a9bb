"""One request to a server's `/embeddings`: as chat models are asked, but for longer answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from analysis.embedding_vectors import EmbeddingError
from llm_mutator.connection import (
    KEY_VARIABLE,
    OPENAI_URL,
    Connection,
    Lost,
    Unsendable,
    check_key,
)
from llm_mutator.secret import Secret
from llm_mutator.wire import Exchange

MAX_BODY: Final = 32 * 2**20


@dataclass(frozen=True)
class Endpoint:
    """A server's model.

    Attributes:
        model: As the server names it.
        url: Ends in `/v1`; without user, password or query, for it is written to files.
        timeout: Seconds for one answer.
        tries: Of one request, while the server is busy or does not answer.
        pause: Seconds before the second try, twice as many before each further one.
    """

    model: str
    url: str = OPENAI_URL
    timeout: float = 300.0
    tries: int = 5
    pause: float = 1.0


class NoAnswerError(Exception):
    """Nothing came, or a part of an answer; the message is without the key."""


class EmbeddingWire:
    """A connection to an endpoint.

    Raises:
        EmbeddingError: The URL or the key is no good, or OpenAI is asked without one.
    """

    def __init__(self, endpoint: Endpoint, secret: Secret) -> None:
        check_endpoint(endpoint.url, secret)
        self._endpoint = endpoint
        self._secret = secret
        try:
            self._connection = Connection(endpoint.url, secret, endpoint.timeout, max_body=MAX_BODY)
        except ValueError as error:
            raise EmbeddingError(str(error)) from None

    def send(self, texts: Sequence[str]) -> Exchange:
        """Asks once.

        Returns:
            What came: not whole where it was too long, took too long, or is an error.

        Raises:
            NoAnswerError: There is none; another try may bring one.
            EmbeddingError: The server's or the model's name cannot be sent.
        """
        try:
            return self._connection.ask(
                lambda client: client.embeddings.with_streaming_response.create(
                    model=self._endpoint.model, input=list(texts), encoding_format="float"
                )
            )
        except Unsendable as error:
            raise EmbeddingError(
                f"{self._endpoint.url}: expected names that can be sent: "
                f"got {self._secret.clean(str(error))}"
            ) from None
        except Lost as lost:
            exchange = lost.exchange
            if exchange.status and (exchange.late or exchange.status >= 300):
                return exchange
            raise NoAnswerError(self._secret.clean(str(lost))) from None


def check_endpoint(url: str, secret: Secret) -> None:
    """Refuses a URL as `check_url` does, a key that could not be sent, and OpenAI without one.

    Raises:
        EmbeddingError: It is so; neither the key nor a password is shown.
    """
    check_url(url)
    try:
        check_key(url, secret, KEY_VARIABLE)
    except ValueError as error:
        raise EmbeddingError(str(error)) from None


def check_url(url: str) -> None:
    """Refuses what could not be asked, or would write a password to files.

    Raises:
        EmbeddingError: It is such a URL.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise EmbeddingError("expected the URL of a server: got one that is none") from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        # Not the URL itself, which may hold a password.
        raise EmbeddingError("expected a URL without user, password or query: got one with them")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EmbeddingError(f"expected a URL that begins with http:// or https://: got {url!r}")
