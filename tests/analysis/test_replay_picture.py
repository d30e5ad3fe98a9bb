"""The space-time picture: the engine's events replayed, and what they come to."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from PIL import Image

from analysis.payoff_plot import write_figure
from analysis.replay.palette import DARK
from analysis.replay.picture import CELL, cycle_count, executed_before, picture, space_time
from mars.machine import EventKind
from mars.redcode import Warrior, parse_instruction
from mars.settings import CoreSettings
from tests import strategies
from tests.analysis.replay_fights import PageFight, bundled_record, record_of


@settings(max_examples=40, deadline=None)
@given(strategies.battles(max_warriors=5), st.integers(1, 2), st.booleans(), st.integers(1, 40))
def test_space_time__replayed_events_end_as_the_page_and_the_kernel(
    fight: strategies.Battle, number: int, to_the_end: bool, rows: int
) -> None:
    record = record_of(fight, number, to_the_end)
    found = space_time(record, rows, 16)
    assert found.owners.tolist() == PageFight.of(record).array("owner")
    # Each address that ever entered a queue and was executed is somebody's; the kernel counts.
    executed = record.machine().trace()
    executed = executed[executed[:, 1] == EventKind.EXECUTE]
    for w, coverage in enumerate(record.outcome.coverage):
        places = set(executed[executed[:, 0] == w, 2].tolist())
        assert len(places) <= coverage
        assert all(found.owners[list(places)] > 0)


@settings(max_examples=40, deadline=None)
@given(strategies.battles(max_warriors=4), st.booleans())
def test_executed_before__every_cycle(fight: strategies.Battle, to_the_end: bool) -> None:
    record = record_of(fight, 1, to_the_end)
    machine = record.machine()
    starts = []
    while not machine.finished:
        starts.append(machine.executed)
        machine.run_cycles(1)
    assert cycle_count(record) == len(starts)
    assert [executed_before(record, cycle) for cycle in range(len(starts))] == starts
    assert executed_before(record, len(starts)) == record.outcome.executed


def test_space_time__an_imp_draws_a_diagonal() -> None:
    imp = Warrior((parse_instruction("MOV.I $0, $1"),))
    chosen = CoreSettings(40, 20, 5, 1, 1)
    record = record_of(strategies.Battle((imp,), chosen, (0,), 0), 1, False)
    found = space_time(record, 10, 20)
    assert found.image.shape == (10, 20, 3)
    bright, cell = np.array(to_rgb(DARK[0])), np.array(to_rgb(CELL))
    for row in range(10):
        # Two addresses are a column, two cycles a row: the imp has executed all of one column.
        assert found.image[row, row] == pytest.approx(bright)
        assert found.image[row, row + 2 :] == pytest.approx(np.tile(cell, (18 - row, 1)))
        for behind in found.image[row, :row]:
            assert (np.abs(behind - cell) < np.abs(bright - cell)).all()
            assert (behind != cell).any()


def test_picture__the_same_bytes_and_hostile_names() -> None:
    record = bundled_record("dwarf", "imp", "tiny-paper", preset="tiny")
    hostile = tuple(
        Warrior(w.instructions, w.start, name=name)
        for w, name in zip(
            record.plan.warriors, ("$\\frac{", "_under \x1b[31m", "日本\u2028"), strict=True
        )
    )
    object.__setattr__(record.plan, "warriors", hostile)
    files = []
    for _ in range(2):
        file = BytesIO()
        write_figure(picture(record, "seed 1"), file, "png")
        files.append(file.getvalue())
    assert files[0] == files[1]
    with Image.open(BytesIO(files[0])) as image:
        assert min(image.size) > 800


@pytest.mark.parametrize("name", ["Nightmare of the Midland 4", "W" * 60_000, "日" * 60])
@pytest.mark.parametrize("count", [2, 8])
def test_picture__as_wide_with_long_names(name: str, count: int) -> None:
    warriors = ("dwarf", "imp", "tiny-paper", "tiny-stone") * 2
    record = bundled_record(*warriors[:count], preset="tiny")
    widths = []
    for named in ("A", name):
        renamed = tuple(replace(warrior, name=named) for warrior in record.plan.warriors)
        changed = replace(record, plan=replace(record.plan, warriors=renamed))
        file = BytesIO()
        write_figure(picture(changed, "seed 1"), file, "png")
        with Image.open(file) as image:
            widths.append(image.width)
    assert widths[0] == pytest.approx(widths[1], abs=20)
