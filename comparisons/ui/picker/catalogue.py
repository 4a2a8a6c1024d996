"""What never changes about the variants while Takes runs: sent once, in the order in which the picker shows them.

A refresh of the picker refers to a variant by its index in this list, and to the list by a name with the list's hash.
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
"""What the picker says about a variant, by the source that describes it (``Variant.evidence``)."""
SUFFIX = re.compile(r"\s*(,| \().*")
"""The end of a variant's name, which tells it apart from others of its model: ``, official``, `` (start and end)``."""


class Catalogue:
    """All variants, sorted by family and model. A variant's number is its index in ``order``.

    Attributes:
        order: families with most variants first; in a family, models that most providers serve first, then the newer.
        number: each variant's index in ``order``, by reference.
        asset: the list as the page is sent it: a file that a browser keeps.
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
    """The rank of each model, from 0: those that most providers serve first, since they can be compared; of equal ones
    the later in the alphabet, which mostly is the newer version."""
    serving: dict[str, set[str]] = defaultdict(set)
    for variant in variants:
        serving[variant.model].add(variant.provider)
    order = sorted(serving, key=lambda model: (len(serving[model]), model), reverse=True)
    return {model: at for at, model in enumerate(order)}


def value(order: Sequence[Variant]) -> dict[str, Any]:
    """The variants as the page's script reads them (``CatalogueValue`` in ``types.d.ts``): a text that several variants
    share is in a list once, and each of them has its index."""
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
    """Each model's title: the shortest of its variants' names, without the end that tells these apart."""
    names: dict[str, list[str]] = defaultdict(list)
    for variant in variants:
        names[variant.model].append(SUFFIX.sub("", variant.name))
    return {model: min(of, key=lambda name: (len(name), name)) for model, of in names.items()}


def label(variant: Variant, title: str) -> str:
    """A variant's name without its model's title, and its mode: ``Pro · image-to-video``."""
    begins = f"{variant.name} ".startswith((f"{title} ", f"{title},"))
    rest = variant.name[len(title) :].lstrip(", ") if begins else variant.name
    return f"{rest} · {variant.mode}" if rest else variant.mode


def inputs(variant: Variant) -> int:
    """What a variant makes videos from, a bit each, lowest first: text only, first frame, last frame, references."""
    needs: Mapping[str, str] = {name: variant.need(name) for name in ("first_frame", "last_frame", "references")}
    text = "required" not in needs.values()
    return sum(1 << bit for bit, able in enumerate([text, *(need != "no" for need in needs.values())]) if able)
