"""Several mutators, each with its share of the proposals."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from llm_mutator.mutator import MutationRequest, Mutator, Proposal
from llm_mutator.numbers import pick

# Spawn key of the choice, so that the chosen mutator's own draws do not depend on it.
_CHOICE: Final = 0x6D6978


class MixedMutator:
    """Lets the seed choose who proposes.

    Args:
        shares: Mutators with their shares, relative to each other; at least one above 0.

    Raises:
        ValueError: No share is above 0, or one is below.
    """

    def __init__(self, shares: Sequence[tuple[Mutator, float]]) -> None:
        values = [share for _, share in shares]
        if sum(values) <= 0 or min(values) < 0:
            raise ValueError(f"expected shares of at least 0, one above: got {values}")
        self._shares = tuple(shares)

    def propose(self, request: MutationRequest, seed: np.random.SeedSequence) -> Proposal:
        """The proposal of the mutator that the seed chooses, made with the same seed."""
        weights = {place: share for place, (_, share) in enumerate(self._shares)}
        mutator, _ = self._shares[pick(np.random.default_rng(_choice_seed(seed)), weights)]
        return mutator.propose(request, seed)


def _choice_seed(seed: np.random.SeedSequence) -> np.random.SeedSequence:
    """A child of the seed; `seed.spawn` would change the caller's."""
    return np.random.SeedSequence(
        seed.entropy, spawn_key=(*seed.spawn_key, _CHOICE), pool_size=seed.pool_size
    )
