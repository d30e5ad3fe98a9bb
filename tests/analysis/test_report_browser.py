"""The report in a real browser: headless Chromium from the system's packages."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from analysis.loading_groups import load_runs
from analysis.report.gather import chapters_of
from analysis.report.material import Choices
from analysis.report.page import report_page

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

PHONE, DESKTOP = (390, 844), (1200, 900)
PATIENCE_MS = 20_000


@pytest.fixture(scope="module")
def report(recorded: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with two replays."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    chapters = chapters_of(load_runs([recorded["first"]]), Choices(scans=0, replays=2))
    path.write_text(report_page("first", chapters), encoding="utf-8")
    return path


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(request: pytest.FixtureRequest, report: Path) -> Iterator[Page]:
    """The open page; in the end it may not have complained or asked for anything."""
    troubles: list[str] = []
    requests: list[str] = []
    width, height = request.param
    with sync_playwright() as playwright:
        # Root, as in a container, cannot have Chromium's sandbox.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": width, "height": height})
        opened.on("console", lambda message: troubles.append(message.text))
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        opened.on("request", lambda asked: requests.append(asked.url))
        opened.goto(report.as_uri())
        yield opened
        browser.close()
    assert troubles == []
    outside = [url for url in requests if not url.startswith(("data:", "about:"))]
    assert outside == [report.as_uri()]


def test_report__fits_draws_and_replays(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    widths = page.evaluate("[...document.images].map((image) => image.naturalWidth)")
    assert len(widths) >= 7
    assert all(width > 100 for width in widths)
    buttons = page.locator("button[data-page]")
    assert buttons.count() == 2
    for place in range(2):
        buttons.nth(place).click()
        frame = page.frame_locator("iframe").last
        frame.locator("body[data-state=ready]").wait_for(timeout=PATIENCE_MS)
        assert frame.locator("#verified").inner_text() == "verified against the engine"
    assert page.locator("iframe").count() == 2
    buttons.first.click()
    assert page.locator("iframe").count() == 1
    assert buttons.first.get_attribute("aria-expanded") == "false"


def test_report__printed_folds_are_open_and_closed_again(page: Page) -> None:
    closed = "document.querySelectorAll('details:not([open])').length"
    before = page.evaluate(closed)
    assert before > 3
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(closed) == 0
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("pre").first.is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(closed) == before
