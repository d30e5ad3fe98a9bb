"""What several runs are averaged over."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis.analyse_cli_options import difference_lines
from analysis.generality_plot import COLOURS, GREY, MARKERS, draw_bands, group_styles
from analysis.grouping import group_order, group_runs, is_shadow
from analysis.loading_groups import grouping_of
from tests.analysis.hand_made import hand_made_run
from tests.evolution.small_runs import small_config


def groups(*changes: dict[str, Any]) -> list[str]:
    """The labels of such runs."""
    return list(group_runs([small_config(**change) for change in changes]).groups)


def chat(model: str, **more: Any) -> dict[str, Any]:
    """A configuration with one chat model."""
    return {"mutator": {"kind": "llm", "llm": {"model": model, **more}}}


def test_group_runs__history_and_shadow_alone() -> None:
    changes = ({"history": 3, "shadow": True}, {"history": "all", "seed": 1}, {"history": 3})
    assert groups(*changes) == ["K=3, shadow", "K=all", "K=3"]
    assert groups({"history": 10}, {"history": 10, "seed": 2}) == ["K=10", "K=10"]


def test_group_runs__runs_from_different_beginnings_are_averaged() -> None:
    configs = [small_config(initial=name) for name in ("imp", "dwarf", "imp")]
    found = group_runs(configs)
    assert found.groups == ("K=all",) * 3
    assert found.notes == ("the runs begin with 2 different w_0, over which groups are averaged",)
    assert group_runs(configs[:1]).notes == ()


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"search": {"iterations": 1000}}, "iterations=1000"),
        ({"fitness": {"kind": "melee"}}, "fitness=melee"),
        ({"descriptor": {"single_cell": True}}, "single_cell=true"),
        ({"rounds": 4}, "rounds=4"),
        ({"fitness": {"points": {"tie": 0.5}}}, "tie=0.5"),
        ({"sparring": [{"name": "x\x1b, y=1", "source": "jmp 0"}]}, "sparring=x___y_1"),
        ({"sparring": ["bundled"]}, "sparring="),
        ({"descriptor": {"axes": [{"name": "length", "edges": [2.0]}]}}, "axes=length"),
    ],
)
def test_group_runs__one_other_key(change: dict[str, Any], label: str) -> None:
    plain, changed, again = groups({}, change, change | {"seed": 3})
    assert changed == again
    assert changed.startswith(f"K=all, {label}")
    assert plain.startswith(f"K=all, {label.partition('=')[0]}=")
    assert plain != changed
    assert all(len(part) < 45 for part in changed.split(", "))


def test_group_runs__order_decides_nothing() -> None:
    changes: list[dict[str, Any]] = [
        {"seed": 1},
        {"search": {"iterations": 9}},
        {"fitness": {"fights": 3}},
    ]
    configs = [small_config(**change) for change in changes]
    expected = dict(zip(map(repr, configs), group_runs(configs).groups, strict=True))
    assert len(set(expected.values())) == 3
    for order in permutations(configs):
        assert group_runs(order).groups == tuple(expected[repr(config)] for config in order)


def test_group_runs__keys_that_share_a_name_are_told_in_full() -> None:
    found = groups({}, {"fitness": {"fights": 9}, "champion": {"fights": 8}})
    assert found == [
        "K=all, fitness.fights=6, champion.fights=12",
        "K=all, fitness.fights=9, champion.fights=8",
    ]


def test_group_runs__mutators_by_one_word() -> None:
    assert groups({}, chat("gpt-4.1-mini"), {"mutator": {"kind": "mixed"}}) == [
        "K=all, mutator=genetic",
        "K=all, mutator=gpt-4.1-mini",
        "K=all, mutator=mixed",
    ]
    # What a kind does not use, and how long it waits, makes no difference.
    unused = {"mutator": {"kind": "genetic", "llm": {"model": "other"}}}
    assert groups({}, unused) == ["K=all", "K=all"]
    assert groups(chat("m"), chat("m", timeout=3.0, concurrency=2)) == ["K=all", "K=all"]
    # Names are the server's: they are cut, and hold nothing that a label could be taken apart by.
    (strange, long) = groups(chat("a, shadow=$b$"), chat("x" * 200))
    assert strange == "K=all, mutator=a__shadow__b_"
    assert not is_shadow(strange)
    assert len(long) < 60


def test_group_runs__mutators_of_one_word_are_numbered_and_told() -> None:
    configs = [
        small_config(mutator={"genetic": {"edits": edits, "adaptive": edits > 2}})
        for edits in (3.0, 2.0, 3.0)
    ]
    found = group_runs(configs)
    one, other, again = found.groups
    assert one == again
    assert {one, other} == {"K=all, mutator=genetic#1", "K=all, mutator=genetic#2"}
    word = other.partition("mutator=")[2]
    assert f"{word}: genetic.edits=2, genetic.adaptive=false" in found.notes
    assert len(found.notes) == 2
    runs = [hand_made_run(str(place), config) for place, config in enumerate(configs)]
    assert difference_lines(runs) == list(found.notes)


def test_group_runs__more_than_three_keys_are_variants() -> None:
    many = {
        "search": {"iterations": 100, "fresh": 2},
        "fitness": {"fights": 9},
        "descriptor": {"single_cell": True},
    }
    found = group_runs([small_config(), small_config(**many), small_config(history=1, **many)])
    assert set(found.groups[:2]) == {"K=all, variant 1", "K=all, variant 2"}
    variant = found.groups[1].removeprefix("K=all, ")
    assert found.groups[2] == f"K=1, {variant}"
    told = f"{variant}: iterations=100, fresh=2, fights=9, single_cell=true"
    assert (told in found.notes, len(found.notes)) == (True, 2)
    names = [chat(2 * "a-rather-long-model") | {"search": {"iterations": n}} for n in (1, 1000)]
    assert groups({}, *names) == ["K=all, variant 2", "K=all, variant 1", "K=all, variant 3"]


def test_group_order__as_people_count() -> None:
    ordered = [
        "K=1",
        "K=3, iterations=200",
        "K=3, iterations=1000",
        "K=10",
        "K=all, variant 2",
        "K=all, variant 10",
        "K=1, shadow",
        "K=all, shadow, variant 2",
    ]
    assert sorted(set(ordered), key=group_order) == ordered
    assert [is_shadow(group) for group in ordered] == [False] * 6 + [True] * 2


def test_group_styles__whoever_else_is_in_the_picture() -> None:
    histories = ["K=1", "K=3", "K=10", "K=all"]
    together = group_styles(histories)
    assert [together[group].colour for group in histories] == list(COLOURS[:4])
    for group in histories:
        assert group_styles([group])[group] == together[group]
    shadow = group_styles(["K=all", "K=all, shadow"])["K=all, shadow"]
    assert (shadow.colour, shadow.line, shadow.marker) == (GREY, "--", MARKERS[3])
    # Others take what is left, and are told apart as long as anything is.
    variants = [f"K=all, variant {number}" for number in range(1, 7)]
    mixed = group_styles(["K=all", *variants])
    assert len({style.colour for style in mixed.values()}) == 7
    assert len(group_styles([f"K={number}" for number in range(20, 40)])) == 20


def test_draw_bands__one_round_has_a_whole_tick() -> None:
    axes = Figure().add_subplot()
    row = {"group": "K=1", "round": 4, "runs": 1, "value": 0.5, "low": 0.4, "high": 0.6}
    draw_bands(axes, pd.DataFrame([row]))
    assert [tick for tick in axes.get_xticks() if 3 < tick < 5] == [4]
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_group_runs__islands_of_one_run_belong_together() -> None:
    mixed = {"kind": "mixed"}
    several = [
        small_config(islands={"count": 2, "every": 1, "mutators": mutators})
        for mutators in ([], [{"kind": "genetic"}, mixed])
    ]
    runs = [
        replace(hand_made_run(config=config.island(number)), path=Path(f"{name}/island_{number}"))
        for name, config in zip("ab", several, strict=True)
        for number in range(2)
    ]
    alone = hand_made_run(config=small_config(seed=9, islands={"every": 1}))
    assert grouping_of([*runs, alone]).groups == (
        *["K=all, mutator=genetic, islands=2"] * 2,
        *["K=all, mutator=genetic+mixed, islands=2"] * 2,
        "K=all, mutator=genetic, islands=1",
    )
    # Those without islands exchange nothing, whatever is written there.
    more = [replace(run, config=small_config(islands={"count": 2}).island(0)) for run in runs[:1]]
    less = hand_made_run("less", small_config(islands={"every": 7}))
    labels = grouping_of([runs[0], *more, alone, less]).groups
    assert labels == (
        "K=all, islands=2, every=1",
        "K=all, islands=2, every=5",
        "K=all, islands=1",
        "K=all, islands=1",
    )
    # Of whom no sibling is given, only its own is known.
    assert len(set(grouping_of([runs[0], runs[2]]).groups)) == 1
    assert len(set(grouping_of(runs[2:]).groups)) == 1
