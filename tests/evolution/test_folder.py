"""A run folder's files that are none, and locks of folders that move."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn

import pytest

from evolution import folder as folder_module
from evolution.experiment.folder import TEXT, look_at
from evolution.folder import (
    CONFIG,
    LOCK,
    FolderError,
    is_locked,
    locked,
    read_folder_config,
    unwritten,
)
from evolution.store import DATABASE, Store, StoreError


@pytest.fixture(autouse=True)
def seconds_at_most() -> Iterator[None]:
    """Ends a test that waits for a pipe's other end."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        raise TimeoutError("expected an answer at once: got none in 10 seconds")

    old = signal.signal(signal.SIGALRM, end)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, old)


def make_directory(path: Path) -> None:
    path.mkdir()


NO_FILES = pytest.mark.parametrize("make", [os.mkfifo, make_directory])
Make = Callable[[Path], None]


@NO_FILES
def test_read_folder_config__no_file(tmp_path: Path, make: Make) -> None:
    make(tmp_path / CONFIG)
    with pytest.raises(FolderError, match=r"expected a file or nothing: got .*config\.toml"):
        read_folder_config(tmp_path)


@NO_FILES
def test_locked__no_file(tmp_path: Path, make: Make) -> None:
    make(tmp_path / LOCK)
    with pytest.raises(FolderError, match=r"expected a file or nothing: got"), locked(tmp_path):
        pass
    with pytest.raises(FolderError, match=r"expected a file or nothing: got"), unwritten(tmp_path):
        pass
    assert not is_locked(tmp_path)


@NO_FILES
@pytest.mark.parametrize(("write", "create"), [(False, False), (True, False), (True, True)])
def test_store__no_file(tmp_path: Path, make: Make, write: bool, create: bool) -> None:
    make(tmp_path / DATABASE)
    with pytest.raises(StoreError, match="expected a run database: got no file"):
        Store(tmp_path / DATABASE, write=write, create=create)


@NO_FILES
def test_look_at__no_file(tmp_path: Path, make: Make) -> None:
    make(tmp_path / TEXT)
    with pytest.raises(FolderError, match=r"expected a file or nothing: got .*experiment\.toml"):
        look_at(tmp_path, [], lambda done, total: None)


def test_locked__of_a_folder_that_is_replaced_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "run"
    place.mkdir()
    with ExitStack() as holder:
        holder.enter_context(locked(place))

        def replace(seconds: float) -> None:
            place.rename(tmp_path / "old")
            place.mkdir()
            holder.close()

        monkeypatch.setattr(folder_module.time, "sleep", replace)
        with pytest.raises(FolderError, match="stays in place"), locked(place):
            pass
    with locked(place):
        assert is_locked(place)
