"""A local server that speaks the chat completions protocol as a test wants it, or refuses to."""

import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

PIECE = 65_536

# With SO_LINGER at 0 seconds a close is a reset.
_RESET = struct.pack("ii", 1, 0)


@dataclass
class Answer:
    """One HTTP answer, byte for byte.

    Attributes:
        body, status, content_type, headers: As HTTP has them.
        repeat: How often the body is sent, as one.
        framing: How its end is told: "length", "chunked", or "close" of the connection.
        cut: Bytes of the body after which `then` comes instead of the rest.
        then: "end": the connection is closed; "reset": torn down; "stall": nothing, until the
            server is closed; "trickle": one byte at a time.
        silent: Not even a status is sent before `then`.
    """

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    repeat: int = 1
    framing: Literal["length", "chunked", "close"] = "length"
    cut: int | None = None
    then: Literal["end", "reset", "stall", "trickle"] = "end"
    silent: bool = False


def completion(text: str | None, **changes: Any) -> Answer:
    """A chat completion as servers send it; changes are made to its top level."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub-model-1",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }
    return Answer(json.dumps(body | changes).encode())


def failure(status: int, message: str, code: str = "x", **headers: str) -> Answer:
    """An error as OpenAI words it; `_` in headers' names stands for `-`."""
    body = json.dumps({"error": {"message": message, "code": code}}).encode()
    return Answer(body, status, headers={k.replace("_", "-"): v for k, v in headers.items()})


@dataclass
class Stub:
    """A running server: where it is, and what it was asked.

    Attributes:
        most_at_once: Requests that were answered at the same time, at most.
        closing: Set when the server is about to close; what stalls ends then.
    """

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    most_at_once: int = 0
    closing: threading.Event = field(default_factory=threading.Event)


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of clients that have gone away."""


def free_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def chat_server(answer: Callable[[dict[str, Any]], Answer], port: int = 0) -> Iterator[Stub]:
    """Serves on a loopback port, by default a free one, until the block is left."""
    stub = Stub("")
    lock = threading.Lock()
    busy = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            nonlocal busy
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                stub.requests.append(request)
                stub.keys.append(self.headers["Authorization"])
                stub.paths.append(self.path)
                stub.headers.append({k.lower(): v for k, v in self.headers.items()})
                busy += 1
                stub.most_at_once = max(stub.most_at_once, busy)
            try:
                sent = answer(request)
            finally:
                with lock:
                    busy -= 1
            self.close_connection = True
            with suppress(ConnectionError):  # the client may have given up
                self._send(sent)

        def _send(self, sent: Answer) -> None:
            if not sent.silent:
                self._send_head(sent)
                self._send_body(sent)
            if sent.silent or sent.cut is not None:
                self._send_end(sent)

        def _send_head(self, sent: Answer) -> None:
            self.send_response(sent.status)
            self.send_header("Content-Type", sent.content_type)
            for name, value in sent.headers.items():
                self.send_header(name, value)
            if sent.framing == "length":
                self.send_header("Content-Length", str(len(sent.body) * sent.repeat))
            elif sent.framing == "chunked":
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()

        def _send_body(self, sent: Answer) -> None:
            for _ in range(sent.repeat):
                body = sent.body[: sent.cut]
                for start in range(0, len(body), PIECE):
                    self._send_piece(body[start : start + PIECE], sent.framing == "chunked")
            if sent.framing == "chunked" and sent.cut is None:
                self.wfile.write(b"0\r\n\r\n")

        def _send_piece(self, piece: bytes, chunked: bool) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)

        def _send_end(self, sent: Answer) -> None:
            if sent.then == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                # Not `close`, which would wait for the files made of it.
                os.close(self.connection.detach())
            elif sent.then == "stall":
                stub.closing.wait()
            elif sent.then == "trickle":
                rest = b"HTTP/1.1 200 OK\r\nX: " if sent.silent else b""
                while not stub.closing.is_set():
                    self.wfile.write(rest[:1] or b" ")
                    rest = rest[1:]
                    time.sleep(0.005)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = _Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield stub
    finally:
        stub.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
