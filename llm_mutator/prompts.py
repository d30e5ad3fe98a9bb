"""From a request to a chat model's messages: pure, but for asking for the feedback.

The system's message depends on the core's settings alone, so that servers can keep it ready
from call to call. Text of other warriors is untrusted: it goes into the user's message only,
as data.
"""

import re
from collections.abc import Mapping
from typing import Final

from llm_mutator.calls import Message, Reply
from llm_mutator.informed import render_feedback, render_report
from llm_mutator.llm_config import Style
from llm_mutator.mutator import MutationRequest
from llm_mutator.quoting import (
    clean_text,
    listing,
    plain_text,
    quote_code,
    quote_line,
    same_code,
)
from llm_mutator.templates import Forms, load_templates
from mars.redcode import Warrior
from mars.settings import CoreSettings

MAX_STRATEGY: Final = 400
# Of a parent shown blind, or whose listing is all there is room for.
MAX_SOURCE: Final = 12_000
# Of a parent among much else: its source, and its source and listing together.
MAX_INFORMED: Final = 3_000
MAX_VIEWS: Final = 4_000
# Of all parents' and opponents' code there.
MAX_CODE: Final = 12_000
MAX_REPLY: Final = 8_000
MAX_ERRORS: Final = 4_000

_MAX_LINE: Final = 120
_ERROR_LINE: Final = re.compile(r"^reply:([0-9]{1,7}):", re.MULTILINE)


def render_messages(
    request: MutationRequest,
    style: Style = "informed",
    templates: Mapping[str, str] | None = None,
) -> tuple[Message, Message]:
    """The system's and the user's message for a request.

    Args:
        request: What is wanted; its feedback is asked for once, in the informed style only.
        style: As in `LLMConfig`.
        templates: As `templates_with` gives them; the package's own when not given.
    """
    forms = Forms(load_templates() if templates is None else templates, request.settings)
    user = render_blind(request, forms) if style == "blind" else render_informed(request, forms)
    return Message("system", render_system(forms)), Message("user", user)


def render_system(forms: Forms) -> str:
    """The system's message: the rules, the language, the form of the answer."""
    rules = forms.settings.rules
    pspace = forms.fill("pspace") if forms.settings.pspace_size > 0 else ""
    return forms.fill(
        "system",
        reference=forms.fill(f"reference_{rules}", pspace=pspace),
        example=forms.fill(f"example_{rules}"),
        empty_core="`DAT.F $0, $0`" if rules == "94" else "`DAT 0, 0`",
    )


def render_blind(request: MutationRequest, forms: Forms) -> str:
    """The user's message with the task and the parents alone."""
    parents = [
        render_parent(parent, title, forms, MAX_SOURCE) for title, parent in _titled(request)
    ]
    return forms.fill(request.task, parents="\n\n".join(parents), feedback="").rstrip()


def render_informed(request: MutationRequest, forms: Forms) -> str:
    """The user's message with all that is known, and the wish for a plan."""
    feedback = request.feedback() if request.feedback is not None else None
    blocks = []
    for place, (title, parent) in enumerate(_titled(request)):
        block = [render_parent(parent, title, forms, MAX_INFORMED), _render_view(parent, forms)]
        if feedback is not None:
            block.append(render_report(feedback.parents[place], feedback, forms))
        blocks.append("\n".join(part for part in block if part))
    parents = "\n\n".join(blocks)
    sections = [forms.fill("plan")]
    if feedback is not None:
        room = max(0, MAX_CODE - len(parents))
        sections.insert(0, render_feedback(request, feedback, forms, room))
    return forms.fill(request.task, parents=parents, feedback="\n\n".join(sections)).rstrip()


def render_parent(parent: Warrior, title: str, forms: Forms, limit: int) -> str:
    """A parent as quoted data; a source longer than the limit gives way to its listing."""
    whole = _has_source(parent, limit)
    code = parent.source if whole else listing(parent, forms.settings)
    return forms.fill(
        "parent",
        title=title,
        name=quote_line(parent.name),
        strategy=quote_line(parent.strategy, MAX_STRATEGY),
        code=quote_code(code, limit if whole else MAX_SOURCE),
    )


def render_repair(
    reply: Reply,
    source: str,
    error: str,
    settings: CoreSettings,
    templates: Mapping[str, str] | None = None,
) -> tuple[Message, Message]:
    """What follows a conversation to have a reply mended: the reply, and the errors.

    Args:
        reply: With some text; a long one gives way to the source found in it.
        source: What was assembled.
        error: As the assembler words it, one error a line, "reply:line:column: …".
        settings: The rules.
        templates: As in `render_messages`.
    """
    forms = Forms(load_templates() if templates is None else templates, settings)
    named = _named_lines(source, error)
    errors = clean_text(f"{error}\n\n{named}" if named else error, MAX_ERRORS)
    asked = forms.fill("repair", errors=errors).rstrip()
    return Message("assistant", _said(reply.text, source)), Message("user", asked)


def _titled(request: MutationRequest) -> list[tuple[str, Warrior]]:
    titles = ("The warrior",) if len(request.parents) == 1 else ("Warrior 1", "Warrior 2")
    return list(zip(titles, request.parents, strict=False))


def _has_source(parent: Warrior, limit: int) -> bool:
    return bool(parent.source.strip()) and len(parent.source) <= limit


def _render_view(parent: Warrior, forms: Forms) -> str:
    """What the assembler makes of a source, where that says more and is not too long."""
    listed = listing(parent, forms.settings)
    fits = len(parent.source) + len(listed) <= MAX_VIEWS
    if not fits or not _has_source(parent, MAX_INFORMED) or same_code(parent.source, listed):
        return ""
    return forms.fill("listing", code=listed)


def _said(text: str, source: str) -> str:
    if len(text) > MAX_REPLY and source:
        return f"```\n{quote_code(source, MAX_REPLY)}\n```"
    # Some servers refuse an empty message.
    return plain_text(text, MAX_REPLY) or "…"


def _named_lines(source: str, error: str) -> str:
    """The lines of the source that the errors name, each once."""
    lines = dict(enumerate(source.split("\n"), start=1))
    numbers = dict.fromkeys(map(int, _ERROR_LINE.findall(error)))
    return "\n".join(f"{n}: {lines[n].strip()[:_MAX_LINE]}" for n in numbers if n in lines)
