"""The vendor-free words: what is asked, what can be called, and what a provider says of a job."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Literal, NamedTuple

import httpx

from providers._options import Input, Need, Option, Prompt, Size, Value
from providers._prices import Money, PriceRule, Rate, rate_of

Evidence = Literal["documented", "sibling", "third party"]


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
    """What a person asks for, in no vendor's words: a prompt, images, and options by name.

    An option that is given is a requirement; one that is not is left to each variant.
    """

    prompt: str
    first_frame: ImageInput | None = None
    last_frame: ImageInput | None = None
    references: tuple[ImageInput, ...] = ()
    options: Mapping[str, Value] = field(default_factory=dict)

    @classmethod
    def of(cls, prompt: str, inputs: Mapping[str, Sequence[ImageInput]], options: Mapping[str, Value]) -> Request:
        """A request by its images, under the words of ``INPUTS``."""
        first, last = (next(iter(inputs.get(name, ())), None) for name in ("first_frame", "last_frame"))
        return cls(prompt, first, last, tuple(inputs.get("references", ())), options)

    @property
    def inputs(self) -> dict[str, tuple[ImageInput, ...]]:
        """The images that are given, by what they are for."""
        given = {"first_frame": self.first_frame, "last_frame": self.last_frame}
        frames = {name: (image,) for name, image in given.items() if image is not None}
        return frames | ({"references": self.references} if self.references else {})

    def without(self, *names: str) -> Request:
        """The same request without these images and options."""
        options = {name: value for name, value in self.options.items() if name not in names}
        first = None if "first_frame" in names else self.first_frame
        last = None if "last_frame" in names else self.last_frame
        return Request(self.prompt, first, last, () if "references" in names else self.references, options)

    def asking(self, **options: Value) -> Request:
        """The same request with these options."""
        return replace(self, options={**self.options, **options})


@dataclass(frozen=True)
class Source:
    """Where a fact was read, and when."""

    title: str
    read: date
    url: str | None = None


@dataclass(frozen=True)
class Lifecycle:
    """That a model ends at its maker, or ended: it is shown, and runs only where somebody chooses it."""

    state: Literal["ending", "ended"]
    date: date
    source: str


@dataclass(frozen=True)
class Variant:
    """One callable, priced model of a provider, entirely described by the catalogue.

    ``tier`` tells models that share an endpoint: Kling 3.0 standard, pro and 4K are one endpoint and a ``mode``.
    """

    provider: str
    endpoint: str
    model: str
    name: str
    family: str
    tier: str = ""
    prompt: Prompt = field(default_factory=Prompt)
    inputs: Mapping[str, Input] = field(default_factory=dict)
    options: Mapping[str, Option] = field(default_factory=dict)
    forbid: tuple[Mapping[str, tuple[Value, ...]], ...] = ()
    size: Size | None = None
    prices: tuple[PriceRule, ...] = ()
    lifecycle: Lifecycle | None = None
    evidence: Evidence = "documented"
    source: Source | None = None
    note: str = ""

    @cached_property
    def ref(self) -> str:
        """``provider:endpoint``, the name used everywhere; with ``#tier`` where models share an endpoint."""
        return f"{self.provider}:{self.endpoint}{f'#{self.tier}' if self.tier else ''}"

    def need(self, name: str) -> Need:
        """Whether it takes such an image."""
        return self.inputs[name].need if name in self.inputs else "no"

    @property
    def mode(self) -> str:
        """What it turns into video, for people: text, an image, reference images, or either."""
        if self.need("references") == "required":
            return "reference-to-video"
        kinds = {"no": "text-to-video", "required": "image-to-video", "optional": "text or image-to-video"}
        return kinds[self.need("first_frame")]

    def rate(self, settings: Mapping[str, Value], host: str | None) -> Rate | None:
        """The list price of one clip with these settings on the site ``host``, or None if not known.

        Where ``host`` is None, on whatever site has one.
        """
        return rate_of(self.prices, settings, host)


@dataclass(frozen=True)
class References:
    """How a provider is told about the images: by URLs it hosts, or by data URIs."""

    first_frame: str | None = None
    last_frame: str | None = None
    references: tuple[str, ...] = ()

    @classmethod
    def of(cls, inputs: Mapping[str, Sequence[str]]) -> References:
        """By the words of ``INPUTS``."""
        first, last = (next(iter(inputs.get(name, ())), None) for name in ("first_frame", "last_frame"))
        return cls(first, last, tuple(inputs.get("references", ())))

    @property
    def inputs(self) -> dict[str, tuple[str, ...]]:
        """Those that are given, by what they are for."""
        given = {"first_frame": self.first_frame, "last_frame": self.last_frame}
        frames = {name: (image,) for name, image in given.items() if image is not None}
        return frames | ({"references": self.references} if self.references else {})


@dataclass(frozen=True)
class Handle:
    """Everything needed to ask about a job again after a crash. Survives JSON unchanged.

    ``told`` is what else of the provider's replies that takes: the path of a URL it gave, the id of a file.
    """

    id: str
    endpoint: str
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ticket:
    """The second step of an upload: the request that sends the bytes where the provider said.

    ``url`` is what the image is named by afterwards, where the first step's reply said it already.
    """

    request: httpx.Request
    url: str | None = None


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

    ``clip_urls``: where its clip may be, the likeliest place first; see ``_urls``. One that is a path is the
    provider's own, and is asked for with the key. ``provider_wait`` are the seconds before ``provider_seconds`` in
    which the job waited there. ``told`` joins what the handle holds. ``units`` are those a provider bills in, of which
    it says the price elsewhere. ``prompt_used`` and ``seed`` are what the provider made of the
    prompt and which seed it took, ``request_id`` what its support wants to be told.
    """

    status: JobStatus
    words: str = ""
    clip_urls: tuple[str, ...] = field(default=(), repr=False)
    queue_position: int | None = None
    progress: float | None = None
    error: str | None = None
    billed: Money | None = None
    provider_seconds: Decimal | None = None
    provider_wait: Decimal | None = None
    told: Mapping[str, str] = field(default_factory=dict, repr=False)
    units: Decimal | None = None
    request_id: str | None = None
    prompt_used: str | None = None
    seed: int | None = None


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


@dataclass(frozen=True)
class ListedModel:
    """A model as a provider's own catalogue shows it. What that leaves out is None.

    ``kinds`` are the provider's words for what it makes; ``price`` is that of one clip, or of one second of it, and the
    least where ``from_price`` is true: what is asked for may cost more. ``unit`` is the provider's own word for what it
    bills by, where nobody says how many of them a clip is. ``options`` are the fields it takes, each with words for its
    values.
    """

    endpoint: str
    name: str = ""
    kinds: tuple[str, ...] = ()
    price: Money | None = None
    per: Literal["clip", "second"] | None = None
    from_price: bool = True
    unit: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


class CatalogPage(NamedTuple):
    """Part of a provider's catalogue. ``cursor`` asks for the next; None at the end."""

    models: tuple[ListedModel, ...]
    cursor: str | None
