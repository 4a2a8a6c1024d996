"""All metrics of one clip: its picture is decoded once, its sound once."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from comparisons.metrics import _bars, _cuts, _first_frame, _flicker, _holds, _over_time, _pace
from comparisons.metrics._catalogue import METRICS, VERSION
from comparisons.metrics._colours import luma
from comparisons.metrics._decode import MOST_FRAMES, Facts, decoded, look, quantisers
from comparisons.metrics._ffmpeg import UnreadableClip
from comparisons.metrics._grids import Bytes
from comparisons.metrics._image import read_image
from comparisons.metrics._loudness import Loudness, loudness
from comparisons.metrics._qp import mean_quantiser
from comparisons.metrics._scores import Flags, Frozen, Reason, Scores

Answers = dict[str, _pace.Answer]
Cuts = npt.NDArray[np.bool_]


def measured(clip: bytes, image: bytes | None) -> Scores:
    """Measures a clip.

    Args:
        clip: a video file.
        image: the file of the image that the clip was to begin with, if there was one.

    Raises:
        UnreadableClip: no picture of it can be decoded, or not in time.
    """
    with tempfile.TemporaryDirectory(prefix="takes-metrics-") as name:
        folder = Path(name)
        path = folder / "clip"
        path.write_bytes(clip)
        facts = look(path)
        given = read_image(image, folder) if image is not None else None
        with decoded(path, facts, folder) as chunks:
            course = _over_time.follow(chunks)
        if course is None:
            raise UnreadableClip("The clip holds no pictures.")
        heard = loudness(path) if facts.sound else Loudness(None, reason=Reason.NO_SOUND)
        coarse = mean_quantiser(quantisers(folder))
    begun = _begun(facts, course, given, asked=image is not None)
    return _put_together(facts, course, begun, heard, coarse, len(clip))


def _begun(facts: Facts, course: _over_time.Course, image: Bytes | None, *, asked: bool) -> _first_frame.Beginning:
    assert facts.first is not None  # it has been decoded
    picture = _bars.picture_within(course.rows, course.columns, luma(facts.first).round().astype(np.uint8))
    if image is None:
        return _first_frame.without_image(picture, Reason.IMAGE_UNREADABLE if asked else Reason.NO_IMAGE)
    return _first_frame.compared(facts.first, image, picture, unsaid=facts.unsaid, hdr=facts.hdr)


def _put_together(
    facts: Facts,
    course: _over_time.Course,
    begun: _first_frame.Beginning,
    heard: Loudness,
    coarse: float | None,
    size: int,
) -> Scores:
    times = _times(facts, course.frames)
    fps = _rate(times)
    apart = _cuts.new_shots(course.thumb)
    repeated = _holds.repeats(course.step, _holds.speeds(course.moved))
    stood = _holds.standstills(repeated, times)
    answers = _of_beginning(begun) | _of_course(facts, course, begun, apart, fps)
    answers |= {
        "duplicate_frames": (100 * float(repeated.mean()), None) if fps else (None, Reason.TOO_SHORT),
        "frozen_s": (max((each.length_s for each in stood), default=0.0), None) if fps else (None, Reason.TOO_SHORT),
        "qp": (coarse, None if coarse is not None else Reason.NO_QUANTISER),
        "loudness_lufs": (heard.lufs, heard.reason),
    }
    length = times[-1] + 1 / fps if fps else None
    if course.frames >= MOST_FRAMES or length is None:
        length = facts.duration_s
    return Scores(
        values={each.name: _rounded(answers[each.name][0]) for each in METRICS},
        reasons={each.name: why for each in METRICS if (why := answers[each.name][1]) is not None},
        flags=_flags(facts, begun, heard, stood, [times[at] for at in np.flatnonzero(apart) + 1]),
        fit=begun.fit,
        kept=begun.kept and (round(begun.kept[0], 2), round(begun.kept[1], 2)),
        base_qp=facts.base_qp,
        true_peak_dbtp=heard.true_peak_dbtp,
        mbit_s=_rounded(size * 8 / length / 1e6) if length else None,
        frames=course.frames,
        fps=_rounded(fps),
        version=VERSION,
        ffmpeg=facts.ffmpeg,
    )


def _of_beginning(begun: _first_frame.Beginning) -> Answers:
    return {name: (begun.values.get(name), begun.reasons.get(name)) for name in _first_frame.NAMES}


def _of_course(
    facts: Facts, course: _over_time.Course, begun: _first_frame.Beginning, apart: Cuts, fps: float | None
) -> Answers:
    """What needs more than one frame."""
    names = ("luma_flicker", "motion", "judder")
    if fps is None or facts.first is None:
        return dict.fromkeys(names, (None, Reason.TOO_SHORT))
    height, width = facts.first.shape[:2]
    change, moved = _over_time.within(course, begun.picture, height / width)
    flicker = _flicker.luma_flicker(change, apart)
    speed = _pace.motion(moved, apart, fps)
    return {
        "luma_flicker": (flicker, None if flicker is not None else Reason.TOO_SHORT),
        "motion": speed,
        "judder": _pace.judder(moved, apart, speed),
    }


def _flags(
    facts: Facts, begun: _first_frame.Beginning, heard: Loudness, stood: Sequence[Frozen], cuts: list[float]
) -> Flags:
    return Flags(
        bars=round(_bars.share(begun.picture), 4),
        cuts=tuple(cuts),
        frozen=tuple(each for each in stood if each.length_s >= _holds.LONG_S),
        silent=heard.reason is Reason.SILENT,
        no_sound=not facts.sound,
    )


def _times(facts: Facts, frames: int) -> list[float]:
    """When each frame is shown. Where the file does not say that of all, they are taken to come evenly."""
    if len(facts.times) == frames and all(one < two for one, two in pairwise(facts.times)):
        return facts.times
    length = facts.duration_s or frames / 25
    return [round(at * length / frames, 6) for at in range(frames)]


def _rate(times: Sequence[float]) -> float | None:
    """Frames a second, where they come unevenly of most of them; None for a single frame."""
    if len(times) < 2:
        return None
    usual, mean = float(np.median(np.diff(times))), (times[-1] - times[0]) / (len(times) - 1)
    return round(1 / (mean if abs(mean - usual) < 0.01 * usual else usual), 3)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)
