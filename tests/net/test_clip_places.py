"""Where many clips wait to be fetched, those that are deleted soonest come first."""

from __future__ import annotations

import asyncio
import math

import pytest

from comparisons.net._clip_places import ClipPlaces

pytestmark = pytest.mark.anyio


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Fetching:
    """Downloads that go on until they are let go of, and the order in which they began."""

    def __init__(self, of_one: int, of_all: int) -> None:
        self._clip_places = ClipPlaces(of_one, of_all)
        self.begun: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def _fetch(self, slug: str, name: str, ends_at: float) -> None:
        async with self._clip_places.place(slug, ends_at):
            self.begun.append(name)
            await self._ends[name].wait()

    async def wants(self, slug: str, name: str, ends_at: float = math.inf) -> None:
        self._ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._fetch(slug, name, ends_at))
        await settle()

    async def done(self, name: str) -> None:
        self._ends[name].set()
        await settle()


async def test_what_its_provider_deletes_soonest_is_fetched_next_whoever_asked_first():
    fetching = Fetching(of_one=16, of_all=1)
    await fetching.wants("runcomfy", "now")
    await fetching.wants("runcomfy", "lasting")
    await fetching.wants("runninghub", "a day", ends_at=86_400)
    await fetching.wants("apiframe", "an hour", ends_at=3_600)
    for name in ("now", "an hour", "a day", "lasting"):
        await fetching.done(name)
    assert fetching.begun == ["now", "an hour", "a day", "lasting"]


async def test_one_provider_leaves_places_to_the_others():
    fetching = Fetching(of_one=2, of_all=3)
    for name in ("a", "b", "c"):
        await fetching.wants("runninghub", name, ends_at=1)
    await fetching.wants("runcomfy", "d")
    assert fetching.begun == ["a", "b", "d"]
    await fetching.done("a")
    assert fetching.begun == ["a", "b", "d", "c"]


async def test_who_is_canceled_while_waiting_or_fetching_keeps_no_place():
    fetching = Fetching(of_one=1, of_all=1)
    for name in ("a", "b", "c"):
        await fetching.wants("runcomfy", name)
    fetching.tasks["b"].cancel()
    await settle()
    fetching.tasks["a"].cancel()
    await settle()
    assert fetching.begun == ["a", "c"]
