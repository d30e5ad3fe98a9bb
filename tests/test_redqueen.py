"""The console script finds every command, and the package `mars` every name."""

import ast
from pathlib import Path

import pytest
from click.testing import CliRunner

import mars
from redqueen import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_main__every_command_has_help(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main {name} ")


def test_main__an_unknown_command_is_wrong_usage() -> None:
    result = CliRunner().invoke(main, ["fight"])
    assert result.exit_code == 2
    assert "No such command 'fight'" in result.output


def test_mars__lazy_names_are_those_that_type_checkers_see() -> None:
    tree = ast.parse(Path(mars.__file__).read_text(encoding="utf-8"))
    imported = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("mars.")
        for alias in node.names
    }
    assert sorted(imported) == sorted(mars.__all__) == sorted(set(dir(mars)) & set(mars.__all__))
    for name, module in imported.items():
        assert name == "PRESETS" or getattr(mars, name).__module__ == module
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mars.nothing
