"""Bodies of requests, limited before and while they are read."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from comparisons.ui.refusals import Refused

POSTED = 1_000_000
"""Bytes of anything posted but an upload: the fields of a form with all their prompts are less."""
TOO_LONG = f"This is more than the {POSTED // 1_000_000} MB that may be sent at once; shorten the longest field."


def announced(headers: Headers) -> int:
    """The length a body is said to have; 0 if nothing is said, or nonsense."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


async def read(headers: Headers, receive: Receive) -> bytes:
    """A whole body.

    Raises:
        Refused: 413, before it is read if it says so itself, else as soon as it is too long.
        ClientDisconnect: whoever sends it is gone.
    """
    if announced(headers) > POSTED or len(headers.get("content-length", "")) >= 20:
        raise Refused(413, TOO_LONG)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > POSTED:
            raise Refused(413, TOO_LONG)
        if not message.get("more_body", False):
            return bytes(body)


def again(body: bytes, receive: Receive) -> Receive:
    """A body that was read, for whom it is meant; then whatever else comes."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return left.pop() if left else await receive()

    return receiving
