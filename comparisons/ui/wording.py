"""Short texts that several tabs show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from comparisons.records import Job
from providers import PROVIDERS, Variant

CUT = 240
"""Letters of a prompt: more than two lines hold."""


def model_title(model: str) -> str:
    """``hailuo-2.3-fast`` as people write it: ``Hailuo 2.3 Fast``."""
    return " ".join(word.capitalize() for word in model.split("-"))


def group_words(group: str, variants: Sequence[Variant]) -> str:
    """A whole model or provider of a plan: ``All of Hailuo 2.3: 8 variants``."""
    kind, _, name = group.partition(":")
    count = sum(name == (each.model if kind == "model" else each.provider) for each in variants)
    title = model_title(name) if kind == "model" else PROVIDERS[name].name if name in PROVIDERS else name
    return f"All of {title}: {count} variant{'s' if count != 1 else ''}"


def ended(jobs: Sequence[Job]) -> str:
    """``5 delivered, 1 failed``."""
    counts = Counter(job.state for job in jobs)
    return ", ".join(f"{count} {state}" for state, count in counts.most_common())


def cut(text: str, limit: int = CUT) -> str:
    """A prompt on one line, no longer than a row has room for."""
    line = " ".join(text.split()) or "(no prompt)"
    return line if len(line) <= limit else line[: limit - 1] + "…"
