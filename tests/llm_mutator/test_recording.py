"""Recorded replies: text and back, and whose they are."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_mutator import recording as module
from llm_mutator.calls import Call, CallKey, Message, Reply, subject_of
from llm_mutator.mutator import MutatorUnavailable
from llm_mutator.recording import Entry, Recording, format_recording, read_recording

SUBJECT = subject_of("", "mutate", ("a" * 64,))
KEY = CallKey(1, 2, 0)
REPLY = Reply("MOV 0, 1", "m", "m-1", "stop", 11, 3, 7, 2, "bytes", 0.5, 1.25)


def call(key: CallKey = KEY, subject: str = SUBJECT) -> Call:
    return Call(key, subject, (Message("user", "?"),))


def written(path: Path, *lines: str) -> Path:
    file = path / "r.jsonl"
    file.write_text("".join(line + "\n" for line in lines))
    return file


def line(**changes: Any) -> str:
    return json.dumps(json.loads(format_recording([(KEY, SUBJECT, REPLY)])) | changes)


def test_format_recording__is_one_object_a_reply() -> None:
    text = format_recording([(KEY, SUBJECT, REPLY)])
    assert json.loads(text) == {
        "round": 1,
        "number": 2,
        "attempt": 0,
        "subject": SUBJECT,
        "text": "MOV 0, 1",
        "model": "m",
        "answered_by": "m-1",
        "finish": "stop",
        "prompt_tokens": 11,
        "cached_tokens": 3,
        "completion_tokens": 7,
        "reasoning_tokens": 2,
        "counted": "bytes",
        "cost": 0.5,
        "seconds": 1.25,
        "fault": "",
    }
    assert text.count("\n") == 1
    assert format_recording([]) == ""


COUNT = st.integers(0, 10**9)
AMOUNT = st.floats(0, 1e9)
REPLIES = st.builds(
    Reply,
    text=st.text() | st.just("\ud800 \u2028 \x00\n"),
    model=st.text(),
    answered_by=st.text(),
    finish=st.text(),
    prompt_tokens=COUNT,
    cached_tokens=COUNT,
    completion_tokens=COUNT,
    reasoning_tokens=COUNT,
    counted=st.sampled_from(["server", "bytes"]),
    cost=st.none() | AMOUNT,
    seconds=AMOUNT,
    fault=st.text(),
)
ENTRIES = st.lists(
    st.tuples(
        st.builds(CallKey, COUNT, COUNT, COUNT),
        st.integers().map(lambda n: f"{n % 16**16:016x}"),
        REPLIES,
    ),
    unique_by=lambda entry: entry[0],
    max_size=5,
)


@given(entries=ENTRIES)
def test_read_recording__reads_back_what_is_written(
    entries: list[Entry], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "round-trip.jsonl"
    file.write_text(format_recording(entries), encoding="ascii")
    read = read_recording(file)
    assert read.entries == tuple(entries)
    assert format_recording(read.entries) == file.read_text()


def test_read_recording__needs_only_what_a_reply_is(tmp_path: Path) -> None:
    short = {"round": 1, "number": 2, "attempt": 0, "subject": SUBJECT, "text": "x", "model": "m"}
    read = read_recording(written(tmp_path, "", json.dumps(short), "  "))
    assert read.entries == ((KEY, SUBJECT, Reply("x", "m")),)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("{", "expected JSON: got "),
        ("[1]", r"expected an object: got \[1\]"),
        ("null", "expected an object: got None"),
        ("[" * 200_000, "got JSON that is nested too deeply"),
        (line(colour=1), "expected keys of round, number, .*: got 'colour'"),
        (line(**{"\x1b" * 99: 1}), "got '.x1b.x1b.*…$"),
        (json.dumps({"round": 1}), "expected a key 'number': got none"),
        (line(round=-1), "round must be a whole number from 0: got -1"),
        (line(number=1.0), "number must be a whole number from 0: got 1.0"),
        (line(attempt=True), "attempt must be a whole number from 0: got True"),
        (line(attempt="0"), "attempt must be a whole number from 0: got '0'"),
        (line(subject="x"), "subject must be 16 hexadecimal digits: got 'x'"),
        (line(subject=None), "subject must be 16 hexadecimal digits: got None"),
        (line(text=None), "text must be a text: got None"),
        (line(fault=0), "fault must be a text: got 0"),
        (line(prompt_tokens=-5), "prompt_tokens must be a whole number from 0: got -5"),
        (line(prompt_tokens=10**30), "prompt_tokens must be a whole number from 0: got 1000"),
        (line(counted="stars"), "counted must be 'server' or 'bytes': got 'stars'"),
        (line(cost=-1), "cost must be a finite number from 0: got -1"),
        (line(cost=float("nan")), "expected finite numbers: got NaN"),
        (line(cost=float("inf")), "expected finite numbers: got Infinity"),
        (line().replace("0.5", "1e999"), "cost must be a finite number from 0: got inf"),
        (line(seconds=None), "seconds must be a number: got None"),
        (line(seconds="1"), "seconds must be a number: got '1'"),
        (line().replace('"round": 1', '"round": 1, "round": 2'), "each key once: got one twice"),
        (line().replace("11", "1" * 5000), "expected whole numbers below 1.*: got 5000 digits"),
        (line(), "expected one reply to a call: got proposal 1/2 again"),
    ],
)
def test_read_recording__errors_say_where(bad: str, message: str, tmp_path: Path) -> None:
    file = written(tmp_path, line(), bad)
    with pytest.raises(ValueError, match=message) as caught:
        read_recording(file)
    assert str(caught.value).startswith(f"{file}:2: ")
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


def test_read_recording__bytes_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    file.write_bytes(line().encode() + b"\n\xff\n")
    with pytest.raises(ValueError, match=":2: expected UTF-8: got invalid start byte at byte 0"):
        read_recording(file)
    with pytest.raises(FileNotFoundError):
        read_recording(tmp_path / "none")


def test_read_recording__is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", 1000)
    monkeypatch.setattr(module, "MAX_FILE", 1500)
    with pytest.raises(ValueError, match=":2: expected a line of at most 1000 bytes: got more"):
        read_recording(written(tmp_path, line(), line(text="x" * 1000, round=2)))
    many = [line(round=number) for number in range(9)]
    with pytest.raises(ValueError, match="expected at most 1500 bytes: got more"):
        read_recording(written(tmp_path, *many))


def test_recall__by_key_and_subject() -> None:
    recording = Recording([(KEY, SUBJECT, REPLY)], "r.jsonl")
    assert recording.recall(call()) == REPLY
    assert recording.recall(call(CallKey(1, 2, 1))) is None
    other = subject_of("", "mutate", ("b" * 64,))
    with pytest.raises(MutatorUnavailable) as caught:
        recording.recall(call(subject=other))
    assert str(caught.value) == (
        "expected a recording of this run: got r.jsonl, in which proposal 1/2 was another "
        f"question ({SUBJECT}, not {other})"
    )


def test_recording__has_one_reply_to_a_call() -> None:
    with pytest.raises(ValueError, match="expected one reply to a call: got several"):
        Recording([(KEY, SUBJECT, REPLY), (KEY, SUBJECT, REPLY)])
