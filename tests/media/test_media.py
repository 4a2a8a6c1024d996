"""A clip is kept only if it is a whole video, exactly as received, and measured from its packets."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comparisons.media._boxes import are_whole
from comparisons.media.copies import make_blind, make_poster, make_small
from comparisons.media.ffmpeg import BrokenClip, run
from comparisons.media.probe import PACKETS, measure, moments, probe
from comparisons.media.store import Media
from providers.sandbox._clips import ClipSpec, render
from tests.scenes import Clip, clip_of
from tests.stage import tiny_clip

pytestmark = pytest.mark.anyio


async def chunks(data: bytes, size: int = 1000):
    for start in range(0, len(data), size):
        yield data[start : start + size]


def test_a_probe_counts_what_is_in_the_file(tmp_path: Path):
    clip = render(ClipSpec("x", "a boat", None, None, 320, 180, 2, fps=30), tmp_path)
    info = probe(clip)
    assert (info.width, info.height, info.fps, info.frames, info.codec, info.audio) == (320, 180, 30, 60, "h264", False)
    assert info.duration_s == pytest.approx(2.0, abs=0.001)


async def test_a_whole_clip_is_kept_byte_for_byte(tmp_path: Path):
    data = tiny_clip().read_bytes()
    result = await Media(tmp_path).receive(chunks(data), "j_1", len(data))
    assert (tmp_path / "clips" / result.file).read_bytes() == data
    assert result.sha256 == hashlib.sha256(data).hexdigest()
    assert (tmp_path / "clips" / result.poster).read_bytes()[:2] == b"\xff\xd8"


def test_measuring_in_one_pass_tells_and_shows_what_two_would(tmp_path: Path):
    clip = render(ClipSpec("x", "a boat", None, None, 1366, 768, 1), tmp_path)
    assert measure(clip, tmp_path / "one.jpg") == probe(clip)
    assert (tmp_path / "one.jpg").read_bytes() == make_poster(clip, tmp_path / "two.jpg").read_bytes()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a whole video"),
        (b"<!doctype html><p>Sign in</p>", "not a whole video"),
        (tiny_clip().read_bytes()[:-2000], "not a whole video"),
        (tiny_clip().read_bytes()[: len(tiny_clip().read_bytes()) // 2], "not a whole video"),
        (os.urandom(5000), "not a whole video"),
    ],
    ids=["empty", "html", "cut at the end", "cut in half", "noise"],
)
async def test_what_is_not_a_whole_video_gets_no_name(tmp_path: Path, data: bytes, words: str):
    with pytest.raises(BrokenClip, match=words):
        await Media(tmp_path).receive(chunks(data), "j_1", None)
    assert not list((tmp_path / "clips").glob("*.mp4"))


async def test_fewer_bytes_than_announced_are_no_clip(tmp_path: Path):
    data = tiny_clip().read_bytes()
    with pytest.raises(BrokenClip, match="stopped at"):
        await Media(tmp_path).receive(chunks(data), "j_1", len(data) + 1)


async def test_a_clip_has_a_largest_size(tmp_path: Path):
    with pytest.raises(BrokenClip, match="larger than"):
        await Media(tmp_path, max_clip=2000).receive(chunks(b"x" * 5000), "j_1", None)


@given(cut=st.integers(0, 10_000))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_clip_cut_anywhere_is_found_out(tmp_path: Path, cut: int):
    data = tiny_clip().read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: cut % (len(data) - 1)])
    with pytest.raises(BrokenClip):
        probe(path)


def test_a_clip_that_ends_exactly_between_two_pictures_is_found_out(tmp_path: Path):
    data, path = tiny_clip().read_bytes(), tmp_path / "cut.mp4"
    begins = data.index(b"mdat") + 4
    path.write_bytes(data)
    for cut in reversed(range(begins, len(data))):
        os.truncate(path, cut)
        assert not are_whole(path)
    assert are_whole(tiny_clip())


def test_a_poster_of_no_video_is_one_sentence_without_paths(tmp_path: Path):
    (tmp_path / "no.mp4").write_bytes(b"no")
    with pytest.raises(BrokenClip) as caught:
        make_poster(tmp_path / "no.mp4", tmp_path / "no.jpg")
    assert str(tmp_path) not in str(caught.value)


def test_a_blind_copy_that_cannot_be_made_or_named_leaves_no_part_of_it(tmp_path: Path):
    (tmp_path / "no.mp4").write_bytes(b"no")
    taken = tmp_path / "made" / "taken.mp4"
    taken.mkdir(parents=True)
    with pytest.raises(BrokenClip):
        make_blind(tmp_path / "no.mp4", probe(tiny_clip()), tmp_path / "made" / "none.mp4")
    with pytest.raises(OSError, match="taken"):
        make_blind(tiny_clip(), probe(tiny_clip()), taken)
    assert list(taken.parent.iterdir()) == [taken]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("take", "size"), [(Clip(1280, 720, 2), (640, 360)), (Clip(576, 1024, 2, fps=30, audio=True), (360, 640))]
)
def test_a_small_copy_shows_the_same_frames_at_the_same_moments_and_is_quick_to_seek(
    tmp_path: Path, take: Clip, size: tuple[int, int]
):
    whole = clip_of(take)
    was = probe(whole)
    small = make_small(whole, was, tmp_path / "small.mp4")
    now = probe(small)
    assert (now.width, now.height, now.frames, now.fps, now.audio) == (*size, was.frames, was.fps, take.audio)
    assert moments(small) == pytest.approx(moments(whole), abs=1e-4)
    keys = run("-v", "error", "-skip_frame", "nokey", "-i", str(small), *PACKETS[:2], "-f", "framecrc", "-")
    assert len(re.findall(rb"^0,", keys.stdout, re.MULTILINE)) >= 4


def test_an_input_image_is_stored_once_under_its_hash(tmp_path: Path):
    from comparisons.media import images

    keeper, image = Media(tmp_path), images.placeholder()
    assert keeper.keep_input(image) == keeper.keep_input(image) == f"{image.sha256}.png"
    assert images.load(keeper.input_path(f"{image.sha256}.png")) == image
