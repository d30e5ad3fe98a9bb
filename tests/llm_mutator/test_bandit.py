"""Who proposes next: better, cheaper, or not known yet."""

from collections.abc import Sequence

import numpy as np
import pytest

from llm_mutator.adaptive import GENETIC_ARM, llm_arm
from llm_mutator.bandit import Tally, choose_arm, mean_costs, tally
from llm_mutator.mutator import OperatorStatistics

GENETIC, CHEAP, DEAR = GENETIC_ARM, llm_arm("cheap"), llm_arm("dear")
ARMS = (GENETIC, CHEAP, DEAR)


def statistics(*entries: tuple[str, int, int, float]) -> list[OperatorStatistics]:
    """Statistics of operators."""
    return [OperatorStatistics(*entry) for entry in entries]


def chosen(
    known: Sequence[OperatorStatistics], worth: float = 1.0, arms: Sequence[str] = ARMS
) -> dict[str, int]:
    """How often each arm is chosen in 400 draws."""
    rng = np.random.default_rng(3)
    draws = [choose_arm(arms, known, worth=worth, rng=rng) for _ in range(400)]
    return {arm: draws.count(arm) for arm in arms}


def test_tally__sums_by_arm_and_leaves_others_out() -> None:
    known = statistics(
        ("genetic.swap", 10, 1, 0.0),
        ("genetic.insert+swap", 5, 2, 0.0),
        ("llm.informed.new@cheap", 3, 1, 0.25),
        ("llm.blind.mutate+repair@cheap", 2, 0, 0.5),
        ("llm.blind.mutate@gone", 2, 2, 9.0),
        ("llm.mutate", 7, 7, 0.0),
    )
    assert tally(ARMS, known) == {
        GENETIC: Tally(15, 3, 0.0),
        CHEAP: Tally(5, 1, 0.75),
        DEAR: Tally(),
    }


@pytest.mark.parametrize(
    ("tallies", "costs"),
    [
        ({GENETIC: Tally(), CHEAP: Tally(), DEAR: Tally()}, (0.0, 0.0, 0.0)),
        ({GENETIC: Tally(9, 1, 0.0), CHEAP: Tally(4, 1, 2.0), DEAR: Tally()}, (0.0, 0.5, 0.5)),
        ({GENETIC: Tally(), CHEAP: Tally(4, 0, 0.0), DEAR: Tally(2, 2, 6.0)}, (0.0, 0.0, 3.0)),
    ],
)
def test_mean_costs__table(tallies: dict[str, Tally], costs: tuple[float, ...]) -> None:
    assert tuple(mean_costs(tallies).values()) == costs


def test_choose_arm__tries_all_when_nothing_is_known() -> None:
    assert min(chosen([]).values()) > 90


def test_choose_arm__prefers_who_improves_more_often() -> None:
    known = statistics(
        ("genetic.swap", 200, 10, 0.0),
        ("llm.informed.mutate@cheap", 200, 60, 0.0),
        ("llm.informed.mutate@dear", 200, 20, 0.0),
    )
    assert chosen(known)[CHEAP] > 390


def test_choose_arm__shuns_who_costs_more_than_it_is_worth() -> None:
    known = statistics(
        ("genetic.swap", 200, 10, 0.0),
        ("llm.informed.mutate@cheap", 200, 60, 200 * 0.001),
        ("llm.informed.mutate@dear", 200, 80, 200 * 0.02),
    )
    # 0.4 · 0.05 - 0.02 against 0.3 · 0.05 - 0.001 against 0.05 · 0.05.
    assert chosen(known, worth=0.05)[CHEAP] > 390
    # An improvement worth a dollar pays for the dear one.
    assert chosen(known, worth=1.0)[DEAR] > 350
    # One worth nothing pays for nobody.
    assert chosen(known, worth=0.0)[GENETIC] == 400


def test_choose_arm__still_tries_what_is_little_known() -> None:
    known = statistics(("genetic.swap", 500, 100, 0.0), ("llm.blind.new@cheap", 2, 0, 0.0))
    counts = chosen(known, arms=(GENETIC, CHEAP))
    assert 80 < counts[CHEAP] < 320
    settled = statistics(("genetic.swap", 500, 100, 0.0), ("llm.blind.new@cheap", 200, 0, 0.0))
    assert chosen(settled, arms=(GENETIC, CHEAP))[CHEAP] < 5


def test_choose_arm__learns_from_what_it_tries() -> None:
    rates = dict(zip(ARMS, (0.05, 0.3, 0.1), strict=True))
    names = dict(
        zip(ARMS, ("genetic.swap", "llm.blind.new@cheap", "llm.blind.new@dear"), strict=True)
    )
    rng, world = np.random.default_rng(1), np.random.default_rng(2)
    made = {arm: [0, 0] for arm in ARMS}
    for _ in range(600):
        known = statistics(*((names[a], made[a][0], made[a][1], 0.0) for a in ARMS))
        arm = choose_arm(ARMS, known, worth=1.0, rng=rng)
        made[arm][0] += 1
        made[arm][1] += int(world.random() < rates[arm])
    assert made[CHEAP][0] > 400
    assert min(proposals for proposals, _ in made.values()) >= 5


def test_choose_arm__depends_on_the_seed_and_the_statistics_alone() -> None:
    known = statistics(("genetic.swap", 9, 3, 0.0), ("llm.blind.new@dear", 9, 4, 0.1))
    shuffled = list(reversed(known))

    def draw(given: Sequence[OperatorStatistics]) -> list[str]:
        return [
            choose_arm(ARMS, given, worth=0.1, rng=np.random.default_rng(seed))
            for seed in range(50)
        ]

    assert draw(known) == draw(known) == draw(shuffled)


def test_choose_arm__equal_values_go_to_the_first() -> None:
    assert chosen([], worth=0.0, arms=(DEAR, GENETIC))[DEAR] == 400
