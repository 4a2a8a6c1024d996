"""Apiframe's webhooks, really sent: signed as its documents say, once per event, and to this machine alone.

Sources: docs-v2.apiframe.ai, webhooks (events, headers; read 2026-11-21); the SDK's src/webhooks.ts @ 4c7d6db: the
secret is the raw SHA-256 of the API key, the signature the HMAC-SHA256 of the body as sent. No document says whether a
failed one is repeated: here it is not.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from providers.sandbox._jobs import Phase, SimJob
from providers.sandbox._world import World

EVENTS = ("progress", "completed", "failed")
ENDS = {Phase.SUCCEEDED: "completed", Phase.FAILED: "failed"}
# What is said of a job beside the event, of that which its own page says.
SAID = ("status", "progress", "result", "model", "creditCost", "completedAt")
LOOK_S = 0.1
PATIENCE_S = 10.0


@dataclass(frozen=True)
class Webhooks:
    """Tells whoever asked how their jobs go. ``describe`` is what the provider's own job page says of one."""

    world: World
    describe: Callable[[SimJob], Mapping[str, object]]
    watching: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def watch(self, job: SimJob) -> None:
        """Sees to a job's webhook, if it has one that is not over; also for a job of an earlier process."""
        if "webhookUrl" in job.body and job.id not in self.watching and self._ended(job) is None:
            self.watching[job.id] = asyncio.create_task(self._follow(job))

    def status(self, job: SimJob) -> str | None:
        """``pending``, ``delivered`` or ``failed``; None for a job without a webhook."""
        if "webhookUrl" not in job.body:
            return None
        return self._ended(job) or "pending"

    def _ended(self, job: SimJob) -> str | None:
        note = self.world.remembered(_name(job))
        return str(note["status"]) if note else None

    async def _follow(self, job: SimJob) -> None:
        await self._until(lambda: job.started_at)
        delivered = [await self._send(job, "progress")] if self.world.phase(job) is Phase.RUNNING else []
        await self._until(lambda: job.ended_at)
        if end := ENDS.get(self.world.phase(job)):
            delivered.append(await self._send(job, end))
        asked_for = [arrived for arrived in delivered if arrived is not None]
        if asked_for:
            status = "delivered" if all(asked_for) else "failed"
            self.world.remember(_name(job), {"job": job.id, "status": status})

    async def _until(self, moment: Callable[[], float]) -> None:
        """Looks often: what a job waits for, such as its clip, can move the moment."""
        while (left := moment() - self.world.now()) > 0:
            await self.world.sleep(min(left, LOOK_S))

    async def _send(self, job: SimJob, event: str) -> bool | None:
        """Whether the event arrived; None if it was not asked for."""
        asked = job.body.get("webhookEvents", EVENTS)
        if not isinstance(asked, list | tuple) or event not in asked:
            return None
        said = self.describe(job)
        error = {"error": said["error"]} if event == "failed" else {}
        body = {"event": event, "jobId": job.id, **{name: said[name] for name in SAID}, **error}
        return await _post(str(job.body["webhookUrl"]), bytes.fromhex(job.key), event, json.dumps(body).encode())


def _name(job: SimJob) -> str:
    return f"{job.provider} webhook {job.id}"


async def _post(url: str, secret: bytes, event: str, body: bytes) -> bool:
    if not is_loopback(url):
        return False
    signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Webhook-Signature": f"sha256={signature}",
        "X-Webhook-Event": event,
    }
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client:
            return (await client.post(url, content=body, headers=headers)).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine, by ``localhost`` or by its address. Others are not sent anything."""
    try:
        host = httpx.URL(url).host
    except httpx.InvalidURL:
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
