"""Versions of sources: every module that decides fights, or a run, is in its digest."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evolution.engine import ENGINE, SEARCH, engine_version, search_files, search_version
from tests.evolution.small_runs import ROOT


def file_of(module: str) -> Path | None:
    """A module's file in this project, None when it is no module of it."""
    stem = ROOT / module.replace(".", "/")
    files = (stem.with_suffix(".py"), stem / "__init__.py")
    return next((file for file in files if file.exists()), None)


def imported(modules: list[str]) -> set[str]:
    """The files of these modules and of all that they import, as `package/name.py`."""
    found: set[str] = set()
    while modules:
        module = modules.pop()
        file = file_of(module)
        name = "" if file is None else str(file.relative_to(ROOT))
        if file is None or name in found or module.split(".")[0] not in SEARCH:
            continue
        found.add(name)
        if file.name == "__init__.py":
            continue  # its names are loaded when used
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                modules += [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
    return found


def test_engine_version__all_that_work_imports() -> None:
    needed = imported(["evolution.jobs", "evolution.packing"]) - {"evolution/engine.py"}
    listed = {f"{package}/{name}" for package, names in ENGINE.items() for name in names}
    assert {name for name in needed if not name.endswith("__init__.py")} == listed


def test_search_version__all_that_a_run_imports() -> None:
    counted = {name for package in SEARCH for name, _ in search_files(package)}
    assert imported(["evolution.islands"]) <= counted
    assert "mars/warriors/imp.red" in counted
    assert any(name.endswith(".md") for name in counted)
    assert not any("__pycache__" in name or name.endswith("cli.py") for name in counted)


@pytest.mark.parametrize(
    ("changed", "engine", "search"),
    [
        ("mars/kernel.py", True, True),
        ("evolution/search.py", False, True),
        ("llm_mutator/operators.py", False, True),
        ("mars/warriors/imp.red", False, True),
        ("mars/cli.py", False, False),
    ],
)
def test_versions__of_a_changed_copy(
    changed: str, engine: bool, search: bool, tmp_path: Path
) -> None:
    for package in SEARCH:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    with (tmp_path / changed).open("a") as file:
        file.write("\n" + (";" if changed.endswith(".red") else "#") + " changed\n")
    code = "from evolution import engine; print(engine.engine_version(), engine.search_version())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    found = done.stdout.split()
    assert [found[0] != engine_version(), found[1] != search_version()] == [engine, search]
