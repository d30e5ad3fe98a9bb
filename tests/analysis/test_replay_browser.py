"""The page in a real browser: headless Chromium from the system's packages."""

import re
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html import escape
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from analysis.replay.page import About, replay_page
from analysis.replay.record import FightRecord
from mars.machine import EventKind
from mars.rules import signed
from tests.analysis.replay_fights import bundled_record
from tests.analysis.test_replay_page import HOSTILE, hostile_record

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

EIGHT = ("broom", "hawk", "silkworm", "stunner", "dwarf", "imp-ring", "heron", "bat")
DESKTOP, PHONE = (1600, 900), (400, 800)
PATIENCE_MS = 20_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Root, as in a container, cannot have Chromium's sandbox.
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def duel() -> FightRecord:
    """Two warriors; the second dies."""
    record = bundled_record("silkworm", "dwarf", number=5, seed=3)
    assert record.outcome.survivors == (0,)
    return record


@pytest.fixture(scope="module")
def melee() -> FightRecord:
    """Eight warriors."""
    return bundled_record(*EIGHT, number=1)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> FightRecord:
    """One of the fights, by its name."""
    found: FightRecord = request.getfixturevalue(request.param)
    return found


@dataclass
class Visit:
    """An open page, and everything that it complained of or asked for."""

    page: Page
    troubles: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def ask(self, expression: str) -> Any:
        """The value of an expression in the page."""
        return self.page.evaluate(expression)

    @property
    def time(self) -> int:
        """Instructions before the shown moment."""
        return int(self.ask("replay.fight.time"))

    @property
    def cycle(self) -> int:
        """The shown cycle, as the page tells it."""
        text = self.page.inner_text("#cycle")
        return int(text.removeprefix("cycle ").replace(",", ""))

    def until(self, expression: str) -> None:
        """Waits until an expression is true."""
        for _ in range(PATIENCE_MS // 50):
            if self.ask(expression):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"expected {expression}: got {self.ask(expression)!r} for long")


Open = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens records as pages; in the end no page may have complained or asked for anything."""
    visits: list[Visit] = []

    def open_page(
        record: FightRecord | str, size: tuple[int, int] = DESKTOP, theme: str = "dark", **more: Any
    ) -> Visit:
        text = record if isinstance(record, str) else replay_page(record, About("seed 1"))
        path = tmp_path / f"{len(visits)}.html"
        path.write_text(text, encoding="utf-8")
        hash_part = more.pop("moment", "")
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=theme, **more
        )
        found = Visit(context.new_page())
        visits.append(found)
        page = found.page
        page.on("console", lambda message: found.troubles.append(message.text))
        page.on("pageerror", lambda error: found.troubles.append(str(error)))
        page.on("dialog", lambda dialog: found.troubles.append(dialog.message))
        page.on("request", lambda request: found.requests.append(request.url))
        page.goto(path.as_uri() + hash_part)
        page.wait_for_selector("body[data-state=ready]", timeout=PATIENCE_MS)
        return found

    yield open_page
    for number, done in enumerate(visits):
        assert done.troubles == []
        outside = [url for url in done.requests if not url.startswith("data:")]
        assert [Path(url.partition("#")[0]).name for url in outside] == [f"{number}.html"]
        done.page.context.close()


@pytest.mark.parametrize("record", ["duel", "melee"], indirect=True)
def test_page__final_state_is_the_engine_s(visit: Open, record: FightRecord) -> None:
    found = visit(record)
    assert found.page.inner_text("#verified") == "verified against the engine"
    assert (found.time, found.cycle) == (0, 0)
    found.page.keyboard.press("End")
    machine = record.machine()
    machine.run()
    assert found.time == machine.executed
    last = record.checkpoints[-1]
    assert found.ask("digestsOf(replay.fight.machine)") == {
        "executed": last.executed,
        "core": last.core,
        "queues": list(last.queues),
        "pspaces": list(last.pspaces),
    }
    for w in range(len(record.plan.warriors)):
        assert found.ask(f"[...queueOf(replay.fight.machine, {w})]") == machine.queue(w)
        card = found.page.locator(".card").nth(w)
        processes = len(machine.queue(w))
        shown = card.locator(".amount").first.inner_text()
        assert shown == f"{processes:,}"
        assert ("dead" in str(card.get_attribute("class"))) == (processes == 0)
    assert found.ask("[...replay.fight.machine.deathCycle]") == list(record.outcome.death_cycles)


def test_page__tells_a_difference_from_the_engine(visit: Open, duel: FightRecord) -> None:
    checkpoints = list(duel.checkpoints)
    checkpoints[50] = replace(checkpoints[50], core=checkpoints[50].core ^ 1)
    found = visit(replace(duel, checkpoints=tuple(checkpoints)))
    verified = found.page.locator("#verified")
    assert "wrong" in str(verified.get_attribute("class"))
    assert re.fullmatch(
        r"Differs from the engine in cycle [\d,]+: expected the core", verified.inner_text()
    )
    colour = verified.evaluate("(element) => getComputedStyle(element).color")
    assert colour == "rgb(255, 92, 92)"


def test_page__in_a_frame_without_size_waits_for_one(visit: Open, duel: FightRecord) -> None:
    inner = escape(replay_page(duel, About("seed 1")), quote=True)
    style = "width: 0; height: 0; border: 0"
    found = visit(f'<body data-state=ready><iframe style="{style}" srcdoc="{inner}"></iframe>')
    frame = found.page.frames[1]
    frame.wait_for_selector("body[data-state=ready]", state="attached", timeout=PATIENCE_MS)
    frame.evaluate("replay.toggleTheme(); replay.goToCycle(7)")
    assert frame.evaluate("[innerWidth, replay.timeline.colours === undefined]") == [0, True]
    found.page.evaluate("document.querySelector('iframe').style = 'width: 900px; height: 700px'")
    for _ in range(PATIENCE_MS // 50):  # the page's own policy forbids Playwright's way to wait
        if frame.evaluate("Boolean(replay.timeline.colours && replay.grid.rows > 1)"):
            break
        found.page.wait_for_timeout(50)
    assert frame.inner_text("#cycle") == "cycle 7"
    assert frame.evaluate("replay.grid.canvas.width") > 100


def test_play__goes_on_pauses_and_ends(visit: Open, duel: FightRecord) -> None:
    found = visit(duel)
    page = found.page
    page.get_by_role("button", name="Play", exact=True).click()
    found.until("replay.fight.time > 100")
    page.get_by_role("button", name="Pause", exact=True).click()
    stopped = found.time
    page.wait_for_timeout(150)
    assert found.time == stopped < duel.outcome.executed
    page.get_by_label("Speed").fill("13")
    assert page.inner_text("#speed-text") == "20,000 cycles/s"
    page.keyboard.press("Space")
    found.until("replay.fight.machine.finished && !replay.playing")
    assert found.cycle == duel.outcome.death_cycles[1] + 1
    # Playing again begins anew.
    page.get_by_role("button", name="Play", exact=True).click()
    assert found.time < duel.outcome.executed


def test_scrub__mouse_and_touch(visit: Open, duel: FightRecord) -> None:
    found = visit(duel, has_touch=True)
    page = found.page
    box = page.locator("#timeline").bounding_box()
    assert box is not None
    cycles = duel.outcome.death_cycles[1] + 1

    def x(share: float) -> float:
        return box["x"] + 8 + share * (box["width"] - 16)

    y = box["y"] + 60
    page.mouse.move(x(0.5), y)
    assert page.locator("#time-tip").is_visible()
    page.mouse.down()
    assert found.cycle == pytest.approx(cycles / 2, abs=cycles / 500)
    page.mouse.move(x(0.25), y)
    assert found.cycle == pytest.approx(cycles / 4, abs=cycles / 500)
    machine = duel.machine()
    machine.run(found.time)
    assert machine.cycle == found.cycle
    assert found.ask("[...queueOf(replay.fight.machine, 0)]") == machine.queue(0)
    page.mouse.move(x(2), y - 300)
    page.mouse.up()
    assert found.cycle == cycles
    page.touchscreen.tap(x(0.75), y)
    assert found.cycle == pytest.approx(3 * cycles / 4, abs=cycles / 500)
    page.mouse.move(x(0.1), y)
    assert found.cycle == pytest.approx(3 * cycles / 4, abs=cycles / 500)


def test_keys__all_of_them(visit: Open, duel: FightRecord) -> None:
    found = visit(duel)
    press = found.page.keyboard.press
    for keys, time in (
        ("ArrowRight", 2),
        (".", 3),
        ("ArrowLeft", 2),
        (",", 1),
        ("ArrowLeft", 0),
        ("ArrowLeft", 0),
        (",", 0),
        ("End", duel.outcome.executed),
        (".", duel.outcome.executed),
        ("ArrowLeft", duel.outcome.executed - 2),
        ("Home", 0),
    ):
        press(keys)
        assert found.time == time, keys
    press("Shift+ArrowRight")
    assert found.cycle == round(0.01 * (duel.outcome.death_cycles[1] + 1))
    press("Shift+ArrowLeft")
    assert found.time == 0
    speed = found.ask("replay.speed")
    press("]")
    assert found.ask("replay.speed") > speed
    press("[")
    assert found.ask("replay.speed") == speed
    press("Space")
    assert found.ask("replay.playing")
    press("Space")
    assert not found.ask("replay.playing")
    for key, only in (("2", 2), ("1", 1), ("1", 0), ("2", 2), ("0", 0), ("9", 0)):
        press(key)
        assert found.ask("replay.only") == only
    for key, dialog in (("?", "#help"), ("i", "#about")):
        press(key)
        assert found.page.locator(dialog).is_visible()
        press("ArrowRight")  # not for the page behind
        press("Escape")
        assert not found.page.locator(dialog).is_visible()
    theme = found.ask("document.documentElement.dataset.theme")
    press("t")
    assert found.ask("document.documentElement.dataset.theme") != theme
    press("g")
    found.page.keyboard.type("77")
    press("Enter")
    assert found.ask("replay.selected") == 77
    press("Escape")
    press("Escape")
    assert found.ask("replay.selected") == -1
    press("d")
    assert found.time == found.ask("replay.fight.decisive.time") > 0


def test_page__back_at_the_beginning_looks_as_at_first(visit: Open, duel: FightRecord) -> None:
    found = visit(duel)
    picture = "['grid', 'marks', 'chart'].map((name) => byId(name).toDataURL())"
    first = found.ask(picture)
    found.page.keyboard.press("End")
    assert found.ask(picture) != first
    for keys in (("Home",), (".", ","), ("ArrowRight", "ArrowLeft")):
        for key in keys:
            found.page.keyboard.press(key)
        assert found.time == 0
        assert found.ask(picture) == first, keys


def test_controls__do_what_they_say(visit: Open, duel: FightRecord) -> None:
    found = visit(duel, moment="#cycle=100")
    assert found.cycle == 100
    for name, time in (
        ("One instruction on", 201),
        ("One cycle on", 202),
        ("One instruction back", 201),
        ("One cycle back", 200),
        ("To the end", duel.outcome.executed),
        ("To the start", 0),
    ):
        found.page.get_by_role("button", name=name).click()
        assert found.time == time, name
    found.page.get_by_role("button", name="decisive moment").click()
    assert found.time == found.ask("replay.fight.decisive.time")
    for button in found.page.get_by_role("button").all():
        assert (button.get_attribute("aria-label") or button.inner_text()).strip()


def test_grid__click_an_address(visit: Open, duel: FightRecord) -> None:
    found = visit(duel, moment="#cycle=4000")
    machine = duel.machine()
    events = machine.trace(8000)
    times = np.cumsum(events[:, 1] == EventKind.EXECUTE)
    kinds = events[:, 1]
    for address in (0, 4137, 6111, 7999):
        box = found.ask(f"replay.grid.boxOf({address})")
        found.page.locator("#marks").click(
            position={"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        )
        assert found.ask("replay.selected") == address
        row = found.page.locator("#listing .chosen")
        shown = re.sub(r"\s+", " ", row.locator(".text").inner_text())
        there = machine.instruction(address)
        numbers = signed(there.a_number, 8000), signed(there.b_number, 8000)
        there = replace(there, a_number=numbers[0], b_number=numbers[1])
        assert shown == str(there).replace(",", "")
        story = found.page.locator(".story dd")
        for kind, place in ((EventKind.WRITE, 0), (EventKind.EXECUTE, 1), (EventKind.READ, 2)):
            text = re.sub(r"\s+", " ", story.nth(place).inner_text())
            rows = np.flatnonzero((kinds == kind) & (events[:, 2] == address))
            if len(rows) == 0:
                assert text.startswith(("never", "by loading")), (address, kind, text)
                continue
            warrior, cycle = events[rows[-1], 0] + 1, (times[rows[-1]] - 1) // 2
            assert text.startswith(f"by {warrior} in cycle {cycle:,}"), (address, kind, text)
            if kind is EventKind.WRITE:
                begun = np.flatnonzero(kinds[: rows[-1]] == EventKind.EXECUTE)[-1]
                assert f"from {events[begun, 2]}" in text
    found.page.locator("#marks").focus()
    columns = found.ask("replay.grid.columns")
    for key, address in (("ArrowRight", 0), ("ArrowUp", 8000 - columns), ("ArrowLeft", None)):
        found.page.keyboard.press(key)
        assert found.ask("replay.selected") == (8000 - columns - 1 if address is None else address)
    found.page.locator("#listing").focus()
    found.page.keyboard.press("ArrowDown")
    assert found.ask("replay.selected") == 8000 - columns
    assert found.time == 8000


def test_cards__mark_the_current_instruction(visit: Open, duel: FightRecord) -> None:
    found = visit(duel, moment="#cycle=4000")
    machine = duel.machine()
    machine.run(8000)
    dwarf = found.page.locator(".card").nth(1)
    line = machine.queue(1)[0] - duel.positions[1]
    assert dwarf.locator(".row").all()[line].get_attribute("class") == "row busy now"
    dwarf.get_by_role("tab", name="Source").click()
    marked = dwarf.locator(".row.now")
    assert marked.count() == 1
    opcode = machine.instruction(machine.queue(1)[0]).opcode.name
    assert opcode in marked.inner_text().upper()
    dwarf.get_by_role("tab", name="About").click()
    about = dwarf.locator(".view").inner_text()
    assert duel.plan.warriors[1].id in about
    assert duel.plan.warriors[1].strategy.split("\n")[0] in about
    # The paper's copies are told by the lines that they are copies of.
    counts = [row.inner_text() for row in found.page.locator(".card").first.locator(".count").all()]
    assert sum(int(text.replace(",", "")) for text in counts if text) > len(machine.queue(0)) / 2


def test_page__hostile_names_harm_nothing(visit: Open) -> None:
    about = About(HOSTILE[0], [(HOSTILE[1], HOSTILE[2])], [HOSTILE[3]])
    found = visit(replay_page(hostile_record(), about), moment="#cycle=50")
    page = found.page
    names = [card.locator(".name").inner_text() for card in page.locator(".card").all()]
    assert names[:3] == list(HOSTILE[:3])
    assert HOSTILE[0] in page.inner_text("#title")
    page.keyboard.press("i")
    assert HOSTILE[1] in page.inner_text("#about")
    page.keyboard.press("Escape")
    for tab in ("Source", "About"):
        for card in page.locator(".card").all():
            if "open" not in str(card.get_attribute("class")):
                card.locator(".name").click()
            card.get_by_role("tab", name=tab).click()
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    page.keyboard.press("End")


def test_page__closed_to_the_network(visit: Open, duel: FightRecord) -> None:
    found = visit(duel)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        blocked = found.page.evaluate(
            """async (url) => {
                const tried = [];
                const image = new Image();
                image.src = url + "x.png";
                tried.push(await new Promise((done) => { image.onerror = () => done("image"); }));
                await fetch(url).catch(() => tried.push("fetch"));
                const script = document.createElement("script");
                script.textContent = "window.injected = true";
                document.body.append(script);
                return [...tried, window.injected === undefined];
            }""",
            f"http://127.0.0.1:{listener.getsockname()[1]}/",
        )
        listener.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert blocked == ["image", "fetch", True]
    assert len([text for text in found.troubles if "Content Security Policy" in text]) >= 3
    found.troubles.clear()
    del found.requests[1:]


@pytest.mark.parametrize("record", ["duel", "melee"], indirect=True)
def test_layout__fits_and_shows(visit: Open, record: FightRecord, tmp_path: Path) -> None:
    found = visit(record, moment="#cycle=3000")
    for size, theme in product((PHONE, DESKTOP), ("dark", "light")):
        found.page.set_viewport_size({"width": size[0], "height": size[1]})
        found.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        found.until(f"document.documentElement.dataset.theme === '{theme}'")
        check_layout(found, size)
        shot = tmp_path / "shot.png"
        found.page.locator("#core").screenshot(path=shot)
        with Image.open(shot) as image:
            pixels = np.asarray(image.convert("RGB")).reshape(-1, 3).astype(int)
        ground = pixels[0]
        assert (ground.sum() > 384) == (theme == "light")
        # Cells, in many colours.
        assert (np.abs(pixels - ground).sum(axis=1) > 8).mean() > 0.4
        assert len(np.unique(pixels, axis=0)) > 40


@pytest.mark.parametrize("length", [63, 270, 60_000])
def test_layout__long_names(visit: Open, duel: FightRecord, length: int) -> None:
    warriors = tuple(
        replace(w, name=letter * length) for w, letter in zip(duel.plan.warriors, "WM", strict=True)
    )
    record = replace(duel, plan=replace(duel.plan, warriors=warriors))
    about = About("seed 1", [("This replay again", "m" * length)], ["n" * length])
    found = visit(replay_page(record, about))
    page = found.page
    shown = "W" * 59 + "…"
    assert page.inner_text("#result").startswith(f"{shown} wins: {'M' * 59}… dies in cycle")
    assert page.locator("#title").get_attribute("title") == "\n".join(
        f"{number} {warrior.name}" for number, warrior in enumerate(warriors, start=1)
    )
    wide = "(element) => element.scrollWidth - element.clientWidth"
    for size in (PHONE, DESKTOP):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert found.ask("document.documentElement.scrollWidth") == size[0]
        for place in ("#title", "#result", ".heading", ".card"):
            box = page.locator(place).first.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= size[0], place
        page.keyboard.press("i")
        about_page = page.locator("#about")
        assert "W" * length in str(about_page.text_content())
        assert about_page.evaluate(wide) == 0
        told = about_page.locator("dd").first.bounding_box()
        assert told is not None
        assert told["width"] > 150
        page.keyboard.press("Escape")


def check_layout(found: Visit, size: tuple[int, int]) -> None:
    """All that one needs is within the window, and the core takes a good part of it."""
    assert found.ask("document.documentElement.scrollWidth") == size[0]
    for place in ("#core", "#timeline", "#controls", "#play", "#speed", "#verified", "#title"):
        box = found.page.locator(place).bounding_box()
        assert box is not None
        assert min(box["x"], box["y"]) >= 0, place
        assert box["x"] + box["width"] <= size[0], place
        assert box["y"] + box["height"] <= size[1], place
    core = found.page.locator("#core").bounding_box()
    assert core is not None
    assert core["width"] * core["height"] > 0.3 * size[0] * size[1]


def test_theme__follows_the_system_until_chosen(visit: Open, duel: FightRecord) -> None:
    found = visit(duel, theme="light")
    theme = "document.documentElement.dataset.theme"
    found.page.emulate_media(color_scheme="dark")
    found.until(f"{theme} === 'dark'")
    found.page.get_by_role("button", name="Dark or light").click()
    assert found.ask(theme) == "light"
    found.page.emulate_media(color_scheme="light")
    found.page.emulate_media(color_scheme="dark")
    assert found.ask(theme) == "light"


def test_hash__a_moment_and_a_theme(visit: Open, duel: FightRecord) -> None:
    found = visit(duel, moment="#cycle=1234&theme=light")
    assert found.cycle == 1234
    assert found.ask("document.documentElement.dataset.theme") == "light"
    found.page.evaluate("location.hash = '#cycle=77&theme=plaid'")
    found.until("replay.fight.machine.cycle === 77")
    assert found.ask("document.documentElement.dataset.theme") == "light"
    found.page.evaluate("location.hash = '#cycle=1e3'")
    found.page.evaluate("location.hash = '#cycle=9999999999'")
    found.until("replay.fight.machine.finished")


def test_deaths__flash_unless_motion_is_unwanted(visit: Open, duel: FightRecord) -> None:
    before = duel.outcome.death_cycles[1] - 5
    for motion, bursts in (("no-preference", 1), ("reduce", 0)):
        found = visit(duel, moment=f"#cycle={before}", reduced_motion=motion)
        found.page.keyboard.press("Space")
        found.until("replay.fight.machine.finished")
        assert found.ask("replay.marks.bursts.length") == bursts


def test_page__the_largest_core(visit: Open) -> None:
    """Half a million cycles in 55,440 addresses load in some seconds, and show any moment."""
    record = bundled_record("dwarf", "imp", preset="94x", fights=1)
    assert record.outcome.executed == 1_000_000
    found = visit(record, PHONE)
    assert found.page.inner_text("#verified") == "verified against the engine"
    found.ask("replay.goToCycle(123456)")
    machine = record.machine()
    machine.run(found.time)
    assert machine.cycle == 123_456
    assert found.ask("[...replay.fight.machine.b]") == machine.parts()[2].tolist()
    assert found.page.get_by_role("button", name="decisive moment").is_disabled()
