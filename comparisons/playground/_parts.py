"""Makes the parts of a playground and connects them."""

from __future__ import annotations

import asyncio
import random
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from comparisons.clock import Clock
from comparisons.engine import (
    CLIP_PATIENCE_S,
    Engine,
    Gate,
    Places,
    Recorder,
    Schedule,
    Sleep,
    Waits,
    Wires,
    Workers,
)
from comparisons.folders import LEDGER, make_home, renew_catalog
from comparisons.ledger import Ledger
from comparisons.media import Media, Uploaded
from comparisons.net import PublicPictures, public_text
from comparisons.records import Job, State
from comparisons.runs import (
    Admission,
    Calls,
    Catalogues,
    DailyRates,
    FairPlaces,
    Fetcher,
    History,
    Offers,
    Quotes,
    Reconciler,
    Storage,
    Twice,
)
from comparisons.scoring import Scorer
from comparisons.settings import Settings
from providers import PROVIDERS, Variant, variants

if TYPE_CHECKING:
    from providers.sandbox import World

PICTURE_HINT = " If that is right on your own machine, name its range in TAKES_CLIP_NETWORKS."


class Parts:
    """The parts of a playground over one data folder: ledger, media, engine, workers, and those that use them.

    Args:
        world: the sandbox to use; by default one that is kept in the data folder.
        sleep: waits for a number of seconds; tests pass one of their own.
        clip_patience_s: for how many seconds this process waits for a clip that does not come.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        sleep: Sleep = asyncio.sleep,
        rng: random.Random | None = None,
        world: World | None = None,
        clip_patience_s: float = CLIP_PATIENCE_S,
    ) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        make_home(settings.home)
        self.variants: tuple[Variant, ...] = _catalogue(settings.home / "catalog")
        self._rng = rng or random.Random()
        self.acting = threading.RLock()  # held while anything about a run is decided, so that no two threads begin it
        self.ledger = Ledger(settings.home / LEDGER)
        self.admission = Admission(self.ledger, self.clock.now)
        self.media = Media(settings.home)
        self.wires = Wires(settings, self.clock, world)
        self.gate = Gate(self.ledger, settings, self.clock, self.variants)
        self.quotes = Quotes(self.clock.wall)
        self._twice = Twice(self.clock.now)
        self._places: dict[tuple[str, bool, str], Places] = {}
        engine, calls = self._engine(sleep, clip_patience_s), Calls(self.ledger)
        self.workers = Workers(engine, settings.home / "locks", self._places_of, self.wires.forget, calls)
        self.scorer = self._scorer()
        self.daily = self._daily_rates()
        self.offers = Offers(self.variants, self.wires, self.quotes, self.workers, self.daily)
        self.catalogues = Catalogues(settings.home, self.variants, self.wires, self.workers, self.clock.today)
        self.pictures = _pictures(settings)
        self.uploaded = Uploaded(settings.uploads, self.workers.own, self.workers.disown, self.clock.now)
        self.history = self._history()
        self.storage = Storage(self.ledger, self.media, self.history, self.uploaded, settings, self.clock.now)
        self.fetcher = Fetcher(self.ledger, self.media, self.workers, self.wires, self.acting, self.clock.now)
        self.reconciler = Reconciler(self.ledger, self.workers, self.wires, self.quotes, self.acting, self.clock.now)

    def _scorer(self) -> Scorer:
        own, disown, told = self.workers.own, self.workers.disown, self.workers.notify
        return Scorer(self.ledger, self.media, self.settings.workers, own, disown, told)

    def _daily_rates(self) -> DailyRates:
        settings = self.settings
        read = partial(public_text, proxies=settings.outgoing)
        return DailyRates(settings.rates, settings.home, self.clock.wall, read, wanted=settings.daily_rates)

    def _history(self) -> History:
        usd = self.settings.usd
        return History(self.ledger, self.media, self.workers, self.acting, usd, self.wires, self.uploaded)

    def _engine(self, sleep: Sleep, clip_patience_s: float) -> Engine:
        settings = self.settings
        schedule = Schedule(self.ledger, self._rng, self.clock.now, settings.sandbox_speed)
        recorder = Recorder(
            self.ledger, self.gate, self.clock, sleep,
            changed=self._changed,
            trouble=lambda sentence: self.workers.troubled(sentence),
        )  # fmt: skip
        waits = Waits(sleep, self._rng)
        return Engine(recorder, waits, self.media, self.wires.of, self.variants, schedule, clip_patience_s)

    def _changed(self, job: Job) -> None:
        self.workers.changed(job)
        if job.state == State.DELIVERED:
            self.scorer.wake()

    def _places_of(self, job: Job) -> Places:
        """The places at a job's provider, which all jobs of one account share."""
        plan = job.plan
        account, limit = (plan.provider, plan.live, plan.payer), PROVIDERS[plan.provider].concurrency
        if account not in self._places and plan.live:
            self._places[account] = Places(limit, self.clock.now)
        elif account not in self._places:
            begun, whose = self.admission.begun, self.admission.whose
            self._places[account] = FairPlaces(limit, self.clock.now, begun, whose)
        return self._places[account]


def _pictures(settings: Settings) -> PublicPictures:
    hint = "" if settings.public else PICTURE_HINT
    return PublicPictures(settings.outgoing, settings.clip_networks, hint)


def _catalogue(own: Path) -> tuple[Variant, ...]:
    """All variants: the shipped ones, and those in the host's own files, which are first brought to today's form."""
    renew_catalog(own)
    return variants([own])
