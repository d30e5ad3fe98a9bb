"""The warriors that come with the package, in `mars/warriors/*.red`.

Each file teaches one strategy. Its `;redcode-PRESET` line names the settings it is made
for, its `;class` line the kind of strategy, its `;assert` line all settings it works under.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from mars.assembler import RedcodeError, assemble
from mars.redcode import Warrior
from mars.settings import DEFAULT_SETTINGS, CoreSettings

_CLASS: Final = re.compile(r"^;class[ \t]+(?P<word>[a-z]+)[ \t]*$", re.MULTILINE)
_SUFFIX: Final = ".red"


def bundled(settings: CoreSettings = DEFAULT_SETTINGS) -> dict[str, tuple[Warrior, ...]]:
    """The bundled warriors that are fit for the settings, by class.

    Left out are those that cannot be assembled: because their `;assert` fails, they are too
    long, they need P-space and there is none, or '88 rules forbid their instructions. (That
    no file is broken, which would look the same, is for the tests to show: every file
    assembles under the preset that it names.)

    Returns:
        Class to warriors, sorted by class and then by file name; a new dict each time.
    """
    groups: dict[str, tuple[Warrior, ...]] = {}
    for warrior in _fit(settings).values():
        word = warrior_class(warrior.source)
        groups[word] = (*groups.get(word, ()), warrior)
    return {word: groups[word] for word in sorted(groups)}


def bundled_by_name(settings: CoreSettings = DEFAULT_SETTINGS) -> dict[str, Warrior]:
    """The same warriors by file name without suffix, sorted by it; a new dict each time."""
    return dict(_fit(settings))


@cache
def bundled_sources() -> Mapping[str, str]:
    """All files' Redcode by name without suffix, for instance "imp-ring", sorted by name."""
    folder = files("mars") / "warriors"
    found = [file for file in folder.iterdir() if file.name.endswith(_SUFFIX)]
    found.sort(key=lambda file: file.name)
    texts = {file.name.removesuffix(_SUFFIX): file.read_text(encoding="ascii") for file in found}
    return MappingProxyType(texts)


def warrior_class(source: str) -> str:
    """The word of a bundled source's `;class` line.

    Raises:
        ValueError: There is no such line.
    """
    match = _CLASS.search(source)
    if match is None:
        raise ValueError(f"expected a line ';class WORD': got {source[:80]!r}")
    return match["word"]


@cache
def _fit(settings: CoreSettings) -> dict[str, Warrior]:
    fit = {}
    for name, source in bundled_sources().items():
        try:
            fit[name] = assemble(source, settings, path=f"{name}{_SUFFIX}")
        except RedcodeError:
            continue
    return fit
