"""Configuration: defaults, merging, and clear refusals."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from llm_mutator.config import MUTATIONS, OPCODES, GeneticConfig, MutatorConfig
from llm_mutator.llm_config import LLMConfig, ModelConfig
from mars.redcode import Opcode


def test_opcodes__has_a_weight_for_each() -> None:
    assert list(OPCODES) == [opcode.name for opcode in Opcode]


def test_genetic_config__a_partial_table_is_completed() -> None:
    config = GeneticConfig(mutations={"swap": 9})
    assert config.mutations == MUTATIONS | {"swap": 9.0}
    assert list(config.mutations) == list(MUTATIONS)


def test_mutator_config__survives_a_trip_through_plain_values() -> None:
    config = MutatorConfig(
        "mixed",
        GeneticConfig({"swap": 0.0}),
        LLMConfig("m", prompts={"new": "Go.\n"}),
        {"llm": 1.0, "genetic": 2.0},
        bandit=True,
        worth=0.5,
    )
    plain = asdict(config)
    again = MutatorConfig(
        plain["kind"],
        GeneticConfig(**plain["genetic"]),
        LLMConfig(**plain["llm"]),
        plain["shares"],
        plain["bandit"],
        plain["worth"],
    )
    assert again == config
    assert list(again.shares) == ["genetic", "llm"]


def test_configs__share_no_table() -> None:
    GeneticConfig().mutations["swap"] = 77.0
    assert GeneticConfig().mutations["swap"] == MUTATIONS["swap"] != 77.0


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("mutations", {"swop": 1.0}, "mutations must be of .*: got 'swop'; did you mean 'swap'"),
        ("mutations", {"swap": -1.0}, "mutations.swap must be between 0 and 1e.09: got -1.0"),
        ("mutations", {"swap": float("nan")}, "mutations.swap must be between"),
        ("mutations", {"swap": "1"}, "mutations.swap must be a number: got '1'"),
        ("mutations", dict.fromkeys(MUTATIONS, 0), "mutations must have at least one weight"),
        ("opcodes", [1], r"opcodes must be a table of names and weights: got \[1\]"),
        ("edits", 0.5, "edits must be between 1 and 1000: got 0.5"),
        ("edits", True, "edits must be a number: got True"),
        ("relocate", 1.5, "relocate must be between 0 and 1: got 1.5"),
        ("adaptive", "yes", "adaptive must be true or false: got 'yes'"),
        ("adaptive_prior", 0, "adaptive_prior must be between"),
        ("adaptive_bound", 0.5, "adaptive_bound must be between 1 and"),
    ],
)
def test_genetic_config__refuses(field: str, value: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        replace(GeneticConfig(), **{field: value})


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("model", " ", "model must be a model's name: got ' '"),
        ("base_url", "localhost:8080", "base_url must begin with http"),
        ("base_url", "file:///etc/passwd", "base_url must begin with http"),
        ("base_url", "sk-SECRET", "and a host: got another text"),
        ("base_url", "http://h/v1#sk-SECRET", "query or fragment: got one"),
        ("base_url", "http://a..com/v1", "a whole host and no blanks"),
        ("base_url", "http:// h/v1", "a whole host and no blanks"),
        ("base_url", "http://h:99999/v1", "base_url must be a URL: got one that says Port"),
        ("model", "\udcff", "model must be a model's name"),
        ("base_url", 3, "base_url must be a URL: got 3"),
        ("temperature", 2.5, "temperature must be between 0 and 2: got 2.5"),
        ("max_tokens", 1.5, "max_tokens must be an integer: got 1.5"),
        ("max_tokens", 0, "max_tokens must be between 1 and 1000000: got 0"),
        ("timeout", 0, "timeout must be between 0.1 and 86400: got 0"),
        ("retries", -1, "retries must be between 0 and 100: got -1"),
        ("style", "bold", "style must be one of blind, informed: got 'bold'"),
        ("repairs", 11, "repairs must be between 0 and 10: got 11"),
        ("repairs", True, "repairs must be an integer: got True"),
        ("concurrency", 0, "concurrency must be between 1 and 256: got 0"),
        ("concurrency", 257, "concurrency must be between 1 and 256: got 257"),
        ("patience", -1, "patience must be between 0 and 86400: got -1"),
        ("max_failures", 0, "max_failures must be between 1 and 1000: got 0"),
        (
            "models",
            (ModelConfig("a"), ModelConfig("b"), ModelConfig("a")),
            "models must have different names: got a, b, a",
        ),
        (
            "models",
            (ModelConfig("a", 0), ModelConfig("b", 0)),
            r"models must have at least one weight above 0: got \['a', 'b'\]",
        ),
    ],
)
def test_llm_config__refuses(field: str, value: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        replace(LLMConfig(), **{field: value})


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("model", "", "model must be a model's name: got ''"),
        ("model", 3, "model must be a model's name: got 3"),
        ("weight", -1, "weight must be between 0 and 1e.09: got -1"),
        ("weight", float("inf"), "weight must be between 0 and 1e.09: got inf"),
        ("base_url", "host", "base_url must begin with http"),
        ("temperature", -0.1, "temperature must be between 0 and 2: got -0.1"),
        ("max_tokens", 0, "max_tokens must be between 1 and 1000000: got 0"),
    ],
)
def test_model_config__refuses(field: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(ModelConfig("m"), **{field: value})


@pytest.mark.parametrize("key", ["sk-abc123hunter2", "hunter2", "my key hunter2", "", 3])
def test_key_variable__a_key_put_there_by_mistake_is_never_shown(key: Any) -> None:
    for kind in (LLMConfig, ModelConfig):
        with pytest.raises(ValueError, match="key_variable must be the name of an env") as caught:
            replace(kind("m"), key_variable=key)
        assert "hunter2" not in str(caught.value)


def test_each_model__one_alone_is_itself() -> None:
    config = LLMConfig("m", style="blind")
    assert config.each_model() == (config,)
    assert config.weight_of("m") == 1.0


def test_each_model__several_take_from_the_common_settings_what_they_leave_out() -> None:
    own = ModelConfig("b", 2.0, "http://127.0.0.1:1/v1", "B_KEY", 0.0, 100)
    config = LLMConfig(
        temperature=0.5,
        models=(ModelConfig("a"), own, ModelConfig("off", 0.0)),
        style="blind",
        repairs=3,
        prompts={"new": "Go."},
    )
    common = replace(config, models=())
    assert config.each_model() == (
        replace(common, model="a"),
        replace(
            common,
            model="b",
            base_url="http://127.0.0.1:1/v1",
            key_variable="B_KEY",
            temperature=0.0,
            max_tokens=100,
        ),
    )
    assert [config.weight_of(name) for name in ("a", "b", "off")] == [1.0, 2.0, 0.0]


@pytest.mark.parametrize("url", ["http://me:hunter2@host/v1", "http://host/v1?key=hunter2"])
def test_llm_config__no_secret_rides_on_a_url(url: str) -> None:
    with pytest.raises(ValueError, match="base_url must have no user") as caught:
        LLMConfig(base_url=url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("kind", "magic", "kind must be one of genetic, llm, mixed: got 'magic'"),
        ("shares", {"gpt": 1.0}, "shares must be of genetic, llm: got 'gpt'"),
        ("shares", {"llm": 0.0}, "shares must have at least one weight above 0"),
        ("bandit", "yes", "bandit must be true or false: got 'yes'"),
        ("worth", -0.01, "worth must be between 0 and 1e.09: got -0.01"),
        ("worth", float("nan"), "worth must be between 0 and 1e.09: got nan"),
    ],
)
def test_mutator_config__refuses(field: str, value: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        replace(MutatorConfig(), **{field: value})
