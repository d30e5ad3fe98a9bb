"""The experiments that come with the project can all be run."""

from pathlib import Path

import pytest

from evolution.experiment.grid import load_experiment, plan
from evolution.view import has_seen_bundled

FOLDER = Path(__file__).parents[2] / "experiments"
FILES = sorted(FOLDER.glob("*.toml"))
# Finished within 15 minutes on two cores, so kept small.
MOST_PROPOSALS = 300_000


def test_files__are_those_that_the_readme_promises() -> None:
    assert {file.stem for file in FILES} == {
        "best_of_n",
        "genetic_llm",
        "history",
        "islands",
        "melee_pairwise",
        "shadow",
        "single_cell",
        "specialists",
        "zero_shot",
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_plan__every_combination_is_a_run(file: Path) -> None:
    comment = file.read_text(encoding="utf-8").split("\npreset")[0]
    assert all(line.startswith("#") for line in comment.splitlines())
    assert "?" in comment  # the question that it answers
    runs = plan(load_experiment(file))
    assert len(runs) >= 12
    for run in runs:
        assert not has_seen_bundled(run.config), run.name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_plan__runs_of_an_experiment_have_equal_proposals(file: Path) -> None:
    counts = set()
    for run in plan(load_experiment(file)):
        config = run.config
        counts.add(
            (
                config.rounds * config.islands.count * config.search.iterations,
                config.rounds * config.islands.count * config.search.fresh,
            )
        )
    assert len(counts) == 1


def test_history__is_what_the_paper_compares() -> None:
    runs = plan(load_experiment(FOLDER / "history.toml"))
    assert len(runs) == 64
    assert {(run.config.history, run.config.shadow) for run in runs} == {
        (1, False),
        (3, False),
        ("all", False),
        ("all", True),
    }
    proposals = sum(
        run.config.rounds * (run.config.search.iterations + run.config.search.fresh) for run in runs
    )
    assert proposals <= MOST_PROPOSALS
