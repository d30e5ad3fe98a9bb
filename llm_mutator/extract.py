"""From a chat model's reply to Redcode text; whether it assembles is not decided here.

Every step takes time in proportion to the reply's length, whatever it holds.
"""

import json
import re
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import Final

from llm_mutator.cleaning import cleaned, defined_names
from llm_mutator.code_lines import (
    bare_code,
    broken_instructions,
    has_instruction,
    instructions,
    is_code,
)
from llm_mutator.wrapping import OPCODES, plain

MAX_REPLY: Final = 400_000
MAX_SOURCE: Final = 64_000

_THOUGHTS: Final = ("think", "thinking", "thought", "reasoning", "reflection")
_TAG: Final = re.compile(rf"<(/?)(?:{'|'.join(_THOUGHTS)})>", re.IGNORECASE)
_FENCE: Final = re.compile(r"[ \t]{0,8}(`{3,}|~{3,})[ \t]*([^`]*)\Z")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER: Final = re.compile(r"[ \t]*;[ \t]*(redcode|name)\b", re.IGNORECASE)
_STRING: Final = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_LIST: Final = rf"\[(?:\s*{_STRING}\s*,)*\s*{_STRING}\s*\]"
_KEY: Final = r'(?:"[^"\\\n]{1,40}"|\b[a-z_]{1,20})'
# A text, or a list of lines, in JSON; a text in YAML.
_JSON_TEXT: Final = re.compile(rf"{_KEY}\s{{0,20}}:\s{{0,20}}({_STRING}|{_LIST})", re.DOTALL)
_CODE_SPAN: Final = re.compile(r"`([^`\n]+)`")


def candidate_sources(reply: str) -> tuple[str, ...]:
    """The Redcode in a reply, in order of preference; none when there is none.

    The first that assembles is what the reply says. First comes what `extract_source` finds,
    as it is. Then the same with slips put right where what is meant is plain (`cleaning.py`
    tells which): to be used only if the first does not assemble, so that no program that
    assembles as it is ever changes. Last, if the reply gives a program's parts in several
    fences, the parts joined.
    """
    text, found = _read(reply)
    neat = plain(text)
    lines = neat.split("\n")
    tidy = cleaned(_cut(found if neat == text else _found(lines)))
    joined = cleaned(_cut(_parts(_fenced_blocks(lines))))
    return tuple(dict.fromkeys(filter(None, map(_finish, (found, tidy, joined)))))


def extract_source(reply: str) -> str:
    """The Redcode in a reply as it is, empty when there is none.

    Thoughts in `<think>` tags are left out. Of several fenced blocks, the last that is a
    complete program (with a `;redcode` or `;name` line) is taken, as replies quote first and
    conclude last; when none is complete, the one with most instructions, the last of equals.
    Without a fence, or when the blocks hold no code, prose around and between the code is
    dropped line by line. If all that fails, a block that at least means to be a program is
    taken, for the assembler to say what is wrong with it.
    """
    return _finish(_read(reply)[1])


def _read(reply: str) -> tuple[str, list[str]]:
    """What a reply says to its reader, and the lines of the program in it.

    That is the text without thoughts; if its code is in a string of JSON or on one line between
    backticks, it is that string or line.
    """
    text = _without_thoughts(reply[:MAX_REPLY]).replace("\r\n", "\n").replace("\r", "\n")
    found = _found(text.split("\n"))
    if found and not all(line.startswith('"') for line in found):
        return text, found
    strings = [_decoded(match[1]) for match in _JSON_TEXT.finditer(text)]
    spans = [match[1].replace(";", "\n") for match in _CODE_SPAN.finditer(text)]
    # A single instruction on a line of its own is rather a quotation than a program.
    inner = [code for code in strings if "\n" in code]
    inner += [code for code in spans if instructions(code.split("\n")) > 1]
    best = max(inner, key=lambda code: instructions(code.split("\n")), default="")
    found_inside = _found(best.split("\n"))
    return (best, found_inside) if found_inside else (text, found)


def _decoded(literal: str) -> str:
    """The text of a JSON string, or of a list of strings, its lines; empty if it is broken."""
    try:
        value = json.loads(literal, strict=False)
    except ValueError:
        return ""
    return value if isinstance(value, str) else "\n".join(value)


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


def _found(lines: Sequence[str]) -> list[str]:
    """The lines of the program in a text."""
    fenced = _fenced_blocks(lines)
    for count in (instructions, broken_instructions):
        blocks = [block for block in fenced if count(block)]
        complete = [block for block in blocks if any(map(_HEADER.match, block))]
        if blocks:
            return complete[-1] if complete else max(reversed(blocks), key=count)
    bare = bare_code(["" if _FENCE.match(line) else line for line in lines])
    if has_instruction(bare):
        return bare
    meant = [block for block in fenced if any(map(_is_meant, block))]
    return meant[-1] if meant else []


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
            blocks.append([match[2]] if is_code(match[2]) else [])
    return blocks


def _parts(blocks: Sequence[Sequence[str]]) -> list[str]:
    """The lines of all blocks that hold code, if they can be the parts of one program.

    Not if two blocks share a line of code or define the same name: then one quotes the other.
    """
    parts = [block for block in blocks if any(map(is_code, block))]
    if sum(any(map(_HEADER.match, part)) for part in parts) > 1:
        return []
    own = [defined_names(part) | {line.strip() for line in part if is_code(line)} for part in parts]
    alone = len(parts) < 2 or len(set().union(*own)) < sum(map(len, own))
    return [] if alone else list(chain(*parts))


def _is_meant(line: str) -> bool:
    """Whether a line in a fence is, or tries to be, Redcode."""
    first = _WORD.match(line.strip())
    return bool(_HEADER.match(line)) or (first is not None and first[0].upper() in OPCODES)


def _finish(lines: Sequence[str]) -> str:
    text = "\n".join(_cut(lines)).strip("\n")
    return f"{text}\n" if text else ""


def _cut(lines: Sequence[str]) -> Sequence[str]:
    """The lines that fit into what is far too long to be a program."""
    ends = accumulate(len(line) + 1 for line in lines)
    return lines[: sum(1 for end in ends if end <= MAX_SOURCE)]
