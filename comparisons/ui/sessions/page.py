"""The HTML of the Sessions tab: a plan's forecast, the list, and one session. All text that people wrote is escaped."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from comparisons.analysis import (
    EXCLUDED,
    FAILED,
    NO_ERROR,
    Difference,
    Estimate,
    ExclusionReason,
    Figures,
    Finding,
    Pair,
    Summary,
    no_cost_words,
    price_verdict,
    time_verdict,
)
from comparisons.exports import by_median, cost_words, interval_words
from comparisons.ledger import SessionHead
from comparisons.records import Session
from comparisons.sessions import Status, span
from comparisons.ui.door.own_files import report_url
from comparisons.ui.sessions.foresee import Foreseen
from comparisons.ui.wording import cut
from comparisons.words import ending_words

EMPTY = (
    '<div class="takes-empty"><p>No sessions yet.</p>'
    "<p>Press Start: the plan above runs on the sandbox, and its figures arrive here.</p></div>"
)
MOST_PAIRS = 40
MOST_RUNS = 400
SANDBOX = '<span class="takes-chip">SANDBOX</span>'


def shown(words: str, chosen: str | None = None) -> dict[str, Any]:
    """The value of the sessions' view: a sentence, and the id of the session to show; None leaves the chosen one.

    It holds a random ``turn``, since the page would not show the same sentence again for an equal value.
    """
    return {"words": words, "chosen": chosen, "turn": secrets.token_hex(4)}


# a plan's forecast ----------------------------------------------------------------------------------------------------


def foreseen(it: Foreseen) -> str:
    """The HTML of a plan's jobs, cost, time and who is left out."""
    cells = f"{_count(it.requests, 'prompt')}, {_count(it.variants, 'variant')}, {_count(it.times, 'take')} of each"
    time = "not known yet: no such job has run here" if it.seconds is None else f"about {span(it.seconds)}"
    facts = {
        "Jobs": f"{'at most ' if it.at_most else ''}{it.jobs} ({cells})",
        "Cost": _cost_words(it),
        "Time": time,
    }
    listed = "".join(f"<dt>{name}</dt><dd>{escape(words)}</dd>" for name, words in facts.items())
    out = "".join(f"<li><bdi>{escape(words)}</bdi></li>" for words in it.left_out)
    more = f"<p>And {it.more_left_out} more.</p>" if it.more_left_out else ""
    why = f"<p>Left out:</p><ul>{out}</ul>{more}" if out else ""
    return f'<div class="takes-foreseen"><dl>{listed}</dl>{why}</div>'


def _cost_words(it: Foreseen) -> str:
    priced = it.jobs - it.unpriced
    known = f"${it.dollars:.2f}" if priced else ""
    unknown = f"{_count(it.unpriced, 'job')} without a price in dollars" if it.unpriced else ""
    told = " + ".join(filter(None, (known, unknown)))
    return f"nothing, on the sandbox; at its simulated prices {told}" if it.simulated else told


def start_label(it: Foreseen) -> str:
    """The label of the Start button: how many jobs, and what they cost."""
    jobs = f"Start {'at most ' if it.at_most else ''}{_count(it.jobs, 'job')}"
    return f"{jobs} · sandbox" if it.simulated else f"{jobs} · {_cost_words(it)}"


# the list -------------------------------------------------------------------------------------------------------------


def rows(heads: Sequence[SessionHead], lines: Mapping[str, str], chosen: str) -> str:
    """A row per session, the latest first.

    Args:
        lines: the progress of sessions that are not over, by id.
        chosen: the id of the session that is shown.
    """
    items = "".join(_row(head, lines.get(head.session.id, ""), head.session.id == chosen) for head in heads)
    return f'<ol class="takes-sessions">{items}</ol>' if items else EMPTY


def _row(head: SessionHead, line: str, chosen: bool) -> str:
    it = head.session
    how_far = line or f"{head.over} of {head.planned} finished, {head.delivered} delivered. {ending_words(it.ending)}"
    current = ' aria-current="true"' if chosen else ""
    return (
        f'<li><a href="?session={escape(it.id)}" data-session="{escape(it.id)}"{current}>'
        f"<strong><bdi>{escape(cut(it.name, 120))}</bdi></strong> {SANDBOX if it.simulated else ''}"
        f'<span class="takes-quiet">{_when(it.at)} · {escape(how_far)}</span>'
        f"{_bar(head.planned, head.over, head.delivered)}</a></li>"
    )


def _bar(planned: int, over: int, delivered: int) -> str:
    """A progress bar, hidden from screen readers: the same numbers are beside it in words."""
    widths = [100 * part / max(1, planned) for part in (over, delivered)]
    return (
        '<span class="takes-progress" aria-hidden="true">'
        f'<i style="width: {widths[0]:.1f}%"></i><b style="width: {widths[1]:.1f}%"></b></span>'
    )


# one session ----------------------------------------------------------------------------------------------------------


def head(session: Session, now: Status) -> str:
    """The session's name, progress, cost and link to its report."""
    spent = f"${now.spent_usd:.2f}" if now.over > now.unpriced else ""
    unpriced = f"{now.unpriced} of unknown cost" if now.unpriced else ""
    paid = " + ".join(filter(None, (spent, unpriced))) or "nothing has finished yet"
    report = escape(report_url(session.id))
    link = f'<a class="takes-button" href="{report}" download>Download report</a>' if now.over else ""
    ending = f". {now.ended} Jobs under way are being stopped." if now.ended and not now.done else ""
    said = "simulated cost" if session.simulated else "cost"
    return (
        f'<article class="takes-session" data-session="{escape(session.id)}">'
        f'<h2 class="takes-section" tabindex="-1"><bdi>{escape(cut(session.name, 200))}</bdi> '
        f"{SANDBOX if session.simulated else ''}</h2>"
        f'<p class="takes-line">{escape(now.line + ending)}</p>{_bar(now.planned, now.over, now.delivered)}'
        f'<p class="takes-quiet">{_when(session.at)} · {said} so far: {escape(paid)} · '
        f"<code>{escape(session.id)}</code></p>{link}</article>"
    )


def told(now: Status) -> str:
    """The progress for screen readers, which changes only at every tenth of the jobs and at the end."""
    if now.done:
        return f"{now.over} of {now.planned} finished, {now.delivered} delivered. {now.ended}"
    step = max(1, now.planned // 10)
    if not now.over:
        return f"{_count(now.planned, 'job')} {'begins' if now.planned == 1 else 'begin'}"
    return f"{now.over // step * step} of {now.planned} finished"


def figures(it: Summary) -> str:
    """A table of the variants, the verdicts of pairs, and which jobs the figures leave out."""
    names = ("Variant", "Jobs", "Delivered", "p50 of the total", "p90 of the total", "Cost per clip")
    top = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = "".join(_figures_row(each) for each in by_median(it.variants))
    caption = f"{'Simulated figures' if it.simulated else 'Figures'} so far; in brackets, 95 % intervals"
    return (
        '<div class="takes-scroll" tabindex="0" role="region" aria-label="Figures by variant">'
        f'<table class="takes-board"><caption>{caption}</caption><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{_pairs(it)}{_excluded(it)}"
    )


def _figures_row(it: Figures) -> str:
    total = it.latencies["total"]
    badges = "".join(f'<span class="takes-why">{escape(badge)}</span>' for badge in it.badges)
    failures = "".join(
        f'<span class="takes-why"><bdi>{each.count} {FAILED[each.state]}:'
        f" {escape(cut(each.error or NO_ERROR, 160))}</bdi></span>"
        for each in it.failures
    )
    return (
        f'<tr><th scope="row">{escape(it.name)}{badges}</th><td>{it.ended} of {it.planned}</td>'
        f"<td>{_share(it.success)}{failures}</td>"
        f"<td>{_seconds(total.p50, it.n)}</td><td>{_seconds(total.p90, it.n)}</td><td>{_cost(it)}</td></tr>"
    )


def _share(it: Estimate | None) -> str:
    return "none has finished yet" if it is None else f"{it.value:.0%}".replace("%", " %") + _ends(it, " %", 100, 0)


def _seconds(it: Estimate | None, n: int) -> str:
    if it is None:
        return f'<span class="takes-quiet">too few (n = {n})</span>'
    few = f' <span class="ends">(n = {n}: too few for an interval)</span>'
    return f"{it.value:.1f} s{_ends(it, ' s') or few}"


def _ends(it: Estimate, unit: str, scale: float = 1.0, digits: int = 1) -> str:
    words = interval_words(it, unit, scale, digits)
    return f' <span class="ends">({words})</span>' if words else ""


def _cost(it: Figures) -> str:
    if it.cost.per_clip is None:
        return f'<span class="takes-quiet">{escape(no_cost_words(it.cost.why_not))}</span>'
    return escape(cost_words(it.cost))


def _pairs(it: Summary) -> str:
    names = it.names
    told = [
        (of, _against(words, of, pair, names))
        for pair in it.pairs
        for of, words in ((pair.total, time_verdict(pair, names)), (pair.cost, price_verdict(pair, names)))
        if of is not None and words
    ]
    few = sum(of.finding is Finding.TOO_FEW for of, _ in told)
    lines = [words for of, words in told if of.finding is not Finding.TOO_FEW]
    items = "".join(f"<li>{escape(each[:1].upper() + each[1:])}.</li>" for each in lines[:MOST_PAIRS])
    more = len(lines) - MOST_PAIRS
    rest = [_rest(more, "verdict")] if more > 0 else []
    rest += [f"{_count(few, 'pair')} cannot be compared yet: too few requests or repeats."] if few else []
    notes = "".join(f"<li>{escape(each)}</li>" for each in rest)
    return f'<h3 class="takes-h3">Compared in pairs</h3><ul class="takes-verdicts">{items}{notes}</ul>' if told else ""


def _against(words: str, of: Difference, pair: Pair, names: Mapping[str, str]) -> str:
    """The verdict with the worse variant's name added, since all pairs are in one list here; exact ones name both."""
    worse = {Finding.A_LESS: pair.b, Finding.B_LESS: pair.a}.get(of.finding)
    return words if worse is None or of.exact else f"{words} than {names[worse]}"


def _excluded(it: Summary) -> str:
    """How many jobs are in no figure, and how many only the latencies leave out, by reason."""
    found = ""
    for said, latency_only in (("In no figure", False), ("Not in the latencies", True)):
        reasons: Counter[ExclusionReason] = Counter()
        for each in it.excluded:
            reasons[each.reason] += each.count if each.latency_only is latency_only else 0
        words = "; ".join(f"{count} {EXCLUDED[reason]}" for reason, count in reasons.items() if count)
        found += f'<p class="takes-quiet">{said}: {escape(words)}.</p>' if words else ""
    return found


def runs(session: Session) -> str:
    """Links to its first ``MOST_RUNS`` runs, grouped by request, and the text of the plan."""
    by_request: dict[int, list[str]] = {}
    for number, placed in enumerate(session.runs[:MOST_RUNS]):
        name = f"warm-up {placed.repeat + 1}" if placed.warm_up else f"repeat {placed.repeat + 1}"
        said = f"Open run {number + 1}: request {placed.request + 1}, {name}"
        link = f'<a href="?run={escape(placed.run.id)}" aria-label="{said}">{name}</a>'
        by_request.setdefault(placed.request, []).append(link)
    prompts = {placed.request: placed.run.prompt for placed in session.runs}
    items = "".join(
        f'<li><span class="takes-prompt">{escape(cut(prompts[number]))}</span><span>{" ".join(links)}</span></li>'
        for number, links in sorted(by_request.items())
    )
    more = len(session.runs) - MOST_RUNS
    rest = f'<p class="takes-quiet">{_rest(more, "run")}</p>' if more > 0 else ""
    plan = f'<details><summary>The plan</summary><pre tabindex="0">{escape(session.plan)}</pre></details>'
    return f'<h3 class="takes-h3">Open run</h3><ol class="takes-runs">{items}</ol>{rest}{plan}'


# in words -------------------------------------------------------------------------------------------------------------


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"


def _rest(number: int, noun: str) -> str:
    """Says how many more there are than the page lists."""
    return f"{_count(number, f'more {noun}')} {'is' if number == 1 else 'are'} in the report."


def _when(at: float) -> str:
    when = datetime.fromtimestamp(at, UTC)
    return f'<time datetime="{when.isoformat()}">{when:%Y-%m-%d %H:%M} UTC</time>'
