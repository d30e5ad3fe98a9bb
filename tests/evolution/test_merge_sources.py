"""Which of two copies of a run goes on from the other, and what copies are not of one run."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evolution.config import RunConfig
from evolution.folder import FolderError
from evolution.islands import opened_run
from evolution.islands_folders import island_folder
from evolution.merge_sources import RunCopy, check_versions, find_runs, further, read_copy
from tests.evolution.small_runs import small_config

TINY: dict[str, Any] = {
    "rounds": 3,
    "search": {"iterations": 4, "batch": 4, "fresh": 2},
    "champion": {"candidates": 1, "fights": 2, "record_fights": 2, "bundled_fights": 0},
}


def at_round(round_number: int) -> Callable[[], bool]:
    """Stops a run of one island before that round, when asked once a batch and once a round."""
    left = iter(range(3 * round_number))
    return lambda: next(left, None) is None


def copy_of(folder: Path, config: RunConfig, until: Callable[[], bool]) -> RunCopy:
    """A run as it is when it was stopped."""
    with opened_run(folder, config) as run:
        run.advance(should_stop=until)
    return read_copy(folder)


@pytest.fixture(name="early")
def early_copy(tmp_path: Path) -> RunCopy:
    """A run of one lineage that was stopped under way."""
    return copy_of(tmp_path / "early" / "run", small_config(**TINY), at_round(1))


@pytest.fixture(name="late")
def late_copy(tmp_path: Path, early: RunCopy) -> RunCopy:
    """The same run, finished elsewhere."""
    shutil.copytree(early.path, tmp_path / "late" / "run")
    return copy_of(tmp_path / "late" / "run", early.config, lambda: False)


def test_further__both_ways_and_itself(early: RunCopy, late: RunCopy) -> None:
    assert early.rounds < late.rounds == 3
    assert further(early, late) == "second is further"
    assert further(late, early) == "first is further"
    assert further(late, late) == further(early, early) == "same"


def test_further__worked_anew_is_the_same(tmp_path: Path, early: RunCopy, late: RunCopy) -> None:
    again = copy_of(tmp_path / "again" / "run", late.config, lambda: False)
    assert further(late, again) == "same"
    assert further(early, again) == "second is further"


def test_further__on_one_island(tmp_path: Path) -> None:
    config = small_config(**TINY, islands={"count": 2, "every": 3})
    whole = copy_of(tmp_path / "a" / "run", config, lambda: False)
    assert (whole.rounds, len(whole.parts)) == (3, 2)
    behind = copy_of(tmp_path / "b" / "run", config, lambda: True)
    shutil.rmtree(island_folder(behind.path, 0))
    shutil.copytree(island_folder(whole.path, 0), island_folder(behind.path, 0))
    behind = read_copy(behind.path)
    assert behind.rounds == 0
    assert further(behind, whole) == "second is further"
    assert further(whole, behind) == "first is further"


def test_read_copy__an_island_is_missing(tmp_path: Path) -> None:
    config = small_config(**TINY, islands={"count": 2, "every": 3})
    whole = copy_of(tmp_path / "run", config, lambda: True)
    assert len(set(whole.seals)) == 2
    shutil.rmtree(island_folder(whole.path, 1))
    with pytest.raises(FolderError, match=r"expected 2 islands in .*: got none of island_1$"):
        read_copy(whole.path)


def test_further__each_is_ahead_on_an_island(tmp_path: Path) -> None:
    config = small_config(**TINY, islands={"count": 2, "every": 3})
    whole = copy_of(tmp_path / "a" / "run", config, lambda: False)
    begun = copy_of(tmp_path / "b" / "run", config, lambda: True)
    shutil.copytree(begun.path, tmp_path / "c" / "run")
    for number, name in enumerate("bc"):
        ahead = island_folder(tmp_path / name / "run", number)
        shutil.rmtree(ahead)
        shutil.copytree(island_folder(whole.path, number), ahead)
    first, second = (read_copy(tmp_path / name / "run") for name in "bc")
    with pytest.raises(FolderError, match=r"expected that one of .* goes on from the other"):
        further(first, second)


def test_further__other_configurations(tmp_path: Path, early: RunCopy) -> None:
    other = copy_of(tmp_path / "other" / "run", small_config(**TINY, seed=8), at_round(1))
    with pytest.raises(FolderError, match=r"of the run 'run': got other values of seed in"):
        further(early, other)


def test_further__other_rows(tmp_path: Path, early: RunCopy) -> None:
    other = copy_of(tmp_path / "other" / "run", small_config(**TINY, seed=8), lambda: False)
    pretended = replace(other, config=early.config)
    with pytest.raises(FolderError, match=r"the same rows of the run 'run' .* another row \d+"):
        further(early, pretended)


def test_check_versions__names_who_differs(early: RunCopy, late: RunCopy) -> None:
    assert check_versions([early, late]) == check_versions([]) == ""
    other = replace(late, builds=frozenset({"0123456789abcdef"}))
    lines = check_versions([early, late, other]).split("\n")
    assert len(lines) == 2
    assert any("0123456789abcdef" in line and str(late.path) in line for line in lines)
    both = replace(late, builds=late.builds | other.builds)
    assert "0123456789abcdef, " in check_versions([both])


def test_find_runs__itself_or_those_inside(tmp_path: Path, early: RunCopy, late: RunCopy) -> None:
    assert find_runs(early.path) == [early.path]
    assert find_runs(tmp_path / "late") == [late.path]
    (tmp_path / "none").mkdir()
    with pytest.raises(FolderError, match="or one with runs in it"):
        find_runs(tmp_path / "none")
    assert find_runs(tmp_path / "none", may_be_none=True) == []
