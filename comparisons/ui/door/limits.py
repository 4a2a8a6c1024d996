"""What one visitor, one address and all strangers together may have of this server at a time, or in an hour."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from comparisons.records import Person
from comparisons.shares import Full, Limit, Shares
from comparisons.ui.door.refusals import NotLetIn

OF_YOUR_ADDRESS = "Whoever shares your internet address has much under way here. Please try again in a minute."


@dataclass(frozen=True)
class Patience:
    """How long something that is sent is waited for.

    Attributes:
        whole_s: for all of it.
        stall_s: for each next ``stall`` bytes.
    """

    whole_s: float
    stall_s: float
    stall: int


@dataclass(frozen=True)
class Limits:
    """All limits at the door. What counts in bytes is named so."""

    events: Limit = field(default=Limit(each=16, client=64, all=180, small=6, reserve=20))
    """Events of the page that wait or run: opening a page sets off six. Gradio's queue takes 200."""
    listening: Limit = field(default=Limit(each=128, client=1_000, all=6_000, small=8, reserve=2_000))
    """Gradio's streams: a page has two, and two more while it uploads."""
    watching: Limit = field(default=Limit(each=20, client=400, all=2_000, small=4, reserve=500))
    """Our own streams."""
    uploads: Limit = field(default=Limit(each=4, client=16, all=64, small=1, reserve=32))
    """Uploads on their way."""
    upload_bytes: Limit = field(
        default=Limit(each=200_000_000, client=600_000_000, all=2_000_000_000, small=20_000_000, reserve=1_000_000_000)
    )
    """Uploaded in an hour."""
    upload_patience: Patience = field(default=Patience(whole_s=600.0, stall_s=20.0, stall=10_000))
    body_bytes: Limit = field(
        default=Limit(each=8_000_000, client=32_000_000, all=200_000_000, small=128_000, reserve=100_000_000)
    )
    """Bytes of everything else that is posted: on their way, and in memory."""
    large_bodies: Limit = field(default=Limit(each=2, client=8, all=100, small=1, reserve=50))
    """Posted bodies that are not small."""
    body_patience: Patience = field(default=Patience(whole_s=60.0, stall_s=5.0, stall=1_000))
    downloads: Limit = field(default=Limit(each=48, client=192, all=1_000, small=12, reserve=500))
    """Clips, images, zips on their way to their reader."""
    download_bytes: Limit = field(
        default=Limit(
            each=4_000_000_000, client=12_000_000_000, all=60_000_000_000, small=400_000_000, reserve=40_000_000_000
        )
    )
    """Sent in an hour."""


@contextmanager
def one(shares: Shares, who: Person, mine: str, everybodys: str) -> Iterator[None]:
    """One of a thing for the time of a block.

    Args:
        mine: what is said to one who has as many as a visitor may have.
        everybodys: what is said when all together have too many.

    Raises:
        NotLetIn: 429, with what helps.
    """
    try:
        shares.take(who)
    except Full as error:
        raise full(error, mine, everybodys) from error
    try:
        yield
    finally:
        shares.give_back(who)


def full(error: Full, mine: str, everybodys: str) -> NotLetIn:
    """What is said to whoever may not have more."""
    return NotLetIn(429, {"each": mine, "client": OF_YOUR_ADDRESS, "all": everybodys}[error.whose])
