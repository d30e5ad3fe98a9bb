"""The example of a recorded run, and, when asked for, the real model that it was recorded from."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from evolution.cli import evolve
from evolution.ledger import read_replies
from evolution.store import DATABASE, Store
from llm_mutator.recording import format_recording
from tests.evolution.small_runs import ROOT, rows_of

EXAMPLE = ROOT / "examples" / "recorded-llm-run"
MODEL = "smollm2-135m"


def replay(runs: Path, *more: str) -> None:
    recording = EXAMPLE / "replies.jsonl"
    done = CliRunner().invoke(
        evolve,
        [
            *(str(EXAMPLE / "run.toml"), "--model", MODEL, "--replay", str(recording)),
            *("--base-url", "http://127.0.0.1:9/v1", "--runs", str(runs), *more),
        ],
    )
    assert done.exit_code == 0, done.output


def test_example__replays_without_a_server_and_says_what_it_should(tmp_path: Path) -> None:
    replay(tmp_path)
    with Store(tmp_path / "run" / DATABASE) as store:
        replayed = format_recording(read_replies(store))
    assert replayed == (EXAMPLE / "replies.jsonl").read_text(encoding="utf-8")
    expected = json.loads((EXAMPLE / "expected.json").read_text(encoding="utf-8"))
    rows = rows_of(tmp_path / "run")
    assert [warrior for _, warrior in rows["champions"]] == expected["champions"]
    outcomes = [[row[4], row[5]] for row in rows["proposals"] if row[3] != "carried"]
    assert outcomes == expected["proposals"]


def test_example__replays_alike_in_parts_and_with_threads(tmp_path: Path) -> None:
    replay(tmp_path / "whole")
    for _ in range(3):
        replay(tmp_path / "parts", "--minutes", "0", "--concurrency", "7", "--workers", "2")
    replay(tmp_path / "parts", "--concurrency", "7", "--workers", "2")
    whole, parts = rows_of(tmp_path / "whole" / "run"), rows_of(tmp_path / "parts" / "run")
    del whole["run"], parts["run"]  # they say how many calls at a time
    assert whole == parts


@pytest.mark.skipif(
    os.environ.get("REDQUEEN_E2E_LLM") != "1",
    reason="installs and runs a real model for minutes: set REDQUEEN_E2E_LLM=1",
)
def test_local_model__end_to_end(tmp_path: Path) -> None:
    redqueen = [sys.executable, "-c", "import redqueen; redqueen.main()"]
    run = [
        *("evolve", "examples/local_llm.toml", "--rounds", "1", "--iterations", "4"),
        *("--model", "{model}", "--base-url", "{url}", "--runs", str(tmp_path), "--name", "e2e"),
    ]
    subprocess.run(
        [sys.executable, "examples/local_llm.py", "--", *redqueen, *run],
        cwd=ROOT,
        check=True,
        timeout=3600,
    )
    with Store(tmp_path / "e2e" / DATABASE) as store:
        replies = [reply for _, _, reply in read_replies(store)]
    assert len(replies) >= 5
    assert all(reply.answered_by == MODEL and reply.counted == "server" for reply in replies)
    assert all(reply.prompt_tokens > 1000 and reply.completion_tokens > 0 for reply in replies)
