"""Proposals of a chat model a second, many calls at a time against one.

A local server answers each question after two seconds with a small program of its own; the
search is the paper's (melees of 20 fights on the core of 8000). Run it alone:

    python benchmarks/llm.py [--seconds 2]
"""

import argparse
import hashlib
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from evolution.config import RunConfig
from evolution.presets import build_config, preset_table
from evolution.service import Service
from evolution.session import opened

CONCURRENT = 16


class Server(ThreadingHTTPServer):
    """Answers after a while."""

    request_queue_size = 128
    seconds = 2.0


class Handler(BaseHTTPRequestHandler):
    """One call."""

    def do_POST(self) -> None:
        """Waits, then answers with a program that the question decides."""
        question = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Server)
        time.sleep(self.server.seconds)
        body = json.dumps(_completion(question)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def _completion(question: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(question + str(time.monotonic_ns()).encode()).digest()
    steps = [int.from_bytes(digest[n : n + 2], "big") % 8000 for n in (0, 2, 4)]
    code = f"MOV.I $0, ${steps[0]}\nADD.AB #{steps[1]}, $-1\nDJN.B $-2, <{steps[2]}\n"
    message = {"role": "assistant", "content": f"```redcode\n;redcode\n{code}END\n```"}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 2000, "completion_tokens": 60, "total_tokens": 2060},
    }


@contextmanager
def served(seconds: float) -> Iterator[str]:
    """A server on a free loopback port, and its base URL."""
    server = Server(("127.0.0.1", 0), Handler)
    server.seconds = seconds
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def config_of(url: str, concurrency: int, proposals: int) -> RunConfig:
    """One round of so many proposals, in batches of 32."""
    llm = {"model": "stub", "base_url": url, "concurrency": concurrency, "style": "informed"}
    changes = {
        "rounds": 1,
        "search": {"iterations": proposals, "batch": 32, "fresh": 0},
        "champion": {"candidates": 1, "fights": 1, "record_fights": 1, "bundled_fights": 0},
        "mutator": {"kind": "llm", "llm": llm},
    }
    return build_config(preset_table("drq"), changes)


def throughput(seconds: float, concurrency: int, proposals: int) -> float:
    """Proposals a second, measured warriors included."""
    with served(seconds) as url, tempfile.TemporaryDirectory() as folder:
        config = config_of(url, concurrency, proposals)
        with opened(Path(folder) / "run", config, workers=2, service=Service()) as run:
            began = time.perf_counter()
            run.advance()
            return proposals / (time.perf_counter() - began)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="how long an answer takes")
    seconds = parser.parse_args().seconds
    throughput(0.0, CONCURRENT, 32)  # the engine may have to be compiled first
    one = throughput(seconds, 1, 16)
    many = throughput(seconds, CONCURRENT, 256)
    print(f"server: {seconds:g} s an answer")
    print(f"concurrency  1: {one:.3f} proposals/s")
    print(f"concurrency {CONCURRENT}: {many:.3f} proposals/s, {many / one:.1f} times")


if __name__ == "__main__":
    main()
