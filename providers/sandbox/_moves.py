"""The camera moves a prompt can name, where each puts the camera at every moment, and what it sees there.

MiniMax documents fifteen moves, in English and Chinese, written in square brackets in the prompt. Moves in
one pair of brackets happen together, ``[Truck left,Push in]``; brackets further on take their turn:
``[Push in], then [Pull out]``.
Source: MiniMax API reference, "Video Generation", ``prompt`` (read 2026-11-21).

How far each goes is not documented: every amount here is simulated, chosen so that a clip stays in its frame.

Every frame is cut from a picture enlarged several times, so the camera moves in fractions of a pixel: slow
zooms stay smooth, and a frame at zoom 1 is the given image itself. Cutting is a plain look-up, so it is fast.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from PIL import Image


@dataclass(frozen=True)
class Pose:
    """Where the camera is: zoom (1 shows the whole frame), shift in frames, roll in radians."""

    zoom: float
    dx: float
    dy: float
    roll: float


@dataclass(frozen=True)
class Camera:
    """How one provider's simulated operator moves: what turn by turn, how far, how softly, how shakily."""

    turns: tuple[tuple[str, ...], ...]
    amount: float
    softness: float
    phase: float


@dataclass(frozen=True)
class _Move:
    start: float = 1.0
    end: float = 1.0
    across: int = 0
    down: int = 0
    tremor: float = 0.0

    @property
    def travels(self) -> bool:
        return bool(self.across or self.down or self.tremor)


# A view that travels needs room to travel in, so those moves are zoomed in throughout.
_MOVES = {
    "Truck left": _Move(1.2, 1.2, across=-1),
    "Truck right": _Move(1.2, 1.2, across=1),
    "Pan left": _Move(1.25, 1.25, across=-1),
    "Pan right": _Move(1.25, 1.25, across=1),
    "Push in": _Move(1.0, 1.3),
    "Pull out": _Move(1.3, 1.0),
    "Pedestal up": _Move(1.2, 1.2, down=-1),
    "Pedestal down": _Move(1.2, 1.2, down=1),
    "Tilt up": _Move(1.25, 1.25, down=-1),
    "Tilt down": _Move(1.25, 1.25, down=1),
    "Zoom in": _Move(1.0, 1.5),
    "Zoom out": _Move(1.5, 1.0),
    "Shake": _Move(1.07, 1.07, tremor=1.0),
    "Tracking shot": _Move(1.16, 1.16, across=1, tremor=0.2),
    "Static shot": _Move(),
}
_CHINESE = {
    "左移": "Truck left",
    "右移": "Truck right",
    "左摇": "Pan left",
    "右摇": "Pan right",
    "推进": "Push in",
    "拉远": "Pull out",
    "上升": "Pedestal up",
    "下降": "Pedestal down",
    "上摇": "Tilt up",
    "下摇": "Tilt down",
    "变焦推近": "Zoom in",
    "变焦拉远": "Zoom out",
    "晃动": "Shake",
    "跟随": "Tracking shot",
    "固定": "Static shot",
}
_BY_WORD = {name.casefold(): name for name in _MOVES} | _CHINESE
_BRACKETS = re.compile(r"[\[［【]([^\[\]［］【】]*)[\]］】]")
_COMMAS = re.compile(r"[,，、;；+]")

# Without an instruction the camera drifts: mostly inward, since only that begins on the whole given frame.
_GENTLE = (*["Push in"] * 4, "Pull out", "Truck left", "Truck right", "Pan left", "Pan right", "Pedestal up")
_GENTLE_AMOUNT = 0.55

# The part of a frame's width a full tremor can reach: its sines and the corners its roll swings out.
_TREMOR_ROOM = 0.027
_LARGE = 1_200_000


def moves_in(prompt: str) -> tuple[str, ...]:
    """The camera moves named in brackets in a prompt, by their English names, in order."""
    return tuple(name for turn in _turns_in(prompt) for name in turn)


def camera_for(prompt: str, style: Random, take: Random) -> Camera:
    """The camera of one clip: ``style`` is seeded by the provider, ``take`` by the provider and the job."""
    turns = _turns_in(prompt)
    amount = style.uniform(0.86, 1.12) * take.uniform(0.96, 1.04)
    softness = style.uniform(0.35, 1.0)
    phase = take.uniform(0, math.tau)
    if turns:
        return Camera(turns, amount, softness, phase)
    return Camera(((take.choice(_GENTLE),),), amount * _GENTLE_AMOUNT, softness, phase)


def pose(camera: Camera, progress: float, seconds: float) -> Pose:
    """Where the camera is at ``progress`` (0 first frame, 1 last), ``seconds`` into the clip.

    Zooms of moves multiply, their shifts add; what is seen never leaves the picture.
    """
    turns = len(camera.turns)
    # The widest view of the whole clip is the whole picture, also where a pull out waits for its turn.
    zoom = _zoom(camera, progress) / min(_zoom(camera, turn / turns) for turn in range(turns + 1))
    across, down, tremor, reach_x, reach_y = 0.0, 0.0, 0.0, 0.0, 0.0
    for move, eased in _under_way(camera, progress):
        if not move.travels:
            continue
        own = 1 + (move.start - 1) * camera.amount
        zoom *= own
        across += move.across * _room(own) * (2 * eased - 1)
        down += move.down * _room(own) * (2 * eased - 1)
        reach_x += abs(move.across) * _room(own)
        reach_y += abs(move.down) * _room(own)
        tremor += move.tremor * camera.amount
    shake_x, shake_y, roll = _tremor(seconds, camera.phase, tremor)
    # Shrinking the path where two moves add up keeps it smooth; a clamp would stop the camera at the edge.
    room = max(0.0, _room(zoom) - _TREMOR_ROOM * tremor)
    return Pose(zoom, across * _fit(room, reach_x) + shake_x, down * _fit(room, reach_y) + shake_y, roll)


def enlarged(plane: Image.Image, pixels: int) -> Image.Image:
    """A plane of a frame of so many pixels, in the size ``seen`` cuts from."""
    # Odd: the middle sample of each enlarged pixel is the pixel itself. Less for large frames: memory.
    times = 5 if pixels <= _LARGE else 3
    return plane.resize((plane.width * times, plane.height * times), Image.Resampling.BICUBIC)


def seen(plane: Image.Image, size: tuple[int, int], at: Pose) -> Image.Image:
    """What the camera sees of an enlarged plane, as a plane of ``size`` pixels."""
    width, height = plane.size
    scale = width / size[0] / at.zoom
    along, aside = scale * math.cos(at.roll), scale * math.sin(at.roll)
    x = width * (0.5 + at.dx) - (along * size[0] - aside * size[1]) / 2
    y = height * (0.5 + at.dy) - (aside * size[0] + along * size[1]) / 2
    matrix = (along, -aside, x, aside, along, y)
    return plane.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST)


def _turns_in(prompt: str) -> tuple[tuple[str, ...], ...]:
    turns = (_named(group) for group in _BRACKETS.findall(prompt))
    return tuple(turn for turn in turns if turn)


def _named(group: str) -> tuple[str, ...]:
    keys = (" ".join(word.split()).casefold() for word in _COMMAS.split(group))
    return tuple(dict.fromkeys(_BY_WORD[key] for key in keys if key in _BY_WORD))


def _under_way(camera: Camera, progress: float) -> Iterator[tuple[_Move, float]]:
    """Each move and how much of it is done: past turns stay where they ended, later ones wait to start."""
    for turn, names in enumerate(camera.turns):
        done = min(1.0, max(0.0, progress * len(camera.turns) - turn))
        for name in names:
            yield _MOVES[name], _ease(done, camera.softness)


def _zoom(camera: Camera, progress: float) -> float:
    """What the zooming moves multiply to."""
    zooming = ((move, eased) for move, eased in _under_way(camera, progress) if not move.travels)
    zooms = (move.start + (move.end - move.start) * eased for move, eased in zooming)
    return math.prod(1 + (zoom - 1) * camera.amount for zoom in zooms)


def _ease(progress: float, softness: float) -> float:
    return progress + softness * (progress * progress * (3 - 2 * progress) - progress)


def _room(zoom: float) -> float:
    return (1 - 1 / zoom) / 2


def _fit(room: float, reach: float) -> float:
    return min(1.0, room / reach) if reach else 0.0


def _tremor(seconds: float, phase: float, amount: float) -> tuple[float, float, float]:
    """A hand-held wobble: incommensurate sines, so that it does not visibly repeat."""
    across = 0.010 * math.sin(10.2 * seconds + phase) + 0.005 * math.sin(16.3 * seconds)
    down = 0.010 * math.sin(8.9 * seconds + 1 + phase) + 0.003 * math.sin(19.1 * seconds)
    roll = math.radians(0.35) * math.sin(11.8 * seconds + phase)
    return across * amount, down * amount, roll * amount
