"""What models cost: a table in the package, and users' own before it."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from llm_mutator.checks import check_name, check_range, check_url
from llm_mutator.connection import OPENAI_URL
from llm_mutator.llm_config import LLMConfig
from llm_mutator.mutator import MutatorUnavailable

MAX_FILE: Final = 2**20

_MAX_PRICE: Final = 1e6
_MILLION: Final = 1_000_000
_NUMBERS: Final = ("input", "cached_input", "output")
_KEYS: Final = ("model", "base_url", *_NUMBERS)
_DATE: Final = re.compile(r"-20\d\d(-?)(0[1-9]|1[0-2])\1(0[1-9]|[12]\d|3[01])$")


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens.

    Attributes:
        input: Of prompts; `cached_input`, at most as much, of what a server has in its cache.
        output: Of completions, with what is thought and not shown.
        model: The name a server knows it by; in a table never empty.
        base_url: The server's; empty: any server's.
    """

    input: float
    cached_input: float
    output: float
    model: str = ""
    base_url: str = ""

    def __post_init__(self) -> None:
        for name in _NUMBERS:
            check_range(name, getattr(self, name), 0, _MAX_PRICE)
        if self.cached_input > self.input:
            raise ValueError(
                f"cached_input must be at most input, {self.input}: got {self.cached_input}"
            )
        check_url(self.base_url)


FREE: Final = Price(0.0, 0.0, 0.0)


def cost_of(
    price: Price | None, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0
) -> float | None:
    """US dollars that a call costs; None without a price.

    Args:
        price: Of the model.
        prompt_tokens: All of them, `cached_tokens` included.
        completion_tokens: All of them.
        cached_tokens: 0: the upper bound.
    """
    if price is None:
        return None
    fresh = prompt_tokens - cached_tokens
    total = (
        fresh * price.input + cached_tokens * price.cached_input + completion_tokens * price.output
    )
    return total / _MILLION


def price_for(
    config: LLMConfig,
    table: Sequence[Price],
    *,
    allow_unpriced: bool = False,
    capped: bool = False,
) -> Price | None:
    """The price of a configuration's one model; None: it has none, and that is allowed.

    A dated version, as "gpt-4.1-mini-2025-04-14", has the price of the name without the date
    where it has none of its own. A server on this machine is free, unless money is capped: it
    may well pass on to one that is not.

    Args:
        config: Of one model.
        table: The first that fits counts.
        allow_unpriced: Whether a model may have no price.
        capped: Whether there is a cap in dollars.

    Raises:
        MutatorUnavailable: There is no price.
    """
    server = config.base_url or OPENAI_URL
    for name in (config.model, _DATE.sub("", config.model)):
        for price in table:
            if price.model == name and _plain(price.base_url) in ("", _plain(server)):
                return price
    if is_loopback(server) and not capped:
        return FREE
    if allow_unpriced:
        return None
    raise MutatorUnavailable(
        f"expected a price for model {config.model!r} at {server}: got none "
        "(give one with --prices FILE, or let it go uncounted with --allow-unpriced)"
    )


def is_loopback(url: str) -> bool:
    """Whether a server is on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@cache
def package_prices() -> tuple[Price, ...]:
    """The package's own table."""
    return _parse(files("llm_mutator").joinpath("prices.toml").read_text("utf-8"), "prices.toml")


def read_prices(path: Path) -> tuple[Price, ...]:
    """A user's table: a TOML file of `[[price]]` entries, as the package's own.

    `cached_input` may be left out: no discount; `base_url` too: any server.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no such table; the message says where and why.
    """
    with path.open("rb") as file:
        content = file.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise ValueError(f"{path}: expected at most {MAX_FILE} bytes: got more")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: expected UTF-8: got {error.reason}") from None
    return _parse(text, str(path))


def _parse(text: str, where: str) -> tuple[Price, ...]:
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"{where}: expected TOML: got {error}") from None
    entries = table.pop("price", [])
    if table or not isinstance(entries, list):
        raise ValueError(f"{where}: expected [[price]] entries: got {next(iter(table), 'price')!r}")
    prices = tuple(_price(entry, f"{where}: price {n}") for n, entry in enumerate(entries, 1))
    _check_unique(prices, where)
    return prices


def _price(entry: object, where: str) -> Price:
    try:
        if not isinstance(entry, Mapping):
            raise ValueError(f"expected a table: got {entry!r}")
        return _checked(entry)
    except (TypeError, ValueError) as error:
        name = entry.get("model") if isinstance(entry, Mapping) else None
        of = f" ({name!r})" if isinstance(name, str) else ""
        raise ValueError(f"{where}{of}: {error}") from None


def _checked(entry: Mapping[str, Any]) -> Price:
    for key in entry:
        if key not in _KEYS:
            raise ValueError(f"expected keys of {', '.join(_KEYS)}: got {key!r}")
    for key in ("model", "input", "output"):
        if key not in entry:
            raise ValueError(f"expected a key {key!r}: got none")
    check_name("model", entry["model"])
    return Price(**{"cached_input": entry["input"], **entry})


def _check_unique(prices: Iterable[Price], where: str) -> None:
    seen = set()
    for price in prices:
        key = (price.model, _plain(price.base_url))
        if key in seen:
            raise ValueError(
                f"{where}: expected one price for a model and server: got {price.model!r} twice"
            )
        seen.add(key)


def _plain(url: str) -> str:
    """A server's URL without what makes no difference."""
    return url.lower().rstrip("/").removesuffix("/v1")
