"""The texts that prompts are made of: the package's own, others in their place, files and back.

Each is a file of `prompts/`; `<<name>>` in it is a place to fill. Redcode is full of `$`, `{`
and `%`, so neither `string.Template` nor `str.format` would do. Whatever is filled in is not
searched for places again, so that no warrior's text can pull in another's.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from mars.settings import CoreSettings

# The places that each template has of its own.
PLACES: Final[dict[str, tuple[str, ...]]] = {
    "system": ("reference", "example", "empty_core"),
    "reference_94": ("pspace",),
    "reference_88": (),
    "pspace": (),
    "example_94": (),
    "example_88": (),
    "new": ("feedback",),
    "mutate": ("parents", "feedback"),
    "crossover": ("parents", "feedback"),
    "parent": ("title", "name", "strategy", "code"),
    "opponent": ("title", "name", "code"),
    "listing": ("code",),
    "fitness": ("fitness", "maximum"),
    "place": ("cell",),
    "melee": ("maximum",),
    "pairwise": ("maximum",),
    "results": ("table",),
    "losses": ("opponents",),
    "champions": ("opponents",),
    "archive": ("map",),
    "goal": ("cell",),
    "plan": (),
    "repair": ("errors",),
}
# Those that any template may have.
NUMBERS: Final = (
    "core_size",
    "max_cycles",
    "max_processes",
    "max_length",
    "min_distance",
    "pspace_size",
    "last_core",
)
TEMPLATES: Final = tuple(PLACES)
MAX_TEMPLATE: Final = 32_000

_SUFFIX: Final = ".md"
_PLACE: Final = re.compile(r"<<([a-z_]+)>>")
# What looks like a place, so that a misspelt one is found.
_MEANT: Final = re.compile(r"<<([^<>\n]{0,40})>>")


@dataclass(frozen=True)
class Forms:
    """Templates for one core's settings.

    Attributes:
        templates: One for each of `TEMPLATES`.
        settings: Whose numbers are filled in wherever they stand.
    """

    templates: Mapping[str, str]
    settings: CoreSettings

    def fill(self, template: str, /, **values: str) -> str:
        """A template with its places filled; one without a value stays as it is."""
        known = self._numbers() | values
        return _PLACE.sub(lambda place: known.get(place[1], place[0]), self.templates[template])

    def _numbers(self) -> dict[str, str]:
        given = {field.name: getattr(self.settings, field.name) for field in fields(self.settings)}
        numbers = given | {"last_core": self.settings.core_size - 1}
        return {name: str(numbers[name]) for name in NUMBERS}


@cache
def load_templates() -> Mapping[str, str]:
    """The package's templates by name."""
    folder = files("llm_mutator") / "prompts"
    return {
        name: parse_template((folder / f"{name}{_SUFFIX}").read_text(encoding="utf-8"))
        for name in TEMPLATES
    }


def templates_with(overrides: Mapping[str, str]) -> Mapping[str, str]:
    """The package's templates with others in place of some.

    Raises:
        ValueError: No template has such a name, or one has a place that nothing fills, or is
            longer than `MAX_TEMPLATE` characters.
    """
    for name, template in overrides.items():
        _check_name(name)
        _check_template(name, template)
    return {**load_templates(), **overrides}


def read_prompts(folder: Path) -> dict[str, str]:
    """The templates in a folder's files, each called NAME.md, for `templates_with`.

    Raises:
        OSError: The folder or a file cannot be read.
        ValueError: Something else is in the folder, or nothing, or a template is not UTF-8 or
            not as `templates_with` wants it; the message has the path.
    """
    found = {path: _name_of(path) for path in sorted(folder.iterdir())}
    if not found:
        raise ValueError(f"{folder}: expected files {_names(TEMPLATES, _SUFFIX)}: got none")
    prompts = {name: _read(path) for path, name in found.items()}
    for path, name in found.items():
        try:
            _check_template(name, prompts[name])
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
    return prompts


def write_prompts(folder: Path, templates: Mapping[str, str]) -> None:
    """Writes templates as files that `read_prompts` reads back; makes the folder.

    Raises:
        OSError: The folder cannot be made, or has one of the files already (then none is
            written).
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {folder / f"{name}{_SUFFIX}": text for name, text in templates.items()}
    for path in paths:
        if path.exists():
            raise FileExistsError(f"expected no file {path}: got one")
    for path, text in paths.items():
        path.write_text(format_template(text), encoding="utf-8", newline="\n")


def format_template(template: str) -> str:
    """A template as a file's text."""
    return template + "\n"


def parse_template(text: str) -> str:
    """Reads back what `format_template` writes: a text without its last line break."""
    return text.removesuffix("\n")


def _name_of(path: Path) -> str:
    name = path.name.removesuffix(_SUFFIX)
    if name not in PLACES or path.name == name or not path.is_file():
        near = get_close_matches(path.name, [f"{known}{_SUFFIX}" for known in PLACES], n=1)
        hint = f"; did you mean {near[0]!r}?" if near and near[0] != path.name else ""
        raise ValueError(
            f"{path.parent}: expected only files {_names(TEMPLATES, _SUFFIX)}: "
            f"got {path.name!r}{hint}"
        )
    return name


def _read(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(4 * MAX_TEMPLATE + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: expected UTF-8: got {error}") from None
    return parse_template(text.replace("\r\n", "\n"))


def _check_name(name: str) -> None:
    if name not in PLACES:
        near = get_close_matches(str(name), PLACES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"prompts must be of {_names(TEMPLATES)}: got {name!r}{hint}")


def _check_template(name: str, template: str) -> None:
    if not isinstance(template, str):
        raise ValueError(f"prompts.{name} must be a text: got {template!r}")
    if len(template) > MAX_TEMPLATE:
        raise ValueError(
            f"prompts.{name} must have at most {MAX_TEMPLATE} characters: got {len(template)}"
        )
    allowed = (*PLACES[name], *NUMBERS)
    for place in _MEANT.findall(template):
        if place not in allowed:
            near = get_close_matches(place, allowed, n=1)
            hint = f"; did you mean <<{near[0]}>>?" if near else ""
            raise ValueError(
                f"prompts.{name} must have no place but {_names(allowed)}: got <<{place}>>{hint}"
            )


def _names(names: Iterable[str], suffix: str = "") -> str:
    return ", ".join(f"{name}{suffix}" for name in names)
