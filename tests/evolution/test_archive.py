"""The archive by hand, and against pyribs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evolution.archive import AddResult, AddStatus, Archive, Elite
from mars.redcode import Warrior, parse_instruction


def warrior(number: int) -> Warrior:
    """A different warrior for each number."""
    return Warrior((parse_instruction(f"DAT.F #0, #{number}"),))


A, B, C = map(warrior, range(3))


def test_add__first_in_a_cell_is_new() -> None:
    archive = Archive(4)
    assert archive.add(Elite(A, 1.0, 2)) == AddResult(AddStatus.NEW)
    assert len(archive) == 1


def test_add__better_one_displaces_and_names_the_displaced() -> None:
    archive = Archive(4)
    archive.add(Elite(A, 1.0, 2))
    assert archive.add(Elite(B, 1.5, 2)) == AddResult(AddStatus.IMPROVED, A.id)
    assert [elite.warrior for elite in archive.elites()] == [B]


@pytest.mark.parametrize("value", [1.0, 0.5])
def test_add__equal_or_worse_leaves_the_incumbent(value: float) -> None:
    archive = Archive(4)
    archive.add(Elite(A, 1.0, 2))
    assert archive.add(Elite(B, value, 2)) == AddResult(AddStatus.NOT_ADDED)
    assert [elite.warrior for elite in archive.elites()] == [A]


@pytest.mark.parametrize(("value", "cell"), [(1.0, 4), (1.0, -1), (float("nan"), 0)])
def test_add__refuses_what_has_no_place(value: float, cell: int) -> None:
    with pytest.raises(ValueError, match="got"):
        Archive(4).add(Elite(A, value, cell))


def test_best__highest_first_and_ties_by_cell() -> None:
    archive = Archive(9)
    for elite in (Elite(A, 1.0, 5), Elite(B, 2.0, 7), Elite(C, 1.0, 3)):
        archive.add(elite)
    assert [elite.cell for elite in archive.best(2)] == [7, 3]
    assert [elite.cell for elite in archive.best(9)] == [7, 3, 5]


# Few distinct values, so that ties are common; pyribs keeps 32-bit floats by default.
offers = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(-4, 4)), min_size=1, max_size=60
)


@settings(deadline=None, max_examples=60)
@given(offers)
def test_add__as_pyribs_does(drawn: list[tuple[int, int, int]]) -> None:
    archives = pytest.importorskip("ribs.archives")
    theirs = archives.GridArchive(solution_dim=1, dims=(3, 4), ranges=[(0, 3), (0, 4)])
    ours = Archive(12)
    for number, (row, column, value) in enumerate(drawn):
        added = ours.add(Elite(warrior(number), float(value), 4 * row + column))
        info = theirs.add_single([number], float(value), [row + 0.5, column + 0.5])
        statuses = [AddStatus.NOT_ADDED, AddStatus.IMPROVED, AddStatus.NEW]
        assert added.status is statuses[int(info["status"])]
    found = theirs.data(["solution", "objective", "measures"], return_type="tuple")
    expected = {
        4 * int(m[0]) + int(m[1]): (warrior(int(s[0])).id, float(o))
        for s, o, m in zip(*found, strict=True)
    }
    assert {e.cell: (e.warrior.id, e.value) for e in ours.elites()} == expected
    assert np.isclose(len(ours), theirs.stats.num_elites)
