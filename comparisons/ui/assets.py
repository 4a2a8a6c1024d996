"""Files of the page that are the same for everybody: a browser fetches each once and keeps it."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property

import brotli
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comparisons.ui.caching import FOR_GOOD
from comparisons.ui.door.allowed import PAGE
from comparisons.ui.door.refusals import said

TEXTS = ("text/", "application/json")
NONE = "There is no such file of the page here: reload it."


@dataclass(frozen=True)
class Asset:
    """A file whose name contains a hash of its content, so the content under a name never changes."""

    name: str
    ending: str
    media_type: str
    content: bytes

    @cached_property
    def path(self) -> str:
        """Its URL, relative to the page's."""
        digest = hashlib.sha256(self.content).hexdigest()[:16]
        return f"{PAGE.removeprefix('/')}{self.name}-{digest}.{self.ending}"

    @cached_property
    def packed(self) -> dict[str, bytes]:
        """The compressed content by encoding, the smallest first. Takes a tenth of a second, once."""
        return {"br": brotli.compress(self.content, quality=10), "gzip": gzip.compress(self.content, 9, mtime=0)}


def routes(*assets: Asset) -> list[Route]:
    """Routes that serve these files; text is compressed in a way that the browser accepts."""
    named = {asset.path.rpartition("/")[2]: asset for asset in assets}

    def answer(request: Request) -> Response:  # no coroutine, so that compressing does not block the event loop
        asset = named.get(request.path_params["name"])
        return _sent(asset, request) if asset else said(NONE, 404)

    return [Route(f"{PAGE}{{name}}", answer, methods=["GET"])]


def _sent(asset: Asset, request: Request) -> Response:
    headers = {"Cache-Control": FOR_GOOD, "X-Content-Type-Options": "nosniff"}
    if not asset.media_type.startswith(TEXTS):
        return Response(asset.content, media_type=asset.media_type, headers=headers)
    headers["Vary"] = "Accept-Encoding"
    read = {each.partition(";")[0].strip() for each in request.headers.get("accept-encoding", "").split(",")}
    for how, content in asset.packed.items():
        if how in read:
            return Response(content, media_type=asset.media_type, headers={**headers, "Content-Encoding": how})
    return Response(asset.content, media_type=asset.media_type, headers=headers)
