"""A key that is used, and never shown."""

import re
from typing import Final

from mars.redcode import printable

_HIDDEN: Final = "***"
_SHORTEST: Final = 5
_PART: Final = 8
_MAX_REASON: Final = 300

# Servers repeat keys in part, as in "sk-ab***yz".
_KEY_LIKE: Final = re.compile(r"\bsk-[\w*.-]+")


class Secret:
    """A key, perhaps empty. Only `reveal` gives it away.

    Keys of fewer than five characters are stand-ins ("x") and hidden nowhere.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        places = range(len(key) - _PART + 1)
        self._parts = frozenset(key[place : place + _PART] for place in places)

    def __bool__(self) -> bool:
        return bool(self._key)

    def __repr__(self) -> str:
        return f"Secret({_HIDDEN!r})"

    @property
    def fits_header(self) -> bool:
        """Whether HTTP can carry it."""
        return self._key.isascii() and self._key.isprintable()

    def reveal(self) -> str:
        """The key itself."""
        return self._key

    def hide(self, text: str) -> str:
        """A text without the key."""
        return text.replace(self._key, _HIDDEN) if len(self._key) >= _SHORTEST else text

    def hide_parts(self, text: str) -> str:
        """A text without the key, eight characters of it in a row, or what looks like a key."""
        text = _KEY_LIKE.sub(_HIDDEN, self.hide(text))
        shown, place = [], 0
        while place < len(text):
            end = place
            while text[end : end + _PART] in self._parts:
                end += 1
            # The last part found reaches beyond its first character.
            end += _PART - 1 if end > place else 0
            shown.append(_HIDDEN if end > place else text[place])
            place = max(end, place + 1)
        return "".join(shown)

    def clean(self, text: str) -> str:
        """Untrusted text as one line, cut, as `hide_parts` leaves it."""
        text = " ".join(text.split())[: 4 * _MAX_REASON]
        text = printable(self.hide_parts(text))
        return text if len(text) <= _MAX_REASON else text[: _MAX_REASON - 1] + "…"
