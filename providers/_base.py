"""What an API must say of itself to take part: four methods, and defaults for the rest.

A dialect is pure: values in, ``httpx.Request`` out; ``httpx.Response`` in, values out. Request URLs
are paths from the vendor's origin; the transport puts the base URL and the key on them.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import httpx

from providers import _errors as errors
from providers._fitting import settled
from providers._options import Value
from providers._prices import Money, Quote
from providers._reading import Json, failure_in, http_error, json_of
from providers._types import (
    Canceled,
    CatalogPage,
    Handle,
    ImageInput,
    JobPage,
    JobStatus,
    ListedModel,
    References,
    Request,
    Snapshot,
    Ticket,
    Variant,
)


class Provider(abc.ABC):
    """One HTTP API. Subclasses hold no state; one instance serves every job."""

    slug: ClassVar[str]
    name: ClassVar[str]
    base_url: ClassVar[str]
    """The vendor's origin, ``https://host``; people may override it by ``base_url_env``."""
    base_path: ClassVar[str] = ""
    """A path people commonly have on the end of the base URL; it is removed if present."""
    own_server: ClassVar[bool] = False
    """Whether this is no vendor's service but a server that people run themselves: real over plain http too, and no
    visitor brings a key for it, since the host pays whatever they send."""
    key_env: ClassVar[str]
    base_url_env: ClassVar[str]
    auth_header: ClassVar[str] = "Authorization"
    auth_value: ClassVar[str] = "Bearer {key}"
    keys_page: ClassVar[str]
    """Where a person gets a key."""
    concurrency: ClassVar[int] = 5
    """Jobs we keep at this provider at once. Our own caution where the vendor states no number."""
    poll_gap_s: ClassVar[float] = 0.25
    """Seconds that pass at least between two polls of a job. No vendor's document forbids a number (2026-12-01).
    MiniMax's recommends ten; the vendors' own clients ask every 0.1 s (fal's), 0.5 s (Replicate's) or second
    (WaveSpeed's, OpenAI's)."""
    catalog_needs_key: ClassVar[bool] = False
    """Whether ``catalog`` is answered only with a key; elsewhere anybody may read the list."""
    prices_need_key: ClassVar[bool] = False
    """Whether anybody may read the list, and its prices are told only with a key, by ``details``."""
    hosts: ClassVar[Mapping[str, str]] = {}
    """Other origins of the vendor, by how the paths begin that are asked there. A base URL of one's own is for all."""
    kept_headers: ClassVar[tuple[bytes, ...]] = ()
    """Headers of its replies that say something of a job, in small letters: any other is dropped."""
    queue_note: ClassVar[str] = ""
    """What else waits in the vendor's queue, for people: there are vendors that also let wait there what an account has
    beyond its own limit, which then counts as queue."""
    bills_late: ClassVar[bool] = False
    """Whether a poll may say that a job is done and not yet what it cost: it is asked again after the clip."""
    clips_kept_s: ClassVar[float | None] = None
    """How long a finished clip can be fetched, where the vendor says: what ends sooner is fetched sooner."""
    cancel_while: ClassVar[frozenset[JobStatus] | None] = None
    """Where a cancel that comes too late deletes a finished job, and with it a clip that is paid for: the states in
    which it is sent, once, right after the provider said that the job is in one of them. None: it deletes nothing."""
    idempotency_s: ClassVar[float | None] = None
    """How long a submit may be repeated under the job's own key without a second charge, if at all."""

    @abc.abstractmethod
    def submit(self, variant: Variant, request: Request, images: References, key: str) -> httpx.Request:
        """The request that starts, and may bill, one job. ``key`` is unique to the job, for idempotency."""

    @abc.abstractmethod
    def submitted(self, variant: Variant, reply: httpx.Response) -> Handle:
        """The handle of the job the reply announces."""

    @abc.abstractmethod
    def poll(self, handle: Handle) -> httpx.Request:
        """The request that asks how a job is."""

    @abc.abstractmethod
    def polled(self, reply: httpx.Response) -> Snapshot:
        """What the reply to ``poll`` says. An undocumented status or shape raises ``UnknownReply``."""

    def upload(self, image: ImageInput) -> httpx.Request | None:
        """The request that hosts an image at the provider; None where images travel inside the submit."""
        return None

    def ticket(self, image: ImageInput, reply: httpx.Response) -> Ticket | None:
        """The second step of an upload, out of the reply to ``upload``; None where there is but one.

        A path is asked of the provider, with the key; a whole URL is another host, and gets none.
        """
        return None

    def uploaded(self, reply: httpx.Response) -> str:
        """What the submit is to name the hosted image by, out of the reply to the last step of ``upload``."""
        raise errors.UnknownReply(f"{self.name} has no uploads")

    def result(self, handle: Handle) -> httpx.Request | None:
        """The separate request for the finished clip; None where the poll already carries it."""
        return None

    def resulted(self, reply: httpx.Response) -> Snapshot:
        """What the reply to ``result`` says."""
        return self.polled(reply)

    def reason(self, reply: httpx.Response) -> str | None:
        """Why a job failed, out of the reply to ``result`` about it; None if that does not say."""
        try:
            return None if self.refused(reply) else failure_in(json_of(reply))
        except errors.UnknownReply:
            return None

    def unit_price(self, handle: Handle) -> httpx.Request | None:
        """The request for the price of a unit that ``Snapshot.units`` counts, which is free; None without units."""
        return None

    def unit_priced(self, handle: Handle, reply: httpx.Response) -> Money | None:
        """What a unit costs, out of the reply to ``unit_price``; None where that does not say."""
        return None

    def cancel(self, handle: Handle) -> httpx.Request | None:
        """The request to stop a job; None where the API has none, or none for this job."""
        return None

    @property
    def can_cancel(self) -> bool:
        """Whether the API has a request to stop jobs."""
        return type(self).cancel is not Provider.cancel

    def canceled(self, reply: httpx.Response) -> Canceled:
        """What the provider says came of the request to stop, out of its reply."""
        raise errors.UnknownReply(f"{self.name} has no cancel")

    def quote(self, variant: Variant, request: Request, images: References) -> httpx.Request | None:
        """The request that asks what a job would cost, which is free; None where the API cannot say."""
        return None

    def quoted(self, variant: Variant, options: Mapping[str, Value], reply: httpx.Response) -> Quote | None:
        """The provider's own price, out of the reply to ``quote``; None where it has none, and would take the job.

        Raises:
            NotOffered: it does not offer this model.
        """
        raise errors.UnknownReply(f"{self.name} gives no quotes")

    def listing(self, cursor: str | None) -> httpx.Request | None:
        """The request for the account's latest jobs, newest first; None where the API has no such list."""
        return None

    def listed(self, reply: httpx.Response) -> JobPage:
        """A page of that list, out of the reply to ``listing``."""
        raise errors.UnknownReply(f"{self.name} lists no jobs")

    def catalog(self, cursor: str | None) -> httpx.Request | None:
        """The request for the provider's own list of models and prices; None where it publishes none."""
        return None

    def cataloged(self, cursor: str | None, reply: httpx.Response) -> CatalogPage:
        """A page of that list, out of the reply to ``catalog`` with this cursor, which not every reply repeats."""
        raise errors.UnknownReply(f"{self.name} publishes no list of models")

    def details(self, endpoints: Sequence[str], has_key: bool) -> Sequence[httpx.Request]:
        """The requests for what the list leaves out of these models of it: what they take, what they cost."""
        return ()

    def detailed(self, reply: httpx.Response) -> Sequence[ListedModel]:
        """What the reply to one of ``details`` says of each model; what that leaves out is as in an empty one."""
        raise errors.UnknownReply(f"{self.name} publishes nothing beside its list of models")

    def refused(self, reply: httpx.Response) -> errors.ProviderError | None:
        """The error inside a reply, whatever its HTTP status; None if there is none."""
        return http_error(self.name, reply)

    def console(self, handle: Handle) -> str | None:
        """The provider's own page about a job, where one is known."""
        return None


def body_of(variant: Variant, request: Request, images: References) -> Json:
    """The submit's fields, named and written as the catalogue says this variant wants them.

    A field the variant has no name for is left out. Options are sent where they were asked for, and always where they
    are required or their default differs from host to host.
    """
    body: Json = {}
    if request.prompt:
        _put(body, variant.prompt.field, request.prompt)
    for name, urls in images.inputs.items():
        wanted = variant.inputs.get(name)
        if wanted is not None and "{}" in wanted.field:
            for number, url in enumerate(urls, 1):
                _put(body, wanted.field.format(number), url)
        elif wanted is not None:
            _put(body, wanted.field, list(urls) if wanted.array else urls[0])
    values = settled(variant, request)
    for name, option in variant.options.items():
        if option.field and name in values:
            _put(body, option.field, option.spell(values[name]))
    if variant.size:
        shape = str(values["resolution"]), str(values["aspect_ratio"])
        _put(body, variant.size.field, variant.size.sizes[shape])
    return body


def _put(body: Json, name: str, value: Any) -> None:
    """Sets ``value`` under a name; a dot in the name is a level of nesting."""
    *groups, leaf = name.split(".")
    for group in groups:
        body = body.setdefault(group, {})
    body[leaf] = value
