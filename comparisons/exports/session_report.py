"""A session as a folder to hand on: one page that needs no server and no script, its rows, its figures and its plan.

The folder is written beside its final place and then renamed, so that a half-written report never looks whole. The
page's policy lets no script run and nothing leave.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from pathlib import Path, PurePath
from string import Template
from typing import Any

from comparisons import viewer
from comparisons.analysis import Figures, Finding, Pair, Summary, summarize, summary_to_json
from comparisons.exports import results
from comparisons.exports import session_tables as tables
from comparisons.exports.caveats import NOT_RUN, jobs, notes, of_session, run_to_the_end
from comparisons.folders import part_of
from comparisons.records import TERMINAL, Event, Plan, Session
from comparisons.words import ending_words
from providers import PROVIDERS, InvalidRequest, Rate, Shape, variants

HERE = Path(__file__).parent
NO_DATES: Mapping[str, str] = {}


def write(
    session: Session,
    rows: Sequence[Mapping[str, Any]],
    usd: Mapping[str, Decimal],
    now: float,
    folder: Path,
    dated: Mapping[str, str] = NO_DATES,
) -> Path:
    """Writes the report as a new folder ``takes-<session id>`` under ``folder``, and returns it.

    Args:
        rows: one mapping a job, under the table's columns. Clips are not copied: of ``file`` only the name is kept.
        now: epoch seconds.
        dated: the days of which the rates in ``usd`` are, by currency.

    Raises:
        InvalidRequest: there is one already (it may hold somebody's notes, so it is not replaced), or no room for it.
        ValueError: the session mixes simulated and live jobs.
    """
    final = folder / f"takes-{session.id}"
    if final.exists():
        raise InvalidRequest(f"{final} is there already: move it away, or name another folder.")
    summary = summarize(session, usd)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part_of(folder, final.name) as part:
            _fill(session, summary, rows, usd, dated, part, now)
            part.rename(final)
    except OSError as error:
        why = error.strerror or "no reason given"
        raise InvalidRequest(f"The report cannot be written to {folder} ({why}).") from error
    return final


def _fill(
    session: Session,
    summary: Summary,
    rows: Sequence[Mapping[str, Any]],
    usd: Mapping[str, Decimal],
    dated: Mapping[str, str],
    folder: Path,
    now: float,
) -> None:
    where = {job.id: results.place(placed) for placed in session.runs for job in placed.run.jobs}
    whole = [{**row, "session": session.id, **where[row["job"]], "file": _name(row["file"])} for row in rows]
    results.write(whole, folder, results.OF_SESSION)
    results.write_requests(session, folder)
    figures = json.dumps({**summary_to_json(summary), "ended": ending_words(session.ending)}, indent=1, allow_nan=False)
    files = {"summary.json": figures, "plan.toml": session.plan}
    for name, text in files.items():
        _write(folder / name, text)
    names = sorted(path.name for path in folder.iterdir())
    _write(folder / "index.html", page(session, summary, usd, names, now, dated))


def _name(file: str | None) -> str | None:
    return None if file is None else PurePath(file).name


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="replace", newline="\n")


# the page -----------------------------------------------------------------------------------------------------------


def page(
    session: Session,
    summary: Summary,
    usd: Mapping[str, Decimal],
    files: Sequence[str],
    made_at: float,
    dated: Mapping[str, str] = NO_DATES,
) -> str:
    """The whole document; ``files`` are those beside it, ``made_at`` is in epoch seconds."""
    css, of = style(), summary.variants
    mark = " (simulated)" if summary.simulated else ""
    plot, unplotted = tables.cost_plot(of, f"Cost against latency{mark}")
    words = {
        "policy": _policy(css),
        "style": css,
        "title": escape(f"{'SANDBOX · ' if summary.simulated else ''}{_line(summary.name)} · Takes"),
        "id": escape(summary.session),
        "name": escape(_line(summary.name)),
        "sandbox": '<span class="sr-sandbox">Sandbox</span>' if summary.simulated else "",
        "simulated": mark,
        "times": _times(session, made_at),
        "notes": "".join(f'<p class="rp-note" role="note">{escape(note)}</p>' for note in notes(session, summary)),
        "lead": escape(lead(summary)),
        "counts": _counts(session, summary),
        "headline": tables.headline(of, "variant"),
        "by_model": _by_model(summary),
        "costs": plot,
        "unplotted": unplotted,
        "compared": escape(_compared(summary)),
        "pairs": tables.pairs(summary),
        "excluded": tables.excluded(summary),
        "caveats": "".join(f"<li>{escape(sentence)}</li>" for sentence in of_session(session, summary)),
        "places": escape(_places(session)),
        "prices": _prices(session, of) + _rates(usd, dated),
        "requests": tables.requests(results.requests_of(session)),
        "plan": escape(session.plan),
        "facts": _facts(session),
        "files": "".join(f'<li><a href="{escape(name)}">{escape(name)}</a></li>' for name in files),
    }
    return Template((HERE / "session_report.html").read_text("utf-8")).substitute(words | _of_variants(of, mark))


def _of_variants(of: Sequence[Figures], mark: str) -> dict[str, str]:
    """The plots and tables with a row or lane for each variant."""
    return {
        "distributions": tables.distributions(of, f"Latency of every clip{mark}"),
        "phases": tables.phases(of, f"Median of each phase{mark}") + tables.phases_table(of),
        "bills": tables.bills(of),
        "reliability": tables.reliability(of, f"Share delivered{mark}"),
        "failures": tables.failures(of),
    }


def style() -> str:
    """The room's colors and plots, and the reports' sheets. Dark by the reader's own setting, on screens only."""
    tokens = viewer.style("tokens.css")
    dark = re.search(r"^\.dark \{(.*?)^\}", tokens, re.DOTALL | re.MULTILINE)
    if dark is None:
        raise RuntimeError("tokens.css has no dark colors")
    night = f"@media screen and (prefers-color-scheme: dark) {{\n:root {{ color-scheme: dark; {dark[1]} }}\n}}"
    sheets = [(HERE / name).read_text("utf-8") for name in ("report.css", "session_report.css")]
    return "\n".join([tokens, viewer.style("charts.css"), *sheets, night])


def _policy(css: str) -> str:
    """No network, no script, no style but that of this document."""
    seal = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{seal}'; base-uri 'none'; form-action 'none'"


def _line(text: str) -> str:
    return " ".join(text.split()) or "A session"


def _times(session: Session, made_at: float) -> str:
    """When it was planned, from when to when its jobs were made, and when this was written."""
    began = [job.started_at for job in session.jobs if job.started_at is not None]
    ended = [event.at for job in session.jobs if job.started_at is not None for event in job.events if _is_end(event)]
    told = {
        "Planned": session.at,
        "First job begun": min(began, default=None),
        f"Last job {'' if session.done else 'so far '}ended": max(ended, default=None),
        "Written": made_at,
    }
    return "".join(f"<span>{name} {_time(at)}</span>\n" for name, at in told.items() if at is not None)


def _is_end(event: Event) -> bool:
    return event.state in TERMINAL


def _time(at: float) -> str:
    when = datetime.fromtimestamp(at, UTC)
    return f'<time datetime="{when.isoformat(timespec="seconds")}">{when:%Y-%m-%d %H:%M:%S} UTC</time>'


def _counts(session: Session, of: Summary) -> str:
    made, planned = run_to_the_end(of)
    counts = {
        "variants": len(of.variants),
        "requests": of.requests,
        "repeats of each": _repeats(session, of),
        "jobs run to their end": made if made == planned else f"{made} of {planned}",
        "clips delivered": sum(each.delivered for each in of.variants),
    }
    return "".join(f"<div><dt>{name}</dt><dd>{count}</dd></div>" for name, count in counts.items())


def _repeats(session: Session, of: Summary) -> str:
    """How often each request ran to its end on each variant: ``3``, or ``1 to 2 of 3`` where some did not."""
    left = {each.job for each in of.excluded if each.reason in NOT_RUN}
    made: dict[tuple[int, str], set[int]] = {}
    for placed in session.runs:
        for job in () if placed.warm_up else placed.jobs:
            found = made.setdefault((placed.request, job.plan.variant), set())
            found |= set() if job.id in left else {placed.repeat}
    counts = {len(repeats) for repeats in made.values()}
    if counts <= {of.repeats}:
        return str(of.repeats)
    return f"{' to '.join(map(str, sorted({min(counts), max(counts)})))} of {of.repeats}"


def _by_model(of: Summary) -> str:
    """Models that several variants sell, each as one."""
    several = [each for each in of.models if sum(one.model == each.key for one in of.variants) > 1]
    return f"<h3>By model, all its variants together</h3>{tables.headline(several, 'model')}" if several else ""


# in words -----------------------------------------------------------------------------------------------------------


def lead(of: Summary) -> str:
    """What the session found, in two or three sentences."""
    found = [_fastest(of), _cheapest(of), _delivered(of)]
    told = " ".join(sentence for sentence in found if sentence)
    return f"In the sandbox, {told[:1].lower()}{told[1:]}" if of.simulated else told


def _fastest(of: Summary) -> str:
    ranked = [each for each in tables.by_median(of.variants) if tables.median(each) is not None]
    if not ranked:
        return "Too few clips arrived to say how long any variant takes."
    first = ranked[0]
    words = f"Half of the clips of {first.name} took under {tables.median(first):.1f} s"
    if len(ranked) == 1:
        return f"{words}."
    beaten = sum(_beats(first.key, pair) for pair in of.pairs)
    if not beaten:
        return f"{words}, the lowest median, which may be chance."
    return f"{words}, the lowest median; against {_of(beaten, len(of.variants) - 1)} that is more than chance."


def _beats(key: str, pair: Pair) -> bool:
    """Whether the variant takes part in the pair and is told to be the faster one."""
    return (key, pair.total.finding) in ((pair.a, Finding.A_LESS), (pair.b, Finding.B_LESS))


def _of(count: int, others: int) -> str:
    if count == others:
        return "the other" if others == 1 else f"all {others} others"
    return f"{count} of the {others} others"


def _cheapest(of: Summary) -> str:
    known = [each for each in of.variants if each.cost.per_clip is not None and each.cost.unit == "USD"]
    known = [each for each in known if not each.cost.lower_bound]
    if len(known) < 2:
        return ""
    first = min(known, key=lambda each: each.cost.per_clip or 0)
    price = tables.money(first.cost.per_clip or Decimal(0), first.cost.unit)
    same = [each for each in known if each.cost.per_clip == first.cost.per_clip]
    who = f"{first.name} was" if len(same) == 1 else f"{first.name} and {len(same) - 1} more were"
    return f"Of the {len(known)} whose cost in dollars is fully known, {who} the cheapest, at {price} a clip."


def _delivered(of: Summary) -> str:
    tried = sum(each.success.n for each in of.variants if each.success)
    if not tried:
        return "No job has ended."
    return f"{sum(each.delivered for each in of.variants)} of {jobs(tried)} delivered."


def _compared(of: Summary) -> str:
    if not of.compared:
        return "No difference could be tested: that takes 3 requests that two variants answered, or 3 repeats of fewer."
    below = "stays below 5 %. Below 0, the one named first takes less."
    if of.compared == 1:
        return f"One difference was judged, so that the chance that a fluke is reported here {below}"
    many = f"{of.compared} differences were judged together"
    return f"{many}, so that the chance that even one difference reported here is a fluke {below}"


# what it stands on --------------------------------------------------------------------------------------------------


def _prices(session: Session, of: Sequence[Figures]) -> str:
    """What each variant was priced at, with the date and source of a list price that the catalogue still has."""
    rates = {each.ref: each.rates for each in variants()}
    asked: dict[str, dict[str, None]] = {each.key: {} for each in of}
    for plan in dict.fromkeys(job.plan for job in session.jobs):
        rate = rates.get(plan.variant, {}).get(Shape(plan.resolution, plan.duration))
        for words in _priced(plan, rate):
            asked.setdefault(plan.variant, {})[words] = None
    unknown = "nobody publishes a price, and none was quoted"
    return tables.listed(
        f"<strong>{escape(each.name)}</strong>: {escape('; '.join(asked[each.key]) or unknown)}" for each in of
    )


def _rates(usd: Mapping[str, Decimal], dated: Mapping[str, str]) -> str:
    """At what the settings change money into dollars, and of which day that is."""
    told = "; ".join(
        f"1 {currency} = ${rate.normalize():f}, as of {dated.get(currency, 'a day that is not known')}"
        for currency, rate in sorted(usd.items())
    )
    return f'<p class="rp-quiet">Exchange rates set: {escape(told or "none")}.</p>'


def _places(session: Session) -> str:
    """How many jobs we keep at each provider at once: ``RunComfy 5, RunningHub 3``."""
    used = sorted({job.plan.provider for job in session.jobs}) or sorted(PROVIDERS)
    return ", ".join(f"{PROVIDERS[slug].name} {PROVIDERS[slug].concurrency}" for slug in used)


def _priced(plan: Plan, rate: Rate | None) -> Iterator[str]:
    what = f"{plan.resolution or 'own resolution'}, {plan.duration} s"
    if plan.listed is not None:
        dated = _dated(rate if rate is not None and rate.money == plan.listed else None)
        yield f"list price {plan.listed} a clip ({what}), {dated}"
    if plan.quoted is not None:
        yield f"quoted by the provider when the session was planned: {plan.quoted} a clip ({what})"


def _dated(rate: Rate | None) -> str:
    if rate is None:
        return "of a date that is not known"
    return f"as of {rate.dated.isoformat()}{f' for {rate.site}' if rate.site else ''}, from {rate.source}"


def _facts(session: Session) -> str:
    found = [("Ended", ending_words(session.ending) or "not yet"), ("Plan's identity", session.identity)]
    for name, value in session.facts.items():
        found += _flat(str(name).replace("_", " "), value)
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in found)


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    """A fact as pairs of words, whatever its shape."""
    if isinstance(value, Mapping):
        return [pair for key, each in value.items() for pair in _flat(str(key).replace("_", " "), each)]
    if isinstance(value, (list, tuple)):
        return [(name, "; ".join(str(each) for each in value) or "none")]
    return [(name, "not set" if value is None else str(value))]
