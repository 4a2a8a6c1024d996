"""The plan of a benchmark session: what is asked, of whom, how often, in which order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class CsvRow:
    """The row of a CSV that a request was read from; ``line`` is the one it begins on, from 1."""

    file: str
    line: int


@dataclass(frozen=True)
class Asked:
    """One request. Images are paths as written, relative to the plan's folder; None leaves a field to the variant.

    ``row`` is where it was read from a CSV, None if it stands in the plan itself. It is no part of what is asked.
    """

    prompt: str
    image: str | None = None
    last_image: str | None = None
    duration: int | None = None
    resolution: str | None = None
    prompt_optimizer: bool = True
    row: CsvRow | None = field(default=None, compare=False)

    def written(self) -> dict[str, Any]:
        """Its fields as a plan names them, without those that are left to the variant."""
        return {key: value for key, value in asdict(self).items() if value is not None and key != "row"}


@dataclass(frozen=True)
class SessionPlan:
    """What a session does.

    ``variants`` are ``model:NAME``, ``provider:SLUG`` or references, as written. Either ``concurrency`` jobs are under
    way at once (closed loop), or jobs begin at random moments at a mean of ``rate_per_minute`` (open loop, Poisson);
    the other is None. ``warm_up`` takes of every cell are made first and left out of the figures. With
    ``within_percent`` it repeats until the 95 % interval of each variant's median latency is within so many percent
    of it, at most ``most_repeats`` times. ``nearest`` lets variants take part without a frame they cannot use.
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
        """Jobs of each cell, at most: warm-ups, and repeats as often as the stop rule allows."""
        return self.warm_up + (self.most_repeats or self.repeats)


def pictures(plan: SessionPlan) -> tuple[str, ...]:
    """The images' paths request by request, first frame before last, each as often as it is named."""
    return tuple(path for each in plan.requests for path in (each.image, each.last_image) if path is not None)


def identity(plan: SessionPlan, digests: Sequence[str], mode: str) -> str:
    """A SHA-256 in hex over what decides which takes are made and how: equal plans are equal sessions.

    ``digests`` are of the images' content, in the order of ``pictures``: a file may move, but not change. ``mode`` is
    ``sandbox`` or ``live``. The plan's name and budget are left out: to rename it, or to go on with more money, is no
    reason to make and pay for its takes again; another ``order_seed`` is.
    """
    fields = {key: value for key, value in asdict(plan).items() if key not in ("name", "budget_usd")}
    if len(digests) != len(pictures(plan)):
        raise ValueError("one digest for each image")
    given = iter(digests)
    for entry in fields["requests"]:
        del entry["row"]
        for key in ("image", "last_image"):
            entry[key] = next(given) if entry[key] is not None else None
    return hashlib.sha256(json.dumps([mode, fields], sort_keys=True).encode()).hexdigest()
