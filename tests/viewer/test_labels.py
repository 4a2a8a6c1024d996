"""Names in a plot stand beside their dots, and none over anything else."""

from __future__ import annotations

import itertools
import random

import pytest

from comparisons.viewer._labels import LEADER, Box, Dot, placed
from comparisons.viewer._svg import short

PLOT = Box(56, 16, 720, 480)


def dot(name: str, x: float, y: float) -> Dot:
    return Dot(name, x, y, Box(x - 7, y - 7, x + 7, y + 7))


def test_where_there_is_room_a_name_stands_beside_its_dot():
    dots = [dot("RunComfy · Hailuo 2.3 Fast", x, y) for x, y in ((60, 280), (400, 150), (690, 40))]
    boxes = placed(dots, PLOT) or []
    assert [round(abs(box.nearest(each.x, each.y)[0] - each.x)) for box, each in zip(boxes, dots, strict=True)] == [
        10
    ] * 3
    assert [box.nearest(each.x, each.y)[1] for box, each in zip(boxes, dots, strict=True)] == [each.y for each in dots]


@pytest.mark.parametrize("spread", [0, 30, 250])
def test_no_name_of_24_takes_lies_over_another_over_a_dot_or_outside(spread: int):
    rng = random.Random(spread)
    names = [f"Provider {n} · Seedance 2.0 Fast" for n in range(24)]
    dots = [dot(name, 380 + rng.uniform(-spread, spread), 150 + rng.uniform(-spread, spread) / 2) for name in names]
    boxes = placed(dots, PLOT)
    assert boxes is not None
    assert not any(one.meets(other) for one, other in itertools.combinations(boxes, 2))
    assert not any(box.meets(each.around) for box in boxes for each in dots)
    assert all(PLOT.holds(box) for box in boxes)


def test_a_name_between_others_has_the_nearest_place_and_none_is_found_where_all_is_full():
    row = [dot("a" * 20, 380, 100 + 12 * n) for n in range(6)]
    far = [
        max(
            abs(box.nearest(each.x, each.y)[1] - each.y) for box, each in zip(placed(row, PLOT) or [], row, strict=True)
        )
    ]
    assert far[0] < 3 * LEADER
    assert placed([dot("a" * 46, 380, 150) for _ in range(60)], PLOT) is None


def test_a_name_that_is_too_long_loses_its_middle():
    assert short("RunComfy · Seedance 2.0 Fast, low-price channel", 24) == "RunComfy ·…rice channel"
    assert short("fal · Veo 3.1", 24) == "fal · Veo 3.1"
