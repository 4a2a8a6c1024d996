"""The cost of a job whose provider bills in units of its own, and states a unit's price in an answer of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from comparisons.engine._sure import sure
from comparisons.engine.exchange import Pause
from comparisons.engine.retry_policy import REASON_S
from comparisons.net import NoReply, NotSent, Transport
from comparisons.records import Job
from providers import PROVIDERS, Money, ProviderError, Snapshot


class Bills:
    """Asks once for the price of a unit. Without an answer the cost stays unknown: the clip does not wait for it."""

    def __init__(self, wires: Callable[[Job], Transport]) -> None:
        self._wires = wires

    async def of(self, job: Job, snapshot: Snapshot) -> Snapshot:
        """The snapshot with its bill added; unchanged if it states no units, or their price does not come."""
        provider, handle = PROVIDERS[job.plan.provider], sure(job.handle)
        asked = None if snapshot.units is None or snapshot.billed else provider.unit_price(handle)
        if asked is None or snapshot.units is None:
            return snapshot
        try:
            async with asyncio.timeout(REASON_S):
                reply = await self._wires(job).send(provider.slug, asked)
            price = None if provider.refused(reply) else provider.unit_priced(handle, reply)
        except (ProviderError, NotSent, NoReply, Pause, TimeoutError):
            return snapshot
        return (
            snapshot
            if price is None
            else replace(snapshot, billed=Money(price.amount * snapshot.units, price.currency))
        )
