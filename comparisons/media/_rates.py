"""Pictures per second, computed from the time stamps of the pictures: exact, however coarse the stamps are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

COMMON = (*(Fraction(n) for n in (24, 25, 30, 48, 50, 60, 120, 12, 15, 16, 8, 10, 20)), Fraction(25, 2),
          *(Fraction(n * 1000, 1001) for n in (24, 30, 60, 120)))  # fmt: skip
"""Rates that clips are made at."""
ABOUT = [(rate, float(rate)) for rate in COMMON]
SURELY = 1e-6
"""The error that a count of pictures computed in floats may have; the rates it leaves are then checked exactly."""
SLIGHT = Fraction(1, 10)
"""Two rates whose stamps differ by less than this share of a tick cannot be told apart."""
MILLISECOND = Fraction(1, 1000)
FINE = Fraction(1, 3)
"""A tick of at most this share of a picture's time is one that times were rounded to. A longer one is the unit that
pictures were counted in, so stamps in it are exact."""


def steady_rate(stamps: Sequence[int], base: Fraction) -> Fraction | None:
    """Pictures per second; None if they do not come evenly, or are fewer than two.

    A file stamps its pictures in whole ticks. With ticks of a millisecond, 30 pictures per second have the stamps 0,
    33, 67, 100, which count as even. So a rate is accepted if no stamp is further from it than rounding explains: to a
    tick, or to a millisecond in case the file was made from one with such ticks.

    Args:
        stamps: when each picture is shown, in ticks, in order.
        base: the seconds of a tick.
    """
    if len(stamps) < 2:
        return None
    rounded = (Fraction(1), MILLISECOND / base)
    return next((rate for by in rounded if by >= 1 and (rate := _rate(stamps, base, by)) is not None), None)


def _rate(stamps: Sequence[int], base: Fraction, by: Fraction) -> Fraction | None:
    """The rate of stamps that were rounded to ``by`` ticks; None if they have none. A common rate comes first."""
    seconds, steps, least = float((stamps[-1] - stamps[0]) * base), len(stamps) - 1, float(by * base)
    near = (rate for rate, about in ABOUT if abs(seconds * about - steps) <= least * about + SURELY)
    fits = [(astray, rate) for rate in near if (astray := _astray(stamps, base, rate)) <= _leave(by, base, rate)]
    if fits:
        return min(fits, key=_unlikely)[1]
    guesses = _guesses(stamps, base)
    return next((rate for rate in guesses if _astray(stamps, base, rate) <= _leave(by, base, rate)), None)


def _unlikely(fit: tuple[Fraction, Fraction]) -> Fraction:
    """A score to choose between rates that fit: the lowest wins. If two fit about equally, as for a short clip, 24 per
    second is likelier than 24000/1001."""
    astray, rate = fit
    return astray + (SLIGHT if rate.denominator == 1001 else 0)


def _leave(by: Fraction, base: Fraction, rate: Fraction) -> Fraction:
    """How many ticks stamps may be off from a rate: what rounding explains, or 0 if ticks are not fine (``FINE``)."""
    return by if by * base * rate <= FINE else Fraction(0)


def _guesses(stamps: Sequence[int], base: Fraction) -> Iterator[Fraction]:
    """Uncommon rates to try: the mean rounded to a whole number, unless the first step shows that it is exact; then the
    mean itself."""
    mean = (len(stamps) - 1) / ((stamps[-1] - stamps[0]) * base)
    if (stamps[1] - stamps[0]) * (len(stamps) - 1) != stamps[-1] - stamps[0]:
        yield Fraction(max(1, round(mean)))
    yield mean


def _astray(stamps: Sequence[int], base: Fraction, rate: Fraction) -> Fraction:
    """How much the stamps vary around this rate: ticks between the earliest and the latest. Rounding alone gives 1."""
    step = 1 / (rate * base)
    up, down = step.numerator, step.denominator
    off = [stamp * down - i * up for i, stamp in enumerate(stamps)]
    return Fraction(max(off) - min(off), down)
