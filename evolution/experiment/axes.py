"""What an experiment varies: the lists and tables under `[axes]` of its file."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from evolution.config import MAX_SEED, RunConfig
from evolution.flags import SHORT
from evolution.presets import located
from evolution.tables import MOST_SHOWN, ConfigError, Table, merge, nested, shortened, shown

SEEDS: Final = "seeds"
SEED: Final = "seed"
INITIAL: Final = "initial"
MAX_RUNS: Final = 100_000

_SCALARS: Final = (bool, int, float, str)
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,59}\Z")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.=_-]")
_RANGE: Final = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,19}))?\Z")
_SUFFIX: Final = ".red"


@dataclass(frozen=True)
class Setting:
    """One value of an axis.

    Attributes:
        label: Of letters, digits and `.=_-`: part of a folder's name.
        table: Of the configuration, over the base.
    """

    label: str
    table: Table


@dataclass(frozen=True)
class GridAxis:
    """What is varied: its name in the runs' folders, and its settings, one or more."""

    name: str
    settings: tuple[Setting, ...]


def read_axes(table: Mapping[str, Any], folder: Path) -> tuple[GridAxis, ...]:
    """The axes, in the order of the file.

    Args:
        table: `[axes]`.
        folder: Of the file; paths in it are relative to it.

    Raises:
        ConfigError: An unknown axis, an empty one, or a value that cannot be one.
    """
    if not table:
        raise ConfigError("axes: expected at least one axis, such as seeds: got none")
    return tuple(_read_axis(name, given, folder) for name, given in table.items())


def _read_axis(name: str, given: object, folder: Path) -> GridAxis:
    if not _NAME.match(name):
        raise ConfigError(
            "axes: expected a name of letters, digits, '.', '_' and '-', at most 60: "
            f"got {shown(name)}"
        )
    if isinstance(given, Mapping):
        settings = _read_variants(name, given, folder)
    elif name == SEEDS:
        name, settings = SEED, _read_seeds(given)
    elif name == INITIAL:
        settings = _read_initials(given, folder)
    else:
        settings = _read_values(name, given)
    _refuse_doubles(name, [setting.label for setting in settings])
    return GridAxis(name, tuple(settings))


def _read_variants(name: str, given: Mapping[str, object], folder: Path) -> list[Setting]:
    if name in (SEEDS, SEED) or not given:
        raise ConfigError(f"axes.{name}: expected one or more values: got {shown(given)}")
    for variant, table in given.items():
        if not isinstance(table, Mapping):
            word = shortened(variant, MOST_SHOWN)
            raise ConfigError(
                f"axes.{name}.{word}: expected a table of settings, or the quoted key "
                f'"{name}.{word}" in [axes]: got {shown(table)}'
            )
    return [
        Setting(_label(name, variant), located(_long(f"{name}.{variant}", table), folder))
        for variant, table in given.items()
        if isinstance(table, Mapping)
    ]


def _long(name: str, given: Mapping[str, object]) -> Table:
    """A variant's table with its short names written out; a table's name is no short one."""
    short = [key for key in SHORT if key in given and not isinstance(given[key], Mapping)]
    table: Table = {key: value for key, value in given.items() if key not in short}
    for key in short:
        if _has(table, SHORT[key]):
            raise ConfigError(f"axes.{name}: expected one of {key} and {SHORT[key]}: got both")
        table = merge(table, nested(SHORT[key], given[key]))
    return table


def _has(table: object, key: str) -> bool:
    """Whether a table has a dotted key."""
    for part in key.split("."):
        if not isinstance(table, Mapping) or part not in table:
            return False
        table = table[part]
    return True


def _read_seeds(given: object) -> list[Setting]:
    numbers = _parse_seeds(given) if isinstance(given, str) else _listed(SEEDS, given)
    for number in numbers:
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MAX_SEED:
            raise ConfigError(
                f"axes.{SEEDS}: expected integers between 0 and {MAX_SEED}: got {shown(number)}"
            )
    return [Setting(str(number), {SEED: number}) for number in numbers]


def _parse_seeds(text: str) -> list[int]:
    """The numbers of `0-3,8`."""
    numbers: list[int] = []
    for part in text.split(","):
        match = _RANGE.match(part.strip())
        first = int(match[1]) if match else 1
        last = int(match[2] or first) if match else 0
        if not first <= last:
            raise ConfigError(f'axes.{SEEDS}: expected numbers such as "0-3,8": got {shown(text)}')
        if len(numbers) + last - first >= MAX_RUNS:
            raise ConfigError(f"axes.{SEEDS}: expected at most {MAX_RUNS} seeds: got {shown(text)}")
        numbers += range(first, last + 1)
    return numbers


def _read_initials(given: object, folder: Path) -> list[Setting]:
    """A bundled warrior's name, a file, or a folder with its sub-folders; or several of them."""
    settings: list[Setting] = []
    for item in _listed(INITIAL, [given] if isinstance(given, str) else given):
        if not isinstance(item, str):
            raise ConfigError(
                f"axes.{INITIAL}: expected names, files or a folder: got {shown(item)}"
            )
        place = folder / item
        if place.is_dir():
            settings += [
                Setting(_label(INITIAL, _stem(file.relative_to(place))), {INITIAL: str(file)})
                for file in _files(place)
            ]
        else:
            settings.append(
                Setting(_label(INITIAL, _stem(Path(item))), located({INITIAL: item}, folder))
            )
    return settings


def _files(folder: Path) -> list[Path]:
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() == _SUFFIX and not path.name.startswith(".") and path.is_file()
    )
    if not found:
        raise ConfigError(f"axes.{INITIAL}: expected {_SUFFIX} files: got none in {folder}")
    return found


def _stem(path: Path) -> str:
    """A file's path without its suffix, in one word."""
    whole = path.with_suffix("") if path.suffix.lower() == _SUFFIX else path
    return "-".join(part for part in whole.parts if part not in ("..", whole.anchor))


def _read_values(name: str, given: object) -> list[Setting]:
    key = SHORT.get(name, name)
    known = [field.name for field in fields(RunConfig)]
    if key.split(".")[0] not in known or key == SEED:
        names = sorted({SEEDS, *SHORT, *known} - {SEED})
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
        raise ConfigError(
            f"unknown axis {name!r}: expected {SEEDS}, a key of the configuration, or one of "
            f"{', '.join(SHORT)} (nearest: {near[0]!r}): got {shown(name)}"
        )
    values = _listed(name, given)
    for value in values:
        if not isinstance(value, _SCALARS):
            raise ConfigError(
                f"axes.{name}: expected numbers, words or true and false (tables have names, "
                f"[axes.{name}.NAME]): got {shown(value)}"
            )
    return [Setting(_label(name, value), nested(key, value)) for value in values]


def _listed(name: str, given: object) -> Sequence[object]:
    if not isinstance(given, list):
        raise ConfigError(f"axes.{name}: expected a list: got {shown(given)}")
    if not given:
        raise ConfigError(f"axes.{name}: expected one or more values: got none")
    return given


def _label(name: str, value: object) -> str:
    """A value in a folder's name: whatever else is in it, nothing that could lead elsewhere."""
    try:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    except ValueError:
        text = ""  # an integer of too many digits
    label = _UNSAFE.sub("-", text)
    if not label:
        raise ConfigError(
            f"axes.{name}: expected a value to name a folder after: got {shown(value)}"
        )
    return label


def _refuse_doubles(name: str, labels: Sequence[str]) -> None:
    """Also of values that only differ in case, for there are disks on which that is the same."""
    seen: set[str] = set()
    for label in labels:
        if label.casefold() in seen:
            raise ConfigError(f"axes.{name}: expected different values: got {shown(label)} twice")
        seen.add(label.casefold())
