"""What is made of a clip to look at: poster, filmstrip, small copy, blind copy. The clip itself is never touched."""

from __future__ import annotations

from pathlib import Path

from comparisons.ffmpeg import BrokenClip, make, plain, run, written

STRIP_FRAMES = 8
STRIP_HEIGHT = 90
POSTER_WIDTH = 640
SMALL_SIDE = 360
"""Pixels of the shorter side of a clip's small copy, for where many clips are played at once."""


def first_frame(poster: Path, width: int) -> tuple[str, ...]:
    return ("-map", "0:v:0", "-frames:v", "1", "-vf", f"scale='min({width},iw)':-2", "-q:v", "4", *written(poster))


def make_poster(clip: Path, poster: Path, width: int = POSTER_WIDTH) -> Path:
    """The clip's first frame as a small JPEG."""
    done = run("-v", "error", "-y", "-i", str(clip), *first_frame(poster, width))
    if done.returncode != 0:
        raise BrokenClip(
            f"The clip's first frame cannot be decoded: {plain(done.stderr.decode('utf-8', 'replace').splitlines())}"
        )
    return poster


def strip_frames(frames: int) -> list[int]:
    """Which frames a strip shows: the first, the last, and evenly between; fewer of a clip that has fewer."""
    count = min(STRIP_FRAMES, frames)
    return [round(i * (frames - 1) / max(1, count - 1)) for i in range(count)]


def make_strip(clip: Path, frames: int, strip: Path, height: int = STRIP_HEIGHT) -> Path:
    """Eight frames of a clip, side by side, as one JPEG; ``frames`` is how many the clip has."""
    shown = strip_frames(frames)
    chosen = "+".join(f"eq(n\\,{frame})" for frame in shown)
    steps = f"select='{chosen}',scale=-2:{height},tile={len(shown)}x1"
    told = ["-v", "error", "-y", "-i", str(clip), "-vf", steps, "-fps_mode", "vfr", "-frames:v", "1", "-q:v", "5"]
    return make(told, strip, "The clip cannot be decoded")


def make_small(clip: Path, small: Path, side: int = SMALL_SIDE) -> Path:
    """The same frames at the same moments with the same sound, in a picture that many can be decoded of at once.

    Made behind whatever else the machine does; with a key frame each half second, so that stepping and scrubbing are
    quick.
    """
    told = [
        "-v", "error", "-y", "-i", str(clip), "-map", "0:v:0", "-map", "0:a:0?",
        "-vf", f"scale='if(gt(iw,ih),-2,{side})':'if(gt(iw,ih),{side},-2)':flags=area,format=yuv420p",
        "-fps_mode", "passthrough", "-enc_time_base:v", "demux", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23",
        "-bf", "0", "-force_key_frames", "expr:gte(t,n_forced/2)", "-c:a", "copy", "-movflags", "+faststart",
    ]  # fmt: skip
    return make(told, small, "The clip has no small copy", behind=True)


def make_playable(clip: Path, playable: Path) -> Path:
    """A copy that every browser plays, of a clip that few do: the same frames at the same moments, of the same size.

    H.264 with 4:2:0 and eight bits in an MP4, sound as AAC; what was upright by a mark in the file is so by itself, and
    what was brighter than a plain screen is brought within it. It is a copy, and to be marked as one: re-encoded, so no
    evidence of how sharp the clip is. A size of an odd number of pixels grows by one.
    """
    told = [
        "-v", "error", "-y", "-copyts", "-i", str(clip), "-map", "0:V:0", "-map", "0:a:0?",
        "-vf", "scale='trunc((iw*max(1,sar)+1)/2)*2':'trunc((ih*max(1,1/sar)+1)/2)*2',setsar=1,format=yuv420p",
        "-fps_mode", "passthrough", "-enc_time_base:v", "demux", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18",
        "-bf", "0", "-force_key_frames", "expr:gte(t,n_forced/2)", "-c:a", "aac", "-movflags", "+faststart",
        "-movie_timescale", "90000", "-map_metadata", "-1", "-map_chapters", "-1",
    ]  # fmt: skip
    return make(told, playable, "The clip cannot be decoded", behind=True)


def make_seekable(clip: Path, seekable: Path) -> Path:
    """The same pictures and sound, bit by bit, in an MP4 with an edit list, by which browsers find each of them."""
    told = ["-v", "error", "-y", "-i", str(clip), "-map", "0:V:0", "-map", "0:a:0?", "-c", "copy"]
    return make([*told, "-movflags", "+faststart"], seekable, "The clip cannot be copied", behind=True)


CHATTER = {"h264": "6", "hevc": "39-40"}
"""The units of a codec in which encoders leave their name and settings (supplemental enhancement information)."""


def make_blind(clip: Path, codec: str, blind: Path) -> Path:
    """The same pictures and sound, bit by bit, in a file that does not say who made it."""
    quiet = ["-bsf:v", f"filter_units=remove_types={CHATTER[codec]}"] if codec in CHATTER else []
    told = [
        "-v", "error", "-y", "-i", str(clip), "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", *quiet,
        "-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1", "-fflags", "+bitexact",
        "-disposition", "0", "-movflags", "+faststart",
    ]  # fmt: skip
    return make(told, blind, "The clip cannot be shown without its name")
