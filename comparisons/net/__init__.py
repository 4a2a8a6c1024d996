"""The only HTTP client: requests to providers and the sandbox, downloads of clips, pictures by their address."""

from __future__ import annotations

from comparisons.net.errors import Misled, NoPicture, NoReply, NotFetched, NotSent
from comparisons.net.public_picture import PublicPictures, Taker
from comparisons.net.public_text import public_text
from comparisons.net.transport import Transport

__all__ = [
    "Misled",
    "NoPicture",
    "NoReply",
    "NotFetched",
    "NotSent",
    "PublicPictures",
    "Taker",
    "Transport",
    "public_text",
]
