"""The commands that list what can be asked for. They need no table, image or clip, nor import what makes them."""

from __future__ import annotations

import argparse

from comparisons.cli import show
from comparisons.cli.arguments import EXIT_DELIVERED
from comparisons.playground import Playground
from providers import PROVIDERS


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


COMMANDS = {each.__name__: each for each in (providers, variants)}
"""Each by the name it is typed with."""
