"""A page over runs that are there: each file of tests says by ``runs``, which fills ``home``, which these are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests import browser
from tests.browser import Served, Trouble
from tests.room import WATCHED


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def app(home: Path, runs: object) -> Iterator[Served]:
    with browser.serve(home, speed=10) as served:
        yield browser.wait_up(served)


@pytest.fixture(scope="module")
def tab(context: BrowserContext, app: Served) -> Iterator[tuple[Page, Trouble]]:
    with browser.one_tab(context) as tab:
        yield tab


@pytest.fixture
def page(tab: tuple[Page, Trouble]) -> Iterator[Page]:
    """A tab that all tests of a file share, each without what was wrong in the one before."""
    page, trouble = tab
    WATCHED[page] = trouble
    trouble.errors.clear()
    yield page
    page.emulate_media(reduced_motion="no-preference")
    assert trouble == Trouble()
