"""Prints what the commands show: JSON, tables, and live progress."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from comparisons.cli import tables
from comparisons.ledger import SessionHead
from comparisons.metrics import REASONS, Scores
from comparisons.playground import Playground
from comparisons.records import TRY_ENDED, EventKind, Job
from comparisons.runs import Offer, Refreshed, sent_between
from comparisons.settings import DatedRate
from comparisons.words import ending_words, price_words, shape_words, state_words, variant_shapes, wanted_words
from providers import PROVIDERS, Variant, in_usd

SHORT = (
    "job",
    "variant",
    "status",
    "simulated",
    "total_s",
    "uncertainty_s",
    "cost_billed",
    "currency",
    "cost_usd",
    "cost_basis",
    "delivered",
    "error",
)
"""The columns of the table at the end of a run; ``--json`` has all columns."""
SHORT_VARIANT = ("variant", "mode", "shape", "list_price", "evidence")
SHORT_OFFER = (
    "variant",
    "shape",
    "cost_list",
    "cost_quoted",
    "currency",
    "cost_usd",
    "cost_basis",
    "simulated",
    "note",
)
SHORT_DOUBT = ("job", "variant", "status", "sent_from", "price", "look_at", "answer")
SHORT_PROVIDER = ("provider", "key", "base_url", "variants")
TICK_S = 0.5
"""Seconds between two looks at jobs that are waited for."""
ANSWER_S = 120.0
"""For how many seconds to wait for another process to try to get a clip."""
MOST_LEFT_OUT = 40
"""The most lines about variants that take no part: a plan may leave one out of each of thousands of requests."""


def listing(rows: Sequence[Mapping[str, Any]], as_json: bool, short: Sequence[str] = ()) -> None:
    """Prints rows as a JSON array, or as a table of the ``short`` columns (of all columns, if none are named)."""
    if as_json:
        sys.stdout.write(json.dumps(list(rows), ensure_ascii=False, indent=2) + "\n")
        return
    tables.show([{key: row[key] for key in short or row} for row in rows], tables.console())


def left_out(reasons: Sequence[str], as_json: bool) -> None:
    """Prints which variants take no part, and why; to stderr if the output is JSON."""
    out = sys.stderr if as_json else sys.stdout
    for reason in reasons[:MOST_LEFT_OUT]:
        out.write(f"Left out: {reason}\n")
    if len(reasons) > MOST_LEFT_OUT:
        out.write(f"Left out: {len(reasons) - MOST_LEFT_OUT} more of this plan\n")
    out.flush()


def measured_first(playground: Playground, jobs: Sequence[Job]) -> None:
    """Measures those of some jobs' clips that are not measured yet, and says so to who watches."""
    done, names = 0, [job.id for job in jobs]
    while playground.scorer.by_itself and (found := sum(1 for _ in playground.scorer.missing(names))):
        done += found
    if done and sys.stderr.isatty():
        print(f"{done} clip{'s' if done != 1 else ''} measured.", file=sys.stderr)


def scored(scores: Scores) -> str:
    """What a line says about a clip that was just measured."""
    return "measured" if scores.unmeasured is None else f"not measured: {REASONS[scores.unmeasured]}"


def refreshed(lists: Sequence[Refreshed]) -> None:
    """Prints what changed on the providers' own lists; for lists that could not be read, the reason, to stderr."""
    for each in lists:
        head, *changes = each.lines()
        (sys.stderr if each.why_not else sys.stdout).write(f"{head}\n")
        sys.stdout.writelines(f"  {line}\n" for line in changes)


def refused(offers: Sequence[Offer]) -> list[str]:
    """Why each of these takes no part."""
    return [f"{each.variant.ref}: {each.why_not}" for each in offers]


def mapping(values: Mapping[str, Any], as_json: bool) -> None:
    """Prints values as a JSON object, or with a line for each."""
    if as_json:
        sys.stdout.write(json.dumps(values, ensure_ascii=False, indent=2) + "\n")
        return
    tables.show([{"what": name.replace("_", " "), "": value} for name, value in values.items()], tables.console())


def session_rows(heads: Sequence[SessionHead]) -> list[dict[str, Any]]:
    """Lines of ``session list``."""
    return [
        {
            "session": head.session.id,
            "name": head.session.name,
            "at": datetime.fromtimestamp(head.session.at, UTC).isoformat(timespec="seconds"),
            "simulated": head.session.simulated,
            "planned": head.planned,
            "over": head.over,
            "delivered": head.delivered,
            "ended": ending_words(head.session.ending) or None,
        }
        for head in heads
    ]


def jobs(playground: Playground, of: Sequence[Job], as_json: bool) -> None:
    """Prints jobs as a table, or as JSON."""
    listing(playground.rows(of), as_json, SHORT)


def variant_row(variant: Variant) -> dict[str, Any]:
    """One line of ``variants``."""
    return {
        "variant": variant.ref,
        "provider": variant.provider,
        "model": variant.model,
        "name": variant.name,
        "mode": variant.mode,
        "inputs": {name: each.need for name, each in variant.inputs.items()},
        "shape": variant_shapes(variant),
        "options": {name: option.offered for name, option in variant.options.items()},
        "list_price": [price_words(rule) for rule in variant.prices],
        "price_site": next((rule.site for rule in variant.prices), None),
        "price_dated": next((rule.dated.isoformat() for rule in variant.prices), None),
        "evidence": variant.evidence,
        "note": variant.note,
    }


def offer_row(each: Offer, rates: Mapping[str, DatedRate], simulated: bool) -> dict[str, Any]:
    """One line of ``quote``."""
    dollars = in_usd(each.price, {currency: rate.usd for currency, rate in rates.items()})
    used = rates.get(each.price.currency or "") if each.price else None
    return {
        "variant": each.variant.ref,
        "model": each.variant.model,
        "shape": shape_words(each.options or {}),
        "cost_list": float(each.listed.amount) if each.listed else None,
        "cost_quoted": float(each.quoted.amount) if each.quoted else None,
        "currency": each.price.currency if each.price else None,
        "cost_usd": None if dollars is None else float(dollars),
        "cost_basis": "quoted" if each.quoted else "list" if each.listed else "unknown",
        "usd_rate": used.told if used else None,
        "simulated": simulated,
        "note": each.no_quote,
    }


def doubts(of: Sequence[Job], answers: Mapping[str, str], as_json: bool) -> None:
    """Prints what is known about uncertain jobs, with their providers' answers by job id."""
    if not of and not as_json:
        sys.stdout.write("No take is uncertain.\n")
        return
    listing([_doubt(job, answers[job.id]) for job in of], as_json, SHORT_DOUBT)


def _doubt(job: Job, answer: str) -> dict[str, Any]:
    first, last = (datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") for at in sent_between(job))
    plan = job.plan
    return {
        "job": job.id,
        "status": str(job.state),
        "variant": plan.variant,
        "sent_from": first,
        "sent_to": last,
        "sent": wanted_words(plan.sent),
        "prompt": plan.prompt,
        "price": str(plan.quoted or plan.listed or "not known"),
        "look_at": PROVIDERS[plan.provider].keys_page,
        "answer": answer,
    }


def progress(playground: Playground, run_ids: Sequence[str], *, quiet: bool) -> None:
    """Waits for runs to end, showing what each job does: live on a terminal, else a line per change."""
    if quiet:
        playground.wait(run_ids)
    elif Console().is_terminal:
        _live(playground, run_ids)
    else:
        _lines(playground, run_ids)


def _live(playground: Playground, run_ids: Sequence[str]) -> None:
    with Live(console=tables.console(), refresh_per_second=4) as live:
        while True:
            live.update(_progress_table(playground, run_ids))
            if playground.settled(run_ids, TICK_S):
                break
        live.update(_progress_table(playground, run_ids))


def _lines(playground: Playground, run_ids: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    over, trouble = False, ""
    while not over:
        over = playground.settled(run_ids, TICK_S)
        if playground.workers.trouble != trouble:
            trouble = playground.workers.trouble
            sys.stdout.write(f"{trouble or 'The ledger can be written again.'}\n")
        for job in _jobs(playground, run_ids):
            words = outcome(job)
            if seen.get(job.id) != words:
                seen[job.id] = words
                sys.stdout.write(f"{job.plan.variant}: {words}\n")
        sys.stdout.flush()


def fetched(playground: Playground, job_id: str, *, here: bool) -> Job | None:
    """Waits for one try to get a clip, by this process if ``here``, else by another one; prints how it ended."""
    if not here:
        sys.stdout.write("Another Takes is working on it and was asked to.\n")
        _elsewhere(playground, job_id)
    playground.wait()
    job = playground.ledger.job(job_id)
    sys.stdout.write(f"{outcome(job) if job else 'The job is gone.'}\n")
    return job


def _elsewhere(playground: Playground, job_id: str) -> None:
    until, tick = playground.clock.now() + ANSWER_S, threading.Event()
    while playground.clock.now() < until:
        job = playground.ledger.job(job_id)
        asked = job.last(EventKind.FETCH, EventKind.HANDED) if job else None
        if job is None or asked is None or any(e.kind in TRY_ENDED for e in job.events[job.events.index(asked) :]):
            return
        tick.wait(TICK_S)


def outcome(job: Job) -> str:
    """In words, what a job is doing or how it ended, with the reason if there is one."""
    words, error = state_words(job), job.error or ""
    return error if error.startswith(words) else f"{words}{f': {error}' if error else ''}"


def _jobs(playground: Playground, run_ids: Sequence[str]) -> list[Job]:
    return [job for run_id in run_ids if (run := playground.ledger.run(run_id)) for job in run.jobs]


def _progress_table(playground: Playground, run_ids: Sequence[str]) -> Table:
    now = playground.clock.now()
    rows = []
    for job in _jobs(playground, run_ids):
        started = job.started_at
        ended = job.last_at if job.done else now
        seconds = "" if started is None else f"{ended - started:.1f} s"
        rows.append({"variant": job.plan.variant, "time": seconds, "doing": outcome(job)})
    view = tables.table(rows)
    view.caption = playground.workers.trouble or None
    return view
