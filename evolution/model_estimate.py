"""What a run's chat models will take: calls, tokens, money, before the first is asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from evolution.archive import Archive, Elite
from evolution.config import RunConfig
from evolution.descriptor import cell_count
from evolution.informant import Informant
from evolution.presets import initial_warrior
from evolution.service import Service
from llm_mutator.budget import Limits, most_prompt_tokens
from llm_mutator.calls import Message
from llm_mutator.config import MutatorConfig
from llm_mutator.llm_config import LLMConfig
from llm_mutator.mutator import MutationRequest
from llm_mutator.prices import Price, cost_of, price_for
from llm_mutator.prompts import render_messages
from llm_mutator.templates import templates_with
from mars.classics import bundled_by_name

# Of prompts like ours, and of a plan with a program; a guess, that the first calls correct.
BYTES_A_TOKEN: Final = 3.2
TYPICAL_REPLY: Final = 700
TYPICAL_REPAIRS: Final = 0.3
# Of a prompt and of a repair, in bytes; `tests/llm_mutator/test_prompt_limits.py` has the limits.
MOST_PROMPT: Final = 30_000
MOST_REPAIR: Final = 13_000


@dataclass(frozen=True)
class ModelEstimate:
    """One model's share, on average, without repeated requests.

    Attributes:
        model: Its name.
        calls, most_calls: With typical repairs; with all that may be, and every proposal of a
            bandit's.
        tokens, most_tokens: Typical; with the longest prompts and replies. Requests repeated
            after a fault come on top.
        cost, most_cost: US dollars, likewise; None when it has no price.
    """

    model: str
    calls: int
    most_calls: int
    tokens: int
    most_tokens: int
    cost: float | None
    most_cost: float | None


def estimate_models(config: RunConfig, proposals: int, service: Service) -> list[ModelEstimate]:
    """The share of each model of a configuration.

    Raises:
        MutatorUnavailable: A model has no price, and none is wanted for `Service.allow_unpriced`.
    """
    share = model_share(config.mutator)
    if not share:
        return []
    llm = config.mutator.llm
    models = llm.each_model()
    whole = sum(llm.weight_of(model.model) for model in models)
    messages = _sample_messages(config)
    made = [proposals * share * llm.weight_of(model.model) / whole for model in models]
    bandit = config.mutator.bandit
    return [
        _estimate_model(model, typical, proposals if bandit else typical, messages, service)
        for model, typical in zip(models, made, strict=True)
    ]


def together(estimates: Iterable[ModelEstimate]) -> list[ModelEstimate]:
    """The sums of the estimates of each model, in order of their first appearance."""
    found: dict[str, ModelEstimate] = {}
    for new in estimates:
        old = found.get(new.model)
        found[new.model] = new if old is None else _sum(old, new)
    return list(found.values())


def _sum(one: ModelEstimate, other: ModelEstimate) -> ModelEstimate:
    return ModelEstimate(
        one.model,
        one.calls + other.calls,
        one.most_calls + other.most_calls,
        one.tokens + other.tokens,
        one.most_tokens + other.most_tokens,
        _sum_of_costs(one.cost, other.cost),
        _sum_of_costs(one.most_cost, other.most_cost),
    )


def _sum_of_costs(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def model_share(config: MutatorConfig) -> float:
    """The share of proposals that chat models make."""
    if config.kind == "mixed":
        return config.shares["llm"] / sum(config.shares.values())
    return float(config.kind == "llm")


def _estimate_model(
    config: LLMConfig,
    proposals: float,
    most_proposals: float,
    messages: tuple[Message, ...],
    service: Service,
) -> ModelEstimate:
    price = _price_of(config, service)
    most_calls = most_proposals * (1 + config.repairs)
    calls = proposals * (1 + min(TYPICAL_REPAIRS, config.repairs))
    size = sum(len(message.content.encode()) for message in messages)
    read, written = round(size / BYTES_A_TOKEN), min(TYPICAL_REPLY, config.max_tokens)
    most_read = max(most_prompt_tokens(messages), MOST_PROMPT) + config.repairs * MOST_REPAIR
    cost = cost_of(price, read, written)
    most_cost = cost_of(price, most_read, config.max_tokens)
    return ModelEstimate(
        config.model,
        round(calls),
        round(most_calls),
        round(calls * (read + written)),
        round(most_calls * (most_read + config.max_tokens)),
        None if cost is None else calls * cost,
        None if most_cost is None else most_calls * most_cost,
    )


def _price_of(config: LLMConfig, service: Service) -> Price | None:
    return price_for(
        config,
        service.prices,
        allow_unpriced=service.allow_unpriced,
        capped=service.limits(Limits()).max_cost is not None,
    )


def _sample_messages(config: RunConfig) -> tuple[Message, ...]:
    """A prompt of the last round, with bundled warriors in the champions' place."""
    known = list(bundled_by_name(config.core).values()) or [initial_warrior(config)]
    count = config.opponents_in(config.rounds)
    opponents = [known[n % len(known)] for n in range(count)]
    archive = Archive(cell_count(config.descriptor))
    for cell, warrior in zip(range(archive.cells), known, strict=False):
        archive.add(Elite(warrior, 1.0, cell))
    parent = archive.elites()[0]
    about = Informant(config, config.rounds, opponents, archive).about([parent])
    request = MutationRequest("mutate", (parent.warrior,), config.core, feedback=about)
    llm = config.mutator.llm
    return render_messages(request, llm.style, templates_with(llm.prompts))
