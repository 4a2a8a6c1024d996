"""The commands that list providers, variants and models. They import nothing that handles tables, images or clips."""

from __future__ import annotations

import argparse
from decimal import Decimal
from typing import Any

from comparisons.cli import show
from comparisons.cli.arguments import EXIT_BAD_INPUT, EXIT_DELIVERED
from comparisons.playground import Playground
from comparisons.runs import MenuLine, Sold, menu
from comparisons.words import shape_words
from providers import PROVIDERS, usual

CENT = Decimal("0.01")


def providers(playground: Playground, options: argparse.Namespace) -> int:
    keys = playground.settings.keys
    rows = [
        {
            "provider": slug,
            "name": provider.name,
            "key": provider.key_env if slug in keys else None,
            "key_variable": provider.key_env,
            "base_url": playground.settings.targets[slug].base_url,
            "variants": sum(variant.provider == slug for variant in playground.variants),
            "concurrency": provider.concurrency,
        }
        for slug, provider in PROVIDERS.items()
    ]
    show.listing(rows, options.json, show.SHORT_PROVIDER)
    return EXIT_DELIVERED


def variants(playground: Playground, options: argparse.Namespace) -> int:
    rows = [show.variant_row(variant) for variant in playground.variants]
    show.listing(rows, options.json, show.SHORT_VARIANT)
    return EXIT_DELIVERED


def models(playground: Playground, options: argparse.Namespace) -> int:
    row = _model_row if options.json else _model_line
    show.listing([row(line) for line in menu(playground.variants, playground.settings.usd)], options.json)
    return EXIT_DELIVERED


def _model_line(of: MenuLine) -> dict[str, str]:
    """One line of ``models``, with a column for each provider, empty if it does not sell the model."""
    prices = {slug: _price(of.sold[slug]) if slug in of.sold else "" for slug in PROVIDERS}
    return {"family": of.family, "model": of.model, **prices}


def _price(sold: Sold) -> str:
    """``$0.23``; below a cent, with all decimals."""
    if sold.usd is None:
        return "unknown"
    return f"${sold.usd:.2f}" if sold.usd >= CENT else f"${sold.usd.normalize():f}"


def _model_row(of: MenuLine) -> dict[str, Any]:
    return {
        "family": of.family,
        "model": of.model,
        "providers": {slug: _sold(of.sold[slug]) for slug in PROVIDERS if slug in of.sold},
    }


def _sold(sold: Sold) -> dict[str, Any]:
    """The price, null if not known, with the variant and the clip that it is for."""
    return {
        "variants": [variant.ref for variant in sold.variants],
        "usd": None if sold.usd is None else float(sold.usd),
        "cheapest": sold.cheapest.ref if sold.cheapest else None,
        "clip": shape_words(usual(sold.cheapest)) if sold.cheapest else None,
    }


def refresh(playground: Playground, options: argparse.Namespace) -> int:
    done = playground.catalogues.refresh(options.provider, simulated=options.sandbox)
    show.refreshed(done)
    return EXIT_DELIVERED if any(not each.why_not for each in done) else EXIT_BAD_INPUT


COMMANDS = {"providers": providers, "variants": variants, "models": models, "catalog refresh": refresh}
"""The functions by the command as it is typed."""
