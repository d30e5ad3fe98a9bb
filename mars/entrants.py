"""Whom a tournament, a benchmark or a hill gets: files, folders, bundled warriors."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mars.assembler import RedcodeError, assemble, read_text
from mars.classics import bundled_sources, warrior_class
from mars.redcode import Warrior, printable
from mars.settings import CoreSettings

BUNDLED: Final = "bundled"
SUFFIX: Final = ".red"


@dataclass(frozen=True)
class Entrant:
    """A warrior and where it comes from.

    Attributes:
        warrior: Assembled.
        label: Its file, or the name of a bundled warrior; untrusted text.
        group: The sub-folder it lies in, "" in none; a bundled warrior's class.
    """

    warrior: Warrior
    label: str
    group: str = ""


@dataclass(frozen=True)
class Entries:
    """What came of reading.

    Attributes:
        entrants: In order; no two with the same id.
        faults: Messages about what could not be read or assembled.
        doubles: Messages about warriors whose id was there already.
    """

    entrants: tuple[Entrant, ...]
    faults: tuple[str, ...]
    doubles: tuple[str, ...]


def read_entrants(names: Iterable[str], settings: CoreSettings, *, rounds: int) -> Entries:
    """Assembles files, all of a folder, or bundled warriors.

    Args:
        names: Files; folders, which stand for their `.red` files and those of their
            sub-folders, sorted; `bundled` for all bundled warriors fit for the settings; or
            the name of a bundled warrior where there is no such file.
        settings: Rules.
        rounds: Value of the predefined name ROUNDS.

    Raises:
        FileNotFoundError: There is nothing of a name.
        ValueError: A folder has no `.red` files.
    """
    found: dict[str, Entrant] = {}
    faults, doubles = [], []
    for name in names:
        for entrant in _of_name(name, settings, rounds):
            if isinstance(entrant, str):
                faults.append(entrant)
            elif (first := found.get(entrant.warrior.id)) is not None:
                doubles.append(
                    f"{printable(entrant.label)}: the same warrior as {printable(first.label)}"
                )
            else:
                found[entrant.warrior.id] = entrant
    return Entries(tuple(found.values()), tuple(faults), tuple(doubles))


def _of_name(name: str, settings: CoreSettings, rounds: int) -> Iterator[Entrant | str]:
    """The entrants that a name stands for, or messages in their places."""
    path = Path(name)
    if path.is_dir():
        yield from (_entrant(file, settings, rounds, path) for file in _files(path))
    elif path.exists():
        yield _entrant(path, settings, rounds, None)
    elif name == BUNDLED:
        yield from _fit_bundled(settings, rounds)
    elif name in bundled_sources():
        yield _assembled(bundled_sources()[name], name, "", settings, rounds)
    else:
        raise FileNotFoundError(f"expected a file, a folder or a bundled warrior: got {name!r}")


def _files(folder: Path) -> Sequence[Path]:
    """A folder's warriors; links to folders and hidden names are not followed."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in files if not name.startswith(".")]
    warriors = sorted(file for file in found if file.suffix.lower() == SUFFIX and file.is_file())
    if not warriors:
        raise ValueError(f"expected {SUFFIX} files in a folder: got none in {str(folder)!r}")
    return warriors


def _entrant(path: Path, settings: CoreSettings, rounds: int, folder: Path | None) -> Entrant | str:
    label = os.fspath(path)
    group = "" if folder is None else path.relative_to(folder).parent.as_posix()
    try:
        with path.open("rb") as file:
            text = read_text(file, settings, path=label)
    except OSError as error:
        return f"{printable(label)}: cannot read: {error.strerror}"
    except RedcodeError as error:
        return str(error)
    return _assembled(text, label, "" if group == "." else group, settings, rounds)


def _assembled(
    text: str, label: str, group: str, settings: CoreSettings, rounds: int
) -> Entrant | str:
    try:
        return Entrant(assemble(text, settings, path=label, rounds=rounds), label, group)
    except RedcodeError as error:
        return str(error)


def _fit_bundled(settings: CoreSettings, rounds: int) -> Iterator[Entrant]:
    """By class, as `bundled`; those that are not for these settings are left out silently."""
    sources = sorted(bundled_sources().items(), key=lambda item: (warrior_class(item[1]), item[0]))
    for name, source in sources:
        entrant = _assembled(source, name, warrior_class(source), settings, rounds)
        if isinstance(entrant, Entrant):
            yield entrant
