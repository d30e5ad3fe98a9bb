"""From a request to a chat model's messages: pure, but for reading the package's templates.

Templates are the files of `prompts/`; `<<name>>` in them is a place to fill. Redcode is full
of `$`, `{` and `%`, so neither `string.Template` nor `str.format` would do. Whatever is filled
in is not searched for places again, so that no warrior's text can pull in another's.

Text of other warriors is untrusted: it goes into the user's message only, quoted as data,
without control characters and backticks, cut to a length.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from llm_mutator.mutator import MutationRequest
from mars.redcode import Warrior
from mars.settings import CoreSettings

TEMPLATES: Final = (
    "system",
    "reference_94",
    "reference_88",
    "pspace",
    "example_94",
    "example_88",
    "new",
    "mutate",
    "crossover",
    "parent",
    "feedback",
)
MAX_NAME: Final = 80
MAX_STRATEGY: Final = 400
MAX_FEEDBACK: Final = 8_000
MAX_SOURCE: Final = 12_000

_PLACE: Final = re.compile(r"<<([a-z_]+)>>")
_BREAKS: Final = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True)
class Message:
    """One message of a conversation."""

    role: Literal["system", "user"]
    content: str


@cache
def load_templates() -> Mapping[str, str]:
    """The package's templates by name, without the last line break."""
    folder = files("llm_mutator") / "prompts"
    return {
        name: (folder / f"{name}.md").read_text(encoding="utf-8").removesuffix("\n")
        for name in TEMPLATES
    }


def render_messages(
    request: MutationRequest, templates: Mapping[str, str] | None = None
) -> tuple[Message, ...]:
    """The system's and the user's message for a request.

    Args:
        request: What is wanted.
        templates: One for each of `TEMPLATES`; the package's own when not given.
    """
    known = load_templates() if templates is None else templates
    return (
        Message("system", render_system(request.settings, known)),
        Message("user", render_user(request, known)),
    )


def render_system(settings: CoreSettings, templates: Mapping[str, str]) -> str:
    """The system's message: the rules, the language, the form of the answer."""
    numbers = {
        name: str(getattr(settings, name))
        for name in (
            "core_size",
            "max_cycles",
            "max_processes",
            "max_length",
            "min_distance",
            "pspace_size",
        )
    } | {"last_core": str(settings.core_size - 1)}
    pspace = _fill(templates["pspace"], numbers) if settings.pspace_size > 0 else ""
    reference = _fill(templates[f"reference_{settings.rules}"], {"pspace": pspace})
    return _fill(
        templates["system"],
        numbers
        | {
            "reference": reference,
            "example": templates[f"example_{settings.rules}"],
            "empty_core": "`DAT.F $0, $0`" if settings.rules == "94" else "`DAT 0, 0`",
        },
    )


def render_user(request: MutationRequest, templates: Mapping[str, str]) -> str:
    """The user's message: the task, and as data the parents and what is known of them."""
    titles = ("The warrior",) if len(request.parents) == 1 else ("Warrior 1", "Warrior 2")
    parents = [
        render_parent(parent, title, request.settings, templates)
        for title, parent in zip(titles, request.parents, strict=False)
    ]
    feedback = clean_text(request.feedback, MAX_FEEDBACK).strip()
    values = {
        "max_length": str(request.settings.max_length),
        "parents": "\n\n".join(parents),
        "feedback": _fill(templates["feedback"], {"text": feedback}) if feedback else "",
    }
    return _fill(templates[request.task], values).rstrip()


def render_parent(
    parent: Warrior, title: str, settings: CoreSettings, templates: Mapping[str, str]
) -> str:
    """One parent as quoted data; a source too long to show whole gives way to its listing."""
    source = parent.source.strip("\r\n")
    if not source or len(source) > MAX_SOURCE:
        source = parent.load_file(settings.rules)
    code = "\n".join(line.rstrip() for line in clean_text(source).split("\n"))
    return _fill(
        templates["parent"],
        {
            "title": title,
            "name": _quote(parent.name, MAX_NAME),
            "strategy": _quote(parent.strategy, MAX_STRATEGY),
            "code": code.strip("\n"),
        },
    )


def clean_text(text: str, limit: int | None = None) -> str:
    """Untrusted text without control characters (but line breaks) and backticks, cut.

    Format characters go as well (text direction, zero width), and what is no character at
    all; a tab becomes a blank, a backtick an apostrophe, so that no fence can be closed.
    """
    text = _BREAKS.sub("\n", text[: 4 * limit] if limit is not None else text)
    text = text.replace("\t", " ").replace("`", "'")
    kept = "".join(
        char
        for char in text
        if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    if limit is not None and len(kept) > limit:
        return kept[: limit - 1] + "…"
    return kept


def _quote(text: str, limit: int) -> str:
    """Untrusted text on one line between quotation marks, which it cannot close."""
    cleaned = " ".join(clean_text(text, limit).split())
    return '"' + cleaned.replace('"', "'") + '"'


def _fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its places filled; one without a value stays as it is."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template)
