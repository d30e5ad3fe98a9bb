"""An experiment: a base configuration and axes, read from a file, and the grid of its runs."""

import difflib
import itertools
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from evolution.config import RunConfig
from evolution.experiment.axes import (
    INITIAL,
    MAX_RUNS,
    SEED,
    GridAxis,
    Setting,
    read_axes,
)
from evolution.presets import build_config, format_config, located, preset_table
from evolution.tables import MOST_SHOWN, ConfigError, Table, shortened, shown

KEYS: Final = ("preset", "base", "axes")
MAX_NAME: Final = 150
TOO_DEEP: Final = "expected tables that are nested less deeply: got one that cannot be read"


@dataclass(frozen=True)
class Experiment:
    """What a file asks for.

    Attributes:
        text: Of the file.
        base: Tables of the configuration, later ones over earlier ones.
        axes: In the order of the file.
    """

    text: str
    base: tuple[Table, ...]
    axes: tuple[GridAxis, ...]


@dataclass(frozen=True)
class Planned:
    """One run of the grid.

    Attributes:
        name: Of its folder, unique: `history=1_seed=3`.
        labels: Its value on each axis, in the order of the file.
        config: Its configuration.
    """

    name: str
    labels: tuple[str, ...]
    config: RunConfig


def ignore_checked(_: int, __: int) -> None:
    """For callers that do not watch."""


def load_experiment(path: Path) -> Experiment:
    """Reads an experiment; paths in it are relative to its folder.

    Raises:
        ConfigError: It cannot be read, is not TOML, or names an axis that is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"expected a readable TOML file {path}: got {error}") from None
    try:
        return _read_experiment(text, table, path.parent)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: {TOO_DEEP}") from None


def plan(
    experiment: Experiment, on_checked: Callable[[int, int], None] = ignore_checked
) -> tuple[Planned, ...]:
    """Every run: the product of the axes in the order of the file, seeds the fastest.

    Args:
        experiment: To plan.
        on_checked: Told how many combinations without seeds are built, and of how many.

    Raises:
        ConfigError: A combination cannot be run, two are the same, or there are too many.
    """
    _refuse_too_many(experiment.axes)
    seeds = next((axis.settings for axis in experiment.axes if axis.name == SEED), ())
    others = [axis for axis in experiment.axes if axis.name != SEED]
    place = [axis.name for axis in experiment.axes].index(SEED) if seeds else 0
    combinations = list(itertools.product(*(axis.settings for axis in others)))
    runs: list[Planned] = []
    known: dict[str, str] = {}
    names: set[str] = set()
    for done, settings in enumerate(combinations, 1):
        name = _name(others, settings)
        if name.casefold() in names:
            raise ConfigError(f"axes: expected another name for each run: got {shown(name)} twice")
        names.add(name.casefold())
        config = _build(name, experiment.base, settings)
        # With a seed of its own each, runs of one combination always differ.
        same = known.setdefault(format_config(replace(config, seed=0) if seeds else config), name)
        if same != name:
            raise ConfigError(f"axes: expected different runs: got the same for {same} and {name}")
        runs += _seeded(name, [setting.label for setting in settings], config, seeds, place)
        on_checked(done, len(combinations))
    return tuple(runs)


def group_of(experiment: Experiment, run: Planned) -> tuple[str, ...]:
    """A run's values on the axes that are not repetitions: neither seeds nor w_0."""
    return tuple(
        label
        for axis, label in zip(experiment.axes, run.labels, strict=True)
        if axis.name not in (SEED, INITIAL)
    )


def group_names(experiment: Experiment) -> tuple[str, ...]:
    """The names of those axes."""
    return tuple(axis.name for axis in experiment.axes if axis.name not in (SEED, INITIAL))


def _read_experiment(text: str, table: Mapping[str, Any], folder: Path) -> Experiment:
    for key in table:
        if key not in KEYS:
            near = difflib.get_close_matches(key[:MOST_SHOWN], KEYS, n=1, cutoff=0.0)
            raise ConfigError(
                f"unknown key {shown(key)}: expected one of {', '.join(KEYS)} "
                f"(nearest: {near[0]!r}): got {shown(key)}"
            )
    base, axes, preset = table.get("base", {}), table.get("axes", {}), table.get("preset")
    for key, given in (("base", base), ("axes", axes)):
        if not isinstance(given, Mapping):
            raise ConfigError(f"{key}: expected a table: got {shown(given)}")
    if preset is not None and not isinstance(preset, str):
        raise ConfigError(f"preset: expected a name: got {shown(preset)}")
    tables = [] if preset is None else [preset_table(preset)]
    return Experiment(text, (*tables, located(base, folder)), read_axes(axes, folder))


def _refuse_too_many(axes: Sequence[GridAxis]) -> None:
    count = 1
    for axis in axes:
        count *= len(axis.settings)
        if count > MAX_RUNS:  # the product itself may have more digits than Python shows
            raise ConfigError(f"axes: expected at most {MAX_RUNS} runs: got more")


def _build(name: str, base: Sequence[Table], settings: Sequence[Setting]) -> RunConfig:
    try:
        return build_config(*base, *(setting.table for setting in settings))
    except ConfigError as error:
        raise ConfigError(f"{shortened(name, MOST_SHOWN) or 'base'}: {error}") from None
    except RecursionError:
        raise ConfigError(f"{shortened(name, MOST_SHOWN) or 'base'}: {TOO_DEEP}") from None


def _seeded(
    name: str, labels: Sequence[str], config: RunConfig, seeds: Sequence[Setting], place: int
) -> list[Planned]:
    """A combination's runs; `place` is that of the seeds among the axes."""
    if not seeds:
        return [_planned(name, labels, config)]
    return [
        _planned(
            "_".join(filter(None, (name, f"{SEED}={seed.label}"))),
            (*labels[:place], seed.label, *labels[place:]),
            replace(config, seed=int(seed.label)),
        )
        for seed in seeds
    ]


def _planned(name: str, labels: Sequence[str], config: RunConfig) -> Planned:
    if len(name) > MAX_NAME:
        raise ConfigError(
            f"axes: expected names of runs of at most {MAX_NAME} characters: got {shown(name)}"
        )
    return Planned(name, tuple(labels), config)


def _name(axes: Sequence[GridAxis], settings: Sequence[Setting]) -> str:
    pairs = zip(axes, settings, strict=True)
    return "_".join(f"{axis.name}={setting.label}" for axis, setting in pairs)
