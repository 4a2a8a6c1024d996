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

from comparisons import results, room
from comparisons import session_tables as tables
from comparisons.folders import part_of
from comparisons.records import Plan, Session
from comparisons.summary import OPEN, UNCERTAIN, Figures, Pair, Summary, summarize
from providers import InvalidRequest, Rate, Shape, variants

HERE = Path(__file__).parent
LATE_S = 0.05
"""Polls that leave less than that open are not worth a caveat's figure."""


def write(
    session: Session, rows: Sequence[Mapping[str, Any]], usd: Mapping[str, Decimal], now: float, folder: Path
) -> Path:
    """Writes the report as a new folder ``takes-<session id>`` under ``folder``, and returns it.

    Args:
        rows: one mapping a job, under ``results.OF_SESSION``. Clips are not copied: of ``file`` only the name is kept.
        now: epoch seconds.

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
            _fill(session, summary, rows, usd, now, part)
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
    now: float,
    folder: Path,
) -> None:
    results.write([{**row, "file": _name(row["file"])} for row in rows], folder, results.OF_SESSION)
    figures = json.dumps(summary.to_json(), indent=1, allow_nan=False)
    files = {"summary.json": figures, "plan.toml": session.plan}
    for name, text in files.items():
        _write(folder / name, text)
    names = sorted(path.name for path in folder.iterdir())
    _write(folder / "index.html", page(session, summary, usd, names, now))


def _name(file: str | None) -> str | None:
    return None if file is None else PurePath(file).name


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="replace", newline="\n")


# the page -----------------------------------------------------------------------------------------------------------


def page(session: Session, summary: Summary, usd: Mapping[str, Decimal], files: Sequence[str], made_at: float) -> str:
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
        **_dates("began", summary.at),
        **_dates("made", made_at),
        "notes": "".join(f'<p class="rp-note" role="note">{escape(note)}</p>' for note in _notes(session, summary)),
        "lead": escape(lead(summary)),
        "counts": _counts(summary),
        "headline": tables.headline(of, "variant"),
        "by_model": _by_model(summary),
        "distributions": tables.distributions(of, f"Latency of every clip{mark}"),
        "phases": tables.phases(of, f"Median of each phase{mark}") + tables.phases_table(of),
        "costs": plot,
        "unplotted": unplotted,
        "bills": tables.bills(of),
        "reliability": tables.reliability(of, f"Share delivered{mark}"),
        "failures": tables.failures(of),
        "compared": escape(_compared(summary)),
        "pairs": tables.pairs(summary),
        "excluded": tables.excluded(summary),
        "caveats": "".join(f"<li>{escape(sentence)}</li>" for sentence in caveats(session, summary)),
        "prices": _prices(session, of) + _rates(usd),
        "plan": escape(session.plan),
        "facts": _facts(session),
        "files": "".join(f'<li><a href="{escape(name)}">{escape(name)}</a></li>' for name in files),
    }
    return Template((HERE / "session_report.html").read_text("utf-8")).substitute(words)


def style() -> str:
    """The room's colors and plots, and the reports' sheets. Dark by the reader's own setting, on screens only."""
    tokens = room.style("tokens.css")
    dark = re.search(r"^\.dark \{(.*?)^\}", tokens, re.DOTALL | re.MULTILINE)
    if dark is None:
        raise RuntimeError("tokens.css has no dark colors")
    night = f"@media screen and (prefers-color-scheme: dark) {{\n:root {{ color-scheme: dark; {dark[1]} }}\n}}"
    sheets = [(HERE / name).read_text("utf-8") for name in ("report.css", "session_report.css")]
    return "\n".join([tokens, room.style("charts.css"), *sheets, night])


def _policy(css: str) -> str:
    """No network, no script, no style but that of this document."""
    seal = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{seal}'; base-uri 'none'; form-action 'none'"


def _line(text: str) -> str:
    return " ".join(text.split()) or "A session"


def _dates(name: str, at: float) -> dict[str, str]:
    when = datetime.fromtimestamp(at, UTC)
    return {f"{name}_iso": when.isoformat(timespec="seconds"), f"{name}_at": f"{when:%Y-%m-%d %H:%M} UTC"}


def _notes(session: Session, summary: Summary) -> list[str]:
    """What must be read before anything else."""
    missing = [each for each in summary.excluded if each.reason == OPEN]
    notes = []
    if summary.simulated:
        notes = [
            "This session is simulated: a sandbox made the clips, the waits and the prices. It measures no provider."
        ]
    if missing or not session.ended:
        left = "1 job is" if len(missing) == 1 else f"{len(missing)} jobs are"
        open_ = f"{left} not over" if missing else "more may be added"
        notes.append(f"The session was not complete when this was written: {open_}.")
    return notes


def _counts(of: Summary) -> str:
    delivered = sum(each.delivered for each in of.variants)
    counts = {
        "variants": len(of.variants),
        "requests": of.requests,
        "repeats of each": of.repeats,
        "jobs ended": sum(each.ended for each in of.variants),
        "clips delivered": delivered,
    }
    return "".join(f"<div><dt>{name}</dt><dd>{count}</dd></div>" for name, count in counts.items())


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
    if key not in (pair.a, pair.b) or not pair.total.told_apart or pair.total.median is None:
        return False
    return (pair.total.median < 0) == (key == pair.a)


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
    who = first.name if len(same) == 1 else f"{first.name} and {len(same) - 1} more"
    return f"Of the {len(known)} whose cost in dollars is fully known, {who} was cheapest, at {price} a clip."


def _delivered(of: Summary) -> str:
    tried = sum(each.success.n for each in of.variants if each.success)
    return f"{sum(each.delivered for each in of.variants)} of {tried} jobs delivered." if tried else "No job has ended."


def _compared(of: Summary) -> str:
    if not of.compared:
        return "Nothing could be compared: that takes 3 requests which two variants both answered, or 3 repeats of one."
    return (
        f"{of.compared} differences were judged together, so that the chance that any difference found here is none"
        " stays below 5 %. Below 0 the one named first takes less."
    )


def caveats(session: Session, of: Summary) -> list[str]:
    """What a reader must know before trusting the figures, the weightiest first; each only where it applies."""
    found = [_of_kind(of), _of_doubt(of), _of_prices(of), _of_badges(of), _of_size(of), _of_polls(of), _of_failures(of)]
    left = session.facts.get("left_out")
    if isinstance(left, (list, tuple)) and left:
        found.append("Not every variant could take part in every request; those left out are listed below.")
    found.append("What was measured holds for these requests, at that time, from that network; tomorrow may differ.")
    return [sentence for sentence in found if sentence]


def _of_kind(of: Summary) -> str:
    if of.simulated:
        return "A sandbox made all of this: it tests the way of measuring, and says nothing of any provider."
    return ""


def _of_doubt(of: Summary) -> str:
    count = sum(each.reason == UNCERTAIN for each in of.excluded)
    which = "1 job" if count == 1 else f"{count} jobs"
    return f"Whether {which} may have been made and billed is not known; no figure has them." if count else ""


def _of_prices(of: Summary) -> str:
    unknown = sum(each.cost.unknown for each in of.variants)
    if not unknown:
        return ""
    return f"What {unknown} jobs cost is unknown: figures lack it or are lower bounds. It is never taken for nothing."


def _of_badges(of: Summary) -> str:
    adapted = [f"{each.name} ({', '.join(each.badges)})" for each in of.variants if each.badges]
    return f"Not all were sent all that was asked: {'; '.join(adapted)}. They did not do the same." if adapted else ""


def _of_size(of: Summary) -> str:
    lacking = [each for each in of.variants if _bare(each)]
    if not lacking:
        return ""
    counts = f"{len(lacking)} of {len(of.variants)} variants have"
    return f"{counts} too few clips for a p90 with an interval; it takes 10 for a p90, and 29 for its interval."


def _bare(of: Figures) -> bool:
    found = of.latencies["total"].p90
    return found is None or found.interval is None


def _of_polls(of: Summary) -> str:
    most = max((sample.uncertainty_s for each in of.variants for sample in each.totals), default=0.0)
    if most < LATE_S:
        return ""
    return f"The end of a job is seen up to {2 * most:.1f} s late here; the figures and their intervals allow for it."


def _of_failures(of: Summary) -> str:
    if not any(each.failures for each in of.variants):
        return ""
    return "Latencies are those of clips that arrived. A variant that fails when it is slow looks faster than it is."


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


def _rates(usd: Mapping[str, Decimal]) -> str:
    """At what the settings change money into dollars."""
    told = ", ".join(f"1 {currency} = ${rate.normalize():f}" for currency, rate in sorted(usd.items()))
    return f'<p class="rp-quiet">Exchange rates set: {escape(told or "none")}.</p>'


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
    found = [("Ended", session.ended or "not yet"), ("Plan's identity", session.identity)]
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
