"""What the page's tests stand on: the app as people start it, and a real browser in front of it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Frame, Page, Request, expect, sync_playwright

from comparisons.settings._settings import VARIABLES
from tests.patience import PATIENCE_S, START_S
from tests.plain_http import LOOPBACK
from tests.processes import App

ROOT = Path(__file__).resolve().parent.parent
P = TypeVar("P", App, subprocess.Popen[bytes])
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=PATIENCE_S * 1000)  # its own five seconds are the time of a quiet machine
NO_BROWSER = "no Chromium found: apt-get install chromium"
WIDE = {"width": 1400, "height": 900}
LOOK_MS = 60
"""Between two looks at the page: rarer than every frame, so that watching does not slow what is watched."""

CUT = re.compile(r"^AbortError|^Unexpected error Connection errored out")
"""What gradio's client says of a stream that leaving its page cuts."""

SETTLE_MS = 300
"""What a person takes from the last tick to Run: answers to the form that are still on their way arrive meanwhile."""


# the app --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    """One running app."""

    url: str
    home: Path
    process: App | subprocess.Popen[bytes]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_env(home: Path, port: int, speed: float) -> dict[str, str]:
    """Nothing of this machine's but the path. Every variable is set, if to nothing: that also silences a ``.env``."""
    return {
        **dict.fromkeys(VARIABLES, ""),
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TAKES_HOME": str(home / "takes"),
        "TAKES_SANDBOX_SPEED": str(speed),
        "TAKES_WORKERS": "0",  # the processors are for what is tested, and few tests are about scores
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(home / "gradio"),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
    }


@contextlib.contextmanager
def serve(home: Path, speed: float, port: int = 0, **env: str) -> Iterator[Served]:
    """The app on a port, by default a free one, with a data folder of its own, forked with all imported.

    Not yet up: see ``wait_up``.
    """
    port = port or free_port()
    with _ended(App(clean_env(home, port, speed) | env, home / "log")) as process:
        yield Served(f"http://127.0.0.1:{port}/", home, process)


@contextlib.contextmanager
def serve_from_nothing(home: Path, speed: float, **env: str) -> Iterator[Served]:
    """As ``serve``, but as people start it: ``python app.py``, where libraries read variables as they are imported."""
    port = free_port()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=clean_env(home, port, speed) | env, stdout=log, stderr=log
        )
    with _ended(process):
        yield Served(f"http://127.0.0.1:{port}/", home, process)


@contextlib.contextmanager
def _ended(process: P) -> Iterator[P]:
    """A process that ends with the block."""
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def wait_up(app: Served) -> Served:
    """Returns once the app answers 200; fails with its log if it does not."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and app.process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(app.url, **LOOPBACK).status_code == 200:
                return app
        time.sleep(0.1)
    raise AssertionError(f"app.py did not come up:\n{(app.home / 'log').read_text(errors='replace')}")


# the browser ----------------------------------------------------------------------------------------------------


def chromium() -> str | None:
    named = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return "/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else next(filter(None, named), None)


@contextlib.contextmanager
def browse(profile: Path, *, moving: bool = True, scrollbars: bool = False) -> Iterator[BrowserContext]:
    """A browser with a fresh profile; skips the test where none is installed.

    Args:
        moving: False has pages move nothing by themselves, which is what they do most of the time that they wait.
        scrollbars: True has what scrolls show them, as it does for people.
    """
    found = chromium()
    if found is None:
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=found,
            headless=True,
            args=FLAGS,
            ignore_default_args=["--hide-scrollbars"] if scrollbars else None,
            viewport=WIDE,
            reduced_motion="no-preference" if moving else "reduce",
        )
        context.set_default_timeout(PATIENCE_S * 1000)
        yield context
        context.close()


@dataclass
class Trouble:
    """What no page should do: ask other hosts, log errors, throw."""

    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("request", self._asked)
        page.on("framenavigated", self._left)
        page.on("console", self._logged)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def leave(self, page: Page, url: str) -> None:
        """Opens another page; gradio's own client complains of the streams that leaving one cuts."""
        page.goto("about:blank")
        page.wait_for_timeout(LOOK_MS)
        self.errors.clear()
        if url != "about:blank":
            page.goto(url)

    def _left(self, frame: Frame) -> None:
        """Following a link cuts the streams of the page that it was on, too."""
        if frame.parent_frame is None:
            self.errors[:] = [error for error in self.errors if not CUT.search(error)]

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.hosts.add(request.url)

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} {message.location['url']}")


@contextlib.contextmanager
def one_tab(context: BrowserContext) -> Iterator[tuple[Page, Trouble]]:
    """A tab for all tests of a module, and what is wrong in it: opening the page is what costs.

    Make it after the app, so that it is closed before: an app takes seconds to end while a page is open.
    """
    page, trouble = context.new_page(), Trouble()
    trouble.watch(page)
    yield page, trouble
    page.close()


# looking at the page ----------------------------------------------------------------------------------------------

CELLS = "[...document.querySelectorAll('#grid [data-job]')]"


def until(page: Page, condition: str, arg: object = None, within_s: float = PATIENCE_S) -> None:
    """Waits until a JavaScript expression (with ``arg`` in scope) is true of the page."""
    page.wait_for_function(f"arg => Boolean({condition})", arg=arg, polling=LOOK_MS, timeout=within_s * 1000)


def visit(page: Page, url: str) -> None:
    """Opens the page and waits until the form has heard from the server."""
    page.goto(url)
    until(page, "document.querySelector('#picker input') && document.querySelector('#run')")
    until(page, "!/^Run$/.test(document.querySelector('#run').textContent.trim())")


def choose(page: Page) -> None:
    """Has the stage of the Compare tab show the variants."""
    page.locator("#stage [data-stage=choosing]").click()


def run_of(page: Page) -> str | None:
    return next(iter(parse_qs(urlsplit(page.url).query).get("run", [])), None)


def states(page: Page) -> dict[str, str]:
    """The state of each cell, by job, in the order shown."""
    return dict(page.evaluate(f"() => {CELLS}.map(cell => [cell.dataset.job, cell.dataset.state])"))


def until_all(page: Page, state: str, count: int) -> None:
    """Waits as long as for a process: what takes deliver is rendered first."""
    there = f"{CELLS}.filter(cell => cell.dataset.state === arg[0]).length === arg[1]"
    until(page, there, [state, count], within_s=START_S)


def pick_only(page: Page, providers: list[str]) -> None:
    """Leaves the first free variant of each of these providers ticked, and waits until the server knows."""
    choose(page)
    clear = page.get_by_role("button", name="Clear all variants")
    if clear.is_visible():
        clear.click()
    for provider in providers:
        page.locator("#picker .tp-row:not(.tp-off):visible").filter(has_text=provider).first.locator("input").check()
    count = len(providers)
    label = f"Run {count} take{'s' if count > 1 else ''} " if count else "Choose at least one variant"
    until(page, "document.querySelector('#run').textContent.trim().startsWith(arg)", label)


def press_run(page: Page, count: int) -> str:
    """Presses Run, waits for the cells of the new run and returns its id."""
    before = run_of(page)
    page.wait_for_timeout(SETTLE_MS)
    page.locator("#run").click()
    until(page, "![null, arg].includes(new URL(location.href).searchParams.get('run'))", before)
    until(page, f"{CELLS}.length === arg", count)
    return run_of(page) or ""


def stored(page: Page) -> str:
    """Everything the page keeps in the browser, as one text."""
    kept = page.evaluate("() => [localStorage, sessionStorage].map(store => Object.entries(store))")
    return json.dumps(kept, ensure_ascii=False)


COLORS = {"runOnly": ["color-contrast"]}
"""All that a theme changes of a page whose other theme has been looked at as a whole."""


def wrongs(page: Page, rules: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """What axe finds wrong with the page. What is right is not worked out: that takes longer than all the rest."""
    return (
        Axe()
        .run(page, options={"resultTypes": ["violations"], "preload": False} | (rules or {}))
        .response["violations"]
    )
