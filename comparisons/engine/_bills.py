"""The cost of a job that is not in the answer that says where its clip is.

Either its provider bills in units of its own, and states a unit's price in an answer of its own; or it states the cost
a little later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import httpx

from comparisons.engine._sure import sure
from comparisons.engine.exchange import Pause
from comparisons.engine.retry_policy import REASON_S
from comparisons.engine.snapshots import ENDED
from comparisons.net import NoReply, NotSent, Transport
from comparisons.records import Job
from providers import PROVIDERS, Money, ProviderError, Snapshot

T = TypeVar("T")


class Bills:
    """Asks once for it. Without an answer the cost stays unknown: the clip does not wait for it."""

    def __init__(self, wires: Callable[[Job], Transport]) -> None:
        self._wires = wires

    async def of(self, job: Job, snapshot: Snapshot) -> Snapshot:
        """The snapshot with its bill added; unchanged if it states no units, or their price does not come."""
        provider, handle = PROVIDERS[job.plan.provider], sure(job.handle)
        asked = None if snapshot.units is None or snapshot.billed else provider.unit_price(handle)
        if asked is None or snapshot.units is None:
            return snapshot
        price = await self._answer(job, asked, partial(provider.unit_priced, handle))
        return (
            snapshot
            if price is None
            else replace(snapshot, billed=Money(price.amount * snapshot.units, price.currency))
        )

    async def late(self, job: Job) -> Money | None:
        """The cost of a job whose clip is here, where its provider may state it late and has not yet."""
        provider = PROVIDERS[job.plan.provider]
        if not provider.bills_late or job.handle is None or job.said("billed") is not None:
            return None
        said = await self._answer(job, provider.poll(job.handle), provider.polled)
        return None if said is None or said.status not in ENDED else said.billed

    async def _answer(self, job: Job, asked: httpx.Request, read: Callable[[httpx.Response], T]) -> T | None:
        provider = PROVIDERS[job.plan.provider]
        try:
            async with asyncio.timeout(REASON_S):
                reply = await self._wires(job).send(provider.slug, asked)
            return None if provider.refused(reply) else read(reply)
        except (ProviderError, NotSent, NoReply, Pause, TimeoutError):
            return None
