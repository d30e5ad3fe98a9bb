"""Configurations: their text form and back, presets, flags on top, and what is refused."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolution.config import Axis, DescriptorConfig, NamedSource, RunConfig
from evolution.presets import (
    build_config,
    format_config,
    initial_warrior,
    load_table,
    parse_config,
    preset_names,
    preset_table,
    sparring_warriors,
)
from evolution.tables import ConfigError, format_toml, read_table
from mars.settings import CoreSettings

IMP = "MOV.I $0, $1\n"


def test_preset_names__in_order() -> None:
    assert preset_names() == ["drq", "llm", "nano", "overnight", "quick", "tiny"]


@pytest.mark.parametrize("name", preset_names())
def test_format_config__presets_read_back(name: str) -> None:
    config = build_config(preset_table(name))
    assert parse_config(format_config(config)) == config


def test_preset__drq_is_the_papers() -> None:
    config = build_config(preset_table("drq"))
    assert (config.rounds, config.history, config.core) == (20, "all", CoreSettings())
    search, fitness = config.search, config.fitness
    assert (search.iterations, search.batch, search.fresh, search.share_new) == (250, 1, 8, 0.1)
    assert (search.share_crossover, search.carry, search.stop_threshold) == (0.0, "champions", 0.0)
    assert (fitness.kind, fitness.fights) == ("melee", 20)
    assert config.descriptor == DescriptorConfig()
    assert [len(axis.edges) for axis in config.descriptor.axes] == [5, 5]
    assert (config.mutator.kind, config.mutator.llm.model) == ("llm", "gpt-4.1-mini-2025-04-14")


@given(
    st.text(max_size=40),
    st.integers(0, 2**63 - 1),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=6, unique=True).map(sorted),
    st.one_of(st.just("all"), st.integers(0, 40)),
)
def test_format_config__any_values_read_back(
    name: str, seed: int, edges: list[float], history: Any
) -> None:
    core = CoreSettings(80, 800, 80, 5, 5)
    config = RunConfig(
        NamedSource(name, IMP + f";{name!r}\n;\t'''\n"),
        seed=seed,
        rounds=5,
        history=history,
        core=core,
        descriptor=DescriptorConfig((Axis("length", tuple(edges)),)),
    )
    assert parse_config(format_config(config)) == config


@given(st.text())
def test_format_toml__any_text_reads_back(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    table = {text: text, "list": [text], "nested": {text: {"x": text}}}
    assert tomllib.loads(format_toml(table)) == table


@pytest.mark.parametrize("text", ["\x1b[2J", "a\n\x9b2J", "\u202eevil", "\x07\n'\n", "\ud800"])
def test_format_toml__nothing_a_terminal_obeys(text: str) -> None:
    written = format_toml({"source": text})
    assert all(character.isprintable() or character == "\n" for character in written)
    assert tomllib.loads(written)["source"] == text.replace("\ud800", "\ufffd")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"sede": 1}, "unknown key 'sede'.*nearest: 'seed'"),
        ({"search": {"iteration": 1}}, "unknown key 'search.iteration'.*nearest: 'iterations'"),
        ({"mutator": {"llm": {"modle": "x"}}}, "unknown key 'mutator.llm.modle'.*'model'"),
        ({"seed": "1"}, "seed: expected an integer: got '1'"),
        ({"seed": True}, "seed: expected an integer: got True"),
        ({"seed": -1}, "seed must be between 0"),
        ({"rounds": 0}, "rounds must be between 1"),
        ({"history": "some"}, "history: expected an integer or one of 'all': got 'some'"),
        ({"history": -1}, "history must be between 0"),
        ({"shadow": 1}, "shadow: expected true or false: got 1"),
        ({"search": 3}, "search: expected a table: got 3"),
        ({"search": {"share_new": 1.5}}, "search: share_new must be between 0 and 1: got 1.5"),
        ({"search": {"share_new": 0.6, "share_crossover": 0.6}}, "share_new . share_crossover"),
        ({"search": {"stop_threshold": float("nan")}}, "stop_threshold"),
        ({"fitness": {"kind": "meele"}}, "fitness.kind: expected one of 'melee', 'pairwise'"),
        ({"fitness": {"points": {"win": 0}}}, "fitness.points: expected win to be positive"),
        ({"descriptor": {"axes": []}}, "one or more axes"),
        ({"descriptor": {"axes": [{"name": "length", "edges": [2, 1]}]}}, "strictly increasing"),
        (
            {"descriptor": {"axes": [{"edges": [2]}]}},
            "expected a value for 'descriptor.axes.0..name'",
        ),
        ({"core": {"preset": "huge"}}, "core: preset must be one of"),
        ({"core": {"preset": "nano", "max_length": 6}}, "core: min_distance"),
        ({"rounds": 70}, "at most 64 warriors"),
        ({"initial": "no such warrior"}, "initial: expected a readable file or one of .*imp"),
        ({"initial": {"name": "x", "source": "MOVE 1"}}, "initial: x:1:"),
        ({"library": ["no such file"]}, "library: .*no such file"),
        ({"mutator": {"genetic": {"mutations": {"insrt": 1}}}}, "insrt"),
    ],
)
def test_build_config__refuses_and_says_what(table: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_config(table)


def test_build_config__later_tables_win_key_by_key() -> None:
    config = build_config(
        preset_table("drq"), {"search": {"batch": 4}}, {"core": {"preset": "tiny"}, "rounds": 5}
    )
    assert (config.search.batch, config.search.iterations) == (4, 250)
    assert config.core == CoreSettings.preset("tiny")


def test_build_config__core_fields_over_a_preset() -> None:
    config = build_config({"core": {"preset": "94nop", "max_cycles": 1000}})
    assert config.core == replace(CoreSettings(), max_cycles=1000)


def test_opponents_in__window() -> None:
    config = build_config({"rounds": 9, "history": 3})
    assert [config.opponents_in(number) for number in (1, 2, 3, 4, 5, 9)] == [1, 2, 3, 4, 4, 4]
    every = build_config({"rounds": 9})
    assert [every.opponents_in(number) for number in (1, 9)] == [1, 9]


def test_load_table__paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.red").write_text(IMP)
    (tmp_path / "run.toml").write_text('initial = "mine.red"\nlibrary = ["mine.red"]\n')
    config = build_config(load_table(tmp_path / "run.toml"))
    assert config.initial == NamedSource("mine.red", IMP)
    assert config.library == (NamedSource("mine.red", IMP),)
    assert str(initial_warrior(config).instructions[0]) == "MOV.I $0, $1"


@pytest.mark.parametrize("content", [b"seed = ", b"\xff\xfe", b"seed = 1\nseed = 2\n"])
def test_load_table__not_toml(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"run\.toml"):
        load_table(tmp_path / "run.toml")


def test_read_table__missing_key() -> None:
    with pytest.raises(ConfigError, match="expected a value for 'source': got none"):
        read_table(NamedSource, {"name": "x"})


def test_sparring__bundled_files_and_counts(tmp_path: Path) -> None:
    path = tmp_path / "mine.red"
    path.write_text(";name Mine\njmp 0\n")
    (tmp_path / "config.toml").write_text('sparring = ["bundled", "mine.red"]\nrounds = 2\n')
    config = build_config(load_table(tmp_path / "config.toml"))
    assert config.sparring[-1].name == "mine.red"
    assert [warrior.name for warrior in sparring_warriors(config)][-1] == "Mine"
    assert config.opponents_in(2) == 2 + len(config.sparring)
    assert parse_config(format_config(config)) == config
    with pytest.raises(ConfigError, match="sparring"):
        build_config({"sparring": ["no such file.red"]})
