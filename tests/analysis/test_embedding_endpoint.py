"""Vectors from a real server on this machine, which does all that servers do wrong."""

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis import embedding_wire
from analysis.embedding_cache import CACHE, opened_cache
from analysis.embedding_endpoint import BATCH, EmbeddingClient, embed_by_endpoint
from analysis.embedding_reply import parse_vectors
from analysis.embedding_vectors import EmbeddingError, unit_rows
from analysis.embedding_wire import Endpoint, check_endpoint, check_url
from llm_mutator.secret import Secret
from mars.database import FileError
from tests.llm_mutator.chat_stub import Answer, chat_server, failure, free_port

KEY = "sk-test-0123456789abcdefXYZ"
Reply = Callable[[dict[str, Any]], Answer]


def vector_of(text: str) -> list[float]:
    """Three numbers that tell texts apart."""
    return [float(len(text)), float(text.count("m")), 0.125]


def embeddings(texts: list[str], **changes: Any) -> Answer:
    """As servers send them, the last text first."""
    data = [
        {"object": "embedding", "index": i, "embedding": vector_of(text)}
        for i, text in reversed(list(enumerate(texts)))
    ]
    return Answer(json.dumps({"object": "list", "data": data, "model": "m"} | changes).encode())


def good(request: dict[str, Any]) -> Answer:
    return embeddings(request["input"])


def ask(url: str, texts: list[str], *, tries: int = 3, key: str = KEY, **more: Any) -> np.ndarray:
    endpoint = Endpoint("stub", url, timeout=5.0, tries=tries, pause=0.001)
    return embed_by_endpoint(texts, endpoint, key, **more)


def fault_of(reply: Reply | Answer, **more: Any) -> tuple[str, int]:
    """What is said of a server that answers so, and how often it was asked."""
    answer = reply if callable(reply) else lambda _: reply
    with chat_server(answer) as server:
        with pytest.raises(EmbeddingError) as caught:
            ask(server.url, ["mov", "add"], **more)
        message = str(caught.value)
        assert message.startswith(f"{server.url}: expected ")
    assert KEY not in message
    assert KEY[3:15] not in message
    return message, len(server.requests)


def test_embed_by_endpoint__batches_and_order() -> None:
    texts = [f"{'m' * (i % 7)} {i}" for i in range(2 * BATCH + 3)]
    seen: list[tuple[int, int]] = []
    with chat_server(good) as server:
        found = ask(server.url, [*texts, texts[0]], on_progress=lambda *n: seen.append(n))
    assert found.tolist() == [vector_of(text) for text in [*texts, texts[0]]]
    assert [len(request["input"]) for request in server.requests] == [BATCH, 1, BATCH, 3]
    assert seen == [(BATCH, 67), (2 * BATCH, 67), (67, 67)]
    assert server.paths == ["/v1/embeddings"] * 4
    assert server.keys == [f"Bearer {KEY}"] * 4
    assert server.requests[0]["model"] == "stub"
    assert server.requests[0]["encoding_format"] == "float"


def test_embed_by_endpoint__a_server_that_muddles_batches(tmp_path: Path) -> None:
    """Its first vector alone is right."""

    def muddled(request: dict[str, Any]) -> Answer:
        rows = [vector_of(text)[:: 1 if i == 0 else -1] for i, text in enumerate(request["input"])]
        data = [{"index": i, "embedding": row} for i, row in enumerate(rows)]
        return Answer(json.dumps({"data": data}).encode())

    texts, cache = ["mov 0, 1", "jmp 0", "add 1"], tmp_path / "vectors.db"
    with chat_server(muddled) as server:
        found = ask(server.url, texts, cache=cache)
        assert [len(request["input"]) for request in server.requests] == [3, 1, 1, 1, 1]
    assert found.tolist() == [vector_of(text) for text in texts]
    assert ask(server.url, texts, cache=cache).tolist() == found.tolist()


def test_embed_by_endpoint__no_organisation_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-private")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-private")
    with chat_server(good) as server:
        ask(server.url, ["x"], key="")
    assert "private" not in json.dumps(server.headers)


def test_embed_by_endpoint__a_vector_a_token_is_averaged_and_asked_for_alone() -> None:
    """As llama-cpp-python 0.3.36, whose first and last vectors of a batch may be right."""

    def by_token(request: dict[str, Any]) -> Answer:
        texts, data = request["input"], []
        for i, text in enumerate(texts):
            right = i in (0, len(texts) - 1)
            rows = [[float(len(text)), 2.0], [3.0, 6.0 if right else -6.0]]
            data.append({"index": i, "embedding": rows})
        return Answer(json.dumps({"data": data}).encode())

    texts = [str(i) * i for i in range(1, BATCH + 3)]
    with chat_server(by_token) as server:
        found = ask(server.url, texts)
        assert [len(r["input"]) for r in server.requests] == [BATCH, *[1] * (BATCH + 2)]
    assert found.tolist() == [[(len(text) + 3) / 2, 4.0] for text in texts]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (failure(401, f"bad key {KEY}"), "a valid key in OPENAI_API_KEY: got one it refuses"),
        (failure(404, "no such model"), "a model the server knows: got 'stub' (no such model)"),
        (failure(400, f"too long, {KEY} \x1b[31m"), "HTTP 400 (too long, *** ?[31m)"),
        (failure(429, "pay", "insufficient_quota"), "HTTP 429 (pay)"),
        (failure(302, "", Location="http://elsewhere/"), "moved to 'http://elsewhere/'"),
        (
            Answer(b"<html>nothing</html>"),
            "expected embeddings: got a broken body (Expecting value: '<html>",
        ),
        (Answer(b"[" * 100_000), "expected embeddings: got JSON nested too deeply"),
        (Answer(b"[1]"), "expected embeddings: got '[1]'"),
        (Answer(b'{"data": 1}'), "expected 2 embeddings: got 1"),
        (embeddings(["a"]), "expected 2 embeddings: got 1"),
        (embeddings(["a", "b", "c"]), "expected 2 embeddings: got 3"),
        (embeddings(["a", "bb"], data=[{"index": 0, "embedding": [1]}] * 2), "got 1 of 2"),
        (embeddings([], data=[{"index": 2, "embedding": [1]}] * 2), "index of 0 to 1: got 2"),
        (embeddings([], data=[{"embedding": [1]}, {"embedding": [1, 2]}]), "length: got 1 and 2"),
        (embeddings([], data=[{"embedding": [float("nan")]}] * 2), "finite numbers"),
        (embeddings([], data=[{"embedding": [10**400]}] * 2), "finite numbers"),
        (embeddings([], data=[{"embedding": [True]}] * 2), "finite numbers"),
        (embeddings([], data=[{"embedding": "AAAA"}] * 2), "of numbers: got 'AAAA'"),
        (embeddings([], data=[{"embedding": []}] * 2), "of numbers: got 0"),
        (embeddings([], data=[None, None]), "of numbers: got None"),
    ],
)
def test_embed_by_endpoint__faults_that_no_retry_mends(answer: Answer, words: str) -> None:
    message, requests = fault_of(answer)
    assert words in message
    assert requests == 1
    assert "\x1b" not in message


def test_embed_by_endpoint__a_vector_of_nothing() -> None:
    answer = embeddings([], data=[{"embedding": [0, 0]}, {"embedding": [1, 0]}])
    with chat_server(lambda _: answer) as server, pytest.raises(EmbeddingError, match="a length"):
        ask(server.url, ["a", "b"])


def test_embed_by_endpoint__a_body_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_wire, "MAX_BODY", 2**17)
    message, requests = fault_of(Answer(b" " * 2**16, repeat=10_000, framing="close"))
    assert "expected a whole reply: got too much" in message
    assert requests == 2  # both texts, then the first alone


def test_embed_by_endpoint__too_long_for_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_wire, "MAX_BODY", 200)
    texts = ["m", "mm", "mmm", "mmmm", "mmmmm"]
    with chat_server(good) as server:
        assert ask(server.url, texts).tolist() == [vector_of(text) for text in texts]
        assert [len(request["input"]) for request in server.requests] == [5, 2, 3, 1, 2, 1]


def test_embed_by_endpoint__busy_then_fine() -> None:
    answers = [
        failure(429, "slow", Retry_After="0"),
        failure(503, "x"),
        Answer(b"{}", cut=1, then="reset"),
        Answer(b"{}", cut=1, then="end"),
    ]
    with chat_server(lambda request: answers.pop(0) if answers else good(request)) as server:
        assert ask(server.url, ["mm"], tries=5).tolist() == [vector_of("mm")]
    assert len(server.requests) == 5


def test_embed_by_endpoint__busy_for_ever() -> None:
    message, requests = fault_of(failure(429, "slow"), tries=3)
    assert "HTTP 429 (slow); tries: 3" in message
    assert requests == 3
    message, requests = fault_of(failure(429, "slow", Retry_After="3600"), tries=3)
    assert ("tries: 1" in message, requests) == (True, 1)


def test_embedding_client__waits_as_asked_or_longer_and_longer() -> None:
    answers = [failure(500, "")] * 2 + [failure(429, "", Retry_After="7"), failure(500, "")]
    waits: list[float] = []
    with chat_server(lambda request: answers.pop(0) if answers else good(request)) as server:
        client = EmbeddingClient(Endpoint("m", server.url), KEY, sleep=waits.append)
        client.ask(["x"])
    assert waits == [1.0, 2.0, 7.0, 8.0]


def test_embed_by_endpoint__nobody_there_or_silent() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(EmbeddingError, match=r"a server that answers: got .*; tries: 2"):
        ask(url, ["x"], tries=2)
    answer, words = Answer(b"", silent=True, then="stall"), r"answers: got .*time.*; tries: 1"
    with chat_server(lambda _: answer) as server, pytest.raises(EmbeddingError, match=words):
        embed_by_endpoint(["x"], Endpoint("m", server.url, timeout=0.2, tries=1), "")


@pytest.mark.parametrize(
    ("answer", "words", "requests"),
    [
        (Answer(b"{" * 5000, cut=10, then="trickle"), "expected a whole reply: got a part", 1),
        (Answer(b"", silent=True, then="trickle"), "timed out after 0.2 seconds; tries: 2", 2),
        (Answer(b"{" * 50, 503, cut=10, then="trickle"), "got HTTP 503 .*; tries: 2", 2),
        (Answer(b"{" * 50, 400, cut=10, then="trickle"), "got HTTP 400", 1),
    ],
)
def test_embed_by_endpoint__what_trickles_is_cut_off(
    answer: Answer, words: str, requests: int
) -> None:
    """A byte every few milliseconds, of headers too, for as long as somebody listens."""
    with chat_server(lambda _: answer) as server:
        begin = time.monotonic()
        with pytest.raises(EmbeddingError, match=words):
            endpoint = Endpoint("m", server.url, timeout=0.2, tries=2, pause=0.001)
            embed_by_endpoint(["x"], endpoint, "")
        assert time.monotonic() - begin < 5
    assert len(server.requests) == requests


@pytest.mark.parametrize(
    ("host", "model"), [("a" + "b" * 70 + ".example", "m"), ("127.0.0.1:1", "\ud800")]
)
def test_embed_by_endpoint__names_that_cannot_be_sent(host: str, model: str) -> None:
    with pytest.raises(EmbeddingError, match="/v1: expected names that can be sent: got "):
        embed_by_endpoint(["x"], Endpoint(model, f"http://{host}/v1", tries=1), KEY)


def test_embed_by_endpoint__cached_is_never_asked_again(tmp_path: Path) -> None:
    cache = tmp_path / "vectors.db"
    texts = [f"mov {i / 3}" for i in range(BATCH + 1)]
    with chat_server(good) as server:
        first = ask(server.url, texts[:5], cache=cache)
        both = ask(server.url, texts, cache=cache)
        assert [len(request["input"]) for request in server.requests] == [5, 1, BATCH - 4, 1]
    # The server is gone, and the key too.
    again = ask(server.url, texts, cache=cache, key="")
    assert again.tobytes() == both.tobytes()
    assert first.tobytes() == both[:5].tobytes()
    assert KEY.encode() not in cache.read_bytes()
    # Another model's are others.
    with opened_cache(cache, server.url, "other") as kept:
        assert kept.read(texts) == {}


def test_embed_by_endpoint__what_came_before_a_fault_is_kept(tmp_path: Path) -> None:
    cache, texts = tmp_path / "vectors.db", [f"t{i}" for i in range(BATCH + 2)]
    refused = [False, False, True, False, False]
    with chat_server(lambda r: failure(400, "no") if refused.pop(0) else good(r)) as server:
        with pytest.raises(EmbeddingError, match="HTTP 400"):
            ask(server.url, texts, cache=cache)
        ask(server.url, texts, cache=cache)
    assert [len(request["input"]) for request in server.requests] == [BATCH, 1, 2, 2, 1]


def test_embed_by_endpoint__a_model_that_changed(tmp_path: Path) -> None:
    cache = tmp_path / "vectors.db"
    with opened_cache(cache, "http://127.0.0.1:1/v1", "stub") as kept:
        kept.write({"a": np.ones(3), "b": np.ones(4)})
    with pytest.raises(EmbeddingError, match="of one length, now and in the cache: got 3 and 4"):
        ask("http://127.0.0.1:1/v1", ["a", "b"], cache=cache)


def test_opened_cache__damaged_or_another_file(tmp_path: Path) -> None:
    cache = tmp_path / "vectors.db"
    with opened_cache(cache, "u", "m") as kept:
        kept.write({"a": np.array([1.5, 0.1]), "b": np.ones(2)})
        kept.write({"a": np.zeros(2)})  # the first stays
        assert kept.read(["a"])["a"].tolist() == [1.5, 0.1]
    with closing(sqlite3.connect(cache)) as db:
        db.execute("UPDATE vectors SET vector = '[2.5, 0.1]' WHERE vector = '[1.5, 0.1]'")
        db.commit()
    with opened_cache(cache, "u", "m") as kept:
        assert kept.read(["b"])["b"].tolist() == [1, 1]
        with pytest.raises(FileError, match="is damaged and was left as it is: a vector has"):
            kept.read(["a"])
    cache.write_bytes(cache.read_bytes()[:5000])
    with pytest.raises(FileError, match="damaged"), opened_cache(cache, "u", "m"):
        pass
    other = tmp_path / "other"
    other.write_text("no database at all, but a text of some length " * 50)
    with pytest.raises(FileError, match=f"expected {CACHE.kind}"), opened_cache(other, "u", "m"):
        pass


def test_check_url__refuses() -> None:
    check_url("http://127.0.0.1:8080/v1")
    for url in ("ftp://x/v1", "x/v1", "http://", "http://x:y/v1", "http://[/v1", ""):
        with pytest.raises(EmbeddingError, match="expected"):
            check_url(url)
    for url in ("http://me:secret@x/v1", "http://x/v1?key=secret", "http://x/v1#secret"):
        with pytest.raises(EmbeddingError) as caught:
            check_url(url)
        assert "secret" not in str(caught.value)


def test_check_endpoint__refuses() -> None:
    check_endpoint("http://127.0.0.1/v1", Secret(""))
    with pytest.raises(EmbeddingError, match="expected a key in the environment variable"):
        check_endpoint("https://api.openai.com/v1", Secret(""))
    with pytest.raises(EmbeddingError, match="expected a URL that begins"):
        check_endpoint("ftp://x/v1", Secret(""))
    with pytest.raises(EmbeddingError, match="printable ASCII") as caught:
        check_endpoint("http://x/v1", Secret("sécret"))
    assert "sécret" not in str(caught.value)


def test_parse_vectors__numbers_as_they_are() -> None:
    rows = np.random.default_rng(5).normal(size=(3, 7))
    data = [{"index": i, "embedding": list(row)} for i, row in enumerate(rows)]
    found, by_token = parse_vectors(json.dumps({"data": data}).encode(), 3)
    assert (found.tobytes(), by_token) == (rows.tobytes(), False)


def test_unit_rows__lengths() -> None:
    found = unit_rows([[3.0, 4.0], [1e-200, 0.0], [1e200, -1e200]])
    assert found[0].tolist() == pytest.approx([0.6, 0.8])
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(3))
    for bad in ([[0.0, 0.0]], [[np.nan, 1.0]], [[np.inf, 1.0]]):
        with pytest.raises(EmbeddingError, match="expected vectors with a length"):
            unit_rows(bad)
