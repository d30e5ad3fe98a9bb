"""One request to a server's `/embeddings`: its answer read in pieces, bounded in time and size.

The `openai` package makes the request, without its own retries; a hook of its HTTP client reads
what comes, as in `llm_mutator.wire`. No text made here ever holds the key.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from analysis.embedding_vectors import EmbeddingError
from mars.redcode import printable

KEY_VARIABLE: Final = "OPENAI_API_KEY"
OPENAI_URL: Final = "https://api.openai.com/v1"
MAX_BODY: Final = 32 * 2**20
# Local servers want no key, but the openai package wants one.
_NO_KEY: Final = "no-key-needed"
# A connection for each request: one that is kept may be gone by the next.
_HEADERS: Final = {"Connection": "close", "Accept-Encoding": "identity"}
_CONNECT_SECONDS: Final = 15.0
_MAX_REASON: Final = 300
_HIDDEN: Final = "***"
_SHORTEST: Final = 5
_PART: Final = 8
# Servers repeat keys in part, as in "sk-ab***yz".
_KEY_LIKE: Final = re.compile(r"\bsk-[\w*.-]+")


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


@dataclass(frozen=True)
class Answer:
    """What a server answered.

    Attributes:
        status: Of HTTP.
        headers: Their names in lower case.
        body: At most `MAX_BODY` bytes.
        cut: Why that is not all of it; "": it is.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: Literal["", "size", "time"]


class NoAnswerError(Exception):
    """Nothing came, or not in time."""


class _Answered(Exception):  # noqa: N818 - a way out of the package, not a fault
    """The hook has read all that there is to read."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer


class Wire:
    """A connection to an endpoint.

    Raises:
        EmbeddingError: The URL or the key is no good, or OpenAI is asked without one.
    """

    def __init__(self, endpoint: Endpoint, key: str) -> None:
        # Here and not above: half a second that only this embedding should pay.
        import openai  # noqa: PLC0415

        check_url(endpoint.url)
        check_key(endpoint.url, key)
        self._endpoint = endpoint
        self._key = key
        self._error: type[openai.OpenAIError] = openai.OpenAIError
        timeout = openai.Timeout(endpoint.timeout, connect=min(endpoint.timeout, _CONNECT_SECONDS))
        try:
            self._client = openai.OpenAI(
                api_key=key or _NO_KEY,
                base_url=endpoint.url,
                timeout=timeout,
                max_retries=0,
                default_headers=_HEADERS,
                http_client=openai.DefaultHttpxClient(
                    timeout=timeout,
                    event_hooks={"response": [self._read]},
                    follow_redirects=False,
                ),
            )
        except Exception as error:
            # The classes of a bad URL's or proxy's errors have nothing in common.
            raise EmbeddingError(
                f"expected a server to ask: got {self.clean(str(error))}"
            ) from None
        if not _is_openai(endpoint.url):
            # The package takes them from the environment, and they are nobody else's business.
            self._client.organization = self._client.project = None

    def send(self, texts: Sequence[str]) -> Answer:
        """Asks once.

        Raises:
            NoAnswerError: There is none.
        """
        try:
            self._client.embeddings.create(
                model=self._endpoint.model, input=list(texts), encoding_format="float"
            )
        except _Answered as answered:
            return answered.answer
        except self._error as error:
            # Older versions of the package wrap whatever a hook raises.
            if isinstance(error.__cause__, _Answered):
                return error.__cause__.answer
            cause = f" {error.__cause__}" if error.__cause__ is not None else ""
            raise NoAnswerError(self.clean(f"{error}{cause}")) from None
        raise NoAnswerError("nothing that could be read")

    def clean(self, text: str) -> str:
        """Untrusted text as one line, cut, without the key or parts of it."""
        text = " ".join(text.split())[: 4 * _MAX_REASON]
        text = printable(without_key(text, self._key))
        return text if len(text) <= _MAX_REASON else text[: _MAX_REASON - 1] + "…"

    def _read(self, response: Any) -> None:
        end = time.monotonic() + self._endpoint.timeout
        pieces, size = [], 0
        cut: Literal["", "size", "time"] = ""
        for piece in response.iter_raw():
            size += len(piece)
            if size > MAX_BODY or time.monotonic() > end:
                cut = "size" if size > MAX_BODY else "time"
                break
            pieces.append(piece)
        response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        raise _Answered(Answer(response.status_code, headers, b"".join(pieces), cut))


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


def check_key(url: str, key: str) -> None:
    """Refuses a key that could not be sent, and OpenAI without one.

    Raises:
        EmbeddingError: It is so.
    """
    if not key and _is_openai(url):
        raise EmbeddingError(
            f"expected a key in the environment variable {KEY_VARIABLE}, "
            "or the URL of a server that needs none: got neither"
        )
    if key and not (key.isascii() and key.isprintable()):
        # As a header it would fail later, and the error would show it.
        raise EmbeddingError(
            f"expected {KEY_VARIABLE} to be printable ASCII: got a key with other characters"
        )


def without_key(text: str, key: str) -> str:
    """A text without the key, eight characters of it in a row, or what looks like a key.

    Keys of fewer than five characters are stand-ins ("x") and hidden nowhere.
    """
    if len(key) >= _SHORTEST:
        text = text.replace(key, _HIDDEN)
    hidden = bytearray(len(text))
    for place in range(len(key) - _PART + 1):
        part = key[place : place + _PART]
        at = text.find(part)
        while at >= 0:
            hidden[at : at + _PART] = b"\1" * _PART
            at = text.find(part, at + 1)
    pieces = [
        _HIDDEN if hide and (i == 0 or not hidden[i - 1]) else "" if hide else text[i]
        for i, hide in enumerate(hidden)
    ]
    return _KEY_LIKE.sub(_HIDDEN, "".join(pieces))


def _is_openai(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "api.openai.com" or host.endswith(".api.openai.com")
