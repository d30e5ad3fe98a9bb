"""What is measured of warriors whose behaviour is known, and the classes that follow."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mars
from analysis.behaviour_probe import (
    ALONE,
    TARGET,
    ProbeFight,
    probe_fights,
    probe_opponents,
    still_target,
    trace_fight,
    windows,
)
from analysis.explain_features import ZEROS, behaviour_features
from analysis.explain_uses import instruction_uses, short_count, use_words
from analysis.strategy import OTHER, Strategy, classify, imp_points
from mars.classics import bundled_sources, warrior_class
from mars.machine import EventKind
from mars.redcode import Opcode, Warrior
from mars.settings import PRESETS, CoreSettings
from tests import golden_data

NANO = CoreSettings.preset("nano")
TINY = CoreSettings.preset("tiny")
SITTER = mars.assemble("jmp 0", NANO)
IMP = mars.assemble("mov.i 0, 1", NANO)
# By what a bundled warrior's file says it is: what it has to be first of all.
EXPECTED = {
    "bomber": "stone",
    "clear": "clear",
    "decoy": "clear",
    "imp": "imp",
    "oneshot": "scanner",
    "paper": "paper",
    "paperimp": "paper",
    "quickscan": "quickscan",
    "ring": "ring",
    "scanner": "scanner",
    "spiral": "ring",
    "stone": "stone",
    "stoneimp": "stone",
    "vampire": "vampire",
}
SMALL = [name for name, text in bundled_sources().items() if re.search("redcode-(nano|tiny)", text)]
LARGE = ["bat", "imp-spiral", "kite", "lynx", "mirage", "pounce-paper", "trebuchet", "wildfire"]
# What authors of the panel say of their warriors.
PANEL_CLASSES = {
    "backimp": "imp",
    "charon2": "scanner",
    "eloquent": "paper",
    "illusion": "scanner",
    "pesticide": "stone",
    "pittrap": "vampire",
    "roll": "clear",
    "x5v12": "stone",
}


def alone(warrior: Warrior, settings: CoreSettings = NANO) -> ProbeFight:
    return trace_fight(ALONE, (warrior,), (0,), settings)


def first_window(warrior: Warrior, settings: CoreSettings = NANO) -> dict[str, float]:
    features = behaviour_features([alone(warrior, settings)])
    return {str(key): value for key, value in features.iloc[0].items()}


def strategy_of(name: str) -> Strategy:
    source = bundled_sources()[name]
    preset = re.search(r";redcode-(\S+)", source)
    assert preset is not None
    settings = PRESETS[preset[1]]
    warrior = mars.assemble(source, settings)
    return classify(behaviour_features(probe_fights(warrior, settings)), settings, len(warrior))


def test_trace_fight__steps_are_those_of_the_events() -> None:
    fight = trace_fight("sitter", (IMP, SITTER), (0, 40), NANO)
    plain = mars.Machine([IMP, SITTER], [0, 40], NANO)
    executed = int((fight.events[:, 1] == EventKind.EXECUTE).sum())
    assert np.array_equal(fight.events, plain.trace(executed))
    own = fight.steps
    assert own["opcode"].unique().tolist() == [Opcode.MOV]
    # In cycle i the imp is executed at i, and writes i + 1.
    assert own["address"].tolist()[:66] == list(range(66))
    assert (own["written"] - own["address"]).tolist()[:66] == [1] * 66
    for place, address in zip(own["place"], own["address"], strict=True):
        assert fight.events[place].tolist() == [0, 0, address]


def test_trace_fight__an_instruction_is_seen_as_it_was() -> None:
    """The first instruction overwrites itself with the DAT behind it."""
    steps = alone(mars.assemble("mov.i $1, $0\ndat #3, #4", NANO)).steps
    assert steps["opcode"].tolist() == [Opcode.MOV, Opcode.DAT]
    assert steps["content"].tolist() == [Opcode.DAT, -1]
    assert not steps["itself"].any()


def test_trace_fight__the_same_again() -> None:
    first, again = (probe_fights(IMP, NANO, seed=4) for _ in range(2))
    other = probe_fights(IMP, NANO, seed=5)
    assert [fight.label for fight in first] == [ALONE, *probe_opponents(NANO)]
    for one, two in zip(first, again, strict=True):
        assert one.positions == two.positions
        assert one.steps.equals(two.steps)
        assert np.array_equal(one.events, two.events)
    assert [fight.positions for fight in first] != [fight.positions for fight in other]


@pytest.mark.parametrize("code", ["dat 0", "jmp 0", "stp 0, 0\njmp 0", "org 3\njmp 0"])
def test_probe_fights__of_any_settings(code: str) -> None:
    """Very short fights and very long ones, tiny cores, warriors that die at once."""
    for changes in ({"max_cycles": 1}, {"max_cycles": 10**9}, {"core_size": 41, "pspace_size": 1}):
        settings = replace(TINY, **{"pspace_size": 50, **changes})
        warrior = mars.assemble(code, settings)
        fights = probe_fights(warrior, settings, {"itself": warrior})
        assert all(0 <= fight.cycles <= windows(settings)[0][-1] + 400 for fight in fights)
        found = classify(behaviour_features(fights), settings, len(warrior))
        assert found.label == ("pspace" if "stp" in code else OTHER)


def test_probe_opponents__fit_every_preset() -> None:
    for settings in PRESETS.values():
        opponents = probe_opponents(settings)
        assert len(opponents) >= 2
        mars.battle(list(opponents.values()), settings, fights=1)
        assert len(opponents[TARGET]) == min(20, settings.max_length)


def test_behaviour_features__an_imp() -> None:
    row = first_window(IMP)
    # Each instruction reads one and writes the next.
    assert (row["imp_rate"], row["imp_step"]) == (1.0, 1)
    assert (row["write_rate"], row["read_rate"]) == pytest.approx((1.0, 2.0), abs=0.05)
    nothing = ("bomb_rate", "copy_rate", "compare_rate", "split_rate", "clear_run", "fangs")
    assert [row[name] for name in nothing] == [0] * 6


def test_behaviour_features__a_stone() -> None:
    dwarf = mars.assemble("add.ab #10, $3\nmov.i $2, @2\njmp $-2\ndat #0, #0", TINY)
    row = first_window(dwarf, TINY)
    # One bomb in three instructions; 80 places of 800, and its own is not far.
    assert row["bomb_rate"] == pytest.approx(1 / 3, abs=0.01)
    assert (row["dat"], row["spl"], row["jmp"], row["change"]) == (1.0, 0.0, 0.0, 0.0)
    assert 70 <= row["bombed"] <= 80
    assert row["own_code"] == 1.0


def test_behaviour_features__fangs_lead_to_one_place() -> None:
    """`add.f` moves the aim up and the way back down by the same step."""
    home = "fang jmp @0, 0\nadd.f step, way\nmov.i way, @way\njmp -2\nstep dat #-10, #10\n"
    vampire = mars.assemble(f"org 1\n{home}way jmp -6, 6", TINY)
    row = first_window(vampire, TINY)
    assert row["jmp"] > 0.9
    assert row["fangs"] >= 60
    bomber = mars.assemble(
        "org 1\nbomb jmp -6, 6\nadd.ab #10, bomb\nmov.i bomb, @bomb\njmp -2", TINY
    )
    row = first_window(bomber, TINY)
    assert row["jmp"] > 0.9
    assert row["fangs"] == 1


def test_behaviour_features__comparisons_in_line_and_in_a_loop() -> None:
    lines = [f"sne.i ${100 + 7 * i}, ${400 + 7 * i}" for i in range(6)]
    quick = mars.assemble("\n".join([*lines, "jmp 0"]), TINY)
    row = first_window(quick, TINY)
    # SNE skips nothing where both are alike: six comparisons of twelve addresses.
    assert (row["unrolled"], row["compared"]) == (6, 12)
    loop = mars.assemble("add.ab #10, $1\njmz.f $-1, $50\njmp 0", TINY)
    row = first_window(loop, TINY)
    assert row["unrolled"] == 1
    # It finds itself at last, and sits.
    assert 60 <= row["compared"] <= 80
    assert row["compare_rate"] == row["compared"] / row["executed"]


def test_behaviour_features__a_clear_is_a_run() -> None:
    clear = mars.assemble("org 1\naim dat #0, #30\nmov.i bomb, >aim\njmp -1\nbomb dat #0, #0", TINY)
    row = first_window(clear, TINY)
    assert row["clear_run"] == row["bombed"] >= 190
    assert classify(behaviour_features([alone(clear, TINY)]), TINY, len(clear)).label == "clear"


def test_behaviour_features__has_all_columns() -> None:
    features = behaviour_features(probe_fights(IMP, NANO))
    assert list(features) == ["fight", "window", "executed", "processes", *ZEROS]
    assert not features.isna().to_numpy().any()


@pytest.mark.parametrize("name", [*SMALL, *LARGE])
def test_classify__the_bundled(name: str) -> None:
    assert strategy_of(name).primary == EXPECTED[warrior_class(bundled_sources()[name])]


@pytest.mark.parametrize(
    ("name", "label"),
    [("kite", "paper + ring"), ("trebuchet", "stone + ring"), ("chameleon", "paper + pspace")],
)
def test_classify__mixtures(name: str, label: str) -> None:
    source = bundled_sources()[name]
    settings = PRESETS["94"]
    warrior = mars.assemble(source, settings)
    features = behaviour_features([alone(warrior, settings)])
    assert classify(features, settings, len(warrior)).label == label


def test_classify__damaged_copies_are_no_clear() -> None:
    assert strategy_of("warren").label == "paper"


def test_classify__nothing_and_too_little() -> None:
    found = classify(behaviour_features([alone(SITTER)]), NANO, 1)
    assert (found.label, found.primary, found.present) == (OTHER, OTHER, ())
    assert all(finding.reason for finding in found.findings)
    met = trace_fight("x", (SITTER, IMP), (0, 40), NANO)
    with pytest.raises(ValueError, match=r"expected a fight 'alone': got \['x'\]"):
        classify(behaviour_features([met]), NANO, 1)


@pytest.mark.skipif(not golden_data.PANEL.is_dir(), reason="the panel is not part of the project")
def test_classify__what_authors_say() -> None:
    found = {}
    for name in PANEL_CLASSES:
        warrior = mars.load(golden_data.PANEL / f"{name}.red")
        fights = probe_fights(warrior, mars.PRESETS["94nop"], {})
        found[name] = classify(
            behaviour_features(fights), mars.PRESETS["94nop"], len(warrior)
        ).primary
    assert found == PANEL_CLASSES


def test_imp_points__of_known_rings() -> None:
    assert imp_points(2667, 8000) == 3
    assert imp_points(1143, 8000) == 7
    assert imp_points(-2667, 8000) == 3
    assert imp_points(27, 80) == 3
    assert imp_points(2, 8000) is None
    assert imp_points(3, 8000) is None  # 2667 points


def test_instruction_uses__counts_of_both_sides() -> None:
    fight = trace_fight("imp", (SITTER, IMP), (40, 0), NANO)
    uses = instruction_uses(SITTER, [fight])
    # The imp arrives in its 40th cycle; from its 41st it is executed there, and so is the sitter.
    assert uses["written_others"].tolist()[0] >= 1
    assert uses["executed"].tolist()[0] >= 40
    alone_uses = instruction_uses(SITTER, [alone(SITTER)])
    cycles = alone(SITTER).cycles
    assert alone_uses.iloc[0].tolist() == [0, "JMP.B $0, $0", cycles, 2 * cycles, 0, 0, 0, 0]
    assert use_words(SITTER, alone_uses) == [f"executed {cycles}, read {2 * cycles}"]


def test_use_words__what_never_happens() -> None:
    warrior = mars.assemble("jmp 0\nmov 1, 2\ndat 0, 0\ndat 0, 0", NANO)
    uses = instruction_uses(warrior, [alone(warrior)])
    assert use_words(warrior, uses)[1:] == [
        "not used by itself",
        "an empty place",
        "an empty place",
    ]
    target = still_target(NANO)
    hit = pd.DataFrame({**instruction_uses(target, [alone(target)]), "written_others": 1234})
    assert use_words(target, hit)[2] == "an empty place, hit by others 1.2k"


def test_short_count__four_characters() -> None:
    counts = [0, 999, 1000, 9949, 9950, 27_449, 999_499, 999_500, 1_250_000, 123_456_789]
    shown = ["0", "999", "1.0k", "9.9k", "10k", "27k", "999k", "1.0M", "1.2M", "123M"]
    assert [short_count(count) for count in counts] == shown
