"""Text of strangers, quoted so that it stays data: what may be in it, and how long it is.

It goes into a user's message only, without control characters and backticks, cut to a length.
"""

import re
import unicodedata
from typing import Final

from mars.redcode import Warrior
from mars.settings import CoreSettings

MAX_NAME: Final = 80

_BREAKS: Final = re.compile(r"\r\n?")
# Breaks to Unicode, blanks to the assembler: a comment must not become a line of code.
_BLANKS: Final = re.compile(r"[\t\v\f\x1c-\x1e\x85\u2028\u2029]")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Marks of a new role, which local servers (llama-cpp-python among them) obey in a message's text
# too: <|im_start|>, </s>, <start_of_turn>, [INST], <<SYS>>. A blank breaks them, and no Redcode.
_ROLE_MARK: Final = re.compile(
    r"<(?=[|\uff5c]|/?[A-Za-z_]\w{0,40}>)|[|\uff5c](?=>)|\[(?=/?[A-Za-z_]\w{0,40}\])"
)


def clean_text(text: str, limit: int | None = None) -> str:
    """Untrusted text as `plain_text` has it, with apostrophes for backticks: no fence closes."""
    return plain_text(text, limit).replace("`", "'")


def plain_text(text: str, limit: int | None = None) -> str:
    """Untrusted text without control characters (but line breaks), cut.

    Format characters go as well (text direction, zero width), and what is no character at
    all; a tab and the like become blanks; a blank breaks what a model's server could take for the
    beginning of another role's message.
    """
    text = _BREAKS.sub("\n", text[: 4 * limit] if limit is not None else text)
    kept = "".join(
        char
        for char in _BLANKS.sub(" ", text)
        if char == "\n" or unicodedata.category(char) not in _HIDDEN
    )
    kept = _ROLE_MARK.sub(r"\g<0> ", kept)
    if limit is not None and len(kept) > limit:
        return kept[: limit - 1] + "…"
    return kept


def quote_line(text: str, limit: int = MAX_NAME) -> str:
    """Untrusted text on one line between quotation marks, which it cannot close."""
    cleaned = " ".join(clean_text(text, limit).split())
    return '"' + cleaned.replace('"', "'") + '"'


def quote_code(source: str, limit: int) -> str:
    """Untrusted code for a fenced block, cut at a whole line."""
    lines: list[str] = []
    left = limit
    # What is cut off need not be cleaned.
    for line in clean_text(source[: 2 * limit]).strip("\n").split("\n"):
        left -= len(line.rstrip()) + 1
        if left < 0:
            return "\n".join([*lines, "; …"])
        lines.append(line.rstrip())
    return "\n".join(lines)


def listing(warrior: Warrior, settings: CoreSettings) -> str:
    """The load file without its columns, one instruction a line."""
    lines = warrior.load_file(settings.rules).split("\n")
    return "\n".join(_narrow(line) for line in lines).rstrip("\n")


def same_code(source: str, listed: str) -> bool:
    """Whether a source says no more and no less than its listing, blanks and comments apart."""
    return _bare(source) == _bare(listed)


def _narrow(line: str) -> str:
    """A load file's line with single blanks between its parts; the label keeps its column."""
    label, code = line[:7], line[7:]
    code = re.sub(r"([#$@<>*{}]) +", r"\1", re.sub(" +", " ", code))
    return f"{label}{code}".rstrip()


def _bare(source: str) -> list[str]:
    lines = ("".join(line.split(";", 1)[0].upper().split()) for line in source.split("\n"))
    return [line for line in lines if line and line != "END"]
