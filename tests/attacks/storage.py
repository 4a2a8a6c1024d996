"""What strangers leave on the disk has an end, is nobody else's to read, and goes when it is deleted."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import stat
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from comparisons.runs.storage import MEASURED_S
from tests.attacks import Result, attack
from tests.attacks.money import until
from tests.attacks.slots import image
from tests.attacks.targets import Target
from tests.attacks.visitor import RUN, SESSION, Visitor, first
from tests.stage import ONE_EACH

QUICK = ONE_EACH["runcomfy"]
WITH_IMAGE = ONE_EACH["apiframe"]
UPLOADED_AN_HOUR = 200_000_000
"""What one visitor may send, which bounds what they can leave."""
REFUSED = "[refuse]"
"""A prompt with this fails for its content, so that nothing is rendered."""


def _run(target: Target, visitor: Visitor, ref: str, prompt: str, **fields: object) -> str:
    """The id of a sandbox run that is over; empty if it was refused, or is not."""
    run = first(RUN, visitor.press(ref, prompt=prompt, mode="Sandbox", **fields))
    return run if run and until(lambda: (found := target.run(run)) is not None and found.done) else ""


@attack("6", "one sandbox take with a 6 MB image: what it leaves in the sandbox's records")
def the_journal(target: Target) -> Result:
    visitor, given = target.visitor(), image(1420, noise=True)
    before = target.left()
    reply = visitor.upload(given)
    run = _run(target, visitor, WITH_IMAGE, "with an image", image=visitor.file(str(reply.json()[0])), nearest=False)
    new = {path: size for path, size in target.left().items() if path not in before and "takes" in path.parts}
    records = sum(size for path, size in new.items() if "sandbox" in path.parts and path.suffix == ".json")
    images = sum(size for path, size in new.items() if "clips" not in path.parts) - records
    kept = Result(
        records < 200_000 and images < 2.5 * len(given), f"{records} bytes of records, {images / 1e6:.1f} MB of images"
    )
    return kept if run else Result(False, "the take was refused")


@attack("12", "a run deleted: its prompt, image, upload and clips in all files; and what another gave alike")
def deleted_runs(target: Target) -> Result:
    prompt, given = "a prompt nobody else has 8c55", image(420, noise=True)
    before, other = set(target.left()), target.visitor()
    path = str(other.upload(given).json()[0])
    shared = _with_image(target, target.visitor(), given, prompt)
    stays = other.client.get(f"gradio_api/file={path}").content == given
    alone = _with_image(target, other, given, prompt)
    left, digest = target.left(), hashlib.sha256(given).hexdigest()
    with_it = [
        path.name
        for path in left
        if digest in path.name or any(each in path.read_bytes() for each in (prompt.encode(), given, given[5000:5060]))
    ]
    new = [path.name for path in left if path not in before and path.suffix in (".mp4", ".jpg", ".png", ".json")]
    others = "stays" if stays else "went"
    return Result(
        shared and alone and stays and not with_it and not new,
        f"{len(with_it)} files hold it {with_it[:3]}, {len(new)} new ones stay; another's {others}",
    )


def _with_image(target: Target, visitor: Visitor, given: bytes, prompt: str) -> bool:
    """Uploads an image, has a take made of it, and deletes the run; whether that all came to something."""
    path = str(visitor.upload(given).json()[0])
    run = _run(target, visitor, WITH_IMAGE, prompt, image=visitor.file(path), nearest=False)
    visitor.new_tab()
    visitor.call("ask_to_delete", event={"run": run})
    visitor.call("delete", event={"run": run})
    return bool(run) and target.run(run) is None


@attack("13", "twelve sessions of one job: files that stay open", heavy=True)
def handles(target: Target) -> Result:
    visitor = target.visitor()
    _sessions(target, visitor, 2)
    before = target.handles()
    over = _sessions(target, visitor, 12)
    until(lambda: target.handles() <= before + 3, 3)
    more = target.handles() - before
    return Result(over == 12 and more <= 3, f"{more} more open files after {over} sessions")


def _sessions(target: Target, visitor: Visitor, number: int) -> int:
    """Starts so many sessions of one job, one after another; how many were over in time."""
    done = 0
    for _ in range(number):
        visitor.new_tab()
        plan = {
            "plan-name": "a plan",
            "plan-prompts": f"{REFUSED} boat {visitor.tab}",
            "plan-picker": {"chosen": [QUICK]},
        }
        session = first(SESSION, visitor.start_session(plan))
        done += bool(session) and until(lambda name=session: (it := target.session(name)) is not None and it.done)
    return done


@attack("23", "modes of the data folder, of uploads and their files; locks of runs that are over")
def modes_and_locks(target: Target) -> Result:
    visitor = target.visitor()
    visitor.upload(image(64, noise=True))
    run = _run(target, visitor, QUICK, f"{REFUSED} for its lock")
    home = target.home / "takes"
    every = (home, *home.rglob("*"), *(target.home / "gradio").rglob("*"))
    wide = [path.name for path in every if not path.is_symlink() and _is_wide(path.stat().st_mode)]
    stays = not until(lambda: not list((home / "locks").glob(f"{run}*")), 3)
    return Result(
        bool(run) and not wide and not stays,
        f"{len(wide)} others may look into {sorted(set(wide))[:3]}, its lock {'stays' if stays else 'is gone'}",
    )


def _is_wide(mode: int) -> bool:
    return bool(stat.S_IMODE(mode) & 0o077)


# uploads --------------------------------------------------------------------------------------------------------------


@attack("15", "ten strangers who announce 200 MB each and send 5 bytes; then somebody with an image")
def announced_uploads(target: Target) -> Result:
    port = urlsplit(target.url).port or 80
    with contextlib.ExitStack() as held:
        for number in range(10):
            stranger = target.visitor()
            line = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            head = f"POST /gradio_api/upload?upload_id=a{number} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            head += f"Cookie: {stranger.cookie}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            line.sendall(f"{head}Content-Length: 200000000\r\n\r\n--x\r\n".encode())
        time.sleep(0.3)
        status = target.visitor().upload(image(64)).status_code
    again = target.visitor().upload(image(64)).status_code
    return Result((status, again) == (200, 200), f"{status} meanwhile, {again} afterwards")


def _chunks(number: int) -> Iterator[bytes]:
    yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    for _ in range(number):
        yield bytes(1_000_000)
    yield b"\r\n--x--\r\n"


def _chunked(visitor: Visitor, megabytes: int) -> int:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    try:
        return visitor.client.post("gradio_api/upload", content=_chunks(megabytes), headers=headers).status_code
    except httpx.TransportError:
        return 0


def _chunked_and_short(visitor: Visitor, megabytes: int) -> int:
    """Chunks, and a Content-Length that says 1: what is counted, and what is read?"""
    at = urlsplit(visitor.url)
    head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: {at.netloc}\r\nCookie: {visitor.cookie}\r\nContent-Length: 1\r\n"
    kind = "Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    with socket.create_connection((at.hostname or "", at.port or 80)) as line:
        line.settimeout(5)
        with contextlib.suppress(OSError):
            line.sendall((head + kind).encode())
            for part in _chunks(megabytes):
                line.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            line.sendall(b"0\r\n\r\n")
        with contextlib.suppress(OSError):
            return int(line.recv(100).split()[1])
    return 0


@attack("15", "an upload of 80 MB in chunks, and one that says it is 1 byte")
def chunked_uploads(target: Target) -> Result:
    visitor, before = target.visitor(), target.left()
    statuses = [_chunked(visitor, 80), _chunked_and_short(visitor, 80)]
    left = sum(size for path, size in target.left().items() if path not in before)
    return Result(200 not in statuses and left < UPLOADED_AN_HOUR, f"answered {statuses}, {left / 1e6:.0f} MB left")


@attack("15", "five chunked uploads of 50 MB within one hour", heavy=True)
def the_upload_quota(target: Target) -> Result:
    visitor = target.visitor()
    taken = [_chunked(visitor, 50) for _ in range(5)].count(200)
    return Result(taken <= 4, f"{50 * taken} MB of 250 taken")


@attack("6", "a visitor who goes on making clips over a quota of 300 kB", on="narrow", heavy=True)
def the_storage_quota(target: Target) -> Result:
    visitor = target.visitor()
    made = [bool(_run(target, visitor, WITH_IMAGE, f"clip {number}")) for number in range(3)]
    time.sleep(MEASURED_S + 1)
    refused = not first(RUN, visitor.press(WITH_IMAGE, mode="Sandbox"))
    clips = target.home / "takes" / "clips"
    kept = sum(path.stat().st_size for path in clips.rglob("*") if path.is_file())
    return Result(all(made) and refused, f"{kept / 1e6:.1f} MB kept, then {'refused' if refused else 'not refused'}")
