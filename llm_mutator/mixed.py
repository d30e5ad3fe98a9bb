"""Several mutators, each with its share of the proposals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from llm_mutator.bandit import choose_arm
from llm_mutator.mutator import MutationRequest, Mutator, Proposal
from llm_mutator.numbers import pick

# Spawn key of the choice, so that the chosen mutator's own draws do not depend on it.
_CHOICE: Final = 0x6D6978


@dataclass(frozen=True)
class Arm:
    """A mutator among others.

    Attributes:
        name: As `adaptive.arm_of` names who made a proposal; no two are the same.
        mutator: Itself.
        weight: Its share, relative to the others'.
    """

    name: str
    mutator: Mutator
    weight: float


class MixedMutator:
    """Lets the seed choose who proposes.

    Args:
        arms: At least one with a weight above 0.
        worth: None: who proposes is drawn by weight. Else a bandit chooses among those with a
            weight above 0 by what each brought and cost lately, see `bandit.choose_arm`.

    Raises:
        ValueError: No weight is above 0, one is below, or two arms have the same name.
    """

    def __init__(self, arms: Sequence[Arm], worth: float | None = None) -> None:
        weights = [arm.weight for arm in arms]
        if sum(weights) <= 0 or min(weights) < 0:
            raise ValueError(f"expected shares of at least 0, one above: got {weights}")
        self._arms = {arm.name: arm for arm in arms if arm.weight > 0}
        if len({arm.name for arm in arms}) != len(arms):
            raise ValueError(f"expected different names: got {[arm.name for arm in arms]}")
        self._worth = worth

    @property
    def concurrency(self) -> int:
        """The most that one of them is worth asking for."""
        return max(arm.mutator.concurrency for arm in self._arms.values())

    def propose(self, request: MutationRequest, seed: np.random.SeedSequence) -> Proposal:
        """The proposal of the mutator that is chosen, made with the same seed."""
        rng = np.random.default_rng(_choice_seed(seed))
        return self._arms[self._choose(request, rng)].mutator.propose(request, seed)

    def _choose(self, request: MutationRequest, rng: np.random.Generator) -> str:
        if self._worth is None:
            return pick(rng, {name: arm.weight for name, arm in self._arms.items()})
        return choose_arm(tuple(self._arms), request.statistics, worth=self._worth, rng=rng)


def _choice_seed(seed: np.random.SeedSequence) -> np.random.SeedSequence:
    """A child of the seed; `seed.spawn` would change the caller's."""
    return np.random.SeedSequence(
        seed.entropy, spawn_key=(*seed.spawn_key, _CHOICE), pool_size=seed.pool_size
    )
