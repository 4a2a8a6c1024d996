"""Files of the page that are the same for everybody: a browser fetches each once, and keeps it for good."""

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
    """A file under a name with the hash of its content: under this name nothing else is ever found."""

    name: str
    ending: str
    media_type: str
    content: bytes

    @cached_property
    def path(self) -> str:
        """Where the page reads it, from the page's own address on."""
        digest = hashlib.sha256(self.content).hexdigest()[:16]
        return f"{PAGE.removeprefix('/')}{self.name}-{digest}.{self.ending}"

    @cached_property
    def packed(self) -> dict[str, bytes]:
        """The content by what it is packed with, the smallest first. Takes a tenth of a second, once."""
        return {"br": brotli.compress(self.content, quality=10), "gzip": gzip.compress(self.content, 9, mtime=0)}


def routes(*assets: Asset) -> list[Route]:
    """Hands them out, text packed as the browser can read it."""
    named = {asset.path.rpartition("/")[2]: asset for asset in assets}

    def answer(request: Request) -> Response:  # no coroutine, so that packing holds nobody up
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
