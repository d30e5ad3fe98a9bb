"""Experiments: reading their files, the grid, names, and everything that can be wrong."""

from dataclasses import replace
from pathlib import Path

import pytest

from evolution.experiment.estimate import BEGINNING, STORING, estimate_experiment
from evolution.experiment.grid import Experiment, group_names, group_of, load_experiment, plan
from evolution.experiment.part import WHOLE, Part, format_part, parse_part
from evolution.experiment.work import kinds, set_up
from evolution.service import Service
from evolution.tables import ConfigError
from mars.classics import bundled_by_name
from mars.settings import CoreSettings

IMP = ";name Imp\nMOV 0, 1\n"


def write(folder: Path, text: str) -> Path:
    """An experiment's file."""
    path = folder / "grid.toml"
    path.write_text(text, encoding="utf-8")
    return path


def experiment(folder: Path, axes: str, base: str = "") -> Experiment:
    """An experiment on the nano core."""
    return load_experiment(write(folder, f'preset = "nano"\n[base]\n{base}\n[axes]\n{axes}\n'))


def names(folder: Path, axes: str) -> list[str]:
    """The names of its runs, in order."""
    return [run.name for run in plan(experiment(folder, axes))]


def test_plan__product_in_the_order_of_the_file_with_seeds_fastest(tmp_path: Path) -> None:
    found = plan(experiment(tmp_path, 'seeds = "0-1,8"\nhistory = [1, "all"]\nshadow = [true]'))
    assert [run.name for run in found] == [
        f"history={history}_shadow=true_seed={seed}"
        for history in ("1", "all")
        for seed in (0, 1, 8)
    ]
    assert found[4].labels == ("1", "all", "true")
    config = found[4].config
    assert (config.seed, config.history, config.shadow, config.core.core_size) == (
        1,
        "all",
        True,
        80,
    )


def test_plan__names_stay_when_an_axis_grows(tmp_path: Path) -> None:
    few = names(tmp_path, 'seeds = "0-3"\niterations = [10]')
    many = names(tmp_path, 'seeds = "0-120"\niterations = [10, 20]')
    assert set(few) < set(many)


def test_plan__short_dotted_and_named_axes_change_the_configuration(tmp_path: Path) -> None:
    axes = """
        single_cell = [true]
        "search.share_new" = [0.25]
        [axes.kind.plain]
        [axes.kind.null]
        shadow = true
        fitness.fights = 3
    """
    plain, null = plan(experiment(tmp_path, axes, "fitness.fights = 5"))
    assert plain.name == "single_cell=true_search.share_new=0.25_kind=plain"
    assert (plain.config.descriptor.single_cell, plain.config.search.share_new) == (True, 0.25)
    assert (plain.config.shadow, plain.config.fitness.fights) == (False, 5)
    assert (null.config.shadow, null.config.fitness.fights) == (True, 3)
    assert null.config.search == plain.config.search


def test_plan__short_names_in_variants(tmp_path: Path) -> None:
    axes = """
        [axes.kind.short]
        mutator = "mixed"
        iterations = 7
        islands = 2
        search.fresh = 5
        [axes.kind.long]
        mutator.kind = "mixed"
        search = { iterations = 7, fresh = 6 }
        islands = { count = 2 }
    """
    short, long = plan(experiment(tmp_path, axes))
    assert (short.config.mutator.kind, short.config.islands.count) == ("mixed", 2)
    assert (short.config.search.iterations, short.config.search.fresh) == (7, 5)
    search = replace(long.config.search, fresh=5)
    assert replace(long.config, search=search) == short.config


def test_part__parts_are_the_grid_and_share_no_run() -> None:
    grid = list("abcdefghij")
    parts = [Part(number, 4).take(grid) for number in range(1, 5)]
    assert parts[1] == ("b", "f", "j")
    assert sorted(run for part in parts for run in part) == grid
    assert (WHOLE.take(grid), WHOLE.take([]), WHOLE.words) == (tuple(grid), (), "")
    assert parse_part(format_part(Part(2, 4))) == Part(2, 4)
    for text in ("0/4", "5/4", "2", "2/4/8", "-1/4", "2/4 ", "1/999999", "\u0662/4"):
        with pytest.raises(ValueError, match="expected a part such as 2/4"):
            parse_part(text)
    with pytest.raises(ConfigError, match="expected at most as many parts as runs, 10: got 2/11"):
        Part(2, 11).take(grid)


def test_plan__w_0_from_names_files_and_folders_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "some" / "deep").mkdir(parents=True)
    for path in ("one.red", "some/b.red", "some/a.RED", "some/deep/a.red"):
        (tmp_path / path).write_text(IMP + f"DAT 0, {len(path)}\n")
    (tmp_path / "some" / "readme.txt").write_text("no warrior")
    found = plan(experiment(tmp_path, 'initial = ["dwarf", "one.red", "some"]'))
    assert [run.name for run in found] == [
        f"initial={label}" for label in ("dwarf", "one", "a", "b", "deep-a")
    ]
    known = bundled_by_name(CoreSettings.preset("nano"))["dwarf"]
    assert found[0].config.initial.source == known.source
    assert found[1].config.initial.source == (tmp_path / "one.red").read_text()
    assert [run.name for run in plan(experiment(tmp_path, 'initial = "some/deep"'))] == [
        "initial=a"
    ]


def test_plan__paths_of_the_base_and_of_variants_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.red").write_text(IMP)
    axes = '[axes.kind.own]\ninitial = "mine.red"\n[axes.kind.none]\nsparring = []'
    own, none = plan(experiment(tmp_path, axes, 'sparring = ["mine.red"]'))
    assert (own.config.initial.name, len(own.config.sparring)) == ("mine.red", 1)
    assert (none.config.initial.name, len(none.config.sparring)) == ("imp", 0)


def test_plan__nothing_in_a_value_leads_out_of_the_folder(tmp_path: Path) -> None:
    (name,) = names(tmp_path, '[axes.kind."../../\\u001b[2J evil"]')
    assert name == "kind=..-..---2J-evil"


def test_group_of__leaves_repetitions_out(tmp_path: Path) -> None:
    given = experiment(tmp_path, 'history = [1]\nseeds = [4]\ninitial = ["imp"]\nshadow = [true]')
    (run,) = plan(given)
    assert run.labels == ("1", "4", "imp", "true")
    assert (group_names(given), group_of(given, run)) == (("history", "shadow"), ("1", "true"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "axes: expected at least one axis"),
        ("[axes", "expected a readable TOML file"),
        ("[axis]\nseeds = [1]", "(nearest: 'axes'): got 'axis'"),
        ("preset = 3\n[axes]\nseeds=[1]", "preset: expected a name: got 3"),
        ('preset = "huge"\n[axes]\nseeds=[1]', "preset must be one of"),
        ("base = 3\n[axes]\nseeds = [1]", "base: expected a table: got 3"),
        ("[axes]\nhistroy = [1]", "(nearest: 'history')"),
        ("[axes]\nseed = [1]", "(nearest: 'seeds')"),
        ("[axes]\nhistory = []", "axes.history: expected one or more values"),
        ("[axes]\nseeds = []", "axes.seeds: expected one or more values"),
        ("[axes.kind]", "axes.kind: expected one or more values"),
        ("[axes]\nhistory = 3", "axes.history: expected a list: got 3"),
        ("[axes]\nhistory = [1, 3, 1]", "axes.history: expected different values: got '1' twice"),
        ('[axes]\nseeds = "3-3,0-5"', "expected different values: got '3' twice"),
        ('[axes]\nmodel = ["a b", "A-B"]', "got 'A-B' twice"),
        ('[axes]\nseeds = "5-3"', 'expected numbers such as "0-3,8": got \'5-3\''),
        ('[axes]\nseeds = "1,,2"', "expected numbers such as"),
        ('[axes]\nseeds = "0-99999999999999999"', "expected at most 100000 seeds"),
        ("[axes]\nseeds = [-1]", "expected integers between 0 and"),
        ("[axes]\nseeds = [true]", "got True"),
        ("[axes]\nseeds = 5", "axes.seeds: expected a list: got 5"),
        ("[axes]\nsearch.iterations = [1, 2]", 'the quoted key "search.iterations" in [axes]'),
        ("[axes.kind.a]\nbatch=2\nsearch.batch=3", "axes.kind.a: expected one of batch and search"),
        ('[axes.kind.a]\nmutator="lm"', "kind=a: mutator.kind: expected one of"),
        ("[axes]\nhistory = [[1]]", "[axes.history.NAME]"),
        ('[axes]\n"a/b" = [1]', "expected a name of letters"),
        ('[axes]\nmodel = [""]', "expected a value to name a folder after"),
        ('[axes]\ninitial = "empty"', "expected .red files: got none"),
        ('[axes]\ninitial = ["nobody"]', "initial=nobody: initial: expected a readable file"),
        ("[axes]\nhistory = [1, -2]", "history=-2: history must be between 0"),
        ('[axes]\n"search.iteration" = [3]', "(nearest: 'iterations')"),
        ("[base]\nrouns = 3\n[axes]\nseeds=[1]", "base: unknown key 'rouns'"),
        ("[axes]\nhistory=[1,3]\nshadow=[false,true]\nrounds=[2]\nfitness=['melee','duel']",
         "history=1_shadow=false_rounds=2_fitness=duel: fitness.kind: expected one of"),
        ("[axes.kind.a]\nshadow=true\n[axes.kind.b]\nshadow=true", "same for kind=a and kind=b"),
        ('[axes]\nseeds = "0-9"\n[axes.kind.a]\nseed=1\n[axes.kind.b]\nseed=2',
         "the same for kind=a and kind=b"),
        ('[axes]\nseeds = "0-50000"\nhistory = [1, 3]', "at most 100000 runs: got more"),
        (f'[axes]\nmodel = ["{"m" * 150}"]', "of at most 150 characters"),
    ],
)  # fmt: skip
def test_plan__what_is_wrong_is_said(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError) as caught:
        plan(load_experiment(write(tmp_path, text)))
    assert message in str(caught.value)


def test_load_experiment__no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a readable TOML file"):
        load_experiment(tmp_path / "none.toml")


def test_estimate_experiment__adds_kinds_and_multiplies_by_runs(tmp_path: Path) -> None:
    axes = 'seeds = "0-3"\niterations = [10, 30]\n'
    base = "rounds = 2\nsearch.fresh = 5\nchampion.bundled_fights = 1"
    setup = set_up(experiment(tmp_path, axes, base), tmp_path / "runs")
    told: list[tuple[int, int]] = []
    guess = estimate_experiment(
        kinds(setup, setup.left), 1, 1, Service(), lambda *done: told.append(done)
    )
    assert guess.proposals == 4 * 2 * (15 + 35)
    assert told == [(1, 2), (2, 2)]
    assert guess.seconds > 8 * BEGINNING + guess.evaluations * STORING
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "text",
    [
        "rounds." + 3000 * "a." + "a = 1\n[axes]\nseeds = [1]\n",
        "rounds = 0x" + 9000 * "f" + "\n[axes]\nseeds = [1]\n",
        "rounds = " + 9000 * "9" + "\n[axes]\nseeds = [1]\n",
        "mutator.kind = '" + 100_000 * "x" + "'\n[axes]\nseeds = [1]\n",
        100_000 * "x" + " = 1\n[axes]\nseeds = [1]\n",
        "[axes]\nseeds." + 3000 * "a." + "a = 1\n",
        "[axes]\nseeds = '" + 100_000 * "9" + "'\n",
        "[axes]\nseeds = [0x" + 9000 * "f" + "]\n",
        "[axes]\nbatch = [0x" + 9000 * "f" + "]\n",
        "[axes]\n" + "".join(f"[axes.a{n}.x]\n[axes.a{n}.y]\n" for n in range(15_000)),
        "[axes.seed.x]\nrounds = 3\n",
    ],
    ids=lambda text: text[:20],
)
def test_plan__huge_and_deep_values_are_refused_in_few_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(load_experiment(write(tmp_path, f'preset = "nano"\n[base]\n{text}')))
    assert len(str(caught.value)) < 1000


def test_plan__two_combinations_of_one_name(tmp_path: Path) -> None:
    axes = """
        [axes.a."x_b=y"]
        search.fresh = 3
        [axes.a.X]
        search.fresh = 4
        [axes.b.z]
        search.batch = 4
        [axes.b."y_b=z"]
        search.batch = 8
    """
    with pytest.raises(ConfigError, match=r"another name for each run: got 'a=X_b=y_b=z' twice"):
        plan(experiment(tmp_path, axes))
