"""Draws words on a picture, in any script. Characters that no installed font has are written in Latin letters.

Pillow does not say which glyphs a font has. So a character counts as drawable if its picture differs from the one that
the font draws for a code point that is never assigned. Scripts whose letters join or stack need the library raqm.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from anyascii import anyascii
from PIL import Image, ImageDraw, ImageFont, features

Color = tuple[int, int, int]
LONGEST = 400
"""The most characters of a text that are used: no line of a picture holds more."""
MARKS = 3
"""The most marks that are kept on one letter; more would be drawn over the lines above and below."""
PROBE_PX = 20
"""The font size, in pixels, at which glyphs are compared."""
NEVER_ASSIGNED = "\U0010ffff"
JOINERS = "\u200c\u200d"
FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts",
    "/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip
PREFERRED = ("notosans-regular", "liberationsans-regular", "arial", "helvetica", "segoeui", "dejavusans")
NO_LETTERS = ("lastresort", "adobeblank", "notdef", "wingding", "webding")
"""Fonts whose glyphs are boxes, blanks or pictures in place of letters."""
NOT_FIRST = ("bold", "italic", "oblique", "mono", "serif", "condensed", "narrow", "light", "black", "thin", "math")


@dataclass(frozen=True)
class Piece:
    """Characters that one font draws; ``font`` is None for the font that comes with Pillow."""

    text: str
    font: Path | None


# fonts ------------------------------------------------------------------------------------------------------------


@functools.cache
def installed() -> tuple[Path | None, ...]:
    """Every font to try, the plain ones first, Pillow's own last."""
    files = {path for folder in FOLDERS for path in _files(folder)}
    return (*sorted(files, key=_rank), None)


def _files(folder: str) -> Iterator[Path]:
    try:
        place = Path(folder).expanduser()
    except RuntimeError:  # the user has no home folder
        return
    for path in place.rglob("*") if place.is_dir() else ():
        name = path.name.lower()
        if name.endswith((".ttf", ".otf", ".ttc")) and not any(word in name for word in NO_LETTERS):
            yield path


def _rank(path: Path) -> tuple[int, int, str]:
    stem = path.stem.lower()
    first = PREFERRED.index(stem) if stem in PREFERRED else len(PREFERRED)
    return first, sum(word in stem for word in NOT_FIRST), str(path)


@functools.lru_cache(maxsize=64)
def face(font: Path | None, size: int) -> ImageFont.FreeTypeFont | None:
    """A font at a size in pixels; None if it cannot be loaded at that size, such as a bitmap font."""
    try:
        if font is None:
            found = ImageFont.load_default(size)
            return found if isinstance(found, ImageFont.FreeTypeFont) else None
        return ImageFont.truetype(font, size)
    except OSError:
        return None


@functools.lru_cache(maxsize=20_000)
def has(font: Path | None, character: str) -> bool:
    """Whether a font has a glyph of its own for a character."""
    if character in JOINERS:
        return True  # they only say how their neighbors join
    look = _look(font, character)
    return look is not None and bool(look[1]) and look != _look(font, NEVER_ASSIGNED)


@functools.lru_cache(maxsize=20_000)
def _look(font: Path | None, character: str) -> tuple[tuple[int, int], bytes] | None:
    found = face(font, PROBE_PX)
    if found is None:
        return None
    try:
        mask = found.getmask(character, mode="L")
    except (OSError, ValueError):  # a damaged glyph
        return None
    return mask.size, bytes(mask) if any(mask) else b""


# text -------------------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """The text as one printable line, without control characters and direction overrides, shortened to ``LONGEST``."""
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", " ".join(text[: 4 * LONGEST].split())):
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if marks > MARKS or (kind[0] == "C" and character not in JOINERS) or "\ufe00" <= character <= "\ufe0f":
            continue
        kept.append(character)
    return " ".join("".join(kept).split())[:LONGEST]


def pieces(text: str) -> list[Piece]:
    """A line split into pieces, each with a font that can draw it; in Latin letters where no font can."""
    found: list[Piece] = []
    for cluster in _clusters(plain(text)):
        last = found[-1] if found else None
        piece = _piece(cluster, last.font if last else installed()[0])
        if last and piece.font == last.font:
            found[-1] = Piece(last.text + piece.text, last.font)
        elif piece.text:
            found[-1:] = [*_with_space_apart(found[-1:]), piece]
    return found


def _with_space_apart(last: Sequence[Piece]) -> list[Piece]:
    """The last piece, with a space at its end split off: after right-to-left words it would move to their left."""
    return [
        Piece(text, piece.font)
        for piece in last
        for text in ((piece.text[:-1], " ") if piece.text.endswith(" ") else (piece.text,))
        if text
    ]


def _clusters(text: str) -> Iterator[str]:
    """Letters with the marks and joiners that belong to them."""
    cluster = ""
    for character in text:
        belongs = unicodedata.category(character)[0] == "M" or character in JOINERS
        if cluster and not belongs:
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _piece(cluster: str, here: Path | None) -> Piece:
    font = here if cluster == " " else _font_of(cluster, here)
    if cluster == " " or font is not False:
        return Piece(cluster, font or None)
    silent = unicodedata.category(cluster[0])[0] in "LMC"  # letters that have no sound, such as alif
    words = anyascii(cluster) or ("" if silent else "?")
    return Piece(words, _font_of("x", here) or None)


def _font_of(cluster: str, here: Path | None) -> Path | Literal[False] | None:
    """The font for a cluster (None is Pillow's own), False if none has it. Signs and digits keep the font ``here``."""
    if _complex(cluster) and not features.check("raqm"):
        return False
    first = [here] if not cluster[0].isalpha() or _complex(cluster) else []
    fonts = (*first, *installed())
    return next((font for font in fonts if all(has(font, character) for character in cluster)), False)


def _complex(cluster: str) -> bool:
    """Whether letters run right to left, join or stack, so that only raqm can lay them out legibly."""
    return len(cluster) > 1 or any(
        unicodedata.bidirectional(character) in ("R", "AL") or "\u0900" <= character <= "\u109f" or
        "\u1780" <= character <= "\u18af"
        for character in cluster
    )  # fmt: skip


# drawing ----------------------------------------------------------------------------------------------------------


def width(parts: Sequence[Piece], size: int) -> float:
    """The width of a line in pixels."""
    return sum(found.getlength(part.text) for part in parts if (found := face(part.font, size)))


def fitted(text: str, size: int, room: float) -> list[Piece]:
    """The pieces of a line, shortened with an ellipsis to fit into ``room`` pixels, in the order from left to right."""
    line = plain(text)
    parts = pieces(line)
    if width(parts, size) > room:
        low, high = 0, len(line)
        while low < high:
            middle = (low + high + 1) // 2
            short = pieces(line[:middle].rstrip() + "…")
            low, high = (middle, high) if width(short, size) <= room else (low, middle - 1)
        parts = pieces(line[:low].rstrip() + "…") if low else []
    return parts[::-1] if _from_the_right(line) else parts


def _from_the_right(line: str) -> bool:
    strong = (unicodedata.bidirectional(character) for character in line)
    return next((kind in ("R", "AL") for kind in strong if kind in ("L", "R", "AL")), False)


def write(
    on: Image.Image, at: tuple[int, int], text: str, size: int, color: Color, room: float, *, right: bool = False
) -> float:
    """Writes one line, no wider than ``room`` pixels, and gives its width.

    Args:
        at: where its baseline begins, in pixels.
        size: of the font, in pixels.
        right: ``at`` is where the line ends instead.
    """
    parts = fitted(text, size, room)
    total = width(parts, size)
    draw, x = ImageDraw.Draw(on), float(at[0]) - (total if right else 0.0)
    for part in parts:
        found = face(part.font, size)
        if found is not None:
            draw.text((x, at[1]), part.text, fill=color, font=found, anchor="ls")
            x += found.getlength(part.text)
    return total


def mark(picture: Path, text: str) -> None:
    """Draws a word into the lower right corner of a picture file, small, on a dark ground."""
    with Image.open(picture) as opened:
        image = opened.convert("RGB")
    size = max(9, min(18, image.height // 12))
    wide = round(width(pieces(text), size)) + size
    left, top = max(0, image.width - wide - size // 2), max(0, image.height - 2 * size - size // 4)
    ImageDraw.Draw(image).rounded_rectangle((left, top, left + wide, top + 3 * size // 2), size // 3, fill=(20, 20, 20))
    write(image, (left + size // 2, top + 9 * size // 8), text, size, (236, 236, 236), wide)
    image.save(picture, quality=90)
