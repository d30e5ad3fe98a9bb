"""HTML elements whose texts and attributes are always escaped."""

from dataclasses import dataclass
from html import escape
from typing import Final

from mars.redcode import printable

VOID: Final = frozenset({"img"})


@dataclass(frozen=True)
class Markup:
    """HTML that is whole and safe; made by `element` and `joined` only."""

    text: str


Child = Markup | str


def element(tag: str, *children: Child, **attributes: str) -> Markup:
    """An element.

    Args:
        tag: Trusted.
        children: Markup stays as it is; other text is untrusted and escaped.
        attributes: Names are trusted, with `_` for `-` and a last one left out (`class_`); values
            are untrusted.
    """
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(shown(value), quote=True)}"'
        for name, value in attributes.items()
    )
    if tag in VOID:
        return Markup(f"<{tag}{given}>")
    return Markup(f"<{tag}{given}>{joined(*children).text}</{tag}>")


def joined(*children: Child) -> Markup:
    """Children one after the other."""
    return Markup("".join(c.text if isinstance(c, Markup) else escape(shown(c)) for c in children))


def shown(text: str) -> str:
    """Untrusted text without control characters; ends of lines stay, tabs are blanks."""
    return "\n".join(map(printable, text.expandtabs().split("\n")))
