"""What a run was worked with is in its events and in its provenance."""

import json
from pathlib import Path

from evolution.engine import engine_version
from evolution.session import opened
from evolution.versions import format_versions, parse_versions, read_versions, versions
from tests.evolution.small_runs import small_config


def test_opened__remembers_its_engine(tmp_path: Path) -> None:
    with opened(tmp_path / "run", small_config(rounds=1)):
        pass
    with opened(tmp_path / "run") as run:
        assert [one["engine"] for one in read_versions(run.store)] == [engine_version()] * 2
    facts = json.loads((tmp_path / "run" / "provenance.json").read_text())
    assert facts["packages"]["engine"] == engine_version()


def test_parse_versions__round_trip() -> None:
    assert parse_versions(format_versions(versions())) == versions()
    assert parse_versions("") == {}
    assert parse_versions("nonsense, a b c, redqueen 1") == {"redqueen": "1"}
