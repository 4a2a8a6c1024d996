"""Reads the values of fields that several tabs have."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from comparisons.settings import pasted_key
from providers import VENDORS, InvalidRequest

ANY = "Each variant's own"
NEAREST = "Nearest length and size allowed, and without what a variant lacks: each take says so"
MISFIT = "What was sent does not fit this form; reload the page."
TEXT = (str, type(None))
"""Types of the value of a text field."""


def typed_keys(texts: Sequence[str | None]) -> dict[str, str]:
    """The typed keys by provider slug, without empty fields.

    Args:
        texts: the values of the key fields, in the order of ``VENDORS``.

    Raises:
        InvalidRequest: a value is not text, or cannot be a key; the message does not contain the value.
    """
    if not all(isinstance(text, TEXT) for text in texts):
        raise InvalidRequest(MISFIT)
    typed = zip(VENDORS.values(), texts, strict=True)
    keys = {provider.slug: pasted_key(text or "", f"The {provider.name} key") for provider, text in typed}
    return {slug: key for slug, key in keys.items() if key}


def named(event: gr.EventData, what: str) -> str:
    """The id that an event carries under the name ``what``, such as ``run`` or ``job``; empty if it carries none, or no
    text, as a forged event may."""
    value = getattr(event, what, "")
    return value if isinstance(value, str) else ""
