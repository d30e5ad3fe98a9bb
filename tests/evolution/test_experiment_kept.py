"""What an experiment's folder tells: caps that hold over all its runs, and how far it is."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from evolution.cli import resume
from evolution.exits import OutOfBudget
from evolution.experiment.grid import load_experiment
from evolution.experiment.kept import Kept, format_kept, parse_kept, read_kept
from evolution.experiment.part import WHOLE, Part
from evolution.experiment.shares import share_caps
from evolution.experiment.work import Setup, set_up
from evolution.folder import FolderError, locked
from evolution.inspect_cli import runs, status
from evolution.ledger import read_limits, read_spent
from evolution.service import Service
from evolution.session import opened
from evolution.store import DATABASE, Store, StoreError
from evolution.tables import ConfigError
from llm_mutator.budget import Limits
from tests.evolution.chat_runs import answer
from tests.evolution.experiment_commands import call, configs, write
from tests.evolution.small_runs import run_whole
from tests.llm_mutator.chat_stub import chat_server

BY_MODEL = """[axes.by.model.mutator]
kind = "llm"
llm = { model = "stub", base_url = "URL", retries = 0, patience = 0.0, max_tokens = 1000 }
"""
BY_BOTH = (
    BY_MODEL
    + """[axes.by.none.mutator]
kind = "genetic"
"""
)


def grid(folder: Path, seeds: str, url: str, by: str = BY_MODEL) -> None:
    """Writes an experiment of a model's runs, without iterations."""
    write(folder, f'seeds = "{seeds}"\n{by.replace("URL", url)}', iterations=0)


def planned(folder: Path, part: Part = WHOLE) -> Setup:
    """The experiment, with its runs in `runs/grid`."""
    return set_up(
        load_experiment(folder / "grid.toml"), folder / "runs" / "grid", lambda _, __: None, part
    )


def spend(folder: Path, name: str) -> int:
    """Works a run without a cap, in this process; the tokens that it took."""
    run = folder / "runs" / "grid" / name
    with opened(run, configs(folder)[name], service=Service(allow_unpriced=True)) as opened_run:
        assert opened_run.advance()
    (run.parent / "experiment.toml").touch()
    return tokens_of(run)


def tokens_of(run: Path) -> int:
    """What a run has spent."""
    with Store(run / DATABASE) as store:
        return read_spent(store).tokens


def cap_of(run: Path) -> int | None:
    """Its cap."""
    with Store(run / DATABASE) as store:
        return read_limits(store).max_tokens


def test_share_caps__what_is_left_of_the_whole_among_those_that_ask(tmp_path: Path) -> None:
    with chat_server(answer) as stub:
        grid(tmp_path, "0-2", stub.url, BY_BOTH)
        assert share_caps(planned(tmp_path), Limits(90, 31)) == {
            f"by=model_seed={n}": Limits(30.0, 10) for n in range(3)
        }
        first = spend(tmp_path, "by=model_seed=0")
        assert first > 0
        grid(tmp_path, "1-2", stub.url, BY_BOTH)  # the finished run is outside of the grid now
        left = share_caps(planned(tmp_path), Limits(None, first + 101))
        assert left == {f"by=model_seed={n}": Limits(None, 50) for n in (1, 2)}
        with pytest.raises(OutOfBudget, match=rf"got {first:,} of {first + 1:,} tokens spent in"):
            share_caps(planned(tmp_path), Limits(None, first + 1))
        with opened(tmp_path / "runs/grid/by=model_seed=1", configs(tmp_path)["by=model_seed=1"]):
            pass
        assert share_caps(planned(tmp_path), Limits(None, first + 101)) == left
        assert share_caps(planned(tmp_path), Limits()) == {}
        (tmp_path / "runs/grid/by=model_seed=0" / DATABASE).write_bytes(b"no database")
        with pytest.raises(StoreError, match="what all runs have spent, for the cap: "):
            share_caps(planned(tmp_path), Limits(None, 10_000_000))


def test_share_caps__what_a_run_has_spent_itself_is_in_its_cap(tmp_path: Path) -> None:
    with chat_server(answer) as stub:
        grid(tmp_path, "0-1", stub.url)
        used = spend(tmp_path, "by=model_seed=0")
        (tmp_path / "runs/grid/by=model_seed=0/champions/round_002.red").unlink()  # as if begun
        cap = 2 * used
        assert share_caps(planned(tmp_path), Limits(None, cap)) == {
            "by=model_seed=0": Limits(None, used + used // 2),
            "by=model_seed=1": Limits(None, used // 2),
        }


def test_share_caps__a_part_has_its_share_in_one_folder_or_in_its_own(tmp_path: Path) -> None:
    with chat_server(answer) as stub:
        grid(tmp_path, "0-3", stub.url)
        for name in ("by=model_seed=0", "by=model_seed=2"):
            spend(tmp_path, name)
        used = sum(tokens_of(run) for run in (tmp_path / "runs" / "grid").iterdir() if run.is_dir())
        second = share_caps(planned(tmp_path, Part(2, 2)), Limits(None, 2 * used))
        assert second == {f"by=model_seed={n}": Limits(None, used // 2) for n in (1, 3)}
        grid(tmp_path, "0-7", stub.url)
        with pytest.raises(OutOfBudget, match=r"\(a part has its share of it: part 1 of 2\)"):
            share_caps(planned(tmp_path, Part(1, 2)), Limits(None, 2 * used))


def test_experiment__the_cap_holds_over_all_runs_when_axes_grow(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "grid"
    with chat_server(answer) as stub:
        grid(tmp_path, "0", stub.url)
        used = spend(tmp_path, "by=model_seed=0")
        cap = str(used + 20_000)
        grid(tmp_path, "0-1", stub.url)
        call(tmp_path, "--allow-unpriced", "--max-tokens", cap, "--minutes", "0")
        call(tmp_path, "--allow-unpriced")  # the cap holds without being given again
        assert cap_of(folder / "by=model_seed=1") == 20_000
        whole = used + tokens_of(folder / "by=model_seed=1")
        assert used < whole <= int(cap)
        grid(tmp_path, "2", stub.url)
        asked = len(stub.requests)
        done = call(tmp_path, "--allow-unpriced", "--max-tokens", str(whole))
        assert (done.exit_code, len(stub.requests)) == (3, asked), done.output
        assert f"got {whole:,} of {whole:,} tokens spent" in done.output
        assert not (folder / "by=model_seed=2").exists()
        assert read_kept(folder).caps.max_tokens == int(cap)
        none = call(tmp_path, "--allow-unpriced", "--max-tokens", "none", "--minutes", "0")
        assert "2 more runs in the folder are not of this grid\n" in none.output
        assert read_kept(folder).caps == Limits()


def test_standing__of_an_experiment_by_its_folder(tmp_path: Path) -> None:
    write(tmp_path, 'seeds = "0-1"\n', iterations=8)
    folder = tmp_path / "runs" / "grid"
    assert call(tmp_path, "--max-cost", "2.5", "--minutes", "0").exit_code == 0
    for name, config in configs(tmp_path).items():
        run_whole(folder / name, config)
    write(tmp_path, 'seeds = "0-2"\n', iterations=8)
    with opened(folder / "seed=2", configs(tmp_path)["seed=2"]):
        said = CliRunner().invoke(status, [str(folder)])
    assert said.exit_code == 0, said.output
    first, second, cap, how = said.output.splitlines()
    assert first == "grid: experiment, not at work, 2 of 3 runs that are begun are finished"
    assert (second, cap) == ("  not finished: seed=2", "cap: $2.50")
    assert how.startswith("continue with: redqueen ")
    listed = CliRunner().invoke(runs, [str(tmp_path / "runs")])
    assert listed.exit_code == 0, listed.output
    (row,) = [line.split() for line in listed.output.splitlines() if "grid" in line]
    assert row == ["grid", "experiment", "2/3", "runs"]
    with locked(folder):
        assert "experiment, at work" in CliRunner().invoke(status, [str(folder)]).output
    resumed = CliRunner().invoke(resume, [str(folder)])
    assert resumed.exit_code == 2
    assert "which is an experiment's; continue with:\n  redqueen " in resumed.output


def test_parse_kept__reads_back_what_is_kept(tmp_path: Path) -> None:
    kept = Kept(("redqueen", "experiment", 'a "b".toml\n'), Limits(0.5, 12))
    assert parse_kept(format_kept(kept)) == kept
    assert parse_kept(format_kept(Kept())) == Kept()
    assert read_kept(tmp_path) == Kept()
    for text in ("caps = 3", "caps.max_cost = -1", "x = 1", "a = " + 9000 * "9"):
        with pytest.raises(ConfigError):
            parse_kept(text)
        (tmp_path / "command.toml").write_text(text)
        with pytest.raises(FolderError, match=r"command\.toml"):
            read_kept(tmp_path)
