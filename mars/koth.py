"""Listings as King of the Hill servers print them: `#  %W/ %L/ %T  Name  Author  Score`."""

from typing import Final

from mars.redcode import Warrior, printable
from mars.standings import Standing

NAME_WIDTH: Final = 27
AUTHOR_WIDTH: Final = 20


def clipped(text: str, width: int) -> str:
    """Untrusted text in a column: exactly so many characters, all of them printable."""
    shown = printable(text)
    return f"{shown if len(shown) <= width else shown[: width - 1] + '…':{width}}"


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
