"""What a reader of the store says when a row is not there."""

from pathlib import Path

import pytest

from evolution.records import read_champion
from evolution.session import opened
from evolution.store import StoreError
from tests.evolution.small_runs import small_config


def test_read_champion__none_of_that_round(tmp_path: Path) -> None:
    with opened(tmp_path / "run", small_config(rounds=1)) as run:
        initial = read_champion(run.store, 0)
        assert (initial.round, initial.measured) == (0, None)
        with pytest.raises(StoreError, match=r"expected a champion of round 1 in .*: got none"):
            read_champion(run.store, 1)
