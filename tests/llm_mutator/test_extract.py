"""Replies as models write them, and the Redcode found in them."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from llm_mutator.cleaning import cleaned
from llm_mutator.extract import MAX_SOURCE, candidate_sources, extract_source
from llm_mutator.wrapping import plain
from mars.assembler import RedcodeError, assemble
from mars.classics import bundled_sources
from mars.redcode import Warrior
from mars.settings import PRESETS, CoreSettings
from mars.source import decode
from tests import golden_data

BARE = "MOV.I $0, $1"
HEADED = ";redcode\n;name X\nMOV.I $0, $1"


@pytest.mark.parametrize(
    ("reply", "source"),
    [
        # Code alone, headed or not.
        (BARE, BARE),
        (HEADED, HEADED),
        # One fence: with a language, with tildes, indented, in CRLF, never closed.
        (f"```\n{BARE}\n```", BARE),
        (f"```redcode\n{HEADED}\n```", HEADED),
        (f"Sure!\n\n~~~asm\n{BARE}\n~~~\nHave fun.", BARE),
        (f"Here:\n   ```\n{BARE}\n   ```", BARE),
        (f"Here:\r\n```\r\n{BARE}\r\n```\r\n", BARE),
        (f"Here:\n```redcode\n{HEADED}", HEADED),
        # A longer fence may hold a shorter one.
        (f"````\n{BARE}\n```\nDAT 0\n````", f"{BARE}\n```\nDAT 0"),
        # Several blocks: the last complete one; else the one with most instructions.
        (f"The old one:\n```\n;name Old\nDAT 0, 0\n```\nThe new:\n```\n{HEADED}\n```", HEADED),
        (f"```\n{HEADED}\n```\nwhere\n```\nADD #4, 3\nSUB #4, 3\n```\nis the loop", HEADED),
        (f"```\nADD #4, 3\n```\nand\n```\n{BARE}\nJMP -1\n```", f"{BARE}\nJMP -1"),
        (f"```\nDAT 0\n```\nor\n```\n{BARE}\n```", BARE),
        # A block without code is none.
        (f"```\nPlan: bomb everything\n```\n{BARE}", BARE),
        (f"```json\n{{}}\n```\n```\n{BARE}\n```", BARE),
        # Prose around and between bare code; labels alone on their line.
        (
            "Here is a warrior.\n\nstart\n  SPL 0\nloop:\n  MOV 0, 1\n"
            "  JMP loop ; again\nEND start\nIt copies itself over the core.",
            "start\nSPL 0\nloop:\nMOV 0, 1\nJMP loop ; again\nEND start",
        ),
        (
            "step EQU 4\nptr DAT #0, #step\nThis adds, then jumps.\nADD #step, ptr\nJMP -1",
            "step EQU 4\nptr DAT #0, #step\nADD #step, ptr\nJMP -1",
        ),
        ("Add a bomb here.\nJmp to the start\nMove it", ""),
        ("1. MOV 0, 1\n2. JMP -1", "MOV 0, 1\nJMP -1"),
        ("`MOV 0, 1`", "MOV 0, 1"),
        ("FOR 3\nMOV 0, 1\nROF\nEND", "FOR 3\nMOV 0, 1\nROF\nEND"),
        # What looks like code gone wrong stays, or another program would be left.
        ("MOV 0 1\nADD #4, 3\nJMP -2", "MOV 0 1\nADD #4, 3\nJMP -2"),
        ("MOV 0, 1 copy it\nJMP -1", "MOV 0, 1 copy it\nJMP -1"),
        ("MOV 0, 1 is the imp.\nJMP -1", "JMP -1"),
        ("MOV 0, 1\nINC 5\nJMP -1", "MOV 0, 1\nINC 5\nJMP -1"),
        ("MOV 0, 1\n...\nJMP -1", "MOV 0, 1\n...\nJMP -1"),
        ("<code>MOV 0, 1\nJMP -1", "<code>MOV 0, 1\nJMP -1"),
        ("* MOV 0, 1\n* JMP -1", "* MOV 0, 1\n* JMP -1"),
        ("i FOR 2\nl&i DAT i\nROF\nLOOP\nJMP LOOP", "i FOR 2\nl&i DAT i\nROF\nLOOP\nJMP LOOP"),
        ("MOV 0, 1 ; see 1. and 2. below\nJMP -1", "MOV 0, 1 ; see 1. and 2. below\nJMP -1"),
        ("Here:\n```MOV 0, 1\nJMP -1\n```", "MOV 0, 1\nJMP -1"),
        ("MOV `0`, 1\nJMP -1", "MOV `0`, 1\nJMP -1"),
        # Explanations below a program are no part of it; without a program, they are.
        ("MOV 0, 1\nJMP -1\n\n- `MOV 0, 1` copies\n- `JMP -1` loops", "MOV 0, 1\nJMP -1"),
        ("MOV 0, 1\nJMP -1\n\n1. MOV 0, 1 copies it\n2. JMP -1 loops here", "MOV 0, 1\nJMP -1"),
        ("MOV 0, 1\nJMP -1\nMOV 0, 1 copies #1 and more.", "MOV 0, 1\nJMP -1"),
        ("- `MOV 0, 1` copies\n- `JMP -1` loops", "- `MOV 0, 1` copies\n- `JMP -1` loops"),
        # JSON; several statements on a line between backticks.
        ('{"a": "x", "code": "MOV 0, 1\\nJMP -1"}', "MOV 0, 1\nJMP -1"),
        ('```json\n{"code": ["MOV 0, 1", "JMP -1"]}\n```', "MOV 0, 1\nJMP -1"),
        ('{"code": "MOV 0, 1\\nJMP', ""),
        ("Try `MOV 0, 1; JMP -1`.", "MOV 0, 1\nJMP -1"),
        ("Try `MOV 0, 1` or `JMP -1`.", ""),
        # Thoughts are left out: closed, never opened, nested, never closed.
        (f"<think>\n```\nDAT 0\n```\n</think>\n```\n{BARE}\n```", BARE),
        (f"I could use\n```\n;name A\nDAT 0\n```\n</think>{BARE}", BARE),
        (f"<THINK>a<think>b</think>\nDAT 0\n</THINK>{BARE}", BARE),
        (f"{BARE}\n<reasoning>\nDAT 0, 0", BARE),
        ("<think>\nMOV 0, 1", ""),
        # Code that is wrong is still what the reply says.
        ("Here:\n```\nMOV 0 1\n```\nBye", "MOV 0 1"),
        ("```\n;redcode\nWARRIOR GOES HERE\n```", ";redcode\nWARRIOR GOES HERE"),
        # Nothing at all.
        ("", ""),
        ("I cannot help with that.", ""),
        ("```\n```", ""),
        (";just a comment", ""),
    ],
)
def test_extract_source__table(reply: str, source: str) -> None:
    found = extract_source(reply)
    assert found == (f"{source}\n" if source else "")


def test_extract_source__what_it_finds_assembles() -> None:
    reply = (
        "<think>hm</think>**Plan**: a stone.\n\n```redcode-94\n;redcode-94\n;name Slow Stone\n"
        "step equ 3044\nstart:\n        add.ab #step, ptr\nbomb\n        mov.i  bomb, @ptr\n"
        "        jmp    start\nptr     dat    #0, #0\n        end start\n```\nGood luck!"
    )
    warrior = assemble(extract_source(reply))
    assert (warrior.name, len(warrior)) == ("Slow Stone", 4)


def test_candidate_sources__order() -> None:
    assert candidate_sources("Sorry.") == ()
    assert candidate_sources(f"```\n{HEADED}\n```") == (f"{HEADED}\n",)
    assert candidate_sources("```\nMOV 0 1\n```") == ("MOV 0 1\n", "MOV 0, 1\n")
    parts = "The loop:\n```\nx MOV 0, y\nJMP x\n```\nand the data:\n```\ny DAT 0\n```"
    joined = "x MOV 0, y\nJMP x\ny DAT 0\n"
    assert candidate_sources(parts) == ("x MOV 0, y\nJMP x\n", joined)
    # One block quotes the other, or is another version of it.
    for quoted in ("JMP x\ny DAT", "x DAT"):
        assert len(candidate_sources(parts.replace("y DAT", quoted))) == 1


def assembled(source: str, settings: CoreSettings) -> Warrior | None:
    try:
        return assemble(source, settings)
    except RedcodeError:
        return None


def programs() -> list[tuple[str, CoreSettings]]:
    """Bundled, human-written and golden sources that assemble, with their settings."""
    texts = list(bundled_sources().values())
    texts += [decode(path.read_bytes()) for path in sorted(golden_data.PANEL.glob("*.red"))]
    pairs = []
    for text in texts:
        settings = [preset for preset in PRESETS.values() if assembled(text, preset)]
        assert settings
        pairs.append((text, settings[0]))
    golden = Path(__file__).parents[1] / "golden" / "assembly.jsonl"
    for row in map(json.loads, golden.read_text(encoding="utf-8").splitlines()):
        settings_of_row = replace(PRESETS["94"], rules="88" if row["flags"] else "94")
        if assembled(row["source"], settings_of_row):
            pairs.append((row["source"], settings_of_row))
    return pairs


def test_candidate_sources__keeps_what_assembles() -> None:
    sources = programs()
    found = 0
    for source, settings in sources:
        warrior = assemble(source, settings)
        candidates = candidate_sources(f"Look:\n```redcode\n{source}\n```\nGood luck!")
        if candidates:
            found += 1
            assert assembled(candidates[0], settings) == warrior, source
    # Some golden texts are too odd to be taken for code: "jmp-1".
    assert found >= len(sources) - 10


def test_cleaned__changes_no_program_that_assembles() -> None:
    sources = programs()
    assert len(sources) > 300
    for source, settings in sources:
        lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        warrior = assemble(source, settings)
        assert assembled("\n".join(cleaned(lines)), settings) == warrior, source
        neat = plain("\n".join(lines)).split("\n")
        assert assembled("\n".join(cleaned(neat)), settings) == warrior, source


WORDS = (
    "MOV",
    "JMP",
    "DAT",
    "END",
    "EQU",
    "FOR",
    "ROF",
    ".I",
    "x",
    "loop",
    "0",
    "1",
    "0x1F",
    "...",
)
WRAPPING = (
    "```",
    "**",
    "`",
    "- ",
    "> ",
    "1. ",
    '{"code": "',
    "\\n",
    "/*",
    "*/",
    "<code>",
    "<think>",
)
PROSE = (
    "The aim is this.",
    "Go!",
    ";redcode",
    ";name",
    "// ",
    "\u2014",
    "\uff0c",
    "\u200b",
    "&lt;",
)
PIECES = (*WORDS, *WRAPPING, *PROSE, *'\n\n\n\n    \t;#$@<>{},:=-()[]+|\\"\u2028')


@hypothesis_settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_candidate_sources__of_any_text(reply: str) -> None:
    candidates = candidate_sources(reply)
    assert len(set(candidates)) == len(candidates) <= 3
    assert all(source.strip() and len(source) <= MAX_SOURCE for source in candidates)
    if source := extract_source(reply):
        assert candidates[0] == source


@pytest.mark.parametrize(
    "reply",
    [
        "`" * 3_000_000,
        "```\n" * 700_000,
        "<think>" * 500_000,
        "</think>" * 500_000,
        "a " * 1_500_000,
        "a:" * 1_500_000,
        "MOV 0, 1\n" * 300_000,
        "MOV " * 700_000,
        "; " * 1_500_000,
        " " * 3_000_000,
        "\t" * 3_000_000 + "```",
        "1. " * 1_000_000,
        "A0 " * 1_000_000,
        "a:\n" * 130_000,
        "| MOV | 0 | 1 |\n" * 25_000,
        '"a":"' * 80_000,
        '{"a": [' + '"MOV 0, 1", ' * 30_000,
        "/* MOV 0, 1\n" * 33_000,
        "```\nMOV 0 1\n```\n" * 25_000,
        "&lt;" * 100_000,
        "MOV 0, 1\\n" * 40_000,
        ("MOV 0, " + "1 " * 240 + "x\n") * 800,
        ("a " * 240 + ".\n") * 800,
        "MOV AIM 1\naim DAT 0\na" + " " * 60_000 + "b",
        "MOV AIM 1\naim DAT 0\n" + "a : " * 15_000,
        ("MOV 0, 1 " + "-- " * 160 + "\n") * 800,
    ],
)
def test_extract_source__is_bounded_in_time_and_size(reply: str) -> None:
    begin = time.perf_counter()
    assert all(len(source) <= MAX_SOURCE for source in candidate_sources(reply))
    assert time.perf_counter() - begin < 10
