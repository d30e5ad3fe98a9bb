"""Positions against the naive twin's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mars import placement
from mars.settings import CoreSettings
from tests import naive_mars, strategies


@given(st.integers(1, 12), st.integers(0, 2**31), st.integers(0, 500))
def test_draw__as_the_naive_twin(n_warriors: int, seed: int, slack: int) -> None:
    settings = CoreSettings(20 * n_warriors + slack, 10, 10, 20, 20)
    positions = placement.PositionSeries(n_warriors, settings, seed).draw(4)
    expected, state = [], seed
    for _ in range(4):
        drawn, state = naive_mars.place(n_warriors, settings, state)
        expected.append(drawn)
    assert positions.tolist() == expected
    for row in positions:
        gaps = np.diff(np.sort(row), append=settings.core_size)
        assert n_warriors == 1 or gaps.min() >= settings.min_distance


@given(st.data())
def test_checksum__as_the_naive_twin(data: st.DataObject) -> None:
    settings = CoreSettings(8000, pspace_size=500)
    warriors = data.draw(st.lists(strategies.warriors(settings), min_size=1, max_size=3))
    assert placement.checksum(warriors, 8000) == naive_mars.checksum(warriors, 8000)


def test_series_start__any_seed_within_the_generator() -> None:
    starts = [placement.series_start(seed) for seed in (0, 1, 2, 2**31, 2**64, 10**50)]
    assert len(set(starts)) == len(starts)
    assert all(1 <= start < placement.MODULUS for start in starts)
    with pytest.raises(ValueError, match="seed must not be negative: got -1"):
        placement.series_start(-1)


def test_generator__of_any_start_stays_in_its_range() -> None:
    for seed in (0, 1, 127_773, 2_147_483_646, 10**9):
        assert 0 <= placement.generator(seed) < placement.MODULUS


def test_permutations__depend_on_the_seed_only() -> None:
    settings = CoreSettings(100, 10, 10, 10, 10)
    first = placement.permutations(settings, 30, 1)
    again = placement.permutations(settings, 30, 1)
    other = placement.permutations(settings, 30, 2)
    assert first[0].tolist() == again[0].tolist() != other[0].tolist()
    with pytest.raises(ValueError, match="fights must be at most 162"):
        placement.permutations(settings, 163, 1)
