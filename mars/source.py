"""Redcode text as it comes: logical lines, tokens with their places, diagnostics.

Nothing here knows what a line means, except that `;redcode` cuts a file and that
`;name`, `;author`, `;strategy` and `;assert` are more than comments.
"""

import re
from bisect import bisect_right
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from operator import itemgetter
from typing import Final, NamedTuple, NoReturn

MAX_ERRORS: Final = 20
MAX_WARNINGS: Final = 100
_SHOWN_LENGTH: Final = 40

# C's isspace() without the line ends; Unicode's blanks are not Redcode's.
_BLANKS: Final = " \t\v\f"
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_SPECIAL_COMMENT: Final = re.compile(
    r";(?:(redcode)|[ \t\v\f]*(name|author|strategy|assert))(?![A-Za-z0-9_])", re.IGNORECASE
)
_TOKEN: Final = re.compile(
    r"[ \t\v\f]*(?:([0-9]+)|([A-Za-z_][A-Za-z0-9_]*)|(&&|\|\||[^ \t\v\f])|\Z)", re.DOTALL
)


@dataclass(frozen=True)
class Diagnostic:
    """One finding about a source: where (1-based, in the original text) and what."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        path = self.path if self.path.isprintable() else repr(self.path)
        return f"{path}:{self.line}:{self.column}: {self.message}"


class RedcodeError(ValueError):
    """A source that does not assemble.

    Attributes:
        errors: What is wrong, in the order found; at least one, at most `MAX_ERRORS`.
    """

    def __init__(self, errors: tuple[Diagnostic, ...]) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))


class Kind(IntEnum):
    """What a token is; END closes a line and each line of an EQU's text."""

    END = 0
    NUMBER = 1
    NAME = 2
    SYMBOL = 3


_KINDS: Final = tuple(Kind)


class Token(NamedTuple):
    """A piece of a line.

    Attributes:
        kind: What it is.
        text: As written; of END: `;` before a comment, else empty.
        line, column: Where it stands in the original text, 1-based; for a token out of an
            EQU's text, where the EQU is used.
        glued: Nothing, not even a blank, stands between it and the token before.
    """

    kind: Kind
    text: str
    line: int
    column: int
    glued: bool


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A logical line: physical lines that end in a backslash are joined to the next.

    Attributes:
        text: Without the line end; comments are still there.
        number: Of its first physical line.
        breaks: (offset, line number) of each further physical line in it.
        assertion: Offset of the expression of an `;assert` line, else -1.
    """

    text: str
    number: int
    breaks: tuple[tuple[int, int], ...] = ()
    assertion: int = -1


@dataclass(slots=True)
class Source:
    """A warrior's text: lines that may mean something, and what its comments tell."""

    lines: list[SourceLine] = field(default_factory=list)
    name: str = ""
    author: str = ""
    strategy: list[str] = field(default_factory=list)


class StopError(Exception):
    """Assembly cannot go on; the reason is among the log's errors."""


class Log:
    """Collects the diagnostics of one source."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: set[Diagnostic] = set()
        self.errors: list[Diagnostic] = []
        self.warnings: list[Diagnostic] = []

    def error(self, place: Token, message: str) -> None:
        """Notes an error once (a FOR would repeat it); raises StopError at the last one allowed."""
        if self._add(self.errors, place, message) and len(self.errors) == MAX_ERRORS:
            raise StopError

    def fatal(self, place: Token, message: str) -> NoReturn:
        """Notes an error that makes the rest of the text meaningless, and raises StopError."""
        self._add(self.errors, place, message)
        raise StopError

    def warn(self, place: Token, message: str) -> None:
        """Notes something that is allowed but hardly meant."""
        if len(self.warnings) < MAX_WARNINGS:
            self._add(self.warnings, place, message)

    def _add(self, where: list[Diagnostic], place: Token, message: str) -> bool:
        diagnostic = Diagnostic(self._path, place.line, place.column, message)
        if diagnostic in self._seen:
            return False
        self._seen.add(diagnostic)
        where.append(diagnostic)
        return True


def shown(value: str) -> str:
    """Untrusted text for a message: short, quoted, without control characters."""
    if len(value) > _SHOWN_LENGTH:
        value = value[: _SHOWN_LENGTH - 3] + "..."
    return repr(value)


def shown_token(token: Token) -> str:
    """A token for a message."""
    return shown(token.text) if token.text else "end of line"


def decode(data: bytes) -> str:
    """Text of a file's bytes: UTF-16 or UTF-8 by their marks, else UTF-8 or Latin-1.

    The Ctrl-Z that old systems put at the end of a text is dropped.
    """
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    data = data.rstrip(b"\x1a")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_source(text: str) -> Source:
    """Splits a text into logical lines and reads its special comments.

    Lines before the first `;redcode` are dropped, a second one ends the warrior. Blank
    lines and ordinary comment lines are left out.
    """
    source, redcode_lines = Source(), 0
    for line in _logical_lines(text.removeprefix("\ufeff")):
        stripped = line.text.lstrip(_BLANKS)
        if not stripped:
            continue
        if stripped[0] != ";":
            source.lines.append(line)
            continue
        match = _SPECIAL_COMMENT.match(stripped)
        if match is None:
            continue
        if match[1] is None:
            _read_comment(source, line, match[2].lower(), stripped, match.end())
            continue
        redcode_lines += 1
        if redcode_lines == 2:
            break
        source.lines.clear()
    return source


def _logical_lines(text: str) -> Iterator[SourceLine]:
    parts: list[str] = []
    breaks: list[tuple[int, int]] = []
    length, comment = 0, False
    for number, part in enumerate(_LINE_END.split(text), start=1):
        if not parts and not part.endswith("\\"):
            yield SourceLine(part, number)
            continue
        if parts:
            breaks.append((length, number))
        comment = comment or ";" in part
        joins = part.endswith("\\") and not comment
        parts.append(part[:-1] if joins else part)
        length += len(parts[-1])
        if not joins:
            yield SourceLine("".join(parts), number - len(breaks), tuple(breaks))
            parts, breaks, length, comment = [], [], 0, False
    if parts:
        yield SourceLine("".join(parts), number - len(breaks), tuple(breaks))


def _read_comment(source: Source, line: SourceLine, word: str, comment: str, end: int) -> None:
    rest = comment[end:].strip()
    if word == "name":
        source.name = rest
    elif word == "author":
        source.author = rest
    elif word == "strategy":
        source.strategy.append(rest)
    else:
        start = len(line.text) - len(comment) + end
        source.lines.append(SourceLine(line.text, line.number, line.breaks, start))


def tokenize(line: SourceLine) -> Iterator[Token]:
    """The tokens of a line, closed by an END; any character at all makes some token."""
    text, position = line.text, max(line.assertion, 0)
    number = line.number
    while (match := _TOKEN.match(text, position)) is not None:
        group = match.lastindex or 0
        start, end = match.span(group) if group else (match.end(), match.end())
        column = start + 1
        if line.breaks:
            number, column = _place(line, start)
        value = text[start:end]
        if value in (";", ""):
            yield Token(Kind.END, value, number, column, False)
            return
        yield Token(_KINDS[group], value, number, column, start == position)
        position = end


def _place(line: SourceLine, offset: int) -> tuple[int, int]:
    index = bisect_right(line.breaks, offset, key=itemgetter(0))
    first, number = line.breaks[index - 1] if index else (0, line.number)
    return number, offset - first + 1
