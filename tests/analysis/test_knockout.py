"""Knock-out scans of warriors whose parts are known."""

import numpy as np
import pytest

from analysis.knockout import DAT, complexity, knockout_scan, skeleton, without
from mars.fights import battle
from mars.redcode import Warrior, parse_instruction
from mars.settings import CoreSettings
from mars.tournament import pair_seed

NANO = CoreSettings.preset("nano")


def warrior(*lines: str, start: int = 0) -> Warrior:
    return Warrior(tuple(map(parse_instruction, lines)), start=start)


# Sits for ever; bombs all others; dies at once.
SITTER = warrior("JMP.B $0, $0")
DWARF = warrior("ADD.AB #4, $3", "MOV.I $2, @2", "JMP.B $-2, $0", "DAT.F #0, #0")
SUICIDE = warrior("DAT.F $0, $0")


def test_knockout_scan__what_is_never_executed_changes_nothing() -> None:
    padded = warrior("JMP.B $0, $0", "MOV.I $0, $1", "DAT.F $0, $0")
    scan = knockout_scan(padded, [SUICIDE], NANO, fights=10)
    assert scan["address"].tolist() == [0, 1, 2]
    assert scan["instruction"].tolist() == ["JMP.B $0, $0", "MOV.I $0, $1", "DAT.F $0, $0"]
    assert scan["score"].tolist() == [300.0] * 3
    # Without the jump both die, the first to execute in each second fight.
    whole = battle([without(padded, 0), SUICIDE], NANO, fights=10, seed=1)
    assert whole.wins.tolist() == [5, 5]
    assert scan["change"].tolist() == [-150.0, 0.0, 0.0]
    assert scan["changed"].tolist() == [0.5, 0.0, 0.0]
    assert scan["needed"].tolist() == [True, False, False]
    assert (scan["low"].iloc[1], scan["high"].iloc[1]) == (0.0, 0.0)
    assert scan["low"].iloc[0] <= -150 <= scan["high"].iloc[0] < 0
    assert (complexity(scan), skeleton(padded, scan)) == (1, (parse_instruction("JMP.B $0, $0"),))


def test_knockout_scan__equals_plain_battles() -> None:
    opponents = [SITTER, DWARF]
    scan = knockout_scan(DWARF, opponents, NANO, fights=12, seed=3)

    def score(variant: Warrior) -> float:
        points = 0
        for opponent in opponents:
            seed = pair_seed(3, DWARF.id, opponent.id)
            result = battle([variant, opponent], NANO, fights=12, seed=seed)
            points += 3 * int(result.wins[0]) + int(result.ties[0])
        return 100 * points / 24

    whole = score(DWARF)
    expected = [score(without(DWARF, address)) - whole for address in range(4)]
    assert scan["score"].tolist() == pytest.approx([whole] * 4)
    assert scan["change"].tolist() == pytest.approx(expected)
    assert scan["needed"].tolist()[:3] == [True, True, True]


def test_knockout_scan__threads_and_seed() -> None:
    once = knockout_scan(DWARF, [SITTER], NANO, fights=8, seed=5)
    assert once.equals(knockout_scan(DWARF, [SITTER], NANO, fights=8, seed=5, workers=3))
    assert (once["low"] <= once["change"]).all()
    assert (once["change"] <= once["high"]).all()


def test_knockout_scan__limits_hold_the_true_change() -> None:
    truth = knockout_scan(DWARF, [DWARF], NANO, fights=3000, seed=99)
    held = np.array(
        [
            [scan["low"] - 1e-9 <= truth["change"], truth["change"] <= scan["high"] + 1e-9]
            for scan in (knockout_scan(DWARF, [DWARF], NANO, fights=60, seed=s) for s in range(40))
        ]
    ).all(axis=1)
    assert (held.mean(axis=0)[:3] > 0.8).all()


def test_knockout_scan__progress_and_errors() -> None:
    shown: list[tuple[int, int]] = []
    knockout_scan(DWARF, [SITTER], NANO, fights=2, on_progress=lambda *done: shown.append(done))
    assert shown[-1] == (5, 5)
    with pytest.raises(ValueError, match="expected at least one opponent: got none"):
        knockout_scan(DWARF, [], NANO)


def test_without__keeps_the_rest() -> None:
    late = warrior("NOP.F $0, $0", "JMP.B $0, $0", start=1)
    changed = without(late, 0)
    assert changed.instructions == (DAT, late.instructions[1])
    assert (changed.start, changed.pin) == (1, None)
