"""Slips of a model's pen, put right where nobody can mistake what is meant.

For replies only: the assembler stays exact. The rules touch what is never valid Redcode, so
that the valid lines of a program stay what they are, whatever is wrong elsewhere (`statements`
tells the one exception). Nothing is made up: opcodes, labels and operands that are unknown or
missing stay for the assembler to complain of, and no line that could be an instruction is
dropped.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from llm_mutator.statements import (
    LABEL,
    ONE_OPERAND,
    PREDEFINED,
    WORD,
    Program,
    put_right,
    read_program,
)
from llm_mutator.wrapping import (
    LONGEST,
    NAME,
    OPCODES,
    OPERAND,
    PSEUDO,
    statement,
    unwrapped_lines,
)

# Comments of other languages, headings and rules, at the beginning of a line.
_REMARK: Final = re.compile(r"\s*(?://|--|==|~~|\*{3,}\s*\Z|[#%](?!\s*define\b)|\(.*\)\s*\Z)")
_HEADER: Final = re.compile(
    r"\s*(?:redcode\S*|(?:name|author|strategy|version|date)\s*(?::|(?=\"))(?=.*\S))(.*)",
    re.IGNORECASE,
)
_DIRECTIVE: Final = re.compile(
    r"\A\s*\.(?=(?:redcode|name|author|strategy|org|end|equ|for|rof)\b)", re.IGNORECASE
)
_SENTENCE: Final = re.compile(r"[A-Z][a-z'\u2019]*(?:[ \t]+[A-Za-z][a-z'\u2019-]*){2,}")
_EXCLAMATION: Final = re.compile(r"[A-Z][a-z'\u2019]*(?:[ \t,]+[A-Za-z'\u2019-]+)*[.!?]+\Z")
_TITLE: Final = re.compile(r'[A-Z][a-z]+ "|\|[^|]*\|\Z')
_OPERANDS: Final = re.compile(rf"(?:\s*\.\s*\w+)?\s+(?:[-#$@<>*{{}}(0-9]|{NAME}\s*(?:,|\Z))")
_ASSIGNED: Final = re.compile(
    rf"\s*(?:(?:const|let|set)\s+)?({NAME})\s*(?::?=|\bEQU\s*[:=]+)\s*(?=[^=\s])(.+)",
    re.IGNORECASE,
)
_TURNED: Final = re.compile(
    rf"\s*(?:[#%]\s*define|equ)\s+({NAME})(?:\s*[,=]\s*|\s+)(?=\S)(.+)", re.IGNORECASE
)


def cleaned(lines: Sequence[str]) -> list[str]:
    """The lines of a program as they are plainly meant; the others as they are."""
    rows = [_commented(row) for row in unwrapped_lines(lines)]
    rows = [_with_equ(row) for row in rows if not _is_prose(row)]
    rows = list(_joined(_split(rows)))
    program = read_program(rows)
    rows = [put_right(row, program) for row in rows]
    spelling = _spelling(read_program(rows))
    return [_respelt(row, spelling) for row in rows]


def defined_names(lines: Iterable[str]) -> frozenset[str]:
    """The names that lines of code define."""
    return read_program(lines).defined


def _commented(row: str) -> str:
    """A row with a semicolon before a comment or a header, and no dot before a directive."""
    row = _DIRECTIVE.sub("", row)
    if _REMARK.match(row):
        return f";{row}"
    header, word = _HEADER.match(row), WORD.search(row)
    if header and word and not statement(row):
        return f";{word[0]} {header[1].strip()}"
    code, sign, comment = row.partition("//")
    return f"{code};{comment}" if sign and ";" not in code else row


def _is_prose(row: str) -> bool:
    """Whether a row says something to people; it has a character that no code could have."""
    row = row.strip()
    if not row or row[0] == ";" or len(row) > LONGEST:
        return False
    if not re.search(r"[A-Za-z0-9.\u2026]", row):
        return True
    found = statement(row)
    if found and (found.start("keyword") == 0 or _OPERANDS.match(found["rest"])):
        return False
    if _EXCLAMATION.match(row) or (_SENTENCE.match(row) and re.search(r"[.,!?'\u2019]", row)):
        return True
    return not found and _TITLE.match(row) is not None


def _with_equ(row: str) -> str:
    """`name = text`, `EQU name text` and `#define name text` as `name EQU text`."""
    if len(row) > LONGEST:
        return row
    code, semicolon, comment = row.partition(";")
    found = _ASSIGNED.match(code) or _TURNED.match(code)
    if not found or not _is_free(found[1]) or statement(found[2]):
        return row
    return f"{found[1]} EQU {found[2]}{semicolon}{comment}"


def _is_free(name: str) -> bool:
    return name.upper() not in OPCODES | PSEUDO


def _split(rows: list[str]) -> list[str]:
    """A program that is a single line of statements between semicolons, as lines."""
    code = [row for row in rows if row.strip() and not row.lstrip().startswith(";")]
    if len(code) != 1:
        return rows
    parts = [part for part in code[0].split(";") if part.strip()]
    return parts if len(parts) > 1 and all(map(statement, parts)) else rows


def _joined(rows: list[str]) -> Iterator[str]:
    """The rows with a statement over two lines as one, and none that a backslash ends."""
    at = 0
    while at < len(rows):
        row, following = rows[at], rows[at + 1] if at + 1 < len(rows) else ""
        at += 1
        code = row.partition(";")[0].rstrip()
        rest = following.partition(";")[0].strip()
        found = statement(code)
        keyword = found["keyword"].upper() if found else ""
        ends = not rest or statement(rest) is not None
        half = keyword in OPCODES - ONE_OPERAND and code.endswith(",") and code.count(",") == 1
        if ends and keyword not in ("", "EQU") and code == row.rstrip():
            row = code.rstrip("\\")
        elif not ends and half and re.fullmatch(OPERAND, rest):
            row = f"{code} {rest}"
            at += 1
        yield row


def _spelling(program: Program) -> dict[str, str]:
    """What to write for names: those that opcodes have differ, all others have one case."""
    spelling = {
        name: f"{name}_"
        for name in program.defined & program.used
        if not _is_free(name) and f"{name}_" not in program.defined
    }
    known: dict[str, list[str]] = {}
    for name in sorted(program.defined | PREDEFINED):
        known.setdefault(name.upper(), []).append(spelling.get(name, name))
    for name in program.used - program.defined - PREDEFINED:
        meant = known.get(name.upper(), [])
        if len(name) > 1 and len(meant) == 1:
            spelling[name] = meant[0]
    return spelling


def _respelt(row: str, spelling: Mapping[str, str]) -> str:
    if not spelling or len(row) > LONGEST:
        return row

    def respelt(text: str) -> str:
        return WORD.sub(lambda word: spelling.get(word[0], word[0]), text)

    code, semicolon, comment = row.partition(";")
    if found := statement(code):
        code = f"{respelt(found['labels'])}{found['keyword']}{respelt(found['rest'])}"
    elif LABEL.match(code):
        code = respelt(code)
    return f"{code}{semicolon}{comment}"
