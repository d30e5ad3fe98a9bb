"""A corpus of replies as models get them wrong, and the rules that put slips right."""

import html
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from llm_mutator.cleaning import cleaned
from llm_mutator.extract import candidate_sources
from mars.assembler import RedcodeError, assemble
from mars.classics import bundled_sources
from mars.redcode import Warrior
from mars.settings import DEFAULT_SETTINGS, CoreSettings

FOLDER = Path(__file__).parent / "imperfect_replies"
REPLIES = {path.stem: path.read_bytes().decode("utf-8") for path in FOLDER.glob("*.txt")}
OUTCOMES = tomllib.loads((FOLDER / "outcomes.toml").read_text(encoding="utf-8"))
PRESETS = [CoreSettings.preset(name) for name in ("94nop", "94", "tiny", "nano")]


def assembled(source: str, settings: CoreSettings) -> Warrior | str:
    """The warrior, or the first error."""
    try:
        return assemble(source, settings, path="reply")
    except RedcodeError as error:
        return str(error.errors[0])


def read(reply: str, settings: CoreSettings = DEFAULT_SETTINGS) -> Warrior | str:
    """The first candidate that is a warrior, else the error of the first."""
    results = [assembled(source, settings) for source in candidate_sources(reply)]
    warriors = [result for result in results if isinstance(result, Warrior)]
    return (warriors or results or ["none"])[0]


@pytest.mark.parametrize("name", sorted(REPLIES))
def test_candidate_sources__of_imperfect_replies(name: str) -> None:
    outcome = OUTCOMES[name]
    result = read(REPLIES[name])
    if "error" in outcome:
        assert result == outcome["error"]
    else:
        assert isinstance(result, Warrior), result
        meant = outcome.get("becomes") or outcome["meant"]
        assert result.load_file() == assemble(meant).load_file()


def test_candidate_sources__how_many_become_warriors() -> None:
    assert OUTCOMES.keys() == REPLIES.keys()
    counts = Counter(
        (
            "plain" if "meant" in outcome else "unclear",
            "another" if "becomes" in outcome else "error" if "error" in outcome else "meant",
        )
        for outcome in OUTCOMES.values()
    )
    assert counts == {
        ("plain", "meant"): 121,
        ("plain", "error"): 14,
        ("plain", "another"): 1,
        ("unclear", "error"): 31,
        ("unclear", "another"): 3,
    }


def in_lines(change: Callable[[str], str]) -> Callable[[str], str]:
    """A change of each line's code, in a fence; comments stay."""

    def changed(source: str) -> str:
        rows = [row.partition(";") for row in source.split("\n")]
        return fenced(
            "\n".join(
                f"{change(code) if code.strip() else code}{sign}{comment}"
                for code, sign, comment in rows
            )
        )

    return changed


def fenced(source: str) -> str:
    return f"Plan: wait and see.\n\n```redcode\n{source}\n```\nGood luck!\n"


def each(before: str, after: str = "") -> Callable[[str], str]:
    """Something put around each line, in a fence."""
    return lambda source: fenced("".join(f"{before}{row}{after}\n" for row in source.splitlines()))


def with_comments(sign: str) -> Callable[[str], str]:
    """Another sign before the comments that stand behind code."""
    behind_code = re.compile(r"^([^;\n]*\S)[ \t]*;[ \t]*", re.MULTILINE)
    return lambda source: fenced(behind_code.sub(rf"\1    {sign} ", source))


OPCODE = r"\b(mov|add|sub|seq|sne|slt|djn|jmz|jmn|jmp|spl|dat)\b(\.\w+)?"
WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in "#,;:@<>*{}()+0123456789"} | {32: 0x3000}


def ended(sign: str) -> Callable[[str], str]:
    return in_lines(
        lambda code: code.rstrip() + sign + " " if re.search(OPCODE, code, re.IGNORECASE) else code
    )


SLIPS: dict[str, Callable[[str], str]] = {
    "HTML entities": lambda source: fenced(html.escape(source)),
    "line numbers": lambda source: fenced(
        "\n".join(f"{at:3}  {row}" for at, row in enumerate(source.split("\n"), start=1))
    ),
    "bullets": each("- "),
    "quotes": each("> "),
    "backticks": each("`", "`"),
    "strings": each('"', '",'),
    "// comments": with_comments("//"),
    "# comments": with_comments("#"),
    "full-width": lambda source: fenced(source.translate(WIDE)),
    "unbreakable blanks": lambda source: fenced(source.replace(" ", "\u00a0")),
    "minus signs": in_lines(lambda code: code.replace("-", "\u2212")),
    "zero width": lambda source: fenced(re.sub("(?<=[a-z])", "\u200b", source)),
    "Markdown escapes": lambda source: fenced(re.sub(r"([#@*<>{}_()])", r"\\\1", source)),
    "commas at the end": ended(","),
    "full stops": ended("."),
    "equals signs": in_lines(lambda code: re.sub(r"(?i)\s+equ\s+", " = ", code)),
    "no dots": in_lines(
        lambda code: re.sub(r"(?i)\b([a-z]{3})\.(ab|ba|[abfxi])\b", r"\1 \2", code)
    ),
    "hexadecimal": in_lines(
        lambda code: re.sub(r"(?<!\w)\d+\b", lambda digits: hex(int(digits[0])), code)
    ),
    "bold": in_lines(lambda code: re.sub(rf"(?i)(?<!\S){OPCODE}(?=\s)", r"**\1\2**", code)),
    "JSON": lambda source: json.dumps({"name": "X", "code": source}),
    "JSON, a list of lines": lambda source: json.dumps({"code": source.split("\n")}, indent=1),
    "one line": lambda source: fenced(source.replace("\n", "\\n")),
    "sentences": lambda source: fenced(
        source.replace("\n", "\nThis comes next, and it matters.\n")
    ),
    "nested fences": lambda source: f"````markdown\n# It\n\n{fenced(source)}\nEnjoy!\n````\n",
    "HTML": lambda source: f"<p>Look:</p>\n<pre><code>{html.escape(source)}</code></pre>\n",
}


@pytest.mark.parametrize("slip", SLIPS)
def test_candidate_sources__undoes_slips_in_bundled_warriors(slip: str) -> None:
    changed = 0
    for name, source in bundled_sources().items():
        settings = next(
            settings for settings in PRESETS if isinstance(assembled(source, settings), Warrior)
        )
        reply = SLIPS[slip](source)
        changed += reply != fenced(source)
        assert read(reply, settings) == assemble(source, settings), name
    assert changed > 5


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        # One rule a line, where the corpus has it only among others.
        ("MOV $ 5 # 3", "MOV $ 5, # 3"),
        ("MOV 0, 1 [to the next]", "MOV 0, 1"),
        ("MOV 0, 1 -- 4 of them", "MOV 0, 1"),
        ("x MOV 0, x - the imp", "x MOV 0, x"),
        ("MOV 0, 0b101", "MOV 0, 5"),
        ("MOV 1,000, 2,000", "MOV 1000, 2000"),
        ("MOV \"0\", '1'", "MOV 0, '1'"),
        ("step EQU = 5\nMOV 0, step", "step EQU 5\nMOV 0, step"),
        ("set step = 5\nMOV 0, step", "step EQU 5\nMOV 0, step"),
        ("ORG start the first\nstart MOV 0, 1", "ORG start\nstart MOV 0, 1"),
        ("Mod: MOV Mod, 1", "Mod_: MOV Mod_, 1"),
        ("MOV 0 1\nDAT 5 6\nJMP -1 0", "MOV 0, 1\nDAT 5, 6\nJMP -1, 0"),
        ("MOV I 0, 1\nDJN F -1, <-5", "MOV.I 0, 1\nDJN.F -1, <-5"),
        ("===== Start =====\nMOV 0, 1", ";===== Start =====\nMOV 0, 1"),
        ("[0] MOV 0, 1\n[1] JMP -1", "MOV 0, 1\nJMP -1"),
        ("l&i MOV 0 1", "l&i MOV 0, 1"),
        ("MOV 0, \\\n#1", "MOV 0, #1"),
        ("date = 5\nMOV 0 date", "date EQU 5\nMOV 0, date"),
        ("DAT # 5 # 3\nDAT #5 # three", "DAT # 5, # 3\nDAT #5"),
        ('name "Quotable"\nMOV 0 1', ';name "Quotable"\nMOV 0, 1'),
        ("```MOV 0, 1\nJMP -1```\nGood luck", "MOV 0, 1\nJMP -1"),
    ],
)
def test_cleaned__table(source: str, meant: str) -> None:
    assert [row.strip() for row in cleaned(source.split("\n"))] == meant.split("\n")


@pytest.mark.parametrize(
    "source",
    [
        # Valid, whatever a model may have meant by it.
        "JMP start -1\nDAT 5 6\nstart MOV 0, 1 2",
        "MOV x <2, 5 -- 4\nADD a=5, a *2\nDJN f -1, <-5",
        "x EQU MOV 0, 1\nEQU JMP -1\nx",
        "tail01 MOV tail&i, 0 / 5\nl&i DAT 0, l&i",
        "Start Of It\nMOV 0, 1",
        "Start next mov 0, 1\nname:\nJMP name",
        "A MOV a, 0\nx EQU 5 \\\nJMP x\nMOV 0, A -- A",
        "B MOV 0, 1\nJMP B start",
        # What is meant is not plain.
        "JMPZ loop, ptr\nINC ptr\nPUSH #5",
        "MOV bomb\nADD\nJMP\nJMP ...\nMOV 0, ...\n...",
        "ADD #4, ptr - step\nJMP start if zero\nJMP loop again",
        "ADD #<step>, ptr\n<your code here>\nMOV [1], [2]\nMOV @$1, #~2",
        "x EQU 2**7\nMOV bomb to @aim\nMOV.W 0, 1\nMOV 0; 1",
        "10 MOV 0, 1\n20 JMP 10",
        "-MOV 0, 1\n+MOV 0, 2\n JMP -1",
        f"MOV 0 1 {'-' * 500}",
        "\u041c\u041eV 0, 1",
    ],
)
def test_cleaned__leaves_alone(source: str) -> None:
    rows = source.split("\n")
    assert ["".join(row.split()) for row in cleaned(rows)] == ["".join(row.split()) for row in rows]
