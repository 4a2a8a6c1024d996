"""The plots of a run as inline SVG. Colors come from the page's style sheet.

Every axis begins at zero, so that a small difference never looks big, and every plot has a description in words.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

from comparisons.records import PHASES, Run
from comparisons.viewer import figures
from comparisons.viewer._labels import HIGHER, Box, Dot, draw_names, placed
from comparisons.viewer._svg import (
    WIDTH,
    across,
    amount,
    nice_top,
    node,
    scroll,
    short,
    svg,
    text,
    up,
)
from comparisons.viewer.figures import Bar, CostFigure

NAMES = 232
"""Pixels kept for the names of the takes."""
ROW, BAR = 38, 14
PLOT_HEIGHT = 300


def plots(run: Run, usd: Mapping[str, Decimal]) -> str:
    """Both plots of a run as HTML, with their headings; empty if nothing was delivered."""
    bars, costs = figures.bars(run), figures.costs(run, usd)
    if not bars:
        return ""
    simulated = " (simulated)" if run.simulated else ""
    legend = "".join(f'<li data-phase="{phase}">{phase}</li>' for phase in PHASES)
    return (
        f'<section class="ch-plots"><div><h2>Latency by phase{simulated}</h2>'
        f'{scroll(latency(bars, f"Latency by phase{simulated}"))}<ul class="ch-legend">{legend}</ul></div>'
        f"<div><h2>Cost against latency{simulated}</h2>{scroll(cost(costs, f'Cost against latency{simulated}'))}"
        f'<p class="ch-note">{escape(cost_note(costs))}</p></div></section>'
    )


def cost_note(of: CostFigure) -> str:
    """A sentence: in which currency costs are, and how many takes are left out."""
    missing = of.takes - len(of.points)
    left_out = f"; {missing} of {of.takes} takes are not shown: price unknown, or in another currency"
    return f"Cost in {of.unit}{left_out if missing else ''}."


def latency(bars: Sequence[Bar], title: str) -> str:
    """The plot of stacked bars, one for each delivered take, by phase; empty without bars."""
    if not bars:
        return ""
    right, bottom = WIDTH - 72, len(bars) * ROW + 8
    plot = svg(bottom + 34, title, "; ".join(_said(bar) for bar in bars))
    top = nice_top(max(max(bar.total, sum(bar.phases.values())) for bar in bars))
    across(plot, top, NAMES, right, bottom, "seconds")
    for index, bar in enumerate(bars):
        _stack(plot, bar, index * ROW + 12, (right - NAMES) / top)
    return ET.tostring(plot, encoding="unicode")


def _said(bar: Bar) -> str:
    spent = ", ".join(f"{phase} {bar.phases[phase]:.1f}" for phase in PHASES if bar.phases[phase] >= 0.05)
    return f"{bar.take}: {bar.total:.1f} seconds ({spent})"


def _stack(plot: ET.Element, bar: Bar, y: int, scale: float) -> None:
    text(plot, NAMES - 10, y + 6, short(bar.provider or bar.label), "ch-name", "end", bar.take)
    text(plot, NAMES - 10, y + 21, short(bar.label if bar.provider else ""), "ch-tick", "end", bar.take)
    x = float(NAMES)
    for phase in PHASES:
        wide = bar.phases[phase] * scale
        if wide > 0:
            rect = node(plot, "rect", x=x, y=y, width=wide, height=BAR, **{"class": "ch-bar", "data-phase": phase})
            node(rect, "title").text = f"{bar.take}, {phase}: {bar.phases[phase]:.2f} s"
        x += wide
    if bar.uncertainty:
        low, high = max(float(NAMES), x - bar.uncertainty * scale), x + bar.uncertainty * scale
        middle = y + BAR / 2
        node(plot, "path", d=f"M{low:.1f} {middle}H{high:.1f}M{high:.1f} {middle - 3}v6", **{"class": "ch-doubt"})
        x = high
    text(plot, x + 6, y + BAR - 2, f"{bar.total:.1f} s", "ch-value")


def cost(of: CostFigure, title: str) -> str:
    """The plot of cost against latency, with a dot for each delivered take of known cost; empty without dots."""
    if not of.points:
        return ""
    left, right, bottom = 56, WIDTH - 24, PLOT_HEIGHT
    while (boxes := placed(dots := _dots(of, left, right, bottom), Box(left, 16, WIDTH, bottom))) is None:
        bottom += HIGHER
    told = "; ".join(f"{p.take}: {amount(p.cost)} {of.unit}, {p.seconds:.1f} seconds" for p in of.points)
    plot = svg(bottom + 34, title, told)
    across(plot, nice_top(max(p.cost for p in of.points)), left, right, bottom, f"cost, {of.unit}")
    up(plot, nice_top(max(p.seconds for p in of.points)), left, right, bottom)
    draw_names(plot, dots, boxes)
    for point, dot in zip(of.points, dots, strict=True):
        circle = node(plot, "circle", cx=dot.x, cy=dot.y, r=5, **{"class": "ch-dot"})
        node(circle, "title").text = f"{point.take}: {amount(point.cost)} {of.unit}, {point.seconds:.1f} s"
    return ET.tostring(plot, encoding="unicode")


def _dots(of: CostFigure, left: float, right: float, bottom: float) -> list[Dot]:
    far, high = nice_top(max(p.cost for p in of.points)), nice_top(max(p.seconds for p in of.points))
    places = [
        (point.take, left + point.cost / far * (right - left), bottom - point.seconds / high * (bottom - 24))
        for point in of.points
    ]
    return [Dot(take, x, y, Box(x - 7, y - 7, x + 7, y + 7)) for take, x, y in places]
