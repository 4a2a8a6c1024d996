"""The HTML of the Prices tab. All texts of people and providers are escaped."""

from __future__ import annotations

from datetime import date
from html import escape

from comparisons.ledger import Past
from comparisons.playground import Playground
from comparisons.settings import Rates, Settings
from comparisons.ui.providers import prices
from comparisons.words import dated_words, price_words, variant_shapes
from providers import PROVIDERS, Provider, Variant


def providers(playground: Playground, past: Past) -> str:
    """The table of prices, the exchange rates, and a card for each provider with its key and its price list.

    ``past``: what the person's own live runs say about the variants.
    """
    settings, today = playground.settings, playground.clock.today()
    priced = prices.table(playground.variants, settings.usd, past, today)
    cards = "".join(_provider_card(playground, slug) for slug in PROVIDERS)
    return f'<div class="takes-providers">{priced}{_rates(settings.rates)}{cards}</div>'


def _rates(rates: Rates) -> str:
    """The exchange rates that dollar figures are computed with."""
    each = "".join(
        f"<dt>1 {escape(currency)}</dt><dd>${rate.usd.normalize():f}, {escape(rate.told)}</dd>"
        for currency, rate in rates.items()
    )
    return f'<section class="takes-card"><h2>Exchange rates</h2><dl>{each}</dl></section>'


def _provider_card(playground: Playground, slug: str) -> str:
    provider, settings = PROVIDERS[slug], playground.settings
    key = _key(provider, settings)
    own = [variant for variant in playground.variants if variant.provider == slug]
    page = escape(provider.keys_page)
    facts = (
        f"<dt>Key</dt><dd>{escape(key)}</dd>"
        f"<dt>Reached at</dt><dd>{escape(settings.targets[slug].base_url)}</dd>"
        f"<dt>At once</dt><dd>{provider.concurrency} jobs, our own limit</dd>"
        f"<dt>Cancel</dt><dd>{'yes, where the job still waits' if provider.can_cancel else 'not offered'}</dd>"
        f'<dt>Keys from</dt><dd><a href="{page}" rel="noopener">{page}</a></dd>'
    )
    today = playground.clock.today()
    rows = "".join(_variant_row(variant, today) for variant in own)
    head = "<tr><th>Variant</th><th>Takes</th><th>Shapes</th><th>List price</th><th>How sure</th></tr>"
    return (
        f'<section class="takes-card"><h2>{escape(provider.name)}</h2><dl>{facts}</dl>'
        f"<details><summary>Its {len(own)} variants</summary>"
        f'<div class="takes-scroll"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div></details></section>'
    )


def _key(provider: Provider, settings: Settings) -> str:
    """Whether a key is set, and if not, what to set."""
    if provider.slug not in settings.keys:
        return f"no key: set {provider.key_env}" if not provider.own_server else f"set {provider.base_url_env}"
    return "none is needed" if settings.targets[provider.slug].is_keyless else "key set"


def _variant_row(variant: Variant, today: date) -> str:
    shapes = variant_shapes(variant)
    sure = "documented" if variant.evidence == "documented" else escape(variant.note)
    read = f" (read {variant.source.read.isoformat()})" if variant.source else ""
    return (
        f"<tr><td><strong>{escape(variant.name)}</strong><br><code>{escape(variant.ref)}</code></td>"
        f"<td>{escape(variant.mode)}</td><td>{escape(shapes)}</td><td>{_prices(variant, today)}</td>"
        f"<td>{sure}{read}</td></tr>"
    )


def _prices(variant: Variant, today: date) -> str:
    if not variant.prices:
        return '<span class="takes-quiet">price unknown</span>'
    rule = variant.prices[0]
    each = "<br>".join(escape(price_words(rule)) for rule in variant.prices)
    site = f" on {rule.site}" if rule.site else ""
    return f'{each}<br><span class="takes-quiet">{dated_words(rule.dated, today)}{escape(site)}</span>'
