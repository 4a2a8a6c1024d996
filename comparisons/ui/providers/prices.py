"""The table of what each model costs at each provider, as HTML. All texts of people and providers are escaped."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from html import escape

from comparisons.ledger import Past
from comparisons.runs import MenuLine, Sold, menu
from comparisons.words import dated_words, ending_of_model, shape_words
from providers import PROVIDERS, Variant, seconds_in, usual

ABOUT = (
    "What the usual clip of each model costs at each provider by its price list: the one that nobody asks anything of,"
    " of its cheapest variant there. In dollars, by the exchange rates below. Times are yours: the median of your live"
    " takes."
)


def table(variants: Sequence[Variant], usd: Mapping[str, Decimal], past: Past, today: date) -> str:
    """A row for each model, a column for each provider.

    Args:
        usd: US dollars for one unit of each currency.
        past: what the person's own live runs say about the variants.
        today: the day from which the ages of price lists are counted.
    """
    slugs = [slug for slug in PROVIDERS if any(variant.provider == slug for variant in variants)]
    head = "".join(f'<th scope="col">{escape(PROVIDERS[slug].name)}</th>' for slug in slugs)
    rows = "".join(_row(line, slugs, past, today) for line in menu(variants, usd))
    return (
        f'<section class="takes-card"><h2>Prices</h2><p class="takes-quiet">{escape(ABOUT)}</p>'
        '<div class="takes-scroll" tabindex="0" role="region" aria-label="Prices of models at providers">'
        f'<table class="takes-prices"><thead><tr><th scope="col">Model</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _row(line: MenuLine, slugs: Sequence[str], past: Past, today: date) -> str:
    cells = "".join(f"<td>{_cell(line.sold[slug], past, today) if slug in line.sold else ''}</td>" for slug in slugs)
    every = [variant for sold in line.sold.values() for variant in sold.variants]
    notes = [line.family, *dict.fromkeys(words for each in every if (words := ending_of_model(each)))]
    return f'<tr><th scope="row">{escape(line.model)}{_quiet(notes)}</th>{cells}</tr>'


def _cell(sold: Sold, past: Past, today: date) -> str:
    times = _times(sold.variants, past)
    if sold.usd is None:
        return f'<span class="takes-quiet">price unknown</span>{_quiet(times)}'
    amount = sold.usd.quantize(Decimal("0.001")).normalize()
    return f"<strong>${amount:f}</strong>{_quiet([*_basis(sold, today), *times])}"


def _quiet(lines: Sequence[str]) -> str:
    return "".join(f'<br><span class="takes-quiet">{escape(line)}</span>' for line in lines)


def _basis(sold: Sold, today: date) -> list[str]:
    """Lines: which clip the price is for, what a second and a minute of it cost, and the date of the price list."""
    variant, total = sold.cheapest, sold.usd
    if variant is None or total is None:
        return []
    options = usual(variant)
    seconds, dated = seconds_in(options), max(rule.dated for rule in variant.prices)
    by_time = [] if not seconds else [f"${total / seconds:.3f} a second, ${60 * total / seconds:.2f} a minute"]
    return [shape_words(options), *by_time, f"list {dated_words(dated, today)}"]


def _times(variants: Sequence[Variant], past: Past) -> list[str]:
    totals = [total for variant in variants for total in past.totals.get(variant.ref, ())]
    return [f"p50 {statistics.median(totals):.1f} s, n {len(totals)}"] if totals else []
