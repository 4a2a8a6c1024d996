"""A picture whose file says its colors by numbers is sent as browsers show it, or refused; HEIC is named."""

from __future__ import annotations

import base64
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import providers
from comparisons.media import _heif as heifs
from comparisons.media import _profiles, images
from providers import InvalidRequest, Request
from tests.browser import browse
from tests.media.test_images import PNG_HEAD, chunk, encoded, near, opened, sent_or_said

PATCHES = [(180, 120, 90), (255, 0, 0), (40, 200, 60), (20, 20, 30), (128, 128, 128)]
PATCH = 16
BT_709 = (31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000)
P3 = (31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000)


def patches() -> Image.Image:
    picture = Image.new("RGB", (PATCH * len(PATCHES), PATCH))
    for number, color in enumerate(PATCHES):
        picture.paste(color, (PATCH * number, 0, PATCH * (number + 1), PATCH))
    return picture


AS_PNG = encoded(patches(), "PNG")
AS_GRAY = encoded(patches().convert("L"), "PNG")
AS_AVIF = encoded(patches(), "AVIF", quality=100, subsampling="4:4:4")
CLEAR = encoded(patches().convert("RGBA"), "PNG")


def png(*chunks: tuple[bytes, bytes], of: bytes = AS_PNG) -> bytes:
    return of[:PNG_HEAD] + b"".join(chunk(*each) for each in chunks) + of[PNG_HEAD:]


def cicp(primaries: int, transfer: int, of: bytes = AS_PNG) -> bytes:
    return png((b"cICP", bytes([primaries, transfer, 0, 1])), of=of)


def gamma(value: int, points: tuple[int, ...] = (), of: bytes = AS_PNG) -> bytes:
    said = [(b"gAMA", struct.pack(">L", value)), *([(b"cHRM", struct.pack(">8L", *points))] if points else [])]
    return png(*said, of=of)


def nclx(primaries: int, transfer: int) -> bytes:
    at = AS_AVIF.index(b"colrnclx") + 8
    return AS_AVIF[:at] + struct.pack(">HH", primaries, transfer) + AS_AVIF[at + 4 :]


POINTS = [(1, 13), (12, 13), (9, 13), (9, 14), (9, 1), (1, 1), (1, 8), (1, 4), (1, 5), (1, 7), (5, 6), (6, 6), (11, 13),
          (4, 13), (22, 13), (2, 2), (12, 2), (2, 8), (0, 8)]  # fmt: skip
SHOWN = {
    "plain PNG": AS_PNG,
    "plain AVIF": AS_AVIF,
    **{f"PNG cICP {each}": cicp(*each) for each in POINTS},
    **{f"AVIF nclx {each}": nclx(*each) for each in POINTS},
    **{f"PNG gAMA {value}": gamma(value) for value in (100_000, 45_455, 47_000, 43_000, 55_556, 30_000)},
    **{f"PNG gAMA {value}, {name}": gamma(value, points)
       for value in (100_000, 45_455, 55_556) for name, points in (("BT.709", BT_709), ("P3", P3))},
    "sRGB counts before gAMA": png((b"sRGB", b"\0"), (b"gAMA", struct.pack(">L", 100_000))),
    "cICP counts before sRGB": png((b"cICP", bytes([12, 13, 0, 1])), (b"sRGB", b"\0")),
    "gray by cICP": cicp(1, 8, AS_GRAY),
    "gray by gAMA": gamma(100_000, of=AS_GRAY),
    "with transparency": cicp(12, 13, CLEAR),
}  # fmt: skip
READ = """async pictures => {
    const found = {};
    for (const [name, url] of Object.entries(pictures)) {
        const image = new Image();
        image.src = url;
        await image.decode();
        const canvas = Object.assign(document.createElement("canvas"), {width: image.width, height: image.height});
        const pen = canvas.getContext("2d");
        pen.drawImage(image, 0, 0);
        found[name] = [...Array(image.width / 16).keys()].map(
            (at) => [...pen.getImageData(16 * at + 8, 8, 1, 1).data].slice(0, 3));
    }
    return found;
}"""


@pytest.fixture(scope="module")
def in_chromium(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[int]]]:
    """What Chromium shows of each, patch by patch."""
    kinds = {name: "avif" if data[4:8] == b"ftyp" else "png" for name, data in SHOWN.items()}
    urls = {n: f"data:image/{kinds[n]};base64,{base64.b64encode(data).decode()}" for n, data in SHOWN.items()}
    with browse(tmp_path_factory.mktemp("profile")) as context:
        return context.new_page().evaluate(READ, urls)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_is_sent_as_the_browser_shows_it(in_chromium: dict[str, list[list[int]]], name: str):
    sent = opened(images.parse(SHOWN[name]).data).convert("RGB")
    ours = [sent.getpixel((PATCH * at + PATCH // 2, PATCH // 2)) for at in range(len(PATCHES))]
    assert np.abs(np.array(ours) - np.array(in_chromium[name])).max() <= 3, (ours, in_chromium[name])


@pytest.mark.parametrize("transfer", [16, 18])
@pytest.mark.parametrize("make", [cicp, nclx])
def test_an_hdr_picture_is_refused_with_what_to_do(make, transfer: int):
    with pytest.raises(InvalidRequest, match=r"HDR \((PQ|HLG)\), which no common picture can hold: save it"):
        images.parse(make(9, transfer), "sunset")


@pytest.mark.parametrize("points", [(10, 13), (200, 13), (1, 17), (1, 99)])
def test_colors_of_a_kind_that_is_not_known_are_refused_rather_than_sent_as_others(points: tuple[int, int]):
    for make in (cicp, nclx):
        with pytest.raises(InvalidRequest, match="its colors are of a kind that is not known"):
            images.parse(make(*points), "x")


@given(st.lists(st.integers(0, 2**32 - 1), min_size=8, max_size=8), st.integers(0, 2**32 - 1))
def test_numbers_that_make_no_colors_are_passed_over(points: list[int], value: int):
    sent = sent_or_said(gamma(value, tuple(points)))
    assert not isinstance(sent, str)
    assert opened(sent.data).size == (PATCH * len(PATCHES), PATCH)


@given(st.integers(0, 255), st.integers(0, 255))
def test_every_code_point_is_shown_or_refused(primaries: int, transfer: int):
    for video in (True, False):
        try:
            made = _profiles.of_code_points(primaries, transfer, video=video)
        except _profiles.Untold:
            continue
        assert made == b"" or made[36:40] == b"acsp"


@given(st.binary(max_size=200), st.integers(0, len(AS_AVIF)))
def test_no_container_whatever_raises_anything_else(data: bytes, at: int):
    heifs.code_points(data)
    heifs.code_points(AS_AVIF[:at] + data)
    heifs.is_heif(b"\0\0\0\x20ftyp" + data)


# HEIC ---------------------------------------------------------------------------------------------------------------


def heif(major: bytes, *compatible: bytes) -> bytes:
    brands = b"".join(compatible)
    return struct.pack(">L4s4sL", 16 + len(brands), b"ftyp", major, 0) + brands + bytes(200)


@pytest.mark.parametrize(
    "data",
    [
        heif(b"heic", b"mif1", b"heic"),
        heif(b"heix", b"mif1"),
        heif(b"mif1", b"mif1", b"heic"),
        heif(b"mif1", b"heix", b"miaf"),
        heif(b"msf1", b"hevc"),
        heif(b"hevc", b"msf1"),
        heif(b"mif2", b"heic"),
        heif(b"miaf"),
        heif(b"mif1"),
        heif(b"heic"),
        heif(b"MiHB", b"heic"),
    ],
    ids=lambda data: data[8:40].rstrip(b"\0").decode("ascii", "replace").replace("\0", " "),
)
def test_a_picture_of_a_phone_is_named_as_heic_with_what_to_do(data: bytes):
    with pytest.raises(InvalidRequest, match=r"^IMG_1\.HEIC is not an image .*HEIC.* save or share it as JPEG"):
        images.parse(data, "IMG_1.HEIC")


@pytest.mark.parametrize("major", [b"avif", b"mif1", b"msf1", b"miaf", b"mif2"])
def test_an_avif_is_told_from_heic_whatever_its_first_brand(major: bytes):
    data = AS_AVIF[:8] + major + AS_AVIF[12:]
    assert not heifs.is_heif(data)
    said = sent_or_said(data)
    if major in (b"avif", b"mif1", b"msf1"):
        assert near(opened(said.data).convert("RGB").getpixel((8, 8)), PATCHES[0])
    assert "HEIC" not in str(said)


# sizes ----------------------------------------------------------------------------------------------------------------


def pictured(width: int, height: int) -> Request:
    out = io.BytesIO()
    Image.new("RGB", (width, height)).save(out, "PNG")
    return Request("x", images.parse(out.getvalue()))


def begun_with_an_image() -> list[providers.Variant]:
    return [variant for variant in providers.variants() if variant.need("first_frame") != "no"]


@pytest.mark.slow
def test_an_aspect_beyond_a_bound_is_not_said_to_be_the_bound():
    limited = next(
        v for v in providers.variants() if v.need("first_frame") != "no" and v.inputs["first_frame"].limits.min_aspect
    )
    low, high = limited.inputs["first_frame"].limits.min_aspect, limited.inputs["first_frame"].limits.max_aspect
    assert (low, high) == (0.4, 2.5)
    sizes = {
        (399, 1000): "0.399",
        (3999, 10_000): "0.3999",
        (1000, 399): "2.51",
        (2501, 1000): "2.501",
        (301, 3010): "0.10",
    }
    for size, said in sizes.items():
        assert (providers.why_not(limited, pictured(*size)) or "").endswith(f"has {said}")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (8, 8), (15, 400)])
def test_where_no_least_size_is_known_a_dot_is_refused_before_it_is_billed(size: tuple[int, int], tmp_path: Path):
    unlimited = [
        v
        for v in providers.variants()
        if v.need("first_frame") != "no" and v.inputs["first_frame"].limits.min_side is None
        if v.need("last_frame") != "required"  # those say so first
    ]
    for variant in unlimited:
        reason = providers.why_not(variant, pictured(*size)) or ""
        if "aspect" not in reason:
            assert "Takes sends no image under 16 px a side" in reason
            assert f"{size[0]} x {size[1]}" in reason
        assert providers.why_not(variant, pictured(400, 400)) is None
