"""Where a run comes from: its settings, its provenance, how far it is."""

import json
from collections.abc import Iterator
from typing import Final

from analysis.report.exchange import exchange_parts, exchange_settings
from analysis.report.material import Material
from analysis.report.parts import Code, Fold, Part, Table, Words
from evolution.config import RunConfig
from evolution.folder import PROVENANCE
from evolution.presets import format_config
from evolution.view import status_lines

LONGEST: Final = 100_000  # bytes of a provenance file that are read
FACTS: Final = ("created", "command", "python", "platform", "machine", "cpus", "sqlite", "packages")


def origin_parts(material: Material) -> list[Part]:
    """State, settings, provenance."""
    state, *_ = lines = status_lines(material.summary, material.run.path)
    told = lines[:-1] if lines[-1].startswith("continue with") else lines
    return [
        Words("\n".join([f"{state}.", *told[1:]])),
        Table(["setting", "value"], list(_settings(material.run.config))),
        *exchange_parts(material),
        Fold("The whole configuration", [Code(format_config(material.run.config))]),
        *_provenance(material),
    ]


def _settings(config: RunConfig) -> Iterator[list[str]]:
    core, search = config.core, config.search
    yield ["w_0", config.initial.name]
    yield ["history K", f"{config.history}" + (", shadow: chance selects" * config.shadow)]
    yield ["rounds of iterations", f"{config.rounds} of {search.iterations}"]
    yield ["seed", str(config.seed)]
    yield ["core", f"{core.core_size:,} addresses, {core.max_cycles:,} cycles, '{core.rules}"]
    yield ["fitness", f"{config.fitness.kind}, {config.fitness.fights} fights"]
    yield ["sparring partners", str(len(config.sparring))]
    yield ["proposals by", config.mutator.kind]
    yield from exchange_settings(config.islands)
    if config.mutator.kind != "genetic":
        yield ["chat model", config.mutator.llm.model]


def _provenance(material: Material) -> list[Part]:
    """The run's own record of where it was made; for people, so a strange one is no error."""
    try:
        with (material.run.path / PROVENANCE).open("rb") as file:
            facts = json.loads(file.read(LONGEST))
    except (OSError, ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        return [Words("The run has no readable provenance.")]
    rows = [[name, _words(facts[name])] for name in FACTS if name in facts]
    return [Fold("Provenance", [Table(["fact", "value"], rows)])]


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value)
