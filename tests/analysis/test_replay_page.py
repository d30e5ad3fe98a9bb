"""The page as text: whole, small, closed to the network, and safe from what warriors say."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser

import pytest

from analysis.replay.page import About, escaped_json, replay_page
from analysis.replay.record import FightRecord
from tests.analysis.replay_fights import PageFight, bundled_record

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "]]> <!-- --> {{style}} {{script}} {{data}}",
    "\x1b[2J\x07 \u202e \u2028 \u2029 &lt; ' \" \\ ` ${alert(3)}",
)


class Elements(HTMLParser):
    """What a browser would make of a page: its elements and the text of each script."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=False)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._open, []).append(data)


def hostile_record() -> FightRecord:
    """A fight of warriors that say what would harm a careless page."""
    record = bundled_record("dwarf", "imp", "tiny-paper", "tiny-stone", preset="tiny")
    warriors = tuple(
        replace(w, name=text, author=text, strategy=text * 2, source=f"; {text}\n{w.source}")
        for w, text in zip(record.plan.warriors, HOSTILE, strict=True)
    )
    return replace(record, plan=replace(record.plan, warriors=warriors))


def data_of(page: str) -> dict[str, object]:
    """The page's data as its script reads it."""
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert match is not None
    found: dict[str, object] = json.loads(match[1])
    return found


def test_replay_page__hostile_text_stays_text() -> None:
    plain = Elements(replay_page(bundled_record("dwarf", "imp", preset="tiny"), About("seed 1")))
    about = About(HOSTILE[0], [(HOSTILE[1], HOSTILE[2])], [HOSTILE[3]])
    page = replay_page(hostile_record(), about)
    elements = Elements(page)
    assert [tag for tag, _ in elements.tags] == [tag for tag, _ in plain.tags]
    assert elements.texts["script"][-1] == plain.texts["script"][-1]
    assert elements.texts["style"] == plain.texts["style"]
    data = data_of(page)
    names = [warrior["name"] for warrior in data["warriors"]]  # type: ignore[attr-defined]
    assert names[:3] == list(HOSTILE[:3])
    assert names[3] == "?[2J? ? ? ? &lt; ' \" \\ ` ${alert(3)}"
    assert not set(page) & set("\x1b\x07\u202e\u2028\u2029")
    assert re.search(r"<title>&lt;script&gt;alert\(1\)", page)


def test_replay_page__its_policy_allows_its_own_script_and_style_only() -> None:
    page = replay_page(bundled_record("dwarf", "imp", preset="tiny"), About("seed 1"))
    elements = Elements(page)
    [policy] = [
        unescape(str(attributes["content"]))
        for tag, attributes in elements.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    hashes = {}
    for tag in ("script", "style"):
        text = elements.texts[tag][-1]
        hashes[tag] = b64encode(sha256(text.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{hashes['script']}'; "
        f"style-src 'sha256-{hashes['style']}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    # Nothing that could be fetched, and no styles or handlers in attributes.
    for tag, attributes in elements.tags:
        assert not {"src", "style", "srcset", "action"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert attributes.get("href") in (None, "data:,")
    script, style = elements.texts["script"][-1], elements.texts["style"][-1]
    assert "url(" not in style
    assert "@import" not in style
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
    ):
        assert word not in script, word
    assert "http" not in script + style


def test_replay_page__the_same_text_and_small() -> None:
    record = bundled_record("silkworm", "silkworm", seed=5)
    again = bundled_record("silkworm", "silkworm", seed=5)
    assert record.outcome.executed > 20_000
    page = replay_page(record, About("seed 5"))
    assert page == replay_page(again, About("seed 5"))
    assert len(page.encode()) < 400_000


def test_replay_page__the_longest_fight_of_sixteen_is_small() -> None:
    record = bundled_record(*["imp", "dwarf"] * 8, fights=1)
    assert len(replay_page(record, About("seed 1")).encode()) < 3_000_000
    many = replace(record, plan=replace(record.plan, warriors=record.plan.warriors * 2))
    with pytest.raises(ValueError, match="warriors must be 1 to 16 to be told apart: got 32"):
        replay_page(many, About("seed 1"))


def test_replay_page__long_sources_are_cut() -> None:
    record = bundled_record("dwarf", "imp", preset="tiny")
    long = replace(record.plan.warriors[0], source="; " + "x" * 200_000)
    plan = replace(record.plan, warriors=(long, record.plan.warriors[1]))
    page = replay_page(replace(record, plan=plan), About("seed 1"))
    first, second = data_of(page)["warriors"]  # type: ignore[misc]
    assert (len(first["source"]), first["cut"], second["cut"]) == (100_000, True, False)


def test_escaped_json__any_text_comes_back() -> None:
    text = "".join(map(chr, range(0xD800))) + "</script>\U0001f600"
    found = escaped_json([text])
    assert not set("<>&\u2028\u2029") & set(found)
    assert json.loads(found) == [text]


@pytest.mark.parametrize("size", [80, 800, 8000, 8192, 55_440, 65_536])
@pytest.mark.parametrize("box", [(384, 400), (936, 620), (1100, 1100), (2600, 1400)])
def test_fit_cells__fills_the_window(size: int, box: tuple[int, int]) -> None:
    page = PageFight.of(bundled_record("dwarf", "imp", preset="tiny"))
    page.context.eval(grid_functions())
    width, height = box
    found = page.ask(f"fitCells({size}, {width}, {height})")
    rows = -(-size // found["columns"])
    assert found["columns"] * found["width"] <= width
    assert rows * found["height"] <= height
    sides = sorted((found["width"], found["height"]))
    assert sides[1] <= sides[0] * (2 if sides[0] < 6 else 1.25)
    filled = size * found["width"] * found["height"] / (width * height)
    # Cells are of whole pixels: tiny ones leave more.
    assert filled > (0.75 if sides[0] >= 6 else 0.42)


def grid_functions() -> str:
    """`fitCells`, without the class that needs a document."""
    from importlib.resources import files

    text = (files("analysis.replay") / "grid.js").read_text(encoding="utf-8")
    return text[: text.index("class Grid")]
