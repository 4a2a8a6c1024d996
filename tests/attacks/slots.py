"""Whatever one stranger holds open, sends or waits for, the others wait for nothing and the memory has an end."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
from PIL import Image

from providers import variants
from tests.attacks import Result, attack
from tests.attacks.targets import HUNG, Target
from tests.attacks.visitor import JOIN, RUN, Visitor, first
from tests.plain_http import LOOPBACK
from tests.stage import ONE_EACH

PATIENCE_S = 30.0
"""How long a stranger's page is waited for before it counts as held up for good."""
HELD_UP_S, TIMES_ALONE = 3.0, 10.0
"""What another visitor's page may take while all this is done; on a machine that is slow just now, in pages that it
makes with nothing else to do. It took minutes."""
MOST_MORE = 400_000_000
"""Bytes of memory that an attack may take for a while. They took gigabytes."""
TOO_MUCH = 1_500_000_000
"""An attack ends that has come so far."""


@functools.cache
def image(side: int, kind: str = "PNG", *, noise: bool = False) -> bytes:
    """A square picture; of one colour it is small to send and large to decode, of noise the other way."""
    out = io.BytesIO()
    picture = Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)) if noise else None
    (picture or Image.new("RGB", (side, side), "teal")).save(
        out, kind, **({"lossless": True, "method": 0} if kind == "WEBP" else {})
    )
    return out.getvalue()


def strangers_page(target: Target) -> float:
    """Seconds until somebody new has the page, with its form filled in."""
    began = time.monotonic()
    try:
        visitor = target.visitor()
        said = visitor.call("open", within_s=PATIENCE_S)
    except httpx.TransportError:
        return PATIENCE_S
    return time.monotonic() - began if "process_completed" in said else PATIENCE_S


@contextlib.contextmanager
def watched(target: Target) -> Iterator[Callable[[], int]]:
    """How many bytes of memory the server took at most meanwhile, over what it had."""
    before = most = target.memory()
    over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.wait(0.05) and target.process.poll() is None:
            most = max(most, target.memory())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield lambda: most - before
    finally:
        over.set()
        thread.join()


def _held_up(target: Target, hold: Callable[[], object]) -> Result:
    """How long a stranger's page takes while something is held, and how much memory that takes."""
    alone = strangers_page(target)
    with ThreadPoolExecutor(1) as apart, watched(target) as taken:
        holding = apart.submit(hold)
        time.sleep(0.5)
        waited = max(strangers_page(target) for _ in range(2))
        holding.result()
        figure = f"a stranger's page after {waited:.1f} s, alone {alone:.1f} s, {taken() / 1e6:.0f} MB more"
        return Result(not held_up(waited, alone) and taken() < MOST_MORE, figure)


def held_up(waited: float, alone: float) -> bool:
    """Whether somebody waited for so many seconds because of others, and not because of the machine."""
    return waited >= min(PATIENCE_S, max(HELD_UP_S, TIMES_ALONE * alone))


# events that nobody reads ---------------------------------------------------------------------------------------------


def _left_unread(visitor: Visitor, handler: str, times: int) -> None:
    for _ in range(times):
        visitor.new_tab()
        with contextlib.suppress(httpx.TransportError):
            visitor.join(visitor.body(handler))


@attack("3", "forty POSTs of one cookie that nobody reads the answers of")
def unread_events(target: Target) -> Result:
    visitor = target.visitor()
    return _held_up(target, lambda: [_left_unread(visitor, handler, 20) for handler in ("search", "open")])


@attack("3", "forty events of one cookie for a run that goes on")
def unread_runs(target: Target) -> Result:
    visitor = target.visitor()
    run = first(RUN, visitor.press(ONE_EACH["runcomfy"], mode="Sandbox"))
    visitor.client.params = httpx.QueryParams({"run": run})
    return _held_up(target, lambda: [_left_unread(visitor, handler, 20) for handler in ("reopen", "open_session")])


@attack(
    "3",
    "forty visitors with the Sessions tab open, and one with as many streams and heartbeats as they get",
)
def honest_tabs(target: Target) -> Result:
    visitors, port = [target.visitor() for _ in range(41)], urlsplit(target.url).port or 80
    with contextlib.ExitStack() as held:

        def listen(visitor: Visitor, path: str) -> None:
            line = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            line.sendall(f"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {visitor.cookie}\r\n\r\n".encode())

        def hold() -> None:
            for number, visitor in enumerate([*visitors, *[visitors[0]] * 60]):
                listen(visitor, "takes/watch/sessions")
                listen(visitor, f"gradio_api/heartbeat/tab{number}")

        return _held_up(target, hold)


# forms ----------------------------------------------------------------------------------------------------------------


def _uploaded(visitor: Visitor, data: bytes, kind: str) -> dict[str, object] | None:
    """As a field has it; None where it was refused."""
    reply = visitor.upload(data, f"a.{kind.lower()}", f"image/{kind.lower()}")
    return visitor.file(str(reply.json()[0])) if reply.status_code == 200 else None


@attack("7", "four refreshes with one 60-megapixel WebP")
def the_large_image(target: Target) -> Result:
    visitor = target.visitor()
    given = _uploaded(visitor, image(7746, "WEBP"), "WEBP")

    def refresh(number: int) -> None:
        twin = target.visitor(visitor.cookie)
        twin.call("refresh", {"image": given}, within_s=PATIENCE_S)

    def hold() -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(refresh, range(4)))

    return _held_up(target, hold)


@attack("7", "four live forms whose vendor takes the question and never answers")
def the_hung_vendor(target: Target) -> Result:
    refs = [
        variant.ref for variant in variants() if variant.provider == HUNG and variant.need("first_frame") != "required"
    ]
    visitors = [target.visitor() for _ in range(4)]
    for visitor in visitors:
        visitor.chosen = refs

    def hold() -> None:
        for visitor in visitors:
            visitor.join(
                visitor.body("refresh", {"mode": "Live", "prompt": "a boat", "key-runninghub": "a-key-of-mine"})
            )

    return _held_up(target, hold)


@attack("7", "four prompts of 20 MB")
def the_long_prompt(target: Target) -> Result:
    visitor = target.visitor()

    def hold() -> None:
        for _ in range(4):
            visitor.new_tab()
            with contextlib.suppress(httpx.TransportError):
                visitor.join(visitor.body("refresh", {"prompt": "boat " * 4_000_000}))

    return _held_up(target, hold)


# memory ---------------------------------------------------------------------------------------------------------------


@attack("5", "eight bodies of 20 MB to the queue, without a cookie and with one, cut off before their end")
def unread_bodies(target: Target) -> Result:
    visitor, port = target.visitor(), urlsplit(target.url).port or 80
    head = f"POST /{JOIN} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 21000000\r\n"
    with watched(target) as taken, contextlib.ExitStack() as held:
        for number in range(8):
            line = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            line.settimeout(3)
            told = f"Cookie: {visitor.cookie}\r\n" if number % 2 else ""
            with contextlib.suppress(OSError):
                line.sendall(f"{head}{told}\r\n".encode() + b'{"data": "' + b"x" * 20_000_000)
        time.sleep(0.5)
        return Result(taken() < 100_000_000, f"{taken() / 1e6:.0f} MB of 160 held")


@attack("5", "a plan of 1,000 prompts with one 19.5 MB image", heavy=True)
def the_large_plan(target: Target) -> Result:
    visitor = target.visitor()
    given = _uploaded(visitor, image(2550, noise=True), "PNG")
    prompts = "\n".join(f"prompt {number}" for number in range(1000))
    return _bounded(
        target, lambda: visitor.call("foresee", {"plan-prompts": prompts, "plan-image": given}, within_s=40)
    )


@attack("5", "twelve calls past the queue with one 60-megapixel WebP", heavy=True)
def the_large_image_past_the_queue(target: Target) -> Result:
    visitor = target.visitor()
    body = visitor.body("refresh", {"image": _uploaded(visitor, image(7746, "WEBP"), "WEBP")})

    def ask(number: int) -> None:
        with contextlib.suppress(httpx.TransportError):
            httpx.post(f"{target.url}gradio_api/run/refresh", json=body, headers={"cookie": visitor.cookie}, **LOOPBACK)

    def hold() -> None:
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(ask, range(12)))

    return _bounded(target, hold)


def _bounded(target: Target, hold: Callable[[], object]) -> Result:
    """How much memory it takes; the server is ended before that is the machine's."""
    with watched(target) as taken, ThreadPoolExecutor(1) as apart:
        holding = apart.submit(hold)
        while not holding.done() and taken() < TOO_MUCH:
            time.sleep(0.05)
        if not holding.done():
            target.process.kill()
        return Result(taken() < MOST_MORE, f"{taken() / 1e6:.0f} MB more")


@attack("held", "eight hundred heartbeats of one cookie and another's page beside them", heavy=True)
def heartbeats(target: Target) -> Result:
    visitor, port = target.visitor(), urlsplit(target.url).port or 80
    with contextlib.ExitStack() as held:
        for number in range(800):
            line = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            told = f"Host: 127.0.0.1:{port}\r\nCookie: {visitor.cookie}\r\n"
            line.sendall(f"GET /gradio_api/heartbeat/beat{number} HTTP/1.1\r\n{told}\r\n".encode())
        return _held_up(target, lambda: None)
