"""A page that cannot press anything where it was opened says so, and what helps."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests import browser
from tests.browser import visit
from tests.door import Opened, opened, portless
from tests.stage import keep_clips_in_common

NAMES = "--host-resolver-rules=MAP *.test 127.0.0.1"
"""Over http, a browser says of its requests from where they come to a machine's own address only."""


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    home = tmp_path_factory.mktemp("takes")
    keep_clips_in_common(home)
    with opened(home, TAKES_PUBLIC="1") as takes:
        yield takes


@pytest.fixture(scope="module")
def context(it: Opened) -> Iterator[BrowserContext]:
    found = browser.chromium()
    if found is None:
        pytest.skip(browser.NO_BROWSER)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, headless=True, args=[*browser.FLAGS, NAMES])
        made = chromium.new_context(viewport=browser.WIDE)
        made.set_default_timeout(browser.PATIENCE_S * 1000)
        yield made
        chromium.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    made = context.new_page()
    yield made
    made.close()


@pytest.mark.slow
def test_behind_a_proxy_that_drops_the_port_the_page_works_where_the_browser_says_whose_it_is(it: Opened, page: Page):
    with portless(it) as port:
        visit(page, f"http://127.0.0.1:{port}/")
        expect(page.locator("#run")).to_be_enabled()
        assert page.locator("#trouble-banner").count() == 0
        page.locator("#image input[type=file]").first.set_input_files(browser.ROOT / ".readme" / "page.jpg")
        page.locator(f"#image img[src^='http://127.0.0.1:{port}/'][src*='page.jpg']").wait_for()
        loaded = "document.querySelector('#image img').naturalWidth > 100"
        browser.until(page, loaded)
        browser.pick_only(page, ["RunComfy"])
        browser.press_run(page, 1)
        page.goto("about:blank")


@pytest.mark.slow
def test_and_where_it_does_not_the_page_says_what_the_proxy_must_pass_on(it: Opened, page: Page):
    with portless(it) as port:
        page.goto(f"http://takes.test:{port}/")
        expect(page.locator("#trouble-banner")).to_contain_text("proxy_set_header Host $http_host")
        expect(page.locator("#trouble-banner a")).to_have_count(0)
        page.goto("about:blank")


@pytest.mark.slow
def test_in_a_frame_that_keeps_cookies_out_the_page_offers_a_tab_of_its_own(
    it: Opened, page: Page, context: BrowserContext, tmp_path: Path
):
    takes = f"http://takes.test:{urlsplit(it.url).port}/"
    (tmp_path / "index.html").write_text(f'<iframe src="{takes}" width="1200" height="800"></iframe>')

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            """Nothing is said."""

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *told: Quiet(*told, directory=str(tmp_path))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://other.test:{server.server_port}/")
        banner = page.frame_locator("iframe").locator("#trouble-banner")
        expect(banner).to_contain_text("needs its cookie")
        with context.expect_page() as own:
            banner.get_by_role("link", name="Open Takes in a tab of its own").click()
        browser.until(own.value, "document.querySelector('#picker input') && document.querySelector('#run')")
        expect(own.value.locator("#run")).to_be_enabled()
        assert own.value.locator("#trouble-banner").count() == 0
        own.value.close()
        page.goto("about:blank")
        server.shutdown()
