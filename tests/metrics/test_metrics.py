"""What a clip's numbers promise: which there are, that a missing one has its reason, and that no file does harm.

How near they come to known damage: ``test_damage.py``.
"""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest
from PIL import Image

from comparisons.metrics import (
    FLAGS,
    METRICS,
    REASONS,
    VERSION,
    Fit,
    Flags,
    Reason,
    Scores,
    _ffmpeg,
    score,
)
from comparisons.metrics._colours import ciede2000
from comparisons.metrics._score import measured
from tests.damaged import H264, Shot, encoded, file, remade, sounding

NAMES = [each.name for each in METRICS]
SMALL = Shot("leaves", (256, 144), frames=12)
FIRST = ("first_frame_ssim", "first_frame_delta_e", "first_frame_kept", "detail")


def test_ten_metrics_each_say_what_they_cannot():
    assert [
        *FIRST, "luma_flicker", "duplicate_frames", "frozen_s", "motion", "judder", "qp", "loudness_lufs",
    ] == NAMES  # fmt: skip
    assert all(each.label and each.says_not and each.better in ("higher", "lower", "neither") for each in METRICS)
    assert {each.name for each in FLAGS} == {each.name for each in fields(Flags)}
    assert set(REASONS) == set(Reason)


def test_a_clip_with_everything_has_every_number_and_goes_through_json():
    clip = sounding(encoded(SMALL.all()), "sine=frequency=440:duration=1")
    found = score(clip, file(SMALL.at(0)))
    assert not found.reasons
    assert set(found.values) == set(NAMES)
    assert all(isinstance(each, float) for each in found.values.values())
    assert (found.fit, found.frames, found.fps, found.version) == (Fit.WHOLE, 12, 24.0, VERSION)
    assert found.mbit_s == pytest.approx(len(clip) * 8 / 0.5 / 1e6, rel=0.01)
    assert Scores.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found


def test_what_is_missing_has_its_reason():
    found = score(encoded(SMALL.all()[:1]), None)
    assert found.reasons == {
        **dict.fromkeys(FIRST, Reason.NO_IMAGE),
        **dict.fromkeys(("luma_flicker", "duplicate_frames", "frozen_s", "motion", "judder"), Reason.TOO_SHORT),
        "loudness_lufs": Reason.NO_SOUND,
    }
    assert [name for name, value in found.values.items() if value is None] == list(found.reasons)
    assert found.flags.no_sound
    assert not found.flags.silent


def test_a_clip_that_stands_still_and_is_silent():
    clip = sounding(encoded([SMALL.at(0)] * 24), "anullsrc")
    found = score(clip, b"no image")
    assert found.values["duplicate_frames"] == 100
    assert found.values["frozen_s"] == pytest.approx(23 / 24, abs=0.01)
    assert [each.start_s for each in found.flags.frozen] == [0]
    assert found.flags.silent
    assert {name: found.reasons[name] for name in ("judder", "loudness_lufs", *FIRST)} == {
        "judder": Reason.TOO_STILL, "loudness_lufs": Reason.SILENT, **dict.fromkeys(FIRST, Reason.IMAGE_UNREADABLE),
    }  # fmt: skip


def test_more_than_one_cut_leaves_no_judder():
    others = [Shot(each, SMALL.size, frames=8).all() for each in ("drawn", "clouds", "photo")]
    found = score(encoded([*others[0], *others[1], *others[2]]), None)
    assert [round(each * 24) for each in found.flags.cuts] == [8, 16]
    assert found.reasons["judder"] is Reason.SEVERAL_CUTS
    assert found.values["motion"] == pytest.approx(40**0.5, rel=0.05)


def test_an_image_that_is_not_in_the_frame_is_said_to_be_missing():
    found = score(encoded(SMALL.all()[:3]), file(Shot("photo", (300, 300)).at(0)))
    assert {name for name, why in found.reasons.items() if why is Reason.IMAGE_NOT_FOUND} == set(FIRST[2:])
    assert found.fit is None
    ssim, colours = (found.values[name] for name in FIRST[:2])
    assert ssim is not None
    assert colours is not None
    assert ssim < 0.5 < colours


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("JPEG", {"quality": 95}), ("WEBP", {"quality": 95})],
)
def test_images_of_each_kind_and_any_size(kind: str, options: dict):
    shown = Shot("photo", (320, 180)).at(0)
    for size in ((640, 360), (160, 90)):
        image = shown.resize(size, Image.Resampling.LANCZOS).convert("RGB")
        found = score(encoded([shown] * 2), file(image, kind, **options))
        assert found.values["first_frame_kept"] == pytest.approx(100, abs=0.5)
        assert found.values["first_frame_ssim"] > 0.93
        assert found.values["first_frame_delta_e"] < 1.0


def test_an_image_is_upright_and_on_white():
    shown = Shot("drawn", (320, 180)).at(0)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter clockwise
    turned = file(shown.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif)
    assert score(encoded([shown] * 2), turned).values["first_frame_ssim"] > 0.93
    clear = shown.convert("RGBA")
    clear.putalpha(Image.fromarray(np.tile(np.arange(320, dtype=np.uint8) // 2 + 96, (180, 1))))
    white = Image.new("RGBA", clear.size, "white")
    white.alpha_composite(clear)
    found = score(encoded([white.convert("RGB")] * 2), file(clear))
    assert found.values["first_frame_delta_e"] < 1


@pytest.mark.parametrize(
    "data", [b"", b"no clip", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/hosts\n"]
)
def test_what_is_no_clip_is_said_to_be_unreadable(data: bytes):
    found = score(data, None)
    assert set(found.reasons.values()) == {Reason.UNREADABLE}
    assert set(found.values.values()) == {None}
    with pytest.raises(_ffmpeg.UnreadableClip) as caught:
        measured(data, None)
    assert "/" not in str(caught.value)


def test_a_clip_that_ends_early_is_measured_as_far_as_it_goes():
    clip = remade(encoded(SMALL.all()), "-c copy", ending="ts")
    assert 0 < score(clip[: len(clip) * 2 // 3], None).frames <= 12


def test_ffmpeg_is_killed_where_it_takes_too_long():
    endless = ("-f", "lavfi", "-i", "nullsrc", "-f", "null", "-")
    told = _ffmpeg.ask(endless, limit_s=0.3)
    assert told.late
    assert not told.ended_well
    assert "longer" in _ffmpeg.why(told, 0.3)


@pytest.mark.slow
def test_more_than_600_frames_are_not_looked_at():
    still = Image.new("RGB", (64, 36), "gray")
    found = score(encoded([still] * 610, fps=60, how=f"{H264} -crf 40"), None)
    assert found.frames == 600


SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]
"""Some of the pairs that Sharma, Wu and Dalal (2005) give to test programs with."""


def test_differences_of_colours_are_those_of_the_standard():
    one, two, wanted = (np.array(each, float) for each in zip(*SHARMA, strict=True))
    assert ciede2000(one, two) == pytest.approx(wanted, abs=5e-5)
