"""Whatever container, codec, rate or mark a clip comes with: it is measured and shown as players show it."""

from __future__ import annotations

import re
import shlex
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from comparisons.exports import mosaic
from comparisons.media import _ebml
from comparisons.media._rates import steady_rate
from comparisons.media.copies import blind_ending, make_blind, make_playable, make_small, make_strip, strip_frames
from comparisons.media.ffmpeg import BrokenClip
from comparisons.media.probe import measure, moments, probe
from comparisons.records import MediaInfo, Odd
from tests import odd_clips
from tests.odd_clips import ALL, ODD, OddClip, number_in, numbers_of

STAMPED_BY = 0.0011
"""How far a stamp may be from the moment it stands for: WebM rounds to milliseconds."""
EACH_KIND = (
    "no-edit-list.mp4", "hidden.mp4", "after-sound.webm", "uneven.mp4", "web-24000-1001.webm", "animated.gif",
    "transport.ts", "hdr.mp4", "full-chroma.mp4", "wide-pixels.mp4", "turned-90.mp4", "odd-size.webm", "mpeg4.avi",
)  # fmt: skip
EACH_ENCODING = (
    *EACH_KIND,
    "whole.mp4",
    "quicktime.mov",
    "sound.mp4",
    "vp8.webm",
    "av1.webm",
    "hevc.mp4",
    "prores.mov",
)
by_name = pytest.mark.parametrize("odd", ALL, ids=lambda odd: odd.file)
slow_but_of_each_encoding = pytest.mark.parametrize(
    "odd",
    [pytest.param(odd, marks=[] if odd.file in EACH_ENCODING else [pytest.mark.heavy], id=odd.file) for odd in ALL],
)
"""Of the others, which differ in rates and marks alone, the slow lane tries each."""
of_each_kind = pytest.mark.parametrize("odd", [ODD[file] for file in EACH_KIND], ids=lambda odd: odd.file)


@pytest.mark.slow
@by_name
def test_a_clip_is_measured_as_players_show_it_and_its_poster_is_its_first_picture(odd: OddClip, tmp_path: Path):
    clip, poster = odd_clips.make(odd), tmp_path / "poster.jpg"
    assert measure(clip, poster) == probe(clip) == odd.media
    assert moments(clip) == pytest.approx(odd.times, abs=STAMPED_BY)
    with Image.open(poster) as picture:
        assert picture.size == (odd.media.width, odd.media.height)
        assert number_in(picture) == odd.numbers[0]


@of_each_kind
def test_a_filmstrip_shows_the_first_picture_the_last_and_those_between(odd: OddClip, tmp_path: Path):
    strip = make_strip(odd_clips.make(odd), odd.media, tmp_path / "strip.jpg")
    chosen = strip_frames(odd.media.frames)
    with Image.open(strip) as picture:
        edges = [i * picture.width // len(chosen) for i in range(len(chosen) + 1)]
        shown = [number_in(picture.crop((left, 0, right, picture.height))) for left, right in pairwise(edges)]
    assert shown == [odd.numbers[i] for i in chosen]


@pytest.mark.slow
@of_each_kind
def test_copies_show_the_same_pictures_at_the_same_moments(odd: OddClip, tmp_path: Path):
    clip, media = odd_clips.make(odd), odd.media
    small, playable = (
        make_small(clip, media, tmp_path / "small.mp4", 60),
        make_playable(clip, media, tmp_path / "h.mp4"),
    )
    assert in_h264(playable) == (media.width + media.width % 2, media.height + media.height % 2)
    assert in_h264(small) == (2 * round(media.width * 60 / media.height / 2), 60)
    for copy in (small, playable):
        same(odd, copy)


def in_h264(copy: Path) -> tuple[int, int]:
    """The size of a copy that every browser plays."""
    info = probe(copy)
    assert (info.container, info.codec, info.pixel_format, info.color) == ("mp4", "h264", "yuv420p", "bt709")
    assert (info.pixel_aspect, info.rotation) == ("1:1", 0)
    return info.width, info.height


def same(odd: OddClip, copy: Path) -> None:
    """Both show the same pictures at the same moments, and have as many channels of sound."""
    info = probe(copy)
    assert numbers_of(copy) == list(odd.numbers)
    assert moments(copy) == pytest.approx(odd.times, abs=STAMPED_BY)
    assert (info.fps, info.variable, info.duration_s) == (odd.media.fps, odd.media.variable, odd.media.duration_s)
    assert (info.first_s, info.audio_channels) == (odd.media.first_s, odd.media.audio_channels)


@slow_but_of_each_encoding
def test_a_blind_copy_has_the_same_pictures_in_what_plays_them_and_names_nobody(odd: OddClip, tmp_path: Path):
    clip = odd_clips.make(odd)
    blind = make_blind(clip, odd.media, tmp_path / f"blind{blind_ending(odd.media)}")
    same(odd, blind)
    assert probe(blind).codec == odd.media.codec
    assert not {b"x264", b"x265"} & set(re.findall(rb"x26\d", blind.read_bytes()))
    assert (blind.suffix == ".webm") == (odd.media.container == "webm")
    assert not odd.plays or blind.suffix in (".mp4", ".webm")


@pytest.mark.slow
def test_takes_of_one_source_show_the_picture_of_each_moment_in_a_mosaic(tmp_path: Path):
    """Whatever their clocks say at their first picture, whatever is hidden before it, whatever their rates."""
    names = ("whole.mp4", "no-edit-list.mp4", "fragmented.mp4", "hidden.mp4", "after-sound.mp4", "after-sound.webm",
             "uneven.mp4", "hevc.mp4", "av1.webm", "turned-90.mp4", "wide-pixels.mp4", "web-24000-1001.webm",
             "at-24000-1001.mp4", "web-60.webm", "at-60.mp4")  # fmt: skip
    clips = [ODD[name] for name in names]
    tiles = [mosaic.Tile(odd_clips.make(odd), odd.media, odd.file, "") for odd in clips]
    grid = mosaic.render(tiles, "", tmp_path / "grid.mp4", simulated=False)
    where = mosaic.layout([each.media for each in tiles])
    shown = pictures_of(grid, (where.width, where.height))
    assert len(shown) == 38
    for index, picture in enumerate(shown):
        cells = [picture.crop((x, y, x + where.cell[0], y + where.cell[1])) for x, y in where.spots]
        assert [number_in(cell) for cell in cells] == [at(odd, index / 30) for odd in clips]


def at(odd: OddClip, moment: float) -> int:
    """The number of the last picture that has begun so many seconds after the first."""
    begun = [
        number for number, time in zip(odd.numbers, odd.times, strict=True) if time - odd.times[0] <= moment + 1e-6
    ]
    return begun[-1]


def pictures_of(clip: Path, size: tuple[int, int]) -> list[Image.Image]:
    raw = odd_clips.ffmpeg("-i", str(clip), "-vf", "format=gray", "-f", "rawvideo", "-")
    length = size[0] * size[1]
    return [Image.frombytes("L", size, raw[at : at + length]) for at in range(0, len(raw), length)]


@pytest.mark.parametrize(
    "file",
    ["whole.mp4", "quicktime.mov", "fragmented.mp4", "web-30.webm", "matroska.mkv", "mpeg4.avi", "animated.gif"],
)
def test_a_clip_that_ends_early_is_found_out_in_any_container(file: str, tmp_path: Path):
    data, cut = odd_clips.make(ODD[file]).read_bytes(), tmp_path / file
    for part in (0.3, 0.6, 0.9):
        cut.write_bytes(data[: int(len(data) * part)])
        with pytest.raises(BrokenClip):
            probe(cut)


@pytest.mark.parametrize("file", ["web-30.webm", "matroska.mkv"])
def test_a_clip_that_ends_between_two_blocks_is_found_out_by_the_length_its_segment_says(file: str, tmp_path: Path):
    whole = odd_clips.make(ODD[file])
    data, cut = whole.read_bytes(), tmp_path / file
    assert _ebml.is_whole(whole)
    for missing in range(1, 200):
        cut.write_bytes(data[:-missing])
        assert not _ebml.is_whole(cut)
    segment = data.index(bytes.fromhex("18538067")) + 4
    cut.write_bytes(data[:segment] + b"\x01" + b"\xff" * 7 + data[segment + 8 : -100])
    assert _ebml.is_whole(cut)  # of a stream nobody knew the length


def test_what_is_only_sound_holds_no_pictures(tmp_path: Path):
    odd_clips.ffmpeg("-f", "lavfi", "-t", "1", "-i", "sine", "-c:a", "aac", str(tmp_path / "sound.mp4"))
    with pytest.raises(BrokenClip) as caught:
        probe(tmp_path / "sound.mp4")
    assert caught.value.odd is Odd.NO_PICTURES


def test_what_is_stored_to_refer_to_and_never_shown_is_no_picture(tmp_path: Path):
    """VP8 keeps such a one beside the next picture, with that one's time."""
    clip, log = tmp_path / "clip.webm", str(tmp_path / "log")
    vp8 = shlex.split("-c:v libvpx -auto-alt-ref 1 -lag-in-frames 25 -b:v 100k -deadline good -cpu-used 5 -threads 1")
    for turn in ("1", "2"):
        source = ["-f", "lavfi", "-i", "testsrc2=s=96x54:r=24", "-frames:v", "60"]
        odd_clips.ffmpeg(*source, *vp8, "-pass", turn, "-passlogfile", log, str(clip))
    listing = odd_clips.ffmpeg("-i", str(clip), "-c", "copy", "-f", "framecrc", "-").decode()
    assert sum(line.startswith("0,") for line in listing.splitlines()) > 60
    assert (probe(clip).frames, probe(clip).fps, probe(clip).variable) == (60, 24, False)


def test_a_picture_on_the_cover_is_not_the_clip(tmp_path: Path):
    cover = tmp_path / "cover.png"
    Image.new("RGB", (64, 64)).save(cover)
    told = ["-i", str(odd_clips.make(ODD["whole.mp4"])), "-i", str(cover), "-map", "1", "-map", "0", "-c", "copy"]
    odd_clips.ffmpeg(*told, "-disposition:v:0", "attached_pic", str(tmp_path / "covered.mp4"))
    assert probe(tmp_path / "covered.mp4") == ODD["whole.mp4"].media


@pytest.mark.parametrize(("size", "kept"), [("1280x720", True), ("640x360", False)])
def test_a_copy_of_what_does_not_say_its_colors_has_those_that_browsers_take_it_to_have(
    size: str, kept: bool, tmp_path: Path
):
    """Copies say that they have the colours of HDTV: a large clip's stay as they are, a small one's are turned."""
    clip, red = tmp_path / "red.mp4", "geq=lum=63:cb=102:cr=240"
    source = ["-f", "lavfi", "-i", f"nullsrc=s={size}:r=24,format=yuv420p,{red}", "-frames:v", "1"]
    odd_clips.ffmpeg(*source, "-c:v", "libx264", "-qp", "0", str(clip))
    copy = make_playable(clip, probe(clip), tmp_path / "copy.mp4")
    raw = odd_clips.ffmpeg("-i", str(copy), "-vf", "scale=2:2", "-pix_fmt", "yuv420p", "-f", "rawvideo", "-")
    assert (abs(raw[0] - 63) <= 2 and abs(raw[-1] - 240) <= 2) == kept


@given(
    rate=st.sampled_from(["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60", "16", "8", "12.5"]),
    base=st.sampled_from([Fraction(1, 1000), Fraction(1, 90000), Fraction(1, 12288), Fraction(1, 600)]),
    count=st.integers(250, 400),
    first=st.integers(0, 5000),
    floor=st.booleans(),
)
def test_a_steady_rate_is_found_however_its_stamps_are_rounded(
    rate: str, base: Fraction, count: int, first: int, floor: bool
):
    step = 1 / (Fraction(rate) * base)
    stamps = [first + int(i * step + (0 if floor else Fraction(1, 2))) for i in range(count)]
    assert steady_rate(stamps, base) == Fraction(rate)


@given(st.lists(st.integers(1, 9), min_size=8, max_size=60).filter(lambda steps: len(set(steps)) > 1))
def test_what_comes_unevenly_has_no_steady_rate(steps: list[int]):
    """On a clock that ticks once a picture nothing is rounded: a picture that stays longer is one that is missing."""
    assert steady_rate(list(accumulate(steps, initial=7)), Fraction(1, 24)) is None


def test_clips_that_were_measured_before_say_what_they_said():
    old = {"width": 1366, "height": 768, "fps": 24.0, "frames": 144, "duration_s": 6.0, "codec": "h264", "audio": True}
    info = MediaInfo(**old)
    assert str(info) == "1366 × 768 · 24 fps · 6.0 s · audio"
    assert (info.container, info.first_s, info.variable, info.audio_channels) == (None, None, None, None)
