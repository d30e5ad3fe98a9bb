"""Battles to replay: from files, runs and tournaments; and the commands that have them again."""

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from analysis.replay.bouts import bout_of_files, core_arguments
from analysis.replay.record import BattlePlan, ReplayError, fight_battle, record_fight
from analysis.replay.stored_bouts import bout_of_results, bout_of_run, find_entrant
from analysis.replay.words import told_apart
from evolution.pairs import Result
from evolution.records import read_bundled, read_ratchet
from evolution.store import DATABASE, Store
from mars.assembler import assemble
from mars.classics import bundled_by_name, bundled_sources
from mars.entrants import Entrant
from mars.options import core_options, settings_from
from mars.results import Results, open_results
from mars.settings import PRESETS, CoreSettings
from mars.standings import standings
from mars.tournament import Terms, pair_battle, round_robin
from redqueen import main
from tests.analysis.replay_fights import PageFight, bundled_bout
from tests.evolution.small_runs import run_whole, small_config

TINY = CoreSettings.preset("tiny")
NAMES = ("dwarf", "imp", "tiny-paper", "tiny-stone")


@click.command()
@core_options
def settings_command(**core: object) -> None:
    """Tells the settings of its options."""
    click.echo(repr(settings_from(**core)))  # type: ignore[arg-type]


@st.composite
def any_settings(draw: st.DrawFn) -> CoreSettings:
    """Presets, and settings near them."""
    chosen = draw(st.sampled_from(list(PRESETS.values())))
    core_size = draw(st.one_of(st.just(chosen.core_size), st.integers(400, 9000)))
    max_length = draw(st.one_of(st.just(chosen.max_length), st.integers(5, 300)))
    least = max(max_length, chosen.min_distance)
    return replace(
        chosen,
        core_size=core_size,
        max_length=min(max_length, core_size),
        min_distance=min(core_size, draw(st.one_of(st.just(least), st.integers(least, 350)))),
        pspace_size=min(core_size, draw(st.sampled_from([0, 1, 500, chosen.pspace_size]))),
        max_cycles=draw(st.sampled_from([chosen.max_cycles, 999])),
        rules=draw(st.sampled_from(["88", "94"])),
    )


@hypothesis_settings(deadline=None)
@given(any_settings())
def test_core_arguments__give_the_settings(settings: CoreSettings) -> None:
    done = CliRunner().invoke(settings_command, core_arguments(settings))
    assert done.output.strip() == repr(settings)


@pytest.mark.parametrize("name", PRESETS)
def test_core_arguments__a_preset_is_its_name(name: str) -> None:
    assert core_arguments(PRESETS[name]) == ["--preset", name]


@pytest.mark.parametrize(
    ("choice", "series", "options"),
    [
        ({"seed": 7}, "seed 7", "--seed 7"),
        ({}, "seed 0", "--seed 0"),
        ({"fixed_series": True}, "pMARS's -f", "-f"),
        ({"fixed_position": 99}, "pMARS's -F 99", "-F 99"),
    ],
)
def test_commands__have_the_fight_again(choice: dict[str, int], series: str, options: str) -> None:
    bundled = bundled_by_name(TINY)
    names = ("dwarf", "tiny-paper")
    plan = BattlePlan(tuple(bundled[name] for name in names), TINY, 5, **choice)  # type: ignore[arg-type]
    bout = bout_of_files(plan, names)
    assert bout.series == series
    [(_, replayed), (_, fought)] = bout.commands(2)
    assert replayed == f"redqueen replay -r 5 --preset tiny {options} dwarf tiny-paper --fight 2"
    records = fight_battle(plan)
    done = CliRunner().invoke(main, shlex.split(fought)[1:])
    wins = int((records.alive[:, 0] & ~records.alive[:, 1]).sum())
    losses = int((~records.alive[:, 0]).sum())
    assert done.stdout.endswith(f"Results: {wins} {losses} {5 - wins - losses}\n")


def test_commands__quote_what_a_shell_would_take() -> None:
    bout = bundled_bout("dwarf", "imp")
    [(_, replayed), _] = bout_of_files(bout.plan, ("a b;rm $X.red", "imp")).commands(1)
    assert shlex.split(replayed)[-4:] == ["a b;rm $X.red", "imp", "--fight", "1"]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("-x.red", "./-x.red"),
        ("-", "-"),
        ("it's a.red", "'it'\"'\"'s a.red'"),
        ("a\x1b[2J\\'\n.red", "$'a\\x1b[2J\\\\\\'\\x0a.red'"),
        ("ü\udcff1\u2028.red", "$'ü\\xff1\\xe2\\x80\\xa8.red'"),
    ],
)
def test_commands__any_file_name(name: str, word: str) -> None:
    bout = bout_of_files(bundled_bout("dwarf", "imp").plan, (name, "imp"))
    for (_, line), end in zip(bout.commands(1), (" imp --fight 1", " imp"), strict=True):
        assert line.isprintable()
        assert line.endswith(f" {word}{end}")
    if bash := shutil.which("bash"):
        done = subprocess.run([bash, "-c", f"printf %s {word}"], capture_output=True, check=True)
        assert done.stdout.removeprefix(b"./") == os.fsencode(name)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on the nano core."""
    folder = tmp_path_factory.mktemp("runs") / "demo"
    run_whole(folder, small_config())
    return folder


def test_bout_of_run__champions_as_on_record(run_folder: Path) -> None:
    with Store(run_folder / DATABASE) as store:
        record = read_ratchet(store)
        bundled = read_bundled(store, 2)
    for champion, versus, pair in (("3", "1", (3, 1)), ("0", "2", (2, 0))):
        bout = bout_of_run(run_folder, int(champion), versus)
        assert bout.expected == record[pair]
        records = fight_battle(bout.plan)
        bout.check(records)
        assert len(records.firsts) == 10
        [(_, replayed), (_, fought)] = bout.commands(4)
        assert shlex.split(replayed)[2:] == [
            *(str(run_folder), "--champion", champion, "--versus", versus, "--fight", "4")
        ]
        done = CliRunner().invoke(main, shlex.split(fought)[1:])
        result = record[pair]
        assert done.stdout.endswith(f"Results: {result.wins} {result.losses} {result.ties}\n")
        wrong = replace(bout, expected=Result(result.wins + 1, result.ties, result.losses))
        counts = f"{result.wins}/{result.ties}/{result.losses} wins/ties/losses"
        with pytest.raises(ReplayError) as caught:
            wrong.check(records)
        assert str(caught.value) == (
            f"{run_folder / DATABASE} disagrees with the engine about "
            f"{told_apart(bout.plan.warriors)[0]}: expected {counts}: "
            f"got {result.wins + 1}/{result.ties}/{result.losses} wins/ties/losses"
        )
    bout = bout_of_run(run_folder, 2, "nano-paper")
    assert bout.expected == bundled["nano-paper"]
    bout.check(fight_battle(bout.plan))


def test_bout_of_run__refuses(run_folder: Path) -> None:
    for champion, versus, message in (
        (4, "1", "champion must be 0 to 3: got 4"),
        (1, "9", "versus must be 0 to 3: got 9"),
        (-1, "imp", "champion must be 0 to 3: got -1"),
        (2, "2", "expected two different champions: got 2 twice"),
        (
            2,
            "silkworm",
            "versus must be a champion's round, all, or one of dwarf, .*: got 'silkworm'",
        ),
        (2, "all", "expected a run with melee fitness: got 'pairwise'"),
    ):
        with pytest.raises(ValueError, match=message):
            bout_of_run(run_folder, champion, versus)


def test_bout_of_run__the_melee_that_measured_a_champion(tmp_path: Path) -> None:
    fitness = {"kind": "melee", "fights": 4}
    partner = {"name": "partner", "source": bundled_sources()["nano-paper"]}
    run_whole(tmp_path / "m", small_config(rounds=2, fitness=fitness, sparring=[partner]))
    bout = bout_of_run(tmp_path / "m", 2, "all")
    assert [warrior.name for warrior in bout.plan.warriors[2:]][-1] == "Nano Leaf"
    assert len(bout.plan.warriors) == 4
    records = fight_battle(bout.plan)
    assert isinstance(bout.expected, float)
    bout.check(records)
    with pytest.raises(ReplayError, match="expected a mean survival share of 0"):
        replace(bout, expected=bout.expected + 1e-9).check(records)
    found = record_fight(bout.plan, records, 2)
    assert PageFight.of(found).ask("fight.difference") is None
    assert [what for what, _ in bout.commands(2)] == ["This replay again"]
    with pytest.raises(ValueError, match="expected a champion that has ancestors: got 0"):
        bout_of_run(tmp_path / "m", 0, "all")


@pytest.fixture(scope="module")
def results_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tournament of four, but for its last pair; two of one name."""
    path = tmp_path_factory.mktemp("results") / "r.db"
    bundled = bundled_by_name(TINY)
    warriors = [bundled[name] for name in NAMES]
    named = re.sub(r"(?m)^;name .*$", ";name IMP", bundled_sources()["tiny-stone"])
    warriors[3] = assemble(named, TINY)
    terms = Terms(TINY, 6, 5)
    entrants = [Entrant(w, f"{name}.red") for w, name in zip(warriors, NAMES, strict=True)]
    with open_results(path, entrants, terms) as results:
        round_robin(
            warriors,
            terms,
            on_finished=lambda batch: results.append(
                [tally for tally in batch if {tally.first, tally.second} != {2, 3}]
            ),
        )
    return path


def test_bout_of_results__as_the_tournament_fought_it(results_file: Path) -> None:
    warriors = {name: bundled_by_name(TINY)[name] for name in NAMES}
    for one, other in (("dwarf", "imp"), ("tiny-paper", "dwarf")):
        bout = bout_of_results(results_file, f"{one}.red", f"{other}.red")
        again = bout_of_results(results_file, f"{other}.red", warriors[one].id[:8].upper())
        assert bout == again
        result, swapped = pair_battle(warriors[one], warriors[other], Terms(TINY, 6, 5))
        first = bout.plan.warriors[0]
        assert first.id == (warriors[other] if swapped else warriors[one]).id
        assert bout.expected == Result(
            int(result.wins[0]), int(result.ties[0]), int(result.losses[0])
        )
        bout.check(fight_battle(bout.plan))
        ids = [warrior.id[:12] for warrior in bout.plan.warriors]
        assert bout.arguments == (str(results_file), *ids)
        assert bout.stored == results_file
    missing = bout_of_results(results_file, "tiny-paper.red", "tiny-stone.red")
    assert missing.expected is None
    assert missing.notes == ("The battle is not fought in the tournament yet.",)


def test_bout_of_results__names_that_need_care(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    warriors = [
        assemble(f";name {'W' * 300}\n;assert 1\n{code}\n", TINY) for code in ("dat 0", "jmp 0")
    ]
    entrants = [Entrant(w, f"-{place}.red") for place, w in enumerate(warriors)]
    terms = Terms(TINY, 4, 5)
    with open_results(Path("-r.db"), entrants, terms) as results:
        round_robin(warriors, terms, on_finished=results.append)
    bout = bout_of_results(Path("-r.db"), "1", "2")
    [(_, replayed), (_, fought)] = bout.commands(2)
    assert shlex.split(replayed)[2] == "./-r.db"
    assert {*shlex.split(fought)[-2:]} == {"./-0.red", "./-1.red"}
    [note] = bout.notes
    assert note.startswith(f"In the tournament: {'W' * 59}… won ")


def test_find_entrant__rank_name_file_id(results_file: Path) -> None:
    with Results(results_file) as results:
        ids = [entrant.warrior.id for entrant in results.entrants]
        ranked = [standing.index for standing in standings(results.payoffs(), ids)]
        assert [find_entrant(results, str(rank)) for rank in (1, 2, 3, 4)] == ranked
        assert find_entrant(results, "dWARF") == find_entrant(results, "dwarf.red") == 0
        assert [find_entrant(results, ids[2]), find_entrant(results, ids[2][:6])] == [2, 2]
        for text, message in (
            ("5", "expected a rank, a name, a file or an id of the tournament: got '5'"),
            ("nobody", "got 'nobody'"),
            (ids[2][:5], "expected a rank"),
            ("imp", "that only one warrior has: got 'imp', which [0-9a-f]{12}, [0-9a-f]{12} have"),
        ):
            with pytest.raises(ValueError, match=message):
                find_entrant(results, text)
    with pytest.raises(ValueError, match="expected two different warriors"):
        bout_of_results(results_file, "dwarf", ids[0])


def test_bout_of_results__a_fixed_series(tmp_path: Path) -> None:
    warriors = [bundled_by_name(TINY)[name] for name in ("dwarf", "tiny-paper")]
    terms = Terms(TINY, 4, None)
    entrants = [Entrant(warrior, warrior.name) for warrior in warriors]
    with open_results(tmp_path / "f.db", entrants, terms) as results:
        round_robin(warriors, terms, on_finished=results.append)
    bout = bout_of_results(tmp_path / "f.db", "1", "2")
    assert (bout.plan.seed, bout.plan.fixed_series, bout.series) == (None, True, "pMARS's -f")
    assert bout.expected is not None
    bout.check(fight_battle(bout.plan))
