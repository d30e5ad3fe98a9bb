"""`redqueen experiment` with real processes: whole, in parts, under a cap, refused."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from evolution.cli import evolve
from evolution.folder import write_beginnings
from evolution.ledger import read_limits
from evolution.merge_cli import merge_command
from evolution.session import opened
from evolution.store import DATABASE, Store
from tests.evolution.chat_runs import answer
from tests.evolution.experiment_commands import call, configs, work, write
from tests.evolution.small_runs import rows_of, run_whole
from tests.llm_mutator.chat_stub import chat_server


def test_experiment__works_every_run_and_shows_it_again_then_grows(tmp_path: Path) -> None:
    write(tmp_path, 'seeds = "0-1"\nshadow = [false]\n')
    dry = call(tmp_path, "--dry-run")
    assert dry.exit_code == 0
    assert "2 runs, 0 finished, 0 begun, 2 new\n  shadow=false_seed=0\n" in dry.output
    assert "proposals: at most 96\n" in dry.output
    assert not (tmp_path / "runs").exists()
    done = work(tmp_path, "--at-once", "2")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(" finished (") == 2
    folder = tmp_path / "runs" / "grid"
    for name, config in configs(tmp_path).items():
        assert rows_of(folder / name) == run_whole(tmp_path / "alone" / name, config)
    summary = (folder / "summary.csv").read_text()
    assert summary.startswith("shadow,runs,finished,fitness,fitness_low,fitness_high,beaten")
    assert summary.splitlines()[1].startswith("false,2,2,")
    again = call(tmp_path)
    assert again.exit_code == 0
    assert again.output == "all 2 runs are finished; nothing was changed\n" + done.stdout
    assert (folder / "summary.csv").read_text() == summary
    grown = write(tmp_path, 'seeds = "0-1"\nshadow = [false, true]\n').read_text()
    stopped = call(tmp_path, "--minutes", "0")
    assert stopped.exit_code == 0
    assert "2 of 4 runs are to be finished by the same command" in stopped.output
    assert (folder / "experiment.toml").read_text() == grown
    assert (folder / "summary.csv").read_text().splitlines()[1:] == [
        summary.splitlines()[1],
        "true,2,0,,,,,,,,,,,,,,,,0,0",
    ]


def test_experiment__the_cap_is_shared_and_ends_only_its_runs(tmp_path: Path) -> None:
    llm = 'llm = {{ model = "stub", base_url = "{}", retries = 0, patience = 0.0 }}\n'
    axes = 'seeds = "0-1"\n[axes.by.model.mutator]\nkind = "llm"\n'
    with chat_server(answer) as stub:
        write(tmp_path, axes + llm.format(stub.url), iterations=0)
        done = call(tmp_path, "--allow-unpriced", "--max-tokens", "11", "--at-once", "2")
        assert not stub.requests
    assert done.exit_code == 1
    assert done.output.count("0 of 5 used") == 4  # each as it ends, and in the list
    assert "2 of 2 runs failed" in done.output
    with Store(tmp_path / "runs" / "grid" / "by=model_seed=1" / DATABASE) as store:
        assert read_limits(store).max_tokens == 5


@pytest.mark.parametrize(
    ("axes", "options", "message"),
    [
        ("histroy = [1]", [], "(nearest: 'history')"),
        ("history = [-1]", [], "history=-1: history must be"),
        ("seeds = [1]", ["--name", "../up"], "name must be of letters"),
        ("seeds = [1]", ["--at-once", "0"], "0 is not in the range"),
        ("seeds = [1]", ["--part", "2/1"], "expected a part such as 2/4"),
        ("seeds = [1]", ["--part", "2-4"], "expected a part such as 2/4: got '2-4'"),
        ("seeds = [1]", ["--part", "1/2"], "expected at most as many parts as runs, 1: got 1/2"),
        ("seeds = [1]", ["--max-cost", "0"], "expected a number above 0, or none: got '0'"),
        ("seeds = [1]", ["--ray-address", "auto"], "expected executor ray with an address"),
        ("seeds = [1, 2]", ["--max-tokens", "1"], "expected --max-tokens of at least 1 for each"),
        ("seeds = [1]", ["--prices", "none.toml"], "none.toml"),
        ('mutator = ["genetic", "llm"]', [], "OPENAI_API_KEY"),
    ],
)
def test_experiment__wrong_usage(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    axes: str,
    options: list[str],
    message: str,
) -> None:
    write(tmp_path, axes)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    done = call(tmp_path, *options)
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output
    assert not (tmp_path / "runs").exists()


def test_experiment__parts_on_two_machines_and_then_the_whole(tmp_path: Path) -> None:
    write(tmp_path, 'history = [1]\nseeds = "0-1"\n', iterations=8)
    one, two, whole = (["--name", name] for name in ("one", "two", "whole"))
    dry = call(tmp_path, *two, "--part", "2/2", "--dry-run")
    assert "two: 1 runs of part 2 of 2, 0 finished, 0 begun, 1 new\n" in dry.output
    assert "new\n  history=1_seed=1\n" in dry.output
    runs = tmp_path / "runs"
    stopped = call(tmp_path, *one, "--part", "1/2", "--minutes", "0")
    assert "1 of 1 runs of part 1 of 2 are to be finished" in stopped.output
    for number, name in ((1, one), (2, two)):
        done = call(tmp_path, *name, "--part", f"{number}/2", "--max-cost", "none")
        assert done.exit_code == 0, done.output
        assert f"(part {number} of 2: 1 of 1 runs finished, " in done.output
        assert f"1 runs of part {number} of 2, of 2 of the grid:\n" in done.output
        assert f"summary of part {number} of 2: " in done.output
        assert not (runs / name[1] / "summary.csv").exists()
        rows = (runs / name[1] / f"summary_{number}_of_2.csv").read_text().splitlines()[1:]
        assert [row.split(",")[:3] for row in rows] == [["1", "1", "1"]]
    again = call(tmp_path, *two, "--part", "2/2")
    assert again.output.startswith("all 1 runs of part 2 of 2 are finished; nothing was changed\n")
    output = ["-o", str(runs / "grid")]
    merged = CliRunner().invoke(merge_command, [str(runs / "one"), str(runs / "two"), *output])
    assert merged.exit_code == 0, merged.output
    shown = call(tmp_path)
    assert shown.output.startswith("all 2 runs are finished; nothing was changed\n")
    assert call(tmp_path, *whole).exit_code == 0
    summary = (runs / "grid" / "summary.csv").read_bytes()
    assert summary == (runs / "whole" / "summary.csv").read_bytes()
    assert summary.splitlines()[1].startswith(b"1,2,2,")


def test_experiment__says_once_that_another_version_began_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 'seeds = "0-1"\n', iterations=4)
    folder = tmp_path / "runs" / "grid"
    folder.mkdir(parents=True)
    (folder / "experiment.toml").write_text("older")
    with monkeypatch.context() as patched:
        patched.setattr("evolution.versions.search_version", lambda: "0123456789abcdef")
        for name, config in configs(tmp_path).items():
            with opened(folder / name, config):
                pass
    done = call(tmp_path)
    assert done.exit_code == 0, done.output
    assert done.output.count("0123456789abcdef") == 1
    assert "warning: " in done.output


def test_experiment__other_runs_and_folders_are_refused_before_anything_begins(
    tmp_path: Path,
) -> None:
    write(tmp_path, 'seeds = "0-1"\n')
    folder = tmp_path / "runs" / "grid"
    (folder / "seed=1").mkdir(parents=True)
    (folder / "thesis.txt").write_text("mine")
    assert "expected an empty or new folder" in call(tmp_path).output
    (folder / "thesis.txt").rename(folder / "experiment.toml")
    write_beginnings(folder / "seed=1", configs(tmp_path)["seed=0"], ())
    done = call(tmp_path)
    assert (done.exit_code, "got other values of seed" in done.output) == (2, True)
    (folder / "seed=1" / "config.toml").unlink()
    (folder / "seed=1" / "thesis.txt").write_text("mine")
    done = call(tmp_path)
    assert (done.exit_code, "got 'thesis.txt' in it" in done.output) == (2, True)
    write_beginnings(folder, configs(tmp_path)["seed=0"], ())
    assert "got a run" in call(tmp_path).output
    assert (folder / "experiment.toml").read_text() == "mine"
    assert not (folder / "seed=0").exists()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense"])
def test_experiment__a_cluster_that_is_not_there_leaves_no_folder(
    tmp_path: Path, address: str
) -> None:
    write(tmp_path, "seeds = [1]\n")
    options = ["--executor", "ray", "--ray-address", address]
    done = call(tmp_path, *options)
    assert (done.exit_code, "Ray" in done.output) == (1, True)
    arguments = ["--preset", "nano", "--runs", str(tmp_path / "runs"), *options]
    alone = CliRunner().invoke(evolve, arguments)
    assert (alone.exit_code, alone.output) == (1, done.output)
    assert not (tmp_path / "runs").exists()
