"""Which embedding is chosen and of what, and the commands that use one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import redqueen
from analysis.embedding import MAX_TEXT, EmbeddingChoice, embed, text_of, warriors_to_embed
from analysis.genotype import genotypes
from analysis.loading_groups import load_runs
from mars.assembler import assemble
from mars.redcode import Warrior, parse_instruction
from mars.settings import CoreSettings
from tests.llm_mutator.chat_stub import Answer, Stub, chat_server, failure

Runs = dict[str, Path]
NANO = CoreSettings.preset("nano")
SECRET = "sk-secret-0123456789"


def letters(text: str) -> list[float]:
    """How often each letter is in a text, centred."""
    return [text.lower().count(letter) - 3.0 for letter in "abcdefghijklmnopqrstuvwxyz"]


def embeddings(request: dict[str, Any]) -> Answer:
    data = [{"index": i, "embedding": letters(t)} for i, t in enumerate(request["input"])]
    return Answer(json.dumps({"data": data}).encode())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with chat_server(embeddings) as stub:
        yield stub


def analyse(*arguments: object) -> Result:
    return CliRunner().invoke(redqueen.main, ["analyse", *(str(given) for given in arguments)])


def by_endpoint(stub: Stub) -> list[str]:
    options = ["--embedding", "endpoint", "--embedding-model", "letters\x1b[2J"]
    return [*options, "--embedding-url", stub.url]


def test_text_of__source_or_load_file() -> None:
    source = ";name Evil \x1b[2J\n;strategy \ud800 ignore all\n  mov 0, 1 ; an imp\n"
    warrior = assemble(source, NANO)
    written = text_of(warrior, "source")
    assert written == source.strip().replace("\ud800", "?")
    assert text_of(warrior, "load-file") == warrior.load_file()
    silent = Warrior((parse_instruction("MOV.I $0, $1"),))
    assert text_of(silent, "source") == silent.load_file()
    long = Warrior(warrior.instructions, source="; " + "x" * 20_000)
    assert len(text_of(long, "source")) == MAX_TEXT
    hundred = Warrior(warrior.instructions * 100)
    assert text_of(hundred, "load-file") == hundred.load_file()


def test_embed__ngrams_are_genotypes() -> None:
    warriors = [assemble("mov 0, 1", NANO), assemble("jmp 0", NANO)]
    assert embed(warriors, EmbeddingChoice()).equals(genotypes(warriors))


def test_embed__of_an_endpoint(server: Stub) -> None:
    warriors = [assemble("; zzz\nmov 0, 1", NANO), assemble("jmp 0", NANO)]
    found = embed(warriors, EmbeddingChoice("endpoint", "source", "m", server.url))
    assert found.index.tolist() == [warrior.id for warrior in warriors]
    expected = np.array([letters("; zzz\nmov 0, 1"), letters("jmp 0")])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert found.to_numpy() == pytest.approx(expected)
    again = embed(warriors, EmbeddingChoice("endpoint", "load-file", "m", server.url))
    assert server.requests[2]["input"] == [warrior.load_file() for warrior in warriors]
    assert not np.allclose(found, again)


def test_warriors_to_embed__does_not_depend_on_the_order(recorded: Runs) -> None:
    runs = load_runs(list(recorded.values()))
    found = warriors_to_embed(runs)
    again = warriors_to_embed(runs[::-1])
    assert [(w.id, w.source) for w in found] == [(w.id, w.source) for w in again]
    assert {w.id for w in found} == {w for run in runs for w in run.champions["warrior"]}


def test_convergence_command__by_an_endpoint(
    server: Stub, recorded: Runs, nano_panel: Path, tmp_path: Path
) -> None:
    written, plot, cache = (tmp_path / name for name in ("out.json", "out.svg", "cache.db"))
    runs = [recorded["first"], recorded["second"], recorded["short"]]
    options = ["--panel", nano_panel, "-r", 2, "--workers", 1, "--embedding-cache", cache]
    files = ["--json", written, "--plot", plot]
    result = analyse("convergence", *runs, *options, *files, *by_endpoint(server))
    assert result.exit_code == 0, result.output
    assert "code as letters?[2J of the source" in result.output.splitlines()[0]
    found = json.loads(written.read_text())
    assert found["embedding"] == "endpoint"
    assert found["embedding_url"] == server.url
    assert "letters?[2J of the source" in plot.read_text(encoding="utf-8")
    for file in (written, plot, cache):
        assert SECRET.encode() not in file.read_bytes()
    # Other vectors than n-grams, of the same champions; the phenotype is as it was.
    plain = tmp_path / "plain.json"
    assert analyse("convergence", *runs, *options[:-2], "--json", plain).exit_code == 0
    first, second = found["by_round"], json.loads(plain.read_text())["by_round"]
    same, other = "phenotype_change", "genotype_change"
    assert [row[same] for row in first] == [row[same] for row in second]
    assert [row[other] for row in first] != [row[other] for row in second]
    # Runs in another order, from the cache alone: the same.
    asked, again = len(server.requests), tmp_path / "again.json"
    more = [*options, "--json", again, *by_endpoint(server)]
    assert analyse("convergence", *runs[::-1], *more).exit_code == 0
    assert len(server.requests) == asked
    for row, expected in zip(json.loads(again.read_text())["by_round"], first, strict=True):
        assert row == pytest.approx(expected)


def test_probe_command__by_an_endpoint(
    server: Stub, recorded: Runs, nano_panel: Path, tmp_path: Path
) -> None:
    written, plot = tmp_path / "out.json", tmp_path / "out.svg"
    runs = list(recorded.values())
    options = ["--panel", nano_panel, "-r", 2, "--workers", 1, "--embedding-text", "load-file"]
    files = ["--json", written, "--plot", plot]
    result = analyse("probe", *runs, *options, *files, *by_endpoint(server))
    assert result.exit_code == 0, result.output
    assert "from: letters?[2J of the load file" in result.output.splitlines()[0]
    assert json.loads(written.read_text())["embedding_name"].endswith("of the load file")
    assert "letters?[2J of the load file" in plot.read_text(encoding="utf-8")
    assert all("START" in text for r in server.requests for text in r["input"])


def test_commands__a_server_that_refuses(
    monkeypatch: pytest.MonkeyPatch, recorded: Runs, nano_panel: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    options = [recorded["first"], recorded["second"], "--panel", nano_panel, "-r", 2]
    with chat_server(lambda _: failure(401, f"your key {SECRET}")) as stub:
        for command in ("convergence", "probe"):
            result = analyse(command, *options, *by_endpoint(stub))
            assert result.exit_code == 1
            assert "expected a valid key in OPENAI_API_KEY: got one it refuses" in result.output
            assert SECRET not in result.output


def test_commands__refuse_options_that_do_not_go_together(
    recorded: Runs, nano_panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    cache = tmp_path / "out.json"
    endpoint = ["--embedding", "endpoint", "--embedding-model", "m"]
    cases = [
        (["--embedding", "endpoint"], 2, "expected --embedding-model"),
        (["--embedding-model", "m"], 2, "expected --embedding endpoint with --embedding-model"),
        (["--embedding-cache", cache], 2, "expected --embedding endpoint with --embedding-cache"),
        (["--embedding-text", "source"], 2, "expected another --embedding"),
        (endpoint, 1, "expected a key in the environment variable OPENAI_API_KEY"),
        ([*endpoint, "--embedding-url", "http://a:b@x/v1"], 1, "without user, password or query"),
        ([*endpoint, "--embedding-cache", cache, "--json", cache], 1, "expected different files"),
    ]
    for options, code, words in cases:
        result = analyse("convergence", recorded["first"], "--panel", nano_panel, *options)
        assert (result.exit_code, words in result.output) == (code, True), result.output
    assert not cache.exists()
