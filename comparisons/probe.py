"""What a clip is, measured from its packets in one pass of ffmpeg."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from pathlib import Path

from comparisons.copies import POSTER_WIDTH, first_frame, make_poster
from comparisons.ffmpeg import BrokenClip, plain, run
from comparisons.records import MediaInfo, Odd

PACKETS = ("-map", "0:v:0", "-map", "0:a?", "-c", "copy", "-f", "framecrc", "-")
"""Lists every packet; decodes nothing."""


def measure(clip: Path, poster: Path) -> MediaInfo:
    """``probe`` and ``make_poster`` in one pass, behind whatever else the machine does: nobody waits for it.

    Raises:
        BrokenClip: as those two, which are asked one by one where ffmpeg complains, to tell what is wrong.
    """
    _check_container(clip)
    one = ("-threads", "1", "-filter_threads", "1")  # more are slower for a single frame
    told = ("-v", "error", "-y", *one, "-i", str(clip), *PACKETS, *first_frame(poster, POSTER_WIDTH))
    done = run(*told, behind=True)
    if done.returncode == 0 and not done.stderr:
        return _listed(done.stdout)
    info = probe(clip)
    make_poster(clip, poster)
    return info


def probe(path: Path) -> MediaInfo:
    """What a video file is, counted packet by packet; decodes nothing.

    Raises:
        BrokenClip: it is no video, or ends before its own index says.
    """
    _check_container(path)
    done = run("-v", "error", "-i", str(path), *PACKETS)
    complaint = done.stderr.decode("utf-8", "replace").strip().splitlines()
    if done.returncode != 0 or complaint:
        raise BrokenClip(f"The clip is not a whole video: {plain(complaint)}")
    return _listed(done.stdout)


def _check_container(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(12)
    if start[4:8] != b"ftyp" and not start.startswith(b"\x1a\x45\xdf\xa3"):
        raise BrokenClip("The clip is not a whole video: neither MP4 nor WebM.")  # ffmpeg reads playlists too
    if start[4:8] == b"ftyp" and not _has_all_boxes(path):
        raise BrokenClip("The clip is not a whole video: it ends before one of its boxes does.", Odd.CUT)


def _listed(packets: bytes) -> MediaInfo:
    try:
        return _measured(packets.decode("ascii", "replace"))
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise BrokenClip("The clip is not a whole video: its streams cannot be read.") from error


def _has_all_boxes(path: Path) -> bool:
    """Whether no box of an MP4 is cut short. ffmpeg does not mind a file that ends exactly between two pictures."""
    at, end = 0, path.stat().st_size
    with path.open("rb") as file:
        while at + 8 <= end:
            file.seek(at)
            head = file.read(16)
            size = int.from_bytes(head[:4], "big")
            size = int.from_bytes(head[8:16], "big") if size == 1 else size
            if size < 8:  # 0: up to the end of the file, whatever that is
                return True
            at += size
    return at <= end


def _measured(listing: str) -> MediaInfo:
    """Reads ffmpeg's framecrc listing: ``#`` lines describe streams, the rest are packets."""
    about = dict(re.findall(r"^#(\w+ 0): (.+)$", listing, re.MULTILINE))
    packets = re.findall(r"^0, +(-?\d+), +(-?\d+), +(\d+),", listing, re.MULTILINE)
    if not packets:
        raise BrokenClip("The clip holds no pictures.")
    base = Fraction(about["tb 0"])
    shown = [(int(pts), int(length)) for _, pts, length in packets]
    seconds = (max(pts + length for pts, length in shown) - min(pts for pts, _ in shown)) * base
    width, height = about["dimensions 0"].split("x")
    return MediaInfo(
        width=int(width),
        height=int(height),
        fps=_rate([length for _, length in shown], base),
        frames=len(shown),
        duration_s=round(float(seconds), 6),
        codec=about["codec_id 0"],
        audio="#media_type 1: audio" in listing,
    )


def _rate(lengths: list[int], base: Fraction) -> float:
    """Frames per second from the commonest packet length: exact where the rate is constant."""
    length = Counter(lengths).most_common(1)[0][0]
    return round(float(1 / (length * base)), 6) if length else 0.0
