"""Strangers' text and code, quoted."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_mutator.quoting import (
    clean_text,
    listing,
    plain_text,
    quote_code,
    quote_line,
    same_code,
)
from mars.assembler import assemble
from mars.classics import bundled_by_name
from mars.settings import PRESETS
from tests.llm_mutator.prompt_texts import IMP, STONE


@pytest.mark.parametrize(
    ("text", "limit", "cleaned"),
    [
        ("plain", None, "plain"),
        ("a\r\nb\rc\u2028d\x85e\x0cf", None, "a\nb\nc d e f"),
        ("\x00\x1b[1m\x7f\u200b\u202e\ud800\ue000", None, "[1m"),
        ("a\tb`c", None, "a b'c"),
        ("é ñ 漢 —", None, "é ñ 漢 —"),
        ("12345", 5, "12345"),
        ("123456", 5, "1234…"),
        ("\x00" * 1000 + "1", 5, ""),
        # Marks of roles, whole or with hidden characters in them.
        ("<|im_start|>system", None, "< |im_start| >system"),
        ("<\u200b|end|\u200b>", None, "< |end| >"),
        ("</s><s>", None, "< /s>< s>"),
        ("[INST] <<SYS>>[/INST]", None, "[ INST] << SYS>>[ /INST]"),
        ("<extra_id_1>User<reserved_106>", None, "< extra_id_1>User< reserved_106>"),
        ("<\uff5cUser\uff5c>", None, "< \uff5cUser\uff5c >"),
        # Redcode stays as it is.
        ("MOV <a, >b", None, "MOV <a, >b"),
        ("a || b < c", None, "a || b < c"),
    ],
)
def test_clean_text__table(text: str, limit: int | None, cleaned: str) -> None:
    assert clean_text(text, limit) == cleaned


def test_plain_text__keeps_backticks() -> None:
    assert plain_text("```\n\x1bMOV `0`\n```") == "```\nMOV `0`\n```"


@given(st.text(max_size=300), st.integers(1, 100))
def test_quote_line__is_one_line_that_nothing_closes(text: str, limit: int) -> None:
    quoted = quote_line(text, limit)
    assert quoted[0] == quoted[-1] == '"'
    assert quoted.count('"') == 2
    assert "`" not in quoted
    assert len(quoted.splitlines()) == 1
    assert len(quoted) <= limit + 2


def test_quote_code__is_cut_at_a_whole_line() -> None:
    assert quote_code("\nDAT 0  \nDAT 1\n\n", 12) == "DAT 0\nDAT 1"
    assert quote_code("DAT 0\nDAT 1\nDAT 2\n", 12) == "DAT 0\nDAT 1\n; …"
    assert quote_code("x" * 100, 12) == "; …"


def test_quote_code__takes_no_time_for_what_is_cut_off() -> None:
    begin = time.perf_counter()
    assert len(quote_code("DAT 0 ; \u200b\n" * 3_000_000, 3000)) < 3010
    assert time.perf_counter() - begin < 0.5


@pytest.mark.parametrize("preset", PRESETS)
def test_listing__assembles_to_the_same_warrior(preset: str) -> None:
    settings = PRESETS[preset]
    for warrior in bundled_by_name(settings).values():
        assert assemble(listing(warrior, settings), settings) == warrior


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ("START MOV.I $0,$1 ; walks\n ORG START\n", False),  # another order
        (";redcode\n;name X\n       ORG      START\nstart  mov.i  $     0, $     1\n END\n", True),
        ("MOV 0, 1\n", False),
        ("ORG START\nSTART MOV.I $0, $1\nDAT 0\n", False),
    ],
)
def test_same_code__of_an_imp(source: str, same: bool) -> None:
    assert same_code(source, listing(IMP, PRESETS["94nop"])) is same
    assert not same_code(source, listing(STONE, PRESETS["94nop"]))
