"""Checks of configured values; each error names the key and the value."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from math import isfinite
from urllib.parse import urlsplit


def check_weights(name: str, given: object, defaults: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(given, Mapping):
        raise TypeError(f"{name} must be a table of names and weights: got {given!r}")
    for key, weight in given.items():
        if key not in defaults:
            near = get_close_matches(str(key), defaults, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{name} must be of {', '.join(defaults)}: got {key!r}{hint}")
        check_range(f"{name}.{key}", weight, 0, 1e9)
    merged = {key: float(given.get(key, weight)) for key, weight in defaults.items()}
    if sum(merged.values()) <= 0:
        raise ValueError(f"{name} must have at least one weight above 0: got {dict(given)!r}")
    return merged


def check_range(name: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number: got {value!r}")
    if not (isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} must be between {low:g} and {high:g}: got {value!r}")


def check_whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an integer: got {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low} and {high}: got {value!r}")


def check_name(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(f"{name} must be a model's name: got {value!r}")


def check_variable(value: object) -> None:
    # A key put here by mistake must not be written into the run folder, nor shown.
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z][A-Z0-9_]{0,63}", value):
        raise ValueError(
            "key_variable must be the name of an environment variable, in capitals: got another"
        )


def check_url(url: object) -> None:
    """Refuses what is no plain http(s) URL; the error shows nothing that could be a secret."""
    if not isinstance(url, str):
        got = repr(url) if isinstance(url, int | float) else type(url).__name__
        raise TypeError(f"base_url must be a URL: got {got}")
    if not url:
        return
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"base_url must be a URL: got one that says {error}") from None
    if parts.scheme not in ("http", "https") or not host:
        got = repr(url) if "://" in url else "another text"
        raise ValueError(f"base_url must begin with http:// or https:// and a host: got {got}")
    # The configuration is written into the run folder, so no secret may ride on it.
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("base_url must have no user, password, query or fragment: got one")
    if not url.isprintable() or " " in url or not all(host.rstrip(".").split(".")) or port == 0:
        raise ValueError(f"base_url must have a whole host and no blanks: got {url!r}")
