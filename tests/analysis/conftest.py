"""Recorded runs on the nano core, made once a session, and a panel for them."""

from pathlib import Path

import pytest

from evolution.session import opened
from tests.evolution.small_runs import small_config

RUNS = {
    "first": {"seed": 7},
    "second": {"seed": 8},
    "short": {"seed": 9, "history": 1},
    "null": {"seed": 11, "shadow": True},
}
PANEL = {
    "bomber": "add #7, 3\nmov 2, @2\njmp -2\ndat 0, 7\n",
    "clear": "spl 0\nmov 2, >2\njmp -1\ndat 1, 8\n",
    "imp": "mov 0, 1\n",
    "sitter": "jmp 0\n",
    "sitting": "jmp 0, 1\n",
    "splitter": "spl 0\njmp -1\n",
}


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of finished runs by name: three rounds each."""
    place = tmp_path_factory.mktemp("runs")
    for name, changes in RUNS.items():
        with opened(place / name, small_config(**changes), workers=1) as run:
            assert run.advance()
    return {name: place / name for name in RUNS}


@pytest.fixture(scope="session")
def nano_panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six warriors: every run has seen the imp, and two do the same."""
    place = tmp_path_factory.mktemp("panel")
    for name, source in PANEL.items():
        (place / f"{name}.red").write_text(source)
    return place
