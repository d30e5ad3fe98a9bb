"""From configuration to mutator."""

from collections.abc import Sequence

from llm_mutator.adaptive import GENETIC_ARM, llm_arm
from llm_mutator.config import MutatorConfig
from llm_mutator.desk import Desk
from llm_mutator.genetic import GeneticMutator
from llm_mutator.llm import LLMMutator
from llm_mutator.memory import MemoryLedger
from llm_mutator.mixed import Arm, MixedMutator
from llm_mutator.mutator import Mutator
from mars.classics import bundled
from mars.redcode import Warrior
from mars.settings import CoreSettings


def make_mutator(
    config: MutatorConfig,
    settings: CoreSettings,
    library: Sequence[Warrior] = (),
    desk: Desk | None = None,
) -> Mutator:
    """Builds the mutator that a configuration names.

    Args:
        config: Which, and how it is set.
        settings: The rules of every request to come.
        library: Warriors to take fragments from; empty: the bundled ones for these rules.
        desk: Through which chat models are asked; None: one that remembers replies only
            while it lives, and knows no cap.

    Raises:
        MutatorUnavailable: A chat model is wanted, and a key or a price is missing.
        ValueError: A template of the configuration cannot be used.
    """
    arms = _arms(config, settings, library, desk)
    if len(arms) == 1:
        return arms[0].mutator
    return MixedMutator(arms, config.worth if config.bandit else None)


def _arms(
    config: MutatorConfig,
    settings: CoreSettings,
    library: Sequence[Warrior],
    desk: Desk | None,
) -> list[Arm]:
    """Who takes part, with shares above 0."""
    shares = config.shares if config.kind == "mixed" else {config.kind: 1.0}
    arms = []
    if shares.get("genetic", 0) > 0:
        arms.append(Arm(GENETIC_ARM, _genetic(config, settings, library), shares["genetic"]))
    if shares.get("llm", 0) > 0:
        arms += _models(config, shares["llm"], Desk(MemoryLedger()) if desk is None else desk)
    return arms


def _models(config: MutatorConfig, share: float, desk: Desk) -> list[Arm]:
    """A mutator for each model; together they have the share."""
    each = config.llm.each_model()
    total = sum(config.llm.weight_of(alone.model) for alone in each)
    return [
        Arm(
            llm_arm(alone.model),
            LLMMutator(alone, desk.line(alone)),
            share * config.llm.weight_of(alone.model) / total,
        )
        for alone in each
    ]


def _genetic(
    config: MutatorConfig, settings: CoreSettings, library: Sequence[Warrior]
) -> GeneticMutator:
    if not library:
        library = [warrior for group in bundled(settings).values() for warrior in group]
    return GeneticMutator(settings, config.genetic, library)
