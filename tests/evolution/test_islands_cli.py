"""Islands by the commands: flags, status, one cap and one recording for all, reports."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evolution.cli import evolve, resume
from evolution.inspect_cli import prompt, runs, show, status
from evolution.islands_folders import island_folder
from evolution.ledger import read_limits, read_replies, read_spent
from evolution.store import DATABASE, Store
from llm_mutator.budget import Limits
from tests.evolution.chat_runs import answer
from tests.evolution.small_runs import rows_of
from tests.llm_mutator.chat_stub import Stub, chat_server

NANO = ("--preset", "nano", "--rounds", "3", "--iterations", "12", "--batch", "6", "--workers", "1")
ISLANDS = (*NANO, "--islands", "2", "--exchange", "1", "--name", "demo")
TOML = """
rounds = 2
[core]
preset = "nano"
[search]
iterations = 8
batch = 4
fresh = 2
[fitness]
kind = "pairwise"
fights = 4
[mutator.llm]
model = "stub"
base_url = "{url}"
[islands]
count = 2
every = 1
"""
OTHERS = """
[[islands.mutators]]
kind = "llm"
[[islands.mutators]]
kind = "genetic"
"""


def call(command: Any, *arguments: str | Path, report: Any = None) -> Result:
    given = [str(argument) for argument in arguments]
    return CliRunner().invoke(command, given, obj=report)


def reproducible(folder: Path) -> list[Any]:
    return [rows_of(island_folder(folder, number)) for number in range(2)]


@contextmanager
def model(folder: Path) -> Iterator[tuple[Stub, tuple[Path | str, ...]]]:
    """A server, and the arguments of a run whose islands both ask it, for $0.012 a reply."""
    prices, file = folder / "prices.toml", folder / "demo.toml"
    prices.write_text('[[price]]\nmodel = "stub"\ninput = 2.0\noutput = 8.0\n')
    with chat_server(answer) as stub:
        file.write_text(TOML.format(url=stub.url))
        yield stub, (file, "--mutator", "llm", "--workers", "1", "--prices", prices)


def test_evolve__islands_to_their_end_and_shown_again(tmp_path: Path) -> None:
    written: list[Path] = []

    def report(folder: Path) -> Path:
        written.append(folder)
        return folder / "report.html"

    where = ("--runs", tmp_path, "--report-every", "2")
    done = call(evolve, *ISLANDS, *where, report=report)
    assert done.exit_code == 0, done.output
    assert written == [tmp_path / "demo"] * 3  # after round 2 of each island, and in the end
    again = call(evolve, *ISLANDS, *where)
    assert "is finished; nothing was changed" in again.output
    said = call(status, tmp_path / "demo")
    assert said.exit_code == 0, said.output
    assert said.output.startswith("demo: finished, 2 islands, exchange every round, the last")
    listed = [line.split() for line in said.output.splitlines() if "finished  genetic" in line]
    assert [cells[0] for cells in listed] == ["0", "1"]
    assert all(cells[cells.index("3/3")] for cells in listed)
    assert "of 2 islands" in call(runs, tmp_path).output
    alone = call(status, island_folder(tmp_path / "demo", 1))
    assert alone.output.startswith("demo/island_1: finished, round 3 of 3")
    assert "island 1 of 2" in alone.output
    assert call(show, island_folder(tmp_path / "demo", 1), "3/1").exit_code == 0


def test_resume__the_folder_of_all_and_never_one(tmp_path: Path) -> None:
    stopped = call(evolve, *ISLANDS, "--runs", tmp_path, "--minutes", "0")
    assert stopped.exit_code == 0, stopped.output
    assert "is stopped; continue with:\n  redqueen resume" in stopped.output
    said = call(status, tmp_path / "demo")
    assert f"continue with: redqueen resume {tmp_path / 'demo'}" in said.output
    inside = call(status, tmp_path / "demo" / "island_0")
    assert f"continue with: redqueen resume {tmp_path / 'demo'}\n" in inside.output
    alone = call(resume, tmp_path / "demo" / "island_0")
    assert alone.exit_code == 2
    assert f"expected the folder of all islands, {tmp_path / 'demo'}" in alone.output
    copied = call(evolve, tmp_path / "demo" / "island_0" / "config.toml", "--runs", tmp_path)
    assert (copied.exit_code, "islands.number" in copied.output) == (2, True)
    done = call(resume, tmp_path / "demo", "--workers", "1", "--concurrency", "3")
    assert done.exit_code == 0, done.output
    assert call(evolve, *ISLANDS, "--runs", tmp_path / "other").exit_code == 0
    assert reproducible(tmp_path / "demo") == reproducible(tmp_path / "other" / "demo")


def test_show__wants_one_lineage(tmp_path: Path) -> None:
    call(evolve, *ISLANDS, "--runs", tmp_path, "--minutes", "0")
    folder = tmp_path / "demo"
    for said in (call(show, folder, "1/1"), call(prompt, "show", folder)):
        assert said.exit_code == 2
        assert f"expected one lineage, such as {folder / 'island_0'}" in said.output


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--islands", "65"], "count must be between 1 and 64: got 65"),
        (["--islands", "2", "--exchange", "0"], "every must be between 1"),
    ],
)
def test_evolve__wrong_flags(tmp_path: Path, flags: list[str], message: str) -> None:
    done = call(evolve, *NANO, *flags, "--runs", tmp_path)
    assert (done.exit_code, message in done.output) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_dry_run__counts_all_islands(tmp_path: Path) -> None:
    def figures(*flags: str) -> dict[str, int]:
        done = call(evolve, *NANO, *flags, "--runs", tmp_path, "--dry-run")
        assert done.exit_code == 0, done.output
        lines = [
            line[2:].split(": at most ") for line in done.output.splitlines() if "most" in line
        ]
        return {name: int(number.replace(",", "")) for name, number in lines}

    one, three = figures(), figures("--islands", "3", "--exchange", "1")
    assert three["proposals"] == 3 * one["proposals"]
    assert three["evaluations"] == 3 * (one["evaluations"] + 2 * 2)  # two others, before two rounds


def test_evolve__one_recording_holds_all_islands(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    with chat_server(answer) as stub:
        file.write_text(TOML.format(url=stub.url) + OTHERS)
        first = call(
            evolve, file, "--runs", tmp_path / "a", "--name", "demo", "--allow-unpriced",
            "--record", tmp_path / "replies.jsonl", "--workers", "1",
        )  # fmt: skip
        asked = len(stub.requests)
    assert first.exit_code == 0, first.output
    again = call(
        evolve, file, "--runs", tmp_path / "b", "--name", "demo",
        "--replay", tmp_path / "replies.jsonl", "--workers", "2",
    )  # fmt: skip
    assert again.exit_code == 0, again.output
    assert reproducible(tmp_path / "a" / "demo") == reproducible(tmp_path / "b" / "demo")
    replies = []
    for number in range(2):
        with Store(island_folder(tmp_path / "b" / "demo", number) / DATABASE) as store:
            replies.append(len(read_replies(store)))
            makers = {str(row[0]) for row in store.query("SELECT operator FROM proposals")}
            assert any(maker.startswith("llm.") for maker in makers) == (number == 0)
    assert (replies[0] >= 20, replies[1], sum(replies)) == (True, 0, asked)
    faster = call(evolve, file, "--runs", tmp_path / "b", "--name", "demo", "--concurrency", "2")
    assert (faster.exit_code, "is finished" in faster.output) == (0, True)
    moved = call(resume, tmp_path / "b" / "demo", "--base-url", "http://127.0.0.1:9/v1")
    assert (moved.exit_code, "in the file: got --base-url" in moved.output) == (2, True)


def test_evolve__a_recording_of_two_islands_that_ask_one_model(tmp_path: Path) -> None:
    where = ("--runs", tmp_path, "--record", tmp_path / "r.jsonl")
    with model(tmp_path) as (stub, arguments):
        first = call(evolve, *arguments, *where)
        assert first.exit_code == 0, first.output
        asked = len(stub.requests)
    lines = (tmp_path / "r.jsonl").read_text().count("\n")
    assert lines == asked >= 40
    again = call(evolve, *arguments, "--runs", tmp_path / "b", "--replay", where[3])
    assert len(stub.requests) == asked
    assert again.exit_code == 0, again.output
    assert reproducible(tmp_path / "demo") == reproducible(tmp_path / "b" / "demo")


def test_evolve__a_cap_is_shared_and_can_be_raised(tmp_path: Path) -> None:
    where = ("--runs", tmp_path)
    with model(tmp_path) as (_, arguments):
        capped = call(evolve, *arguments, *where, "--max-cost", "0.4")
        assert capped.exit_code == 3, capped.output
        assert "max_cost is reached" in capped.output
        assert f"redqueen resume {tmp_path / 'demo'}" in capped.output
        spent = 0.0
        for number in range(2):
            with Store(island_folder(tmp_path / "demo", number) / DATABASE) as store:
                assert read_limits(store) == Limits(0.2, None)
                assert read_spent(store).cost <= 0.2
                spent += read_spent(store).cost
        assert 0 < spent <= 0.4
        assert "cap: $0.4000, each island an equal share" in call(status, tmp_path / "demo").output
        done = call(resume, tmp_path / "demo", *arguments[3:], "--max-cost", "none")
        assert done.exit_code == 0, done.output
        assert call(evolve, *arguments, "--runs", tmp_path / "b").exit_code == 0
    assert reproducible(tmp_path / "demo") == reproducible(tmp_path / "b" / "demo")


def test_evolve__no_key_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    file = tmp_path / "run.toml"
    file.write_text(TOML.replace('base_url = "{url}"\n', "") + OTHERS)
    done = call(evolve, file, "--runs", tmp_path / "runs", "--allow-unpriced")
    assert (done.exit_code, "OPENAI_API_KEY" in done.output) == (2, True)
    assert not (tmp_path / "runs").exists()
