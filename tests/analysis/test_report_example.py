"""The example of library use says what really comes out."""

import doctest
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from evolution.cli import evolve
from tests.evolution.small_runs import ROOT

EXAMPLE = ROOT / "examples" / "analysis.md"


def test_example__says_what_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^redqueen evolve (.*)$", EXAMPLE.read_text(encoding="utf-8"), re.M)
    assert len(commands) == 1
    done = CliRunner().invoke(evolve, [*shlex.split(commands[0]), "--workers", "1"])
    assert done.exit_code == 0, done.output
    failed, tried = doctest.testfile(str(EXAMPLE), module_relative=False, encoding="utf-8")
    assert (failed, tried >= 15) == (0, True)
