"""Champion choice, the ratchet record, forgetting."""

import pytest

from evolution.archive import Elite
from evolution.champions import generality, mean_score
from evolution.executor import LocalExecutor
from evolution.pairs import Result
from evolution.ratchet import (
    ancestors_met,
    beats_all,
    choose_champion,
    ratchet_record,
)
from evolution.seeds import Purpose, fight_seed, seed_sequence
from mars.redcode import Warrior, parse_instruction
from tests.evolution.naive_ratchet import forgotten
from tests.evolution.small_runs import small_config

WIN, TIE, LOSS = Result(7, 1, 2), Result(3, 4, 3), Result(2, 1, 7)


def warrior(*lines: str) -> Warrior:
    """A warrior of whole instructions."""
    return Warrior(tuple(map(parse_instruction, lines)))


SITTER = warrior("JMP.B $0, $0")
SUICIDE = warrior("DAT.F $0, $0")
LATE_SUICIDE = warrior("NOP.F $0, $0", "DAT.F $0, $0")


def test_forgotten__lost_to_although_one_between_beats_it() -> None:
    record = {(1, 0): WIN, (2, 0): LOSS, (2, 1): LOSS, (3, 0): LOSS, (3, 1): TIE, (3, 2): WIN}
    assert forgotten(1, record) == []
    assert forgotten(2, record) == [0]
    assert forgotten(3, record) == [0]


def test_forgotten__a_tie_is_not_forgetting() -> None:
    assert forgotten(2, {(1, 0): WIN, (2, 0): TIE, (2, 1): WIN}) == []


def test_beats_all() -> None:
    assert beats_all([WIN, WIN])
    assert not beats_all([WIN, TIE])


def test_score_and_generality() -> None:
    assert (WIN.score, TIE.score, LOSS.score) == (220, 130, 70)
    assert mean_score([WIN, LOSS]) == 145
    assert generality([WIN, TIE, LOSS, LOSS]) == 0.5


def test_ancestors_met__w0_and_the_window() -> None:
    lineage = [warrior(f"DAT.F #0, #{number}") for number in range(5)]
    config = small_config(rounds=5, history=2)
    assert ancestors_met(1, lineage[:1], config) == (lineage[0],)
    assert ancestors_met(3, lineage[:3], config) == tuple(lineage[:3])
    assert ancestors_met(5, lineage, config) == (lineage[0], lineage[3], lineage[4])
    assert ancestors_met(5, lineage, small_config(rounds=5)) == tuple(lineage)
    assert ancestors_met(5, lineage, small_config(rounds=5, history=0)) == (lineage[0],)


@pytest.mark.parametrize("shadow", [False, True])
def test_choose_champion__best_on_fresh_seeds_or_by_chance_in_shadow(shadow: bool) -> None:
    config = small_config(shadow=shadow)
    best = [Elite(SUICIDE, 9.0, 0), Elite(SITTER, 1.0, 1)]  # the search was deceived
    with LocalExecutor() as executor:
        choice = choose_champion(best, 2, (SUICIDE,), config, executor)
    assert choice.champion == (SUICIDE if shadow else SITTER)
    assert [measured for measured, _ in choice.measured] == [SUICIDE, SITTER]
    seeds = {evaluation.seed for _, evaluation in choice.measured}
    assert seeds == {fight_seed(config.seed, 2, 0, Purpose.MEASURE)}
    assert seeds != {fight_seed(config.seed, 2, 0, Purpose.SEARCH)}


def test_ratchet_record__each_ancestor_in_order() -> None:
    config = small_config()
    with LocalExecutor(2) as executor:
        record = ratchet_record(SITTER, [SUICIDE, SITTER, LATE_SUICIDE], config, executor)
    assert record == [Result(10, 0, 0), Result(0, 10, 0), Result(10, 0, 0)]


def test_seed_sequence__every_use_has_its_own() -> None:
    uses = [(r, n, p) for r in range(3) for n in range(3) for p in Purpose]
    seeds = {fight_seed(1, *use) for use in uses}
    assert len(seeds) == len(uses)
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert seed_sequence(1, 2, 3, Purpose.SELECT).spawn_key == (2, 3, 0)
