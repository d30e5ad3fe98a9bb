"""Replies as models write them, and the Redcode found in them."""

import time

import pytest

from llm_mutator.extract import MAX_SOURCE, extract_source
from mars.assembler import assemble

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
    ],
)
def test_extract_source__is_bounded_in_time_and_size(reply: str) -> None:
    begin = time.perf_counter()
    assert len(extract_source(reply)) <= MAX_SOURCE
    assert time.perf_counter() - begin < 3
