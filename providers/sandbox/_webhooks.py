"""Webhooks, really sent, and to this machine alone: when they are due, how often one is tried, and what became of it.

What a vendor says in them, how it signs that and how often it repeats one is in a module of its own (``_fal_hooks`` and
its like). A desk hands a job's ``Hook`` to the world with its order, and has it watched; ``Webhooks`` asks it for the
messages that are due whenever the job comes into another phase. A receiver that fails, or hangs, does nothing to a job.
"""

from __future__ import annotations

import asyncio
import functools
import hmac
import ipaddress
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

import httpx

from providers.sandbox._jobs import Phase, SimJob
from providers.sandbox._world import World

LOOK_S = 0.1

Headers = Callable[[str], Mapping[str, str]]
"""The headers of an attempt at a time, which is said in Unix seconds."""


class HookState(StrEnum):
    """What became of a job's webhooks."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    ELSEWHERE = "not of this machine"


@dataclass(frozen=True)
class Repeats:
    """How a message is tried, in seconds: what an attempt may take, and the wait before each further one.

    ``later_patience`` is what those may take, if it is another time; none begins ``lasts`` after the first. The speed
    of the sandbox divides the waits and not the patience: it is the receiver that takes its time.
    """

    patience: float = 10.0
    waits: tuple[float, ...] = ()
    later_patience: float | None = None
    lasts: float = math.inf


def _unsigned(_: str) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Message:
    """One webhook, every attempt of which has the same bytes."""

    body: bytes
    headers: Headers = _unsigned
    repeats: Repeats = Repeats()


def written(body: Mapping[str, object]) -> bytes:
    return json.dumps(body).encode()


def signed(secret: bytes, number: str, body: bytes, spelled: Callable[[bytes], str]) -> Headers:
    """An HMAC-SHA256 over ``{id}.{timestamp}.{body}`` in the three headers of Standard Webhooks.

    ``number`` is the id, the same in every attempt; ``spelled`` is how the vendor writes the digest.
    """

    def headers(timestamp: str) -> Mapping[str, str]:
        digest = hmac.digest(secret, f"{number}.{timestamp}.".encode() + body, "sha256")
        return {"webhook-id": number, "webhook-timestamp": timestamp, "webhook-signature": spelled(digest)}

    return headers


@dataclass(frozen=True)
class Webhooks:
    """Tells whoever asked how their jobs go. ``tell``: what is to be sent when a job has come into a phase."""

    world: World
    tell: Callable[[SimJob, Phase], Iterable[Message]]
    watching: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def watch(self, job: SimJob) -> None:
        """Sees to a job's webhooks, if it has some that are not over; also for a job of an earlier process."""
        if job.id not in self.watching and hook_state(self.world, job) is HookState.PENDING:
            self.watching[job.id] = asyncio.create_task(self._follow(job))

    async def ask(self, url: str, message: Message) -> httpx.Response | None:
        """What a receiver answers to a message, which is sent once; None without an answer in time."""
        return await self._attempt(url, message, message.repeats.patience)

    async def _follow(self, job: SimJob) -> None:
        """One that comes too late, since the job is in another phase already, is not sent: it would not be true."""
        arrived: list[bool] = []
        for phase, moment in (
            (Phase.QUEUED, lambda: job.accepted_at),
            (Phase.RUNNING, lambda: min(job.started_at, job.ended_at)),
            (None, lambda: job.ended_at),
        ):
            await self._until(moment)
            now = self.world.phase(job)
            if phase in (now, None):
                arrived += [await self._deliver(job.hook.url, message) for message in self.tell(job, now)]
        if arrived:
            here = HookState.DELIVERED if all(arrived) else HookState.FAILED
            state = here if is_loopback(job.hook.url) else HookState.ELSEWHERE
            self.world.remember(_name(job), {"job": job.id, "status": state})

    async def _until(self, moment: Callable[[], float]) -> None:
        """Looks often: what a job waits for, such as its clip, can move the moment."""
        while (left := moment() - self.world.now()) > 0:
            await self.world.sleep(min(left, LOOK_S))

    async def _pause(self, seconds: float) -> None:
        over = self.world.now() + seconds
        await self._until(lambda: over)

    async def _deliver(self, url: str, message: Message) -> bool:
        """Whether the message arrived. A redirect is neither followed nor repeated."""
        repeats, speed = message.repeats, self.world.speed
        patience, over = repeats.patience, self.world.now() + repeats.lasts / speed
        for wait in (0.0, *repeats.waits) if is_loopback(url) else ():
            if self.world.now() + wait / speed > over:
                break
            await self._pause(wait / speed)
            reply = await self._attempt(url, message, patience)
            if reply is not None and reply.status_code < 400:
                return reply.is_success
            patience = repeats.later_patience or patience
        return False

    async def _attempt(self, url: str, message: Message, patience: float) -> httpx.Response | None:
        """What came back; None if nothing did in so many seconds, or if nothing was sent: the URL is elsewhere."""
        if not is_loopback(url):
            return None
        headers = {"Content-Type": "application/json", **message.headers(self._epoch())}
        sending = asyncio.ensure_future(self._client.post(url, content=message.body, headers=headers))
        limit = self.world.now() + patience
        try:
            while not sending.done() and (left := limit - self.world.now()) > 0:
                await asyncio.wait({sending}, timeout=min(left, LOOK_S))
            return sending.result() if sending.done() else None
        except (httpx.HTTPError, httpx.InvalidURL):
            return None
        finally:
            sending.cancel()

    @functools.cached_property
    def _client(self) -> httpx.AsyncClient:
        """For every delivery, made with the first of them.

        It reads none of the certificates that this machine trusts, which would take 50 ms: whoever answers under an
        address of this machine is this machine. It keeps no connection, so there is none to close.
        """
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.AsyncClient(trust_env=False, verify=False, timeout=None, limits=limits)

    def _epoch(self) -> str:
        return str(int((self.world.began + timedelta(seconds=self.world.now())).timestamp()))


def hook_state(world: World, job: SimJob) -> HookState | None:
    """How a job's webhooks fare; None for a job without."""
    if not job.hook.url:
        return None
    note = world.remembered(_name(job))
    return HookState(str(note["status"])) if note else HookState.PENDING


def hook_states(world: World) -> list[dict[str, object]]:
    """How the webhooks of every job fare that has some."""
    found = [(job, hook_state(world, job)) for job in world.jobs()]
    return [{"provider": job.provider, "job": job.id, "state": state} for job, state in found if state]


def _name(job: SimJob) -> str:
    return f"{job.provider} webhook {job.id}"


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
