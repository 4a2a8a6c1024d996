"""What a world keeps on disk so that a restarted one still knows its jobs and uploads: one file each, one a note.

Images are files of their own under their hash, each stored once however many jobs and uploads name it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.sandbox._clips import ClipSpec, clip_name
from providers.sandbox._files import make_folder, write
from providers.sandbox._hosting import Handout
from providers.sandbox._jobs import Hook, SimJob, hashed

KEPT_S = 2 * 24 * 3600.0
"""How long jobs are of use to anyone."""
UPLOAD_S = 2 * 3600.0
"""How long an upload is kept that no job names."""
UPLOADED = re.compile(r"/(?:cdn/uploads|v1/files)/([0-9a-f]{32})\b")
IMAGE = re.compile(r"[0-9a-f]{64}")
IMAGES = ("image", "last_image")


def epoch_seconds() -> float:
    """A clock for worlds that outlive their process: it goes on while none runs."""
    return time.time()


@dataclass(frozen=True)
class Entry:
    """One of the small files: what it is about, when it was written, and what else it names.

    A name is that of an image or a clip, of an upload's entry, of a job that a note is about, or of what was asked.
    """

    kind: str
    at: float
    names: frozenset[str]


class Journal:
    """A folder of small JSON files, and of the images that they name. Several processes may share it."""

    def __init__(self, folder: Path, now: Callable[[], float] = epoch_seconds) -> None:
        self._folder = folder
        self._images = folder / "images"
        self._now = now
        self._known: dict[str, Entry] = {}
        make_folder(self._images)

    # writing and reading ----------------------------------------------------------------------------------------

    def write_job(self, job: SimJob, spec: ClipSpec) -> None:
        images = {name: self._keep(getattr(spec, name)) for name in IMAGES}
        spec_of = {key: value for key, value in vars(spec).items() if key not in IMAGES}
        value = {"job": asdict(job), "spec": spec_of | images, "clip": clip_name(spec)}
        self._write(_name(job.provider, job.id), value)

    def read_job(self, provider: str, job_id: str) -> tuple[SimJob, ClipSpec] | None:
        """The job as it was accepted, its clip yet to be rendered again; None if it is not known."""
        found = self._read(_name(provider, job_id))
        if found is None:
            return None
        job, spec = found["job"], found["spec"]
        amount = None if job["amount"] is None else Decimal(job["amount"])
        handout = Handout(**job.get("handout", {}))
        asked = job.get("hook", {"url": "", "events": ()})
        hook = Hook(asked["url"], tuple(asked["events"]))
        images = {name: self._image(spec[name]) for name in IMAGES}
        remade = {"amount": amount, "handout": handout, "hook": hook, "clip": None, "rendered_at": None}
        return SimJob(**{**job, **remade}), ClipSpec(**{**spec, **images})

    def write_upload(self, upload_id: str, data: bytes, media_type: str, stored_at: float) -> None:
        upload = {"data": self._keep(data), "media_type": media_type, "stored_at": stored_at}
        self._write(_upload(upload_id), upload)

    def read_upload(self, upload_id: str) -> tuple[bytes, str, float] | None:
        """The bytes, their media type and when they came; None if they are not known."""
        found = self._read(_upload(upload_id))
        data = None if found is None else self._image(found["data"])
        return None if found is None or data is None else (data, found["media_type"], found["stored_at"])

    def write_note(self, name: str, value: Mapping[str, Any]) -> None:
        self._write(_name("note", name), value)

    def read_note(self, name: str) -> Mapping[str, Any] | None:
        return self._read(_name("note", name))

    def _write(self, name: str, value: Mapping[str, Any]) -> None:
        write(self._folder / f"{name}.json", json.dumps(value, default=str).encode(), self._now())
        self._known[name] = _entry(value, self._now())

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            entry: dict[str, Any] = json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return entry

    def _keep(self, data: bytes | None) -> dict[str, str] | None:
        """Stores an image; what an entry says instead of it."""
        if data is None:
            return None
        digest = hashlib.sha256(data).hexdigest()
        path = self._images / digest
        if path.exists():
            os.utime(path, (self._now(), self._now()))  # it is used again: its age begins anew
        else:
            write(path, data, self._now())
        return {"sha256": digest}

    def _image(self, said: Mapping[str, str] | str | None) -> bytes | None:
        """The bytes that an entry names; those of older versions hold them in writing."""
        if said is None:
            return None
        if isinstance(said, str):
            return base64.b64decode(said)
        try:
            return (self._images / said["sha256"]).read_bytes()
        except FileNotFoundError:
            return None

    # letting go -------------------------------------------------------------------------------------------------

    def sweep(self) -> set[str]:
        """Lets go of what is too old to be of use to anyone and of what nothing names; returns all that is named."""
        entries, now = self._entries(), self._now()
        by_jobs = _all_names(entry for entry in entries.values() if entry.kind == "job")
        self._remove(
            name
            for name, entry in entries.items()
            if now - entry.at > (KEPT_S if entry.kind != "upload" or name in by_jobs else UPLOAD_S)
        )
        named = _all_names(self._known.values())
        for path in self._images.iterdir():
            if path.name not in named and now - path.stat().st_mtime > UPLOAD_S:
                path.unlink(missing_ok=True)
        return named

    def forget(self, provider: str, job_id: str) -> set[str]:
        """Lets go of a job and of what only it names; returns the name of its clip unless another job has the same."""
        entries = self._entries()
        about = {name for name, entry in entries.items() if entry.kind == "note" and job_id in entry.names}
        return self._let_go(({_name(provider, job_id)} & entries.keys()) | about)

    def forget_image(self, digest: str) -> None:
        """Lets go of the uploads of an image, unless a job names them."""
        entries = self._entries()
        uploads = {name for name, entry in entries.items() if entry.kind == "upload" and digest in entry.names}
        self._let_go(uploads - _all_names(entry for entry in entries.values() if entry.kind == "job"))

    def asked(self, provider: str, prompt: str) -> list[str]:
        """The ids of a provider's jobs for a prompt, named by its SHA-256 in hex."""
        like = [name for name, entry in self._entries().items() if _asked(provider, prompt) in entry.names]
        return [found["job"]["id"] for name in like if (found := self._read(name)) is not None]

    def _let_go(self, entries: set[str]) -> set[str]:
        """Removes these entries and whatever nothing names without them; returns the clips among that."""
        lost: set[str] = set()
        while entries:  # the jobs, then the uploads that only they named
            lost |= _all_names(self._known[name] for name in entries)
            self._remove(entries)
            lost -= _all_names(self._known.values())
            entries = lost & self._known.keys()
        for name in filter(IMAGE.fullmatch, lost):
            (self._images / name).unlink(missing_ok=True)
        return {name for name in lost if name.endswith(".mp4")}

    def _entries(self) -> dict[str, Entry]:
        """All entries by name, also those that another process has written or removed meanwhile."""
        there = {path.stem: path for path in self._folder.glob("*.json")}
        self._known = {name: entry for name, entry in self._known.items() if name in there}
        for name in there.keys() - self._known.keys():
            value = self._read(name)
            if value is not None:
                self._known[name] = _entry(value, there[name].stat().st_mtime)
        return dict(self._known)

    def _remove(self, names: Iterable[str]) -> None:
        for name in tuple(names):
            (self._folder / f"{name}.json").unlink(missing_ok=True)
            self._known.pop(name, None)


def _entry(value: Mapping[str, Any], at: float) -> Entry:
    if "spec" in value:
        asked = _asked(value["job"]["provider"], hashed(value["job"]["prompt"]))
        return Entry("job", at, frozenset([asked, *_images_in(value["spec"]), *_named_in(value)]))
    if "media_type" in value:
        return Entry("upload", at, frozenset(_digest(value["data"])))
    return Entry("note", at, frozenset(_named_in(value)))


def _images_in(spec: Mapping[str, Any]) -> Iterator[str]:
    for name in IMAGES:
        yield from _digest(spec[name])


def _digest(said: Mapping[str, str] | str | None) -> Iterator[str]:
    if isinstance(said, dict):
        yield said["sha256"]


def _named_in(value: Mapping[str, Any]) -> Iterator[str]:
    """The clip of a job, the job of a note, and the uploads in the body of either."""
    body = value["job"]["body"] if isinstance(value.get("job"), dict) else value.get("body")
    yield from (_upload(upload) for upload in UPLOADED.findall(json.dumps(body)))
    yield from (name for name in (value.get("clip"), value.get("job")) if isinstance(name, str))


def _asked(provider: str, prompt: str) -> str:
    return f"{provider} {prompt}"


def _all_names(entries: Iterable[Entry]) -> set[str]:
    return set().union(*(entry.names for entry in entries))


def _upload(upload_id: str) -> str:
    return _name("upload", upload_id)


def _name(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
