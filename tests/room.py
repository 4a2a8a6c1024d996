"""Driving the viewing room as a person does: showing a run, pressing keys, looking at where its clips are."""

from __future__ import annotations

from playwright.sync_api import Page

from tests import browser
from tests.browser import CELLS, Served, Trouble, until

FRAME_S = 1 / 24
PLAYER = "document.querySelector('#grid .takes-grid').parentElement.__takes"
WATCHED: dict[Page, Trouble] = {}
"""What is wrong in each tab, as far as is known."""


def leave(page: Page) -> None:
    """Leaves what an earlier test showed, whose cut streams gradio's own client complains of."""
    WATCHED[page].leave(page, "about:blank")


def show(page: Page, app: Served, run: str, count: int) -> None:
    """The run on the page as it opens, every clip ready, nothing focused and the grid in view."""
    if browser.run_of(page) != run:
        leave(page)
        page.goto(f"{app.url}?run={run}")
        until(page, f"{CELLS}.length === arg && {PLAYER}.videos().length === arg", count)
        until(page, f"{PLAYER}.videos().every(video => video.readyState >= 2 && !video.seeking)")
    put_back(page)
    page.locator("#grid .tg-cells").scroll_into_view_if_needed()
    page.evaluate("() => document.activeElement.blur()")


def put_back(page: Page) -> None:
    """Undoes what an earlier test did to the view, by what undoes it for a person."""
    page.evaluate(
        """() => { const root = document.querySelector('#grid .takes-grid');
          const press = act => root.querySelector(`[data-act=${act}]`).click();
          if (root.querySelector('[data-act=play]').ariaLabel === 'Pause') press('play');
          if (root.dataset.pair === 'true') press('close-pair');
          if (root.dataset.given === 'true') press('given');
          if (root.dataset.names === 'false') press('names');
          press('zoom-reset');
          for (const button of root.querySelectorAll('[data-act=unshift]:not(:disabled)')) button.click(); }"""
    )
    page.locator("#grid [data-act=scrub]").fill("0")
    still(page)


def still(page: Page) -> None:
    """Waits until no clip is on its way to another frame."""
    until(page, f"{PLAYER}.videos().every(video => video.paused && !video.seeking)")


def times(page: Page) -> list[float]:
    return page.evaluate(f"() => {PLAYER}.videos().map(video => video.currentTime)")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
