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
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be a model's name: got {value!r}")


def check_variable(value: object) -> None:
    # A key put here by mistake must not be written into the run folder, nor shown.
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z][A-Z0-9_]{0,63}", value):
        raise ValueError(
            "key_variable must be the name of an environment variable, in capitals: got another"
        )


def check_url(url: object) -> None:
    if not isinstance(url, str):
        raise TypeError(f"base_url must be a URL: got {url!r}")
    if not url:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"base_url must begin with http:// or https:// and a host: got {url!r}")
    if parts.username is not None or parts.password is not None or parts.query:
        # The configuration is written into the run folder, so no secret may ride on it.
        raise ValueError("base_url must have no user, password or query: got one that does")
