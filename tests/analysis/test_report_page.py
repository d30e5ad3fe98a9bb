"""The page as text: whole, closed to the network, and safe from what runs say."""

import json
import re
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path

import pytest

from analysis.loading_groups import load_runs
from analysis.replay.page import About, replay_page
from analysis.report.gather import NOTHING, SECTIONS, chapters_of
from analysis.report.html import element, shown
from analysis.report.material import Choices, material_of
from analysis.report.page import report_page
from analysis.report.parts import Chapter, Code, Fold, Picture, Replay, Section, Table, Words
from analysis.report.prediction import prediction_parts
from evolution.service import Service
from evolution.session import opened
from tests.analysis.replay_fights import bundled_record
from tests.analysis.test_replay_page import HOSTILE, Elements
from tests.evolution.chat_runs import answer, chat_config
from tests.evolution.small_runs import small_config
from tests.llm_mutator.chat_stub import chat_server

Runs = dict[str, Path]
NO_SCANS = Choices(scans=0, replays=1)


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of a run with a chat model whose w_0, model, and chapter say what would harm a page."""
    source = f";name {HOSTILE[0]}\n;author {HOSTILE[1]}\nMOV 0, 1 ; {HOSTILE[2]}\n"
    initial = {"name": HOSTILE[1], "source": source}
    folder = tmp_path_factory.mktemp("hostile") / "run"
    with chat_server(answer) as stub:
        config = chat_config(stub.url, initial=initial, llm={"model": HOSTILE[0]})
        with opened(folder, config, service=Service()) as run:
            assert run.advance()
    provenance = {"created": HOSTILE[0], "command": list(HOSTILE), "packages": {HOSTILE[1]: 1}}
    (folder / "provenance.json").write_text(json.dumps(provenance))
    return report_page(HOSTILE[0], chapters_of(load_runs([folder]), NO_SCANS))


def policy_of(page: str) -> dict[str, list[str]]:
    """The page's policy: sources by directive."""
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    return {words[0]: words[1:] for words in map(str.split, unescape(found[1]).split(";"))}


def digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def small_page(*parts: Words | Table | Picture | Code | Replay | Fold) -> str:
    return report_page("title", [Chapter("chapter", [Section("section", parts)])])


def test_report_page__hostile_texts_stay_texts(hostile_page: str) -> None:
    found = Elements(hostile_page)
    tags = [tag for tag, _ in found.tags]
    scripts = [attributes for tag, attributes in found.tags if tag == "script"]
    assert [script.get("type") for script in scripts] == ["application/json", None]
    handlers = [
        name for _, attributes in found.tags for name in attributes if name.startswith("on")
    ]
    assert handlers == []
    images = [attributes["src"] or "" for tag, attributes in found.tags if tag == "img"]
    assert len(images) >= 8
    assert all(source.startswith("data:image/svg+xml;base64,") for source in images)
    assert tags.count("style") == 1
    (heading,) = re.findall("<h1>(.*?)</h1>", hostile_page)
    assert unescape(heading) == HOSTILE[0]
    cells = re.findall("<td[^>]*>(.*?)</td>", hostile_page, re.DOTALL)
    assert {HOSTILE[0], HOSTILE[1]} <= set(map(unescape, cells))
    assert "\x1b" not in hostile_page
    assert "\u202e" not in hostile_page


def test_report_page__figures_hold_no_markup_of_others(hostile_page: str) -> None:
    figures = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', hostile_page)
    assert figures
    for text in figures:
        svg = b64decode(text).decode()
        assert svg.startswith("<?xml")
        assert "<script" not in svg
        assert "onerror" not in svg


def test_report_page__asks_for_nothing(hostile_page: str) -> None:
    policy = policy_of(hostile_page)
    assert policy["default-src"] == ["'none'"]
    assert policy["img-src"] == ["data:"]
    for tag, attributes in Elements(hostile_page).tags:
        for name in ("href", "src", "action", "data", "srcset"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:")), (tag, value)


def test_report_page__policy_names_its_script_and_style_and_those_of_replays() -> None:
    replay = replay_page(bundled_record("dwarf", "imp", number=1), About("seed 1"))
    page = small_page(Words("x"), Replay("a fight", replay), Replay("again", replay))
    policy = policy_of(page)
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        (own,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        (inner,) = re.findall(rf"<{tag}>(.*?)</{tag}>", replay, re.DOTALL)
        assert policy[directive] == [digest(own), digest(inner)]
    (stored,) = re.findall(r'<script type="application/json" id="replay-0">(.*?)</script>', page)
    assert json.loads(stored) == replay
    assert page.count('data-page="replay-0"') == 2
    assert len(policy_of(small_page(Words("x")))["script-src"]) == 1


def test_report_page__parts() -> None:
    page = small_page(
        Words("use `redqueen report` or `"),
        Table(["a", "b"], [["name", "1.5"], ["<b>", "-2"]]),
        Picture(b"<svg/>", 'what "it" shows'),
        Fold("more", [Code("+ new\n- old\n  same\n")]),
    )
    assert "<p>use <code>redqueen report</code> or `</p>" in page
    assert '<td class="text">&lt;b&gt;</td><td class="figure">-2</td>' in page
    assert 'alt="what &quot;it&quot; shows" src="data:image/svg+xml;base64,PHN2Zy8+"' in page
    inner = '<span class="added">+ new\n</span><span class="gone">- old\n</span>  same\n'
    assert f'<summary>more</summary><div class="fold"><pre>{inner}</pre></div>' in page


def test_element__escapes() -> None:
    assert element("a", "<&>", element("b", "x"), href='"', class_="y").text == (
        '<a href="&quot;" class="y">&lt;&amp;&gt;<b>x</b></a>'
    )
    assert shown("a\tb\x1b\nc\r") == "a       b?\nc?"


def test_chapters__every_section_has_something_or_says_so(recorded: Runs) -> None:
    (chapter,) = chapters_of(load_runs([recorded["first"]]), NO_SCANS)
    assert [section.title for section in chapter.sections] == [title for title, _ in SECTIONS]
    assert all(section.parts for section in chapter.sections)
    assert not any(section.parts == [Words(NOTHING)] for section in chapter.sections)


@pytest.mark.parametrize("batches", [0, 5])
def test_chapters__of_a_run_that_has_only_begun(tmp_path: Path, batches: int) -> None:
    left = iter(range(batches))
    with opened(tmp_path / "run", small_config(), workers=1) as run:
        assert not run.advance(should_stop=lambda: next(left, None) is None)
        chapters = chapters_of(load_runs([tmp_path / "run"]), NO_SCANS)
    page = report_page("begun", chapters)
    assert NOTHING in unescape(page)
    assert "running, round 1 of 3" in page


def test_chapters__the_same_again_with_more_threads(recorded: Runs) -> None:
    pages = [
        report_page(
            "x", chapters_of(load_runs([recorded["first"]]), Choices(2, replays=0, workers=workers))
        )
        for workers in (1, 2)
    ]
    assert pages[0] == pages[1]


def test_prediction_parts__by_the_other_runs(recorded: Runs) -> None:
    materials = [material_of(run, None, None, NO_SCANS) for run in load_runs(recorded.values())]
    figure, cells = prediction_parts(materials)
    assert isinstance(figure, Picture)
    assert "bundled warriors that a champion defeats or ties" in figure.words
    assert isinstance(cells, Table)
    assert [row[0] for row in cells.rows] == ["code", "round"]
    evolved = sum(material.rounds for material in materials)
    assert {row[1] for row in cells.rows} == {str(evolved)}
    (words,) = prediction_parts(materials[:1])
    assert isinstance(words, Words)
    assert words.text == "Nothing to predict: expected champions of two runs or more: got 1"
    without = [replace(m, run=replace(m.run, bundled=m.run.bundled.iloc[:0])) for m in materials]
    assert prediction_parts(without) == []


def test_chapters__several_runs_are_compared_first(recorded: Runs) -> None:
    runs = load_runs([recorded[name] for name in ("first", "null")])
    first, *others = chapters_of(runs, Choices(scans=2, replays=0))
    assert [chapter.title for chapter in others] == ["first", "null"]
    titles = [section.title for section in first.sections]
    assert titles[:3] == ["The runs", "Fitness", "Generality"]
    assert "Novelty" in titles
    assert "Code and generality" in titles
    table = first.sections[0].parts[0]
    assert isinstance(table, Table)
    assert [row[:2] for row in table.rows] == [
        ["first", "K=all"],
        ["null", "K=all, shadow"],
    ]
