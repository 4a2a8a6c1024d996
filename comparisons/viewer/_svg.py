"""The parts of every plot: the SVG element, axes from zero, and texts. Lengths are in pixels of the plot."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from html import escape

WIDTH = 720
LONGEST_NAME = 34
"""The most characters of a name in a plot."""


def svg(height: float, title: str, told: str) -> ET.Element:
    """An empty plot. ``told`` is what it shows in words, for screen readers."""
    about = {"viewBox": f"0 0 {WIDTH} {height:g}", "role": "img", "class": "ch", "aria-label": f"{title}. {told}"}
    return ET.Element("svg", about)


def node(parent: ET.Element, tag: str, **attributes: object) -> ET.Element:
    """A new element in another one."""
    values = {name: f"{value:.1f}" if isinstance(value, float) else str(value) for name, value in attributes.items()}
    return ET.SubElement(parent, tag, values)


def text(
    parent: ET.Element, x: float, y: float, words: str, kind: str, anchor: str = "start", full: str = ""
) -> ET.Element:
    """Adds a text at a place. ``kind`` is a CSS class; ``full`` is the unshortened text, shown as a tooltip."""
    written = node(parent, "text", x=float(x), y=float(y), **{"class": kind, "text-anchor": anchor})
    written.text = words
    if full and full != words:
        node(written, "title").text = full
    return written


def short(name: str, longest: int = LONGEST_NAME) -> str:
    """A name of at most ``longest`` characters. It is cut in the middle: the ends are what tells names apart."""
    if len(name) <= longest:
        return name
    end = longest // 2
    return f"{name[: longest - 1 - end].rstrip()}…{name[-end:].lstrip()}"


def scroll(plot: str, label: str = "Plot") -> str:
    """A plot that scrolls by itself where the page is too narrow to read it; empty for an empty plot."""
    return (
        f'<div class="ch-scroll" tabindex="0" role="region" aria-label="{escape(label)}">{plot}</div>' if plot else ""
    )


def nice_top(value: float) -> float:
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


def across(plot: ET.Element, top: float, left: float, right: float, bottom: float, unit: str) -> None:
    """Draws a horizontal axis from 0 to ``top``."""
    for value in _ticks(top):
        x = left + value / top * (right - left)
        node(plot, "path", d=f"M{x:.1f} 4V{bottom:.1f}", **{"class": "ch-line"})
        text(plot, x, bottom + 14, amount(value), "ch-tick", "middle")
    text(plot, right, bottom + 29, unit, "ch-tick", "end")


def up(plot: ET.Element, top: float, left: float, right: float, bottom: float) -> None:
    """Draws a vertical axis from 0 to ``top`` seconds."""
    for value in _ticks(top):
        y = bottom - value / top * (bottom - 24)
        node(plot, "path", d=f"M{left:.1f} {y:.1f}H{right:.1f}", **{"class": "ch-line"})
        text(plot, left - 8, y + 4, amount(value), "ch-tick", "end")
    text(plot, 2, 14, "seconds", "ch-tick")


def amount(value: float) -> str:
    """A number with four significant figures at most."""
    return f"{value:.4g}"
