"""Jobs as rows of a table, also as a pandas table: one row for each job, with every column documented."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from comparisons.metrics import METRICS, REASONS, column_words, flag_words
from comparisons.records import PHASES, Job, MediaInfo
from comparisons.words import came_words, first_place, wanted_words
from providers import LABELS, Money

COLUMNS: dict[str, str] = {
    "job": "The job's id",
    "run": "The id of the press of Run it belongs to",
    "provider": "The provider's slug",
    "variant": "The variant's reference, provider:endpoint",
    "model": "The vendor-free model behind it",
    "status": "planned, submitting, queued, running, succeeded, delivered, failed, canceled, rejected or uncertain",
    "simulated": "True if the sandbox made it: then it is no measurement of any provider",
    "resumed": "True if Takes was restarted meanwhile: its latencies then include time nobody watched",
    "file": "The clip, as received",
    "sha256": "The clip's hash",
    "width": "Pixels as shown: upright and square, measured from the file",
    "height": "Pixels as shown",
    "fps": "Frames per second on average, measured from the file",
    "frames": "Frames that are shown, counted in the file",
    "duration_s": "Seconds of video that are shown, measured from the file",
    "codec": "Video codec of the file",
    "audio": "True if the file has a sound track",
    "container": "mp4, mov, webm, …; this and the next eight are empty for clips measured before they were columns",
    "first_s": "When the first frame is shown, in seconds of the file's own clock",
    "variable": "True if the frames do not come evenly",
    "pixel_aspect": "Width to height of a stored pixel as shown; 1:1 is square",
    "rotation": "Degrees clockwise by which players turn the stored picture",
    "mirrored": "True if they exchange its left and right before",
    "color": "Primaries, transfer and matrix, one word where all agree, and full for a full range; unknown if not said",
    "pixel_format": "Planes, sampling and bits, in ffmpeg's word",
    "audio_channels": "Of the first sound track; 0 without one",
    "held_s": "Run pressed to first byte out, and waits asked for before the job was taken; not in the total",
    "upload_s": "Uploading the image; 0 where it travels inside the submit",
    "submit_s": "The submit call, until accepted",
    "queue_s": "Accepted to first seen running, with any wait there for what one's own account has beyond its limit",
    "generate_s": "Running to first seen done",
    "result_s": "The separate call for the result, where there is one",
    "download_s": "The clip's bytes, until checked and on disk",
    "total_s": "First byte out to clip on disk: the sum of the six phases. Empty unless delivered",
    "uncertainty_s": "Half the gap between the last poll that said not done and the first that said done",
    "provider_s": "The provider's own figure for the generation, where it reports one",
    "provider_wait_s": "The provider's own figure for the wait before it, where it reports one",
    "queue_position": "The first place in its queue that the provider told",
    "cost_list": "The catalogue's dated list price, where it holds for the site used",
    "cost_quoted": "The provider's own price, asked before the run",
    "cost_billed": "What the provider says it charged",
    "billed_units": "The units that the provider billed or counted, where it says how many",
    "currency": "Currency of the best of these",
    "cost_usd": "The best of these in US dollars; empty where it or its exchange rate is unknown",
    "usd_rate": "Of which day the exchange rate in cost_usd is, and whose word; empty where none was needed",
    "usd_per_minute": "cost_usd for a minute of the video that was delivered: what compares models of other lengths",
    "realtime_factor": "generate_s by the seconds of video that came: below 1 it is made faster than it plays",
    "cost_basis": "billed, quoted, list or unknown; nothing owed where provably nothing was started",
    "requested": "What was asked of all variants",
    "sent": "What this variant was sent, after its own limits",
    "delivered": "What came, measured from the file",
    "provider_job": "The provider's own id of the job",
    "request_id": "The id that the provider's support asks for, where it gives one beside the job's",
    "prompt_used": "The prompt as the provider rewrote it, where it says so",
    "seed_used": "The seed that the provider took, where it says so",
    "started_at": "When the first byte went out, ISO 8601 UTC",
    "odd": "cut, unreadable or no_pictures: why our checks refuse a clip that came whole and is kept as it came",
    **{metric.name: column_words(metric) for metric in METRICS},
    "flags": "What else is seen in the clip: bars, cuts, standstills, silence; empty where there is nothing",
    "metrics_version": "By which rules the metrics before it were measured; empty if they were not",
    "not_measured": "Which metrics are empty, and why",
    "by_hand": "True if a person fetched the clip and gave it to Takes; it then has no latency",
    "error": "Why it did not deliver, or what holds it up",
}
"""The columns of every table, with what they mean. After them comes one ``opt_<name>`` for each option that was sent
for some job."""
SAID = ("provider_s", "provider_wait_s", "billed_units", "request_id", "prompt_used", "seed_used")
"""The columns that are as a job's events have them."""
OPT = "opt_"
NOT_TOLD: Mapping[str, str] = {}


def rows(
    jobs: Iterable[Job], usd: Mapping[str, Decimal], clips: Path, now: float, told: Mapping[str, str] = NOT_TOLD
) -> list[dict[str, Any]]:
    """A row for each job, all with the same keys: ``COLUMNS``, then one for each option that was sent for some job.

    Args:
        usd: US dollars for one unit of each currency.
        clips: the folder that the clips are in.
        now: seconds of the ledger's clock.
        told: for each currency, the day and the source of its rate, in words.
    """
    return uniform([row(job, usd, clips, now, told) for job in jobs])


def uniform(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows whose keys differ only in their options, made to have the same keys; options come last, None if missing."""
    plain = [name for name in (rows[0] if rows else ()) if not name.startswith(OPT)]
    names = [*plain, *option_columns(name for each in rows for name in each)]
    return [{name: each.get(name) for name in names} for each in rows]


def option_columns(names: Iterable[str]) -> list[str]:
    """The option columns among these names, each once: common options first, then the variants' own."""
    found = {name for name in names if name.startswith(OPT)}
    common = [f"{OPT}{name}" for name in LABELS if f"{OPT}{name}" in found]
    return [*common, *sorted(found - set(common))]


def row(
    job: Job, usd: Mapping[str, Decimal], clips: Path, now: float, told: Mapping[str, str] = NOT_TOLD
) -> dict[str, Any]:
    """One job with the keys of ``COLUMNS`` and of the options it was sent; None for what is not known. As ``rows``."""
    plan, result = job.plan, job.result
    media = result.media if result else None
    handle = job.handle
    values: dict[str, Any] = {
        "job": job.id,
        "run": job.run,
        "provider": plan.provider,
        "variant": plan.variant,
        "model": plan.model,
        "status": str(job.state),
        "simulated": plan.simulated,
        "resumed": job.resumed,
        "file": str(clips / result.file) if result else None,
        "sha256": result.sha256 if result else None,
        **{of.name: getattr(media, of.name, None) for of in fields(MediaInfo)},
        **_timings(job, now),
        **{name: job.said(name) for name in SAID},
        "queue_position": first_place(job),
        **_costs(job, usd),
        **_per_video(job, usd, now),
        "usd_rate": _rate_of(job, told),
        "requested": wanted_words(plan.asked),
        "sent": wanted_words(plan.sent),
        "delivered": came_words(result) if result else None,
        "provider_job": handle.id if handle else None,
        "started_at": _iso(job.started_at),
        "odd": str(result.odd) if result and result.odd else None,
        **_measured(job),
        "by_hand": result.by_hand if result else None,
        "error": job.error,
    }
    return {name: values[name] for name in COLUMNS} | {f"{OPT}{name}": value for name, value in plan.options.items()}


def frame(
    jobs: Iterable[Job], usd: Mapping[str, Decimal], clips: Path, now: float, told: Mapping[str, str] = NOT_TOLD
) -> pd.DataFrame:
    """The table of some jobs, with every column of ``COLUMNS`` even if there are no jobs. Arguments as ``rows``."""
    found = rows(jobs, usd, clips, now, told)
    return pd.DataFrame(found, columns=list(found[0]) if found else list(COLUMNS))


def _timings(job: Job, now: float) -> dict[str, float | None]:
    """The seconds of each phase. For a job that has not started they are None, not 0."""
    timings = job.timings(now)
    started = job.started_at is not None
    known = [phase for phase in PHASES if started and not (job.by_hand and phase in ("result", "download"))]
    phases = {f"{phase}_s": round(timings.phases[phase], 6) if phase in known else None for phase in PHASES}
    total = None if timings.total is None else round(timings.total, 6)
    return {"held_s": round(timings.held, 6), **phases, "total_s": total, "uncertainty_s": timings.uncertainty}


def _costs(job: Job, usd: Mapping[str, Decimal]) -> dict[str, Any]:
    """The costs, as floats: sums are made from the ``Decimal`` amounts, not from these."""
    cost = job.cost
    if job.owes_nothing:
        known = {"currency": None, "cost_usd": 0.0, "cost_basis": "nothing owed"}
        return {"cost_list": None, "cost_quoted": None, "cost_billed": None, **known}
    best = cost.best
    return {
        "cost_list": _amount(cost.listed),
        "cost_quoted": _amount(cost.quoted),
        "cost_billed": _amount(cost.billed),
        "currency": best.currency if best else None,
        "cost_usd": _number(cost.usd(usd)),
        "cost_basis": cost.basis,
    }


def _rate_of(job: Job, told: Mapping[str, str]) -> str | None:
    best = None if job.owes_nothing else job.cost.best
    return None if best is None or best.currency is None else told.get(best.currency)


def _per_video(job: Job, usd: Mapping[str, Decimal], now: float) -> dict[str, float | None]:
    """Cost and time relative to the length of the delivered video; None for what is not known."""
    media = job.result.media if job.result else None
    seconds = media.duration_s if media else None
    if not seconds:
        return {"usd_per_minute": None, "realtime_factor": None}
    dollars = job.cost.usd(usd)
    timed = not job.resumed and job.started_at is not None
    return {
        "usd_per_minute": None if dollars is None else round(float(dollars) * 60 / seconds, 6),
        "realtime_factor": round(job.timings(now).phases["generate"] / seconds, 6) if timed else None,
    }


def _measured(job: Job) -> dict[str, Any]:
    """What was measured of the clip; all None if it was not."""
    scores = job.scores
    names = [metric.name for metric in METRICS]
    if scores is None:
        return dict.fromkeys((*names, "flags", "metrics_version", "not_measured"))
    missing = "; ".join(f"{name}: {REASONS[reason]}" for name, reason in scores.reasons.items())
    flags = "; ".join(flag_words(scores))
    values = {name: scores.values.get(name) for name in names}
    return {**values, "flags": flags or None, "metrics_version": scores.version, "not_measured": missing or None}


def _amount(money: Money | None) -> float | None:
    return None if money is None else float(money.amount)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _iso(at: float | None) -> str | None:
    if at is None or not math.isfinite(at):
        return None
    return pd.Timestamp(at, unit="s", tz="UTC").isoformat(timespec="milliseconds")
