"""The camera moves a prompt can name, and where each puts the camera at every moment.

MiniMax documents fifteen moves, in English and Chinese, written in square brackets in the prompt. Moves in
one pair of brackets happen together, ``[Truck left,Push in]``; brackets further on take their turn:
``[Push in], then [Pull out]``.
Source: MiniMax API reference, "Video Generation", ``prompt`` (read 2026-11-21).

Every move begins where the whole picture is seen and nothing else, as a clip begins with the image it was given.
How far each goes is not documented: every amount here is simulated. What lies beyond the picture, ``_view.py`` says.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random


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
    """How far one goes: closer by a part of the zoom (or back, where negative), across and down in frames."""

    closer: float = 0.0
    across: float = 0.0
    down: float = 0.0
    tremor: float = 0.0


_MOVES = {
    "Truck left": _Move(across=-0.167),
    "Truck right": _Move(across=0.167),
    "Pan left": _Move(across=-0.2),
    "Pan right": _Move(across=0.2),
    "Push in": _Move(0.3),
    "Pull out": _Move(-0.3),
    "Pedestal up": _Move(down=-0.167),
    "Pedestal down": _Move(down=0.167),
    "Tilt up": _Move(down=-0.2),
    "Tilt down": _Move(down=0.2),
    "Zoom in": _Move(0.5),
    "Zoom out": _Move(-0.5),
    "Shake": _Move(tremor=1.0),
    "Tracking shot": _Move(across=0.12, tremor=0.2),
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

# Without an instruction the camera drifts: mostly inward, where nothing has to be made up.
_GENTLE = (*["Push in"] * 4, "Pull out", "Truck left", "Truck right", "Pan left", "Pan right", "Pedestal up")
_GENTLE_AMOUNT = 0.55

# However many moves add up: the smallest zoom, and how far from the middle in frames.
_WIDEST = 0.6
_FARTHEST = 0.35


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

    Zooms of moves multiply, their shifts add; those that would lead too far all go less far.
    """
    back, aside = _restraint(camera)
    zoom, across, down, tremor = 1.0, 0.0, 0.0, 0.0
    for move, done in _under_way(camera, progress):
        eased = _ease(done, camera.softness)
        zoom *= _zoom(move.closer * camera.amount, eased)
        across += move.across * camera.amount * eased
        down += move.down * camera.amount * eased
        tremor += move.tremor * camera.amount * min(1.0, 6 * done)
    shake_x, shake_y, roll = _tremor(seconds, camera.phase, tremor)
    return Pose(zoom**back, across * aside + shake_x, down * aside + shake_y, roll)


@functools.lru_cache(maxsize=64)
def _restraint(camera: Camera) -> tuple[float, float]:
    """The power of every zoom and the part of every shift that keep the camera near the picture to the end."""
    zoom, across, down, widest, farthest = 1.0, 0.0, 0.0, 1.0, 0.0
    for names in camera.turns:
        for move in (_MOVES[name] for name in names):
            zoom *= _zoom(move.closer * camera.amount, 1)
            across += move.across * camera.amount
            down += move.down * camera.amount
        widest, farthest = min(widest, zoom), max(farthest, abs(across), abs(down))
    back = math.log(_WIDEST) / math.log(widest) if widest < _WIDEST else 1.0
    return back, _FARTHEST / farthest if farthest > _FARTHEST else 1.0


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
            yield _MOVES[name], done


def _zoom(closer: float, eased: float) -> float:
    """From 1 to ``1 + closer``, or back from 1 as far as the move closer would lead."""
    return 1 + closer * eased if closer >= 0 else 1 + closer * eased / (1 - closer)


def _ease(progress: float, softness: float) -> float:
    return progress + softness * (progress * progress * (3 - 2 * progress) - progress)


def _tremor(seconds: float, phase: float, amount: float) -> tuple[float, float, float]:
    """A hand-held wobble: incommensurate sines, so that it does not visibly repeat."""
    across = 0.010 * math.sin(10.2 * seconds + phase) + 0.005 * math.sin(16.3 * seconds)
    down = 0.010 * math.sin(8.9 * seconds + 1 + phase) + 0.003 * math.sin(19.1 * seconds)
    roll = math.radians(0.35) * math.sin(11.8 * seconds + phase)
    return across * amount, down * amount, roll * amount
