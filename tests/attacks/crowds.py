"""However many cookies one address takes, others have their share of everything that there is only so much of."""

from __future__ import annotations

import contextlib
import itertools
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx

from comparisons.runs.visitors import SANDBOX
from comparisons.ui.door.limits import Limits
from providers import variants
from tests.attacks import Result, attack
from tests.attacks.money import until
from tests.attacks.slots import PATIENCE_S, _held_up, _uploaded, held_up, image
from tests.attacks.targets import Target
from tests.attacks.visitor import JOIN, RUN, Visitor, first
from tests.stage import ONE_EACH

LIMITS = Limits()
QUICK = ONE_EACH["runcomfy"]
ADDRESSES = (f"198.51.100.{number}" for number in itertools.count(1))
COOKIES = 90
"""With twelve takes each they are more than may wait at all."""
REFUSED = "[refuse] a boat"
"""A prompt whose takes last as long as others and are never drawn: this measures turns, not the machine."""
SIX = [v.ref for v in variants() if v.need("first_frame") != "required" and v.ref != "odirouter:minimax_hailuo_02_t2v"][
    :6
]
"""Takes of all four gateways, as the page's sample has."""
BEGUN_S = 40.0
"""A gateway's three places come free every 4 s on average, and every other one is the newcomer's."""
LATE_S = 5.0
"""How long the server may take to hear what was sent."""
FOR_ALL_S = 60.0
"""How long ten large images are waited for, which are read one after the other."""


def crowd(target: Target, number: int, address: str = "") -> list[Visitor]:
    """So many visitors of one address, nobody else's if none is named."""
    headers = {"x-forwarded-for": address or next(ADDRESSES)}
    return [target.visitor(**headers) for _ in range(number)]


def line(visitor: Visitor, request: str, body: bytes = b"", more: str = "") -> socket.socket:
    """A connection over which something was asked, by a visitor who reads nothing of the answer."""
    at, headers = urlsplit(visitor.url), visitor.client.headers
    told = f"X-Forwarded-For: {headers['x-forwarded-for']}\r\nCookie: {visitor.cookie}\r\n{more}"
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.connect((at.hostname or "", at.port or 80))
    link.sendall(f"{request} HTTP/1.1\r\nHost: {at.netloc}\r\n{told}\r\n".encode() + body)
    return link


def let_in(links: Sequence[socket.socket], within_s: float = LATE_S) -> int:
    """How many of them were not refused, once all are answered or no more answers come for a while."""

    def answers() -> list[bytes]:
        found = []
        for link in links:
            link.setblocking(False)
            with contextlib.suppress(OSError):
                found.append(link.recv(64, socket.MSG_PEEK))
        return found

    told, since = answers(), time.monotonic()
    while len(told) < len(links) and time.monotonic() < since + within_s:
        time.sleep(0.1)
        now = answers()
        told, since = now, time.monotonic() if len(now) != len(told) else since
    return len(links) - sum(b" 429 " in each for each in told)


@attack("crowd", "four cookies of one address that start 60 sandbox takes each; then somebody elsewhere", heavy=True)
def the_hours_takes(target: Target) -> Result:
    refs, started = [variant.ref for variant in variants() if variant.need("first_frame") == "no"][:3], 0
    for visitor in crowd(target, 4):
        for _ in range(SANDBOX.an_hour.each // SANDBOX.at_once.each):
            said = visitor.press(*refs, prompt=f"[refuse] {visitor.new_tab()}", mode="Sandbox", repeats=4)
            run = target.run(first(RUN, said)) if first(RUN, said) else None
            started += len(run.jobs) if run else 0
            until(lambda: target.under_way() == 0, LATE_S)
    (other,) = crowd(target, 1)
    fine = bool(first(RUN, other.press(QUICK, prompt="[refuse] a boat", mode="Sandbox")))
    most = SANDBOX.an_hour.client
    held = 0 < started <= most and fine
    return Result(held, f"{started} takes started, of at most {most}; elsewhere {'one more' if fine else 'none'}")


@attack(
    "crowd", "90 cookies of addresses nobody knows, 12 takes each at one gateway; then one more visitor",
    on="unknown", heavy=True,
)  # fmt: skip
def the_sandboxs_places(target: Target) -> Result:
    with ThreadPoolExecutor(4) as pool:
        runs = sum(pool.map(_takes_of_one, [target.visitor() for _ in range(COOKIES)]))
    waiting, other = target.under_way(), target.visitor()
    began = time.monotonic()
    run = first(RUN, other.press(*SIX, prompt=REFUSED, mode="Sandbox"))
    until(lambda: _all_began(target, run), BEGUN_S)
    took = time.monotonic() - began
    target.process.terminate()
    held = runs == COOKIES and took < BEGUN_S
    return Result(held, f"{waiting} takes of {runs} cookies under way; the other's six had begun after {took:.1f} s")


def _takes_of_one(visitor: Visitor) -> bool:
    """Starts as many takes of the sandbox as a cookie gets, at the gateway that has fewest places."""
    narrow = [v.ref for v in variants() if v.provider == "runninghub" and v.need("first_frame") == "no"][:3]
    said = [visitor.press(*narrow, prompt=REFUSED, mode="Sandbox", repeats=4)]
    if not first(RUN, said[0]):
        said.append(visitor.press(*narrow, prompt=REFUSED, mode="Sandbox", repeats=2))
    return bool(first(RUN, said[-1]))


def _all_began(target: Target, run: str) -> bool:
    """Whether every take of a run was sent to its gateway."""
    known = target.run(run) if run else None
    return known is not None and all(job.handle for job in known.jobs)


@attack("crowd", "twenty-five cookies of one address with twenty streams each; then somebody elsewhere")
def the_streams(target: Target) -> Result:
    with contextlib.ExitStack() as held:
        ask = "GET /takes/watch/sessions"
        visitors = crowd(target, 25)
        links = [held.enter_context(line(each, ask)) for each in visitors for _ in range(LIMITS.watching.each)]
        most, (other,) = let_in(links), crowd(target, 1)
        fine = let_in([held.enter_context(line(other, ask))])
    return Result(
        0 < most <= LIMITS.watching.client and fine == 1, f"{most} of {len(links)} open, elsewhere {fine} of 1"
    )


@attack(
    "crowd",
    "sixteen cookies of one address with four uploads each that do not end; then somebody elsewhere",
)
def the_upload_places(target: Target) -> Result:
    more = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n"
    with contextlib.ExitStack() as held:
        links = [
            held.enter_context(line(each, "POST /gradio_api/upload", b"--x\r\n", more))
            for each in crowd(target, 16)
            for _ in range(LIMITS.uploads.each)
        ]
        most, (other,) = let_in(links), crowd(target, 1)
        status = other.upload(image(64)).status_code
    return Result(
        0 < most <= LIMITS.uploads.client and status == 200, f"{most} of {len(links)} open, elsewhere {status}"
    )


@attack(
    "crowd",
    "twelve cookies of one address with two bodies of 900 kB each that do not end; then somebody elsewhere",
)
def the_large_bodies(target: Target) -> Result:
    body, more = b" " * 200_000, "Content-Type: application/json\r\nContent-Length: 900000\r\n"
    with contextlib.ExitStack() as held:
        links = [
            held.enter_context(line(each, f"POST /{JOIN}", body, more))
            for each in crowd(target, 12)
            for _ in range(LIMITS.large_bodies.each)
        ]
        most, (other,) = let_in(links, 2.0), crowd(target, 1)
        status = other.client.post(JOIN, content=body).status_code  # large, and nothing that the page sends
    return Result(
        0 < most <= LIMITS.large_bodies.client and status == 400, f"{most} of {len(links)} open, elsewhere {status}"
    )


@attack("crowd", "one cookie that asks sixty times for an image and does not read it; then somebody elsewhere")
def the_downloads(target: Target) -> Result:
    visitor, other = *crowd(target, 1), *crowd(target, 1)
    given = image(1420, noise=True)
    path, theirs = (str(each.upload(given).json()[0]) for each in (visitor, other))
    with contextlib.ExitStack() as held:
        links = [held.enter_context(line(visitor, f"GET /gradio_api/file={path}")) for _ in range(60)]
        most = let_in(links)
        status = other.client.get(f"gradio_api/file={theirs}").status_code
    held_off = 0 < most <= LIMITS.downloads.each and status == 200
    return Result(held_off, f"{most} of 60 on their way, elsewhere {status}")


@attack("crowd", "sixteen Starts of one cookie, each a plan of a hundred prompts; then somebody else's page")
def the_starts(target: Target) -> Result:
    (visitor,) = crowd(target, 1)

    def hold() -> None:
        for number in range(16):
            visitor.new_tab()
            prompts = "\n".join(f"prompt {number} {each}" for each in range(100))
            plan = {"plan-prompts": prompts, "plan-picker": {"chosen": [QUICK]}}
            with contextlib.suppress(httpx.TransportError):
                visitor.join(visitor.body("start_session", plan))

    return _held_up(target, hold)


@attack(
    "crowd", "ten cookies with a 60-megapixel image each, of addresses nobody knows; then a small image", heavy=True
)
def the_large_images(target: Target) -> Result:
    visitors, other = [target.visitor() for _ in range(10)], target.visitor()
    forms = [{"image": _uploaded(each, image(7736 + n, "WEBP"), "WEBP")} for n, each in enumerate(visitors)]
    alone = _read_after(other, {"image": _uploaded(other, image(641), "PNG")}, PATIENCE_S)
    small = {"image": _uploaded(other, image(640), "PNG")}
    with ThreadPoolExecutor(len(visitors)) as pool:
        for visitor, form in zip(visitors, forms, strict=True):
            pool.submit(visitor.call, "refresh", form, within_s=PATIENCE_S)
        time.sleep(0.5)
        waited = _read_after(other, small, PATIENCE_S)
    for visitor, form in zip(visitors, forms, strict=True):  # so that no later attack is blamed for their memory
        _read_after(visitor, form, FOR_ALL_S)
    return Result(not held_up(waited, alone), f"the small one after {waited:.1f} s, alone {alone:.1f} s")


def _read_after(visitor: Visitor, form: dict[str, object], within_s: float) -> float:
    """Seconds until the image of a form is read, or ``within_s``."""
    began = time.monotonic()
    while "being read" in visitor.call("refresh", form, within_s=within_s):
        if time.monotonic() - began > within_s:
            break
        time.sleep(0.1)
    return time.monotonic() - began
