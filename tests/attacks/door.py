"""What is not named is not there, whoever asks and however it is spelled; and nobody reads what is another's."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from typing import Any

import httpx

from comparisons.addresses import public_address
from providers import TakesError
from tests.accounts import LISTED
from tests.attacks import Result, attack
from tests.attacks.money import SETTLE_S
from tests.attacks.slots import image
from tests.attacks.targets import HOSTS_KEY, Target, listening
from tests.attacks.visitor import DATA, JOIN, LATER, RUN, Visitor, first
from tests.plain_http import LOOPBACK
from tests.stage import ONE_EACH

CLOSED = (403, 404, 405, 421)
TYPED = "a-typed-key-of-mine-93f1"
EVIL = "https://evil.example"


def _answers(visitor: Visitor | None, target: Target, asked: list[tuple[str, str]], **more: Any) -> list[str]:
    """Which of these were answered with anything but a refusal."""
    headers = {"cookie": visitor.cookie} if visitor else {}
    open_ones = []
    with httpx.Client(base_url=target.url, headers=headers, timeout=20, **LOOPBACK) as client:
        for method, path in asked:
            with contextlib.suppress(httpx.TransportError), client.stream(method, path, **more) as reply:
                if reply.status_code not in CLOSED:  # what it says is not read: some never end
                    open_ones.append(f"{method} {path} ({reply.status_code})")
    return open_ones


def _shut(found: list[str], of: int) -> Result:
    return Result(not found, f"{len(found)} of {of} open" + (f": {', '.join(found[:3])}" if found else ""))


RECORDING = (
    "gradio_api/process_recording",
    "process_recording",
    "gradio_api/process_recording/",
    "gradio_api//process_recording",
    "gradio_api/%70rocess_recording",
    "gradio_api/x/../process_recording",
    "GRADIO_API/process_recording",
)


@attack(
    "4",
    "process_recording with 2 MB and with a list that names another's clip, seven spellings, with and without cookie",
)
def recordings(target: Target) -> Result:
    before, found = target.left(), []
    bodies = {
        "rec.webm": bytes(2_000_000),
        "rec.m3u8": f"#EXTM3U\n#EXTINF:1,\n{target.home}/log\n#EXT-X-ENDLIST\n".encode(),
    }
    for name, body in bodies.items():
        for visitor in (None, target.visitor()):
            found += _answers(visitor, target, [("POST", path) for path in RECORDING], files={"file": (name, body)})
    left = sum(size for path, size in target.left().items() if path not in before and "takes" not in path.parts[-2:])
    return Result(not found and left < 1_000_000, f"{len(found)} of 28 answered, {left} bytes left")


UNNEEDED = [
    ("GET", "docs"),
    ("GET", "redoc"),
    ("GET", "openapi.json"),
    ("GET", "config"),
    ("GET", "config/"),
    ("GET", "gradio_api/info"),
    ("GET", "gradio_api/openapi.json"),
    ("GET", "gradio_api/queue/status"),
    ("GET", "monitoring"),
    ("GET", "gradio_api/monitoring"),
    ("GET", "monitoring/x"),
    ("GET", "robots.txt"),
    ("POST", "gradio_api/component_server"),
    ("POST", "gradio_api/component_server/"),
    ("GET", "gradio_api/mcp/"),
    ("POST", "gradio_api/mcp/"),
    ("GET", "gradio_api/proxy=http://127.0.0.1/"),
    ("POST", "gradio_api/reset"),
    ("POST", "gradio_api/reset/"),
    ("POST", "gradio_api/cancel"),
    ("POST", "gradio_api/batch"),
    ("GET", "gradio_api/token"),
    ("GET", "login"),
    ("POST", "login"),
    ("GET", "logout"),
    ("GET", "gradio_api/login_check"),
    ("GET", "user"),
    ("GET", "svelte/x.js"),
    ("GET", "custom_component/x/client/component/index.js"),
    ("GET", "gradio_api/vibe-code/"),
    ("POST", "gradio_api/vibe-edit/"),
    ("GET", "gradio_api/dev/reload"),
    ("GET", "pwa_icon"),
    ("GET", "service-worker.js"),
    ("GET", "gradio_api/stream/x/y/z/playlist.m3u8"),
    ("GET", "stream/x/y/z/playlist.m3u8"),
    ("PUT", ""),
    ("DELETE", ""),
    ("TRACE", ""),
    ("PATCH", JOIN),
    ("GET", JOIN),
    ("POST", DATA),
]


@attack("4", "forty routes and methods that Gradio has and the page does not need")
def routes_nobody_needs(target: Target) -> Result:
    found = [each for visitor in (None, target.visitor()) for each in _answers(visitor, target, UNNEEDED)]
    return _shut(found, 2 * len(UNNEEDED))


@attack("5", "run/*, api/* and call/* round the queue")
def round_the_queue(target: Target) -> Result:
    visitor = target.visitor()
    body = visitor.body("refresh")
    places = [
        f"{before}{kind}/{name}"
        for before in ("gradio_api/", "")
        for kind in ("run", "api", "call")
        for name in ("refresh", "refresh/", "start", "predict", str(body["fn_index"]))
    ]
    found = [
        each
        for who in (None, visitor)
        for each in _answers(who, target, [("POST", path) for path in places], json=body)
    ]
    return _shut(found, 2 * len(places))


@attack("11", "deep_link with a typed key in the state, and the key on disk afterwards")
def deep_links(target: Target) -> Result:
    visitor = target.visitor()
    visitor.press(LISTED, key=TYPED, mode="Sandbox")
    visitor.call("refresh", {"key-apiframe": TYPED, "prompt": TYPED[:0] + "a boat"})
    body = visitor.body("refresh", {"key-apiframe": TYPED})
    query = f"?session_hash={visitor.tab}"
    asked = [(how, f"{at}{query}") for how in ("GET", "POST") for at in ("gradio_api/deep_link", "deep_link")]
    found = _answers(visitor, target, asked, json={**body, "state": body["data"]})
    where = _holding(target, TYPED)
    return Result(not found and not where, f"{len(found)} of 4 open, the key in {len(where)} files {where[:2]}")


def _holding(target: Target, words: str) -> list[str]:
    """The files that hold the words; the log too."""
    found = [
        path for path in [*target.left(), target.home / "log"] if path.exists() and words.encode() in path.read_bytes()
    ]
    return [path.name for path in found]


@attack("held", "a typed key after its live run: in log, page, ledger, files")
def typed_keys_stay_nowhere(target: Target) -> Result:
    visitor, key = target.visitor(), "bad-and-typed-66b2"
    visitor.press(LISTED, key=key)
    time.sleep(2 * SETTLE_S)
    where = _holding(target, key)
    page = target.visitor(visitor.cookie).page
    return Result(not where and key not in page and HOSTS_KEY not in page, f"in {len(where)} files {where[:2]}")


# other sites ----------------------------------------------------------------------------------------------------------

FOREIGN = (
    {"origin": EVIL},
    {"origin": EVIL, "x-forwarded-host": "evil.example"},
    {"origin": "null"},
    {"origin": EVIL, "x-forwarded-host": "evil.example", "x-forwarded-proto": "https"},
    {"origin": EVIL, "sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
    {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
    {"origin": "http://127.0.0.1.evil.example"},
    {"origin": "http://127.0.0.1"},
    {"origin": EVIL, "forwarded": "host=evil.example;proto=https"},
    {"origin": EVIL, "x-forwarded-server": "evil.example", "x-original-host": "evil.example"},
)
"""How another site's page asks: with the victim's cookie, and whatever a proxy may pass on."""


@attack("8", "another site's page with the victim's cookie, eleven ways: reads of History and presses")
def other_sites(target: Target) -> Result:
    victim, passed = target.visitor(), []
    run = first(RUN, victim.press(ONE_EACH["runcomfy"], mode="Sandbox", prompt="mine alone"))
    for number, told in enumerate(FOREIGN):
        body = {**victim.body("search"), "session_hash": f"evil{number}"}
        try:
            joined = victim.client.post(JOIN, json=body, headers=told)
            if joined.status_code == 200:
                passed.append(f"press with {told}")
            read = victim.client.get("/", headers=told)
        except httpx.TransportError:
            continue
        allowed = read.headers.get("access-control-allow-origin")
        if allowed and told.get("origin") in (allowed, "*"):
            passed.append(f"read with {told}")
    return Result(bool(run) and not passed, f"{len(passed)} of {2 * len(FOREIGN)} passed {passed[:1]}")


@attack("17", "a proxy that passes on neither port nor Host: works by Sec-Fetch-Site, or the page says what to send")
def a_proxy_in_front(target: Target) -> Result:
    visitor = target.visitor()
    told = {"origin": "https://takes.example", "sec-fetch-site": "same-origin"}
    works = visitor.client.post(JOIN, json=visitor.body("search"), headers=told).status_code == 200
    refused = visitor.client.post(JOIN, json=visitor.body("search"), headers={"origin": "http://127.0.0.1:1"})
    says = refused.status_code == 403 and re.search(r"Host|TAKES_ORIGIN", refused.text) is not None
    return Result(
        works and says, f"{'works' if works else 'does not work'}, {'says' if says else 'does not say'} what to send"
    )


# cookies and files ----------------------------------------------------------------------------------------------------


@attack(
    "18", "cookies nobody issued: 64 hex digits, the own one with digits changed, empty, doubled, under the other name"
)
def made_up_cookies(target: Target) -> Result:
    own = target.visitor().cookie
    name, _, value = own.partition("=")
    changed = [f"{name}={_swapped(value, at)}" for at in (0, 5, len(value) // 2, len(value) - 1)]
    made_up = [
        f"{name}={'f' * 64}",
        f"takes_visitor={'0' * 64}",
        f"__Host-takes_visitor={value}",
        f"{name}=",
        f"{name}={value}x",
        f"{name}={'f' * 32}.1800000000.{'0' * 64}",
        *changed,
    ]
    taken = []
    for cookie in made_up:
        visitor = target.visitor(cookie)
        if "needs its cookie" not in visitor.call("search") and visitor.join(visitor.body("search")).status_code == 200:
            taken.append(cookie)
    return Result(not taken, f"{len(taken)} of {len(made_up)} taken")


def _swapped(value: str, at: int) -> str:
    return value[:at] + ("0" if value[at] != "0" else "1") + value[at + 1 :]


@attack("18", "the cookie over https: its name bound to this host, secure, read by no script")
def the_cookie_over_https(target: Target) -> Result:
    visitor = target.visitor(None, **{"x-forwarded-proto": "https"})
    said = visitor.set_cookie
    wanted = ("__Host-", "Secure", "HttpOnly", "Path=/", "Partitioned")
    missing = [each for each in wanted if each not in said] + (["no Domain"] if "Domain" in said else [])
    return Result(not missing, f"missing: {', '.join(missing) or 'nothing'}")


@attack("19", "another's upload by its path: without a cookie, as somebody else, and as an image of one's own")
def others_uploads(target: Target) -> Result:
    owner, other = target.visitor(), target.visitor()
    path = str(owner.upload(image(64)).json()[0])
    asked = [("GET", f"{before}file{sign}{path}") for before in ("gradio_api/", "") for sign in ("=", "=/", "/")]
    found = [each for who in (None, other) for each in _answers(who, target, asked)]
    borrowed = other.join(other.body("refresh", {"image": other.file(path)}))
    said = other.call("refresh", {"image": other.file(path)}) if borrowed.status_code == 200 else ""
    mine = owner.client.get(f"gradio_api/file={path}").status_code == 200
    taken = len(found) + (borrowed.status_code == 200 and '"success": true' in said)
    return Result(
        mine and not taken, f"{taken} of {2 * len(asked) + 1} handed out" + ("" if mine else "; not to its owner")
    )


@attack("21", "an image as an address: nine spellings")
def images_as_addresses(target: Target) -> Result:
    visitor = target.visitor()
    with listening() as (port, came):
        at = f"127.0.0.1:{port}/a.png"
        named = [
            f"http://{at}",
            f"https://{at}",
            f"HTTP://{at}",
            f" http://{at}",
            f"//{at}",
            f"file://{at}",
            f"ftp://{at}",
        ]
        fields = [{"path": name} for name in named] + [
            {"url": f"http://{at}"},
            {"path": "x.png", "url": f"http://{at}"},
        ]
        for each in fields:
            visitor.new_tab()
            visitor.call("refresh", {"image": {**each, "meta": {"_type": "gradio.FileData"}}}, within_s=3)
    return Result(not came, f"{len(came)} connections made")


HERE = ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "127.1", "0x7f.1")
FIELDS = (("image", ""), ("last-image", "_1"), ("references", "_2"))


@attack("held", "a picture's address that leads inside, eight spellings, by https and http, from each of its fields")
def pictures_inside(target: Target) -> Result:
    visitor, told = target.visitor(), []
    with listening() as (port, came):
        for number, host in enumerate(HERE):
            for scheme in ("https", "http"):
                visitor.new_tab()
                told.append(_fetched(visitor, *FIELDS[number % 3], f"{scheme}://{host}:{port}/a.png"))
    refused = sum("is not fetched" in each or "are fetched" in each for each in told)
    return Result(not came and refused == len(told), f"{len(came)} connections made, {refused} of {len(told)} refused")


def _fetched(visitor: Visitor, name: str, again: str, url: str) -> str:
    """What comes of the address of a picture in a field, however late."""
    fields = {f"{name}-url": url}
    said = visitor.call(f"fetch_picture{again}", fields)
    while later := LATER.search(said):
        visitor.client.get(later[0])
        said = visitor.call(f"show_picture{again}", fields)
    return said


@attack("22", "a key in the wrong field, fields of the wrong kind, events of none: what the log and the answers say")
def forged_fields(target: Target) -> Result:
    visitor, key = target.visitor(), "misplaced-key-4d1e7a"
    wrong = [
        {"duration": key},
        {"resolution": key},
        {"mode": key},
        {"repeats": key},
        {"prompt-optimizer": {"x": key}},
        {"image": key},
        {"prompt": {"x": key}},
        {"prompt": [key]},
        {"key-apiframe": {"x": key}},
        {"image": {"path": key}},
    ]
    said = ""
    for fields in wrong:
        for handler in ("refresh", "start"):
            visitor.new_tab()
            said += visitor.call(handler, fields, within_s=3)
    bodies = [
        {"data": [key]},
        {"fn_index": key},
        {"trigger_id": key},
        {"event_data": {"job": [key]}},
        {"session_hash": [key]},
    ]
    for changed in bodies:
        said += visitor.join({**visitor.body("again"), **changed}).text
    for handler in ("refresh_1", "again", "delete", "cast", "go_on_session"):
        said += visitor.call(
            handler, event={"refs": key, "job": {"x": key}, "run": [key], "token": key, "session": [key]}, within_s=3
        )
    logged = target.log.count(key)
    return Result(not logged and "Traceback" not in said, f"{logged} times in the log, {said.count(key)} in answers")


TRAVERSALS = [
    ("GET", f"{at}{up}")
    for at in (
        "takes/clips/",
        "takes/exports/",
        "takes/blind/",
        "takes/sessions/",
        "gradio_api/file=",
        "file=",
        "assets/",
        "static/",
    )
    for up in ("../ledger.sqlite3", "..%2fledger.sqlite3", "%2e%2e/ledger.sqlite3", "....//ledger.sqlite3")
]


@attack("held", "thirty-two ways out of a folder")
def traversals(target: Target) -> Result:
    visitor, found = target.visitor(), []
    for _, path in [
        *TRAVERSALS,
        ("GET", f"gradio_api/file={target.home}/takes/ledger.sqlite3"),
        ("GET", "gradio_api/file=.env"),
    ]:
        reply = visitor.client.get(path)
        if b"SQLite format" in reply.content or (reply.status_code == 200 and b"takes-header" not in reply.content):
            found.append(path)
    return _shut(found, len(TRAVERSALS) + 2)


INSIDE = (
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "::127.0.0.1",
    "::10.0.0.1",
    "fec0::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1",
    "fc00::1",
    "fe80::1",
    "::1",
    "::",
    "2001:0:7f00:1::",
    "198.18.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "192.0.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "ff02::1",
    "2001:db8::1",
    "100::1",
    "5f00::1",
)
OUTSIDE = ("1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808")


@attack("20", "clip hosts that reach inside, and three that do not", on="nothing")
def addresses_inside(nothing: None) -> Result:
    passed = [each for each in INSIDE if _is_let_through(each)]
    kept_out = [each for each in OUTSIDE if not _is_let_through(each)]
    return Result(
        not passed and not kept_out,
        f"{len(passed)} of {len(INSIDE)} count as public {passed[:3]} {kept_out or ''}".strip(),
    )


def _is_let_through(address: str) -> bool:
    async def resolved(host: str, port: int) -> list[str]:
        return [address]

    try:
        return asyncio.run(public_address("clips.example", 443, resolved)) is not None
    except TakesError:
        return False
