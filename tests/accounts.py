"""A public Takes in this process whose host's account is at a sandbox: what it was charged, for whom, under which caps.

No sockets and no sleeps: live questions go to the sandbox in memory, and time is moved by hand. Whoever starts a take
signs its prompt, so that the sandbox's own list of charges says whose each one is, whatever the ledger believes.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import httpx

from comparisons import settings
from comparisons.net import sandboxed
from comparisons.net.transport import Transport
from comparisons.playground import Playground
from comparisons.records import HOST, Job, Person
from comparisons.sessions.service import Sessions
from providers import PROVIDERS, TakesError
from providers.sandbox import FaultPlan, SimJob, Tempo, World, create_app
from providers.sandbox._jobs import hashed
from tests.handlers import Handlers
from tests.stage import FakeTime, ledger_in, tiny_clip

T = TypeVar("T")
DAY_S = 24 * 3600.0
STUCK_S = 900
"""How long a job stays in the queue that its provider forgets about."""
PEOPLE = {"ann": Person("a" * 32), "bob": Person("b" * 32), "host": HOST}
VISITORS = ("ann", "bob")

LISTED = "apiframe:hailuo-2.3"
QUOTED = "runcomfy:minimax/hailuo-2-3/pro/text-to-video"
IN_YUAN = "runninghub:minimax/hailuo-2.3/t2v-standard"
UNPRICED = "apiframe:hailuo-02"
UNSTATED = "odirouter:minimax_hailuo_23_t2v"
VARIANTS = (LISTED, QUOTED, IN_YUAN, UNPRICED, UNSTATED)
"""Text only, one of each kind: with a list price (in credits), with a quote, with a quote in yuan, with no price
although its provider charges by one, and with none that anybody states."""

HOSTS_KEY = "the-hosts-own-key-51c2"
HOSTS_KEYS = {
    "good": HOSTS_KEY,
    "another": "another-good-key-of-the-hosts-77d1",
    "revoked": "bad-since-it-was-revoked",
    "broke": "broke-as-its-balance-is-spent",
}
"""What the sandbox takes, refuses with 401, and refuses for want of money."""

WORTH = {"USD": Decimal(1), "CNY": Decimal("0.14"), "credits": Decimal("0.1")}
"""What one unit really costs the host, whether Takes is told its rate or not."""
NOBODY_KNOWS = Decimal(10)
"""What a charge is taken to cost whose provider states no amount: more than any cap of a visitor's."""


@dataclass(frozen=True)
class Terms:
    """What the host's settings say. A cap that is None is not set."""

    visitor: str | None = "1.20"
    visitors: str | None = "2.00"
    folder: str | None = "3.10"
    rates: bool = True
    key: str = "good"

    def environment(self, home: Path) -> dict[str, str]:
        caps = {
            "TAKES_VISITOR_BUDGET": self.visitor, "TAKES_VISITORS_BUDGET": self.visitors, "TAKES_BUDGET": self.folder
        }  # fmt: skip
        found = {name: value for name, value in caps.items() if value is not None}
        rates = {"TAKES_USD_PER_CNY": WORTH["CNY"], "TAKES_USD_PER_CREDIT": WORTH["credits"]}
        found |= {name: f"{worth}@2026-11-21" if self.rates else "none" for name, worth in rates.items()}
        for slug, provider in PROVIDERS.items():
            found |= {provider.key_env: HOSTS_KEYS[self.key], provider.base_url_env: f"{sandboxed.ORIGIN}/{slug}"}
        return {"TAKES_HOME": str(home), "TAKES_PUBLIC": "1", **found}


class _Cable(httpx.AsyncBaseTransport):
    """To the sandbox. While it is ``cut`` nothing new arrives there; while it is ``deaf``, no answer to a submit comes.

    Clips need no thread here.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._inner = httpx.ASGITransport(app=create_app(world, sandboxed.ORIGIN, sandboxed.stall))
        self.deaf = False
        self.cut = False
        self.let_go = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "/cdn/clips/" in request.url.path:
            return httpx.Response(200, content=tiny_clip().read_bytes(), headers={"content-type": "video/mp4"})
        if self.cut and request.method == "POST":
            raise httpx.ReadTimeout("it never arrived, which nobody can know")
        before = self._submits()
        reply = await self._inner.handle_async_request(request)
        if self.deaf and self._submits() > before:
            await self.let_go.wait()
        return reply

    def _submits(self) -> int:
        return sum(counts.get("submit", 0) for counts in self._world.requests().values())


class _Inline(ThreadPoolExecutor):
    """Does in the calling thread what others do in one of their own, so that time stands still meanwhile."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **more))
        except Exception as error:
            done.set_exception(error)
        return done


@dataclass(frozen=True)
class Charge:
    """What stands on the host's account: when it was accepted, for whom, and its worth in US dollars."""

    at: float
    who: str
    usd: Decimal
    job: SimJob


@dataclass
class Tally:
    """Of any number of lives: how near each cap came, as the highest share of it that was ever charged."""

    charges: int = 0
    shares: dict[str, Decimal] = field(
        default_factory=lambda: dict.fromkeys(("visitor", "visitors", "folder"), Decimal(0))
    )

    def saw(self, cap: str, share: Decimal) -> None:
        self.shares[cap] = max(self.shares[cap], share)


class Hosted:
    """One data folder, one sandbox account, and the Takes that runs over them, again and again."""

    def __init__(self, home: Path, terms: Terms = Terms(), tally: Tally | None = None) -> None:
        self.home, self.terms, self.tally = home, terms, tally or Tally()
        self.time = FakeTime()
        self.began = self.time.now()
        self.world = World(
            tempo=Tempo(lambda: self.time.now(), began=datetime.fromtimestamp(self.began, UTC)),
            ids=random.Random(3),
            renderer=lambda spec, folder: tiny_clip(),
        )
        self.explicit: set[str] = set()
        self.seen: dict[str, Job] = {}
        self.done: list[str] = []
        self._seen: set[str] = set()
        self._dead: list[tuple[Playground, _Cable]] = []
        self._caps = {"visitor": terms.visitor, "visitors": terms.visitors, "folder": terms.folder}
        ledger_in(home).close()
        self._start()

    def _start(self, *, deaf: bool = False) -> None:
        found = settings.read(self.terms.environment(self.home), Path("/nonexistent"))
        self.time = FakeTime(self.time.now())
        self.cable = _Cable(self.world)
        self.cable.deaf = deaf
        self.playground = Playground(found, clock=self.time, sleep=self.time.sleep, rng=random.Random(1))
        self.playground.workers._loop.set_default_executor(_Inline(1))
        self.playground.wires._live = Transport(found.targets, through=self.cable)
        self.sessions = Sessions(self.playground)
        self._handlers: Handlers | None = None
        self.playground.resume()
        self.sessions.resume()

    def handle(self, who: Person, handler: str, fields: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """Calls one of the page's handlers, as a raw caller does."""
        self.done.append(f"{handler} of the page by {who.id} with {dict(fields)} {dict(event)}")
        if self._handlers is None:
            self._handlers = Handlers(self.playground, self.sessions)
        self._handlers.call(who, handler, fields, event)

    # what happens to it -------------------------------------------------------------------------------------------

    def go(self, seconds: float) -> None:
        """Lets so much time pass, and everything happen that is due in it."""
        self.done.append(f"{seconds:g} s pass")
        self.playground.workers.call(self.time.run(self.time.sleep(seconds)))

    def attempt(self, act: Callable[..., T], *args: Any, **more: Any) -> T | None:
        """What an act comes to; None where it was refused in words."""
        called = f"{act.__name__}({', '.join(map(repr, (*args, *more.values())))})"
        try:
            result = act(*args, **more)
        except TakesError as error:
            self.done.append(f"{called}: {error}")
            return None
        self.done.append(called)
        return result

    def fails(self, *faults: str) -> None:
        """What goes wrong at the provider from now on, each once: ``kind operation``."""
        self.done.append(f"going to fail: {', '.join(faults)}")
        words = [each.split() for each in faults]
        tables = [f'[[fault]]\nkind = "{kind}"\noperation = "{op}"\nseconds = {STUCK_S}\n' for kind, op in words]
        self.world.faults = FaultPlan.parse("".join(tables))

    def restart(self, terms: Terms, after_s: float = 0.0, *, crash: bool = False, deaf: bool = False) -> None:
        """A new process over the same folder, after a while, with these settings; ``deaf`` from its first moment."""
        self.done.append(f"{'crash' if crash else 'restart'} after {after_s:g} s with {terms}")
        self.sessions.close()
        if crash:
            self._crash()
        else:
            self.close()
        self.time.jump(after_s)
        self.terms = terms
        self._start(deaf=deaf)

    def _crash(self) -> None:
        """The process is gone: nothing it was about to do is done, and its locks are free."""
        dead = self.playground.workers
        dead._loop.call_soon_threadsafe(dead._loop.stop)  # its tasks are left where they stand
        dead._thread.join()
        for run in list(dead._locks):
            dead.disown(run)
        self.playground.ledger.close()
        self._dead.append((self.playground, self.cable))

    def close(self) -> None:
        """Ends as a process does that is asked to: a submit in the air lands."""
        self.sessions.close()
        _land(self.playground, self.cable)
        self.playground.close()

    def end(self) -> None:
        """Nothing of it is used any more, so that also what crashed may let go of its files and threads."""
        self.close()
        for dead, cable in self._dead:
            dead.workers._thread = threading.Thread(target=dead.workers._loop.run_forever, daemon=True)
            dead.workers._thread.start()
            _land(dead, cable)
            dead.close()

    # what came of it ----------------------------------------------------------------------------------------------

    def charges(self) -> list[Charge]:
        """Everything that stands on the host's account by now, oldest first."""
        now, keys = self.world.now(), {hashed(key) for key in HOSTS_KEYS.values()}
        ours = [job for job in self.world.jobs() if job.key in keys and job.charges(now)]
        return [Charge(self.began + job.accepted_at, job.prompt.partition(":")[0], _usd(job), job) for job in ours]

    def check(self) -> None:
        """Holds every charge against every cap of any 24 hours, and against the ledger.

        Raises:
            AssertionError: who was charged how much over which cap, or which charge has no job.
        """
        counted = [each for each in self.charges() if not self._allowed(each)]
        try:
            for each in counted:
                if each.job.id not in self._seen:
                    self._seen.add(each.job.id)
                    self.tally.charges += 1
                    self._check_caps(each, counted)
            self._check_jobs()
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), "What was done:", *self.done])) from None

    def _allowed(self, charge: Charge) -> bool:
        """Whether the host said in so many words that a take without a known price may cost what it will."""
        if charge.who != "host" or charge.job.prompt not in self.explicit:
            return False
        return any(job.plan.quoted is None and job.plan.listed is None for job in self._jobs_like(charge.job))

    def _check_caps(self, new: Charge, all_of_them: Iterable[Charge]) -> None:
        window = [each for each in all_of_them if new.at - DAY_S < each.at <= new.at]
        for_whom = {"visitor": (new.who,), "visitors": VISITORS, "folder": tuple(PEOPLE)}
        for cap, limit in self._caps.items():
            if limit is None or (cap != "folder" and new.who not in VISITORS):
                continue
            total = sum((each.usd for each in window if each.who in for_whom[cap]), Decimal(0))
            self.tally.saw(cap, total / Decimal(limit))
            assert total <= Decimal(limit), (
                f"${total} charged to the host's account within 24 h, over the cap {cap!r} of ${limit};"
                f" the last one for {new.who}: {new.job.endpoint}"
            )

    def _check_jobs(self) -> None:
        """Each charge has exactly one job: by its handle, else as one whose submit may have arrived."""
        charged, jobs = self.world.jobs(), self._jobs()  # in this order: a session's thread may go on meanwhile
        handles = Counter((job.plan.provider, job.handle.id) for job in jobs if job.handle)
        twice = [handle for handle, times in handles.items() if times > 1]
        assert not twice, f"{twice[0]} is two takes at once"
        without = Counter(_kind(sim) for sim in charged if (sim.provider, sim.id) not in handles)
        sent = [job for job in jobs if job.handle is None and any(event.kind == "submitting" for event in job.events)]
        may_be = Counter((job.plan.provider, job.plan.endpoint, job.plan.prompt) for job in sent)
        for kind, times in without.items():
            assert times <= may_be[kind], f"{times} charges of {kind}, and {may_be[kind]} takes that may be them"

    def _jobs(self) -> list[Job]:
        """All takes there ever were, those that were deleted since as they were last seen."""
        self.seen |= {job.id: job for job in self.playground.ledger.jobs()}
        return list(self.seen.values())

    def _jobs_like(self, sim: SimJob) -> list[Job]:
        return [job for job in self._jobs() if (job.plan.provider, job.plan.endpoint, job.plan.prompt) == _kind(sim)]


def _land(playground: Playground, cable: _Cable) -> None:
    cable.deaf = False
    playground.workers._loop.call_soon_threadsafe(cable.let_go.set)


def _kind(sim: SimJob) -> tuple[str, str, str]:
    return sim.provider, sim.endpoint, sim.prompt


def _usd(job: SimJob) -> Decimal:
    if job.amount is None or job.currency is None:
        return NOBODY_KNOWS
    return job.amount * WORTH[job.currency]


def keyed(who: str, kind: str) -> Person:
    """The person with keys typed, of a kind."""
    return Person(PEOPLE[who].id, KEYS[kind](who))


def _all(key: str) -> Mapping[str, str]:
    return dict.fromkeys(PROVIDERS, key)


KEYS: Mapping[str, Callable[[str], Mapping[str, str]]] = {
    "none": lambda who: {},
    "own": lambda who: _all(f"{who}s-own-key-77aa"),
    "made-up": lambda who: _all("bad-as-it-is-made-up"),
    "broke": lambda who: _all("broke-without-balance"),
    "blank": lambda who: _all(""),
    "for one": lambda who: {"apiframe": f"{who}s-own-key-77aa"},
}
"""What may be typed. The sandbox refuses ``bad…`` as a wrong key and ``broke…`` for want of money."""
