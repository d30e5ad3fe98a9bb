"""A report as one HTML page: figures as SVG, replays as pages within it, no request anywhere.

All text passes `analysis.report.html`; a replay stands in the page as JSON that cannot end its
element. The page's policy allows its own script and style and those of the replays, by hash, for a
page within a page has to obey the outer page's policy, too.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from html import escape, unescape
from importlib.resources import files
from typing import Final

from analysis.replay.page import escaped_json
from analysis.report.html import Child, Markup, element, joined, shown
from analysis.report.parts import (
    Chapter,
    Code,
    Fold,
    Part,
    Picture,
    Replay,
    Section,
    Table,
    Words,
)

CHANGES: Final = {"+": "added", "-": "gone"}
_FIGURE: Final = re.compile(r"[-+$±\d]|(?:no price|$)")
_PLACE: Final = re.compile(r"\{\{(\w+)\}\}")
_POLICY: Final = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')
_HASH: Final = re.compile(r"(script|style)-src ('sha256-[\w+/=]+')")


def report_page(title: str, chapters: Sequence[Chapter], words: str = "") -> str:
    """The page; the same for the same chapters.

    Args:
        title: Untrusted text.
        chapters: One or more; with more than one, each has its own heading.
        words: Untrusted text below the title.
    """
    replays = list(dict.fromkeys(r.page for c in chapters for r in _replays(c)))
    script, style = _text("report.js"), _text("style.css")
    values = {
        "title": escape(shown(title)),
        "policy": escape(_policy(script, style, replays), quote=True),
        "style": style,
        "script": script,
        "body": _body(title, words, chapters, replays).text,
        "replays": "\n".join(map(_stored, range(len(replays)), replays)),
    }
    # In one pass, so that no value is searched for the places of others.
    return _PLACE.sub(lambda place: values[place[1]], _text("page.html"))


def _policy(script: str, style: str, replays: Iterable[str]) -> str:
    """What the page may do: run and show what it holds."""
    allowed = {"script": [_hash(script)], "style": [_hash(style)]}
    for page in replays:
        found = _POLICY.search(page)
        for kind, digest in _HASH.findall(unescape(found[1]) if found else ""):
            if digest not in allowed[kind]:
                allowed[kind].append(digest)
    sources = [" ".join([f"{kind}-src", *hashes]) for kind, hashes in allowed.items()]
    return "; ".join(
        ["default-src 'none'", *sources, "img-src data:", "base-uri 'none'", "form-action 'none'"]
    )


def _body(title: str, words: str, chapters: Sequence[Chapter], replays: Sequence[str]) -> Markup:
    names = {page: f"replay-{place}" for place, page in enumerate(replays)}
    whole = [
        element(
            "main",
            *(_chapter(c, place, len(chapters) > 1, names) for place, c in enumerate(chapters)),
        )
    ]
    below = [element("p", *_with_code(words))] if words else []
    return joined(element("header", element("h1", title), *below, _contents(chapters)), *whole)


def _contents(chapters: Sequence[Chapter]) -> Markup:
    """The sections; of several chapters those of the first, and a link to each of the others."""
    if len(chapters) == 1:
        return _sections_list(chapters[0], 0)
    first = element("a", chapters[0].title, href="#c0")
    links = [
        element("li", element("a", chapter.title, href=f"#c{place}"))
        for place, chapter in enumerate(chapters[1:], 1)
    ]
    return joined(
        element("nav", element("p", first, class_="chapter-link"), aria_label="Comparison"),
        _sections_list(chapters[0], 0),
        element("nav", element("ul", *links), aria_label="Chapters"),
    )


def _sections_list(chapter: Chapter, place: int) -> Markup:
    links = [
        element("li", element("a", section.title, href=f"#c{place}-{number}"))
        for number, section in enumerate(chapter.sections)
    ]
    return element("nav", element("ul", *links), aria_label=f"Sections of {chapter.title}")


def _chapter(chapter: Chapter, place: int, headed: bool, names: dict[str, str]) -> Markup:
    heading = [element("h2", chapter.title, id=f"c{place}")] if headed else []
    if headed and place:
        heading.append(_sections_list(chapter, place))
    sections = (
        _section(section, f"c{place}-{number}", names)
        for number, section in enumerate(chapter.sections)
    )
    return element("article", *heading, *sections)


def _section(section: Section, name: str, names: dict[str, str]) -> Markup:
    parts = (_part(part, names) for part in section.parts)
    return element("section", element("h3", section.title, id=name), *parts)


def _part(part: Part, names: dict[str, str]) -> Markup:
    match part:
        case Words():
            return element("p", *_with_code(part.text))
        case Table():
            return _table(part)
        case Picture():
            source = f"data:image/svg+xml;base64,{b64encode(part.svg).decode()}"
            image = element("img", alt=part.words, src=source)
            box = element("div", image, class_="wide")
            return element("figure", box, element("figcaption", part.words))
        case Code():
            lines = [_code_line(line) for line in part.text.rstrip("\n").split("\n")]
            return element("pre", *lines)
        case Replay():
            return _replay(part, names[part.page])
        case Fold():
            inner = element("div", *(_part(p, names) for p in part.parts), class_="fold")
            return element("details", element("summary", part.title), inner)


def _table(table: Table) -> Markup:
    columns = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.headings)
    kinds = ["figure" if all(map(_FIGURE.match, cells)) else "text" for cells in columns]
    heads = zip(table.headings, kinds, strict=True)
    head = element("tr", *(element("th", text, scope="col", class_=k) for text, k in heads))
    rows = [
        element("tr", *(element("td", t, class_=k) for t, k in zip(row, kinds, strict=True)))
        for row in table.rows
    ]
    return element(
        "div",
        element("table", element("thead", head), element("tbody", *rows)),
        class_="wide",
    )


def _with_code(text: str) -> list[Child]:
    """What stands between backquotes as code; text of any kind may have them."""
    *pairs, rest = re.split("`([^`]*)`", text)
    return [element("code", p) if at % 2 else p for at, p in enumerate(pairs)] + [rest]


def _code_line(line: str) -> Markup:
    kind = CHANGES.get(line[:1])
    return element("span", line + "\n", class_=kind) if kind else joined(line + "\n")


def _replay(replay: Replay, name: str) -> Markup:
    watch = element(
        "button", "Watch", type="button", data_page=name, data_title=f"Replay: {replay.title}"
    )
    full = element("button", "Full screen", type="button", class_="full", hidden="hidden")
    return element("div", element("p", replay.title), watch, full, class_="replay")


def _stored(place: int, page: str) -> str:
    text = escaped_json(page)
    return f'<script type="application/json" id="replay-{place}">{text}</script>'


def _replays(chapter: Chapter) -> Iterator[Replay]:
    waiting: list[Part] = [part for section in chapter.sections for part in section.parts]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, Replay):
            yield part
        elif isinstance(part, Fold):
            waiting[:0] = part.parts


@cache
def _text(name: str) -> str:
    return (files("analysis.report") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
