"""Listings as King of the Hill servers print them: `#  %W/ %L/ %T  Name  Author  Score`."""

from typing import Final
from unicodedata import category, east_asian_width

from mars.redcode import Warrior, printable
from mars.standings import Standing

NAME_WIDTH: Final = 27
AUTHOR_WIDTH: Final = 20
MOST_MARKS: Final = 4  # characters a column: what is beyond is no writing


def clipped(text: str, width: int) -> str:
    """Untrusted text, exactly so many of a terminal's columns wide, all of it printable."""
    shown = shortened(text, width)
    return shown + " " * (width - display_width(shown))


def shortened(text: str, width: int) -> str:
    """Untrusted text, at most so many of a terminal's columns wide, all of it printable."""
    shown, most = printable(text), MOST_MARKS * width
    if display_width(shown) <= width and len(shown) <= most:
        return shown
    kept, room = "", width - 1
    for character in shown[: most - 1]:
        room -= display_width(character)
        if room < 0:
            break
        kept += character
    return f"{kept}…"


def display_width(text: str) -> int:
    """A terminal's columns: two for a wide character, none for a mark on the one before."""
    return sum(
        0 if category(c) in ("Mn", "Me") else 1 + (east_asian_width(c) in ("W", "F")) for c in text
    )


def fights_words(fights: int) -> str:
    """How often two warriors meet, in words."""
    return f"{fights} {'fight' if fights == 1 else 'fights'} a pair"


def warrior_name(warrior: Warrior) -> str:
    """As pMARS shows it."""
    return printable(warrior.name) or "Unknown"


def warrior_author(warrior: Warrior) -> str:
    """As pMARS shows it."""
    return printable(warrior.author) or "Anonymous"


def koth_heading() -> str:
    """The line above `koth_line`s."""
    name, author = f"{'Name':{NAME_WIDTH}}", f"{'Author':{AUTHOR_WIDTH}}"
    return f"  #  %W/ %L/ %T  {name} {author} Score"


def koth_line(standing: Standing, warrior: Warrior) -> str:
    """One warrior's line; the shares are of its fights, rounded."""
    fights = max(1, standing.wins + standing.ties + standing.losses)
    shares = (standing.wins, standing.losses, standing.ties)
    percent = "/".join(f"{100 * share / fights:3.0f}" for share in shares)
    name = clipped(warrior_name(warrior), NAME_WIDTH)
    author = clipped(warrior_author(warrior), AUTHOR_WIDTH)
    return f"{standing.rank:3} {percent}  {name} {author} {standing.score:5.1f}"
