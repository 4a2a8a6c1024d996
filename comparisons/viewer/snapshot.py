"""Turns a run into the values that its grid shows. No I/O: URLs of files and expected times come from the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from comparisons.metrics import measured_words
from comparisons.records import PHASES, Job, MediaInfo, Run, State
from comparisons.words import (
    adaptations,
    came_words,
    clip_notes,
    difference_words,
    state_words,
    told_words,
    wanted_words,
)
from providers import PROVIDERS, Money, in_usd

Kind = Literal["clip", "poster", "strip", "given", "small", "playable", "seekable", "moments"]
"""A job's files: its clip; the clip's first frame; eight frames in a row; the image it was asked to start with; a small
copy to play among many; a copy for browsers that cannot play the clip; one with the same pictures for browsers that
cannot seek to all of them; and the times of its pictures, if they come unevenly."""
FILES = ("url", "small", "playable", "seekable", "moments", "poster", "strip")
FACTS = ("width", "height", "fps", "frames", "duration_s", "audio", "codec", "container", "pixel_format", "first_s")
ENDINGS = {
    State.FAILED: "Failed",
    State.CANCELED: "Canceled",
    State.REJECTED: "Refused",
    State.UNCERTAIN: "Uncertain",
}
"""The word shown on a take that ended without a clip."""
OWED = {State.REJECTED: "nothing owed", State.UNCERTAIN: "may be billed"}
"""What is shown as the cost of such a take without a bill; for other states "cost unknown"."""
BASES = {"billed": "billed by the provider", "quoted": "its price, asked before the run", "list": "its list price"}
"""What a cost is known from, in words."""
LARGE_SIDE = 480
"""Pixels. Only a clip whose shorter side is longer gets a small copy."""
URL = Callable[[Job, Kind], str]
"""Gives the URL of a job's file for the page; empty if there is none."""


def snapshot(
    run: Run,
    now: float,
    url: URL,
    *,
    active: bool = False,
    expected_s: Callable[[Job], float | None] = lambda job: None,
    usd: Mapping[str, Decimal] = MappingProxyType({}),
) -> dict[str, Any]:
    """What the grid shows of a run.

    Args:
        now: the ledger's clock, in seconds.
        active: whether this process works on any of its jobs.
        expected_s: how many seconds a job like this usually takes, None if that is not known.
        usd: US dollars for one unit of each currency, needed to sort takes by cost.
    """
    return {
        "run": run.id,
        "prompt": run.prompt,
        "simulated": run.simulated,
        "done": not active,
        "can_go_on": not active and not run.done,
        "now": now,
        "title": _title(run),
        "differs": difference_words([job.plan for job in run.jobs]) if _runs(run) > 1 else [],
        "cells": [_cell(job, now, url, expected_s) | _of_run(job, run, usd) for job in run.jobs],
    }


def _title(run: Run) -> str:
    count, runs = len(run.jobs), _runs(run)
    takes = f"{count} take{'s' if count != 1 else ''}"
    if runs > 1:
        return f"{takes} of {runs} runs"
    return takes + (f" · {wanted_words(run.jobs[0].plan.asked)}" if run.jobs else "")


def _runs(run: Run) -> int:
    """How many runs the takes belong to: more than one if they were gathered (see ``runs/across.py``)."""
    return len({job.run for job in run.jobs})


def _cell(job: Job, now: float, url: URL, expected_s: Callable[[Job], float | None]) -> dict[str, Any]:
    plan, timings = job.plan, job.timings(now)
    return {
        "job": job.id,
        "run": job.run,
        "provider": PROVIDERS[plan.provider].name,
        "variant": plan.variant,
        "label": plan.label,
        "model": plan.model,
        "state": str(job.state),
        "phase": job.phase,
        "words": state_words(job),
        "waiting": job.result is None and not job.done and not job.unwatched,
        "ending": "Not watched" if job.unwatched else ENDINGS.get(job.state),
        "unwatched": job.unwatched,
        "is_news": job.state not in (State.PLANNED, State.SUBMITTING),
        "since": job.started_at,
        "total_s": _spent(job),
        "queue_position": job.said("queue_position") if job.state == State.QUEUED else None,
        "progress": job.said("progress") if job.state == State.RUNNING else None,
        "eta_s": None if job.done else expected_s(job),
        "phases": [["held", timings.held], *[[phase, timings.phases[phase]] for phase in PHASES]],
        "uncertainty_s": timings.uncertainty,
        "clip": _clip(job, url),
        "given": url(job, "given") if plan.first_frame else None,
        **_cost(job),
        "shape": _shape(plan.options.get("aspect_ratio")),
        "badges": [*adaptations(plan.asked, plan.sent), *_notes(job)],
        "asked": wanted_words(plan.asked),
        "sent": wanted_words(plan.sent),
        "came": came_words(job.result) if job.result else None,
        "told": [*told_words(job), *([] if job.scores is None else measured_words(job.scores))],
        "error": job.error,
        "can_cancel": not job.done and job.state != State.SUCCEEDED,
        "can_fetch": job.state == State.SUCCEEDED,
        "can_retry": job.done,
        "retry_label": f"Take again{_price_tag(plan.quoted or plan.listed, plan.simulated)}",
    }


def _of_run(job: Job, run: Run, usd: Mapping[str, Decimal]) -> dict[str, Any]:
    """A cell's values that depend on the other cells: its prompt, if prompts differ; and its cost in US dollars."""
    several = len({each.plan.prompt for each in run.jobs}) > 1
    return {"usd": _dollars(job, usd), "prompt": job.plan.prompt if several else None}


def _dollars(job: Job, usd: Mapping[str, Decimal]) -> float | None:
    """What it cost in US dollars; None if that is not known or nothing is owed."""
    known = None if job.owes_nothing else in_usd(job.cost.best, usd)
    return None if known is None else float(known)


def _notes(job: Job) -> list[str]:
    """Notes on how the clip came."""
    resumed = ["resumed: latency includes unwatched time"] if job.resumed else []
    return [*resumed, *(clip_notes(job.result) if job.result else [])]


def _spent(job: Job) -> float | None:
    """Seconds from its first byte to its end, however it ended; None while it lasts, or if that was not watched."""
    if not job.done or job.started_at is None or job.by_hand:
        return None
    return sum(job.timings(job.last_at).phases.values())


def _price_tag(price: Money | None, simulated: bool) -> str:
    if simulated:
        return " · free"
    return f" · {price}" if price else " · price unknown"


def _shape(aspect: object) -> float | None:
    """Width by height of ``9:16``; None for anything else that an aspect ratio may be, such as ``adaptive``."""
    width, _, height = str(aspect).partition(":")
    return int(width) / int(height) if width.isdecimal() and height.isdecimal() and int(height) else None


def _cost(job: Job) -> dict[str, Any]:
    best, basis = (None, "unknown") if job.owes_nothing else (job.cost.best, job.cost.basis)
    cost = str(best) if best else None
    amount, told = _cost_words(job, cost, basis)
    return {"cost": cost, "basis": basis, "cost_words": amount, "cost_told": told}


def _cost_words(job: Job, cost: str | None, basis: str) -> tuple[str, str]:
    """The words for its cost, and the same with what the cost is known from.

    Without a clip only the provider's own bill counts as a cost; the price that it may cost then is in the second text.
    """
    known = BASES.get(basis) if cost else None
    if job.state not in ENDINGS or basis == "billed":
        return cost or "price unknown", f"{cost}, {known}" if known else cost or "price unknown"
    owed = OWED.get(job.state, "cost unknown")
    may_cost = known and job.state != State.REJECTED
    return owed, f"{owed}: {cost}, {known}" if may_cost else owed


def _clip(job: Job, url: URL) -> dict[str, Any] | None:
    if job.result is None:
        return None
    media = job.result.media
    kinds: list[Kind] = ["playable"]
    if job.result.poster:
        kinds.append("poster")
    if media is not None:
        kinds.append("strip")
        kinds += ["small"] if min(media.width, media.height) > LARGE_SIDE else []
        kinds += ["moments"] if media.variable else []
        kinds += ["seekable"] if may_hide_from_seeks(media) else []
    return clip_of(media, url=url(job, "clip"), **{kind: url(job, kind) or None for kind in kinds})


def may_hide_from_seeks(media: MediaInfo | None) -> bool:
    """Whether browsers may be unable to seek to every picture of the clip; see ``screens.js``."""
    return (
        media is not None and media.container in (None, "mp4", "mov") and (media.first_s != 0 or bool(media.variable))
    )


def clip_of(media: MediaInfo | None, **files: str | Sequence[float] | None) -> dict[str, Any]:
    """What the player must know about a clip: the URLs of its files, and its measurements, None if it has none.

    ``files`` are by kind, with ``url`` for the clip itself. ``moments`` may be the list itself instead of its URL.
    """
    return {**dict.fromkeys(FILES), **files, **{fact: getattr(media, fact, None) for fact in FACTS}}
