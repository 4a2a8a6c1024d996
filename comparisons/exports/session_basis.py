"""What a session's figures are based on: prices, exchange rates, limits of jobs at providers, and recorded facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from comparisons.analysis import Figures
from comparisons.exports._html import listed
from comparisons.records import Plan, Session
from comparisons.words import ending_words, shape_words
from providers import PROVIDERS, Rate, variants


def prices(session: Session, of: Sequence[Figures]) -> str:
    """The prices of each variant, with the date and source of a list price if the catalogue still has it."""
    listed_now = {each.ref: each for each in variants()}
    asked: dict[str, dict[str, None]] = {each.key: {} for each in of}
    for plan in (job.plan for job in session.jobs):
        variant = listed_now.get(plan.variant)
        for words in _priced(plan, variant.rate(plan.options, None) if variant else None):
            asked.setdefault(plan.variant, {})[words] = None
    unknown = "nobody publishes a price, and none was quoted"
    return listed(
        f"<strong>{escape(each.name)}</strong>: {escape('; '.join(asked[each.key]) or unknown)}" for each in of
    )


def rates(usd: Mapping[str, Decimal], dated: Mapping[str, str]) -> str:
    """The exchange rates to US dollars that figures are computed with. ``dated``: the day of each, by currency."""
    told = "; ".join(
        f"1 {currency} = ${rate.normalize():f}, as of {dated.get(currency, 'a day that is not known')}"
        for currency, rate in sorted(usd.items())
    )
    return f'<p class="rp-quiet">Exchange rates: {escape(told or "none")}.</p>'


def places(session: Session) -> str:
    """How many jobs we keep at each provider at once: ``RunComfy 5, RunningHub 3``."""
    used = sorted({job.plan.provider for job in session.jobs}) or sorted(PROVIDERS)
    return ", ".join(f"{PROVIDERS[slug].name} {PROVIDERS[slug].concurrency}" for slug in used)


def _priced(plan: Plan, rate: Rate | None) -> Iterator[str]:
    what = shape_words(plan.options).replace(" · ", ", ")
    if plan.listed is not None:
        dated = _dated(rate if rate is not None and rate.money == plan.listed else None)
        yield f"list price {plan.listed} a clip ({what}), {dated}"
    if plan.quoted is not None:
        yield f"quoted by the provider when the session was planned: {plan.quoted} a clip ({what})"


def _dated(rate: Rate | None) -> str:
    if rate is None:
        return "of a date that is not known"
    return f"as of {rate.dated.isoformat()}{f' for {rate.site}' if rate.site else ''}, from {rate.source}"


def facts(session: Session) -> str:
    """How the session ended, and the facts that were recorded when it was planned, as a list of terms."""
    found = [("Ended", ending_words(session.ending) or "not yet"), ("Plan's identity", session.identity)]
    for name, value in session.facts.items():
        found += _flat(str(name).replace("_", " "), value)
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in found)


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    """A fact as pairs of a name and words; a mapping gives a pair for each of its innermost values."""
    if isinstance(value, Mapping):
        return [pair for key, each in value.items() for pair in _flat(str(key).replace("_", " "), each)]
    if isinstance(value, (list, tuple)):
        return [(name, "; ".join(str(each) for each in value) or "none")]
    return [(name, "not set" if value is None else str(value))]
