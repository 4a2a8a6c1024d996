"""Known damage is measured as what it is, on pictures of several kinds. The bounds in full: tests/bench_metrics.py."""

from __future__ import annotations

import pytest
from PIL import Image

from comparisons.metrics import Fit, score
from tests import bench_metrics
from tests.damaged import (
    H264,
    Shot,
    barred,
    encoded,
    every,
    file,
    flickering,
    held,
    remade,
    shaken,
    sounding,
    still,
)

SIZE = (320, 180)
FOUR = ("photo", "leaves", "night", "drawn")


def seen(content: str, frames: int = 24) -> Shot:
    return Shot(content, SIZE, frames=frames, across=8, down=3)


@pytest.mark.parametrize(
    "content", ["photo", "night", *(pytest.param(each, marks=pytest.mark.slow) for each in FOUR[1::2])]
)
def test_flicker_of_a_hundredth_stands_out_and_is_no_cut(content: str):
    frames = seen(content).all()
    good = [frames, every(frames, 2), shaken(seen(content))]
    bad = [flickering(frames, 0.01, "alternating"), flickering(frames, 0.1)]
    good, bad = ([score(encoded(each), None) for each in some] for some in (good, bad))
    assert max(each.values["luma_flicker"] for each in good) < min(each.values["luma_flicker"] for each in bad)
    assert not [each.flags.cuts for each in (*good, *bad) if each.flags.cuts]
    assert good[1].values["duplicate_frames"] / 100 * 23 == pytest.approx(12, abs=1)
    assert good[0].values["judder"] < 0.5 < 1 < good[1].values["judder"]
    assert good[0].values["motion"] == pytest.approx(73**0.5, rel=0.05)


def test_a_held_picture_is_as_long_as_it_is():
    clip = encoded(held(seen("photo", 48).all(), 10, 20), how=f"{H264} -crf 20 -g 12")
    found = score(clip, None)
    assert found.values["frozen_s"] * 24 == pytest.approx(20, abs=1)
    assert [round(each.start_s * 24) for each in found.flags.frozen] == [9]


@pytest.mark.parametrize(
    ("crop", "fit"),
    [((0, 0, 1, 1), Fit.WHOLE), ((0.2, 0.02, 0.95, 0.77), Fit.CROPPED), ((0.1, 0, 0.9, 1), Fit.SQUEEZED)],
)
def test_how_much_of_the_image_is_in_the_frame(crop: tuple[float, float, float, float], fit: Fit):
    image = still("photo", SIZE)
    box = (crop[0] * image.width, crop[1] * image.height, crop[2] * image.width, crop[3] * image.height)
    frame = image.resize(SIZE, Image.Resampling.LANCZOS, box)
    found = score(encoded([frame] * 2, how=f"{H264} -crf 6"), file(image))
    assert found.kept == pytest.approx((100 * (crop[2] - crop[0]), 100 * (crop[3] - crop[1])), abs=0.3)
    assert found.fit is fit
    assert found.values["first_frame_ssim"] > 0.9
    assert found.values["first_frame_delta_e"] < 0.3


def test_bars_are_as_large_as_they_are_and_take_nothing_from_the_image():
    shot = seen("night", 6)
    wide = Image.new("RGB", (320, 240))
    frames = []
    for frame in shot.all():
        wide.paste(frame, (0, 30))
        frames.append(wide.copy())
    found = score(encoded(frames), file(shot.at(0)))
    assert found.flags.bars == pytest.approx(0.25, abs=0.005)
    assert found.fit is Fit.BARS
    assert found.values["first_frame_kept"] == pytest.approx(100, abs=0.5)
    assert score(encoded(barred([shot.at(0)] * 3, 0.2)), file(barred([shot.at(0)], 0.2)[0])).flags.bars == 0


def test_the_quantiser_is_the_encoders_own_mean():
    clip, true = bench_metrics.x264s_own(seen("photo").all(), f"{H264} -crf 30")
    found = score(clip, None)
    assert found.values["qp"] == pytest.approx(true, abs=0.01)
    assert found.base_qp == 30


def test_loudness_is_what_the_standard_says_of_a_sine():
    tone = "sine=frequency=997:sample_rate=48000:duration=2"
    clip = sounding(encoded([seen("drawn").at(0)] * 48), tone, "volume=-4.94dB,pan=stereo|c0=c0|c1=c0")
    found = score(clip, None)
    assert found.values["loudness_lufs"] == pytest.approx(-23, abs=0.1)
    assert found.true_peak_dbtp == pytest.approx(-23, abs=0.2)


VP9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -crf 20 -b:v 0"
HEVC = "-c:v libx265 -preset ultrafast -x265-params log-level=none -crf 18"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "ending", "quantiser"),
    [
        (VP9, "webm", False),
        (f"{HEVC} -pix_fmt yuv420p10le", "mp4", False),
        ("-c:v libsvtav1 -preset 12 -crf 20 -svtav1-params lp=1", "mp4", False),
        (f"{H264} -crf 18", "mkv", True),
        (f"{H264} -crf 18", "ts", True),
        ("-c:v libx264 -preset ultrafast -crf 10 -pix_fmt yuv444p", "mp4", True),
        ("-c:v libx264 -preset ultrafast -crf 10 -pix_fmt yuv420p10le", "mp4", False),
    ],
)
@pytest.mark.parametrize(("size", "fps"), [((320, 180), 25), ((180, 322), 30)])
def test_any_codec_rate_and_shape_gives_the_same_numbers(
    how: str, ending: str, quantiser: bool, size: tuple[int, int], fps: int
):
    shot = Shot("leaves", size, fps, 20, across=8, down=3)
    found = score(encoded(shot.all(), fps, how, ending=ending), file(shot.at(0)))
    assert found.values["motion"] == pytest.approx(73**0.5, rel=0.05)
    assert found.values["first_frame_ssim"] > 0.9
    assert found.values["first_frame_kept"] == pytest.approx(100, abs=0.5)
    assert (found.values["qp"] is not None) is quantiser
    assert (found.fps, found.frames) == (pytest.approx(fps, rel=0.01), 20)


@pytest.mark.slow
def test_a_clip_is_measured_upright():
    shot = Shot("photo", SIZE, frames=12, across=8, down=3)
    turned = [each.transpose(Image.Transpose.ROTATE_90) for each in shot.all()]
    clip = remade(encoded(turned), "-c copy", before="-display_rotation:v:0 -90")
    found = score(clip, file(shot.at(0)))
    assert found.values["first_frame_ssim"] > 0.9
    assert found.values["motion"] == pytest.approx(73**0.5, rel=0.05)


@pytest.mark.parametrize(
    "part",
    [
        *(pytest.param(each, marks=pytest.mark.slow) for each in ("repeats", "bars", "quantisers", "sounds")),
        *(pytest.param(each, marks=pytest.mark.heavy) for each in ("light", "beginnings", "pans")),
    ],
)
def test_the_bounds_hold_on_four_kinds_of_pictures(part: str):
    assert [each for each in bench_metrics.PARTS[part](FOUR) if not each.holds] == []
