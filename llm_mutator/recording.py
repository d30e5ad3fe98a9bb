"""A run's replies as a file of JSON lines, to run again without a model."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from math import isfinite
from pathlib import Path
from typing import Any, Final, NoReturn

from llm_mutator.calls import Call, CallKey, Reply
from llm_mutator.mutator import MutatorUnavailable

Entry = tuple[CallKey, str, Reply]

MAX_LINE: Final = 32 * 2**20
MAX_FILE: Final = 512 * 2**20

_MAX_NUMBER: Final = 10**12
_MAX_SHOWN: Final = 60
_SUBJECT: Final = re.compile(r"[0-9a-f]{16}")
_KEYS: Final = ("round", "number", "attempt")
_FIELDS: Final = tuple(field.name for field in fields(Reply))
_TEXTS: Final = ("text", "model", "answered_by", "finish", "fault")
_COUNTS: Final = ("prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens")


class Recording:
    """Replies by the call they answer.

    Those of several islands may be together: islands have calls of the same keys, but other
    subjects, as their seeds differ.

    Attributes:
        entries: As they came, each with the key and the subject of its call.
        path: Where they are from, for messages.
    """

    def __init__(self, entries: Iterable[Entry], path: str = "recording") -> None:
        """Sorts the replies.

        Args:
            entries: Each with the key and the subject of its call.
            path: Where they are from, for messages.

        Raises:
            ValueError: Two entries answer one call.
        """
        self.entries = tuple(entries)
        self.path = path
        self._known: dict[CallKey, dict[str, Reply]] = {}
        for key, subject, reply in self.entries:
            self._known.setdefault(key, {})[subject] = reply
        if sum(map(len, self._known.values())) < len(self.entries):
            raise ValueError(f"{path}: expected one reply to a call: got several")

    def recall(self, call: Call) -> Reply | None:
        """The recorded reply to a call, None when there is none.

        Raises:
            MutatorUnavailable: What is recorded under its key answers another question.
        """
        known = self._known.get(call.key)
        if known is None:
            return None
        if call.subject not in known:
            raise MutatorUnavailable(
                f"expected a recording of this run: got {self.path}, in which "
                f"{name_call(call.key)} was another question ({', '.join(known)}, "
                f"not {call.subject})"
            )
        return known[call.subject]


def name_call(key: CallKey) -> str:
    """A call in words."""
    repair = f", repair {key.attempt}" if key.attempt else ""
    return f"proposal {key.round}/{key.number}{repair}"


def format_recording(entries: Iterable[Entry]) -> str:
    """The entries as JSON lines, ASCII only."""
    return "".join(
        json.dumps(
            {**asdict(key), "subject": subject, **vars(reply)}, ensure_ascii=True, allow_nan=False
        )
        + "\n"
        for key, subject, reply in entries
    )


def read_recording(path: Path) -> Recording:
    """Reads back what `format_recording` writes; empty lines are passed over.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no recording; the message says where and why.
    """
    entries: dict[tuple[CallKey, str], Entry] = {}
    with path.open("rb") as file:
        size = number = 0
        while line := file.readline(MAX_LINE + 1):
            number += 1
            size += len(line)
            where = f"{path}:{number}"
            if len(line) > MAX_LINE:
                raise ValueError(f"{where}: expected a line of at most {MAX_LINE} bytes: got more")
            if size > MAX_FILE:
                raise ValueError(f"{where}: expected at most {MAX_FILE} bytes: got more")
            if not line.strip():
                continue
            try:
                entry = _parse_entry(line)
            except ValueError as error:
                raise ValueError(f"{where}: {error}") from None
            if entry[:2] in entries:
                call = name_call(entry[0])
                raise ValueError(f"{where}: expected one reply to a call: got {call} again")
            entries[entry[:2]] = entry
    return Recording(entries.values(), str(path))


def _parse_entry(line: bytes) -> Entry:
    try:
        table = json.loads(
            line.decode(), parse_int=_integer, parse_constant=_refuse, object_pairs_hook=_unique
        )
    except RecursionError:
        raise ValueError("expected one reply: got JSON that is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"expected UTF-8: got {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"expected JSON: got {error.msg} at column {error.colno}") from None
    if not isinstance(table, dict):
        raise ValueError(f"expected an object: got {_shown(table)}")
    _check_names(table)
    key = CallKey(*(_whole(table, name) for name in _KEYS))
    return key, _subject(table), Reply(**_reply_values(table))


def _check_names(table: Mapping[str, Any]) -> None:
    known = (*_KEYS, "subject", *_FIELDS)
    for name in table:
        if name not in known:
            raise ValueError(f"expected keys of {', '.join(known)}: got {_shown(name)}")
    for name in (*_KEYS, "subject", "text", "model"):
        if name not in table:
            raise ValueError(f"expected a key {name!r}: got none")


def _subject(table: Mapping[str, Any]) -> str:
    subject = table["subject"]
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise ValueError(f"subject must be 16 hexadecimal digits: got {_shown(subject)}")
    return subject


def _reply_values(table: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: table[name] for name in _FIELDS if name in table}
    for name, value in values.items():
        if name in _TEXTS and not isinstance(value, str):
            raise ValueError(f"{name} must be a text: got {_shown(value)}")
        if name in _COUNTS:
            _whole(table, name)
    if values.get("counted", "server") not in ("server", "bytes"):
        raise ValueError(f"counted must be 'server' or 'bytes': got {_shown(values['counted'])}")
    for name in ("cost", "seconds"):
        if name in values and not (name == "cost" and values[name] is None):
            values[name] = _amount(name, values[name])
    return values


def _whole(table: Mapping[str, Any], name: str) -> int:
    value = table[name]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_NUMBER:
        raise ValueError(f"{name} must be a whole number from 0: got {_shown(value)}")
    return value


def _amount(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must be a number: got {_shown(value)}")
    if not (isfinite(value) and 0 <= value <= _MAX_NUMBER):
        raise ValueError(f"{name} must be a finite number from 0: got {_shown(value)}")
    return float(value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("expected each key once: got one twice")
    return table


def _integer(digits: str) -> int:
    if len(digits) > _MAX_SHOWN:
        raise ValueError(f"expected whole numbers below {_MAX_NUMBER}: got {len(digits)} digits")
    return int(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"expected finite numbers: got {constant}")


def _shown(value: object) -> str:
    """An untrusted value, escaped and cut."""
    text = ascii(value)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
