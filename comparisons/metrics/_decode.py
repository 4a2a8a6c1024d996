"""Decodes a clip once: small grey frames through a pipe, beside them the first frame in colour and the quantisers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from comparisons.metrics._containers import CONTAINERS
from comparisons.metrics._ffmpeg import UnreadableClip, ask, reading, streaming, version, why
from comparisons.metrics._grids import Bytes

MOST_FRAMES = 600
"""The most frames of a clip that are measured."""
CHUNK = 24
"""How many frames are in memory at a time."""
SMALL = 240 * 135
"""The pixels of a small frame, in the shape of the picture. What is measured over time needs no more."""
NARROWEST, WIDEST = 48, 675
"""The bounds of a small frame's sides: beyond them its shape is not the picture's."""
FIRST = 1920 * 1080
"""The most pixels of the first frame in colour."""
HDR = ("smpte2084", "arib-std-b67")
"""Names of the transfer curves of HDR (PQ and HLG)."""


@dataclass
class Facts:
    """What ffmpeg says of a clip. From ``times`` on it is known once the clip has been decoded.

    Attributes:
        ffmpeg: the version of ffmpeg that says so.
        codec: as ffmpeg names it.
        eight_bit: whether a sample has 8 bits.
        sound: whether there is a sound track.
        duration_s: by the file's index; None if that does not say.
        times: when each frame is shown, in seconds from the first.
        unsaid: whether the file does not say by which matrix its colours are coded.
        base_qp: the quantiser that H.264's picture parameters begin from.
    """

    ffmpeg: str
    codec: str
    eight_bit: bool
    sound: bool
    duration_s: float | None
    times: list[float] = field(default_factory=list)
    hdr: bool = False
    unsaid: bool = False
    base_qp: float | None = None
    first: Bytes | None = None

    @property
    def has_quantiser(self) -> bool:
        return self.codec == "h264" and self.eight_bit


def look(clip: Path) -> Facts:
    """What the file says of itself, without decoding it.

    Raises:
        UnreadableClip: it is no video.
    """
    told = ask(reading(str(clip), CONTAINERS))
    streams = re.findall(r"^  Stream #0:\d+.*?: (Video|Audio): (\w+)[^,]*, (\w*)(.*)$", told.text, re.MULTILINE)
    pictures = [each for each in streams if each[0] == "Video" and "(attached pic)" not in each[3]]
    if not pictures:
        raise UnreadableClip(f"The clip is no video: {why(told)}")
    _, codec, pixels, _ = pictures[0]
    length = re.search(r"^  Duration: (\d+):(\d+):(\d+\.\d+)", told.text, re.MULTILINE)
    seconds = int(length[1]) * 3600 + int(length[2]) * 60 + float(length[3]) if length else 0.0
    eight_bit = not re.search(r"\d(le|be)$", pixels)
    return Facts(version(told), codec, eight_bit, any(kind == "Audio" for kind, *_ in streams), seconds or None)


@contextmanager
def decoded(clip: Path, facts: Facts, folder: Path) -> Iterator[Iterator[Bytes]]:
    """The small frames in chunks. Afterwards ``facts`` are complete, and the quantisers lie in ``folder``.

    Raises:
        UnreadableClip: no frame can be decoded, or not all in time.
    """
    with streaming(_arguments(clip, facts, folder)) as (pipe, told):
        yield _chunks(pipe)
    first = folder / "first.ppm"
    if told.late or not first.exists():
        raise UnreadableClip(f"The clip cannot be decoded: {why(told)}")
    facts.first = _ppm(first.read_bytes())
    _complete(facts, told.text)


def quantisers(folder: Path) -> Path:
    """Where ``decoded`` has the quantisers written."""
    return folder / "quantisers.gray"


def _arguments(clip: Path, facts: Facts, folder: Path) -> list[str]:
    # One thread: with several, ffmpeg's H.264 decoder hands out quantisers that it has not finished (seen in 9.0.2).
    one = ["-threads", "1", "-filter_threads", "1", "-filter_complex_threads", "1"]
    frames = ["-fps_mode", "passthrough", "-frames:v", str(MOST_FRAMES)]
    told = ["-export_side_data", "venc_params"] if facts.has_quantiser else []
    outputs = ["-map", "[small]", *frames, "-c:v", "pgm", "-f", "image2pipe", "pipe:1"]
    outputs += ["-map", "[first]", "-frames:v", "1", "-c:v", "ppm", "-update", "1", "-f", "image2"]
    outputs += [f"file:{folder / 'first.ppm'}"]
    if facts.has_quantiser:
        outputs += ["-map", "[qp]", *frames, "-c:v", "rawvideo", "-f", "rawvideo", f"file:{quantisers(folder)}"]
    graph = ["-filter_complex", _graph(with_quantisers=facts.has_quantiser)]
    return ["-v", "info", "-y", *one, *told, *reading(str(clip), CONTAINERS), *graph, *outputs]


def _graph(*, with_quantisers: bool) -> str:
    across = "iw*if(sar,sar,1)"
    small = f"sqrt({SMALL}/({across}*ih))"
    bounded = f"clip(round({across}*{small}),{NARROWEST},{WIDEST})", f"clip(round(ih*{small}),{NARROWEST},{WIDEST})"
    first = f"min(1,sqrt({FIRST}/({across}*ih)))"
    whole = f"max(1,round({across}*{first}))", f"max(1,round(ih*{first}))"
    names = "[a][b][c]" if with_quantisers else "[a][b]"
    steps = [
        f"[0:V:0]showinfo=checksum=0,split={names.count('[')}{names}",
        f"[a]scale=w='{bounded[0]}':h='{bounded[1]}':flags=area,format=gray[small]",
        f"[b]trim=end_frame=1,scale=w='{whole[0]}':h='{whole[1]}':flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24[first]",
    ]
    return ";".join([*steps, *([QUANTISERS] if with_quantisers else [])])


QUANTISERS = (
    # ``codecview`` draws every macroblock's quantiser, times 128 / 31, into the 8 x 8 pixels of its chroma. One of them
    # is taken; the shift by 3 has a macroblock found of which the picture holds no more than an edge.
    "[c]format=yuv420p,codecview=qp=1,extractplanes=u,"
    "pad=w='ceil(iw/8)*8+8':h='ceil(ih/8)*8+8':x=3:y=3:color=white,crop=iw-8:ih-8:0:0,"
    "scale=iw/8:ih/8:flags=neighbor[qp]"
)


def _chunks(pipe: IO[bytes]) -> Iterator[Bytes]:
    """The frames that ffmpeg writes as PGM pictures, all of one size, ``CHUNK`` at a time."""
    head = b"".join(pipe.readline() for _ in range(3))
    size = re.fullmatch(rb"P5\n(\d+) (\d+)\n255\n", head)
    if not size:
        return
    width, height = int(size[1]), int(size[2])
    each = len(head) + width * height
    ahead = head
    while data := ahead + pipe.read(CHUNK * each - len(ahead)):
        ahead = b""
        count = len(data) // each
        if not count:
            return
        whole = np.frombuffer(data, np.uint8, count * each).reshape(count, each)
        yield whole[:, len(head) :].reshape(count, height, width)


def _ppm(data: bytes) -> Bytes:
    head = re.match(rb"P6\n(\d+) (\d+)\n255\n", data)
    if not head:
        raise UnreadableClip("The clip's first frame cannot be decoded.")
    return np.frombuffer(data, np.uint8, offset=head.end()).reshape(int(head[2]), int(head[1]), 3)


def _complete(facts: Facts, said: str) -> None:
    line = r"^\[Parsed_showinfo_0 @ \w+\] +"
    stamps = re.findall(line + r"n: *\d+ pts: *\S+ pts_time:(\S+)", said, re.MULTILINE)
    facts.times = _from_zero([float(each) for each in stamps if each != "NOPTS"])
    colour = re.search(line + r"color_range:\S+ color_space:(\S+) color_primaries:\S+ color_trc:(\S+)", said, re.M)
    facts.unsaid = not colour or colour[1] == "unknown"
    facts.hdr = bool(colour and colour[2] in HDR)
    base = re.search(line + r"side data - Video encoding parameters: type 1; qp=(\d+);", said, re.MULTILINE)
    facts.base_qp = float(base[1]) if base else None


def _from_zero(stamps: list[float]) -> list[float]:
    return [round(each - stamps[0], 6) for each in stamps[:MOST_FRAMES]]
