"""What an experiment's command and the processes of its runs tell each other: lines of JSON."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from evolution.run import Progress
from evolution.tables import ConfigError, as_table, read_table
from evolution.workplace import ExecutorKind

State = Literal["finished", "stopped", "failed"]


@dataclass(frozen=True)
class Way:
    """How runs are worked, each alike.

    Attributes:
        command: For the provenance of a new run.
        executor, workers, ray_address: See `evolution.workplace.Workplace`.
        max_cost, max_tokens, allow_unpriced, prices, replay: See
            `evolution.service_options.make_service`.
    """

    command: tuple[str, ...] = ()
    executor: ExecutorKind = "local"
    workers: int | None = 1
    ray_address: str | None = None
    max_cost: float | Literal["none"] | None = None
    max_tokens: int | Literal["none"] | None = None
    allow_unpriced: bool = False
    prices: str | None = None
    replay: str | None = None


@dataclass(frozen=True)
class Spec:
    """What a process has to do.

    Attributes:
        folder: Of the run.
        config: Its configuration as TOML, with no paths in it.
        way: How it is worked.
    """

    folder: str
    config: str
    way: Way = Way()


@dataclass(frozen=True)
class Note:
    """What the user should know of a run, whatever becomes of it; untrusted text."""

    words: str


@dataclass(frozen=True)
class Ending:
    """How a process came to its end.

    Attributes:
        name: Of the run.
        state: "finished"; "stopped": it was asked to; "failed".
        reason: Of a failure, in words; untrusted text.
        own: Whether the reason is this run's own and says nothing about others: its cap.
    """

    name: str
    state: State
    reason: str = ""
    own: bool = False


def format_spec(spec: Spec) -> str:
    """A spec as one line."""
    return json.dumps(as_table(spec)) + "\n"


def parse_spec(line: str) -> Spec:
    """Reads back what `format_spec` writes.

    Raises:
        ConfigError: It is something else.
    """
    try:
        return read_table(Spec, json.loads(line))
    except json.JSONDecodeError as error:
        raise ConfigError(f"expected a run to work as JSON: got {error}") from None


def format_progress(progress: Progress) -> str:
    """Progress as one line."""
    return json.dumps({"progress": vars(progress)}) + "\n"


def format_words(words: str) -> str:
    """What a process waits for, as one line."""
    return json.dumps({"words": words}) + "\n"


def format_note(words: str) -> str:
    """What the user should know, as one line."""
    return json.dumps({"note": words}) + "\n"


def format_end(state: State, reason: str = "", own: bool = False) -> str:
    """A process's last line."""
    return json.dumps({"end": {"state": state, "reason": reason, "own": own}}) + "\n"


def parse_message(line: bytes, name: str) -> Progress | Ending | Note | str:
    """Reads back what a run's process tells: progress, its end, a note, or what it waits for.

    Raises:
        ValueError: It is none of them.
    """
    try:
        message: dict[str, Any] = json.loads(line)
        if "progress" in message:
            return Progress(**message["progress"])
        if "note" in message:
            return Note(str(message["note"]))
        return Ending(name, **message["end"]) if "end" in message else str(message["words"])
    except (TypeError, KeyError, ValueError, RecursionError) as error:
        raise ValueError(f"expected a message of a run: got {line!r}") from error
