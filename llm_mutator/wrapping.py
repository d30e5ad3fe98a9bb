"""What replies put around Redcode and between its lines: characters, markup, lists, diffs.

Each step takes time in proportion to the text; lines longer than `LONGEST` are left alone.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from mars.redcode import Opcode

LONGEST: Final = 500
OPCODES: Final = frozenset(opcode.name for opcode in Opcode)
PSEUDO: Final = frozenset({"EQU", "ORG", "END", "FOR", "ROF", "PIN"})
NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
OPERAND: Final = r"[#$@<>*{}]?[ \t]*[-+]?[A-Za-z0-9_(][A-Za-z0-9_()+*/%-]*"
STATEMENT: Final = re.compile(
    rf"\s*(?P<labels>(?:\.?{NAME}(?:&{NAME})*(?:[ \t]*:[ \t]*|[ \t]+)){{0,4}}?)"
    rf"(?P<keyword>{'|'.join(sorted(OPCODES | PSEUDO))})(?![A-Za-z0-9_]|[ \t]*:)(?P<rest>.*)",
    re.IGNORECASE,
)

# Full-width ASCII, all kinds of minus signs and blanks, and the line ends of Unicode.
_CHARACTERS: Final = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE63), "-"),
    **dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " "),
    **dict.fromkeys((0x85, 0x2028, 0x2029), "\n"),
    **dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF), ""),
    **dict.fromkeys((0x2190, 0x2192, 0x21D0, 0x21D2, 0x27F5, 0x27F6, 0x279C), ";"),
    0xD7: "*",
    0x3001: ",",
}
_ENTITY: Final = re.compile(r"&(?:lt|gt|quot|nbsp|#[0-9]{1,6}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_LONG_DASH: Final = re.compile("(?<=[ \t])[\u2014\u2015](?=[ \t])")
_CHAT_MARK: Final = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|</?s>|<(?:eos|bos|end_of_turn|start_of_turn)>|\[/?INST\]"
)
_ESCAPE: Final = re.compile(r"\\(?=[#@$*<>{}()_&+.-])")

_TAGS: Final = (
    "(?:code|pre|br|p|div|span|samp|tt|b|i|em|strong|redcode|warrior|program|source|asm|"
    "assembly|answer|output|result|response|solution|final)"
)
_TAG: Final = re.compile(
    rf"\A(?:\s*<{_TAGS}(?:\s[^<>]*)?/?>)+|</{_TAGS}>|<br ?/?>\s*\Z", re.IGNORECASE
)
_STRING: Final = re.compile(r'\A\s*"(.*)",?\s*\Z')
_BULLET: Final = re.compile(r"\A\s*(?:[-*+\u2022]\s+|[a-z][.)]\s+|(?:>\s?)+)")
_NUMBER: Final = re.compile(
    r"\A\s*(?:(?:step|line|instruction)\s+)?[\[(]?([0-9]{1,5})(?:\]|[.:)]+)?[ \t]+(?=\S)",
    re.IGNORECASE,
)
_LONE_NUMBER: Final = re.compile(r"\A\s*([0-9]{1,5})\s*\Z")
_BOLD: Final = re.compile(r"(?<!\S)\*\*([^*]+)\*\*(?=[\s:,.]|\Z)")
_SPAN: Final = re.compile(r"\A\s*`+([^`]+)`+\s*(.*)\Z")
_ALONE: Final = re.compile(rf"{NAME}:?\Z")
_BARE_OPCODE: Final = re.compile(rf"(?:{'|'.join(OPCODES)})(?:\.[A-Z]{{1,2}})?\Z", re.IGNORECASE)


def plain(text: str) -> str:
    """The text with ordinary characters and line ends, without the marks of chat formats."""
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), text.replace("&amp;", "&"))
    text = _LONG_DASH.sub("--", text).translate(_CHARACTERS)
    lines = _CHAT_MARK.sub("\n", text).split("\n")
    return _ESCAPE.sub("", "\n".join(map(_with_line_ends, lines)))


def _with_line_ends(line: str) -> str:
    r"""A line in which several line ends of a program are written out as `\n`, as lines."""
    pieces = line.strip().strip('"').split("\\n")
    if len(pieces) < 3 or pieces[0].startswith("{") or not any(map(statement, pieces[1:])):
        return line
    return "\n".join(pieces).replace("\\r", "").replace("\\t", "\t")


def statement(line: str) -> re.Match[str] | None:
    """A line's labels, keyword and rest, where it has an opcode where one may be."""
    return STATEMENT.match(line) if len(line) <= LONGEST else None


def unwrapped(line: str) -> str:
    """A line without the tags, quotes, bullets, numbers and stars around its words."""
    if len(line) > LONGEST:
        return line
    line = _STRING.sub(r"\1", _TAG.sub("", line))
    if line.lstrip().startswith("|"):
        line = _from_table(line)
    line = _NUMBER.sub("", _BULLET.sub("", line, count=1), count=1)
    line = _BOLD.sub(r"\1", line)
    span = _SPAN.match(line)
    found = statement(span[1]) if span else None
    if span and span[2] and found and re.search(r"\s[^\s.]", found["rest"]):
        return f"{span[1]} ;{span[2]}"
    return line.replace("`", "") if line.lstrip().startswith("`") else line


def _from_table(row: str) -> str:
    """The statement in a table's row, in one cell or in several, else the row."""
    cells = [cell.strip().strip("`") for cell in row.strip().strip("|").split("|")]
    at = next((at for at, cell in enumerate(cells) if statement(cell)), None)
    if at is None:
        return row
    label = cells[at - 1] if at and _ALONE.match(cells[at - 1]) else ""
    if not _BARE_OPCODE.match(cells[at]):
        return f"{label} {cells[at]}"
    operands = [cell for cell in cells[at + 1 : at + 3] if re.fullmatch(OPERAND, cell)]
    return f"{label} {cells[at]} {', '.join(operands)}"


def unwrapped_lines(lines: Sequence[str]) -> list[str]:
    """The lines of a block that holds a program, without all that is around the program.

    A diff that shows the whole program, from its header to its END, becomes the new one.
    """
    text = _without_block_comments("\n".join(_new_side(list(_up_to_fence(lines)))))
    rows = _continued(text.split("\n"))
    if not any(_NUMBER.match(row[:LONGEST]) for row in rows):
        return [unwrapped(row) for row in rows]
    return [_LONE_NUMBER.sub("", unwrapped(row)) for row in rows] if _just_count(rows) else rows


def _just_count(rows: Sequence[str]) -> bool:
    """Whether numbers before rows count them; in BASIC's tens, operands may refer to them."""
    found = [
        (at, _NUMBER.match(row[:LONGEST]) or _LONE_NUMBER.match(row)) for at, row in enumerate(rows)
    ]
    numbers = [(at, int(match[1])) for at, match in found if match]
    return all(b - a in (1, j - i) for (i, a), (j, b) in pairwise(numbers))


def _up_to_fence(lines: Iterable[str]) -> Iterator[str]:
    """The lines up to one that a closing fence ends; fences on their own are left out."""
    for line in lines:
        if line.lstrip().startswith("```") and not statement(line.replace("`", "")):
            continue
        if line.rstrip().endswith("```"):
            yield line.rstrip().rstrip("`")
            return
        yield line


def _continued(lines: Iterable[str]) -> list[str]:
    """The lines, joined where a backslash says so and no statement of its own follows."""
    rows = [""]
    for line in lines:
        code = rows[-1].rstrip()
        joins = code.endswith("\\") and ";" not in code and len(code) <= LONGEST
        if joins and line.strip() and not statement(unwrapped(line)):
            rows[-1] = code[:-1] + line
        else:
            rows.append(line)
    return rows[1:]


def _new_side(lines: Sequence[str]) -> Sequence[str]:
    marks = {line[:1] for line in lines}
    if not {"+", "-"} <= marks or sum(line.startswith("@@") for line in lines) > 1:
        return lines
    kept = [line[1:] for line in lines if line[:1] in ("+", " ") and line[:3] != "+++"]
    told = [line for line in kept if line.strip()] or [""]
    whole = re.match(r"\s*;\s*(?:redcode|name)", told[0], re.IGNORECASE)
    return kept if whole and re.match(r"\s*END\b", told[-1], re.IGNORECASE) else lines


def _without_block_comments(text: str) -> str:
    kept, at = [], 0
    while (begin := text.find("/*", at)) >= 0 and (end := text.find("*/", begin + 2)) >= 0:
        kept.append(text[at:begin])
        at = end + 2
    return "".join((*kept, text[at:]))
