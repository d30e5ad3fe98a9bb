"""From a chat model's reply to Redcode text; whether it assembles is not decided here.

Every step takes time in proportion to the reply's length, whatever it holds.
"""

import re
from collections.abc import Sequence
from typing import Final

from mars.redcode import Opcode

MAX_REPLY: Final = 400_000
MAX_SOURCE: Final = 64_000

_THOUGHTS: Final = ("think", "thinking", "thought", "reasoning", "reflection")
_TAG: Final = re.compile(rf"<(/?)(?:{'|'.join(_THOUGHTS)})>", re.IGNORECASE)
_FENCE: Final = re.compile(r"[ \t]{0,8}(`{3,}|~{3,})[ \t]*([^`]*)\Z")
_LINE_NUMBER: Final = re.compile(r"[ \t]*\d{1,4}[.:)][ \t]+")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPCODES: Final = frozenset(opcode.name for opcode in Opcode)
_PSEUDO: Final = frozenset({"EQU", "ORG", "END", "FOR", "ROF", "PIN"})
_HEADER: Final = re.compile(r"[ \t]*;[ \t]*(redcode|name)\b", re.IGNORECASE)
# An operand of prose has two words with nothing but blanks between.
_TWO_WORDS: Final = re.compile(r"[A-Za-z0-9_)]\s+[A-Za-z0-9_(]")


def extract_source(reply: str) -> str:
    """The Redcode in a reply, empty when there is none.

    Thoughts in `<think>` tags are left out. Of several fenced blocks, the last that is a
    complete program (with a `;redcode` or `;name` line) is taken, as replies quote first and
    conclude last; when none is complete, the one with most instructions, the last of equals.
    Without a fence, or when the blocks hold no code, prose around and between the code is
    dropped line by line. If all that fails, a block that at least means to be a program is
    taken, for the assembler to say what is wrong with it.
    """
    text = _without_thoughts(reply[:MAX_REPLY]).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    fenced = _fenced_blocks(lines)
    blocks = [block for block in fenced if _instructions(block)]
    if blocks:
        complete = [block for block in blocks if any(map(_HEADER.match, block))]
        if complete:
            return _finish(complete[-1])
        return _finish(max(reversed(blocks), key=_instructions))
    bare = _bare_code([line for line in lines if not _FENCE.match(line)])
    if _instructions(bare):
        return _finish(bare)
    meant = [block for block in fenced if any(map(_is_meant, block))]
    return _finish(meant[-1]) if meant else ""


def _without_thoughts(text: str) -> str:
    """The text outside think tags; a close without its open takes all before it along."""
    kept: list[str] = []
    depth, at = 0, 0
    for tag in _TAG.finditer(text):
        if not tag[1]:
            if depth == 0:
                kept.append(text[at : tag.start()])
            depth += 1
        elif depth > 0:
            depth -= 1
        else:
            kept.clear()
        at = tag.end()
    if depth == 0:
        kept.append(text[at:])
    return "".join(kept)


def _fenced_blocks(lines: Sequence[str]) -> list[list[str]]:
    """The contents of the fenced blocks; the last may lack its closing fence."""
    blocks: list[list[str]] = []
    fence = ""
    for line in lines:
        match = _FENCE.match(line)
        if fence:
            if match and match[1].startswith(fence) and not match[2].strip():
                fence = ""
            else:
                blocks[-1].append(line)
        elif match:
            fence = match[1]
            blocks.append([])
    return blocks


def _bare_code(lines: Sequence[str]) -> list[str]:
    """The lines that look like Redcode, with their list numbers and backticks taken off."""
    stripped = [_LINE_NUMBER.sub("", line.strip().strip("`"), count=1) for line in lines]
    return [line for line in stripped if line.startswith(";") or _is_code(line) or _is_label(line)]


def _instructions(lines: Sequence[str]) -> int:
    """How many of the lines hold an instruction."""
    return sum(1 for line in lines if _keyword(line) in _OPCODES)


def _keyword(line: str) -> str:
    """The opcode or pseudo-opcode that a line of code has, else an empty string."""
    code = line.split(";", 1)[0][:500]
    for count, match in enumerate(_WORD.finditer(code)):
        word = match[0].upper()
        rest = code[match.end() :]
        if word in _OPCODES and _has_operands(rest):
            return word
        if word in _PSEUDO and (word in ("END", "ROF", "EQU") or rest.strip()):
            return word
        # Only labels may stand before it, with nothing but blanks and colons between.
        if count >= 2 or not re.match(r"[ \t]*:?[ \t]+", rest):
            return ""
    return ""


def _is_meant(line: str) -> bool:
    """Whether a line in a fence is, or tries to be, Redcode."""
    first = _WORD.match(line.strip())
    return bool(_HEADER.match(line)) or (first is not None and first[0].upper() in _OPCODES)


def _has_operands(rest: str) -> bool:
    operands = re.sub(r"^\s*\.\s*[A-Za-z]{1,2}\b", "", rest)
    if operands and not operands[0].isspace() and operands[0] not in "#$@<>*{}":
        return False
    return not _TWO_WORDS.search(operands.strip())


def _is_code(line: str) -> bool:
    keyword = _keyword(line)
    if keyword in ("END", "ROF", "ORG", "FOR", "PIN"):
        # "End of the program" is prose, "END start" is not.
        return not _TWO_WORDS.search(line.split(";", 1)[0].upper().split(keyword, 1)[1].strip())
    return bool(keyword)


def _is_label(line: str) -> bool:
    """Whether a line is a label alone; a word of prose alone on its line has a capital."""
    code = line.split(";", 1)[0].strip()
    label = code.removesuffix(":")
    return bool(_WORD.fullmatch(label)) and (label != code or label == label.lower())


def _finish(lines: Sequence[str]) -> str:
    """The program as text, cut at a whole line where it is far too long to be one."""
    size = 0
    kept: list[str] = []
    for line in lines:
        size += len(line) + 1
        if size > MAX_SOURCE:
            break
        kept.append(line)
    return "\n".join(kept).strip("\n") + "\n"
