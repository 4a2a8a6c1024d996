"""Measures a clip: what it is and how players show it, from its packets and its first picture in one run of ffmpeg.

ffmpeg runs in a process of its own, since strangers made the files; this process only reads what ffmpeg prints.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from comparisons.media import _boxes, _ebml
from comparisons.media._rates import MILLISECOND, steady_rate
from comparisons.media.copies import POSTER, POSTER_AS, is_brighter, make_poster
from comparisons.media.ffmpeg import BrokenClip, plain, run, written
from comparisons.media.formats import HEAD, ending, format_of
from comparisons.records import MediaInfo, Odd

FIRST = "0:V:0"
"""The first video stream that is not a cover picture."""
PACKETS = ("-map", FIRST, "-c", "copy", "-f", "framecrc", "-")
"""Options that list every packet of that stream and decode nothing."""
AS_STAMPED = ("-hide_banner", "-nostats", "-v", "level+info", "-copyts")
"""Has ffmpeg print what it finds, each line with its log level, and keep the file's own time stamps."""
HIDDEN, CUT = 4, 2
"""Flags of a packet. ``HIDDEN``: its picture is not shown, by the file's edit list. ``CUT``: its bytes end early."""
UNKNOWN = -(1 << 63)
"""What ffmpeg prints where a packet has no time."""
FAULT = re.compile(r"\[(?:error|fatal|warning|panic)\] ")
ENDS_EARLY = re.compile(r"partial file|ended prematurely|Truncating packet|Packet corrupt", re.IGNORECASE)
BOXED = ("mp4", "mov", "3gp")
CHANNELS = {
    "mono": 1, "stereo": 2, "downmix": 2, "quad": 4, "hexagonal": 6, "octagonal": 8, "cube": 8, "hexadecagonal": 16,
}  # fmt: skip


def measure(clip: Path, poster: Path) -> MediaInfo:
    """``probe`` and the clip's poster in one run of ffmpeg, at low priority.

    Raises:
        BrokenClip: as ``probe``.
    """
    info = _probed(clip, POSTER, (*POSTER_AS, *written(poster)), behind=True)
    if is_brighter(info):
        make_poster(clip, poster, info)
    return info


def probe(clip: Path) -> MediaInfo:
    """What a video file is: its packets are counted, and its first picture is decoded.

    Oddities that leave it readable are no errors.

    Raises:
        BrokenClip: it is no video, ends before its own index says, or its first picture cannot be decoded.
    """
    return _probed(clip, "null", ("-f", "null", "-"))


def moments(clip: Path) -> list[float]:
    """When each picture of a clip is shown, in seconds of the file's own clock, in order.

    Raises:
        BrokenClip: it cannot be read.
    """
    done = run(*AS_STAMPED, "-i", str(clip), *PACKETS)
    packets = _packets(done.stdout.decode("ascii", "replace"))
    return [round(float(stamp * packets.base), 6) for stamp in packets.shown]


def _probed(clip: Path, steps: str, to: tuple[str, ...], *, behind: bool = False) -> MediaInfo:
    one = ("-threads", "1", "-filter_threads", "1")  # more are slower for a single frame
    first = (
        "-map",
        FIRST,
        "-frames:v",
        "1",
        "-fps_mode",
        "passthrough",
        "-vf",
        f"sidedata=delete,showinfo=checksum=0,{steps}",
        *to,
    )
    container = _container(clip)
    known = ("-nofind_stream_info",) if container in BOXED else ()  # without this ffmpeg first decodes a second of it
    done = run(*AS_STAMPED, "-y", *one, *known, "-i", str(clip), *PACKETS, *first, behind=behind)
    said = done.stderr.decode("utf-8", "replace")
    faults = [line for line in said.splitlines() if FAULT.search(line[:120])]
    if (container != "ts" and any(map(ENDS_EARLY.search, faults))) or _is_cut(clip, container):
        raise BrokenClip("The clip is not a whole video: it ends before its index says.", Odd.CUT)
    streams = re.findall(r"^\[info\] +Stream #0:\d+.*?: (\w+): ", said, re.MULTILINE)
    if "Video" not in streams:
        odd = Odd.NO_PICTURES if streams else Odd.UNREADABLE
        raise BrokenClip(f"The clip is not a whole video: {plain(faults)}", odd)
    packets = _packets(done.stdout.decode("ascii", "replace"))
    picture = _first_picture(said)
    if done.returncode != 0 or not picture:
        raise BrokenClip(f"The clip's first frame cannot be decoded: {plain(faults)}")
    return _info(container, packets, picture, _turn(clip, container, said), said)


def _container(clip: Path) -> str:
    with clip.open("rb") as file:
        return ending(format_of(file.read(HEAD)))[1:]


def _is_cut(clip: Path, container: str) -> bool:
    if container in BOXED:
        return not _boxes.are_whole(clip)
    if container in ("webm", "mkv"):
        return not _ebml.is_whole(clip)
    with clip.open("rb") as file:
        file.seek(max(0, clip.stat().st_size - HEAD))
        return container == "gif" and not file.read().rstrip(b"\x00").endswith(b";")


@dataclass(frozen=True)
class _Packets:
    """The pictures of a stream: when each is shown, and when the last one ends, in ticks of ``base`` seconds."""

    codec: str
    base: Fraction
    shown: list[int]
    end: int


def _packets(listing: str) -> _Packets:
    """Reads ffmpeg's framecrc listing: ``#`` lines describe the stream, the rest are packets."""
    about = dict(re.findall(r"^#(\w+ 0): (.+)$", listing, re.MULTILINE))
    found = re.findall(r"^0, +(-?\d+), +(-?\d+), +(-?\d+), +\d+, 0x\w+(?:, F=0x(\w+))?", listing, re.MULTILINE)
    if any(int(flags or "1", 16) & CUT for *_, flags in found):
        raise BrokenClip("The clip is not a whole video: it ends within a picture.", Odd.CUT)
    stamped = all(int(pts) != UNKNOWN for _, pts, _, _ in found)  # AVI says when to decode, not when to show
    spans = {
        int(pts if stamped else dts): max(0, int(length))
        for dts, pts, length, flags in found
        if not int(flags or "1", 16) & HIDDEN
    }  # two packets of one time are one picture: two fields of it, or one that is only referred to and never shown
    if not spans or "tb 0" not in about:
        raise BrokenClip("The clip holds no pictures.", Odd.NO_PICTURES)
    last = max(spans)
    end = max(at + length for at, length in spans.items())
    return _Packets(about.get("codec_id 0", "unknown"), Fraction(about["tb 0"]), sorted(spans), max(end, last))


def _first_picture(said: str) -> dict[str, str]:
    """What ffmpeg prints about the first picture that is shown, upright: its size, pixel shape, colours and format."""
    lines = re.findall(r"^\[Parsed_showinfo_\d @ \w+\] \[info\] (n: .*|color_range:.*)$", said, re.MULTILINE)
    return {key: value for line in reversed(lines) for key, value in re.findall(r"(\w+): *(\S+)", line)}


def _turn(clip: Path, container: str, said: str) -> tuple[int, bool]:
    """Degrees clockwise by which players turn the stored picture, and whether they mirror it before that."""
    turned = re.search(r"^\[info\] +Display Matrix: rotation of (-?[\d.]+) degrees", said, re.MULTILINE)
    if not turned:
        return 0, False
    mirrored = container in BOXED and _boxes.is_mirrored(clip)
    return (round(-float(turned[1])) + 180 * mirrored) % 360, mirrored


def _info(container: str, packets: _Packets, picture: dict[str, str], turn: tuple[int, bool], said: str) -> MediaInfo:
    width, height = map(int, picture["s"].split("x"))
    across, down = map(int, picture["sar"].split("/"))
    aspect = Fraction(across, down) if across and down else Fraction(1)
    rotation, mirrored = turn
    sound = re.search(r"^\[info\] +Stream #0:\d+.*: Audio: .*? Hz, ([^,\n]+)", said, re.MULTILINE)
    stored = 1 / aspect if rotation in (90, 270) else aspect
    fps, duration, variable = _pace(packets)
    return MediaInfo(
        width=_rounded(width * max(aspect, Fraction(1))),
        height=_rounded(height / min(aspect, Fraction(1))),
        fps=round(float(fps), 6),
        frames=len(packets.shown),
        duration_s=round(float(duration), 6),
        codec=packets.codec,
        audio=sound is not None or ": Audio: " in said,
        container=container,
        first_s=round(float(packets.shown[0] * packets.base), 6),
        variable=variable,
        pixel_aspect=f"{stored.numerator}:{stored.denominator}",
        rotation=rotation,
        mirrored=mirrored,
        color=_color(picture),
        pixel_format=picture["fmt"],
        audio_channels=_channels(sound[1]) if sound else 0,
    )


def _rounded(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def _pace(packets: _Packets) -> tuple[Fraction, Fraction, bool]:
    """Pictures per second, seconds from the first picture to the end of the last, and whether they come unevenly."""
    shown, base, count = packets.shown, packets.base, len(packets.shown)
    duration = (packets.end - shown[0]) * base
    rate = steady_rate(shown, base)
    if rate is None:
        return (count / duration if duration else Fraction(0)), duration, count > 1
    even = count / rate
    unsaid = packets.end == shown[-1]  # the file does not say how long the last picture lasts
    near = 2 * max(base, MILLISECOND)
    return rate, even if unsaid or abs(even - duration) <= near else duration, False


def _color(picture: dict[str, str]) -> str:
    names = [picture.get(f"color_{key}", "unknown") for key in ("primaries", "trc", "space")]
    name = names[0] if len(set(names)) == 1 else "/".join(names)
    return f"{name} full" if picture.get("color_range") == "pc" and names[2] != "gbr" else name


def _channels(layout: str) -> int | None:
    """How many channels a layout of ffmpeg's has: ``stereo``, ``5.1(side)``, ``6 channels``."""
    name = layout.partition("(")[0].strip()
    if counted := re.fullmatch(r"(\d+) channels", name):
        return int(counted[1])
    if re.fullmatch(r"\d+(\.\d+)+", name):
        return sum(map(int, name.split(".")))
    return CHANNELS.get(name)
