"""Why a request to a chat model brought no reply, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final, Literal

Kind = Literal["fatal", "busy", "broken", "refused"]

# A day: no server means more, and what waits is bounded by its own patience anyway.
MAX_RETRY_AFTER: Final = 86_400.0

_FATAL: Final = (301, 308, 401, 402, 403, 404)
_BUSY: Final = (302, 303, 307, 408, 409, 425, 429)
_NO_CREDIT: Final = ("insufficient_quota", "billing_hard_limit_reached")


@dataclass(frozen=True)
class Failure:
    """A request that brought no reply.

    Attributes:
        kind: "fatal": no other call would fare better; "busy": the server is down or has no
            time, later it may; "broken": its reply was none, the next may be one; "refused":
            this question it does not answer.
        reason: One line without the key; parts of it are untrusted.
        retry_after: Seconds that the server asks to wait; None when it does not.
        billed: Whether it may cost money all the same.
    """

    kind: Kind
    reason: str
    retry_after: float | None = None
    billed: bool = False


class CallFault(Exception):  # noqa: N818 - a state of the world, not a fault here
    """A request that brought no reply; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


def kind_of_status(status: int, code: str = "") -> Kind:
    """What an HTTP status other than success means.

    Args:
        status: 300 and above.
        code: Of the error in the body, or its type.
    """
    if status in _FATAL or (status in (400, 429) and code in _NO_CREDIT):
        return "fatal"
    if status in _BUSY or status >= 500:
        return "busy"
    return "refused"


def read_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a server asks to wait, bounded; None when it does not, or not legibly.

    Args:
        headers: Their names in lower case.
        now: Seconds since the epoch, for waits that are given as a date.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        if name in headers:
            seconds = _seconds(headers[name], now * unit)
            if seconds is not None:
                return min(max(seconds / unit, 0.0), MAX_RETRY_AFTER)
    return None


def _seconds(text: str, now: float) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return _until(text, now)
    return number if isfinite(number) else None


def _until(text: str, now: float) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, TypeError, OverflowError, OSError):
        return None
