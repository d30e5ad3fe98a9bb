"""Battles as Python users call them; the fights themselves are `test_kernel.py`'s."""

import signal
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

import mars
from mars import arena
from mars.fights import Battle, BattleResult, battle, battles, melee
from mars.redcode import Warrior, parse_instruction
from mars.settings import CoreSettings
from tests import golden_data, naive_mars

TINY = CoreSettings.preset("tiny")
IMP = Warrior((parse_instruction("MOV.I $0, $1"),), name="Imp")
SITTER = Warrior((parse_instruction("JMP.B $0, $0"),), name="Sitter")
SUICIDE = Warrior((parse_instruction("DAT.F $0, $0"),), name="Suicide")
DWARF = Warrior(
    tuple(
        map(
            parse_instruction,
            ["ADD.AB #4, $3", "MOV.I $2, @2", "JMP.B $-2, $0", "DAT.F #0, #0"],
        )
    ),
    name="Dwarf",
)
PAPER = Warrior(tuple(map(parse_instruction, ["SPL.B $0, $0", "MOV.I $-1, }-1"])), name="Paper")
LDP = Warrior((parse_instruction("LDP.AB #0, $1"), parse_instruction("JMP.B $0, $0")))
EXHAUST_PAIRINGS = {
    ("fixed", "fixed"): (277, 324, 399),
    ("jaguar", "fixed"): (248, 219, 533),
    ("jaguar", "jaguar"): (125, 143, 732),
    ("stalker", "fixed"): (300, 525, 175),
    ("stalker", "jaguar"): (366, 407, 227),
    ("stalker", "stalker"): (470, 458, 72),
    ("npaper2", "fixed"): (215, 173, 612),
    ("npaper2", "jaguar"): (142, 90, 768),
    ("npaper2", "stalker"): (401, 415, 184),
    ("npaper2", "npaper2"): (86, 94, 820),
}


def test_battle__wins_ties_losses() -> None:
    result = battle([IMP, SUICIDE], TINY, fights=5)
    assert result.survivors.tolist() == [[0, 5, 0], [5, 0, 0]]
    assert result.survivors.dtype == np.int64
    assert (result.wins.tolist(), result.losses.tolist()) == ([5, 0], [0, 5])
    tied = battle([SITTER, SITTER, SUICIDE], TINY, fights=4)
    assert tied.ties.tolist() == [4, 4, 0]
    assert tied.fights == 4


def test_score__formulas() -> None:
    survivors = np.array([[1, 2, 3, 4], [5, 0, 1, 4], [2, 1, 3, 4]], np.int64)
    result = BattleResult(survivors)
    # (3*3-1)/S: 8 for one survivor, 4 for two, 2 for three.
    assert result.score().tolist() == [16 + 12 + 8, 4 + 8, 8 + 12 + 8]
    assert result.score("S==1").tolist() == [2, 0, 1]
    with pytest.raises(ValueError, match="score formula"):
        result.score("W/")
    with pytest.raises(ValueError, match="score formula"):
        result.score("W ; comment")


def test_score__does_not_overflow_16_bits() -> None:
    result = BattleResult(np.array([[0, 50_000, 0], [50_000, 0, 0]]))
    assert result.score().tolist() == [150_000, 0]
    with pytest.raises(ValueError, match=r"expected scores below 2\*\*63"):
        result.score(f"{2**63 - 1}")


@pytest.mark.parametrize("warriors", [[DWARF, IMP], [DWARF, IMP, SITTER, PAPER], [IMP]])
def test_battle__any_number_of_workers_gives_the_same(warriors: list[Warrior]) -> None:
    once = battle(warriors, TINY, fights=41, seed=5, records=True, counts=True)
    for workers in (2, 3, 8):
        again = battle(
            warriors, TINY, fights=41, seed=5, records=True, counts=True, workers=workers
        )
        assert again.survivors.tolist() == once.survivors.tolist()
        assert again.records is not None
        assert once.records is not None
        assert again.records.spawned.tolist() == once.records.spawned.tolist()
        assert again.records.coverage.tolist() == once.records.coverage.tolist()


def test_battle__repeats_exactly_without_a_seed() -> None:
    first = battle([DWARF, IMP], TINY, fights=30, records=True).records
    again = battle([DWARF, IMP], TINY, fights=30, seed=0, records=True).records
    other = battle([DWARF, IMP], TINY, fights=30, seed=1, records=True).records
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.positions.tolist() == again.positions.tolist() != other.positions.tolist()
    assert first.firsts.tolist() == [0, 1] * 15


def test_battles__as_one_by_one_in_any_threads() -> None:
    jobs = [
        Battle((first, second), TINY, fights=7, seed=i)
        for i, (first, second) in enumerate([(DWARF, IMP), (IMP, PAPER), (PAPER, DWARF)] * 200)
    ]
    one_by_one = [
        battle(job.warriors, job.settings, fights=7, seed=job.seed).survivors.tolist()
        for job in jobs
    ]
    for workers in (1, 2, 5):
        assert [
            result.survivors.tolist() for result in battles(iter(jobs), workers=workers)
        ] == one_by_one


def test_battles__an_error_comes_through() -> None:
    jobs = [Battle((DWARF, IMP), TINY), Battle((LDP, IMP), TINY)]
    for workers in (1, 2):
        with pytest.raises(ValueError, match="pspace_size must be positive"):
            battles(jobs, workers=workers)
    with pytest.raises(ValueError, match="workers must be at least 1: got 0"):
        battles(jobs, workers=0)


def test_melee__goes_on_when_one_is_left() -> None:
    records = melee([PAPER, SUICIDE], TINY, fights=2)
    assert records.death_cycles.tolist() == [[-1, 0], [-1, 0]]
    assert records.alive.tolist() == [[True, False]] * 2
    # All cycles of the paper, one instruction of the other.
    assert records.executed.tolist() == [TINY.max_cycles + 1] * 2
    assert records.spawned[0, 0] > 100
    without = melee([PAPER, SUICIDE], TINY, fights=2, counts=False)
    assert without.spawned.shape == without.coverage.shape == (2, 0)


def test_battle__pspace_lives_on_and_is_shared_by_pin() -> None:
    """A warrior that dies in the fight after its partner has left a number in P-space."""
    chosen = replace(TINY, pspace_size=10)
    code = ["LDP.A #1, $2", "STP.AB #1, #1", "JMZ.A $0, $0", "DAT.F $0, $0"]
    # Sits in fight 0 (the cell is 0), dies in fight 1.
    switcher = Warrior(tuple(map(parse_instruction, code)))
    assert battle([switcher, SITTER], chosen, fights=2).survivors.tolist()[0] == [1, 0, 1]
    paired = replace(switcher, pin=7)
    expected = naive_mars.battle([paired, paired], chosen, fights=3, fixed_position=100)
    result = battle([paired, paired], chosen, fights=3, fixed_position=100, workers=2)
    assert result.survivors.tolist() == expected


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: battle([], TINY), "warriors must be 1 to 64: got 0"),
        (lambda: battle([IMP] * 65, TINY), "warriors must be 1 to 64: got 65"),
        (lambda: battle([IMP, IMP], TINY, fights=0), "fights must be 1 to 10000000: got 0"),
        (lambda: battle([IMP, IMP], TINY, seed=-1), "seed must not be negative: got -1"),
        (lambda: battle([IMP] * 60, TINY), "core_size must be at least 60 warriors"),
        (lambda: battle([LDP, IMP], TINY), "pspace_size must be positive"),
        (
            lambda: battle([IMP, IMP], TINY, fixed_position=19),
            "between min_distance 20 and .*: got 19",
        ),
        (lambda: battle([IMP, IMP], TINY, seed=1, fixed_position=50), "expected only one of"),
        (lambda: battle([IMP] * 3, TINY, permutations=True), "must have two warriors"),
        (lambda: battle([IMP, IMP], TINY, workers=0), "workers must be at least 1: got 0"),
        (lambda: battle([replace(IMP, instructions=IMP.instructions * 21), IMP], TINY), "at most"),
    ],
)
def test_battle__refuses(call: object, message: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=message):
        call()


def test_battle__permutations_are_each_fought_once() -> None:
    small = CoreSettings(60, 40, 5, 5, 20)
    records = battle([DWARF, IMP], small, fights=42, permutations=True, records=True).records
    assert records is not None
    drawn = set(zip(records.positions[:, 1].tolist(), records.firsts.tolist(), strict=True))
    assert drawn == {(position, first) for position in range(20, 41) for first in (0, 1)}


def test_battle__the_ten_pairings_of_exhaust() -> None:
    exhaust_ma = pytest.importorskip("exhaust_ma")
    folder = Path(exhaust_ma.__file__).parent / "exhaust-ma"
    warriors = {
        name: mars.load(folder / f"{name}.rc") for name in {n for p in EXHAUST_PAIRINGS for n in p}
    }
    found = {
        (a, b): battle([warriors[a], warriors[b]], fights=1000, fixed_position=4000)
        for a, b in EXHAUST_PAIRINGS
    }
    assert {
        pair: (int(r.wins[0]), int(r.wins[1]), int(r.ties[0])) for pair, r in found.items()
    } == EXHAUST_PAIRINGS


@pytest.mark.skipif(not golden_data.PANEL.is_dir(), reason="the panel is not part of the project")
def test_battle__fixed_series_of_panel_warriors_as_pmars() -> None:
    loaded: dict[str, Warrior] = {}
    for row in golden_data.fixed_series():
        for name in row.warriors:
            if name not in loaded:
                loaded[name] = mars.load(golden_data.PANEL / name)
        result = battle(
            [loaded[name] for name in row.warriors], fights=row.fights, fixed_series=True, workers=2
        )
        assert result.survivors.tolist() == row.survivors, row.warriors


def test_battle__very_long_fights_are_the_same_piece_by_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = replace(TINY, pspace_size=10)
    for warriors in ([DWARF, IMP], [PAPER, DWARF, LDP]):
        whole = battle(warriors, chosen, fights=6, records=True, counts=True).records
        with monkeypatch.context() as patch:
            patch.setattr(arena, "LONG_FIGHT", 100)
            patch.setattr(arena, "PORTION_INSTRUCTIONS", 777)
            pieces = battle(warriors, chosen, fights=6, records=True, counts=True).records
        assert whole is not None
        assert pieces is not None
        for field in fields(whole):
            expected = getattr(whole, field.name).tolist()
            assert getattr(pieces, field.name).tolist() == expected, field.name


def test_battle__ctrl_c_stops_a_very_long_fight() -> None:
    code = (
        "import mars, sys\n"
        "w = mars.assemble('jmp 0')\n"
        "mars.battle([w, w, w], mars.CoreSettings(max_cycles=200), fights=1, workers=2)\n"
        "mars.Machine([w], [0]).run(5)\n"
        "print('ready', flush=True)\n"
        "mars.battle([w, w, w], mars.CoreSettings(max_cycles=10**9), fights=4, workers=2)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        # Else it would take minutes.
        assert process.wait(timeout=60) != 0


def test_progress__sums_up_to_all_fights() -> None:
    done: list[int] = []
    battle([DWARF, IMP], TINY, fights=50, workers=4, on_progress=done.append)
    assert sum(done) == 50
