"""One HTTP request under a deadline: its answer read in pieces, bounded in time and size.

The `openai` package neither bounds a body nor the time that a whole answer takes, and it reads
the bodies of errors whole. So its HTTP client, httpx or httpx2, gets two hooks: what is read is
read here.
"""

import socket
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

MAX_BODY: Final = 4 * 2**20

_GZIP_OR_ZLIB: Final = 47


class Unsuccessful(Exception):  # noqa: N818 - a way out of the package, not a fault
    """The status is no success: nothing further for the `openai` package to read."""


class Exchange:
    """One request and what came of it.

    Args:
        max_body: Bytes that are read of a body, at most.

    Attributes:
        sent: Whether the server may have the request.
        status: Of HTTP, 0 before there is one.
        headers: The answer's, their names in lower case.
        body: As far as it came, unpacked.
        complete: Whether that is all of it.
        overlong: Whether it was cut off at `max_body`.
        late: Whether the deadline has passed, and all was cut off.
    """

    def __init__(self, max_body: int = MAX_BODY) -> None:
        self._max_body = max_body
        self.sent = False
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.body = b""
        self.complete = False
        self.overlong = False
        self.late = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def cut(self) -> None:
        """Ends the connection under the thread that waits for it."""
        with self._lock:
            self.late = True
            self._shut()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """What httpcore tells of a request: its connection, and when it is sent."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            stream = info.get("return_value")
            with self._lock:
                self._socket = stream.get_extra_info("socket") if stream is not None else None
                if self.late:
                    self._shut()
        elif event.endswith("send_request_body.started"):
            self.sent = True

    def read(self, response: Any) -> None:
        """Reads a response of httpx or httpx2, at most `max_body` bytes of its body."""
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.status = response.status_code
        pieces, size = [], 0
        for piece in response.iter_raw():
            size += len(piece)
            if size > self._max_body:
                self.overlong = True
                break
            pieces.append(piece)
        response.close()
        # Where an end of the connection ends the body, a cut looks like its end.
        self.complete = not (self.late or self.overlong)
        self.body = self._unpacked(b"".join(pieces))

    def _unpacked(self, body: bytes) -> bytes:
        """The body without gzip, which was not asked for; at most `max_body` bytes."""
        packing = self.headers.get("content-encoding", "identity").strip().lower()
        if packing not in ("gzip", "deflate"):
            return body
        try:
            body = zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, self._max_body + 1)
        except zlib.error:
            return body
        self.overlong = self.overlong or len(body) > self._max_body
        return body[: self._max_body]

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                # Not the method of `SSLSocket`, which changes what the other thread uses.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class Wire:
    """The hooks of an HTTP client, and the exchange of each thread that uses it.

    Args:
        max_body: Bytes that are read of a body, at most.
    """

    def __init__(self, max_body: int = MAX_BODY) -> None:
        self._max_body = max_body
        self._thread = threading.local()

    @property
    def hooks(self) -> dict[str, list[Any]]:
        """For the `event_hooks` of an HTTP client."""
        return {"request": [self._on_request], "response": [self._on_response]}

    @contextmanager
    def exchange(self, seconds: float) -> Iterator[Exchange]:
        """The exchange of the request made within the block, cut off after some seconds."""
        exchange = Exchange(self._max_body)
        self._thread.exchange = exchange
        watch = threading.Timer(seconds, exchange.cut)
        watch.daemon = True
        watch.start()
        try:
            yield exchange
        finally:
            watch.cancel()
            del self._thread.exchange

    def _on_request(self, request: Any) -> None:
        request.extensions["trace"] = self._thread.exchange.trace

    def _on_response(self, response: Any) -> None:
        exchange: Exchange = self._thread.exchange
        exchange.read(response)
        if not 200 <= exchange.status < 300:
            raise Unsuccessful
