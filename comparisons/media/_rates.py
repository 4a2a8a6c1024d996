"""Pictures per second, read from when each is shown: exact where the stamps allow it, however coarse they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

COMMON = (*(Fraction(n) for n in (24, 25, 30, 48, 50, 60, 120, 12, 15, 16, 8, 10, 20)), Fraction(25, 2),
          *(Fraction(n * 1000, 1001) for n in (24, 30, 60, 120)))  # fmt: skip
"""Rates that clips are made at."""
ABOUT = [(rate, float(rate)) for rate in COMMON]
SURELY = 1e-6
"""How far a count of pictures may be off when it is computed in floats, to choose the rates to examine exactly."""

SLIGHT = Fraction(1, 10)
"""A difference of so small a part of a tick tells nothing."""
MILLISECOND = Fraction(1, 1000)
FINE = Fraction(1, 3)
"""How much of a picture's time a tick is at most if pictures are rounded to it; else they are counted in it."""


def steady_rate(stamps: Sequence[int], base: Fraction) -> Fraction | None:
    """Pictures per second; None if they do not come evenly, or are fewer than two.

    A file stamps its pictures in whole ticks: at 30 per second one in milliseconds says 0, 33, 67, 100, which is even
    all the same. So a rate holds if no stamp is further from it than rounding takes it, to a tick or, in a file that
    was made of another, to a millisecond.

    Args:
        stamps: when each picture is shown, in ticks, in order.
        base: the seconds of a tick.
    """
    if len(stamps) < 2:
        return None
    rounded = (Fraction(1), MILLISECOND / base)
    return next((rate for by in rounded if by >= 1 and (rate := _rate(stamps, base, by)) is not None), None)


def _rate(stamps: Sequence[int], base: Fraction, by: Fraction) -> Fraction | None:
    """The rate that stamps rounded by so many ticks have: one that clips are made at, if they may have it."""
    seconds, steps, least = float((stamps[-1] - stamps[0]) * base), len(stamps) - 1, float(by * base)
    near = (rate for rate, about in ABOUT if abs(seconds * about - steps) <= least * about + SURELY)
    fits = [(astray, rate) for rate in near if (astray := _astray(stamps, base, rate)) <= _leave(by, base, rate)]
    if fits:
        return min(fits, key=_unlikely)[1]
    guesses = _guesses(stamps, base)
    return next((rate for rate in guesses if _astray(stamps, base, rate) <= _leave(by, base, rate)), None)


def _unlikely(fit: tuple[Fraction, Fraction]) -> Fraction:
    """Where hardly anything tells them apart, as in a short clip, 24 a second are likelier than 24000 in 1001."""
    astray, rate = fit
    return astray + (SLIGHT if rate.denominator == 1001 else 0)


def _leave(by: Fraction, base: Fraction, rate: Fraction) -> Fraction:
    """How many ticks stamps may be astray: as far as rounding takes them, but where a tick is as long as a picture."""
    return by if by * base * rate <= FINE else Fraction(0)


def _guesses(stamps: Sequence[int], base: Fraction) -> Iterator[Fraction]:
    """Their mean as it is where each step is alike, else as a whole number if it may be one, else as it is."""
    mean = (len(stamps) - 1) / ((stamps[-1] - stamps[0]) * base)
    if (stamps[1] - stamps[0]) * (len(stamps) - 1) != stamps[-1] - stamps[0]:
        yield Fraction(max(1, round(mean)))
    yield mean


def _astray(stamps: Sequence[int], base: Fraction, rate: Fraction) -> Fraction:
    """How far apart, in ticks, the stamps that are earliest and latest for this rate are. Rounding alone makes it 1."""
    step = 1 / (rate * base)
    up, down = step.numerator, step.denominator
    off = [stamp * down - i * up for i, stamp in enumerate(stamps)]
    return Fraction(max(off) - min(off), down)
