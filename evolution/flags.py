"""From the command line's options to a configuration and a name."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from evolution.config import RunConfig
from evolution.presets import DEFAULT_PRESET, build_config, load_table, preset_table
from evolution.tables import ConfigError, Table, as_table, merge, nested

RUN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")

# Settings that go by a short name, also as an experiment's axes: their dotted keys.
SHORT: Final = {
    "batch": "search.batch",
    "carry": "search.carry",
    "core": "core.preset",
    "exchange": "islands.every",
    "fights": "fitness.fights",
    "fitness": "fitness.kind",
    "fresh": "search.fresh",
    "islands": "islands.count",
    "iterations": "search.iterations",
    "model": "mutator.llm.model",
    "mutator": "mutator.kind",
    "repairs": "mutator.llm.repairs",
    "single_cell": "descriptor.single_cell",
    "style": "mutator.llm.style",
}
# Flags that only say how a model is called.
PLACES: Final = SHORT | {
    key: f"mutator.llm.{key}" for key in ("base_url", "concurrency", "prompts")
}


def configure(config_file: Path | None, preset: str | None, flags: dict[str, Any]) -> RunConfig:
    """The configuration of a preset, a file on top of it, and flags on top of that.

    Raises:
        ConfigError: Naming what is wrong.
    """
    tables = []
    if preset is not None or config_file is None:
        tables.append(preset_table(preset or DEFAULT_PRESET))
    if config_file is not None:
        tables.append(load_table(config_file))
    given = {key: value for key, value in flags.items() if value is not None}
    config = build_config(*tables, _flag_table(given))
    if config.islands.is_one:
        number = config.islands.number
        raise ConfigError(f"expected no islands.number, which the program writes: got {number}")
    refuse_with_models(config, [key for key in ("model", "base_url") if key in given])
    return config


def refuse_with_models(config: RunConfig, given: Sequence[str]) -> None:
    """Refuses options for one model where there are several, each with its own."""
    if "base_url" in given and config.islands.mutators:
        raise ConfigError(
            "expected servers of [[islands.mutators]] to be changed in the file: got --base-url"
        )
    if given and config.mutator.llm.models:
        option = f"--{given[0].replace('_', '-')}"
        raise ConfigError(
            f"expected the models of [[mutator.llm.models]] to be changed in the file: got {option}"
        )


def changed_calls(config: RunConfig, base_url: str | None, concurrency: int | None) -> RunConfig:
    """A configuration with another server or number of calls at a time, of all its mutators.

    Raises:
        ConfigError: There are several servers.
    """
    changes = {"base_url": base_url, "concurrency": concurrency}
    llm = {key: value for key, value in changes.items() if value is not None}
    if base_url is not None:
        refuse_with_models(config, ("base_url",))
    table = as_table(config)
    own = [merge(mutator, {"llm": llm}) for mutator in table["islands"]["mutators"]]
    return build_config(table, {"mutator": {"llm": llm}, "islands": {"mutators": own}})


def _flag_table(given: dict[str, Any]) -> Table:
    """Flags as a configuration table."""
    if str(given.get("history", "")).isdecimal():
        given = {**given, "history": int(given["history"])}
    if "model" in given and "mutator" not in given:
        given = {**given, "mutator": "llm"}
    if "prompts" in given:
        given = {**given, "prompts": str(given["prompts"])}
    table: Table = {}
    for key, value in given.items():
        table = merge(table, nested(PLACES.get(key, key), value))
    return table


def run_name(name: str | None, preset: str | None, config_file: Path | None) -> str:
    """The name of a run's folder: the given one, or the file's, or the preset's.

    Raises:
        ConfigError: It is none.
    """
    chosen = name or (config_file.stem if config_file is not None else preset or DEFAULT_PRESET)
    if not RUN_NAME.match(chosen):
        raise ConfigError(
            f"name must be of letters, digits, '.', '_' and '-', at most 100: got {chosen!r}"
        )
    return chosen
