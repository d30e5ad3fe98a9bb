"""A slow twin of `evolution.records.read_forgotten`, from the whole record at once."""

from collections.abc import Mapping

from evolution.pairs import Result


def forgotten(champion: int, record: Mapping[tuple[int, int], Result]) -> list[int]:
    """Ancestors that a champion loses to although a champion between them beats it.

    Args:
        champion: Its round.
        record: (champion, ancestor) to the champion's result.
    """
    return [
        ancestor
        for ancestor in range(champion)
        if record[champion, ancestor].loses
        and any(record[between, ancestor].beats for between in range(ancestor + 1, champion))
    ]
