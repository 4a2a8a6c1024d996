"""What fields of several tabs hold, and how it is read."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from comparisons.settings import pasted_key
from providers import VENDORS, InvalidRequest

ANY = "Each variant's own"
NEAREST = "Nearest length and size allowed, and without what a variant lacks: each take says so"
MISFIT = "What was sent does not fit this form; reload the page."
TEXT = (str, type(None))
"""What a field of text holds."""


def typed_keys(texts: Sequence[str | None]) -> dict[str, str]:
    """The keys out of their fields, by provider; those left empty are not among them.

    Raises:
        InvalidRequest: a field holds no text, or what can be no key; the sentence does not repeat it.
    """
    if not all(isinstance(text, TEXT) for text in texts):
        raise InvalidRequest(MISFIT)
    typed = zip(VENDORS.values(), texts, strict=True)
    keys = {provider.slug: pasted_key(text or "", f"The {provider.name} key") for provider, text in typed}
    return {slug: key for slug, key in keys.items() if key}


def named(event: gr.EventData, what: str) -> str:
    """What an event names, such as a run or a job; empty where it names nothing, as a forged one may."""
    value = getattr(event, what, "")
    return value if isinstance(value, str) else ""
