"""Takes of the variants at the built-in sandbox, through a real playground, and what is wrong with them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import providers
from comparisons import settings
from comparisons.clock import Clock
from comparisons.net import sandboxed
from comparisons.playground import Playground
from comparisons.records import Job, State
from comparisons.runs import Choice, Consent, size_of
from providers import INPUTS, ORDERED, ImageInput, Option, Request, Value, Variant
from providers.sandbox import World
from tests.browser import clean_env
from tests.providers.sandbox.test_sandbox import png

SPEED = 200.0
MOST_JOBS = 100
"""Of a run."""
AWAY_PX, AWAY_S = 2, 0.1
"""By how much a clip may differ: sides are even, and 1366 x 768 is MiniMax's 16:9."""
IMAGE = ImageInput(png(1024, 768), "image/png", 1024, 768)


@dataclass(frozen=True)
class Asked:
    """One variant with what is asked of it."""

    variant: Variant
    request: Request

    @property
    def amount(self) -> float:
        """About what it takes to render: lines times lines times seconds."""
        options = providers.settled(self.variant, self.request)
        lines, seconds = size_of(options.get("resolution", "")) or 720, size_of(options.get("duration", "")) or 5
        return lines * lines * seconds


# What is asked --------------------------------------------------------------------------------------------------------


def smallest(variant: Variant) -> Asked:
    """The shortest clip of the fewest lines that its options allow, from the images that it needs."""
    return min(_shapes(variant), key=lambda each: each.amount)


def largest(variant: Variant) -> Asked:
    """The longest of the most lines; of words that tell no size, such as "hd", the last."""
    return max(reversed(list(_shapes(variant))), key=lambda each: each.amount)


def _shapes(variant: Variant) -> Iterator[Asked]:
    """Every resolution with the shortest and the longest clip that it goes with."""
    images = {name: (IMAGE,) for name in INPUTS if variant.need(name) == "required"}
    known = {name: _values(variant.options[name]) for name in ORDERED if name in variant.options}
    for values in itertools.product(*known.values()):
        request = Request.of("A boat", images, dict(zip(known, values, strict=True)))
        if providers.why_not(variant, request) is None:
            yield Asked(variant, request)


def _values(option: Option) -> Sequence[Value]:
    return option.choices or (int(option.low or 1), int(option.high or 1))


def sample(variants: Sequence[Variant], count: int) -> list[Asked]:
    """So many variants at their largest: the one with the most lines, the longest, then one of each family in turn."""
    every = [largest(each) for each in variants]
    lines, seconds = (max(every, key=lambda each: _size(each, name)) for name in ("resolution", "duration"))
    families: dict[str, list[Asked]] = {}
    for each in sorted(every, key=lambda each: -each.amount):
        families.setdefault(each.variant.family, []).append(each)
    turns = itertools.chain.from_iterable(itertools.zip_longest(*families.values()))
    chosen = {each.variant.ref: each for each in (lines, seconds, *turns) if each is not None}
    return list(chosen.values())[:count]


def _size(asked: Asked, name: str) -> tuple[float, float]:
    return size_of(asked.request.options.get(name, "")) or 0, asked.amount


# The takes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Take:
    """What became of one variant; ``charged`` is in the currency of its provider, None where the sandbox tells none."""

    asked: Asked
    job: Job
    charged: object

    @property
    def faults(self) -> list[str]:
        return [*self._delivery(), *self._options(), *self._clip(), *self._money()]

    def has(self, what: str) -> bool:
        """Whether what was sent, or the price list, says what its size, length, sound or price must be."""
        options = self.job.plan.options
        return {
            "size": self._sides() is not None,
            "length": providers.seconds_in(options) is not None,
            "sound": "audio" in options,
            "price": self.asked.variant.rate(options, None) is not None,
        }[what]

    def _delivery(self) -> Iterator[str]:
        if self.job.state != State.DELIVERED:
            yield f"not delivered: {self.job.state}, {self.job.error}"

    def _options(self) -> Iterator[str]:
        variant, plan = self.asked.variant, self.job.plan
        for name, value in plan.options.items():
            why = variant.options[name].objection(value) if name in variant.options else "no option of it"
            if why:
                yield f"sent {name}={value}: {why}"
        for name, value in self.asked.request.options.items():
            if plan.options.get(name) != value:
                yield f"sent {name}={plan.options.get(name)}, not {value}"
        if set(plan.images) != set(self.asked.request.inputs):
            yield f"sent the images {sorted(plan.images)}"

    def _clip(self) -> Iterator[str]:
        media, options = self.job.result.media if self.job.result else None, self.job.plan.options
        if media is None:
            return
        wanted = self._sides()
        if wanted and max(abs(media.width - wanted[0]), abs(media.height - wanted[1])) > AWAY_PX:
            yield f"{media.width} x {media.height} instead of {wanted[0]} x {wanted[1]}"
        seconds = providers.seconds_in(options)
        if seconds is not None and abs(media.duration_s - seconds) > AWAY_S:
            yield f"{media.duration_s:.1f} s instead of {seconds} s"
        if media.audio != options.get("audio", media.audio):
            yield f"{'sound' if media.audio else 'silent'} with audio {'on' if options['audio'] else 'off'}"

    def _sides(self) -> tuple[int, int] | None:
        """Width and height in pixels, where the options say them."""
        options, size = self.job.plan.options, self.asked.variant.size
        shape = str(options.get("resolution")), str(options.get("aspect_ratio", self._own_aspect()))
        if size is not None and shape in size.sizes:
            width, _, height = size.sizes[shape].replace("x", "*").partition("*")
            return int(width), int(height)
        lines, ratio = size_of(shape[0]), self._ratio(shape[1])
        if lines is None or ratio is None:
            return None
        short = round(lines)
        return (round(short * ratio), short) if ratio >= 1 else (short, round(short / ratio))

    def _own_aspect(self) -> Value | None:
        """What the provider documents that it does where no aspect ratio is sent."""
        option = self.asked.variant.options.get("aspect_ratio")
        return option.default if option else None

    def _ratio(self, aspect: str) -> Fraction | None:
        across, _, down = aspect.partition(":")
        if across.isdecimal() and down.isdecimal():
            return Fraction(int(across), int(down))
        follows = "first_frame" in self.job.plan.images and "aspect_ratio" not in self.asked.variant.options
        return Fraction(IMAGE.width, IMAGE.height) if follows else None

    def _money(self) -> Iterator[str]:
        rate = self.asked.variant.rate(self.job.plan.options, None)
        if rate is not None and rate.money.amount != self.charged:
            yield f"charged {self.charged}, listed {rate.money}"


class Sandbox:
    """A playground over a new data folder, whose built-in sandbox is quick."""

    def __init__(self, home: Path) -> None:
        self._clock = Clock()
        self._world: World = sandboxed.make_world(home, self._clock.now, seed=0, speed=SPEED, faults=None)
        read = settings.read(clean_env(home, 0, SPEED), home / "none.env")
        self._playground = Playground(read, clock=self._clock, world=self._world)

    def takes(self, asked: Iterable[Asked]) -> list[Take]:
        """One take of each, in runs of those of which the same is asked."""
        by_ref = {each.variant.ref: each for each in asked}
        alike: dict[str, list[str]] = {}
        for ref, each in by_ref.items():
            alike.setdefault(_key(each.request), []).append(ref)
        runs = [
            self._playground.start(
                by_ref[refs[0]].request,
                Choice(tuple(refs[at : at + MOST_JOBS])),
                simulated=True,
                consent=Consent(unpriced=True),
            )
            for refs in alike.values()
            for at in range(0, len(refs), MOST_JOBS)
        ]
        self._playground.wait([run.id for run in runs])
        ended = [self._playground.ledger.job(job.id) or job for run in runs for job in run.jobs]
        return [Take(by_ref[job.plan.variant], job, self._charged(job)) for job in ended]

    def _charged(self, job: Job) -> object:
        theirs = self._world.find(job.plan.provider, job.handle.id) if job.handle else None
        return theirs.amount if theirs else None

    def close(self) -> None:
        self._playground.close()


def _key(request: Request) -> str:
    return json.dumps([sorted(request.inputs), dict(request.options)])
