"""The sandbox's clips: real MP4s of the size and length asked for, that move the way the prompt says."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from providers import camera_moves, variants
from providers.sandbox import _moves
from providers.sandbox._clips import ClipSpec, frame_size, moves_in, render
from providers.sandbox._scenery import paint
from providers.sandbox._view import View

BY_CHINESE = {
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
BOTH = BY_CHINESE | {name: name for name in BY_CHINESE.values()}


@dataclass(frozen=True)
class Probe:
    codec: str
    width: int
    height: int
    frames: int
    streams: int


def ffmpeg(*words: str) -> bytes:
    return subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], capture_output=True, check=True).stdout


def probe(clip: Path) -> Probe:
    text = ffmpeg("-v", "error", "-i", str(clip), "-map", "0", "-c", "copy", "-f", "framecrc", "-").decode()
    codec, width, height = re.search(r"#codec_id 0: (\w+)\n#dimensions 0: (\d+)x(\d+)", text).groups()
    packets = re.findall(r"^0,", text, re.MULTILINE)
    return Probe(codec, int(width), int(height), len(packets), text.count("#media_type"))


def pictures(clip: Path) -> np.ndarray:
    """Every frame as RGB, four axes: frame, row, column, channel."""
    size = probe(clip)
    raw = ffmpeg("-v", "error", "-i", str(clip), "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    return np.frombuffer(raw, np.uint8).reshape(-1, size.height, size.width, 3).astype(float)


def picture(width: int, height: int, seed: int = 0, kind: str = "PNG") -> bytes:
    rng = Random(seed)
    image = Image.new("RGB", (width, height), (90, 110, 130))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y, size = rng.randrange(width), rng.randrange(height), rng.randrange(8, max(9, width // 6))
        draw.ellipse((x, y, x + size, y + size), fill=tuple(rng.randrange(40, 216) for _ in range(3)))
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def similarity(frame: np.ndarray, image: bytes) -> float:
    """SSIM of the luma of a frame and of an image scaled to its size, by windows of 8 x 8 pixels, label and all."""
    size = frame.shape[1], frame.shape[0]
    shown = Image.fromarray(frame.astype(np.uint8)), Image.open(io.BytesIO(image)).convert("RGB").resize(size)
    one, other = (_windows(np.asarray(each.convert("L"), float)) for each in shown)
    means = one.mean(-1), other.mean(-1)
    both = ((one - means[0][..., None]) * (other - means[1][..., None])).mean(-1)
    alike = (2 * means[0] * means[1] + 6.5) / (means[0] ** 2 + means[1] ** 2 + 6.5)
    return float((alike * (2 * both + 58.5) / (one.var(-1) + other.var(-1) + 58.5)).mean())


def _windows(plane: np.ndarray) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(plane, (8, 8))[::4, ::4].reshape(-1, 64)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips") / "not made yet"


STILL = picture(320, 180)
SMALL = ClipSpec("somewhere", "[Push in] a quiet street", STILL, None, 320, 180, 1)


@pytest.mark.parametrize(
    ("width", "height", "duration", "fps"),
    [(320, 180, 2, 24), (96, 64, 1, 12), (64, 160, 1, 25), (2, 2, 1, 1)],
)
def test_a_clip_is_what_was_asked(cache: Path, width: int, height: int, duration: int, fps: int) -> None:
    clip = render(replace(SMALL, width=width, height=height, duration=duration, fps=fps), cache)
    assert probe(clip) == Probe("h264", width, height, duration * fps, 1)


def test_a_clip_has_a_sound_track_where_one_is_asked_for_and_is_not_longer_for_it(cache: Path) -> None:
    clip = render(replace(SMALL, sound=True, duration=2), cache)
    assert probe(clip) == Probe("h264", 320, 180, 48, 2)
    told = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(clip)], capture_output=True, check=False).stderr
    assert re.search(r"Duration: 00:00:02.00.*Audio: aac .*48000 Hz, stereo", told.decode(), re.DOTALL)
    heard = np.frombuffer(ffmpeg("-v", "error", "-i", str(clip), "-f", "s16le", "-"), np.int16)
    assert 1.9 < len(heard) / 2 / 48_000 <= 2
    assert 100 < heard.astype(float).std() < 10_000


def test_a_clip_plays_anywhere_and_at_once(cache: Path) -> None:
    clip = render(SMALL, cache)
    data = clip.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(clip)]
    said = subprocess.run(command, capture_output=True, check=False).stderr.decode()
    assert re.search(r"yuv420p\(tv, bt709", said)
    assert "Duration: 00:00:01.00" in said


@pytest.mark.parametrize("prompt", ["a red house", "[Truck left,Push in] a red house"])
def test_text_alone_is_painted(cache: Path, prompt: str) -> None:
    clip = render(replace(SMALL, prompt=prompt, image=None), cache)
    assert probe(clip).frames == 24
    assert pictures(clip)[0].std() > 10


def test_every_prompt_and_provider_paints_its_own_frame() -> None:
    prompts = ("a lake", "a desert", "夜")
    frames = {paint(prompt, slug, 192, 108).tobytes() for prompt in prompts for slug in "ab"}
    assert len(frames) == 6


def test_equal_specs_share_a_file_and_its_bytes(cache: Path, tmp_path: Path) -> None:
    clip = render(SMALL, cache)
    before = clip.stat()
    assert render(replace(SMALL), cache) == clip
    assert clip.stat().st_ino == before.st_ino
    assert render(SMALL, tmp_path).read_bytes() == clip.read_bytes()


@pytest.mark.parametrize(
    "other",
    [
        replace(SMALL, provider="elsewhere"),
        replace(SMALL, seed=7),
        replace(SMALL, prompt="[Pull out] a quiet street"),
        replace(SMALL, image=picture(320, 180, seed=5)),
        replace(SMALL, last_image=picture(320, 180, seed=6)),
        replace(SMALL, fps=25),
    ],
)
def test_different_specs_differ(cache: Path, other: ClipSpec) -> None:
    assert render(other, cache).read_bytes() != render(SMALL, cache).read_bytes()


WIDE = replace(SMALL, image=picture(640, 360), width=640, height=360, fps=6)


@pytest.mark.slow
@pytest.mark.parametrize("prompt", [*(f"[{name}]" for name in BY_CHINESE.values()), "", "[Pull out, Shake] [Pan left]"])
def test_a_clip_begins_with_the_whole_given_image_whatever_the_camera_does(cache: Path, prompt: str) -> None:
    frames = pictures(render(replace(WIDE, provider=prompt, prompt=prompt), cache))
    assert similarity(frames[0], WIDE.image) > 0.98
    assert (similarity(frames[-1], WIDE.image) < 0.95) == (prompt != "[Static shot]")


@pytest.mark.parametrize("prompt", ["", "[Pull out, Shake] [Pan left]", "[Static shot]"])
def test_the_last_frame_is_the_last_image_cropped_to_the_shape_of_the_first(cache: Path, prompt: str) -> None:
    end = picture(640, 400, seed=9)
    frames = pictures(render(replace(WIDE, prompt=prompt, last_image=end), cache))
    cropped = io.BytesIO()
    Image.open(io.BytesIO(end)).crop((0, 20, 640, 380)).save(cropped, "PNG")
    assert similarity(frames[0], WIDE.image) > 0.98
    assert similarity(frames[2], cropped.getvalue()) < 0.9
    assert similarity(frames[-1], cropped.getvalue()) > 0.98


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(400, 160), (160, 400), (301, 333), (800, 90)])
@pytest.mark.parametrize("shade", [0.25, 1.0], ids=["dark", "light"])
def test_an_image_of_any_shape_is_whole_in_the_first_frame(cache: Path, width: int, height: int, shade: float) -> None:
    file = io.BytesIO()
    Image.open(io.BytesIO(picture(width, height))).point(lambda value: value * shade).save(file, "PNG")
    size = frame_size("360p", file.getvalue())
    clip = render(
        replace(SMALL, prompt="[Truck left]", image=file.getvalue(), width=size[0], height=size[1], fps=2), cache
    )
    assert similarity(pictures(clip)[0], file.getvalue()) > 0.98


def test_the_label_is_burned_in(cache: Path) -> None:
    white = io.BytesIO()
    Image.new("RGB", (320, 180), "white").save(white, "PNG")
    frames = pictures(render(replace(SMALL, image=white.getvalue()), cache))
    assert frames[:, :120].min() > 200
    assert (frames[:, 150:, 160:].min(axis=(1, 2, 3)) < 190).all()


def test_a_slow_push_is_smooth() -> None:
    """Where an edge is seen, told by how bright the row is: never more than a fraction of a pixel off."""
    row = np.interp(np.arange(256) + 0.5, (60, 68), (0, 255)).astype(np.uint8)
    camera = _moves.Camera((("Push in",),), 0.2, 1.0, 0.0)
    poses = [_moves.pose(camera, index / 143, index / 24) for index in range(144)]
    view = View(Image.fromarray(np.tile(row, (4, 1))), poses, colors=False)
    rows = [np.asarray(view.seen(at), float)[2] for at in poses]
    off = [256 - row.sum() / 255 - (128 - 64 * at.zoom) for row, at in zip(rows, poses, strict=True)]
    assert poses[-1].zoom == pytest.approx(1.06)
    assert max(off) - min(off) < 0.2


def test_beyond_the_edge_the_picture_is_mirrored() -> None:
    row = np.arange(0, 200, 2, dtype=np.uint8)
    left, out = _moves.Pose(1, -0.1, 0, 0), _moves.Pose(0.5, 0, 0, 0)
    view = View(Image.fromarray(np.tile(row, (4, 1))), [left, out], colors=False)
    assert np.asarray(view.seen(left))[2].tolist() == [*row[9::-1], *row[:90]]
    around = np.concatenate([row[49::-1], row, row[:49:-1]])
    assert np.abs(np.asarray(view.seen(out), float)[2] - around.reshape(100, 2).mean(1)).max() <= 2


def test_many_at_once_make_one_file(tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: render(SMALL, tmp_path), range(6)))
    assert {path.name for path in tmp_path.iterdir()} == {made[0].name}
    assert probe(made[0]).frames == 24


def test_ffmpeg_says_why_it_failed(tmp_path: Path) -> None:
    too_wide_for_h264 = replace(SMALL, width=20_000, height=8)
    with pytest.raises(RuntimeError, match="output"):
        render(too_wide_for_h264, tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    broken = STILL[: len(STILL) // 2]
    for data in (b"", b"not an image", broken):
        with pytest.raises(ValueError, match="not an image"):
            render(replace(SMALL, image=data), tmp_path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="not an image"):
        frame_size("768p", b"not an image")


@pytest.mark.parametrize("wrong", [{"width": 321}, {"height": 0}, {"duration": 0}, {"fps": 0}])
def test_an_impossible_clip_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="a clip needs"):
        replace(SMALL, **wrong)


@pytest.mark.parametrize(
    ("resolution", "image", "size"),
    [
        ("768p", None, (1366, 768)),
        ("768P", None, (1366, 768)),
        ("1080P", None, (1920, 1080)),
        ("512p", None, (912, 512)),
        ("768p", picture(1366, 768), (1366, 768)),
        ("768P", picture(600, 800), (768, 1024)),
        ("1080p", picture(500, 500, kind="WEBP"), (1080, 1080)),
        ("512p", picture(1000, 401, kind="JPEG"), (1276, 512)),
    ],
)
def test_the_size_follows_the_resolution_and_the_image(
    resolution: str, image: bytes | None, size: tuple[int, int]
) -> None:
    assert frame_size(resolution, image) == size


def test_a_turned_photo_counts_as_it_is_shown() -> None:
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6  # turn a quarter to the right
    Image.new("RGB", (640, 480)).save(file, "JPEG", exif=exif)
    assert frame_size("768p", file.getvalue()) == (768, 1024)


def test_text_alone_has_the_aspect_asked_for() -> None:
    aspects = {"9:16": (768, 1366), "1:1": (768, 768), "21:9": (1792, 768), "4:3": (1024, 768), "16:9": (1366, 768)}
    assert {aspect: frame_size("768p", None, aspect) for aspect in aspects} == aspects
    assert frame_size("768p", picture(500, 500), "9:16") == (768, 768)
    with pytest.raises(ValueError, match="not an aspect"):
        frame_size("768p", None, "wide")


@pytest.mark.parametrize("resolution", ["", "high", "768", "p", "768p or so"])
def test_what_is_no_resolution_is_refused(resolution: str) -> None:
    with pytest.raises(ValueError, match="not a resolution"):
        frame_size(resolution, None)


@pytest.mark.parametrize(
    ("prompt", "moves"),
    [
        ("a street", ()),
        ("push in on a street", ()),
        ("[Push in]", ("Push in",)),
        ("A boat. [Truck left,Push in]", ("Truck left", "Push in")),
        ("[推进] 一只纸船", ("Push in",)),
        ("[左移,推进]", ("Truck left", "Push in")),
        ("【左摇，上升】", ("Pan left", "Pedestal up")),
        ("[ zoom  OUT , shake ]", ("Zoom out", "Shake")),
        ("slowly [Push in], then quickly [Pull out]", ("Push in", "Pull out")),
        ("[Push in, push in]", ("Push in",)),
        ("[dramatic] a [1] street [] [Tilt up, moonwalk]", ("Tilt up",)),
    ],
)
def test_moves_are_read_from_the_prompt(prompt: str, moves: tuple[str, ...]) -> None:
    assert moves_in(prompt) == moves


def test_every_move_that_a_model_documents_is_drawn_here_and_is_a_model_of_the_catalogue() -> None:
    documented = {variant.model: moves for variant in variants() if (moves := camera_moves(variant.model))}
    assert sorted(documented) == ["hailuo-02", "hailuo-2.3", "hailuo-2.3-fast"]
    for moves in documented.values():
        assert len(moves) == len(_moves._MOVES) == 15
        assert moves_in(f"[{','.join(moves)}]") == moves


names = st.lists(st.sampled_from(sorted(BOTH)), min_size=1, max_size=3, unique_by=lambda name: BOTH[name])
plain = st.text(st.characters(exclude_characters="[]［］【】"), max_size=20)


commas = st.sampled_from([",", ", ", "，", "、"])
cases = st.sampled_from([str.upper, str.lower, str.title])


@given(names, plain, plain, commas, cases)
def test_any_combination_is_read_in_order(
    names: list[str], before: str, after: str, comma: str, cased: Callable[[str], str]
) -> None:
    prompt = f"{before}[{comma.join(cased(name) for name in names)}]{after}"
    assert moves_in(prompt) == tuple(BOTH[name] for name in names)


@given(st.lists(names, max_size=3), st.text(max_size=3), st.floats(0, 1))
def test_the_camera_begins_at_the_whole_picture_and_stays_near_it(
    groups: list[list[str]], slug: str, progress: float
) -> None:
    prompt = " then ".join(f"[{','.join(group)}]" for group in groups)
    camera = _moves.camera_for(prompt, Random(slug), Random(f"{slug} 1"))
    assert _moves.pose(camera, 0, 0) == _moves.Pose(1, 0, 0, 0)
    at = _moves.pose(camera, progress, progress * 10)
    assert at.zoom > 0.59
    assert max(abs(at.dx), abs(at.dy)) < 0.4


@given(st.sampled_from(sorted(BOTH)))
def test_every_move_moves_its_own_way(name: str) -> None:
    camera = _moves.camera_for(f"[{name}]", Random(1), Random(2))
    start, end = _moves.pose(camera, 0, 0), _moves.pose(camera, 1, 6)
    across, down = end.dx - start.dx, end.dy - start.dy
    way = {"left": -across, "right": across, "up": -down, "down": down}
    way |= {"in": end.zoom - start.zoom, "out": start.zoom - end.zoom}
    last = BOTH[name].split()[-1]
    assert last not in way or way[last] > 0.05
    assert start == _moves.Pose(1, 0, 0, 0)
    assert (start == end) == (BOTH[name] == "Static shot")


def test_brackets_take_their_turn() -> None:
    camera = _moves.camera_for("[Push in], then [Pull out]", Random(1), Random(2))
    zooms = [_moves.pose(camera, step / 10, step).zoom for step in range(11)]
    assert zooms[0] == pytest.approx(1)
    assert zooms == pytest.approx(zooms[::-1])
    assert max(zooms) == zooms[5] > 1.2
