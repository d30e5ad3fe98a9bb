"""Several mutators: whose turn it is."""

import numpy as np
import pytest

from llm_mutator.mixed import Arm, MixedMutator
from llm_mutator.mutator import MutationRequest, OperatorStatistics, Proposal
from mars.settings import CoreSettings


def seed(*key: int) -> np.random.SeedSequence:
    """A seed as the run derives it."""
    return np.random.SeedSequence(7, spawn_key=key)


class Named:
    """A mutator that only says its name."""

    def __init__(self, name: str, concurrency: int = 1) -> None:
        self.name, self.concurrency = name, concurrency

    def propose(self, request: MutationRequest, seed: np.random.SeedSequence) -> Proposal:
        return Proposal("", self.name, str(seed.spawn_key))


def test_mixed__follows_the_shares_and_hands_the_seed_on() -> None:
    arms = [Arm(name, Named(name), share) for name, share in (("a", 3.0), ("b", 1.0), ("c", 0.0))]
    mutator = MixedMutator(arms)
    request = MutationRequest("new", (), CoreSettings())
    made = [mutator.propose(request, seed(number)) for number in range(1000)]
    names = [proposal.operator for proposal in made]
    assert set(names) == {"a", "b"}
    assert abs(names.count("a") / 1000 - 0.75) < 4 * (0.75 * 0.25 / 1000) ** 0.5
    assert made[5].error == "(5,)"
    # Which of them the seeds choose stays the same from version to version.
    assert "".join(names[:24]) == "babbaaaabbbabaaaaaaaaaaa"


def test_mixed__with_a_worth_follows_the_statistics() -> None:
    arms = [Arm("genetic", Named("genetic"), 9.0), Arm("@m", Named("@m"), 0.1)]
    request = MutationRequest(
        "new",
        (),
        CoreSettings(),
        (
            OperatorStatistics("genetic.swap", 200, 2),
            OperatorStatistics("llm.blind.mutate@m", 200, 80, 0.2),
        ),
    )
    mutator = MixedMutator(arms, worth=0.05)
    made = [mutator.propose(request, seed(number)).operator for number in range(100)]
    assert made == ["@m"] * 100
    other = MixedMutator([*arms, Arm("@n", Named("@n"), 0.0)], worth=0.05)
    assert [other.propose(request, seed(number)).operator for number in range(100)] == made


def test_mixed__concurrency_is_the_highest_of_those_that_take_part() -> None:
    shares = (("a", 1, 1.0), ("b", 8, 1.0), ("c", 99, 0.0))
    arms = [Arm(name, Named(name, concurrency), share) for name, concurrency, share in shares]
    assert MixedMutator(arms).concurrency == 8


@pytest.mark.parametrize("shares", [[], [0.0], [1.0, -1.0, 5.0]])
def test_mixed__refuses_impossible_shares(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="expected shares of at least 0, one above"):
        MixedMutator([Arm(f"a{n}", Named("a"), share) for n, share in enumerate(shares)])


def test_mixed__refuses_equal_names() -> None:
    with pytest.raises(ValueError, match=r"expected different names: got \['a', 'a'\]"):
        MixedMutator([Arm("a", Named("x"), 1.0), Arm("a", Named("y"), 1.0)])
