"""Short texts that several tabs show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from comparisons.records import Job
from providers import PROVIDERS, Variant

CUT = 240
"""Characters of a prompt that are shown: more than fit in two lines."""


def model_title(model: str) -> str:
    """``hailuo-2.3-fast`` as people write it: ``Hailuo 2.3 Fast``."""
    return " ".join(word.capitalize() for word in model.split("-"))


def groups(variants: Iterable[Variant]) -> dict[str, str]:
    """Every model and provider as a plan names it (``model:hailuo-2.3``), with its text for people, such as ``All of
    Hailuo 2.3: 8 variants``."""
    counts = Counter(
        each for variant in variants for each in (f"model:{variant.model}", f"provider:{variant.provider}")
    )
    return {
        each: f"All of {_title(each)}: {count} variant{'s' if count != 1 else ''}" for each, count in counts.items()
    }


def _title(group: str) -> str:
    kind, _, name = group.partition(":")
    return model_title(name) if kind == "model" else PROVIDERS[name].name


def ended(jobs: Sequence[Job]) -> str:
    """How many jobs ended in which state: ``5 delivered, 1 failed``."""
    counts = Counter(job.state for job in jobs)
    return ", ".join(f"{count} {state}" for state, count in counts.most_common())


def takers(jobs: Sequence[Job], limit: int = 160) -> str:
    """The models of jobs, each with the providers that ran it: ``Hailuo 2.3 at Apiframe, RunComfy``."""
    by_model: dict[str, dict[str, None]] = {}
    for job in jobs:
        by_model.setdefault(model_title(job.plan.model), {})[PROVIDERS[job.plan.provider].name] = None
    return cut(" · ".join(f"{model} at {', '.join(names)}" for model, names in by_model.items()), limit)


def cut(text: str, limit: int = CUT) -> str:
    """A text on one line, cut to ``limit`` characters; "(no prompt)" for an empty one."""
    line = " ".join(text.split()) or "(no prompt)"
    return line if len(line) <= limit else line[: limit - 1] + "…"
