"""What each API says.

Every module here that is not private is one provider; it is found by being here. Its variants come
from the catalogue file of the same name. ``PROVIDERS``, ``variants()`` and ``find()`` are all the
rest of the project needs to know.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable
from pathlib import Path

from providers import _catalog
from providers._base import Provider
from providers._catalog import camera_moves
from providers._errors import (
    AuthRefused,
    BalanceRefused,
    CatalogError,
    Conflict,
    ContentRefused,
    Forbidden,
    InputRefused,
    InvalidRequest,
    NotFound,
    NotOffered,
    ProviderError,
    RateLimited,
    Refused,
    TakesError,
    Unavailable,
    UnknownReply,
)
from providers._fitting import check, settled, usual, why_not
from providers._limits import prompt_objection
from providers._older_catalog import renewed_catalog
from providers._options import COMPARABLE, INPUTS, LABELS, ORDERED, ImageLimits, Input, Option, Prompt, Value, said
from providers._prices import SYMBOLS, Basis, Cost, Money, PriceRule, Quote, Rate, decimal_of, in_usd, seconds_in
from providers._reading import JOB_ID, retry_after
from providers._types import (
    Canceled,
    CatalogPage,
    Handle,
    ImageInput,
    JobPage,
    JobStatus,
    Lifecycle,
    ListedModel,
    References,
    Request,
    Sighting,
    Snapshot,
    Source,
    Ticket,
    Variant,
)

__all__ = [
    "COMPARABLE",
    "INPUTS",
    "JOB_ID",
    "LABELS",
    "ORDERED",
    "PROVIDERS",
    "SYMBOLS",
    "VENDORS",
    "AuthRefused",
    "BalanceRefused",
    "Basis",
    "Canceled",
    "CatalogError",
    "CatalogPage",
    "Conflict",
    "ContentRefused",
    "Cost",
    "Forbidden",
    "Handle",
    "ImageInput",
    "ImageLimits",
    "Input",
    "InputRefused",
    "InvalidRequest",
    "JobPage",
    "JobStatus",
    "Lifecycle",
    "ListedModel",
    "Money",
    "NotFound",
    "NotOffered",
    "Option",
    "PriceRule",
    "Prompt",
    "Provider",
    "ProviderError",
    "Quote",
    "Rate",
    "RateLimited",
    "References",
    "Refused",
    "Request",
    "Sighting",
    "Snapshot",
    "Source",
    "TakesError",
    "Ticket",
    "Unavailable",
    "UnknownReply",
    "Value",
    "Variant",
    "camera_moves",
    "check",
    "decimal_of",
    "find",
    "in_usd",
    "prompt_objection",
    "renewed_catalog",
    "retry_after",
    "said",
    "seconds_in",
    "settled",
    "usual",
    "value_of",
    "variants",
    "why_not",
]


def _discover() -> dict[str, Provider]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_") and not module.ispkg:
            provider = importlib.import_module(f"{__name__}.{module.name}").provider
            found[provider.slug] = provider
    return found


PROVIDERS: dict[str, Provider] = _discover()
"""Every provider by its slug, in alphabetical order."""
VENDORS = {slug: provider for slug, provider in PROVIDERS.items() if not provider.own_server}
"""Those that are somebody's service: who has a key of theirs may bring it."""


def variants(folders: Iterable[Path] = ()) -> tuple[Variant, ...]:
    """Every variant of every provider; ``folders`` hold a person's own catalogue files."""
    folders = tuple(folders)
    _catalog.check_names(PROVIDERS, folders)
    return tuple(variant for slug in PROVIDERS for variant in _catalog.load(slug, folders))


def find(ref: str, among: Iterable[Variant]) -> Variant:
    """The variant called ``ref``.

    Raises:
        InvalidRequest: there is none; the message offers the nearest names.
    """
    known = tuple(among)
    for variant in known:
        if variant.ref == ref:
            return variant
    raise InvalidRequest(f"No variant is called {ref!r}.{_nearest(ref, [variant.ref for variant in known])}")


def value_of(name: str, text: str, among: Iterable[Variant]) -> Value:
    """A value out of its text, as the variants that have an option of this name write it.

    Raises:
        InvalidRequest: none of them has, or it can be no value of theirs.
    """
    options = [variant.options[name] for variant in among if name in variant.options]
    if not options:
        known = sorted({each for variant in among for each in variant.options})
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        raise InvalidRequest(
            f"No variant has an option called {name!r}.{f' Did you mean {near[0]}?' if near else ''}"
            f" There are: {', '.join(known)}."
        )
    read = next((value for option in options if (value := option.read(text)) is not None), None)
    if read is None:
        raise InvalidRequest(f"{options[0].shown} cannot be {text!r}: it is {options[0].offered}.")
    return read


def _nearest(ref: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(ref, list(known), n=2, cutoff=0.5)
    return f" Did you mean {' or '.join(near)}?" if near else " See: python -m comparisons variants"
