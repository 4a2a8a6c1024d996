"""What one visitor, one address and all visitors together may use of this server at a time, or in an hour."""

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
    """For how long a body that is being sent is waited for.

    Attributes:
        whole_s: seconds for all of it.
        stall_s: seconds for each next ``stall`` bytes.
    """

    whole_s: float
    stall_s: float
    stall: int


@dataclass(frozen=True)
class Limits:
    """All limits at the door. Those whose names end with ``_bytes`` count bytes, the others count things."""

    events: Limit = field(default=Limit(each=16, client=64, all=180, small=6, reserve=20))
    """Events of the page that wait or run; opening a page causes six. Gradio's queue holds 200."""
    listening: Limit = field(default=Limit(each=128, client=1_000, all=6_000, small=8, reserve=2_000))
    """Open streams of Gradio: a page has two, and two more while it uploads."""
    watching: Limit = field(default=Limit(each=20, client=400, all=2_000, small=4, reserve=500))
    """Open streams of our own."""
    uploads: Limit = field(default=Limit(each=4, client=16, all=64, small=1, reserve=32))
    """Uploads that are being sent."""
    upload_bytes: Limit = field(
        default=Limit(each=200_000_000, client=600_000_000, all=2_000_000_000, small=20_000_000, reserve=1_000_000_000)
    )
    """Bytes uploaded in an hour."""
    upload_patience: Patience = field(default=Patience(whole_s=600.0, stall_s=20.0, stall=10_000))
    body_bytes: Limit = field(
        default=Limit(each=8_000_000, client=32_000_000, all=200_000_000, small=128_000, reserve=100_000_000)
    )
    """Bytes in memory of other bodies that are being posted."""
    large_bodies: Limit = field(default=Limit(each=2, client=8, all=100, small=1, reserve=50))
    """Such bodies of more than ``bodies.SMALL`` bytes."""
    body_patience: Patience = field(default=Patience(whole_s=60.0, stall_s=5.0, stall=1_000))
    downloads: Limit = field(default=Limit(each=48, client=192, all=1_000, small=12, reserve=500))
    """Clips, images and zips that are being sent."""
    download_bytes: Limit = field(
        default=Limit(
            each=4_000_000_000, client=12_000_000_000, all=60_000_000_000, small=400_000_000, reserve=40_000_000_000
        )
    )
    """Bytes sent in an hour."""


@contextmanager
def one(shares: Shares, who: Person, mine: str, everybodys: str) -> Iterator[None]:
    """Counts one more for a person during the block.

    Args:
        mine: the sentence if the person has as many as a visitor may have.
        everybodys: the sentence if all together have too many.

    Raises:
        NotLetIn: 429, if a limit is reached.
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
    """The refusal for a limit that is reached; arguments as in ``one``."""
    return NotLetIn(429, {"each": mine, "client": OF_YOUR_ADDRESS, "all": everybodys}[error.whose])
