"""Makes the copies of a clip that are shown: poster, filmstrip, small copy, copies for ballots and for browsers.

The clip itself is never changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from comparisons.media import _boxes
from comparisons.media.ffmpeg import BrokenClip, make, plain, run, written
from comparisons.records import MediaInfo

STRIP_FRAMES = 8
"""How many frames a filmstrip shows at most."""
STRIP_HEIGHT = 90
"""Pixels."""
POSTER_WIDTH = 640
"""The most pixels that a poster is wide."""
STRIP_WIDEST = 4
"""The most times that one frame of a strip is as wide as it is high; frames of wider clips are lower instead."""
SMALL_SIDE = 360
"""Pixels of the shorter side of a clip's small copy, which is used where many clips play at once."""
BRIGHTER = ("smpte2084", "arib-std-b67")
"""Transfer curves of HDR, which is brighter than a plain screen: PQ and HLG (ITU-R BT.2100)."""
TO_PLAIN = (
    "zscale=transferin={transfer}:primariesin=bt2020:matrixin=bt2020nc:transfer=linear:npl=203,format=gbrpf32le,"
    "zscale=primaries=bt709,tonemap=mobius:desat=0,zscale=transfer=bt709:matrix=bt709:range=tv,format=yuv420p"
)
"""The ffmpeg filter that maps such pictures to a plain screen as browsers do; white is at 203 cd/m² (ITU-R BT.2408)."""
JPEG = "flags=area:out_color_matrix=bt601:out_range=pc"
"""The colours that every program assumes a JPEG to have."""
VIDEO = "out_color_matrix=bt709:out_range=tv"
SAYING_SO = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
"""``VIDEO``: the colours of clips that are encoded again. ``SAYING_SO``: the filter that marks them as such."""
ON_ITS_CLOCK = ("-movie_timescale", "90000", "-movflags", "+faststart")
"""Options with which an MP4 states exactly when its first picture is shown."""
NAMELESS = (
    "-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-disposition", "0",
)  # fmt: skip
"""Options that leave out who made a clip, and with what."""
LARGE = 720
"""A picture of at least so many stored lines is large (see ``as_shown``)."""
ACROSS, DOWN = "round(iw*max(1\\,sar))", "round(ih*max(1\\,1/sar))"
"""A picture's size as shown, with square pixels, as players compute it, after ffmpeg has turned it upright."""
POSTER = f"scale=w='min({POSTER_WIDTH}\\,{ACROSS})':h='max(1\\,round(ow/dar))':{JPEG},setsar=1"
"""The filter that scales a poster."""
POSTER_AS = ("-q:v", "4", "-huffman", "default")
"""The options with which a poster is encoded."""


def is_brighter(media: MediaInfo | None) -> bool:
    """Whether a clip is HDR, brighter than a plain screen shows; False if it could not be measured."""
    return media is not None and any(name in (media.color or "") for name in BRIGHTER)


def as_shown(media: MediaInfo | None) -> str:
    """The first filters, each followed by a comma, of every copy of a clip's pictures; empty for most clips.

    A large picture that does not state its colours is taken to have those of HDTV, a small one those of television
    before HDTV. Chromium (``ffmpeg_common.cc``) and Firefox (``DefaultColorSpace``, both read on 2026-11-30) do so too.
    """
    color = (media.color or "") if media else ""
    transfer = next((name for name in BRIGHTER if name in color), None)
    if transfer:
        return f"{TO_PLAIN.format(transfer=transfer)},"
    stored_height = 0 if media is None else media.width if media.rotation in (90, 270) else media.height
    is_unsaid = color.removesuffix(" full").endswith("unknown")
    return "setparams=colorspace=bt709," if is_unsaid and stored_height >= LARGE else ""


def make_poster(clip: Path, poster: Path, media: MediaInfo | None = None) -> Path:
    """The clip's first frame as a small JPEG; raises ``BrokenClip`` if it cannot be decoded."""
    first = ("-map", "0:V:0", "-frames:v", "1", "-vf", f"{as_shown(media)}{POSTER}", *POSTER_AS)
    done = run("-v", "error", "-y", "-i", str(clip), *first, *written(poster))
    if done.returncode != 0:
        raise BrokenClip(
            f"The clip's first frame cannot be decoded: {plain(done.stderr.decode('utf-8', 'replace').splitlines())}"
        )
    return poster


def strip_frames(frames: int) -> list[int]:
    """The numbers of the frames that a strip shows: the first, the last, and others evenly between."""
    count = min(STRIP_FRAMES, frames)
    return [round(i * (frames - 1) / max(1, count - 1)) for i in range(count)]


def make_strip(clip: Path, media: MediaInfo, strip: Path, height: int = STRIP_HEIGHT) -> Path:
    """Eight frames of a clip, side by side, as one JPEG."""
    shown = strip_frames(media.frames)
    chosen = "+".join(f"eq(n\\,{frame})" for frame in shown)
    size = f"scale=w='2*max(1\\,round({height}*min(dar\\,{STRIP_WIDEST})/2))':h='2*max(1\\,round(ow/dar/2))':{JPEG}"
    steps = f"select='{chosen}',{as_shown(media)}{size},setsar=1,tile={len(shown)}x1"
    told = ["-v", "error", "-y", "-i", str(clip), "-map", "0:V:0", "-vf", steps, "-fps_mode", "vfr", "-frames:v", "1"]
    return make([*told, "-q:v", "5"], strip, "The clip cannot be decoded")


def make_small(clip: Path, media: MediaInfo | None, small: Path, side: int = SMALL_SIDE) -> Path:
    """Makes a copy with the same frames, moments and sound, small enough to decode many such clips at once.

    It has a key frame each half second, so that stepping and scrubbing are quick. It is made at low priority.
    """
    size = f"w='2*round(if(gt(dar\\,1)\\,{side}*dar\\,{side})/2)':h='2*round(ow/dar/2)'"
    return _again(clip, media, small, f"scale={size}:flags=area:{VIDEO}", 23, "The clip has no small copy")


def make_playable(clip: Path, media: MediaInfo | None, playable: Path) -> Path:
    """Makes a copy that every browser plays of a clip that few browsers do: same frames, same moments, same size.

    It is H.264 with 4:2:0 and eight bits in an MP4, with sound as AAC. A rotation that the file only states is applied,
    and HDR is mapped to a plain screen. It must be shown as a copy: being re-encoded, it says nothing about how sharp
    the clip is. A width or height of an odd number of pixels grows by one.
    """
    size = f"w='2*ceil({ACROSS}/2)':h='2*ceil({DOWN}/2)'"
    return _again(clip, media, playable, f"scale={size}:{VIDEO}", 18, "The clip cannot be decoded")


def _again(clip: Path, media: MediaInfo | None, to: Path, size: str, quality: int, otherwise: str) -> Path:
    """A clip encoded once more with its own clock: each frame keeps its time, the first one too."""
    steps = f"{as_shown(media)}{size},setsar=1,format=yuv420p,{SAYING_SO}"
    told = [
        "-v", "error", "-y", "-copyts", "-i", str(clip), "-map", "0:V:0", "-map", "0:a:0?", "-vf", steps,
        "-fps_mode", "passthrough", "-enc_time_base:v", "demux", "-c:v", "libx264", "-preset", "veryfast",
        "-crf", str(quality), "-bf", "0", "-force_key_frames", "expr:gte(t,n_forced/2)", "-c:a", "aac",
        *ON_ITS_CLOCK, *NAMELESS,
    ]  # fmt: skip
    return make(told, to, otherwise, behind=True)


def plays_everywhere(media: MediaInfo | None) -> bool:
    """Whether every browser plays such a clip. Other clips need a copy in some browsers at least."""
    if media is None or media.pixel_format not in (None, "yuv420p", "yuvj420p"):
        return False
    return media.codec in {"mp4": ("h264",), "webm": ("vp8", "vp9"), None: ("h264",)}.get(media.container, ())


def make_seekable(clip: Path, seekable: Path) -> Path:
    """Copies the pictures and sound, without encoding them again, into a Matroska file, in which a browser can seek to
    every picture: its index has the times at which pictures are shown.

    The index of an MP4 has the times at which pictures are decoded. If pictures come unevenly and out of order, a
    browser cannot conclude from these when they are shown.
    """
    streams = ["-map", "0:V:0", "-map", "0:a:0?", "-c", "copy"]
    listed = run("-v", "error", "-copyts", "-i", str(clip), "-map", "0:V:0", "-c", "copy", "-f", "framecrc", "-").stdout
    told = [
        "-v",
        "error",
        "-y",
        "-copyts",
        "-i",
        str(clip),
        *streams,
        *_lasting(listed.decode("ascii", "replace")),
        *NAMELESS,
    ]
    return make(told, seekable, "The clip cannot be copied", behind=True)


def _lasting(packets: str) -> list[str]:
    """ffmpeg's options that make each packet last until the next picture is shown; none if all last equally long.

    ``packets`` is ffmpeg's framecrc listing.
    """
    found = re.findall(r"^0, +(?:-?\d+), +(-?\d+), +(\d+),", packets, re.MULTILINE)
    stamps = [int(stamp) for stamp, _ in found]
    order = sorted(stamps)
    until = dict(pairwise(order))
    lengths = [until.get(stamp, int(said) + stamp) - stamp for stamp, (_, said) in zip(stamps, found, strict=True)]
    if len(set(lengths)) < 2:
        return []
    return ["-bsf:v", f"setts=pts=PTS:dts=DTS:duration='{_by_number(lengths, 0)}'"]


def _by_number(lengths: Sequence[int], first: int) -> str:
    """ffmpeg's expression that gives ``lengths[N - first]`` for packet number N."""
    if len(lengths) == 1:
        return str(lengths[0])
    half = len(lengths) // 2
    before, after = _by_number(lengths[:half], first), _by_number(lengths[half:], first + half)
    return f"if(lt(N,{first + half}),{before},{after})"


CHATTER = {"h264": "6", "hevc": "39-40"}
"""The units of a codec in which encoders leave their name and settings (supplemental enhancement information)."""
IN_WEBM, IN_MP4 = ("vp8", "vp9", "av1"), ("h264", "hevc", "av1", "vp9", "mpeg4")
"""The codecs that browsers play in each of these containers."""


def blind_ending(media: MediaInfo) -> str:
    """The ending of a blind copy's name: the container in which browsers play the clip's pictures unchanged.

    A WebM stays one, and a MOV becomes an MP4. A codec that no browser plays stays in its container.
    """
    if media.codec in IN_WEBM and (media.container in ("webm", "mkv") or media.codec not in IN_MP4):
        return ".webm"
    return f".{media.container}" if media.container and media.codec not in IN_MP4 else ".mp4"


def make_blind(clip: Path, media: MediaInfo, blind: Path) -> Path:
    """Copies the pictures and sound, without encoding them again, into a file that does not say who made it.

    ``blind_ending`` gives the file's ending.
    """
    codec = media.codec
    quiet = ["-bsf:v", f"filter_units=remove_types={CHATTER[codec]}"] if codec in CHATTER else []
    told = [
        "-v", "error", "-y", "-copyts", "-i", str(clip), "-map", "0:V:0", "-map", "0:a:0?", "-c", "copy", *quiet,
        *(ON_ITS_CLOCK if blind.suffix in (".mp4", ".mov") else ()), *NAMELESS,
    ]  # fmt: skip
    mend = _boxes.blank_notes if codec == "hevc" and blind.suffix in (".mp4", ".mov") else None
    return make(told, blind, "The clip cannot be shown without its name", mend=mend)
