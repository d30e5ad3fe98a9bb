"""From configuration to mutator."""

from collections.abc import Sequence

from llm_mutator.client import ChatClient
from llm_mutator.config import MutatorConfig
from llm_mutator.genetic import GeneticMutator
from llm_mutator.llm import LLMMutator, OnReply
from llm_mutator.mixed import MixedMutator
from llm_mutator.mutator import Mutator
from mars.classics import bundled
from mars.redcode import Warrior
from mars.settings import CoreSettings


def make_mutator(
    config: MutatorConfig,
    settings: CoreSettings,
    library: Sequence[Warrior] = (),
    on_reply: OnReply | None = None,
) -> Mutator:
    """Builds the mutator that a configuration names.

    Args:
        config: Which, and how it is set.
        settings: The rules of every request to come.
        library: Warriors to take fragments from; empty: the bundled ones for these rules.
        on_reply: Called with each chat model's reply as it arrives, perhaps from threads.

    Raises:
        MutatorUnavailable: A chat model is wanted, and a key is missing.
    """
    if config.kind == "genetic":
        return _genetic(config, settings, library)
    if config.kind == "llm":
        return _llm(config, on_reply)
    shares: list[tuple[Mutator, float]] = []
    if config.shares["genetic"] > 0:
        shares.append((_genetic(config, settings, library), config.shares["genetic"]))
    if config.shares["llm"] > 0:
        shares.append((_llm(config, on_reply), config.shares["llm"]))
    return MixedMutator(shares)


def _genetic(
    config: MutatorConfig, settings: CoreSettings, library: Sequence[Warrior]
) -> GeneticMutator:
    if not library:
        library = [warrior for group in bundled(settings).values() for warrior in group]
    return GeneticMutator(settings, config.genetic, library)


def _llm(config: MutatorConfig, on_reply: OnReply | None) -> LLMMutator:
    return LLMMutator(ChatClient(config.llm), on_reply)
