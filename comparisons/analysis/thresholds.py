"""Checks that fail a build when a figure of a session meets a condition: ``p90_total_s>120``, ``success_rate<95%``.

A check is about every variant, or about one: ``runninghub:some/endpoint: p50_total_s>90``. It also fails, with the
reason, if the session does not have the figure.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from comparisons.analysis.intervals import Estimate
from comparisons.analysis.latencies import SERIES
from comparisons.analysis.summary import Figures, Latency, Summary
from comparisons.analysis.words import no_cost_words
from providers import InvalidRequest

SHARES: dict[str, Callable[[Latency], Estimate | None]] = {"p50": lambda of: of.p50, "p90": lambda of: of.p90}
LATENCIES = {f"{share}_{series}_s": (series, estimate) for series in SERIES for share, estimate in SHARES.items()}
FIGURES = (*LATENCIES, "success_rate", "cost_per_clip_usd", "n")
"""What can be checked: latencies in seconds, a share from 0 to 1 or in percent, US dollars, and ``n`` (see
``Figures``)."""
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
WRITTEN = re.compile(
    r"(?:(?P<variant>\S+)\s*:\s*)?(?P<figure>[A-Za-z]\w*)\s*(?P<sign>[<>]=?)\s*(?P<limit>\d{1,12}(?:\.\d{1,12})?)\s*(?P<percent>%?)",
    re.ASCII,
)


@dataclass(frozen=True)
class Threshold:
    """A condition under which the check fails. ``variant`` is a reference, None for every variant; ``sign`` is one of
    ``OPERATORS``."""

    text: str
    variant: str | None
    figure: str
    sign: str
    limit: float

    def failures(self, summary: Summary) -> list[str]:
        """A sentence for each variant that meets the condition, or whose figure is not known; empty if none does.

        Raises:
            InvalidRequest: the session has no such variant.
        """
        chosen = [each for each in summary.variants if self.variant in (None, each.key)]
        if self.variant is not None and not chosen:
            known = ", ".join(each.key for each in summary.variants) or "none"
            raise InvalidRequest(f"{self.text!r}: the session has no variant {self.variant!r}. It has: {known}.")
        if not chosen:
            return [f"{self.text}: the session has no jobs to check."]
        return [sentence for each in chosen if (sentence := self._failure(each))]

    def _failure(self, of: Figures) -> str:
        value, why_not = _value(of, self.figure)
        if value is None:
            return f"{of.key}: {self.figure} is not known: {why_not}."
        if OPERATORS[self.sign](value, self.limit):
            shown, limit = _shown(value, self.limit), _plain(self.limit, 15)
            return f"{of.key}: {self.figure} is {shown}, which is {self.sign} {limit}."
        return ""


def parse(text: str) -> Threshold:
    """Reads a threshold: ``[VARIANT: ]FIGURE OPERATOR NUMBER``, with any number of spaces between the parts.

    Raises:
        InvalidRequest: it cannot be read; if the figure is unknown, the sentence names those that exist.
    """
    read = WRITTEN.fullmatch(text.strip())
    if read is None:
        raise InvalidRequest(
            f"{text!r} is no check: write one like p90_total_s>120, with one of > >= < <= and a number."
        )
    figure, limit = read["figure"], float(read["limit"])
    if figure not in FIGURES:
        raise InvalidRequest(f"{text!r}: there is no figure {figure!r}. There are: {', '.join(FIGURES)}.")
    if read["percent"] and figure != "success_rate":
        raise InvalidRequest(f"{text!r}: {figure} is no share, so it takes no percent sign.")
    limit = limit / 100 if read["percent"] else limit
    if figure == "success_rate" and limit > 1:
        raise InvalidRequest(f"{text!r}: a rate is a share from 0 to 1, or has a percent sign, as in success_rate<95%.")
    return Threshold(text.strip(), read["variant"], figure, read["sign"], limit)


def _shown(value: float, limit: float) -> str:
    """A figure with four digits, or with as many as it takes to differ from the limit; whole numbers in full."""
    if value.is_integer():
        return f"{value:.0f}"
    texts = (_plain(value, digits) for digits in range(4, 18))
    return next(text for text in texts if _side(float(text), limit) == _side(value, limit))


def _side(value: float, limit: float) -> tuple[bool, bool]:
    return value < limit, value > limit


def _plain(value: float, digits: int) -> str:
    """A number with so many significant digits and no exponent."""
    return f"{Decimal(f'{value:.{digits}g}'):f}"


def _value(of: Figures, figure: str) -> tuple[float | None, str]:
    """A figure, or None and why there is none."""
    if figure == "n":
        return float(of.n), ""
    if figure == "success_rate":
        return (None, "no job of it has ended") if of.success is None else (of.success.value, "")
    if figure == "cost_per_clip_usd":
        return _cost(of)
    series, estimate = LATENCIES[figure]
    found = estimate(of.latencies[series])
    few = "1 job is" if of.n == 1 else f"{of.n} jobs are"
    return (None, f"{few} too few for it") if found is None else (found.value, "")


def _cost(of: Figures) -> tuple[float | None, str]:
    cost = of.cost
    if cost.per_clip is None:
        return None, no_cost_words(cost.why_not)
    if cost.unit != "USD":
        return None, f"the price is in {cost.unit}, and no exchange rate was set"
    if cost.lower_bound:
        return None, f"at least {float(cost.per_clip):.4g}, as what {cost.unknown} of its jobs cost is unknown"
    return float(cost.per_clip), ""
