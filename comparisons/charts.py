"""Two plots as inline SVG: latency by phase, and cost against latency. Colors come from the page's own style sheet.

Every plot begins at zero, so that a small difference never looks big, and says in words what it shows.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

from comparisons import figures
from comparisons.figures import Bar, Costs
from comparisons.records import PHASES, Run

WIDTH = 720
NAMES = 232
"""Pixels kept for the names of the takes."""
ROW, BAR = 38, 14
PLOT_HEIGHT = 300
LONGEST_NAME = 34
"""Characters of a line of a name."""


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


def _scroll(plot: str) -> str:
    """A plot that scrolls on its own where the page is narrower than it can be read."""
    return f'<div class="ch-scroll" tabindex="0" role="region" aria-label="Plot">{plot}</div>' if plot else ""


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


def cost(of: Costs, title: str) -> str:
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
