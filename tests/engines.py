"""Browsers beside Chromium, each driven as its makers drive it: Firefox by Marionette, WebKitGTK by its WebDriver.

Both take the commands of the W3C's WebDriver, so that one test says the same of both; no Python package is needed.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests import patience
from tests.browser import WIDE, free_port
from tests.patience import PATIENCE_S, START_S
from tests.plain_http import LOOPBACK

Send = Callable[[str, dict[str, Any]], Any]
"""Has an engine do one command of WebDriver, and returns its value."""

PATHS = {
    "NewSession": "",
    "Navigate": "/url",
    "ExecuteScript": "/execute/sync",
    "FindElement": "/element",
    "ElementClick": "/element/{id}/click",
    "PerformActions": "/actions",
    "SetWindowRect": "/window/rect",
    "TakeScreenshot": "/screenshot",
}
"""Where a command is sent by HTTP, below the session."""

KEYS = {"Escape": "\ue00c", "Space": " "}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""By which WebDriver says that a value is an element."""


class Engine:
    """A window of a browser."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def open(self, url: str) -> None:
        self._send("Navigate", {"url": url})

    def tell(self, expression: str, *args: object) -> Any:
        """What a JavaScript expression (with ``args`` in scope) is of the page."""
        return self._send(
            "ExecuteScript", {"script": f"const args = [...arguments]; return {expression};", "args": args}
        )

    def until(self, condition: str, *args: object, within_s: float = PATIENCE_S) -> None:
        """Waits until a JavaScript expression is true of the page."""
        patience.until(lambda: self.tell(f"Boolean({condition})", *args), within_s)

    def click(self, selector: str) -> None:
        found = self._send("FindElement", {"using": "css selector", "value": selector})
        self._send("ElementClick", {"id": found[ELEMENT]})

    def press(self, *keys: str) -> None:
        """Presses and lets go of each of these keys, one after the other."""
        each = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self._send("PerformActions", {"actions": [{"type": "key", "id": "keyboard", "actions": each}]})

    def size(self, width: int, height: int) -> None:
        self._send("SetWindowRect", {"width": width, "height": height})

    def picture(self) -> Image.Image:
        """What the window shows."""
        return Image.open(io.BytesIO(base64.b64decode(self._send("TakeScreenshot", {"full": False})))).convert("RGB")


@contextlib.contextmanager
def _running(command: list[str], log: Path, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block; what it says is kept."""
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


# Firefox --------------------------------------------------------------------------------------------------------------

NO_FIREFOX = "no Firefox found: apt-get install firefox-esr"
PREFERENCES = {
    "marionette.port": 0,
    "network.proxy.type": 0,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.disabledForTesting": True,
}


class Marionette:
    """Firefox's own way to be driven: commands of WebDriver over a socket, each as JSON with its length before it."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), START_S)
        self._stream = self._socket.makefile("rb")
        self._hear()

    def send(self, command: str, told: dict[str, Any]) -> Any:
        message = json.dumps([0, 1, f"WebDriver:{command}", told]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._hear()
        assert error is None, f"{command}: {error}"
        return result["value"] if isinstance(result, dict) and set(result) == {"value"} else result

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def _hear(self) -> Any:
        length = b"".join(iter(lambda: self._stream.read(1), b":"))
        return json.loads(self._stream.read(int(length)))


@contextlib.contextmanager
def firefox(home: Path) -> Iterator[Engine]:
    """Firefox without a window; skips the test where none is installed."""
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if found is None:
        pytest.skip(NO_FIREFOX)
    profile = home / "profile"
    profile.mkdir()
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("".join(lines), "utf-8")
    command = [found, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    port = profile / "MarionetteActivePort"
    with _running(command, home / "log", env={**os.environ, "HOME": str(home)}):
        patience.until(lambda: port.exists() and port.read_text(), START_S)
        with contextlib.closing(Marionette(int(port.read_text()))) as marionette:
            marionette.send("NewSession", {})
            engine = Engine(marionette.send)
            engine.size(WIDE["width"], WIDE["height"])
            yield engine


# WebKitGTK ------------------------------------------------------------------------------------------------------------

PACKAGES = "webkit2gtk-driver xvfb gstreamer1.0-libav gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
NO_WEBKIT = f"no WebKitGTK found: apt-get install {PACKAGES}"


class WebDriver:
    """A browser's driver, told by HTTP."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=START_S, **LOOPBACK)
        self._session = ""

    def send(self, command: str, told: dict[str, Any]) -> Any:
        path = "/session" + self._session + PATHS[command].format_map(told)
        asked = self._client.get(path) if command == "TakeScreenshot" else self._client.post(path, json=told)
        value = asked.json()["value"]
        assert asked.status_code == 200, f"{command}: {value}"
        if command == "NewSession":
            self._session = f"/{value['sessionId']}"
        return value

    def close(self) -> None:
        self._client.delete(f"/session{self._session}")
        self._client.close()


@contextlib.contextmanager
def _screen(home: Path) -> Iterator[str]:
    """A display that nobody sees, as programs are told of it."""
    read, write = os.pipe()
    size = f"{WIDE['width']}x{WIDE['height']}x24"
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
    with _running(command, home / "screen-log", pass_fds=[write]), open(read, "rb") as told:
        os.close(write)
        yield f":{int(told.readline())}"


def _mini_browser() -> Path | None:
    return next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))), None)


@contextlib.contextmanager
def webkit(home: Path) -> Iterator[Engine]:
    """WebKitGTK's own small browser on a display of its own; skips the test where none is installed."""
    browser = _mini_browser()
    if browser is None or not all(map(shutil.which, ("WebKitWebDriver", "Xvfb"))):
        pytest.skip(NO_WEBKIT)
    port = free_port()
    options = {"binary": str(browser), "args": ["--automation"]}
    with _screen(home) as display:
        private = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "DISPLAY": display}
        env = {**os.environ, **private, "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
        with _running(["WebKitWebDriver", f"--port={port}"], home / "log", env=env):
            patience.until(lambda: _answers(port), START_S)
            with contextlib.closing(WebDriver(f"http://127.0.0.1:{port}")) as driver:
                driver.send("NewSession", {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}})
                engine = Engine(driver.send)
                engine.size(WIDE["width"], WIDE["height"])
                yield engine


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


ENGINES = {"Firefox": firefox, "WebKitGTK": webkit}
