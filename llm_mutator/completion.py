"""From the body of a chat completion to a `Reply`: pure, and nothing in the body is trusted."""

import json
from dataclasses import dataclass
from typing import Any, Final

from llm_mutator.calls import Counted, Reply
from mars.redcode import printable

# Longer than what is kept of them, so that a key is found before they are cut.
_MAX_NAME: Final = 4_000
_MAX_SHOWN: Final = 200
_MAX_COUNT: Final = 10**8


@dataclass(frozen=True)
class Asked:
    """What a reply's tokens are bounded by when the server does not count them.

    Attributes:
        model: As the configuration names it.
        prompt_tokens: At most.
        max_tokens: Most in the reply.
    """

    model: str
    prompt_tokens: int
    max_tokens: int


@dataclass(frozen=True)
class _Usage:
    prompt: int
    cached: int
    completion: int
    reasoning: int
    counted: Counted


def parse_body(body: bytes, what: str = "a chat completion") -> dict[str, Any]:
    """A body's JSON object.

    Args:
        body: As it came.
        what: Was asked for.

    Raises:
        ValueError: It is none; the message says what came.
    """
    try:
        table = json.loads(body.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError(f"expected {what}: got JSON nested too deeply") from None
    except UnicodeDecodeError as error:
        raise ValueError(
            f"expected {what}: got a broken body ({error.reason} at byte {error.start})"
        ) from None
    except ValueError as error:
        # Not `str(error)`: for a number of a million digits it shows them all.
        fault = error.msg if isinstance(error, json.JSONDecodeError) else "a number too long"
        raise ValueError(f"expected {what}: got a broken body ({fault}: {_start(body)})") from None
    if not isinstance(table, dict):
        raise ValueError(f"expected {what}: got {_start(body)}")
    return table


def error_of(table: dict[str, Any]) -> tuple[str, str, int]:
    """Message, code (or type) and status of the error in a body, empty and 0 where it has none."""
    error = table.get("error")
    if isinstance(error, str):
        return error, "", 0
    if not isinstance(error, dict):
        message = table.get("message")
        return message if isinstance(message, str) else "", "", 0
    message, code = error.get("message"), error.get("code")
    status = code if isinstance(code, int) and 400 <= code <= 599 else 0
    name = code if isinstance(code, str) else error.get("type")
    return (
        message if isinstance(message, str) else "",
        name if isinstance(name, str) else "",
        status,
    )


def read_completion(table: dict[str, Any], asked: Asked, seconds: float) -> Reply:
    """The reply in a chat completion.

    Raises:
        ValueError: It is none; the message says what is wrong with it.
    """
    choices = table.get("choices")
    if not isinstance(choices, list) or not choices:
        got = "none" if choices == [] else _shown(choices)
        raise ValueError(f"expected a chat completion with a choice: got {got}")
    choice = choices[0]
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise ValueError(f"expected a choice with a message: got {_shown(choice)}")
    text, refusal = _text(message.get("content")), message.get("refusal")
    finish = choice.get("finish_reason")
    if isinstance(refusal, str) and refusal:
        text, finish = refusal, "refusal"
    usage = _usage(table.get("usage"), text, asked)
    return Reply(
        text=_whole_characters(text),
        model=asked.model,
        answered_by=_name(table.get("model")),
        finish=_name(finish),
        prompt_tokens=usage.prompt,
        cached_tokens=usage.cached,
        completion_tokens=usage.completion,
        reasoning_tokens=usage.reasoning,
        counted=usage.counted,
        seconds=seconds,
    )


def _text(content: object) -> str:
    if content is None:
        # A model that has thought until its tokens were used up says nothing.
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise ValueError(f"expected a text as content: got {_shown(content)}")
    parts = [part.get("text") if isinstance(part, dict) else part for part in content]
    return "".join(part for part in parts if isinstance(part, str))


def _usage(usage: object, text: str, asked: Asked) -> _Usage:
    if not usage:
        return _bounded(text, asked)
    if not isinstance(usage, dict):
        raise ValueError(f"expected a usage of tokens: got {_shown(usage)}")
    prompt, completion = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    if prompt is None or completion is None:
        return _bounded(text, asked)
    cached = _detail(usage, "prompt_tokens_details", "cached_tokens")
    # DeepSeek's name for it.
    cached = cached or _count(usage, "prompt_cache_hit_tokens") or 0
    reasoning = _detail(usage, "completion_tokens_details", "reasoning_tokens")
    # Some servers count what is thought in the total alone, and bill it.
    hidden = max((_count(usage, "total_tokens") or 0) - prompt - completion, 0)
    completion += hidden
    return _Usage(
        prompt, min(cached, prompt), completion, min(max(reasoning, hidden), completion), "server"
    )


def _bounded(text: str, asked: Asked) -> _Usage:
    written = min(len(text.encode("utf-8", "replace")), asked.max_tokens)
    return _Usage(asked.prompt_tokens, 0, written, 0, "bytes")


def _detail(usage: dict[str, Any], table: str, name: str) -> int:
    details = usage.get(table)
    if details is None:
        return 0
    if not isinstance(details, dict):
        raise ValueError(f"expected {table} to be an object: got {_shown(details)}")
    return _count(details, name) or 0


def _count(table: dict[str, Any], name: str) -> int | None:
    value = table.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_COUNT:
        raise ValueError(f"expected {name} to be a count of tokens: got {_shown(value)}")
    return value


def _name(value: object) -> str:
    return printable(value[:_MAX_NAME]) if isinstance(value, str) else ""


def _whole_characters(text: str) -> str:
    """Half a surrogate pair, which JSON can hold and UTF-8 cannot, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _start(body: bytes) -> str:
    return _shown(body[:_MAX_SHOWN].decode("utf-8", "replace"))


def _shown(value: object) -> str:
    """Untrusted, escaped and cut; what may be nested is only named."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = ascii(value)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
