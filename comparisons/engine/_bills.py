"""What a job cost, where its provider counts units of its own and says their price elsewhere."""

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
    """Asks for the price of a unit. Once: where it does not come, the cost is unknown, and the clip does not wait."""

    def __init__(self, wires: Callable[[Job], Transport]) -> None:
        self._wires = wires

    async def of(self, job: Job, snapshot: Snapshot) -> Snapshot:
        """The snapshot with its bill, if its units can be priced."""
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
