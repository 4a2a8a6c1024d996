"""The page for everybody: axe-core finds nothing serious on any tab, light or dark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from comparisons.records import Run
from tests import browser, gallery
from tests.browser import Served, until
from tests.scenes import PLAIN, Clip, Scenes, Underway

SERIOUS = {"serious", "critical"}
AFTER = {"Vote": "#ballot .tg-verdict", "History": "#history li", "Providers": "#providers table"}
"""What a tab shows once it has heard from the server."""
TAKES = [PLAIN, Clip(640, 360, 2), *gallery.FAILURES]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with browser.browse(tmp_path_factory.mktemp("profile")) as context:
        yield context


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with browser.serve(tmp_path_factory.mktemp("home"), speed=10) as served:
        yield browser.wait_up(served)


@pytest.fixture(scope="module")
def run(app: Served) -> Run:
    """Delivered, failed, in doubt, and one under way that the app does not work on."""
    scenes = Scenes(app.home / "takes")
    run = scenes.run([*TAKES, Underway("running", 100)])
    scenes.close()
    return run


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


def serious(page: Page) -> list[tuple[str, str, Any]]:
    """What axe finds that matters: the rule, what it is about, and where."""
    found = Axe().run(page).response["violations"]
    return [
        (each["id"], each["help"], [node["html"][:160] for node in each["nodes"]][:3])
        for each in found
        if each["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_tab(page: Page, app: Served, run: Run, theme: str):
    gallery.show(page, app.url, gallery.View("compare", f"?run={run.id}", gallery.keys("1", "c")), theme)
    found = {"Compare": serious(page)}
    for name in ("Vote", "History", "Providers"):
        gallery.tab(name)(page)
        if name == "Vote":
            page.locator("#vote-next").click()
        page.locator(AFTER[name]).first.wait_for()
        found[name] = serious(page)
    found = {name: what for name, what in found.items() if what}
    assert found == {}, json.dumps(found, indent=1)


def test_what_happens_is_told_to_screen_readers(page: Page, app: Served, run: Run):
    gallery.show(page, app.url, gallery.View("compare", f"?run={run.id}"), "dark")
    live = page.locator("#grid .tg-live")
    assert live.get_attribute("aria-live") == "polite"
    again = page.locator("#grid [data-act=again]").first
    assert "Take again" in again.get_attribute("aria-label")
    until(page, "document.querySelectorAll('#grid video[aria-label]').length === 2")
