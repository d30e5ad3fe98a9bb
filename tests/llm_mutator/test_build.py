"""From configuration to mutator: who takes part, by what share, through which desk."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from llm_mutator.adaptive import arm_of
from llm_mutator.build import make_mutator
from llm_mutator.calls import CallKey
from llm_mutator.config import MutatorConfig
from llm_mutator.desk import Desk
from llm_mutator.genetic import GeneticMutator
from llm_mutator.llm import LLMMutator
from llm_mutator.llm_config import LLMConfig, ModelConfig
from llm_mutator.memory import MemoryLedger
from llm_mutator.mutator import MutationRequest, Mutator, MutatorUnavailable, OperatorStatistics
from mars.settings import CoreSettings
from tests.llm_mutator.chat_stub import Answer, chat_server, completion

MODELS = (ModelConfig("a", 3.0), ModelConfig("b", 1.0), ModelConfig("off", 0.0))


def echo(request: dict[str, Any]) -> Answer:
    """A program whose name is the model's."""
    return completion(f"```\n;name {request['model']}\n;assert 1\nDAT 0\n```")


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """Where the stub server listens."""
    with chat_server(echo) as stub:
        yield stub.url


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's key is used."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def config_for(url: str, **changes: Any) -> MutatorConfig:
    """A configuration with three models, one of them switched off."""
    return MutatorConfig(llm=LLMConfig(base_url=url, models=MODELS, concurrency=5), **changes)


def proposals_of(
    mutator: Mutator, count: int, statistics: tuple[OperatorStatistics, ...] = ()
) -> Counter[str]:
    """How many of so many proposals each arm made."""
    made: Counter[str] = Counter()
    for number in range(count):
        request = MutationRequest("new", (), CoreSettings(), statistics, number=number)
        proposal = mutator.propose(request, np.random.SeedSequence(7, spawn_key=(number,)))
        assert proposal.error == ""
        arm = arm_of(proposal.operator)
        if arm != "genetic":
            assert f";name {arm[1:]}\n" in proposal.source
        made[arm] += 1
    return made


def test_make_mutator__of_one_kind_is_that_mutator(server_url: str) -> None:
    assert isinstance(make_mutator(MutatorConfig(), CoreSettings()), GeneticMutator)
    alone = MutatorConfig("llm", llm=LLMConfig("m", server_url))
    assert isinstance(make_mutator(alone, CoreSettings()), LLMMutator)
    assert isinstance(
        make_mutator(config_for(server_url, bandit=True), CoreSettings()), GeneticMutator
    )


def test_make_mutator__models_by_weight(server_url: str) -> None:
    made = proposals_of(make_mutator(config_for(server_url, kind="llm"), CoreSettings()), 120)
    assert set(made) == {"@a", "@b"}
    assert abs(made["@a"] / 120 - 0.75) < 4 * (0.75 * 0.25 / 120) ** 0.5


def test_make_mutator__mixed_shares_are_split_among_the_models(server_url: str) -> None:
    config = config_for(server_url, kind="mixed", shares={"genetic": 2.0, "llm": 2.0})
    made = proposals_of(make_mutator(config, CoreSettings()), 160)
    for arm, share in (("genetic", 0.5), ("@a", 0.375), ("@b", 0.125)):
        assert abs(made[arm] / 160 - share) < 4 * (share * (1 - share) / 160) ** 0.5


def test_make_mutator__bandit_goes_by_the_statistics_and_not_by_the_shares(
    server_url: str,
) -> None:
    config = config_for(server_url, kind="mixed", bandit=True, shares={"genetic": 1.0, "llm": 1e-9})
    known = (
        OperatorStatistics("genetic.swap", 300, 3),
        OperatorStatistics("llm.informed.new@a", 300, 3, 0.3),
        OperatorStatistics("llm.informed.new+repair@b", 300, 120, 0.6),
    )
    assert proposals_of(make_mutator(config, CoreSettings()), 20, known) == {"@b": 20}


def test_make_mutator__concurrency(server_url: str) -> None:
    configs = {
        1: MutatorConfig(),
        5: config_for(server_url, kind="mixed"),
        8: MutatorConfig("llm", llm=LLMConfig("m", server_url)),
    }
    for concurrency, config in configs.items():
        assert make_mutator(config, CoreSettings()).concurrency == concurrency


def test_make_mutator__asks_through_the_desk_given(server_url: str) -> None:
    ledger = MemoryLedger()
    config = config_for(server_url, kind="llm")
    mutator = make_mutator(config, CoreSettings(), desk=Desk(ledger))
    proposals_of(mutator, 3)
    assert [key for key, _, _ in ledger.replies] == [CallKey(0, number, 0) for number in range(3)]
    assert {reply.answered_by for _, _, reply in ledger.replies} == {"stub-model-1"}


def test_make_mutator__who_takes_no_part_needs_no_key() -> None:
    config = MutatorConfig("mixed", shares={"genetic": 1.0, "llm": 0.0})
    assert isinstance(make_mutator(config, CoreSettings()), GeneticMutator)
    with pytest.raises(MutatorUnavailable, match="OPENAI_API_KEY"):
        make_mutator(MutatorConfig("llm"), CoreSettings())


def test_make_mutator__refuses_a_bad_template(server_url: str) -> None:
    config = MutatorConfig("llm", llm=LLMConfig("m", server_url, prompts={"plan": "<<plan>>"}))
    with pytest.raises(ValueError, match=r"prompts\.plan must have no place but"):
        make_mutator(config, CoreSettings())
