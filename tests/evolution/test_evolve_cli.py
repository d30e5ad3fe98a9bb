"""The commands: flags, dry run, refusals, exit codes, hostile names."""

import itertools
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evolution.cli import evolve, resume
from evolution.inspect_cli import runs, status
from evolution.store import DATABASE, Store
from tests.evolution.small_runs import rows_of
from tests.llm_mutator.chat_stub import Answer, chat_server, completion, failure

TINY = [
    "--preset", "nano", "--rounds", "2", "--iterations", "10", "--fights", "4", "--workers", "1",
]  # fmt: skip


def call(folder: Path, *arguments: str) -> Result:
    """`redqueen evolve` with runs in a folder."""
    return CliRunner().invoke(evolve, [*arguments, "--runs", str(folder)])


def test_evolve__shows_the_lineage_and_again(tmp_path: Path) -> None:
    first = call(tmp_path, *TINY, "--name", "demo")
    assert first.exit_code == 0, first.output
    assert "Lineage of demo" in first.output
    before = rows_of(tmp_path / "demo")
    again = call(tmp_path, *TINY, "--name", "demo")
    assert again.exit_code == 0
    assert "is finished; nothing was changed" in again.output
    assert (
        again.output[again.output.index("Lineage") :]
        == first.output[first.output.index("Lineage") :]
    )
    assert rows_of(tmp_path / "demo") == before


def test_evolve__another_configuration_is_refused(tmp_path: Path) -> None:
    assert call(tmp_path, *TINY, "--name", "demo").exit_code == 0
    other = call(tmp_path, *TINY, "--name", "demo", "--seed", "5", "--batch", "3")
    assert other.exit_code == 2
    assert "got other values of search.batch, seed" in other.output


def test_evolve__a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("mine")
    done = call(tmp_path, *TINY, "--name", "demo")
    assert done.exit_code == 2
    assert "'thesis.txt'" in done.output
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--name", "../up"], "name must be of letters"),
        (["--name", ".hidden"], "name must be of letters"),
        (["--preset", "huge"], "'huge' is not one of"),
        (["--history", "some"], "history: expected an integer or one of 'all': got 'some'"),
        (["--rounds", "0"], "rounds must be between 1"),
        (["--initial", "no\x1b[31mbody"], "got 'no\\x1b[31mbody'"),
        (["missing.toml"], "expected a readable TOML file missing.toml"),
        (["--base-url", "http://user:secret@host/v1"], "no user, password, query or fragment"),
    ],
)
def test_evolve__wrong_usage(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = call(tmp_path, *arguments)
    assert (done.exit_code, "\x1b" in done.output) == (2, False)
    assert message in done.output
    assert "secret" not in done.output
    assert list(tmp_path.iterdir()) == []


def test_evolve__unknown_key_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text("[search]\nbatches = 3\n")
    done = call(tmp_path, str(tmp_path / "run.toml"))
    assert done.exit_code == 2
    assert "unknown key 'search.batches'" in done.output
    assert "nearest: 'batch'" in done.output


def test_evolve__dry_run_prints_a_configuration_that_reads_back(tmp_path: Path) -> None:
    flags = ["--history", "3", "--fitness", "melee", "--shadow", "--single-cell"]
    flags += ["--model", "m", "--allow-unpriced", "--repairs", "0"]
    done = call(tmp_path, *TINY, *flags, "--dry-run")
    assert done.exit_code == 0, done.output
    table = tomllib.loads(done.output)
    assert (table["rounds"], table["history"], table["shadow"]) == (2, 3, True)
    assert (table["fitness"]["kind"], table["descriptor"]["single_cell"]) == ("melee", True)
    assert (table["mutator"]["kind"], table["mutator"]["llm"]["model"]) == ("llm", "m")
    assert "# m: about 84 calls, " in done.output
    assert "no price; at most 84 calls" in done.output
    assert list(tmp_path.iterdir()) == []


def test_evolve__missing_key_is_refused_before_a_folder_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    done = call(tmp_path, *TINY, "--model", "gpt-4.1-mini", "--name", "demo")
    assert done.exit_code == 2
    assert "OPENAI_API_KEY" in done.output
    assert "redqueen resume" not in done.output
    assert not (tmp_path / "demo").exists()


def test_resume_and_status__of_a_finished_run(tmp_path: Path) -> None:
    call(tmp_path, *TINY, "--name", "demo")
    done = CliRunner().invoke(resume, [str(tmp_path / "demo")])
    assert (done.exit_code, "is finished; nothing was changed" in done.output) == (0, True)
    shown = CliRunner().invoke(status, [str(tmp_path / "demo")])
    assert shown.exit_code == 0
    assert shown.output.startswith("demo: finished, round 2 of 2, iteration 10 of 10")


def test_resume__not_a_run(tmp_path: Path) -> None:
    done = CliRunner().invoke(resume, [str(tmp_path)])
    assert (done.exit_code, "expected a run's folder" in done.output) == (2, True)
    assert CliRunner().invoke(status, [str(tmp_path)]).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_runs__all_of_a_folder_also_damaged_ones(tmp_path: Path) -> None:
    assert "no runs in" in CliRunner().invoke(runs, [str(tmp_path)]).output
    for name in ("one", "two"):
        call(tmp_path, *TINY, "--name", name)
    (tmp_path / "two" / DATABASE).write_bytes(b"gone")
    (tmp_path / "other").mkdir()
    done = CliRunner().invoke(runs, [str(tmp_path)])
    assert done.exit_code == 0
    lines = [line for line in done.output.splitlines() if "one" in line or "two" in line]
    assert "finished" in lines[0]
    assert "unreadable" in lines[1]
    assert "other" not in done.output


def test_lineage__hostile_names_lose_their_control_characters(tmp_path: Path) -> None:
    source = ";name \x1b[2J[bold]evil[/bold]\x07\nMOV.I $0, $1\n"
    (tmp_path / "evil.red").write_text(source)
    done = call(tmp_path / "runs", *TINY, "--name", "demo", "--initial", str(tmp_path / "evil.red"))
    assert done.exit_code == 0, done.output
    assert "[bold]evil[/bold]" in done.output
    assert "\x1b" not in done.output
    assert "\x07" not in done.output
    written = (tmp_path / "runs" / "demo" / "champions" / "round_000.red").read_text()
    assert "\x1b" not in written


def test_evolve__a_chat_model_on_loopback(tmp_path: Path) -> None:
    """Proposals come from the model, what does not assemble is rejected, replies are stored."""
    numbers = itertools.count()

    def answer(_: dict[str, Any]) -> Answer:
        number = next(numbers)
        text = "I would rather not." if number % 3 == 0 else f"```\nMOV 0, 1\nDAT 0, {number}\n```"
        return completion(text)

    with chat_server(answer) as stub:
        done = call(
            tmp_path, "--preset", "nano", "--rounds", "1", "--iterations", "4", "--workers", "1",
            "--fights", "4", "--model", "stub", "--base-url", stub.url, "--name", "llm",
            "--repairs", "0", "--concurrency", "1",
        )  # fmt: skip
    assert done.exit_code == 0, done.output
    rows = rows_of(tmp_path / "llm")
    made = [row for row in rows["proposals"] if row[3] != "carried"]
    assert len(made) == len(stub.requests) == 36
    operators = {f"llm.informed.{task}@stub" for task in ("new", "mutate", "crossover")}
    assert {row[4] for row in made} <= operators
    assert [row[5] for row in made] == ["rejected", "evaluated", "evaluated"] * 12
    with Store(tmp_path / "llm" / DATABASE) as store:
        replies = store.query(
            "SELECT round, number, attempt, answered_by, prompt_tokens FROM replies"
        )
    assert replies == [(1, row[1], 0, "stub-model-1", 11) for row in made]


def test_evolve__a_model_that_fails_stops_the_run_and_resume_goes_on(tmp_path: Path) -> None:
    numbers = itertools.count()

    def answer(_: dict[str, Any]) -> Answer:
        number = next(numbers)
        wrong_key = failure(401, "Incorrect API key provided: sk-secret12345")
        return wrong_key if number == 33 else completion(f"```\nMOV 0, 1\nDAT 0, {number}\n```")

    with chat_server(answer) as stub:
        done = call(
            tmp_path, "--preset", "nano", "--rounds", "1", "--iterations", "4", "--workers", "1",
            "--fights", "4", "--batch", "2", "--model", "stub", "--base-url", stub.url,
            "--name", "llm", "--concurrency", "1",
        )  # fmt: skip
        assert done.exit_code == 4
        assert "redqueen resume" in done.output
        assert "secret12345" not in done.output
        before = rows_of(tmp_path / "llm")
        assert len(before["proposals"]) == 33
        resumed = CliRunner().invoke(resume, [str(tmp_path / "llm")])
    assert resumed.exit_code == 0, resumed.output
    after = rows_of(tmp_path / "llm")
    assert after["proposals"][:33] == before["proposals"]
    assert len(after["proposals"]) == 37


def test_evolve__stops_when_its_time_is_up_and_goes_on(tmp_path: Path) -> None:
    stopped = call(tmp_path, *TINY, "--name", "demo", "--minutes", "0")
    assert stopped.exit_code == 0
    assert "is stopped; continue with:\n  redqueen resume" in stopped.output
    again = call(tmp_path, *TINY, "--name", "demo")
    assert "demo is finished." in again.output
    assert call(tmp_path / "other", *TINY, "--name", "demo").exit_code == 0
    assert rows_of(tmp_path / "demo") == rows_of(tmp_path / "other" / "demo")
