"""What a world keeps on disk so that a restarted one still knows its jobs and uploads: one file each, one a note."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.sandbox._clips import ClipSpec
from providers.sandbox._jobs import SimJob

KEPT_S = 2 * 24 * 3600.0


def epoch_seconds() -> float:
    """A clock for worlds that outlive their process: it goes on while none runs."""
    return time.time()


class Journal:
    """A folder of small JSON files. Files older than two days are of no use to anyone and go."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("*.json"):
            if time.time() - path.stat().st_mtime > KEPT_S:
                path.unlink(missing_ok=True)

    def write_job(self, job: SimJob, spec: ClipSpec) -> None:
        images = {name: _text(getattr(spec, name)) for name in ("image", "last_image")}
        self._write(_name(job.provider, job.id), {"job": asdict(job), "spec": asdict(spec) | images})

    def read_job(self, provider: str, job_id: str) -> tuple[SimJob, ClipSpec] | None:
        """The job as it was accepted, its clip yet to be rendered again; None if it is not known."""
        found = self._read(_name(provider, job_id))
        if found is None:
            return None
        job, spec = found["job"], found["spec"]
        amount = None if job["amount"] is None else Decimal(job["amount"])
        images = {name: _bytes(spec[name]) for name in ("image", "last_image")}
        return SimJob(**{**job, "amount": amount, "clip": None, "rendered_at": None}), ClipSpec(**{**spec, **images})

    def write_upload(self, upload_id: str, data: bytes, media_type: str, stored_at: float) -> None:
        upload = {"data": _text(data), "media_type": media_type, "stored_at": stored_at}
        self._write(_name("upload", upload_id), upload)

    def read_upload(self, upload_id: str) -> tuple[bytes, str, float] | None:
        """The bytes, their media type and when they came; None if they are not known."""
        found = self._read(_name("upload", upload_id))
        return None if found is None else (_bytes(found["data"]) or b"", found["media_type"], found["stored_at"])

    def write_note(self, name: str, value: Mapping[str, Any]) -> None:
        self._write(_name("note", name), value)

    def read_note(self, name: str) -> Mapping[str, Any] | None:
        return self._read(_name("note", name))

    def _write(self, name: str, value: Mapping[str, Any]) -> None:
        part = self._folder / f"{name}.{os.getpid()}.part"
        part.write_text(json.dumps(value, default=str), encoding="utf-8")
        part.replace(self._folder / f"{name}.json")

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            return json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None


def _name(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
