"""A report of many runs, of an experiment's, and of islands: head, groups, contents, exchange."""

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from analysis.genotype import genotypes
from analysis.loading_groups import champions_by_id, load_runs
from analysis.report.comparison import runs_parts
from analysis.report.exchange import HEADINGS, KNOWN, STAYED, exchange_parts, fate_words
from analysis.report.head import head_words, title_of
from analysis.report.material import Choices, Material, material_of
from analysis.report.origin import origin_parts
from analysis.report.page import report_page
from analysis.report.parts import Chapter, Fold, Section, Table, Words
from analysis.report.prediction import compact, thinned
from analysis.report_cli import REPORT, write_run_report
from evolution.experiment.folder import TEXT
from evolution.islands import opened_islands
from redqueen import main
from tests.evolution.small_runs import small_config

Runs = dict[str, Path]
BARE = Choices(scans=0, replays=0)


@pytest.fixture(scope="module")
def islands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two islands that hear of each other before rounds 2 and 3, as a run of an experiment."""
    folder = tmp_path_factory.mktemp("of") / "study" / "isl"
    folder.parent.mkdir()
    (folder.parent / TEXT).touch()
    search = {"iterations": 16, "batch": 4, "fresh": 4}
    config = small_config(islands={"count": 2, "every": 1}, search=search)
    with opened_islands(folder, config) as both:
        assert both.advance()
    return folder


def materials_of(folders: list[Path]) -> list[Material]:
    return [material_of(run, None, None, BARE) for run in load_runs(folders)]


def test_title_of__the_folder_given(recorded: Runs, islands: Path) -> None:
    two = load_runs([islands / "island_0", islands / "island_1"])
    assert title_of([islands], two) == "isl"
    assert title_of([islands / "island_0", islands / "island_1"], two) == "island_0, island_1"
    assert title_of([islands / "island_1"], two[1:]) == "isl/island_1"
    many = load_runs(recorded.values())
    assert title_of(list(recorded.values()), many) == "first, second, short and 1 more"


def test_head_words__experiment_and_islands(recorded: Runs, islands: Path) -> None:
    two = load_runs([islands / "island_0", islands / "island_1"])
    assert head_words(two, True) == "Experiment study: islands of isl: 1 run (2 islands), core 80."
    plain = load_runs([recorded["first"], recorded["short"]])
    assert head_words(plain, True) == "2 runs, core 80; 2 groups."
    assert "--each" in head_words(plain, False)
    mixed = head_words(load_runs([islands / "island_0", recorded["first"]]), True)
    assert "isl" not in mixed.replace("island", "")
    assert "Experiment" not in mixed


def test_runs_parts__groups_first(recorded: Runs) -> None:
    materials = materials_of([recorded[name] for name in ("short", "first", "second")])
    groups, runs, notes = runs_parts(materials)
    assert isinstance(groups, Table)
    assert isinstance(runs, Table)
    assert isinstance(notes, Words)
    assert [row[:4] for row in groups.rows] == [
        ["K=1", "1", "3", "1 of 1"],
        ["K=all", "2", "3", "2 of 2"],
    ]
    fitness = [float(row[runs.headings.index("fitness")]) for row in runs.rows]
    shown = [float(row[4].split()[0]) for row in groups.rows]
    assert shown == pytest.approx([fitness[0], (fitness[1] + fitness[2]) / 2], abs=0.002)
    share = [float(row[runs.headings.index("bundled")].rstrip("%")) for row in runs.rows]
    shown = [float(row[5].split("%")[0]) for row in groups.rows]
    assert shown == pytest.approx([share[0], (share[1] + share[2]) / 2], abs=0.6)


def test_shows_each__few_or_as_asked() -> None:
    assert [Choices().shows_each(runs) for runs in (1, 8, 9)] == [True, True, False]
    assert [Choices(each=False).shows_each(runs) for runs in (1, 2)] == [True, False]
    assert Choices(each=True).shows_each(100)


def test_report__no_each(recorded: Runs, tmp_path: Path) -> None:
    page = tmp_path / "out.html"
    few = ("--scans", "0", "--replays", "0", "--workers", "1", "--no-each")
    names = [str(recorded[name]) for name in ("first", "null")]
    done = CliRunner().invoke(main, ["report", *names, "-o", str(page), *few])
    assert (done.exit_code, done.exception) == (0, None)
    text = page.read_text(encoding="utf-8")
    assert "<h1>first, null - redqueen report</h1>" in text
    assert text.count("<article>") == 1
    assert "<nav" in text
    assert "Settings and provenance" not in text


def test_write_run_report__of_islands_names_their_folder(islands: Path) -> None:
    assert write_run_report(islands) == islands / REPORT
    text = (islands / REPORT).read_text(encoding="utf-8")
    assert "<h1>isl - redqueen report</h1><p>Experiment study: islands of isl: " in text
    assert text.count("Who came from other islands") == 2


def test_report_page__contents_have_a_line_a_run() -> None:
    sections = [Section(f"part {number}", [Words("x")]) for number in range(5)]
    page = report_page("t", [Chapter(f"c{place}", sections) for place in range(4)])
    header, body = page.split("<main>")
    assert re.findall('href="#([^"]*)"', header) == [
        *("c0", "c0-0", "c0-1", "c0-2", "c0-3", "c0-4"),
        *("c1", "c2", "c3"),
    ]
    assert re.findall('href="#([^"]*)"', body) == [f"c{c}-{s}" for c in (1, 2, 3) for s in range(5)]
    targets = re.findall(' id="(c[^"]*)"', page)
    assert set(re.findall('href="#([^"]*)"', page)) <= set(targets)
    alone = report_page("t", [Chapter("c", sections)])
    assert re.findall('href="#([^"]*)"', alone) == [f"c0-{number}" for number in range(5)]


def test_fate_words__from_the_round_it_came_in() -> None:
    lines = [[0], [3, 0], [5], [7, 5], [5], [9, 7, 5], [2]]
    words = "champion of rounds 2, 4; ancestor of the champions of rounds 3, 5"
    assert fate_words(5, 2, lines) == words
    assert fate_words(5, 5, lines) == "ancestor of the champions of round 5"
    assert fate_words(5, 6, lines) == STAYED
    assert fate_words(-1, 1, lines) == STAYED


def test_exchange_parts__who_came(islands: Path, recorded: Runs) -> None:
    materials = materials_of([islands / "island_0", islands / "island_1"])
    names = [[warrior.id for warrior in m.champions] for m in materials]
    for number, material in enumerate(materials):
        words, fold = exchange_parts(material)
        assert isinstance(words, Words)
        assert words.text.startswith("2 champions of other islands entered, ")
        assert isinstance(fold, Fold)
        (table,) = fold.parts
        assert isinstance(table, Table)
        assert list(table.headings) == list(HEADINGS)
        other = str(1 - number)
        assert [row[:3] for row in table.rows] == [["2", other, "1"], ["3", other, "2"]]
        for row in table.rows:
            came = names[1 - number][int(row[2])]
            assert row[3] == materials[1 - number].summary.champions[int(row[2])].name
            if row[4] != KNOWN:
                mine = came in names[number][int(row[0]) :]
                assert row[4].startswith("champion of") == mine
        settings = next(part for part in origin_parts(material) if isinstance(part, Table))
        assert ["island", f"{number} (of 2, from 0 on)"] in settings.rows
        assert settings.rows[-1][:2] == [
            "exchange",
            "every round, of the latest champions, each island with all others",
        ]
    (alone,) = materials_of([recorded["first"]])
    assert exchange_parts(alone) == []


def test_thinned__counts_back_from_the_last(
    recorded: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    materials = materials_of([recorded["first"], recorded["second"]])
    table = materials[0].bundled
    for step, rounds in ((1, [1, 2, 3]), (2, [1, 3]), (3, [3])):
        monkeypatch.setattr("analysis.report.prediction.MOST_WORK", len(rounds) ** 3)
        some, found = thinned(table)
        assert (found, some["round"].tolist()) == (step, rounds)


def test_compact__keeps_inner_products(recorded: Runs) -> None:
    warriors = champions_by_id(load_runs(recorded.values()))
    features = genotypes(list(warriors.values()))
    small = compact(features)
    assert small.shape == (len(warriors), len(warriors))
    assert small.index.equals(features.index)
    whole = features.to_numpy() @ features.to_numpy().T
    assert np.allclose(small.to_numpy() @ small.to_numpy().T, whole, atol=1e-9)
