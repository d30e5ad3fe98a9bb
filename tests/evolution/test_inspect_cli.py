"""`redqueen show`, `prompt`, and what `status` says of spending."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evolution.cli import evolve
from evolution.config import DescriptorConfig
from evolution.inspect_cli import prompt, show, status
from evolution.proposal_view import cell_words
from evolution.store import DATABASE, Store
from llm_mutator.templates import load_templates
from tests.evolution.chat_runs import answer
from tests.llm_mutator.chat_stub import Answer, chat_server, completion

NANO = ("--preset", "nano", "--rounds", "1", "--batch", "8", "--iterations", "8", "--workers", "1")


def run(command: Any, *arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@contextmanager
def finished_run(runs: Path, server: Any = answer) -> Iterator[Path]:
    """A small run of a model that costs something."""
    prices = runs / "prices.toml"
    prices.write_text('[[price]]\nmodel = "stub"\ninput = 2.0\noutput = 8.0\n')
    with chat_server(server) as stub:
        model = ("--model", "stub", "--base-url", stub.url, "--prices", prices)
        done = run(evolve, *NANO, *model, "--runs", runs, "--max-cost", "9", "--name", "demo")
    assert done.exit_code == 0, done.output
    yield runs / "demo"


def test_status__what_a_model_took_and_brought(tmp_path: Path) -> None:
    with finished_run(tmp_path) as folder, Store(folder / DATABASE) as store:
        ((replies, cost, repaired),) = store.query(
            "SELECT count(*), total(cost), sum(attempt = 1) FROM replies"
        )
        said = run(status, folder).output
    assert repaired > 0
    assert cost == pytest.approx(replies * (2000 * 2 + 1000 * 8) / 1e6)
    (row,) = [line.split() for line in said.splitlines() if line.strip().startswith("stub ")]
    assert row[1:3] == [f"{replies}", "0"]
    assert row[3] == f"{2000 * replies:,}"
    assert row[7] == f"${cost:.4f}" if cost < 1 else f"${cost:.2f}"
    assert row[-2] == str(repaired)
    assert f"for {3000 * replies:,} tokens" in said
    assert "cap: $9.00" in said


def test_show__from_prompt_to_archive(tmp_path: Path) -> None:
    with finished_run(tmp_path) as folder:
        with Store(folder / DATABASE) as store:
            sql = """SELECT number, warrior FROM proposals JOIN placements USING (round, number)
                WHERE operator != '' AND placements.status != 'not added' LIMIT 1"""
            ((number, warrior),) = store.query(sql)
        by_place = run(show, folder, f"1/{number}")
        by_id = run(show, folder, warrior[:12])
    assert by_place.exit_code == 0, by_place.output
    assert by_place.output == by_id.output
    for part in (
        "by llm.informed.",
        "── System message ──\nYou are an expert",
        "── Prompt ──",
        "── Reply of stub-model-1, 2,000 + 1,000 tokens, $0.0120, ",
        "```redcode",
        f"── Warrior {warrior[:12]} Stub, 4 instructions ──",
        "── Fitness ──",
        "w_0: ",
        "── In the archive ──\n",
    ):
        assert part in by_place.output


def test_show__a_rejected_one_with_its_errors_and_repair(tmp_path: Path) -> None:
    def refuse(_: dict[str, Any]) -> Answer:
        return completion("\x1b[2J```\nMOV.I $nowhere, $1\n```")

    with finished_run(tmp_path, refuse) as folder:
        said = run(show, folder, "1/1")
    assert said.exit_code == 0, said.output
    assert "rejected" in said.output
    assert "── Repair 1 ──" in said.output
    assert "expected a defined name: got 'nowhere'" in said.output
    assert "\x1b" not in said.output


@pytest.mark.parametrize(
    ("proposal", "message"),
    [
        ("1/999", "expected a proposal of this run"),
        ("seven", "expected ROUND/NUMBER"),
        ("0000", "expected the id of one warrior of this run: got that of 0"),
    ],
)
def test_show__wrong_proposals(tmp_path: Path, proposal: str, message: str) -> None:
    assert run(evolve, *NANO, "--runs", tmp_path, "--name", "demo").exit_code == 0
    said = run(show, tmp_path / "demo", proposal)
    assert said.exit_code == 2
    assert message in said.output


def test_prompt_show__a_preset_a_file_and_a_run(tmp_path: Path) -> None:
    preset = run(prompt, "show", "nano", "--task", "mutate")
    assert preset.exit_code == 0, preset.output
    assert "The core is a ring of 80 instructions" in preset.output
    assert "Fights one to one against its opponents" in preset.output
    file = tmp_path / "own.toml"
    file.write_text('[core]\npreset = "tiny"\n[mutator.llm]\nstyle = "blind"\n')
    blind = run(prompt, "show", file, "--task", "new")
    assert blind.exit_code == 0, blind.output
    assert "The core is a ring of 800 instructions" in blind.output
    assert "archive" not in blind.output
    assert run(evolve, *NANO, "--runs", tmp_path, "--name", "demo", "--minutes", "0").exit_code == 0
    first = run(prompt, "show", tmp_path / "demo")
    assert first.exit_code == 0, first.output
    assert "Write a new warrior" in first.output
    none = run(prompt, "show", tmp_path / "demo", "--task", "crossover")
    assert none.exit_code == 2
    assert "expected 2 elites for a crossover: got 0" in none.output


def test_prompt__exported_changed_and_used(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert run(prompt, "export", folder).exit_code == 0
    assert {path.stem for path in folder.iterdir()} == set(load_templates())
    again = run(prompt, "export", folder)
    assert again.exit_code == 2
    for path in folder.iterdir():
        if path.stem != "new":
            path.unlink()
    (folder / "new.md").write_text("Only <<max_length>> instructions. Go.\n<<feedback>>\n")
    said = run(prompt, "show", "nano", "--task", "new", "--prompts", folder, "--style", "blind")
    assert said.output.endswith("── user ──\nOnly 5 instructions. Go.\n")
    (folder / "new.md").write_text("<<maxlength>>\n")
    wrong = run(prompt, "show", "nano", "--prompts", folder)
    assert wrong.exit_code == 2
    assert "new.md" in wrong.output
    assert "maxlength" in wrong.output


def test_cell_words() -> None:
    config = DescriptorConfig()
    assert cell_words(0, config) == "spawned below 1, coverage below 10"
    assert cell_words(35, config) == "spawned from 10000, coverage from 4000"
    assert cell_words(8, config) == "spawned 1 to 10, coverage 100 to 500"
    assert cell_words(0, DescriptorConfig(single_cell=True)) == "the only one"
