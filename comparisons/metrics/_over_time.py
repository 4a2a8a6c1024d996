"""What is measured over a whole clip while its frames go by, a chunk at a time; only small numbers of each are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from comparisons.metrics import _bars, _cuts, _flicker, _holds, _motion
from comparisons.metrics._grids import Bytes, Floats, Window

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """Numbers of every frame, or of every frame but the first where they compare it with the one before it.

    Attributes:
        size: width and height of a small frame.
        step: ``_holds.steps``.
        light: ``_flicker.lights``.
        thumb: ``_cuts.thumbs``.
        moved: ``_motion.moves``.
        rows: ``_bars.lines``, as columns.
    """

    size: tuple[int, int]
    step: Floats
    light: Floats
    thumb: Floats
    moved: Floats
    rows: _bars.Lines
    columns: _bars.Lines

    @property
    def frames(self) -> int:
        return len(self.light)


def follow(chunks: Iterable[Bytes]) -> Course | None:
    """Reads all frames; None where there are none."""
    parts: list[Course] = []
    last: Bytes | None = None
    for chunk in chunks:
        joined = chunk if last is None else np.concatenate([last, chunk])
        parts.append(_part(chunk, joined))
        last = chunk[-1:]
    return _whole(parts) if parts else None


def _part(chunk: Bytes, joined: Bytes) -> Course:
    rows, columns = _bars.lines(chunk)
    size = chunk.shape[2], chunk.shape[1]
    moved = _motion.moves(joined) if len(joined) > 1 else _none_moved(size)
    return Course(size, _holds.steps(joined), _flicker.lights(chunk), _cuts.thumbs(chunk), moved, rows, columns)


def _none_moved(size: tuple[int, int]) -> Floats:
    return np.empty((0, len(_motion.corners(size[1], size[0])), 2), np.float32)


def _whole(parts: list[Course]) -> Course:
    fields = ("step", "light", "thumb", "moved")
    step, light, thumb, moved = (np.concatenate([getattr(each, name) for each in parts]) for name in fields)
    rows, columns = ([getattr(each, name) for each in parts] for name in ("rows", "columns"))
    return Course(parts[0].size, step, light, thumb, moved, _bars.joined(rows), _bars.joined(columns))


def within(course: Course, picture: Window, tall: float) -> tuple[Floats, Floats]:
    """How light changes, and moves, of what lies between the bars; moves in per cent of the frame's width.

    Args:
        tall: the height of a frame as it is shown, by its width.
    """
    down, across = np.indices((_flicker.DOWN, _flicker.ACROSS))
    cells = _lies_in(picture, across / _flicker.ACROSS, down / _flicker.DOWN, 1 / _flicker.ACROSS, 1 / _flicker.DOWN)
    width, height = course.size
    at = np.array(_motion.corners(height, width))
    side = _motion.BLOCK
    blocks = _lies_in(picture, at[:, 1] / width, at[:, 0] / height, side / width, side / height)
    scale = np.array([100 * tall / height, 100 / width], np.float32)
    change = _flicker.changes(course.light, course.moved, course.size)
    return change[:, cells], course.moved[:, blocks] * scale


def _lies_in(picture: Window, left: Doubles, top: Doubles, wide: float, high: float) -> npt.NDArray[np.bool_]:
    """Which cells lie in a window; all of them if too few do."""
    near = 1e-6
    across = (left >= picture.left - near) & (left + wide <= picture.right + near)
    found: npt.NDArray[np.bool_] = across & (top >= picture.top - near) & (top + high <= picture.bottom + near)
    return found if found.any() else np.ones_like(found)
