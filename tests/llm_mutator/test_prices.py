"""What a model costs, and from which table."""

from pathlib import Path

import pytest

from llm_mutator.llm_config import LLMConfig
from llm_mutator.mutator import MutatorUnavailable
from llm_mutator.prices import (
    FREE,
    MAX_FILE,
    Price,
    cost_of,
    is_loopback,
    package_prices,
    price_for,
    read_prices,
)

MINI = Price(0.4, 0.1, 1.6, "gpt-4.1-mini", "https://api.openai.com/v1")
LOCAL = "http://127.0.0.1:8080/v1"


def test_cost_of__each_kind_of_token() -> None:
    assert cost_of(MINI, 1_000_000, 0) == pytest.approx(0.4)
    assert cost_of(MINI, 1_000_000, 500_000, 250_000) == pytest.approx(0.3 + 0.025 + 0.8)
    assert cost_of(FREE, 10**9, 10**9) == 0.0
    assert cost_of(None, 10**9, 10**9) is None


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((-1.0, 0.0, 0.0), "input must be between 0 and 1e"),
        ((1.0, 0.0, float("inf")), "output must be between 0"),
        ((1.0, 2.0, 1.0), "cached_input must be at most input, 1.0: got 2.0"),
    ],
)
def test_price__is_checked(numbers: tuple[float, float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Price(*numbers)


def test_package_prices__has_the_default_model_and_what_it_has_is_sane() -> None:
    assert MINI in package_prices()
    assert price_for(LLMConfig(), package_prices()) == MINI
    for price in package_prices():
        assert price.model
        assert price.base_url.startswith("https://")
        assert 0 < price.input <= price.output


def test_price_for__by_name_server_and_date() -> None:
    table = (
        Price(1, 1, 1, "m-2024-05-13", "https://a/v1"),
        Price(2, 2, 2, "m", "https://a/v1"),
        Price(3, 3, 3, "m", "https://b/v1/"),
        Price(4, 4, 4, "n"),
    )

    def of(model: str, url: str) -> float:
        price = price_for(LLMConfig(model, url), table)
        assert price is not None
        return price.input

    assert of("m-2024-05-13", "https://a/v1") == 1
    assert of("m", "https://a/v1") == of("m-2025-04-14", "https://A/v1/") == 2
    assert of("m-20250414", "https://b/v1") == of("m", "https://b") == 3
    assert of("n", "https://anybody/v1") == of("n", LOCAL) == 4
    for other in ("m-2025", "m-2508", "m-2025-14-04", "M", "x-m"):
        with pytest.raises(MutatorUnavailable):
            of(other, "https://a/v1")


def test_price_for__the_first_that_fits_counts() -> None:
    own = Price(9, 9, 9, "gpt-4.1-mini")
    assert price_for(LLMConfig(), (own, *package_prices())) == own


def test_price_for__unknown_is_an_error_with_ways_out() -> None:
    config = LLMConfig("nobody-knows", "https://example.org/v1")
    with pytest.raises(MutatorUnavailable) as caught:
        price_for(config, package_prices())
    assert str(caught.value) == (
        "expected a price for model 'nobody-knows' at https://example.org/v1: got none "
        "(give one with --prices FILE, or let it go uncounted with --allow-unpriced)"
    )
    assert price_for(config, package_prices(), allow_unpriced=True) is None
    # OpenAI's price is not everybody's.
    with pytest.raises(MutatorUnavailable):
        price_for(LLMConfig("gpt-4.1-mini", "https://example.org/v1"), package_prices())


def test_price_for__this_machine_is_free_unless_money_is_capped() -> None:
    config = LLMConfig("m", LOCAL)
    assert price_for(config, ()) == FREE
    with pytest.raises(MutatorUnavailable, match="at http://127"):
        price_for(config, (), capped=True)
    assert price_for(config, (), capped=True, allow_unpriced=True) is None


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:1/v1", True),
        ("http://127.9.9.9/v1", True),
        ("http://[::1]:80/v1", True),
        ("http://LocalHost/v1", True),
        ("http://128.0.0.1/v1", False),
        ("http://localhost.example.org/v1", False),
        ("http://127.0.0.1.example.org/v1", False),
        ("http://0.0.0.0/v1", False),
    ],
)
def test_is_loopback__by_name_and_address(url: str, loopback: bool) -> None:
    assert is_loopback(url) == loopback


def test_read_prices__entries_with_and_without_defaults(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(
        '[[price]]\nmodel = "a"\ninput = 1\noutput = 2.5\n'
        '[[price]]\nmodel = "b"\nbase_url = "https://x/v1"\n'
        "input = 1\ncached_input = 0.5\noutput = 2\n"
    )
    assert read_prices(file) == (Price(1, 1, 2.5, "a"), Price(1, 0.5, 2, "b", "https://x/v1"))
    file.write_text("")
    assert read_prices(file) == ()


ENTRY = '[[price]]\nmodel = "a"\ninput = 1\noutput = 2\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[price]", "expected TOML: got "),
        ("price = 3", r"expected \[\[price\]\] entries: got 'price'"),
        ("[[prices]]", r"expected \[\[price\]\] entries: got 'prices'"),
        ("price = [3]", "price 1: expected a table: got 3"),
        (ENTRY + "colour = 1", r"price 1 \('a'\): expected keys of model, .*: got 'colour'"),
        (ENTRY + '[[price]]\nmodel = "b"', r"price 2 \('b'\): expected a key 'input': got none"),
        ("[[price]]\ninput = 1", "price 1: expected a key 'model': got none"),
        (ENTRY.replace('"a"', '" "'), "model must be a model's name: got ' '"),
        (ENTRY.replace("1", '"1"'), "input must be a number: got '1'"),
        (ENTRY.replace("1", "nan"), "input must be between 0"),
        (ENTRY.replace("1", "true"), "input must be a number: got True"),
        (ENTRY + "cached_input = 7", "cached_input must be at most input"),
        (ENTRY + 'base_url = "ftp://x"', "base_url must begin with http"),
        (ENTRY + "base_url = 3", "base_url must be a URL: got 3"),
        (ENTRY + ENTRY, "expected one price for a model and server: got 'a' twice"),
        ("a = " + "[" * 3000, "expected TOML"),
    ],
)
def test_read_prices__errors_say_where(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_prices(file)
    assert str(caught.value).startswith(f"{file}: ")


def test_read_prices__files_that_are_none(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    with pytest.raises(FileNotFoundError):
        read_prices(file)
    file.write_bytes(b"\xff")
    with pytest.raises(ValueError, match="expected UTF-8"):
        read_prices(file)
    file.write_bytes(b"#" * (MAX_FILE + 1))
    with pytest.raises(ValueError, match=f"expected at most {MAX_FILE} bytes: got more"):
        read_prices(file)
