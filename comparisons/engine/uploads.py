"""The steps of an upload, after which a provider can read an image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import httpx

from providers import ImageInput, Provider, Ticket

T = TypeVar("T")


class Ask(Protocol):
    """Sends a request; gives what ``read`` makes of its answer."""

    async def __call__(self, request: httpx.Request, read: Callable[[httpx.Response], T], /) -> T: ...


async def uploaded(provider: Provider, image: ImageInput, upload: httpx.Request, ask: Ask) -> str:
    """The image's URL, after one request, or after a ticket and a second request to where the ticket says.

    Args:
        upload: the first request, of ``provider.upload``.
    """

    def read(reply: httpx.Response) -> Ticket | str:
        return provider.ticket(image, reply) or provider.uploaded(reply)

    first = await ask(upload, read)
    if isinstance(first, str):
        return first
    return await ask(first.request, lambda reply: first.url or provider.uploaded(reply))
