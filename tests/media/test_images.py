"""Whatever a person drops on the page is made fit to send, or refused in one sentence."""

from __future__ import annotations

import functools
import io
import random
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

import providers
from comparisons.media import _pixels, _png, images
from providers import ImageInput, InvalidRequest, Request

MARK = b"48.8583N2.2945E"
"""What must not leave this machine, planted wherever a file has room for it."""
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def noise(mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Image.Image:
    return Image.frombytes(
        mode, size, random.Random(7).randbytes(size[0] * size[1] * len(Image.new(mode, size).getbands()))
    )


def corner(sent: ImageInput) -> tuple[int, int, int]:
    return opened(sent.data).convert("RGB").getpixel((0, 0))


def near(color: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) <= 5 for a, b in zip(color, wanted, strict=True))


def sent_or_said(data: bytes) -> ImageInput | str:
    """What is sent, or the sentence that refuses it."""
    try:
        return images.parse(data)
    except InvalidRequest as refusal:
        return str(refusal)


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


JPEG = encoded(noise(), "JPEG")
PNG = encoded(noise(), "PNG")
PNG_HEAD = 8 + 25
"""Where the chunks after IHDR begin."""


# What may stay ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_clean_file_is_sent_byte_for_byte(kind: str):
    data = encoded(Image.new("RGB", (640, 360), "teal"), kind)
    assert images.parse(data).data == data


@pytest.mark.parametrize(
    ("mode", "kind", "options"),
    [
        ("RGB", "JPEG", {"progressive": True}),
        ("RGB", "JPEG", {"restart_marker_rows": 1, "optimize": True}),
        ("RGB", "JPEG", {"dpi": (300, 300), "keep_rgb": True}),
        ("L", "JPEG", {}),
        ("L", "PNG", {}),
        ("RGB", "PNG", {"dpi": (300, 300), "compress_level": 0}),
    ],
)
def test_no_kind_of_clean_file_is_written_anew(mode: str, kind: str, options: dict):
    data = encoded(noise(mode), kind, **options)
    assert images.parse(data).data == data


def test_what_tells_a_decoder_only_of_colors_and_size_may_stay():
    chunks = chunk(b"gAMA", struct.pack(">I", 45_455)) + chunk(b"sRGB", b"\0") + chunk(b"cHRM", bytes(32))
    data = PNG[:PNG_HEAD] + chunks + PNG[PNG_HEAD:]
    assert images.parse(data).data == data


# What must not stay -----------------------------------------------------------------------------------------------


def after_jpeg_start(extra: bytes) -> bytes:
    return JPEG[:2] + extra + JPEG[2:]


def in_png(extra: bytes) -> bytes:
    return PNG[:PNG_HEAD] + extra + PNG[PNG_HEAD:]


def longer_stream() -> bytes:
    """A PNG with something behind the end of its compressed pixels, inside the chunk."""
    body = PNG[PNG_HEAD + 8 : -16]
    return PNG[:PNG_HEAD] + chunk(b"IDAT", body + MARK) + PNG[-12:]


def more_rows() -> bytes:
    """A PNG whose compressed pixels go on after the last row."""
    rows = zlib.decompress(PNG[PNG_HEAD + 8 : -16])
    return PNG[:PNG_HEAD] + chunk(b"IDAT", zlib.compress(rows + MARK, 0)) + PNG[-12:]


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (40, 30), color) for color in ("red", "blue")]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:])


ZIP = b"PK\x05\x06" + bytes(18) + MARK
HTML = b"<html><script>alert(1)</script>" + MARK
POLYGLOTS = {
    "JPEG then ZIP": JPEG + ZIP,
    "JPEG then HTML": JPEG + HTML,
    "JPEG then JPEG": JPEG + after_jpeg_start(segment(0xFE, MARK)),
    "JPEG comment": after_jpeg_start(segment(0xFE, HTML)),
    "JPEG JFIF thumbnail": JPEG[:2] + segment(0xE0, JPEG[6:18] + b"\5\1" + MARK) + JPEG[20:],
    "JPEG JFXX thumbnail": JPEG[:20] + segment(0xE0, b"JFXX\0\x10" + MARK) + JPEG[20:],
    "JPEG long JFIF": JPEG[:2] + segment(0xE0, JPEG[6:20] + MARK) + JPEG[20:],
    "JPEG long Adobe": after_jpeg_start(segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + MARK)),
    "JPEG two JFIF": JPEG[:20] + JPEG[2:20] + JPEG[20:],
    "JPEG between segments": JPEG[:20] + MARK + JPEG[20:],
    "JPEG fill bytes": JPEG[:20] + b"\xff" * 9 + JPEG[20:],
    "JPEG second pictures": encoded(noise(), "MPO", save_all=True, append_images=[noise()]),
    **{f"JPEG APP{n}": after_jpeg_start(segment(0xE0 + n, b"Any\0" + MARK)) for n in range(16)},
    "PNG then ZIP": PNG + ZIP,
    "PNG then HTML": PNG + HTML,
    "PNG text": in_png(chunk(b"tEXt", b"Comment\0" + MARK)),
    "PNG private": in_png(chunk(b"maRk", MARK)),
    "PNG private at the end": PNG[:-12] + chunk(b"maRk", MARK) + PNG[-12:],
    "PNG in the end": PNG[:-12] + chunk(b"IEND", MARK),
    "PNG EXIF": in_png(chunk(b"eXIf", b"II*\0\x08\0\0\0\0\0\0\0\0\0" + MARK)),
    "PNG palette of a picture without": in_png(chunk(b"PLTE", MARK)),
    "PNG long size": in_png(chunk(b"pHYs", bytes(9) + MARK)),
    "PNG repeated size": in_png(chunk(b"pHYs", bytes(9)) * 2),
    "PNG transparent color": in_png(chunk(b"tRNS", bytes(6))),
    "PNG behind the stream": longer_stream(),
    "PNG below the last row": more_rows(),
    "PNG wrong checksum": PNG[:-16] + b"MARK" + PNG[-12:],
    "PNG frames": animated("PNG"),
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_a_file_that_holds_more_than_a_picture_is_sent_without_it(name: str):
    data = POLYGLOTS[name]
    sent = images.parse(data)
    assert sent.data != data
    assert not any(part in sent.data for part in (MARK, b"MARK", b"PK\x05\x06", b"<html", b"acTL", b"fdAT", b"MPF"))
    assert opened(sent.data).size == (40, 30)
    if name.startswith("PNG") and name != "PNG frames":
        assert opened(sent.data).tobytes() == noise().tobytes()


@pytest.mark.parametrize("name", POLYGLOTS)
def test_what_was_written_anew_keeps_its_bytes_the_next_time(name: str):
    sent = images.parse(POLYGLOTS[name])
    assert images.parse(sent.data).data == sent.data


def test_gps_and_everything_else_a_camera_says_stays_here():
    exif = Image.Exif()
    exif[0x010F] = "CameraMaker"
    exif.get_ifd(0x8825)[1] = "N"
    sent = images.parse(encoded(Image.new("RGB", (640, 360)), "JPEG", exif=exif))
    assert b"CameraMaker" not in sent.data
    assert not opened(sent.data).getexif()


SPOKEN = {
    "exif": st.just({"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + MARK}),
    "xmp": st.just({"xmp": b"<x:xmpmeta>" + MARK}),
    "comment": st.just({"comment": MARK}),
    "icc": st.just({"icc_profile": SRGB + MARK}),
    "dpi": st.just({"dpi": (72, 72)}),
}


def gps() -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[29] = MARK.decode()
    return exif


@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "GIF"]),
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    seed=st.integers(0, 2**32),
    said=st.sets(st.sampled_from([*SPOKEN, "gps", "text"])),
    trailing=st.sampled_from([b"", MARK, HTML]),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_nothing_planted_beside_the_pixels_is_ever_sent(kind, size, seed, said, trailing, data):
    picture = Image.frombytes("RGB", size, random.Random(seed).randbytes(size[0] * size[1] * 3))
    options = {key: value for name in said & set(SPOKEN) for key, value in data.draw(SPOKEN[name]).items()}
    options |= {"exif": gps()} if "gps" in said else {}
    if kind == "PNG" and "text" in said:
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("GPS", MARK.decode())
    options |= {"WEBP": {"lossless": True}, "TIFF": {"comment": MARK.decode()} if "comment" in said else {}}.get(
        kind, {}
    )
    sent = images.parse(encoded(picture, kind, **options) + trailing)
    assert MARK not in sent.data
    assert set(opened(sent.data).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
    assert opened(sent.data).size == (sent.width, sent.height) == size
    if kind in ("PNG", "WEBP", "TIFF"):
        assert opened(sent.data).convert("RGB").tobytes() == picture.tobytes()


# Upright ----------------------------------------------------------------------------------------------------------


def sideways(kind: str, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(noise(), kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))


def test_a_photo_taken_sideways_is_sent_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    sent = images.parse(encoded(Image.new("RGB", (640, 360)), "JPEG", exif=exif))
    assert (sent.width, sent.height) == opened(sent.data).size == (360, 640)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_every_orientation_of_every_format_is_applied(kind: str, orientation: int):
    data = sideways(kind, orientation)
    assert opened(images.parse(data).data).tobytes() == ImageOps.exif_transpose(opened(data)).convert("RGB").tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "AVIF"])
def test_a_lossy_photo_is_turned_too(kind: str):
    data = sideways(kind, 8)
    shown, wanted = opened(images.parse(data).data), ImageOps.exif_transpose(opened(data))
    assert shown.size == wanted.size == (30, 40)
    difference = np.asarray(shown, dtype=int) - np.asarray(wanted.convert("RGB"), dtype=int)
    assert np.abs(difference).mean() < 5


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_orientation_that_does_not_exist_is_ignored(orientation: int):
    assert (images.parse(sideways("PNG", orientation)).width, images.parse(sideways("JPEG", orientation)).width) == (
        40,
        40,
    )


@pytest.mark.parametrize(
    "exif", [b"", b"II*\0", b"junk", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff\x01\x12", b"II+\0\x08\0"]
)
def test_exif_that_cannot_be_read_is_no_reason_to_refuse_a_picture(exif: bytes):
    assert images.parse(after_jpeg_start(segment(0xE1, b"Exif\0\0" + exif))).width == 40
    assert images.parse(in_png(chunk(b"eXIf", exif))).width == 40


# Colors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "CMYK", "I;16", "1", "LA"])
def test_every_kind_of_pixel_becomes_one_that_every_provider_reads(mode: str):
    kind = "TIFF" if mode in ("CMYK", "I;16") else "PNG"
    sent = images.parse(encoded(Image.new(mode, (400, 400)), kind))
    assert opened(sent.data).mode in ("RGB", "L")
    assert sent.format in ("png", "jpeg")


def swapped() -> bytes:
    """A profile whose red is sRGB's green, so that nobody can miss whether it was applied."""
    return SRGB.replace(b"rXYZ", b"hold").replace(b"gXYZ", b"rXYZ").replace(b"hold", b"gXYZ")


def press() -> bytes:
    """A CMYK profile of a press whose cyan ink is green, and whose every other ink but black is white."""
    white, green, black = (255, 128, 128), (118, 76, 178), (0, 128, 128)
    nodes = b"".join(bytes(black if node & 1 else green if node == 8 else white) for node in range(16))
    unit = struct.pack(">9i", *(65_536 if place % 4 == 0 else 0 for place in range(9)))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + unit + bytes(range(256)) * 4 + nodes + bytes(range(256)) * 3
    head = struct.pack(">L4xL4s4s4s12x4s28x", 144 + len(table), 0x02400000, b"prtr", b"CMYK", b"Lab ", b"acsp")
    light = struct.pack(">3i48x", 0xF6D6, 0x10000, 0xD32D)
    return head + light + struct.pack(">L4sLL", 1, b"A2B0", 144, len(table)) + table


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_color_profile_is_applied_and_not_sent(kind: str):
    sent = images.parse(encoded(Image.new("RGB", (40, 30), "red"), kind, icc_profile=swapped(), quality=100))
    assert near(corner(sent), (0, 255, 0))
    assert "icc_profile" not in opened(sent.data).info


@pytest.mark.parametrize(("alpha", "wanted"), [(255, (0, 255, 0)), (0, (255, 255, 255))])
def test_a_profile_is_applied_before_transparency_is_flattened_on_white(alpha: int, wanted: tuple):
    picture = Image.new("RGBA", (40, 30), (255, 0, 0, alpha))
    assert corner(images.parse(encoded(picture, "PNG", icc_profile=swapped()))) == wanted


def test_a_profile_of_a_palette_is_applied():
    picture = Image.new("RGB", (40, 30), "red").quantize(2)
    assert corner(images.parse(encoded(picture, "PNG", icc_profile=swapped()))) == (0, 255, 0)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("inks", "profile", "wanted"),
    [
        ((255, 0, 0, 0), b"", (0, 255, 255)),
        ((0, 255, 255, 0), b"", (255, 0, 0)),
        ((0, 0, 0, 0), b"", (255, 255, 255)),
        ((0, 0, 0, 255), b"", (0, 0, 0)),
        ((255, 0, 0, 0), press(), (0, 129, 0)),
        ((0, 255, 0, 0), press(), (255, 255, 255)),
        ((0, 255, 255, 0), SRGB, (255, 0, 0)),
    ],
    ids=["cyan", "red", "paper", "black", "cyan ink that is green", "magenta ink that is white", "profile of RGB"],
)
def test_inks_come_out_in_their_colors(kind: str, inks: tuple, profile: bytes, wanted: tuple):
    picture = Image.new("CMYK", (40, 30), inks)
    assert near(corner(images.parse(encoded(picture, kind, icc_profile=profile))), wanted)


def test_inks_written_as_luminance_and_chroma_come_out_in_their_colors():
    # YCCK: Y, Cb, Cr of the inverted (0, 255, 255) of red; the encoder inverts once more, as Adobe's files are.
    data = bytearray(encoded(Image.new("CMYK", (40, 30), (76, 84, 255, 0)), "JPEG", quality=100))
    data[data.index(b"Adobe") + 11] = 2
    assert near(corner(images.parse(bytes(data))), (255, 0, 0))


@pytest.mark.parametrize("profile", [b"junk", SRGB[:200], bytes(500), SRGB[:128] + b"\xff" * 400, press()])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P"])
def test_a_profile_that_is_broken_or_of_other_colors_is_ignored(mode: str, profile: bytes):
    picture = Image.new("RGB", (40, 30), "white").convert(mode)
    assert corner(images.parse(encoded(picture, "PNG", icc_profile=profile))) == (255, 255, 255)


RAMP = np.linspace(0, 65_535, 256).round().reshape(1, 256).repeat(3, axis=0)


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (Image.fromarray(RAMP.astype("<u2")), "PNG"),
        (Image.fromarray(RAMP.astype("<u2")), "TIFF"),
        (Image.frombytes("I;16B", (256, 3), RAMP.astype(">u2").tobytes()), "TIFF"),
        (Image.fromarray(RAMP.astype("<i4")), "TIFF"),
        (Image.fromarray((RAMP * 30_000).astype("<i4")), "TIFF"),
        (Image.fromarray((RAMP / 65_535).astype("<f4")), "TIFF"),
        (Image.fromarray((RAMP / 257).astype("<f4")), "TIFF"),
        (Image.fromarray(RAMP.astype("<f4")), "TIFF"),
        (Image.fromarray((RAMP * 30_000).astype("<f4")), "TIFF"),
    ],
    ids=["16 bit", "I;16", "I;16B", "I", "I of 31 bit", "F to 1", "F to 255", "F to 65,535", "F beyond"],
)
def test_deep_gray_is_scaled_to_8_bit_and_not_cut_off_at_white(picture: Image.Image, kind: str):
    shown = np.asarray(opened(images.parse(encoded(picture, kind)).data))
    assert np.abs(shown[0].astype(int) - np.arange(256)).max() <= 1


@pytest.mark.parametrize(("color_type", "channels"), [(2, 3), (6, 4)])
def test_deep_color_is_scaled_to_8_bit(color_type: int, channels: int):
    row = b"\0" + struct.pack(">4H", 65_535, 32_896, 0, 65_535)[: 2 * channels]
    head = struct.pack(">IIBBBBB", 1, 1, 16, color_type, 0, 0, 0)
    data = _png.PNG + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")
    assert corner(images.parse(data)) == (255, 128, 0)


def test_a_number_that_is_none_is_black_and_the_rest_stays_as_it_is():
    values = np.array([[np.nan, np.inf, -np.inf, 0.5, 1.0]], dtype=np.float32)
    sent = images.parse(encoded(Image.fromarray(values), "TIFF"))
    assert list(opened(sent.data).tobytes()) == [0, 255, 0, 128, 255]


def test_lab_becomes_the_color_it_means():
    lab = ImageCms.createProfile("LAB")
    picture = ImageCms.profileToProfile(
        Image.new("RGB", (4, 4), "red"), ImageCms.createProfile("sRGB"), lab, outputMode="LAB"
    )
    assert near(corner(images.parse(encoded(picture, "TIFF"))), (255, 0, 0))


# Several pictures in one ------------------------------------------------------------------------------------------


def test_webp_and_gif_become_png_with_their_first_picture():
    frames = [Image.new("RGB", (400, 400), color) for color in ("red", "blue")]
    sent = images.parse(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert sent.format == "png"
    assert opened(sent.data).convert("RGB").getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF", "TIFF", "MPO"])
def test_of_many_pictures_the_first_is_sent(kind: str):
    assert near(corner(images.parse(animated(kind))), (255, 0, 0))


# Sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_one_pixel_is_a_picture(kind: str):
    sent = images.parse(encoded(Image.new("RGB", (1, 1), "red"), kind))
    assert (sent.width, sent.height) == (1, 1)
    assert near(corner(sent), (255, 0, 0))


def test_a_variant_refuses_one_pixel_in_its_own_words():
    dot = images.parse(encoded(Image.new("RGB", (1, 1)), "PNG"))
    reasons = [
        providers.why_not(v, Request("x", dot, dot if v.need("last_frame") == "required" else None))
        for v in providers.variants()
        if v.need("first_frame") != "no" and v.inputs["first_frame"].limits.min_side
    ]
    assert reasons
    assert all(reason and "short side of at least" in reason and "1 x 1" in reason for reason in reasons)


def resized(data: bytes, place: int, form: str, *sides: int) -> bytes:
    """A file whose header claims other sides than its pixels have."""
    return data[:place] + struct.pack(form, *sides) + data[place + struct.calcsize(form) :]


def claiming(kind: str, side: int) -> bytes:
    data = encoded(noise("RGB"), kind)
    if kind == "JPEG":
        return resized(data, data.index(b"\xff\xc0") + 5, ">HH", side, side)
    if kind == "PNG":
        head = chunk(b"IHDR", struct.pack(">II", side, side) + data[24:29])
        return data[:8] + head + data[PNG_HEAD:]
    if kind == "TIFF":
        return resized(resized(data, 8 + 2 + 8, "<L", side), 8 + 2 + 12 + 8, "<L", side)
    return resized(data, *{"GIF": (6, "<HH"), "BMP": (18, "<LL")}[kind], side, side)


@pytest.mark.parametrize("side", [10_000, 65_535])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF"])
def test_100_megapixels_are_refused_before_they_are_decoded(kind: str, side: int):
    with pytest.raises(InvalidRequest, match=r"^frame\.png has more than 60 million pixels\.$"):
        images.parse(claiming(kind, side), "frame.png")


def test_a_file_of_more_than_60_mb_is_refused_unread(tmp_path: Path):
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(images.MAX_BYTES + 1)
    with pytest.raises(InvalidRequest, match=r"^large\.png is larger than 60 MB\.$"):
        images.load(tmp_path / "large.png")


# Bombs ------------------------------------------------------------------------------------------------------------


def directory(entries: int, size: int, kind: int = 1) -> bytes:
    """An EXIF block, or TIFF, of which every entry says that nearly the whole block is its value."""
    rows = b"".join(struct.pack("<HHLL", 1000 + n, kind, size // kind, 8) for n in range(entries))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", entries) + rows + bytes(4)


@functools.cache
def inflating(megabytes: int) -> bytes:
    deflate = zlib.compressobj(9)
    return b"".join(deflate.compress(bytes(1_000_000)) for _ in range(megabytes)) + deflate.flush()


def with_exif(block: bytes) -> bytes:
    parts = [block[at : at + 65_000] for at in range(0, len(block), 65_000)]
    return JPEG[:2] + b"".join(segment(0xE1, b"Exif\0\0" + part) for part in parts) + JPEG[20:]


def gif_saying(blocks: int) -> bytes:
    data = encoded(Image.new("P", (40, 30)), "GIF")
    at = 13 + (3 << (data[10] & 7) + 1)
    return data[:at] + b"!\xfe" + (b"\xff" + bytes(255)) * blocks + b"\0" + data[at:]


def scanning(times: int) -> bytes:
    """A progressive JPEG whose last pass is repeated."""
    data = encoded(noise(), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * times + data[-2:]


def run_length(side: int) -> bytes:
    head = struct.pack("<LLLHHLLLLLL", 40, side, side, 1, 8, 1, 4, 0, 0, 256, 0)
    return b"BM" + struct.pack("<LLL", 1082, 0, 1078) + head + bytes([9, 8, 7, 0]) * 256 + b"\0\0\0\1"


BOMBS: dict[str, Callable[[], bytes]] = {
    "JPEG EXIF": lambda: with_exif(directory(8_000, 95_000)),
    "JPEG second pictures": lambda: after_jpeg_start(segment(0xE2, b"MPF\0" + directory(5_000, 60_000, 3))),
    "JPEG scans": lambda: scanning(1_000),
    "JPEG segments": lambda: after_jpeg_start(b"\xff\xe5\0\2" * 25_000),
    "PNG text": lambda: in_png(chunk(b"zTXt", b"a\0\0" + inflating(60))),
    "PNG profile": lambda: in_png(chunk(b"iCCP", b"a\0\0" + inflating(60))),
    "PNG pixels": lambda: PNG[:PNG_HEAD] + chunk(b"IDAT", inflating(60)) + PNG[-12:],
    "PNG EXIF": lambda: in_png(chunk(b"eXIf", directory(8_000, 95_000))),
    "PNG chunks": lambda: in_png(chunk(b"IDAT", b"") * 25_000),
    "GIF comment": lambda: gif_saying(4_000),
    "TIFF": lambda: directory(8_000, 95_000),
    "TIFF palette": lambda: resized(directory(1, 95_000_000), 10, "<H", 320),
    "TIFF strips": lambda: resized(directory(1, 1_000_000, 4), 10, "<H", 273),
    "WEBP EXIF": lambda: encoded(noise(), "WEBP", exif=directory(8_000, 95_000)),
    "AVIF EXIF": lambda: avif_with(directory(4_000, 48_000)),
    "BMP runs": lambda: run_length(5_000),
}


def avif_with(exif: bytes) -> bytes:
    """An AVIF whose EXIF is this. Pillow reads what it writes, so a harmless one of the same length makes room."""
    room = b"II*\0\x08\0\0\0\0\0\0\0\0\0" + MARK
    room += bytes(len(exif) - len(room))
    return encoded(noise(), "AVIF", exif=room).replace(room, exif)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_no_more_than_a_picture(name: str):
    data = BOMBS[name]()
    tracemalloc.start()
    outcome = sent_or_said(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000
    if isinstance(outcome, str):
        assert "\n" not in outcome
    else:
        assert len(outcome.data) < 10_000
        assert opened(outcome.data).size == (40, 30)


def test_a_decoder_never_sees_a_gif_s_comments_or_later_pictures():
    still, whole = gif_saying(3), animated("GIF")
    assert _pixels.bare(still).data == encoded(Image.new("P", (40, 30)), "GIF")
    assert len(_pixels.bare(whole).data) < len(whole)


def test_a_run_length_coded_bmp_is_refused_since_few_bytes_keep_a_decoder_busy():
    with pytest.raises(InvalidRequest, match=r"^x is not an image that can be read: its BMP is run-length coded\.$"):
        images.parse(run_length(40), "x")


# Refusals ---------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    "data",
    [
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        encoded(noise(), "EPS"),
        encoded(noise(), "ICO"),
        encoded(noise(), "PPM"),
        encoded(noise(), "TGA"),
        encoded(noise(), "JPEG2000"),
        b"8BPS\0\1" + bytes(100),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"<!doctype html><title>404</title>",
        b"\0\0\0\x18ftypmp42" + bytes(100),
        b"II+\0\x08\0\0\0" + bytes(100),
        b"PK\x03\x04" + bytes(100),
        b" " + PNG,
    ],
    ids=[
        "SVG",
        "PDF",
        "EPS",
        "ICO",
        "PPM",
        "TGA",
        "JPEG 2000",
        "PSD",
        "FPX",
        "HTML",
        "MP4",
        "BigTIFF",
        "ZIP",
        "space",
    ],
)
def test_a_format_that_was_not_meant_is_refused_with_those_that_are(data: bytes):
    with pytest.raises(InvalidRequest, match=r"^x is not an image that can be read: use JPEG, PNG or WebP\.$"):
        images.parse(data, "x")


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_a_file_that_was_cut_off_is_refused_in_one_sentence(kind: str, kept: float):
    data = encoded(noise(), kind)
    with pytest.raises(InvalidRequest, match=r"^frame\.png is [^\n]+\.$"):
        images.parse(data[: int(len(data) * kept)], "frame.png")


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_whatever_raise_anything_else(data: bytes):
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\x00\x00\x00\x00WEBP"):
        try:
            images.parse(start + data)
        except InvalidRequest:
            continue


WHOLE = [
    JPEG,
    PNG,
    animated("PNG"),
    *(encoded(noise(), kind) for kind in ("WEBP", "GIF", "BMP", "TIFF")),
    *(encoded(noise("CMYK"), kind, icc_profile=press()) for kind in ("JPEG", "TIFF")),
    encoded(noise("LA"), "PNG", icc_profile=SRGB, exif=gps()),
]


@given(
    data=st.sampled_from(WHOLE),
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6), st.booleans()), min_size=1, max_size=4),
)
@settings(max_examples=90, deadline=None)
def test_a_damaged_file_is_refused_or_sent_as_something_sound(data: bytes, changes: list):
    for place, new, early in changes:
        at = int(place * (min(len(data), 200) if early else len(data)))
        data = data[:at] + new + data[at + len(new) :]
    sent = sent_or_said(data)
    if isinstance(sent, str):
        assert "\n" not in sent
        return
    assert opened(sent.data).mode in ("RGB", "L")
    assert opened(sent.data).size == (sent.width, sent.height)
    assert images.parse(sent.data).data == sent.data


def test_transparency_said_too_late_and_too_short_is_refused_or_ignored():
    gray = encoded(noise("L"), "PNG")
    with pytest.raises(InvalidRequest):
        images.parse(gray[:-12] + chunk(b"tRNS", b"") + gray[-12:])


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path):
    with pytest.raises(InvalidRequest, match=r"missing\.png cannot be read"):
        images.load(tmp_path / "missing.png")


def test_a_folder_is_said_to_be_none(tmp_path: Path):
    with pytest.raises(InvalidRequest, match=r"cannot be read: Is a directory\.$"):
        images.load(tmp_path)


def test_a_name_of_several_lines_stays_one_sentence(tmp_path: Path):
    (tmp_path / "a\nb\x1b[31m.png").write_bytes(b"junk")
    with pytest.raises(InvalidRequest, match=r"^a\?b\?\[31m\.png is not an image"):
        images.load(tmp_path / "a\nb\x1b[31m.png")
