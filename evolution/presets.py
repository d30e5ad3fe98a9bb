"""Where a configuration comes from: a preset, then a TOML file, then flags; and its text form."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any, Final

from evolution.config import NamedSource, RunConfig
from evolution.tables import ConfigError, Table, as_table, format_toml, merge, read_table
from llm_mutator.templates import read_prompts, templates_with
from mars.assembler import RedcodeError, assemble, load
from mars.classics import bundled_by_name
from mars.redcode import Warrior
from mars.settings import CoreSettings

DEFAULT_PRESET: Final = "quick"
SOURCE_LISTS: Final = ("library", "sparring")
BUNDLED: Final = "bundled"


def preset_names() -> list[str]:
    """The presets in `evolution/presets/`, in alphabetical order."""
    folder = resources.files("evolution") / "presets"
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )


def preset_table(name: str) -> Table:
    """A preset's TOML table.

    Raises:
        ConfigError: There is no preset of this name.
    """
    if name not in preset_names():
        raise ConfigError(f"preset must be one of {', '.join(preset_names())}: got {name!r}")
    path = resources.files("evolution") / "presets" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def load_table(path: Path) -> Table:
    """Reads a TOML file; paths in its `initial` and source lists are relative to its folder.

    Raises:
        ConfigError: It cannot be read, or is not TOML.
    """
    try:
        table = _parse_toml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"expected a readable TOML file {path}: got {error}") from None
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    return located(table, path.parent)


def located(table: Mapping[str, Any], folder: Path) -> Table:
    """A configuration's table whose paths are relative to a folder, as they are from here."""
    found = dict(table)
    initial = found.get("initial")
    if isinstance(initial, str) and (folder / initial).is_file():
        found["initial"] = str(folder / initial)
    for key in SOURCE_LISTS:
        if isinstance(found.get(key), list):
            found[key] = [_relative_to(folder, given) for given in found[key]]
    return _with_prompts(found, lambda prompts: str(folder / prompts))


def _with_prompts(table: Table, resolve: Callable[[str], Any]) -> Table:
    """A configuration's table with something in the place of every folder of prompts."""
    prompts = _prompts_of(table)
    if isinstance(prompts, str):
        table = merge(table, _prompts_table(resolve(prompts)))
    given = _islands_mutators(table)
    own = [_with_prompts({"mutator": mutator}, resolve)["mutator"] for mutator in given]
    return merge(table, {"islands": {"mutators": own}}) if own else table


def _islands_mutators(table: Mapping[str, Any]) -> list[Any]:
    """What `islands.mutators` lists, nothing when it is no list."""
    islands = table.get("islands")
    mutators = islands.get("mutators") if isinstance(islands, Mapping) else None
    return mutators if isinstance(mutators, list) else []


def _prompts_of(table: Mapping[str, Any]) -> Any:
    """What `mutator.llm.prompts` is, None when it is not given."""
    for key in ("mutator", "llm", "prompts"):
        value = table.get(key) if isinstance(table, Mapping) else None
        table = value if isinstance(value, Mapping) else {}
    return value


def _prompts_table(prompts: Any) -> Table:
    return {"mutator": {"llm": {"prompts": prompts}}}


def _relative_to(folder: Path, given: Any) -> Any:
    return str(folder / given) if isinstance(given, str) and given != BUNDLED else given


def build_config(*tables: Mapping[str, Any]) -> RunConfig:
    """The configuration of some tables, later ones on top of earlier ones.

    A `core.preset` puts that preset's settings under the other keys of its table, and
    replaces what earlier tables say of the core; `initial` is a bundled warrior's name, a path,
    or a table of name and source; `library` and `sparring` are lists of paths, such tables, or the
    word "bundled" for all bundled warriors; `mutator.llm.prompts` is a folder, or a table of names
    and templates; each of `islands.mutators` is a table over the run's own `mutator`.

    Raises:
        ConfigError: Naming the first thing that is wrong.
    """
    merged: Table = {}
    for table in tables:
        merged = merge(_without_core(merged) if _names_core(table) else merged, table)
    if "core" in merged:
        merged["core"] = _resolve_core(merged["core"])
    settings = read_table(CoreSettings, merged.get("core", {}), "core")
    merged["initial"] = _resolve_initial(merged.get("initial", "imp"), settings)
    for key in SOURCE_LISTS:
        merged[key] = _resolve_sources(key, merged.get(key, []), settings)
    merged = _over_the_runs(_with_prompts(merged, lambda prompts: _read_prompts(Path(prompts))))
    config = read_table(RunConfig, merged)
    _check_prompts(config)
    initial_warrior(config)
    library_warriors(config)
    sparring_warriors(config)
    return config


def _over_the_runs(table: Table) -> Table:
    """The islands' mutators, each with the run's own under it."""
    common, given = table.get("mutator", {}), _islands_mutators(table)
    both = isinstance(common, Mapping)
    own = [merge(common, own) if both and isinstance(own, Mapping) else own for own in given]
    return merge(table, {"islands": {"mutators": own}}) if own else table


def parse_config(text: str) -> RunConfig:
    """Reads back what `format_config` writes (or any configuration's text).

    Raises:
        ConfigError: It is not TOML, or not a configuration.
    """
    return build_config(_parse_toml(text))


def _parse_toml(text: str) -> Table:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also an integer of too many digits
        raise ConfigError(f"expected TOML: got {error}") from None


def format_config(config: RunConfig) -> str:
    """The complete configuration as TOML."""
    return format_toml(as_table(config))


def initial_warrior(config: RunConfig) -> Warrior:
    """w_0, assembled.

    Raises:
        ConfigError: Its source does not assemble in this core.
    """
    return _assembled("initial", config.initial, config.core)


def library_warriors(config: RunConfig) -> tuple[Warrior, ...]:
    """The warriors given for fragments, assembled.

    Raises:
        ConfigError: One does not assemble in this core.
    """
    return tuple(_assembled("library", given, config.core) for given in config.library)


def sparring_warriors(config: RunConfig) -> tuple[Warrior, ...]:
    """The warriors that every candidate meets besides its ancestors, assembled.

    Raises:
        ConfigError: One does not assemble in this core.
    """
    return tuple(_assembled("sparring", given, config.core) for given in config.sparring)


def _names_core(table: Mapping[str, Any]) -> bool:
    core = table.get("core")
    return isinstance(core, Mapping) and "preset" in core


def _without_core(table: Table) -> Table:
    return {key: value for key, value in table.items() if key != "core"}


def _resolve_core(core: Any) -> Any:
    if not isinstance(core, Mapping) or "preset" not in core:
        return core
    try:
        preset = CoreSettings.preset(core["preset"])
    except (TypeError, ValueError) as error:
        raise ConfigError(f"core: {error}") from None
    return asdict(preset) | {key: value for key, value in core.items() if key != "preset"}


def _assembled(key: str, given: NamedSource, settings: CoreSettings) -> Warrior:
    try:
        return assemble(given.source, settings, path=given.name)
    except RedcodeError as error:
        raise ConfigError(f"{key}: {error}") from None


def _resolve_initial(initial: Any, settings: CoreSettings) -> Any:
    if not isinstance(initial, str):
        return initial
    known = bundled_by_name(settings)
    if initial in known:
        return {"name": initial, "source": known[initial].source}
    if not Path(initial).is_file():
        raise ConfigError(
            f"initial: expected a readable file or one of {', '.join(known)}: got {initial!r}"
        )
    return _read_source("initial", Path(initial), settings)


def _resolve_sources(key: str, sources: Any, settings: CoreSettings) -> Any:
    """Files, folders of `.red` files and the word "bundled" become sources."""
    if not isinstance(sources, list):
        return sources
    resolved: list[Any] = []
    for given in sources:
        if given == BUNDLED:
            known = bundled_by_name(settings)
            resolved += [{"name": name, "source": known[name].source} for name in known]
        elif isinstance(given, str):
            path = Path(given)
            files = sorted(path.glob("*.red")) if path.is_dir() else [path]
            resolved += [_read_source(key, file, settings) for file in files]
        else:
            resolved.append(given)
    return resolved


def _read_prompts(folder: Path) -> dict[str, str]:
    try:
        return read_prompts(folder)
    except (OSError, ValueError) as error:
        raise ConfigError(f"mutator.llm.prompts: {error}") from None


def _check_prompts(config: RunConfig) -> None:
    for mutator in (config.mutator, *config.islands.mutators):
        try:
            templates_with(mutator.llm.prompts)
        except ValueError as error:
            raise ConfigError(f"mutator.llm.prompts: {error}") from None


def _read_source(key: str, path: Path, settings: CoreSettings) -> Table:
    try:
        return {"name": path.name, "source": load(path, settings).source}
    except (OSError, RedcodeError) as error:
        raise ConfigError(f"{key}: {error}") from None
