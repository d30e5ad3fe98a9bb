"""Any text assembles or raises RedcodeError, soon; load files read back.

The time bounds are guards against hangs, ten times wider than what is measured (0.09 s at
most): a shared machine must not make a test fail.
"""

import random
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mars.assembler import RedcodeError, assemble, check
from mars.redcode import Warrior
from mars.settings import CoreSettings
from tests import golden_data, strategies

GUARD_SECONDS = 2.0
GUARD_BYTES = 50_000_000

ROOT = Path(__file__).parents[2]
PSPACE = CoreSettings.preset("94")
CORES = (CoreSettings(), PSPACE, CoreSettings.preset("88"), CoreSettings.preset("nano"))

VOCABULARY = (
    "mov add sub mul div mod jmp jmz jmn djn cmp seq sne slt spl dat nop ldp stp org end pin equ "
    "for rof a b i x y l1 start CURLINE CORESIZE MAXLENGTH & && || == != <= >= < > # $ @ * { } + - "
    "/ % ! = ( ) , , , . .i .ab .f : ; 0 1 2 3 17 8000 -1 x&i ;assert ;redcode ;name \\ ' \0 \xe9"
)
WORDS = VOCABULARY.split()
SEEDS = (
    ";redcode-94\n;name Dwarf\n;assert CORESIZE % 4 == 0\nstep equ 4\n"
    "bomb dat #0, #step\nstart add #step, bomb\n mov bomb, @bomb\n jmp start, 0\n end start\n",
    "n equ 3\npair equ spl 1, 0\n equ mov.i -1, 0\ni for n\nl&i mov.ab #i*10, l&i+1\nrof\n"
    "pair\n jmp l01, >l02 ; back\n org (n-1)*(CURLINE==0)\n",
    "for 0\nany thing\nrof\nj for 2\nk for j\nx&j&k djn.f $x&j&k, <-1-MINDISTANCE\nrof\nrof\n"
    "z stp.ab #a=5, #a\n jmp.b \\\n z\n pin 7\n end z-1",
)


def assembles(text: str, settings: CoreSettings) -> Warrior | None:
    """The warrior or None; anything but RedcodeError passes on and fails the test."""
    try:
        return assemble(text, settings)
    except RedcodeError as error:
        assert error.errors
        return None


def random_text(rng: random.Random) -> str:
    """Lines of Redcode's words in any order."""
    lines = []
    for _ in range(rng.randint(1, 8)):
        separator = rng.choice((" ", " ", "", "\t"))
        lines.append(separator.join(rng.choices(WORDS, k=rng.randint(1, 9))))
    return "\n".join(lines)


def mutated_text(rng: random.Random, sources: list[str]) -> str:
    """A source with some lines, words or characters lost, doubled, swapped or changed."""
    text = rng.choice(sources)
    for _ in range(rng.randint(1, 4)):
        a, b = sorted(rng.randint(0, len(text)) for _ in range(2))
        b = min(b, a + rng.choice((1, 5, 40)))
        middle = rng.choice(("", text[a:b] * 2, text[a:b][::-1], f" {rng.choice(WORDS)} ", "\n"))
        text = text[:a] + middle + text[b:]
    return text


def fuzz_sources() -> list[str]:
    """Own seeds and bundled warriors; panel files where there is a panel."""
    folders = (ROOT / "mars" / "warriors", golden_data.PANEL)
    files = [path for folder in folders for path in sorted(folder.glob("*.red"))]
    return [*SEEDS, *(path.read_text("latin-1") for path in files)]


def test_assemble__twenty_thousand_texts() -> None:
    rng, sources = random.Random(94), fuzz_sources()
    good = 0
    for number in range(20_000):
        text = random_text(rng) if number % 2 else mutated_text(rng, sources)
        warrior = assembles(text, rng.choice(CORES))
        good += warrior is not None
    assert 1000 < good < 19_000  # neither all nor next to none, or the fuzz is blunt


@given(st.text())
def test_assemble__any_text(text: str) -> None:
    assembles(text, PSPACE)


@given(st.lists(st.sampled_from([*WORDS, "\n", "\n", " ", " "]), max_size=60))
@hypothesis_settings(max_examples=300)
def test_assemble__any_words(words: list[str]) -> None:
    warrior = assembles(" ".join(words), PSPACE)
    if warrior is not None:
        assert assemble(warrior.load_file(), PSPACE) == warrior


@given(strategies.warriors(PSPACE))
def test_assemble__load_files_read_back(warrior: Warrior) -> None:
    assert assemble(warrior.load_file(), PSPACE) == warrior


def test_assemble__own_seeds() -> None:
    assert [len(assemble(seed, PSPACE)) for seed in SEEDS] == [4, 6, 5]


def doubling(depth: int, text: str) -> str:
    return "".join(f"a{i + 1} equ a{i} {text} a{i}\n" for i in range(depth))


HOSTILE = {
    "long FOR": "for 1000000000\nrof\n",
    "longest FOR": "for 36400\nrof\n",
    "nested FOR": "for 999\n" * 20 + "rof\n" * 20,
    "nested FOR of instructions": "i for 99\nj for 99\nx&i&j nop 0\nrof\nrof",
    "deep FOR": "for 1\n" * 9000 + "nop 0\n" + "rof\n" * 9000,
    "FOR over a skipped name": "for 36000\nfor 0\n" + "a" * 130_000 + "\nrof\nrof",
    "FOR over skipped names": "for 36000\nfor 0\n" + "a " * 60_000 + "\nrof\nrof",
    "FOR over a failing assert": "for 30000\n;assert 0 " + " " * 100_000 + "\nrof",
    "EQU doubling": "a0 equ 1\n" + doubling(60, "+") + "dat 0, a60",
    "EQU doubling, late": "dat 0, a60\n" + doubling(60, "+") + "a0 equ 1",
    "EQU doubling of nothing": "a0 equ\n" + doubling(60, "") + "dat 0, a60",
    "EQU doubling of lines": "a0 equ nop 0\n" + doubling(60, "\n equ") + "a60",
    "EQU chain": "dat 0, a9\n" + "".join(f"a{i + 1} equ a{i}\n" for i in range(7000)),
    "EQU of itself": "x equ y\ny equ x\nx\ndat x, y",
    "& bomb": "i for 30000\nx" + "&i" * 60_000 + " nop 0\nrof",
    "& labels": "i for 30000\n" + "x" * 250 + "&i\nrof",
    "parentheses": "dat 0," + "(" * 1_000_000 + "1" + ")" * 1_000_000,
    "fewer parentheses": "dat 0," + "(" * 60_000 + "1" + ")" * 60_000,
    "signs": "dat 0," + "-" * 130_000 + "1",
    "assignments": "dat 0," + "a=" * 60_000 + "1",
    "line ends": "\n" * 137_000,
    "continued lines": "\\\n" * 68_000,
    "continued expression": "nop 0 " + "+1 \\\n" * 22_000,
    "labels": "".join(f"l{i}\n" for i in range(1_000_000)),
    "fewer labels": "".join(f"l{i}\n" for i in range(19_000)) + "nop 0",
    "a label again": "a nop 0\n" + "a nop 0\n" * 17_000,
    "nines": "dat 0," + "9" * 130_000,
    "zeros": "dat 0," + "0" * 130_000,
    "powers": "dat 0,a=3037000499\n" + "dat 0,a=a*a\n" * 90,
    "NULs": "\0" * 137_000,
    "lines of NUL": "nop 0\n" + "\0\n" * 68_000,
    "errors": "mov\n" * 34_000,
    "assertions": ";assert 1\n" * 13_000,
    "comments": ";name x\n" * 17_000,
    "instructions": "nop 0\n" * 22_000,
}


@pytest.mark.parametrize("text", ["-" * 18_000 + "1", "a=" * 8500 + "1", "+1 \\\n" * 5000])
def test_check__long_expressions_are_fine(text: str) -> None:
    start = time.process_time()
    assert check(f"dat 0, {text}").warrior.instructions
    assert time.process_time() - start < GUARD_SECONDS


def test_check__a_hundred_megabytes() -> None:
    text = "x" * 100_000_000
    start = time.process_time()
    with pytest.raises(RedcodeError):
        check(text)
    assert time.process_time() - start < GUARD_SECONDS


@pytest.mark.parametrize("name", HOSTILE)
def test_check__hostile_text_ends_soon(name: str) -> None:
    start = time.process_time()
    with pytest.raises(RedcodeError):
        check(HOSTILE[name])
    assert time.process_time() - start < GUARD_SECONDS


@pytest.mark.parametrize(
    "name", ["EQU doubling", "& labels", "deep FOR", "parentheses", "continued lines", "NULs"]
)
def test_check__hostile_text_needs_little_memory(name: str) -> None:
    text = HOSTILE[name]
    tracemalloc.start()
    try:
        with pytest.raises(RedcodeError):
            check(text)
        assert tracemalloc.get_traced_memory()[1] < GUARD_BYTES
    finally:
        tracemalloc.stop()


def test_assemble__limits_grow_with_the_warrior() -> None:
    settings = replace(CoreSettings(), core_size=65_536, max_length=4000, min_distance=4000)
    warrior = assemble("i for 4000\nmov.i #i, }i*2\nrof", settings)
    assert assemble(warrior.load_file(), settings) == warrior
