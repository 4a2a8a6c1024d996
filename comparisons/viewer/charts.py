"""Plots as inline SVG, of a run and of a session. Colors come from the page's own style sheet.

Every plot begins at zero, so that a small difference never looks big, and says in words what it shows.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from comparisons.records import PHASES, Run
from comparisons.viewer import figures
from comparisons.viewer.figures import Bar, CostFigure

WIDTH = 720
NAMES = 232
"""Pixels kept for the names of the takes."""
ROW, BAR = 38, 14
PLOT_HEIGHT = 300
LONGEST_NAME = 34
"""Characters of a line of a name."""
LANE, EDGE = 66, 10
"""Height of a lane of a session's plots, and the pixels kept free at its left."""
DOT, SMALL_DOT, MANY = 4.0, 2.5, 60


@dataclass(frozen=True)
class Lane:
    """One variant in a plot of lanes: a dot for each of ``dots``, a figure and its interval; None where unknown."""

    name: str
    words: str
    value: float | None
    low: float | None
    high: float | None
    dots: tuple[float, ...] = ()


@dataclass(frozen=True)
class PricedLatency:
    """One variant by cost and seconds, with the interval of its seconds. ``at_least``: it may cost more."""

    name: str
    cost: float
    seconds: float
    low: float | None = None
    high: float | None = None
    at_least: bool = False


def plots(run: Run, usd: Mapping[str, Decimal]) -> str:
    """Both plots of a run as HTML, with their headings; empty if nothing was delivered."""
    bars, costs = figures.bars(run), figures.costs(run, usd)
    if not bars:
        return ""
    simulated = " (simulated)" if run.simulated else ""
    legend = "".join(f'<li data-phase="{phase}">{phase}</li>' for phase in PHASES)
    return (
        f'<section class="ch-plots"><div><h2>Latency by phase{simulated}</h2>'
        f'{_scroll(latency(bars, f"Latency by phase{simulated}"))}<ul class="ch-legend">{legend}</ul></div>'
        f"<div><h2>Cost against latency{simulated}</h2>{_scroll(cost(costs, f'Cost against latency{simulated}'))}"
        f'<p class="ch-note">{escape(costs.note)}</p></div></section>'
    )


def _scroll(plot: str, label: str = "Plot") -> str:
    """A plot that scrolls on its own where the page is narrower than it can be read."""
    return (
        f'<div class="ch-scroll" tabindex="0" role="region" aria-label="{escape(label)}">{plot}</div>' if plot else ""
    )


def latency(bars: Sequence[Bar], title: str) -> str:
    """Stacked bars: where the time of each delivered take went. Empty without any."""
    if not bars:
        return ""
    right, bottom = WIDTH - 72, len(bars) * ROW + 8
    svg = _svg(bottom + 34, title, "; ".join(_said(bar) for bar in bars))
    top = _nice_top(max(bar.total for bar in bars))
    _across(svg, top, NAMES, right, bottom, "seconds")
    for index, bar in enumerate(bars):
        _stack(svg, bar, index * ROW + 12, (right - NAMES) / top)
    return ET.tostring(svg, encoding="unicode")


def _said(bar: Bar) -> str:
    spent = ", ".join(f"{phase} {bar.phases[phase]:.1f}" for phase in PHASES if bar.phases[phase] >= 0.05)
    return f"{bar.take}: {bar.total:.1f} seconds ({spent})"


def _stack(svg: ET.Element, bar: Bar, y: int, scale: float) -> None:
    provider, _, label = bar.take.partition(" · ")
    _text(svg, NAMES - 10, y + 6, _short(provider), "ch-name", "end", bar.take)
    _text(svg, NAMES - 10, y + 21, _short(label), "ch-tick", "end", bar.take)
    x = float(NAMES)
    for phase in PHASES:
        wide = bar.phases[phase] * scale
        if wide > 0:
            rect = _node(svg, "rect", x=x, y=y, width=wide, height=BAR, **{"class": "ch-bar", "data-phase": phase})
            _node(rect, "title").text = f"{bar.take}, {phase}: {bar.phases[phase]:.2f} s"
        x += wide
    if bar.uncertainty:
        low, high = max(float(NAMES), x - bar.uncertainty * scale), x + bar.uncertainty * scale
        middle = y + BAR / 2
        _node(svg, "path", d=f"M{low:.1f} {middle}H{high:.1f}M{high:.1f} {middle - 3}v6", **{"class": "ch-doubt"})
        x = high
    _text(svg, x + 6, y + BAR - 2, f"{bar.total:.1f} s", "ch-value")


def cost(of: CostFigure, title: str) -> str:
    """One dot per delivered take of known cost. Empty without any."""
    if not of.points:
        return ""
    left, right, bottom = 56, WIDTH - 24, PLOT_HEIGHT
    told = "; ".join(f"{p.take}: {_cost(p.cost)} {of.unit}, {p.seconds:.1f} seconds" for p in of.points)
    svg = _svg(bottom + 34, title, told)
    far, high = _nice_top(max(p.cost for p in of.points)), _nice_top(max(p.seconds for p in of.points))
    _across(svg, far, left, right, bottom, f"cost, {of.unit}")
    _up(svg, high, left, right, bottom)
    taken: list[tuple[float, float, float]] = []
    for point in sorted(of.points, key=lambda p: -p.seconds):
        x, y = left + point.cost / far * (right - left), bottom - point.seconds / high * (bottom - 24)
        dot = _node(svg, "circle", cx=x, cy=y, r=5, **{"class": "ch-dot"})
        _node(dot, "title").text = f"{point.take}: {_cost(point.cost)} {of.unit}, {point.seconds:.1f} s"
        _name_dot(svg, point.take, x, y, taken)
    return ET.tostring(svg, encoding="unicode")


def _name_dot(svg: ET.Element, take: str, x: float, y: float, taken: list[tuple[float, float, float]]) -> None:
    """The name beside its dot, moved down past the names that are there already."""
    name, end = _short(take, LONGEST_NAME + 12), x > WIDTH / 2
    reach = 7.0 * len(name)
    left = x - 10 - reach if end else x + 10
    line = y + 4
    while any(abs(line - other) < 13 and left < to and begin < left + reach for begin, to, other in sorted(taken)):
        line += 4
    taken.append((left, left + reach, line))
    _text(svg, x - 10 if end else x + 10, line, name, "ch-name", "end" if end else "start", take)


# of a session ---------------------------------------------------------------------------------------------------------


def stacks(bars: Sequence[Bar], title: str) -> str:
    """``latency``, scrolling on its own, with its legend. Empty without any bar."""
    legend = "".join(f'<li data-phase="{phase}">{phase}</li>' for phase in PHASES)
    return f'{_scroll(latency(bars, title), title)}<ul class="ch-legend">{legend}</ul>' if bars else ""


def lanes(rows: Sequence[Lane], title: str, unit: str, top: float | None = None) -> str:
    """A lane for each variant: its dots, and its figure as a tick upon its interval. Empty without any.

    Args:
        top: where the axis ends; None for the next round value above all there is.
    """
    if not rows:
        return ""
    right, bottom = WIDTH - 28, len(rows) * LANE + 8
    svg = _svg(bottom + 34, title, "; ".join(f"{row.name}: {row.words}" for row in rows))
    reach = [value for row in rows for value in (*row.dots, row.value, row.high) if value is not None]
    end = top if top is not None else _nice_top(max(reach, default=0.0))
    _across(svg, end, EDGE, right, bottom, unit)
    for index, row in enumerate(rows):
        _lane(svg, row, index * LANE + 8, (right - EDGE) / end)
    return _scroll(ET.tostring(svg, encoding="unicode"), title)


def _lane(svg: ET.Element, row: Lane, y: int, scale: float) -> None:
    middle = y + 34
    name = _text(svg, EDGE, y + 12, _short(row.name, 60), "ch-name", full=row.name)
    _node(name, "tspan", dx=10, **{"class": "ch-tick"}).text = row.words
    if row.low is not None and row.high is not None:
        wide = max(2.0, (row.high - row.low) * scale)
        _node(svg, "rect", x=EDGE + row.low * scale, y=middle - 11, width=wide, height=22, rx=3, **{"class": "ch-band"})
    radius = SMALL_DOT if len(row.dots) > MANY else DOT
    for x, down in _swarm([EDGE + value * scale for value in row.dots], radius):
        _node(svg, "circle", cx=x, cy=middle + down, r=radius, **{"class": "ch-take"})
    if row.value is not None:
        x = EDGE + row.value * scale
        _node(svg, "path", d=f"M{x:.1f} {middle - 14}v28", **{"class": "ch-mark"})


def _swarm(places: Sequence[float], radius: float) -> list[tuple[float, float]]:
    """Dots moved up and down so that few hide another: each as near to the middle as there is room."""
    steps = [side * step * radius * 1.5 for step in range(3) for side in (1, -1)][1:]
    put: list[tuple[float, float]] = []
    for x in sorted(places):
        near = [(other, down) for other, down in put if x - other < 2 * radius]
        free = (s for s in steps if all(math.hypot(x - other, s - down) >= 1.9 * radius for other, down in near))
        put.append((x, next(free, steps[len(near) % len(steps)])))
    return put


def efficient(offers: Sequence[PricedLatency]) -> list[PricedLatency]:
    """The cheapest, and whatever is faster than all that cost no more; those that may cost more are no candidates."""
    found: list[PricedLatency] = []
    for offer in sorted((each for each in offers if not each.at_least), key=lambda each: (each.cost, each.seconds)):
        if not found or offer.seconds < found[-1].seconds:
            found.append(offer)
    return found


def frontier(offers: Sequence[PricedLatency], unit: str, title: str) -> str:
    """One dot per variant, and a line through those that nothing beats in both. Empty without any."""
    if not offers:
        return ""
    left, right, bottom, best = 56, WIDTH - 24, PLOT_HEIGHT + 40, efficient(offers)
    svg = _svg(bottom + 34, title, "; ".join(_told(offer, unit, offer in best) for offer in offers))
    far, high = _nice_top(max(o.cost for o in offers)), _nice_top(max(o.high or o.seconds for o in offers))
    _across(svg, far, left, right, bottom, f"cost of a delivered clip, {unit}")
    _up(svg, high, left, right, bottom)

    def place(cost: float, seconds: float) -> tuple[float, float]:
        return left + (cost / far if far else 0) * (right - left), bottom - seconds / high * (bottom - 24)

    if len(best) > 1:
        _edge(svg, [place(each.cost, each.seconds) for each in best])
    for offer in offers:
        (x, y), kind = place(offer.cost, offer.seconds), _kind_of(offer, best)
        if offer.low is not None and offer.high is not None:
            ends = f"M{x:.1f} {place(0, offer.high)[1]:.1f}V{place(0, offer.low)[1]:.1f}"
            _node(svg, "path", d=ends, **{"class": "ch-doubt"})
        dot = _node(svg, "circle", cx=x, cy=y, r=6, **{"class": kind})
        _node(dot, "title").text = _told(offer, unit, offer in best)
    taken: list[tuple[float, float, float]] = []
    for offer in sorted(offers, key=lambda each: -each.seconds):
        x, y = place(offer.cost, offer.seconds)
        _name_dot(svg, offer.name, x, y + 12, taken)
    return _scroll(ET.tostring(svg, encoding="unicode"), title)


def _kind_of(offer: PricedLatency, best: Sequence[PricedLatency]) -> str:
    return "ch-open" if offer.at_least else "ch-dot" if offer in best else "ch-beaten"


def _edge(svg: ET.Element, places: Sequence[tuple[float, float]]) -> None:
    (x, y), *others = places
    steps = "".join(f"H{to:.1f}V{down:.1f}" for to, down in others)
    _node(svg, "path", d=f"M{x:.1f} {y:.1f}{steps}", **{"class": "ch-edge"})


def _told(offer: PricedLatency, unit: str, best: bool) -> str:
    cost = f"{'at least ' if offer.at_least else ''}{_cost(offer.cost)} {unit}"
    return f"{offer.name}: {cost}, {offer.seconds:.1f} seconds{', nothing is both cheaper and faster' if best else ''}"


# axes ---------------------------------------------------------------------------------------------------------------


def _nice_top(value: float) -> float:
    """The end of an axis from zero: the next 1, 2, 2.5 or 5 steps above the largest value."""
    return _step(value) * max(1, math.ceil(value / _step(value) - 1e-9))


def _step(value: float) -> float:
    if value <= 0:
        return 1.0
    rough = value / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(n * power for n in (1, 2, 2.5, 5, 10) if n * power >= rough * (1 - 1e-9))


def _ticks(top: float) -> list[float]:
    step = _step(top)
    return [i * step for i in range(round(top / step) + 1)]


def _across(svg: ET.Element, top: float, left: float, right: float, bottom: float, unit: str) -> None:
    for value in _ticks(top):
        x = left + value / top * (right - left)
        _node(svg, "path", d=f"M{x:.1f} 4V{bottom:.1f}", **{"class": "ch-line"})
        _text(svg, x, bottom + 14, _cost(value), "ch-tick", "middle")
    _text(svg, right, bottom + 29, unit, "ch-tick", "end")


def _up(svg: ET.Element, top: float, left: float, right: float, bottom: float) -> None:
    for value in _ticks(top):
        y = bottom - value / top * (bottom - 24)
        _node(svg, "path", d=f"M{left:.1f} {y:.1f}H{right:.1f}", **{"class": "ch-line"})
        _text(svg, left - 8, y + 4, _cost(value), "ch-tick", "end")
    _text(svg, 2, 14, "seconds", "ch-tick")


def _cost(value: float) -> str:
    return f"{value:.4g}"


# nodes --------------------------------------------------------------------------------------------------------------


def _svg(height: float, title: str, told: str) -> ET.Element:
    about = {"viewBox": f"0 0 {WIDTH} {height:g}", "role": "img", "class": "ch", "aria-label": f"{title}. {told}"}
    return ET.Element("svg", about)


def _node(parent: ET.Element, tag: str, **attributes: object) -> ET.Element:
    values = {name: f"{value:.1f}" if isinstance(value, float) else str(value) for name, value in attributes.items()}
    return ET.SubElement(parent, tag, values)


def _text(
    parent: ET.Element, x: float, y: float, words: str, kind: str, anchor: str = "start", full: str = ""
) -> ET.Element:
    node = _node(parent, "text", x=float(x), y=float(y), **{"class": kind, "text-anchor": anchor})
    node.text = words
    if full and full != words:
        _node(node, "title").text = full
    return node


def _short(name: str, longest: int = LONGEST_NAME) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"
