"""Whatever a person drops on the page is made fit to send, or refused in one sentence."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from comparisons import images
from providers import InvalidRequest


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_clean_file_is_sent_byte_for_byte(kind: str):
    data = encoded(Image.new("RGB", (640, 360), "teal"), kind)
    assert images.parse(data).data == data


def test_gps_and_everything_else_a_camera_says_stays_here():
    exif = Image.Exif()
    exif[0x010F] = "CameraMaker"
    exif.get_ifd(0x8825)[1] = "N"
    sent = images.parse(encoded(Image.new("RGB", (640, 360)), "JPEG", exif=exif))
    assert b"CameraMaker" not in sent.data
    assert not opened(sent.data).getexif()


def test_a_photo_taken_sideways_is_sent_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    sent = images.parse(encoded(Image.new("RGB", (640, 360)), "JPEG", exif=exif))
    assert (sent.width, sent.height) == opened(sent.data).size == (360, 640)


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "CMYK", "I;16", "1", "LA"])
def test_every_kind_of_pixel_becomes_one_that_every_provider_reads(mode: str):
    kind = "TIFF" if mode in ("CMYK", "I;16") else "PNG"
    sent = images.parse(encoded(Image.new(mode, (400, 400)), kind))
    assert opened(sent.data).mode in ("RGB", "L")
    assert sent.format in ("png", "jpeg")


def test_webp_and_gif_become_png_with_their_first_picture():
    frames = [Image.new("RGB", (400, 400), color) for color in ("red", "blue")]
    sent = images.parse(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert sent.format == "png"
    assert opened(sent.data).convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def bomb() -> bytes:
    """A PNG header that claims 60,000 by 60,000 pixels."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize(
    "data",
    [b"", b"not an image", bomb(), encoded(Image.new("RGB", (640, 360)), "PNG")[:400], b"<svg onload=alert(1)>"],
    ids=["empty", "text", "bomb", "cut", "svg"],
)
def test_what_is_no_image_is_refused_in_one_sentence(data: bytes):
    with pytest.raises(InvalidRequest) as caught:
        images.parse(data, "frame.png")
    assert str(caught.value).count("\n") == 0
    assert "frame.png" in str(caught.value)


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_whatever_raise_anything_else(data: bytes):
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\x00\x00\x00\x00WEBP"):
        try:
            images.parse(start + data)
        except InvalidRequest:
            continue


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path):
    with pytest.raises(InvalidRequest, match=r"missing\.png cannot be read"):
        images.load(tmp_path / "missing.png")
