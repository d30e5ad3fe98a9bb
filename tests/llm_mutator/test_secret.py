"""Keys, and parts of them, in what others have written."""

import pytest

from llm_mutator.secret import Secret

KEY = "sk-test-0123456789abcdefXYZ"


@pytest.mark.parametrize("part", [KEY, KEY[4:20], KEY[-9:], "sk-te***YZ"])
def test_hide_parts__nor_the_whole(part: str) -> None:
    assert Secret(KEY).hide_parts(f"a {part} b") == "a *** b"


def test_hide_parts__leaves_the_rest() -> None:
    assert Secret("x").hide_parts("a x b") == "a x b"
    assert Secret(KEY).hide_parts("sketch of a test") == "sketch of a test"
    assert Secret("").hide_parts(KEY[3:]) == KEY[3:]


def test_clean__one_short_line_of_harmless_characters() -> None:
    secret = Secret(KEY)
    assert secret.clean(f" a\n\tb \x1b[2J {KEY} ") == "a b ?[2J ***"
    long = secret.clean("y" * 290 + f" {KEY} " + "z" * 10_000)
    assert (len(long), long[289:]) == (300, "y *** zzzz…")
