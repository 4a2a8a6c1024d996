"""On one's own machine: no other site's page reaches it, and whatever reaches further is public."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from comparisons import settings
from tests.accounts import QUOTED
from tests.attacks import Result, attack
from tests.attacks.money import SETTLE_S
from tests.attacks.targets import Target, only
from tests.attacks.visitor import JOIN
from tests.plain_http import LOOPBACK

NAMES = (
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example:{port}",
    "localhost@evil.example",
    "",
    "evil.example.",
    "10.0.0.1",
    "[::ffff:127.0.0.1.evil]",
    "takes.local.",
)


@attack("10", "a page under a rebound name, ten of them: reads and presses", on="local")
def foreign_hosts(target: Target) -> Result:
    port, visitor, passed = urlsplit(target.url).port, target.visitor(), []
    for name in NAMES:
        told = {"host": name.format(port=port)}
        for method, path, body in (("GET", "/", None), ("POST", JOIN, visitor.body("search"))):
            try:
                status = visitor.client.request(method, path, json=body, headers=told).status_code
            except httpx.TransportError:
                continue
            if status not in (400, 421):
                passed.append(f"{method} as {name!r} ({status})")
    return Result(not passed, f"{len(passed)} of {2 * len(NAMES)} passed {passed[:2]}")


@attack("10", "another site's page presses Run on the owner's key", on="local")
def foreign_origins(target: Target) -> Result:
    visitor, before, passed = target.visitor(), len(target.charges()), []
    visitor.chosen = [QUOTED]
    for told in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://localhost.evil.example"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "https://evil.example", "x-forwarded-host": "evil.example"},
        {"origin": "http://evil.example", "host": "evil.example"},
    ):
        reply = visitor.client.post(
            JOIN, json=visitor.body("start", {"prompt": "a boat", "mode": "Live"}), headers=told
        )
        if reply.status_code not in (403, 421):
            passed.append(f"{told} ({reply.status_code})")
    time.sleep(2 * SETTLE_S)
    more = len(target.charges()) - before
    return Result(not passed and not more, f"{len(passed)} of 7 passed, {more} charges on the owner's account")


@attack("10", "its own names still work", on="local")
def own_names(target: Target) -> Result:
    port = urlsplit(target.url).port
    statuses = {
        name: httpx.get(target.url, headers={"host": f"{name}:{port}"}, **LOOPBACK).status_code
        for name in ("localhost", "127.0.0.1", "[::1]", "LOCALHOST")
    }
    refused = [name for name, status in statuses.items() if status != 200]
    return Result(not refused, f"{len(refused)} of {len(statuses)} refused {refused or ''}".strip())


PUBLIC = (
    {"GRADIO_SERVER_NAME": "0.0.0.0"},
    {"GRADIO_SERVER_NAME": "127.0.0.2"},
    {"GRADIO_SERVER_NAME": "::"},
    {"GRADIO_SERVER_NAME": "192.168.1.5"},
    {"GRADIO_SERVER_NAME": "takes.example"},
    {"GRADIO_SHARE": "True"},
    {"GRADIO_SHARE": "true"},
    {"SPACE_ID": "a/b"},
    {"COLAB_RELEASE_TAG": "r"},
    {"KAGGLE_KERNEL_RUN_TYPE": "Interactive"},
    {"GRADIO_SERVER_NAME": "[::]"},
    {"SYSTEM": "spaces", "SPACE_ID": "a/b", "GRADIO_SERVER_NAME": "127.0.0.1"},
)
PRIVATE = ({}, {"GRADIO_SERVER_NAME": "127.0.0.1"}, {"GRADIO_SERVER_NAME": "localhost"}, {"GRADIO_SERVER_NAME": "::1"})


@attack(
    "16", "twelve ways to be reached by others without TAKES_PUBLIC; and back by TAKES_PUBLIC=0 alone", on="nothing"
)
def public_unless_on_loopback(nothing: None) -> Result:
    wrong = [env for env in PUBLIC if not _public(env)] + [env for env in PRIVATE if _public(env)]
    wrong += [env for env in PUBLIC if _public({**env, "TAKES_PUBLIC": "0"})]
    return Result(not wrong, f"{len(wrong)} of {2 * len(PUBLIC) + len(PRIVATE)} wrong {wrong[:2] or ''}".strip())


def _public(env: dict[str, str]) -> bool:
    return settings.read(only(env), Path("/nonexistent")).public


def _for_strangers(target: Target) -> Result:
    visitor = target.visitor()
    cookie, on = bool(visitor.set_cookie), "Keys are set" in visitor.page
    before = len(target.charges())
    visitor.press(QUOTED)
    time.sleep(2 * SETTLE_S)
    more = len(target.charges()) - before
    what = f"{'a' if cookie else 'no'} cookie, the host's keys {'on' if on else 'off'}, {more} charges"
    return Result(cookie and not on and not more, what)


@attack("16", "bound to 127.0.0.2", on="second", heavy=True)
def the_second_loopback(target: Target) -> Result:
    return _for_strangers(target)


@attack("16", "bound to 0.0.0.0", on="everywhere", heavy=True)
def bound_everywhere(target: Target) -> Result:
    return _for_strangers(target)
