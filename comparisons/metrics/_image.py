"""Reads the given image, by ffmpeg too: upright, on white, and no larger than what the first frame is compared at."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from comparisons.metrics._decode import FIRST
from comparisons.metrics._ffmpeg import IMAGES, MAX_IMAGE_PIXELS, reading, streaming
from comparisons.metrics._grids import Bytes


def read_image(data: bytes, folder: Path) -> Bytes | None:
    """Its pixels, as red, green and blue; None if it cannot be read. A colour profile in it is not applied."""
    path = folder / "image"
    path.write_bytes(data)
    fit = f"min(1,sqrt({FIRST}/(iw*ih)))"
    size = f"w='max(1,round(iw*{fit}))':h='max(1,round(ih*{fit}))'"
    steps = f"format=rgba,scale={size}:flags=lanczos,format=rgba"
    to = ("-frames:v", "1", "-vf", steps, "-c:v", "pam", "-f", "image2pipe", "pipe:1")
    arguments = ("-v", "error", "-threads", "1", *reading(str(path), IMAGES, MAX_IMAGE_PIXELS), *to)
    with streaming(arguments) as (pipe, _):
        found = pipe.read()
    return _on_white(found)


def _on_white(pam: bytes) -> Bytes | None:
    head = re.match(rb"P7\nWIDTH (\d+)\nHEIGHT (\d+)\nDEPTH 4\nMAXVAL 255\n(?:TUPLTYPE \w+\n)?ENDHDR\n", pam)
    if not head:
        return None
    width, height = int(head[1]), int(head[2])
    pixels = np.frombuffer(pam, np.uint8, width * height * 4, head.end()).reshape(height, width, 4)
    colours, opaque = pixels[..., :3], pixels[..., 3:]
    if opaque.min() == 255:
        return np.ascontiguousarray(colours)
    share = opaque.astype(np.float32) / 255
    return np.rint(colours * share + 255 * (1 - share)).astype(np.uint8)
