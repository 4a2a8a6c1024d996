"""What a file is, told by its own bytes: a clip under any name, and what is none however it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparisons.media.ffmpeg import run
from comparisons.media.formats import HEAD, TYPES, Kind, ending, format_of
from tests.stage import tiny_clip

MADE = {
    ".mp4": "", ".mov": "", ".webm": "-c:v libvpx", ".mkv": "-c copy", ".gif": "", ".ts": "-c copy", ".avi": "-c copy",
    ".flv": "-c copy", ".mpg": "-r 25 -c:v mpeg2video", ".m2ts": "-c copy", ".wmv": "-c:v wmv2", ".3gp": "-c copy",
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same clip in every container that is told apart."""
    folder = tmp_path_factory.mktemp("containers")
    for name, how in MADE.items():
        kind = ("-f", "mpegts", "-mpegts_m2ts_mode", "1") if name == ".m2ts" else ()
        words = ("-i", str(tiny_clip()), "-t", "0.2", *how.split(), *kind, str(folder / f"clip{name}"))
        assert run("-v", "error", *words).returncode == 0, name
    return folder


@pytest.mark.parametrize("name", MADE)
def test_a_clips_ending_is_told_by_its_bytes_whatever_it_is_called(made: Path, name: str):
    found = format_of((made / f"clip{name}").read_bytes()[:HEAD])
    assert found.kind is Kind.CLIP
    assert ending(found, "/results/a.png", "image/png") == name


@pytest.mark.parametrize(
    ("hints", "wanted"),
    [
        (("/a/b.mov",), ".mov"),
        (("/a/b.MOV?sign=x.webm#t",), ".mov"),
        (("/a/download", "video/webm; codecs=vp9"), ".webm"),
        (("/a/clip.mpeg",), ".mpg"),
        (("/a/clip.html", "text/html"), ".bin"),
        (("/a/clip", "application/octet-stream"), ".bin"),
        ((), ".bin"),
    ],
)
def test_where_the_bytes_do_not_tell_the_address_and_then_the_type_do(hints: tuple[str, ...], wanted: str):
    assert ending(format_of(b"\x01\x02\x03\x04" * 30), *hints) == wanted


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.NOTHING),
        (b"\x00" * 900, Kind.NOTHING),
        (b"<!doctype html><p>Sign in</p>", Kind.TEXT),
        ("\ufeff\r\n <Error><Code>AccessDenied</Code></Error>".encode(), Kind.TEXT),
        (json.dumps({"错误": "没有"}, ensure_ascii=False).encode() * 400, Kind.TEXT),
        ("<html>".encode("utf-16"), Kind.TEXT),
        (b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n", Kind.TEXT),
        (b"ffconcat version 1.0\nfile a.mp4\n", Kind.TEXT),
        (b"\x89PNG\r\n\x1a\n....", Kind.PICTURE),
        (b"\xff\xd8\xff\xe0....", Kind.PICTURE),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", Kind.PICTURE),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", Kind.PICTURE),
        (b"\x00\x00\x00\x1cftypheic\x00\x00\x00\x00", Kind.PICTURE),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", Kind.SOUND),
        (b"\x00\x00\x01\x00moov....", Kind.CLIP),
        (b"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat", Kind.CLIP),
        (b"\x9f\x11\x07\xfe" * 40, Kind.UNKNOWN),
    ],
)
def test_texts_pictures_and_sounds_are_told_from_clips(data: bytes, kind: Kind):
    assert format_of(data[:HEAD]).kind is kind


@given(st.binary(max_size=HEAD), st.text(max_size=80))
def test_any_bytes_under_any_name_get_an_ending_that_is_known(data: bytes, hint: str):
    assert ending(format_of(data), hint) in TYPES
