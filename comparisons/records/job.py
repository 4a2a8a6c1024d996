"""Frozen records of jobs. A job is its plan plus the events that happened to it.

Times are seconds of the ledger's clock: wall-clock epoch seconds that advance monotonically within
one process (see ``clock.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import cached_property
from typing import Any

from comparisons.metrics import Scores
from comparisons.records.media import Result
from comparisons.records.states import ALL_IS_WELL, BILL_ONLY, BRINGS, OVER, PICKED_UP, EventKind, State
from providers import COMPARABLE, Cost, Handle, Money, Value

PHASES = ("upload", "submit", "queue", "generate", "result", "download")
"""The phases that add up to ``total_s``. ``held`` is the seventh: our own limits, outside the total."""


@dataclass(frozen=True)
class Wanted:
    """What was asked for: options by name, and how many images of each kind. What was left open is not in it.

    Attributes:
        options: ``{"duration": 6, "resolution": "768p"}``; durations in seconds, other values in the variants' words.
        inputs: ``{"first_frame": 1}``.
    """

    options: Mapping[str, Value]
    inputs: Mapping[str, int]

    def instead(self, sent: Wanted) -> dict[str, Value | None]:
        """What was sent instead of what was asked, by option or kind of image; None means that nothing was sent.

        Options that were not asked for are not compared.
        """
        fewer = {name: sent.inputs.get(name) for name, count in self.inputs.items() if sent.inputs.get(name, 0) < count}
        others = {name: sent.options.get(name) for name, of in self.options.items() if sent.options.get(name) != of}
        return {**fewer, **others}

    def to_json(self) -> dict[str, Any]:
        return {"options": dict(self.options), "inputs": dict(self.inputs)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Wanted:
        return cls(dict(data["options"]), dict(data["inputs"]))


@dataclass(frozen=True)
class Plan:
    """What one job was asked to do, fixed before it starts: everything needed to submit it, also after a crash.

    ``simulated``: a sandbox makes the clip. ``live``: the job goes out over HTTP, by base URL and key. Both are true of
    a live run against a sandbox that runs as a server of its own. ``payer`` is the person whose typed key pays, empty
    for a key of the settings. ``allow_unpriced``: somebody agreed that its price may be unknown. ``asked`` is what was
    asked of all variants, None if that was not recorded. ``listed`` and ``quoted`` are prices known before the start.

    Attributes:
        options: what this variant is sent, fitted to what it allows, and what its endpoint fixes.
        images: the stored images, by what they are for: ``{"first_frame": ("5f….png",)}``.
    """

    variant: str
    provider: str
    endpoint: str
    model: str
    label: str
    simulated: bool
    prompt: str
    options: Mapping[str, Value] = field(default_factory=dict)
    images: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    live: bool = False
    payer: str = ""
    allow_unpriced: bool = False
    asked: Wanted | None = None
    listed: Money | None = None
    quoted: Money | None = None

    @property
    def sent(self) -> Wanted:
        """What the provider is sent, fitted to what the variant allows."""
        return Wanted(self.options, {name: len(files) for name, files in self.images.items()})

    @property
    def instead(self) -> dict[str, Value | None] | None:
        """What is sent instead of what was asked (see ``Wanted.instead``); None if that was not recorded."""
        return None if self.asked is None else self.asked.instead(self.sent)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all its stored images."""
        return tuple(name for files in self.images.values() for name in files)

    @property
    def first_frame(self) -> str | None:
        """The stored image that its clip is to begin with."""
        return next(iter(self.images.get("first_frame", ())), None)

    @cached_property
    def kind(self) -> tuple[object, ...]:
        """What its latency may depend on. Only jobs of one kind are compared with each other.

        Computed once, since each poll of a job needs it several times.
        """
        telling = sorted((name, value) for name, value in self.options.items() if name not in COMPARABLE)
        counts = sorted(self.sent.inputs.items())
        return self.variant, self.simulated, self.live, tuple(telling), tuple(counts)

    def to_json(self) -> dict[str, Any]:
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        asked = None if self.asked is None else self.asked.to_json()
        money = {"listed": money_to_json(self.listed), "quoted": money_to_json(self.quoted)}
        return {**plain, "options": dict(self.options), "images": dict(self.images), "asked": asked, **money}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        money = {key: money_from_json(data.get(key)) for key in ("listed", "quoted")}
        asked = data.get("asked")
        wanted = None if asked is None else Wanted.from_json(asked)
        images = {name: tuple(files) for name, files in data["images"].items()}
        return cls(**{**data, **money, "asked": wanted, "images": images})


def money_to_json(money: Money | None) -> dict[str, str | None] | None:
    return None if money is None else {"amount": str(money.amount), "currency": money.currency}


def money_from_json(data: Mapping[str, Any] | None) -> Money | None:
    return None if data is None else Money(Decimal(data["amount"]), data["currency"])


@dataclass(frozen=True)
class Event:
    """One thing that happened to a job. ``state`` and ``phase`` are None if it did not change them."""

    kind: EventKind
    at: float
    state: State | None = None
    phase: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, kind: EventKind, at: float, phase: str | None = None, data: Mapping[str, Any] | None = None) -> Event:
        """An event with the state that its kind brings."""
        return cls(kind, at, BRINGS.get(kind), phase, data or {})


@dataclass(frozen=True)
class Timings:
    """Seconds spent in each phase so far. ``total`` is None until the clip is on disk.

    ``uncertainty``: by how many seconds the end of generating may be off; see ``uncertainty_s`` of a table.
    """

    held: float
    phases: Mapping[str, float]
    total: float | None
    uncertainty: float | None


@dataclass(frozen=True)
class Job:
    """One paid generation, as the ledger has it. ``scores``: what was measured of its clip; None if not yet."""

    id: str
    run: str
    position: int
    plan: Plan
    events: tuple[Event, ...] = ()
    scores: Scores | None = None

    def after(self, event: Event, instead: int = 0) -> Job:
        """The job with one more event, which replaces its last ``instead`` events."""
        before = self.events[: len(self.events) - instead]
        return Job(self.id, self.run, self.position, self.plan, (*before, event), self.scores)

    @property
    def state(self) -> State:
        for event in reversed(self.events):
            if event.state:
                return event.state
        return State.PLANNED

    @property
    def done(self) -> bool:
        return self.state in OVER

    @property
    def unwatched(self) -> bool:
        """Whether it is not over and paused: no process works on it until it is resumed."""
        return not self.done and bool(self.events) and self.events[-1].kind == EventKind.PAUSED

    @property
    def phase(self) -> str | None:
        """The phase it is in now; None once it is over."""
        if self.done:
            return None
        return next((event.phase for event in reversed(self.events) if event.phase), "held")

    @property
    def last_at(self) -> float:
        return self.events[-1].at if self.events else 0.0

    def said(self, key: str) -> Any:
        """The latest value any event recorded under ``key``, None if none did."""
        return next((event.data[key] for event in reversed(self.events) if key in event.data), None)

    def last(self, *kinds: EventKind) -> Event | None:
        """The latest event of any of these kinds."""
        return next((event for event in reversed(self.events) if event.kind in kinds), None)

    @property
    def handle(self) -> Handle | None:
        data = self.said("handle")
        return None if data is None else Handle(**data)

    @property
    def theirs(self) -> frozenset[str]:
        """Every id that its provider has given it."""
        return frozenset(str(event.data["handle"]["id"]) for event in self.events if "handle" in event.data)

    @property
    def result(self) -> Result | None:
        data = self.said("result")
        return None if data is None else Result.from_json(data)

    @property
    def error(self) -> str | None:
        """Why it did not deliver, or what holds it up, in one sentence; None while all is well."""
        event = next((e for e in reversed(self.events) if "error" in e.data or e.kind in ALL_IS_WELL), None)
        return event.data.get("error") if event else None

    @property
    def cost(self) -> Cost:
        """The prices that are known of it. A bill that states no currency gets that of the provider's own quote."""
        billed = money_from_json(self.said("billed"))
        quoted = self.plan.quoted
        if billed is not None and billed.currency is None and quoted is not None:
            billed = Money(billed.amount, quoted.currency)
        if self.state in BILL_ONLY:
            return Cost(billed=billed)
        return Cost(self.plan.listed, quoted, billed)

    @property
    def may_have_arrived(self) -> bool:
        """Whether a submit of it may have reached the provider: sent, and not provably refused or never arrived."""
        in_the_air = False
        for event in self.events:
            if event.kind == EventKind.SUBMITTING:
                if in_the_air:
                    return True  # the one before it was never answered: a process died there
                in_the_air = True
            elif event.kind == EventKind.ATTEMPT and event.data.get("op") == "submit":
                if not event.data.get("nothing_there"):
                    return True
                in_the_air = False
        return in_the_air

    @property
    def owes_nothing(self) -> bool:
        """Whether provably nothing was started: it was rejected, or stopped before anything was sent."""
        return self.state == State.REJECTED or (self.state == State.CANCELED and self.handle is None)

    @property
    def refused_account(self) -> bool:
        """True if it was never tried, since the account's key or balance was refused, for it or an earlier job."""
        return self.state == State.REJECTED and self.said("account") is not None

    @property
    def resumed(self) -> bool:
        """True if it was resumed: its latencies then include time in which nobody watched it."""
        return self.last(*PICKED_UP) is not None

    @property
    def by_hand(self) -> bool:
        """True if a person handed its clip in, so that it is not known how long the download would have taken."""
        return bool((self.said("result") or {}).get("by_hand"))

    @property
    def started_at(self) -> float | None:
        """When its first byte went out."""
        return next((event.at for event in self.events if event.phase in ("upload", "submit")), None)

    def timings(self, now: float) -> Timings:
        """Seconds per phase up to the job's end, or up to ``now`` (seconds of the ledger's clock) if it is not over."""
        spent = dict.fromkeys(("held", *PHASES), 0.0)
        phase, since = "held", self.events[0].at if self.events else now
        for event in self.events:
            if event.phase or event.state in OVER:
                spent[phase] += event.at - since
                phase, since = event.phase or "queue", event.at  # a job that was found again had been at its provider
        if not self.done:
            spent[phase] += max(0.0, now - since)
        held = spent.pop("held")
        total = sum(spent.values()) if self.state == State.DELIVERED and not self.by_hand else None
        return Timings(held, spent, total, self.said("uncertainty_s"))
