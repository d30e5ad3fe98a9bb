"""A local server that speaks the chat completions protocol as a test wants it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """One HTTP answer, byte for byte."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"


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


def failure(status: int, message: str) -> Answer:
    """An error as OpenAI words it."""
    return Answer(json.dumps({"error": {"message": message, "code": "x"}}).encode(), status)


@dataclass
class Stub:
    """A running server: where it is, and what it was asked."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def chat_server(answer: Callable[[dict[str, Any]], Answer]) -> Iterator[Stub]:
    """Serves on a free loopback port until the block is left."""
    stub = Stub("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stub.requests.append(request)
            stub.keys.append(self.headers["Authorization"])
            stub.paths.append(self.path)
            sent = answer(request)
            self.send_response(sent.status)
            self.send_header("Content-Type", sent.content_type)
            self.send_header("Content-Length", str(len(sent.body)))
            self.end_headers()
            with suppress(ConnectionError):  # the client may have given up
                self.wfile.write(sent.body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
