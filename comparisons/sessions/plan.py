"""The plan of a benchmark session as a value: which requests go to which variants, how often, and in which order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from providers import Value


@dataclass(frozen=True)
class CsvRow:
    """The row of a CSV that a request was read from; ``line`` is the one it begins on, from 1."""

    file: str
    line: int


@dataclass(frozen=True)
class Asked:
    """One request. Images are paths as written, relative to the plan's folder; None leaves a field to the variant.

    ``row`` is where in a CSV it was read, None if it is in the plan itself. It does not count when requests are
    compared.
    """

    prompt: str
    image: str | None = None
    last_image: str | None = None
    references: tuple[str, ...] = ()
    options: Mapping[str, Value] = field(default_factory=dict)
    row: CsvRow | None = field(default=None, compare=False)

    @property
    def pictures(self) -> tuple[str, ...]:
        """The paths of its images: first frame, last frame, references."""
        return (*(path for path in (self.image, self.last_image) if path is not None), *self.references)

    def written(self) -> dict[str, Any]:
        """Its fields under their names in a plan file, without those that are left to the variant."""
        given = {"prompt": self.prompt, "image": self.image, "last_image": self.last_image}
        named = {key: value for key, value in given.items() if value is not None}
        references = {"references": list(self.references)} if self.references else {}
        return {**named, **references, **{field_of(name): value for name, value in self.options.items()}}


COMMON = ("duration", "resolution", "aspect_ratio", "audio", "negative_prompt", "seed", "prompt_optimizer")
"""The options that a plan names by their plain name; those of single variants are written with ``opt_`` before it."""


def field_of(option: str) -> str:
    """The name of an option's field in a plan, and of its column in a CSV."""
    return option if option in COMMON else f"{OPT}{option}"


OPT = "opt_"


@dataclass(frozen=True)
class SessionPlan:
    """What a session does.

    ``variants`` are ``model:NAME``, ``provider:SLUG`` or references, as written. Either ``concurrency`` jobs are under
    way at once (closed loop), or jobs begin at random moments at a mean of ``rate_per_minute`` (open loop, Poisson);
    the other is None. A *cell* is one request on one variant; ``warm_up`` takes of every cell are made first and left
    out of the figures. With ``within_percent`` it repeats until the 95 % interval of each variant's median latency is
    within so many percent of the median, at most ``most_repeats`` times. ``nearest`` lets variants take part with the
    nearest values that they have, and without inputs and options that they lack (see ``runs.Choice``).
    """

    name: str
    variants: tuple[str, ...]
    requests: tuple[Asked, ...]
    repeats: int = 1
    order_seed: int = 0
    concurrency: int | None = 8
    rate_per_minute: float | None = None
    warm_up: int = 0
    budget_usd: Decimal | None = None
    within_percent: float | None = None
    most_repeats: int | None = None
    nearest: bool = False

    @property
    def takes(self) -> int:
        """The most jobs of each cell: warm-ups, and as many repeats as the stop rule allows."""
        return self.warm_up + (self.most_repeats or self.repeats)


def pictures(plan: SessionPlan) -> tuple[str, ...]:
    """The paths of all images, request by request, each as often as it is named."""
    return tuple(path for each in plan.requests for path in each.pictures)


def identity(plan: SessionPlan, digests: Sequence[str], mode: str) -> str:
    """A SHA-256 in hex over everything that decides which takes are made and how. Plans with one identity are equal,
    and share a session.

    ``digests`` are hashes of the images' content, in the order of ``pictures``, so that a file may be moved. ``mode``
    is ``sandbox`` or ``live``. The plan's name and budget are left out, so that a renamed plan, or one with more money,
    goes on with its session instead of paying again. Another ``order_seed`` makes another session.

    Raises:
        ValueError: there are not as many digests as images.
    """
    fields = {key: value for key, value in asdict(plan).items() if key not in ("name", "budget_usd")}
    if len(digests) != len(pictures(plan)):
        raise ValueError("one digest for each image")
    given = iter(digests)
    fields["requests"] = [_identical(each, given) for each in plan.requests]
    return hashlib.sha256(json.dumps([mode, fields], sort_keys=True).encode()).hexdigest()


def _identical(asked: Asked, digests: Iterator[str]) -> dict[str, Any]:
    """The part of the identity that comes from one request.

    Its form must stay as it is, so that an old plan still goes on with its session and nothing is paid for twice. In
    this form a prompt optimizer that the plan does not mention counts as on.
    """
    frames = {key: None if path is None else next(digests) for key, path in _frames(asked)}
    options = dict(asked.options)
    entry = {
        "prompt": asked.prompt,
        **frames,
        "duration": options.pop("duration", None),
        "resolution": options.pop("resolution", None),
        "prompt_optimizer": options.pop("prompt_optimizer", True),
    }
    later = {"options": options, "references": [next(digests) for _ in asked.references]}
    return entry | {key: value for key, value in later.items() if value}


def _frames(asked: Asked) -> tuple[tuple[str, str | None], ...]:
    return ("image", asked.image), ("last_image", asked.last_image)
