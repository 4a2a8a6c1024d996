"""The plots of a session as inline SVG: a lane (row) for each variant, and cost against latency."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, replace

from comparisons.records import PHASES
from comparisons.viewer._labels import HIGHER, Box, Dot, draw_names, placed
from comparisons.viewer._svg import WIDTH, across, amount, nice_top, node, scroll, short, svg, text, up
from comparisons.viewer.charts import latency
from comparisons.viewer.figures import Bar

PLOT_HEIGHT = 340
LANE, EDGE = 66, 10
"""Pixels of a lane's height, and of the margin at its left."""
DOT, SMALL_DOT, MANY = 4.0, 2.5, 60
"""Radius of a dot, and its radius if a lane has more than ``MANY`` dots."""


@dataclass(frozen=True)
class Lane:
    """One variant in a plot of lanes: a dot for each of ``dots``, a figure with its interval, None if unknown."""

    name: str
    words: str
    value: float | None
    low: float | None
    high: float | None
    dots: tuple[float, ...] = ()


@dataclass(frozen=True)
class PricedLatency:
    """One variant's cost and seconds, with the interval of the seconds. ``at_least``: it may cost more."""

    name: str
    cost: float
    seconds: float
    low: float | None = None
    high: float | None = None
    at_least: bool = False


def stacks(bars: Sequence[Bar], title: str) -> str:
    """Stacked bars as ``latency`` draws them, with a legend; empty without bars."""
    legend = "".join(f'<li data-phase="{phase}">{phase}</li>' for phase in PHASES)
    return f'{scroll(latency(bars, title), title)}<ul class="ch-legend">{legend}</ul>' if bars else ""


def lanes(rows: Sequence[Lane], title: str, unit: str, top: float | None = None) -> str:
    """The plot of a lane for each variant: its dots, and its figure as a tick on its interval; empty without rows.

    Args:
        top: where the axis ends; None for the next round value above everything that is shown.
    """
    if not rows:
        return ""
    right, bottom = WIDTH - 28, len(rows) * LANE + 8
    plot = svg(bottom + 34, title, "; ".join(f"{row.name}: {row.words}" for row in rows))
    reach = [value for row in rows for value in (*row.dots, row.value, row.high) if value is not None]
    end = top if top is not None else nice_top(max(reach, default=0.0))
    across(plot, end, EDGE, right, bottom, unit)
    for index, row in enumerate(rows):
        _lane(plot, row, index * LANE + 8, (right - EDGE) / end)
    return scroll(ET.tostring(plot, encoding="unicode"), title)


def _lane(plot: ET.Element, row: Lane, y: int, scale: float) -> None:
    middle = y + 34
    name = text(plot, EDGE, y + 12, short(row.name, 60), "ch-name", full=row.name)
    node(name, "tspan", dx=10, **{"class": "ch-tick"}).text = row.words
    if row.low is not None and row.high is not None:
        wide = max(2.0, (row.high - row.low) * scale)
        node(plot, "rect", x=EDGE + row.low * scale, y=middle - 11, width=wide, height=22, rx=3, **{"class": "ch-band"})
    radius = SMALL_DOT if len(row.dots) > MANY else DOT
    for x, down in _swarm([EDGE + value * scale for value in row.dots], radius):
        node(plot, "circle", cx=x, cy=middle + down, r=radius, **{"class": "ch-take"})
    if row.value is not None:
        x = EDGE + row.value * scale
        node(plot, "path", d=f"M{x:.1f} {middle - 14}v28", **{"class": "ch-mark"})


def _swarm(places: Sequence[float], radius: float) -> list[tuple[float, float]]:
    """The x of each dot, and how far it is moved up or down so that few dots hide others."""
    steps = [side * step * radius * 1.5 for step in range(3) for side in (1, -1)][1:]
    put: list[tuple[float, float]] = []
    for x in sorted(places):
        near = [(other, down) for other, down in put if x - other < 2 * radius]
        free = (s for s in steps if all(math.hypot(x - other, s - down) >= 1.9 * radius for other, down in near))
        put.append((x, next(free, steps[len(near) % len(steps)])))
    return put


def efficient(offers: Sequence[PricedLatency]) -> list[PricedLatency]:
    """The offers that no other one beats in both cost and seconds, the cheapest first.

    Offers that may cost more than stated are left out.
    """
    found: list[PricedLatency] = []
    for offer in sorted((each for each in offers if not each.at_least), key=lambda each: (each.cost, each.seconds)):
        if not found or offer.seconds < found[-1].seconds:
            found.append(offer)
    return found


@dataclass(frozen=True)
class _Scale:
    """Where costs and seconds are in the plot, whose axes end at ``far`` and at ``high``."""

    far: float
    high: float
    bottom: float
    left: float = 56
    right: float = WIDTH - 24

    def place(self, cost: float, seconds: float) -> tuple[float, float]:
        across = cost / self.far if self.far else 0
        return self.left + across * (self.right - self.left), self.bottom - seconds / self.high * (self.bottom - 24)

    def dot(self, offer: PricedLatency) -> Dot:
        (x, y), ends = self.place(offer.cost, offer.seconds), (offer.high or offer.seconds, offer.low or offer.seconds)
        top, low = (self.place(0, end)[1] for end in ends)
        return Dot(offer.name, x, y, Box(x - 8, min(top, y - 8), x + 8, max(low, y + 8)))


def frontier(offers: Sequence[PricedLatency], unit: str, title: str) -> str:
    """The plot of a dot for each variant, with a line through the ``efficient`` ones; empty without offers."""
    if not offers:
        return ""
    far, high = nice_top(max(o.cost for o in offers)), nice_top(max(o.high or o.seconds for o in offers))
    scale = _Scale(far, high, PLOT_HEIGHT)
    while (boxes := placed(dots := [scale.dot(each) for each in offers], _room(scale))) is None:
        scale = replace(scale, bottom=scale.bottom + HIGHER)
    best = efficient(offers)
    plot = svg(scale.bottom + 34, title, "; ".join(_told(offer, unit, offer in best) for offer in offers))
    across(plot, far, scale.left, scale.right, scale.bottom, f"cost of a delivered clip, {unit}")
    up(plot, high, scale.left, scale.right, scale.bottom)
    if len(best) > 1:
        _edge(plot, [scale.place(each.cost, each.seconds) for each in best])
    draw_names(plot, dots, boxes)
    for offer in offers:
        _offer(plot, offer, scale, _kind_of(offer, best), _told(offer, unit, offer in best))
    return scroll(ET.tostring(plot, encoding="unicode"), title)


def _room(scale: _Scale) -> Box:
    return Box(scale.left, 16, WIDTH, scale.bottom)


def _offer(plot: ET.Element, offer: PricedLatency, scale: _Scale, kind: str, told: str) -> None:
    """Its dot, on the interval of its seconds."""
    x, y = scale.place(offer.cost, offer.seconds)
    if offer.low is not None and offer.high is not None:
        ends = f"M{x:.1f} {scale.place(0, offer.high)[1]:.1f}V{scale.place(0, offer.low)[1]:.1f}"
        node(plot, "path", d=ends, **{"class": "ch-doubt"})
    dot = node(plot, "circle", cx=x, cy=y, r=6, **{"class": kind})
    node(dot, "title").text = told


def _kind_of(offer: PricedLatency, best: Sequence[PricedLatency]) -> str:
    return "ch-open" if offer.at_least else "ch-dot" if offer in best else "ch-beaten"


def _edge(plot: ET.Element, places: Sequence[tuple[float, float]]) -> None:
    (x, y), *others = places
    steps = "".join(f"H{to:.1f}V{down:.1f}" for to, down in others)
    node(plot, "path", d=f"M{x:.1f} {y:.1f}{steps}", **{"class": "ch-edge"})


def _told(offer: PricedLatency, unit: str, best: bool) -> str:
    cost = f"{'at least ' if offer.at_least else ''}{amount(offer.cost)} {unit}"
    return f"{offer.name}: {cost}, {offer.seconds:.1f} seconds{', nothing is both cheaper and faster' if best else ''}"
