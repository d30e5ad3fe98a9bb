"""Which lines of a reply are Redcode, and which are prose around it."""

import re
from collections.abc import Sequence
from typing import Final

from llm_mutator.wrapping import (
    LONGEST,
    NAME,
    OPCODES,
    OPERAND,
    PSEUDO,
    plain,
    statement,
    unwrapped,
)

_LINE_NUMBER: Final = re.compile(r"\A[ \t]*\d{1,4}[.:)][ \t]+")
_WORD: Final = re.compile(NAME)
# An operand of prose has two words with nothing but blanks between.
_TWO_WORDS: Final = re.compile(r"[A-Za-z0-9_)]\s+[A-Za-z0-9_(]")
# Behind an opcode: a number, a mode, a name and its comma, or a gap as before a comment.
_BROKEN: Final = re.compile(
    r"(?:\s*\.\s*[A-Za-z]+)?(?:\s*\(|\s+(?:[-+]?[0-9]|[#$@<>*{}`]|[A-Za-z_]\w*(?:\s*[,;(]|\s{2}|\Z)))"
)
_TWO_NAMES: Final = re.compile(rf"(?:\s*\.\s*[A-Za-z]+)?\s+{NAME}\s+{OPERAND}\s*(?:;.*)?\Z")
_REMARK: Final = re.compile(r"\s(?:\s|--|#+\s|\()|//")
_HINT: Final = re.compile(rf";|{'|'.join(sorted(OPCODES | PSEUDO))}", re.IGNORECASE)
_UNKNOWN: Final = re.compile(
    rf"(?:{NAME}:?\s+)?(?P<opcode>[A-Za-z]{{2,6}})(?:\.[A-Za-z]{{1,2}})?"
    rf"\s+(?P<operands>{OPERAND}(?:\s*,\s*{OPERAND})?)\s*(?:;.*)?\Z"
)


def instructions(lines: Sequence[str]) -> int:
    """How many of the lines hold an instruction."""
    return sum(1 for line in lines if _keyword(line) in OPCODES)


def broken_instructions(lines: Sequence[str]) -> int:
    """How many of the lines hold an instruction that will not assemble as it is."""
    return sum(map(_is_broken, lines))


def has_instruction(lines: Sequence[str]) -> bool:
    """Whether a line, out of its wrapping, holds an instruction, perhaps a broken one."""
    found = (statement(unwrapped(line)) for line in lines if not line.startswith(";"))
    return any(match and match["keyword"].upper() in OPCODES for match in found)


def is_code(line: str) -> bool:
    """Whether a line is Redcode with an opcode or a pseudo-opcode in it."""
    keyword = _keyword(line)
    if keyword in ("END", "ROF", "ORG", "FOR", "PIN"):
        # "End of the program" is prose, "END start" is not.
        return not _TWO_WORDS.search(line.split(";", 1)[0].upper().split(keyword, 1)[1].strip())
    return bool(keyword)


def bare_code(lines: Sequence[str]) -> list[str]:
    """The lines that look like Redcode, with their list numbers and backticks taken off.

    Lines next to them that look like Redcode gone wrong are kept, too: without them another
    program would be left over, and nobody would know.
    """
    rows = [_LINE_NUMBER.sub("", _without_ticks(line.strip()), count=1) for line in lines]
    words = {word for row in rows if is_code(row) for word in _WORD.findall(row[:LONGEST])}
    broken = [False, *map(_is_broken, rows), False]
    # Without any line as it should be, even a list that explains its lines is the program.
    alone = not instructions(rows)
    kept = [
        row.startswith(";")
        or is_code(row)
        or _is_label(row, words)
        or (_is_wrapped(row) and (alone or "`" not in row))
        or (alone and all(broken[at : at + 3]))
        for at, row in enumerate(rows)
    ]
    for order in (range(1, len(rows)), range(len(rows) - 2, -1, -1)):
        step = 1 if order.step < 0 else -1
        for at in order:
            kept[at] = kept[at] or (kept[at + step] and broken[at + 1])
    told = [at for at, row in enumerate(rows) if row]
    between = {
        at
        for before, at, after in zip(told, told[1:], told[2:], strict=False)
        if kept[before] and kept[after] and (broken[at + 1] or _is_odd(rows[at]))
    }
    return [row for at, row in enumerate(rows) if kept[at] or at in between]


def _without_ticks(line: str) -> str:
    return line.strip("`") if line.count("`") == 0 or line[-1] == "`" else line


def _keyword(line: str) -> str:
    """The opcode or pseudo-opcode that a line of code has, else an empty string."""
    code = line.split(";", 1)[0][:LONGEST]
    if "`" in code:
        # A sentence about code.
        return ""
    for count, match in enumerate(_WORD.finditer(code)):
        word = match[0].upper()
        rest = code[match.end() :]
        if word in OPCODES and _has_operands(rest):
            return word
        if word in PSEUDO and (word in ("END", "ROF", "EQU") or rest.strip()):
            return word
        # Only labels may stand before it, with nothing but blanks and colons between.
        if count >= 2 or not re.match(r"&|[ \t]*:?[ \t]+", rest):
            return ""
    return ""


def _has_operands(rest: str) -> bool:
    operands = re.sub(r"^\s*\.\s*[A-Za-z]{1,2}\b", "", rest)
    if operands and not operands[0].isspace() and operands[0] not in "#$@<>*{}":
        return False
    return not _TWO_WORDS.search(operands.strip())


def _is_label(line: str, words: set[str]) -> bool:
    """Whether a line is a label alone; a word of prose alone has a capital, and is not used."""
    code = line.split(";", 1)[0].strip()
    label = code.removesuffix(":")
    if not _WORD.fullmatch(label):
        return False
    return label != code or label == label.lower() or label in words


def _is_wrapped(line: str) -> bool:
    """Whether a line is code in wrapping: as it is, it will not assemble."""
    if len(line) > LONGEST or not _HINT.search(line):
        return False
    rows = [unwrapped(row).strip() for row in plain(line).split("\n")]
    return rows != [line] and any(row.startswith(";") or is_code(row) for row in rows)


def _is_broken(line: str) -> bool:
    """Whether a line has an opcode and looks as if its operands had gone wrong."""
    if len(line) > LONGEST or not _HINT.search(line):
        return False
    line = unwrapped(plain(line)).rstrip()
    found = statement(line)
    if not found or found["keyword"].upper() not in OPCODES or " " in found["labels"].strip():
        return False
    if line[-1] in ".!?:" and not _REMARK.search(found["rest"].strip()):
        return False
    if _BROKEN.match(found["rest"]):
        return True
    return not found["keyword"].istitle() and bool(_TWO_NAMES.match(found["rest"]))


def _is_odd(line: str) -> bool:
    """Whether a line between lines of code stands for an instruction that does not exist."""
    if line.startswith(("...", "\u2026")):
        return True
    found = _UNKNOWN.match(line) if len(line) <= LONGEST else None
    return found is not None and (
        found["opcode"].isupper() or bool(re.search(r"[#$@<>*{},0-9]", found["operands"]))
    )
