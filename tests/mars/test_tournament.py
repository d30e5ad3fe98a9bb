"""Round robins and benchmarks: every pair once, the same whatever the order and the threads."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mars.classics import bundled_by_name
from mars.fights import battle
from mars.redcode import Warrior, parse_instruction
from mars.settings import CoreSettings
from mars.standings import Payoffs, Tally, payoffs, standings
from mars.tournament import (
    Terms,
    against_all,
    check_field,
    fight_pairs,
    pair_battle,
    pair_seed,
    round_robin,
)

ROOT = Path(__file__).parents[2]
TINY = CoreSettings.preset("tiny")
TERMS = Terms(TINY, 20, 5)
FIELD = list(bundled_by_name(TINY).values())


def cells(table: Payoffs) -> list[list[list[int]]]:
    return [table.wins.tolist(), table.ties.tolist(), table.losses.tolist()]


def test_round_robin__is_every_pair_s_battle() -> None:
    table = round_robin(FIELD, TERMS)
    n = len(FIELD)
    for a in range(n):
        assert table.fights[a].tolist() == [0 if a == b else 20 for b in range(n)]
        for b in range(a):
            first, second = sorted((a, b), key=lambda i: FIELD[i].id)
            seed = pair_seed(5, FIELD[a].id, FIELD[b].id)
            alone = battle([FIELD[first], FIELD[second]], TINY, fights=20, seed=seed)
            assert table.wins[first, second] == alone.wins[0]
            assert table.losses[first, second] == alone.losses[0]
            assert table.ties[first, second] == table.ties[second, first] == alone.ties[0]
    assert (table.wins == table.losses.T).all()


@pytest.mark.parametrize("seed", [5, None])
@pytest.mark.parametrize("workers", [1, 3, 64])
def test_round_robin__order_threads_and_company_change_nothing(
    workers: int, seed: int | None
) -> None:
    terms = Terms(TINY, 20, seed)
    whole = round_robin(FIELD, terms)
    order = [3, 0, 5, 1]
    part = round_robin([FIELD[i] for i in order], terms, workers=workers)
    grid = np.ix_(order, order)
    assert cells(part) == cells(Payoffs(whole.wins[grid], whole.ties[grid], whole.losses[grid]))


def test_round_robin__fixed_series_is_pmars_s() -> None:
    table = round_robin(FIELD[:2], Terms(TINY, 20, None))
    first, second = sorted((0, 1), key=lambda i: FIELD[i].id)
    alone = battle([FIELD[first], FIELD[second]], TINY, fights=20, fixed_series=True)
    assert table.wins[first, second] == alone.wins[0]
    assert table.wins[second, first] == alone.wins[1]


def test_round_robin__does_not_fight_what_is_known() -> None:
    batches: list[Tally] = []
    whole = round_robin(FIELD[:4], TERMS, on_finished=batches.extend)
    assert sorted((t.first, t.second) for t in batches) == [
        (a, b) for a in range(4) for b in range(a + 1, 4)
    ]
    # Seen from the other side is known as well.
    t = batches[0]
    known = [Tally(t.second, t.first, t.losses, t.ties, t.wins), *batches[1:4]]
    more: list[Tally] = []
    again = round_robin(FIELD[:4], TERMS, known=known, on_finished=more.extend)
    assert len(more) == 2
    assert cells(again) == cells(whole)


def test_pair_seed__has_no_order_and_depends_on_all() -> None:
    a, b, c = (warrior.id for warrior in FIELD[:3])
    assert pair_seed(0, a, b) == pair_seed(0, b, a)
    seeds = {pair_seed(s, *pair) for s in (0, 1) for pair in ((a, b), (a, c), (b, c))}
    assert len(seeds) == 6
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_pair_battle__records_are_those_of_the_smaller_id_first() -> None:
    result, swapped = pair_battle(FIELD[0], FIELD[1], TERMS, records=True)
    back, swapped_back = pair_battle(FIELD[1], FIELD[0], TERMS, records=True)
    assert swapped is not swapped_back
    assert swapped is (FIELD[1].id < FIELD[0].id)
    assert result.survivors.tolist() == back.survivors.tolist()


def test_fight_pairs__hands_on_what_is_finished_when_broken_off() -> None:
    got: list[Tally] = []
    bad = Warrior((parse_instruction("LDP.A #1, $2"),))
    warriors = [*FIELD[:3], bad]
    with pytest.raises(ValueError, match="pspace_size must be positive"):
        fight_pairs(warriors, [(0, 1), (1, 2), (0, 3), (0, 2)], TERMS, on_finished=got.extend)
    assert [(t.first, t.second) for t in got] == [(0, 1), (1, 2)]


def test_fight_pairs__a_batch_that_failed_comes_again() -> None:
    seen: list[int] = []

    def keep(batch: Sequence[Tally]) -> None:
        seen.append(len(batch))
        if len(seen) == 1:
            raise KeyboardInterrupt

    terms = Terms(CoreSettings(max_cycles=200_000), 1000, 0)  # so that a batch is one pair
    sitter = Warrior((parse_instruction("DAT.F $0, $0"),))
    with pytest.raises(KeyboardInterrupt):
        fight_pairs([FIELD[0], sitter], [(0, 1), (1, 0)], terms, on_finished=keep)
    assert seen == [1, 1]


def test_against_all__rows_are_warriors_and_one_may_meet_itself() -> None:
    table = against_all(FIELD[:2], FIELD, TERMS, workers=2)
    assert table.wins.shape == (2, len(FIELD))
    assert (table.fights == 20).all()
    whole = round_robin(FIELD, TERMS)
    assert table.wins[0, 1:].tolist() == whole.wins[0, 1:].tolist()
    assert table.losses[1, 2:].tolist() == whole.losses[1, 2:].tolist()
    alone = battle([FIELD[0], FIELD[0]], TINY, fights=20, seed=pair_seed(5, *[FIELD[0].id] * 2))
    assert (table.wins[0, 0], table.losses[0, 0]) == (alone.wins[0], alone.losses[0])


def test_check_field__refuses() -> None:
    ldp = Warrior((parse_instruction("LDP.A #1, $2"),))
    with pytest.raises(ValueError, match="warriors must be at least 2: got 1"):
        check_field(FIELD[:1], TERMS)
    with pytest.raises(ValueError, match="with the same id"):
        check_field([FIELD[0], FIELD[1], FIELD[0]], TERMS)
    with pytest.raises(ValueError, match="pspace_size must be positive"):
        check_field([FIELD[0], ldp], TERMS)
    with pytest.raises(ValueError, match="core_size must be at least 2 warriors"):
        check_field(FIELD[:2], Terms(CoreSettings(30, 100, 8, 20, 20)))


def test_terms__refuse() -> None:
    with pytest.raises(ValueError, match="fights must be 1 to 10000000: got 0"):
        Terms(fights=0)
    with pytest.raises(ValueError, match=r"seed must be 0 to \d+: got -1"):
        Terms(seed=-1)


def test_fight_pairs__ctrl_c_stops_long_battles() -> None:
    code = (
        "import mars, sys\n"
        "from mars.tournament import Terms, round_robin\n"
        "w = [mars.assemble(f'jmp 0\\ndat {i}, 0') for i in range(4)]\n"
        "round_robin(w, Terms(mars.CoreSettings(max_cycles=200), 2), workers=2)\n"
        "print('ready', flush=True)\n"
        "ldp = [mars.assemble(f'spl 0\\ndat {i}, 0') for i in range(4)]\n"
        "round_robin(ldp, Terms(mars.CoreSettings(), 10**7), workers=2)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) != 0


def test_standings__order_and_ties() -> None:
    tallies = [Tally(0, 1, 5, 0, 5), Tally(0, 2, 10, 0, 0), Tally(1, 2, 10, 0, 0)]
    table = payoffs(3, tallies)
    ranked = standings(table, ["b", "a", "c"])
    assert [(s.rank, s.index, s.score) for s in ranked] == [(1, 1, 225), (2, 0, 225), (3, 2, 0)]
    assert (ranked[2].wins, ranked[2].ties, ranked[2].losses) == (0, 0, 20)
    assert table.scores[0, 1:].tolist() == [150, 300]
    assert np.isnan(table.scores[0, 0])
