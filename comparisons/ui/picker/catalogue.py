"""What never changes of the variants while Takes runs: sent once, in the order in which the picker shows them.

A refresh of the picker speaks of a variant by its place in this list, and names the list by the hash of what is in it.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from comparisons.ui.assets import Asset
from comparisons.ui.picker.own_options import as_told, own_options
from comparisons.words import ending_of_model
from providers import PROVIDERS, Variant

EVIDENCE: dict[str, str] = {
    "documented": "", "sibling": "not in its own docs", "third party": "known from a third party only",
}  # fmt: skip
"""What is said of a variant by who describes it."""
SUFFIX = re.compile(r"\s*(,| \().*")
"""What tells variants of one model apart, after its name: ``, official``, `` (start and end)``."""


class Catalogue:
    """All variants, by family and model; a place in ``order`` is a variant's number.

    Attributes:
        order: families with most variants first; in a family, models that most providers serve first, then the newer.
        number: the place of each, by reference.
        asset: what the page is sent of them, as a file that a browser keeps for good.
    """

    def __init__(self, variants: Sequence[Variant]) -> None:
        rank, size = ranks(variants), Counter(variant.family for variant in variants)
        self.order = sorted(
            variants, key=lambda v: (-size[v.family], v.family, rank[v.model], PROVIDERS[v.provider].name)
        )
        self.number = {variant.ref: at for at, variant in enumerate(self.order)}
        text = json.dumps(value(self.order), ensure_ascii=False, separators=(",", ":"))
        self.asset = Asset("variants", "json", "application/json", text.encode())


def ranks(variants: Iterable[Variant]) -> dict[str, int]:
    """The place of each model: those that most providers serve first, as they can be compared; then the newer."""
    serving: dict[str, set[str]] = defaultdict(set)
    for variant in variants:
        serving[variant.model].add(variant.provider)
    order = sorted(serving, key=lambda model: (len(serving[model]), model), reverse=True)
    return {model: at for at, model in enumerate(order)}


def value(order: Sequence[Variant]) -> dict[str, Any]:
    """The variants as the page's script reads them (``CatalogueValue``): each text that several share once."""
    titles = titles_of(order)
    texts: dict[str, dict[Any, int]] = defaultdict(dict, words={"": 0}, options={})

    def place(table: str, text: Any) -> int:
        return texts[table].setdefault(text, len(texts[table]))

    rows = [
        [
            variant.ref,
            place("providers", PROVIDERS[variant.provider].name),
            place("models", (variant.model, titles[variant.model], place("families", variant.family))),
            label(variant, titles[variant.model]),
            inputs(variant),
            int("audio" in variant.options),
            place("words", EVIDENCE[variant.evidence]),
            place("words", variant.note),
            place("words", ending_of_model(variant)),
            [place("options", as_told(option)) for option in own_options(variant)],
        ]
        for variant in order
    ]
    return {**{table: list(of) for table, of in texts.items()}, "variants": rows}


def titles_of(variants: Iterable[Variant]) -> dict[str, str]:
    """What each model is called: the shortest of its variants' names, without what tells these apart."""
    names: dict[str, list[str]] = defaultdict(list)
    for variant in variants:
        names[variant.model].append(SUFFIX.sub("", variant.name))
    return {model: min(of, key=lambda name: (len(name), name)) for model, of in names.items()}


def label(variant: Variant, title: str) -> str:
    """What is left of its name once the model is said: ``Pro · image-to-video``."""
    begins = f"{variant.name} ".startswith((f"{title} ", f"{title},"))
    rest = variant.name[len(title) :].lstrip(", ") if begins else variant.name
    return f"{rest} · {variant.mode}" if rest else variant.mode


def inputs(variant: Variant) -> int:
    """What it can be made from, a bit each: text alone, a first frame, a last frame, references."""
    needs: Mapping[str, str] = {name: variant.need(name) for name in ("first_frame", "last_frame", "references")}
    text = "required" not in needs.values()
    return sum(1 << bit for bit, able in enumerate([text, *(need != "no" for need in needs.values())]) if able)
