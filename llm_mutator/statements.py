"""One statement of a model's Redcode, with the slips in it put right.

Each rule touches what is never valid Redcode (or valid in forms only that nobody writes), but
for one: where an instruction of the program plainly lacks its comma, `JMP start -1` has two
operands, and where a modifier lacks its dot, `DJN F -1, 5` has a modifier.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from llm_mutator.wrapping import LONGEST, NAME, OPCODES, OPERAND, PSEUDO, statement

PREDEFINED: Final = frozenset(
    {
        "CORESIZE",
        "CURLINE",
        "MAXCYCLES",
        "MAXLENGTH",
        "MAXPROCESSES",
        "MINDISTANCE",
        "PSPACESIZE",
        "ROUNDS",
        "VERSION",
        "WARRIORS",
    }
)
ONE_OPERAND: Final = frozenset({"DAT", "JMP", "SPL", "NOP"})
LABEL: Final = re.compile(rf"\s*\.?{NAME}[ \t]*:?\s*\Z")
WORD: Final = re.compile(NAME)

_MODES: Final = tuple("#$@<>*{}")
_MODIFIER: Final = re.compile(r"\A\s*\.\s*(?:AB|BA|[ABFXI])\b", re.IGNORECASE)
_DOTLESS: Final = re.compile(r"\s+(AB|BA|[ABFXI])\s+(?:[#$@{}(]|\w)", re.IGNORECASE)
_MAYBE_DOTLESS: Final = re.compile(r"\s+(AB|BA|[ABFXI])\s+[-<>*]\w", re.IGNORECASE)
_BASED: Final = re.compile(r"(?<!\w)0(?:[xX][0-9A-Fa-f]{1,8}|[bB][01]{1,32})\b")
_UNDERSCORED: Final = re.compile(r"(?<!\w)[0-9]+(?:_[0-9]+)+\b")
_FRACTION: Final = re.compile(r"(?<=[0-9])\.0+(?![\w.])")
_THOUSANDS: Final = re.compile(r"(?<!\w)[0-9]{1,3}(?:,[0-9]{3})+(?!\w)")
_CALLED: Final = re.compile(r"\(([^()]*)\)\Z")
_STRAY: Final = re.compile(r"(?<=[\w)])[ \t]*(?:[,.:]|\\+)\Z")
_TWO_TERMS: Final = re.compile(rf"({OPERAND})[ \t]+({OPERAND})\Z")

# What stands before a remark: never an operator; hardly one; perhaps one; nothing.
_SURE_SIGN: Final = re.compile(
    r"(?<=[\w)])[ \t]+(?:(?:#+|\||[-=]+>)(?=[ \t]|\Z)|[^\x00-\x7f\u2026])"
)
_SIGN: Final = re.compile(rf"(?<=[\w)])[ \t]+(?:-{{2,}}|<-+)[ \t]+({NAME}|[0-9]+[ \t]+[A-Za-z])")
_DASH: Final = re.compile(rf"(?<=[\w)])[ \t]+-[ \t]+({NAME})[ \t]+(?=[A-Za-z])")
_NO_SIGN: Final = re.compile(r"(?<=[\w)])([ \t]+)(?=[A-Za-z(\[])")
_MAYBE_SIGN: Final = re.compile(r"[ \t](?:-+[ \t]|[<>*]\S)")


@dataclass(frozen=True)
class Program:
    """What the lines of a program tell about each other.

    Attributes:
        defined: Labels, counters and names of EQUs; without the dot that some have.
        dotted: Those that have it and can do without.
        used: Every word in an operand.
        commaless: Somewhere the comma between two operands is plainly missing.
        dotless: Somewhere the dot before a modifier is.
    """

    defined: frozenset[str]
    dotted: frozenset[str]
    used: frozenset[str]
    commaless: bool
    dotless: bool


def read_program(rows: Iterable[str]) -> Program:
    """What the rows define and use."""
    plain: set[str] = set()
    dotted: set[str] = set()
    used: set[str] = set()
    commaless = dotless = False
    for row in rows:
        code = row[:LONGEST].partition(";")[0]
        found = statement(code)
        if not found and not LABEL.match(code):
            continue
        for label in re.findall(rf"\.?{NAME}", found["labels"] if found else code):
            (dotted if label[0] == "." else plain).add(label.removeprefix("."))
        if found:
            keyword, rest = found["keyword"].upper(), found["rest"]
            used.update(WORD.findall(rest))
            dotless |= keyword in OPCODES and _DOTLESS.match(rest) is not None
            rest = _STRAY.sub("", _MODIFIER.sub("", rest).strip())
            commaless |= keyword in OPCODES - ONE_OPERAND and _with_comma(rest) != rest
    names = frozenset(plain | dotted)
    return Program(names, frozenset(dotted - plain), frozenset(used), commaless, dotless)


def put_right(row: str, program: Program) -> str:
    """A row with its labels, modifier and operands put right; a very long one as it is."""
    if len(row) > LONGEST:
        return row
    code, semicolon, comment = row.partition(";")
    found = statement(code)
    if not found:
        return re.sub(r"[ \t]+:", ":", row) if LABEL.match(code) else row
    labels, keyword, rest = found["labels"], found["keyword"], found["rest"]
    labels = re.sub(r"[ \t]+:", ":", _undotted(labels, program))
    modifier = ""
    if keyword.upper() in OPCODES:
        modifier, rest = _modifier(keyword, rest, program)
    if rest[:1] == ".":
        return row
    text = f"{modifier} {_operands(keyword.upper(), _undotted(rest, program), program)}".rstrip()
    if labels == found["labels"] and text.split() == found["rest"].split():
        return row
    return f"{labels}{keyword}{text}{f' ;{comment}' if semicolon else ''}"


def _undotted(text: str, program: Program) -> str:
    """A text without the dots that names of labels have in other assemblers."""
    if not program.dotted:
        return text

    def name(found: re.Match[str]) -> str:
        return found[1] if found[1] in program.dotted else found[0]

    return re.sub(rf"(?<![\w)])\.({NAME})", name, text)


def _modifier(keyword: str, rest: str, program: Program) -> tuple[str, str]:
    """The modifier, also one without its dot, and the operands."""
    if found := _MODIFIER.match(rest):
        return found[0], rest[found.end() :]
    found = _DOTLESS.match(rest) or (_MAYBE_DOTLESS.match(rest) if program.dotless else None)
    if not found or found[1] in program.defined or found[1].isupper() != keyword.isupper():
        return "", rest
    operands = rest[found.end(1) :]
    if keyword.upper() not in ONE_OPERAND and "," not in _with_comma(operands.strip()):
        return "", rest
    return f".{found[1]}", operands


def _operands(keyword: str, text: str, program: Program) -> str:
    text = _BASED.sub(lambda found: str(int(found[0], 0)), text.replace('"', "").strip())
    text = _UNDERSCORED.sub(lambda found: found[0].replace("_", ""), text)
    text = _FRACTION.sub("", text)
    if keyword in ("ORG", "END"):
        return _start(text.lstrip("#$@= \t"), program)
    if keyword == "EQU":
        text = _without_signed_remark(text, 0, program)
        return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    if keyword in PSEUDO:
        return text
    inside = _CALLED.match(text)
    if inside and ("," in inside[1] or inside[1].lstrip().startswith(_MODES)):
        text = inside[1].strip()
    if text.count(",") > 1:
        text = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
    text = _STRAY.sub("", _without_remark(keyword, text, program))
    if not text and keyword in ("DAT", "NOP"):
        return "0, 0"
    if keyword not in ONE_OPERAND:
        return _with_comma(text)
    return _with_comma(text) if _has_two(text, program) else text


def _start(text: str, program: Program) -> str:
    text = _without_signed_remark(text, 0, program)
    found = _NO_SIGN.search(text)
    if found and text[: found.start()] in program.defined:
        text = text[: found.start()]
    return _STRAY.sub("", text)


def _without_remark(keyword: str, text: str, program: Program) -> str:
    """Complete operands without the words behind them, which no operator joins to them."""
    comma = text.find(",")
    if comma < 0 and keyword not in ONE_OPERAND:
        return text
    begin = 0 if keyword in ONE_OPERAND else comma + 1
    shorter = _without_signed_remark(text, begin, program)
    found = _NO_SIGN.search(shorter, begin)
    if shorter != text or not found or _MAYBE_SIGN.search(text[begin : found.start()]):
        return shorter
    operands, remark = text[: found.start()], WORD.findall(text[found.end() :])
    if 0 <= comma < found.start() or text[found.end()] in "([":
        return operands
    # One word behind a single operand may be a second one.
    gap = len(found[1].expandtabs()) > 1
    unknown = remark[0] not in {*program.defined, "if", "unless"}
    clear = (gap and len(remark) > 2) or (unknown and (gap or len(remark) > 1))
    return operands if clear else text


def _without_signed_remark(text: str, begin: int, program: Program) -> str:
    """A text without a remark behind a sign that other languages have for comments."""
    cuts = []
    found = _SURE_SIGN.search(text, begin)
    if found and ("," in text[: found.start()] or not _is_operand(text[found.end() :], program)):
        cuts.append(found.start())
    for sign in (_SIGN, _DASH):
        found = sign.search(text, begin)
        if found and found[1] not in program.defined | PREDEFINED:
            cuts.append(found.start())
    return text[: min(cuts)] if cuts else text


def _is_operand(text: str, program: Program) -> bool:
    text = text.strip()
    return text in program.defined or text.removeprefix("-").isdigit()


def _with_comma(text: str) -> str:
    """Two operands with the comma that is missing between them."""
    found = _TWO_TERMS.match(text)
    if not found or (found[2][0] in "+-" and not found[2][1:].isdigit()):
        return text
    return f"{found[1]}, {found[2]}"


def _has_two(text: str, program: Program) -> bool:
    """Whether two words behind an opcode that can do with one operand must be two."""
    found = _TWO_TERMS.match(text)
    if not found:
        return False
    second = found[2]
    if not program.commaless:
        return second[0] in "#$@{}"
    return not second[0].isalpha() or second in program.defined
