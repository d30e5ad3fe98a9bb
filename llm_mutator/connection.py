"""A server that is asked through the `openai` package, every answer read by `llm_mutator.wire`.

The package makes the requests, without its own retries, and looks at no answer.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from llm_mutator.secret import Secret
from llm_mutator.wire import MAX_BODY, Exchange, Unsuccessful, Wire

if TYPE_CHECKING:
    import openai

KEY_VARIABLE: Final = "OPENAI_API_KEY"
OPENAI_URL: Final = "https://api.openai.com/v1"
# Local servers want no key, but the openai package wants one.
_NO_KEY: Final = "no-key-needed"
_CONNECT_SECONDS: Final = 15.0
_GRACE: Final = 5.0
# A connection for each request, so that its socket is known and can be cut off in time.
_HEADERS: Final = {"Connection": "close", "Accept-Encoding": "identity"}

# One of the package's `with_streaming_response` calls.
Request = Callable[["openai.OpenAI"], AbstractContextManager[Any]]


class Lost(Exception):  # noqa: N818 - a state of the world, not a fault here
    """An answer that did not come, or not whole; the message is untrusted.

    Attributes:
        exchange: As far as it came.
    """

    def __init__(self, exchange: Exchange, got: str) -> None:
        super().__init__(got)
        self.exchange = exchange


class Unsendable(Exception):  # noqa: N818 - as above
    """A name that no URL and no JSON can hold; nothing was sent. The message is untrusted."""


class Connection:
    """A connection to a server; used from many threads at once.

    Args:
        url: Of the server.
        secret: Its key, perhaps empty.
        timeout: Seconds for one whole answer, its headers included.
        max_body: Bytes of a body at most.

    Raises:
        ValueError: The URL, or that of a proxy, is no good.
    """

    def __init__(
        self, url: str, secret: Secret, timeout: float, *, max_body: int = MAX_BODY
    ) -> None:
        self._timeout = timeout
        self._wire = Wire(max_body)
        self._client, self._error = _connect(url, secret, timeout, self._wire)

    def ask(self, request: Request) -> Exchange:
        """Makes one request: a whole answer, or one that is longer than may be.

        Raises:
            Lost: Nothing came, or not all of the answer.
            Unsendable: The request could not be made.
        """
        with self._wire.exchange(self._timeout) as exchange:
            try:
                with request(self._client):
                    pass
            except Unsuccessful:
                pass
            except self._error as error:
                # Older versions of the package wrap whatever a hook raises.
                if not isinstance(error.__cause__, Unsuccessful):
                    raise self._lost(exchange, error) from None
            except ValueError as error:
                if exchange.sent:
                    raise
                raise Unsendable(str(error)) from None
        if not (exchange.complete or exchange.overlong):
            raise self._lost(exchange, None)
        return exchange

    def _lost(self, exchange: Exchange, error: BaseException | None) -> Lost:
        if exchange.late:
            return Lost(exchange, f"no whole reply, timed out after {self._timeout:g} seconds")
        if error is None:
            return Lost(exchange, "a part of one")
        cause = f" {error.__cause__}" if error.__cause__ is not None else ""
        return Lost(exchange, f"{error}{cause}")


def check_key(url: str, secret: Secret, variable: str) -> None:
    """Refuses a key that could not be sent, and OpenAI without one.

    Args:
        url: Of the server.
        secret: Its key, perhaps empty.
        variable: Of the environment, where the key was looked for.

    Raises:
        ValueError: It is so; the key is not shown.
    """
    if not secret and is_openai(url):
        raise ValueError(
            f"expected a key in the environment variable {variable}, "
            "or the URL of a server that needs none: got neither"
        )
    if not secret.fits_header:
        # As a header it would fail later, and the error would show it.
        raise ValueError(
            f"expected {variable} to be printable ASCII: got a key with other characters"
        )


def is_openai(url: str) -> bool:
    """Whether a URL is of OpenAI's own servers."""
    host = urlsplit(url).hostname or ""
    return host == "api.openai.com" or host.endswith(".api.openai.com")


def _connect(
    url: str, secret: Secret, timeout: float, wire: Wire
) -> "tuple[openai.OpenAI, type[openai.OpenAIError]]":
    """The package's client, and what its errors are."""
    # Here and not above: half a second that only those who ask should pay.
    import openai  # noqa: PLC0415

    # The deadline of the exchange comes first; this one is for what it cannot reach.
    limits = openai.Timeout(timeout + _GRACE, connect=min(timeout, _CONNECT_SECONDS))
    try:
        _ = urlsplit(url).port
        client = openai.OpenAI(
            api_key=secret.reveal() or _NO_KEY,
            base_url=url,
            timeout=limits,
            max_retries=0,
            default_headers=_HEADERS,
            http_client=openai.DefaultHttpxClient(
                timeout=limits, event_hooks=wire.hooks, follow_redirects=False
            ),
        )
    except Exception as error:
        # The classes of a bad URL's or proxy's errors have nothing in common.
        raise ValueError(f"expected a server to ask: got {secret.clean(str(error))}") from None
    if not is_openai(url):
        # The package takes them from the environment, and they are nobody else's business.
        client.organization = client.project = None
    return client, openai.OpenAIError
