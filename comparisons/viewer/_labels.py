"""Names beside the dots of a plot: none over another, over a dot or outside, each as close to its dot as it can be."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from comparisons.viewer._svg import LONGEST_NAME, node, short, text

LETTER, LINE = 7.0, 15.0
"""Pixels of a letter, on average a little less, and of a line."""
BESIDE = 10.0
"""Pixels between the middle of a dot and a name beside it."""
ASIDE = (0.0, 30.0, 70.0, 140.0, 260.0)
"""How many pixels further to the side a name is moved where nothing closer is free."""
LEADER = 16.0
"""A name that is further than so many pixels from its dot has a line that leads there."""
CHOICES = 40
"""The most free places that are looked at for one that no line crosses."""
HIGHER = 90
"""Pixels by which a plot is made higher if there is no room for all names."""


@dataclass(frozen=True)
class Box:
    """A rectangle of a plot."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether they have any point in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def holds(self, other: Box) -> bool:
        """Whether the other one lies within this one."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """The point of it that is nearest to a point."""
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)


@dataclass(frozen=True)
class Dot:
    """A dot that has a name. ``around``: what is drawn there, which no name may cover."""

    name: str
    x: float
    y: float
    around: Box


def placed(dots: Sequence[Dot], within: Box) -> list[Box] | None:
    """Where the name of each dot stands, in their order; None if there is no room for all of them."""
    solid, lines = [dot.around for dot in dots], list[Box]()
    found: dict[int, Box] = {}
    for index, dot in sorted(enumerate(dots), key=lambda each: (each[1].y, each[1].x)):
        free = list(islice((box for box in _places(dot, within) if not _meets_any(box, solid)), CHOICES))
        if not free:
            return None
        box = next((box for box in free if _is_clear(dot, box, solid, lines)), free[0])
        found[index] = box
        solid.append(box)
        lines += _leader(dot, box)
    return [found[index] for index in range(len(dots))]


def _places(dot: Dot, within: Box) -> Iterator[Box]:
    """Where its name may stand, the closest first."""
    wide = LETTER * len(_shown(dot))
    steps = range(-int((within.bottom - within.top) // LINE), int((within.bottom - within.top) // LINE) + 1)
    moves = [(aside, step * LINE) for aside in ASIDE for step in steps]
    for aside, down in sorted(moves, key=lambda move: math.hypot(*move)):
        for left in (dot.x + BESIDE + aside, dot.x - BESIDE - aside - wide):
            box = Box(left, dot.y + down - LINE / 2, left + wide, dot.y + down + LINE / 2)
            if within.holds(box):
                yield box


def _meets_any(box: Box, others: Iterable[Box]) -> bool:
    return any(box.meets(other) for other in others)


def _is_clear(dot: Dot, box: Box, solid: Sequence[Box], lines: Sequence[Box]) -> bool:
    """Whether a name is on no line that leads to another, and the line to it passes no other name or dot."""
    others = [other for other in solid if other is not dot.around]
    return not _meets_any(box, lines) and not any(_meets_any(point, others) for point in _leader(dot, box))


def _leader(dot: Dot, box: Box) -> list[Box]:
    """The line from the dot to its name, as points of it; empty if the name is close enough."""
    x, y = box.nearest(dot.x, dot.y)
    far = math.hypot(x - dot.x, y - dot.y)
    if far <= LEADER:
        return []
    points = [(dot.x + (x - dot.x) * at / far, dot.y + (y - dot.y) * at / far) for at in range(12, int(far), 4)]
    return [Box(across, down, across, down) for across, down in points]


def _shown(dot: Dot) -> str:
    return short(dot.name, LONGEST_NAME + 12)


def draw_names(plot: ET.Element, dots: Sequence[Dot], boxes: Sequence[Box]) -> None:
    """Writes the names into a plot, over the lines that lead to them."""
    for dot, box in zip(dots, boxes, strict=True):
        if _leader(dot, box):
            x, y = box.nearest(dot.x, dot.y)
            node(plot, "path", d=f"M{dot.x:.1f} {dot.y:.1f}L{x:.1f} {y:.1f}", **{"class": "ch-leader"})
    for dot, box in zip(dots, boxes, strict=True):
        at, anchor = (box.right, "end") if box.right < dot.x else (box.left, "start")
        text(plot, at, box.top + 12, _shown(dot), "ch-name", anchor, dot.name)
