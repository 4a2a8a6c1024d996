"""Where strangers visit, nobody waits in the sandbox for all that others asked for before."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from comparisons.playground import Playground
from comparisons.records import HOST, Person
from comparisons.runs.fair_places import FIRST_FEW, FairPlaces
from comparisons.runs.visitors import NO_LIMIT, SANDBOX, Admission, TooMuch
from comparisons.shares import Hourly, Limit
from providers import PROVIDERS
from tests.patience import until
from tests.stage import FakeTime
from tests.test_playground import TEXT, make
from tests.ui.test_visitors import ANN, BOB, ONE, many

PLACES = 3


class Crowd:
    """Takes of visitors at three places, each held until it is ended. A job is named by its visitor and a number."""

    def __init__(self, client: str = "") -> None:
        self.time = FakeTime()
        self.begun = Hourly(Limit(NO_LIMIT, NO_LIMIT, NO_LIMIT), self.time.now)
        self.places = FairPlaces(PLACES, self.time.now, self.begun, self._whose)
        self.client = client
        self.inside: list[str] = []
        self.order: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    def _whose(self, job: str) -> Person:
        name = job.partition(" ")[0]
        return HOST if name == "host" else Person(name, client=self.client if name.startswith("twin") else "")

    async def _take(self, job: str) -> None:
        await self.places.enter(job)
        self.inside.append(job)
        self.order.append(job)

    async def ask(self, visitor: str, takes: int) -> None:
        self.tasks += [asyncio.ensure_future(self._take(f"{visitor} {number}")) for number in range(takes)]
        await asyncio.sleep(0)

    async def end(self, number: int = 1) -> None:
        """So many takes end, those first that began first."""
        for _ in range(number):
            self.inside.pop(0)
            self.places.leave()
            await asyncio.sleep(0)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@pytest.mark.anyio
@pytest.mark.parametrize("cookies", [60, 400])
async def test_however_many_cookies_wait_one_more_visitors_first_few_begin_with_the_next_places_but_one(cookies: int):
    crowd = Crowd()
    for number in range(cookies):
        await crowd.ask(f"cookie{number}", 12)
    await crowd.end(50)
    await crowd.ask("new", FIRST_FEW)
    await crowd.end(2 * FIRST_FEW)
    assert [job for job in crowd.order if job.startswith("new")] == [f"new {each}" for each in range(FIRST_FEW)]
    await crowd.close()


@pytest.mark.anyio
async def test_whoever_came_first_gets_every_other_place_while_newcomers_come():
    crowd = Crowd()
    await crowd.ask("old", PLACES + 4)
    for number in range(10):
        await crowd.ask(f"new{number}", FIRST_FEW)
    await crowd.end(6)
    assert [job.partition(" ")[0] for job in crowd.order[PLACES:]] == ["new9", "old"] * 3
    await crowd.close()


@pytest.mark.anyio
async def test_cookies_that_come_after_one_more_visitor_delay_them_by_their_own_first_few_alone():
    crowd = Crowd()
    for number in range(5):
        await crowd.ask(f"before{number}", 12)
    await crowd.ask("new", FIRST_FEW)
    for number in range(5):
        await crowd.ask(f"after{number}", 12)
    began = sum(job.startswith("before") for job in crowd.order)
    await crowd.end(5 * FIRST_FEW * 2 + FIRST_FEW - began)
    assert sum(job.startswith("new") for job in crowd.order) == FIRST_FEW
    await crowd.close()


@pytest.mark.anyio
async def test_where_an_address_is_known_all_of_its_cookies_together_begin_their_first_few():
    crowd = Crowd("198.51.100.1")
    await crowd.ask("twin0", FIRST_FEW)
    await crowd.end(3)
    await crowd.ask("new", FIRST_FEW)
    for number in range(1, 20):
        await crowd.ask(f"twin{number}", 12)
    await crowd.end(FIRST_FEW)
    assert crowd.order[-FIRST_FEW:] == [f"new {each}" for each in range(FIRST_FEW)]
    await crowd.close()


@pytest.mark.anyio
async def test_the_hosts_own_takes_are_before_all_and_after_an_hour_everybody_is_new():
    crowd = Crowd()
    await crowd.ask("ann", 12)
    await crowd.ask("host", 2)
    await crowd.end(2)
    assert crowd.order[PLACES:] == ["host 0", "host 1"]
    assert crowd.begun.had(Person("ann")) == PLACES
    crowd.time.jump(3700)
    assert crowd.begun.had(Person("ann")) == 0
    await crowd.close()


def crowded(playground: Playground, cookies: int, each: int) -> None:
    for number in range(cookies):
        many(playground, Person(f"cookie{number}"), each, at=1e9)


def test_where_too_many_takes_wait_those_of_whoever_has_most_make_room(tmp_path: Path):
    playground = make(tmp_path, TAKES_PUBLIC="1")
    most = SANDBOX.at_once.all
    crowded(playground, most // 10, 10)
    new = Person("new")
    playground.admission.check(new, FIRST_FEW, live=False)
    stopped = playground.admission.to_make_room(new, FIRST_FEW)
    assert len(stopped) == FIRST_FEW
    assert len({playground.ledger.owner(job) for job in stopped}) == FIRST_FEW, "one take of each"
    with pytest.raises(TooMuch, match="Too many people"):
        playground.admission.check(new, FIRST_FEW + 1, live=False)
    assert playground.admission.to_make_room(Person("cookie0"), 0) == []
    playground.close()


def test_a_take_that_makes_room_is_stopped_before_anything_is_sent_and_says_why(tmp_path: Path):
    playground = make(tmp_path, '[[fault]]\nkind = "stuck"\nprovider = "runcomfy"\ntimes = 99', TAKES_PUBLIC="1")
    few = replace(SANDBOX, at_once=Limit(each=12, client=24, all=8, small=FIRST_FEW, reserve=8))
    playground.admission = Admission(playground.ledger, playground.clock.now, sandbox=few)
    run = playground.start(TEXT, ONE, simulated=True, repeats=8, who=ANN)
    places = PROVIDERS["runcomfy"].concurrency
    until(lambda: len(playground.ledger.waiting_in_sandbox()) == 8 - places)
    other = playground.start(TEXT, ONE, simulated=True, who=BOB)
    for each, who in ((run, ANN), (other, BOB)):
        playground.stop_run(each.id, who)
    playground.wait()
    ends = [job.error for job in playground.ledger.run(run.id).jobs]
    assert ends.count("Stopped before anything was sent: too many people were waiting for the sandbox.") == 1
    playground.close()
