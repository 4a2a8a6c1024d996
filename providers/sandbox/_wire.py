"""What the emulators share: keys, JSON bodies, images by reference, links."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from providers.sandbox._clips import ClipSpec, frame_size
from providers.sandbox._jobs import SimJob
from providers.sandbox._media import sniffed
from providers.sandbox._origins import path_of, root_url
from providers.sandbox._store import clip_url, cover
from providers.sandbox._uploads import Stored
from providers.sandbox._world import World

_DATA_URI = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+);base64,(?P<data>.*)", re.DOTALL)
_UPLOAD = re.compile(r"/[^/]+/cdn/uploads/(?P<id>[0-9a-f]{32})\.\w+")
# Repeats of one request come out a little different, as they do at the vendors, yet the cache stays small.
TAKES = 4


@dataclass(frozen=True)
class Picture:
    """A decodable image: its bytes, Pillow's name of the format, and its size in pixels."""

    data: bytes
    format: str
    width: int
    height: int

    @property
    def media_type(self) -> str:
        return f"image/{self.format.lower()}"


def bearer(request: Request, *schemes: str) -> str:
    """The key of an ``Authorization`` header under one of these schemes (Bearer unless said), or ``""``."""
    scheme, _, key = request.headers.get("authorization", "").strip().partition(" ")
    return key.strip() if scheme.lower() in (schemes or ("bearer",)) else ""


def known(key: str) -> bool:
    return bool(key) and not key.startswith("bad")


def broke(key: str) -> bool:
    return key.startswith("broke")


def retired(key: str) -> bool:
    """Whether this key finds every model retired where a vendor tells so."""
    return key.startswith("retired")


async def json_object(request: Request) -> dict[str, object] | None:
    """The body as a JSON object; None when it is anything else."""
    try:
        body = json.loads(await request.body())
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None
    return body if isinstance(body, dict) else None


async def uploaded(request: Request) -> bytes | None:
    """The bytes of the multipart field ``file``; None without one."""
    try:
        async with request.form() as form:
            part = form.get("file")
            return await part.read() if isinstance(part, UploadFile) else None
    except HTTPException:  # a multipart body that cannot be parsed
        return None


def picture(data: bytes) -> Picture | None:
    """Look into bytes; None when they are no image Pillow can open."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
            return Picture(data, image.format or "", image.width, image.height)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def fetched(world: World, public_url: str, reference: str) -> bytes | None:
    """The bytes behind a data URI or a URL this sandbox hosts; None when they cannot be had."""
    if match := _DATA_URI.fullmatch(reference):
        return _decoded(match["data"])
    match = _UPLOAD.fullmatch(path_of(public_url, reference) or "")
    stored = world.stored(match["id"]) if match else None
    return stored.data if stored else None


def by_hash(value: object) -> object:
    """A JSON value as it may be kept and told again: data URIs by the SHA-256 of what is in them, not by all of it."""
    if isinstance(value, dict):
        return {name: by_hash(item) for name, item in value.items()}
    if isinstance(value, list):
        return [by_hash(item) for item in value]
    match = _DATA_URI.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    data = _decoded(match["data"])
    return f"data:{match['type']};sha256,{hashlib.sha256(match['data'].encode() if data is None else data).hexdigest()}"


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def upload_url(public_url: str, slug: str, stored: Stored) -> str:
    media = sniffed(stored.data)
    suffix = media.suffix if media else stored.media_type.rpartition("/")[2]
    return f"{root_url(public_url, slug)}/cdn/uploads/{stored.id}.{suffix}"


@dataclass(frozen=True)
class OutputFile:
    """One file of a job's reply. ``kind`` is video or image, ``suffix`` has no dot, ``size`` is in bytes."""

    kind: str
    url: str
    media_type: str
    suffix: str
    name: str
    size: int


def results(public_url: str, job: SimJob) -> list[OutputFile]:
    """The files of a job that succeeded: its clip, and before it the picture that the fault plan may have put there."""
    handout = job.handout
    suffix = handout.suffix.lstrip(".")
    size = job.clip.stat().st_size if job.clip else 0
    name = handout.name or f"{job.id}{handout.suffix}"
    clip = OutputFile("video", clip_url(public_url, job), handout.media_type, suffix, name, size)
    if not handout.picture:
        return [clip]
    url = f"{root_url(public_url, job.provider)}/cdn/pictures/{job.id}.png?sign={job.signature()}"
    return [OutputFile("image", url, "image/png", "png", f"{job.id}.png", len(cover(job))), clip]


@dataclass(frozen=True)
class Look:
    """What the clip of an order is to look and sound like, beyond its resolution and length.

    ``first`` and ``last`` are the images that it begins and ends with. ``aspect``, such as ``"9:16"``, is None where it
    follows the image, or is the model's usual one; ``size`` is an exact one, in pixels; ``fps`` frames a second.
    """

    first: bytes | None = None
    last: bytes | None = None
    aspect: str | None = None
    size: tuple[int, int] | None = None
    fps: int = 24
    sound: bool = False


PLAIN = Look()
"""A silent clip from words alone."""


def clip_spec(world: World, slug: str, prompt: str, resolution: str, duration: int, look: Look = PLAIN) -> ClipSpec:
    """What to render for an order: without an aspect of its own the frame follows the image, as the vendors' does."""
    image = look.first if look.aspect is None else None
    width, height = look.size or frame_size(resolution, image, look.aspect or "16:9")
    seed = world.seed + world.made(slug) % TAKES
    return ClipSpec(slug, prompt, look.first, look.last, width, height, duration, look.fps, seed, look.sound)


def text_of(body: Mapping[str, object], field: str) -> str:
    """A string field; ``""`` when it is missing or anything else."""
    value = body.get(field)
    return value if isinstance(value, str) else ""
