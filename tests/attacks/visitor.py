"""A stranger with a cookie and no browser: calls the page's own interface past the page."""

from __future__ import annotations

import functools
import itertools
import json
import re
import time
from collections.abc import Mapping
from typing import Any

import httpx

from providers import VENDORS
from tests.plain_http import LOOPBACK

JOIN, DATA = "gradio_api/queue/join", "gradio_api/queue/data"
NAMES = itertools.count()
RUN, JOB, SESSION = (re.compile(rf"{kind}_[0-9a-f]{{32}}") for kind in "rjs")
LATER = re.compile(r"takes/watch/later/[0-9a-f]{32}")
OVER = re.compile("process_completed|close_stream")
PRESSES = 5
"""How often Run is pressed at most while the page says that prices are being asked for, or an image is being read."""
IMAGES = ("image", "last-image", "plan-image")
"""Left empty unless an attack fills them."""


class Visitor:
    """One cookie. ``tab`` is the page that is open."""

    def __init__(self, url: str, cookie: str | None = None, **headers: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, headers=headers, timeout=20, **LOOPBACK)
        page = self.client.get("/", headers={} if cookie is None else {"cookie": cookie})
        self.page, self.set_cookie = page.text, page.headers.get("set-cookie", "")
        self.cookie = self.set_cookie.partition(";")[0] if cookie is None else cookie
        self.client.cookies.clear()  # else a jar decides what is sent
        if self.cookie:
            self.client.headers["cookie"] = self.cookie
        self.tab = self.new_tab()
        self.chosen: list[str] = []

    def close(self) -> None:
        self.client.close()

    def new_tab(self) -> str:
        self.tab = f"attack{next(NAMES)}"
        return self.tab

    @functools.cached_property
    def config(self) -> dict[str, Any]:
        """What the page says of itself: its components, and its handlers as ``dependencies``."""
        return dict(json.loads(re.search(r"window\.gradio_config = (.*?);</script>", self.page, re.DOTALL)[1]))

    def body(self, handler: str, fields: Mapping[str, Any] | None = None, event: Any = None) -> dict[str, Any]:
        """What the page would send for a handler, with these fields, by their ``elem_id``, filled in otherwise."""
        asked = next((each for each in self.config["dependencies"] if each["api_name"] == handler), None)
        if asked is None:
            raise LookupError(f"the page has no handler {handler!r} any more")
        parts = {each["id"]: each["props"] for each in self.config["components"]}
        names = [(parts[number].get("elem_id"), parts[number].get("value")) for number in asked["inputs"]]
        given = {**dict.fromkeys(IMAGES), "picker": {"chosen": self.chosen}, **(fields or {})}
        data = [given.get(name, value) for name, value in names]
        return {
            "fn_index": asked["id"], "data": data, "event_data": event, "session_hash": self.tab, "trigger_id": None,
        }  # fmt: skip

    def join(self, body: Mapping[str, Any]) -> httpx.Response:
        """Puts an event into the queue and does not read what comes of it."""
        return self.client.post(JOIN, json=body)

    def call(
        self,
        handler: str,
        fields: Mapping[str, Any] | None = None,
        event: Any = None,
        *,
        enough: re.Pattern[str] = OVER,
        within_s: float = 20.0,
    ) -> str:
        """Everything that is said of an event until it is over, or something like ``enough`` is, or time is up."""
        joined = self.join(self.body(handler, fields, event))
        if joined.status_code != 200:
            return joined.text
        heard, until = [], time.monotonic() + within_s
        try:
            with self.client.stream("GET", DATA, params={"session_hash": self.tab}, timeout=within_s) as stream:
                for line in stream.iter_lines():
                    heard.append(line)
                    if enough.search(line) or OVER.search(line):
                        break
                    if time.monotonic() > until:
                        return "\n".join([*heard, "(time is up)"])
        except httpx.TimeoutException:
            heard.append("(time is up)")
        return "\n".join(heard)

    def press(self, *refs: str, prompt: str = "", key: str = "", **fields: Any) -> str:
        """Run, in a new tab, live unless told otherwise; what was said until the run was named, or refused."""
        self.chosen = list(refs)
        typed = {f"key-{slug}": key for slug in VENDORS}
        asked = {"prompt": prompt or f"a boat {next(NAMES)}", "mode": "Live", "allow-unpriced": True, **typed, **fields}
        for _ in range(PRESSES):
            self.new_tab()
            said = self.call("start", asked, enough=RUN)
            if "Press Run again" not in said:
                break
            time.sleep(0.2)
        return said

    def start_session(self, fields: Mapping[str, Any], within_s: float = 20.0) -> str:
        """Start, of a plan, and what was said until the session was named, or refused."""
        said = self.call("start_session", fields, enough=SESSION, within_s=within_s)
        until = time.monotonic() + within_s
        while not SESSION.search(said) and (later := LATER.search(said)) and time.monotonic() < until:
            self.client.get(later[0])
            said = self.call("show_start", enough=SESSION)
        return said

    def upload(self, data: bytes, name: str = "frame.png", kind: str = "image/png") -> httpx.Response:
        files = {"files": (name, data, kind)}
        return self.client.post("gradio_api/upload", params={"upload_id": self.new_tab()}, files=files)

    def file(self, path: str) -> dict[str, Any]:
        """An uploaded file as a field has it."""
        return {"path": path, "orig_name": "frame.png", "meta": {"_type": "gradio.FileData"}}


def first(pattern: re.Pattern[str], said: str) -> str:
    """The first id of a kind in what was said; empty if there is none."""
    found = pattern.search(said)
    return found[0] if found else ""
