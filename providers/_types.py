"""The vendor-free words: what is asked, what can be called, and what a provider says of a job."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Literal, NamedTuple

from providers._prices import Money, Rate

Need = Literal["no", "optional", "required"]
Evidence = Literal["documented", "sibling"]


@dataclass(frozen=True)
class ImageInput:
    """A still image as it will be sent: whole bytes, already checked, free of metadata."""

    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def format(self) -> str:
        """``jpeg``, ``png`` or ``webp``."""
        return self.media_type.removeprefix("image/")

    @property
    def filename(self) -> str:
        return f"frame.{'jpg' if self.format == 'jpeg' else self.format}"

    def data_uri(self) -> str:
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode('ascii')}"


@dataclass(frozen=True)
class Request:
    """What a person asks for, in no vendor's words.

    ``duration`` (seconds) and ``resolution`` (``"768p"``) are requirements when given; None leaves
    them to each variant's own default.
    """

    prompt: str
    first_frame: ImageInput | None = None
    last_frame: ImageInput | None = None
    duration: int | None = None
    resolution: str | None = None
    prompt_optimizer: bool = True

    def text_only(self) -> Request:
        return replace(self, first_frame=None, last_frame=None)


class Shape(NamedTuple):
    """One combination a variant can deliver. ``resolution`` is None where no document says it."""

    resolution: str | None
    duration: int

    def __str__(self) -> str:
        return f"{self.resolution or 'resolution not documented'} · {self.duration} s"


@dataclass(frozen=True)
class ImageLimits:
    """What a variant accepts as an image; None where the vendor states no limit."""

    formats: tuple[str, ...] = ("jpeg", "png")
    max_bytes: int | None = None
    min_side: int | None = None
    min_aspect: float | None = None
    max_aspect: float | None = None


@dataclass(frozen=True)
class Source:
    """Where a fact was read, and when."""

    title: str
    read: date
    url: str | None = None


@dataclass(frozen=True)
class Variant:
    """One callable, priced model of a provider, entirely described by the catalogue."""

    provider: str
    endpoint: str
    model: str
    name: str
    shapes: tuple[Shape, ...]
    fields: Mapping[str, str]
    prompt: Need = "required"
    prompt_limit: int = 2000
    first_frame: Need = "no"
    last_frame: Need = "no"
    image: ImageLimits = ImageLimits()
    values: Mapping[str, str] = field(default_factory=dict)
    rates: Mapping[Shape, Rate] = field(default_factory=dict)
    evidence: Evidence = "documented"
    source: Source | None = None
    note: str = ""

    @property
    def ref(self) -> str:
        """``provider:endpoint``, the name used everywhere."""
        return f"{self.provider}:{self.endpoint}"

    @property
    def mode(self) -> str:
        """What it turns into video, for people: text, an image, or either."""
        kinds = {"no": "text-to-video", "required": "image-to-video", "optional": "text or image-to-video"}
        return kinds[self.first_frame]

    def rate(self, shape: Shape, host: str) -> Rate | None:
        """The list price of one clip of ``shape`` on the site ``host``, or None if not known."""
        rate = self.rates.get(shape)
        return rate if rate is not None and rate.holds_for(host) else None


class References(NamedTuple):
    """How a provider is told about the images: a URL it hosts, or a data URI."""

    first: str | None = None
    last: str | None = None


@dataclass(frozen=True)
class Handle:
    """Everything needed to ask about a job again after a crash. Survives JSON unchanged."""

    id: str
    endpoint: str


class JobStatus(StrEnum):
    """What a provider can say of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True)
class Snapshot:
    """One answer to "how is the job?". What the provider did not say is None.

    ``clip_urls``: where its clip may be, the likeliest place first; see ``_urls``.
    """

    status: JobStatus
    words: str = ""
    clip_urls: tuple[str, ...] = field(default=(), repr=False)
    queue_position: int | None = None
    progress: float | None = None
    error: str | None = None
    billed: Money | None = None
    provider_seconds: Decimal | None = None


class Canceled(StrEnum):
    """What a provider says to a request to cancel."""

    CANCELED = "canceled"
    REQUESTED = "requested"
    TOO_LATE = "too_late"


@dataclass(frozen=True)
class Sighting:
    """A job as a provider's own list shows it. ``created_at`` is in epoch seconds; what the list leaves out is None."""

    id: str
    endpoint: str
    created_at: float
    words: str = ""
    prompt: str | None = None


class JobPage(NamedTuple):
    """Part of a provider's list of the account's jobs, newest first. ``cursor`` asks for the next; None at the end."""

    jobs: tuple[Sighting, ...]
    cursor: str | None
