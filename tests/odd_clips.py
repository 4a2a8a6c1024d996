"""Clips as the world hands them out, made by ffmpeg, each with what a probe and a player must say of it.

Every picture shows its number as eight bars, lowest bit left, so that two takes can be held beside each other frame by
frame. All are a second or so at 160 × 90 and kept over runs: making them is what costs.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
from PIL import Image

from comparisons.records import MediaInfo

FOLDER = Path(tempfile.gettempdir()) / "takes-odd-clips"
WIDTH, HEIGHT = 160, 90
BARS = 8
H264 = "-c:v libx264 -preset ultrafast -bf 2 -x264-params scenecut=0:b-adapt=0 -g 12"
VP9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k -g 12"


@dataclass(frozen=True)
class OddClip:
    """One clip and the truth of it.

    Attributes:
        told: what ffmpeg is told to make it of the numbered pictures, but for the name of the file.
        media: what a probe must say of it.
        numbers: the numbers of its pictures, in the order they are shown.
        times: when each of them is shown, in seconds of the file's own clock.
        plays: True if Debian's Chromium 156 plays it, as measured.
        bend: what is done to its bytes in the end.
    """

    file: str
    told: str
    media: MediaInfo
    numbers: tuple[int, ...]
    times: tuple[float, ...]
    plays: bool = True
    bend: Callable[[bytes], bytes] = bytes


def _odd(
    file: str,
    told: str,
    *,
    fps: float = 24.0,
    frames: int = 24,
    numbers: tuple[int, ...] = (),
    times: tuple[float, ...] = (),
    plays: bool = True,
    bend: Callable[[bytes], bytes] = bytes,
    **differs: object,
) -> OddClip:
    numbers = numbers or tuple(range(frames))
    first = float(differs.get("first_s", 0.0))
    times = times or tuple(first + i / fps for i in range(len(numbers)))
    facts = {
        "width": WIDTH,
        "height": HEIGHT,
        "fps": round(fps, 6),
        "frames": len(numbers),
        "duration_s": round(len(numbers) / fps, 6),
        "codec": "h264",
        "audio": bool(differs.get("audio_channels")),
        "container": file.rpartition(".")[2],
        "first_s": first,
        "variable": False,
        "pixel_aspect": "1:1",
        "rotation": 0,
        "mirrored": False,
        "color": "unknown",
        "pixel_format": "yuv420p",
        "audio_channels": 0,
    }
    media = MediaInfo(**{**facts, **differs})
    return OddClip(file, told, media, numbers, times, plays, bend)


def _rate(rate: str, frames: int, name: str, file: str = "mp4", how: str = H264, **differs: object) -> OddClip:
    over, _, under = rate.partition("/")
    told = f"-framerate {rate} -i NUMBERS -frames:v {frames} {how}"
    return _odd(f"{name}.{file}", told, fps=int(over) / int(under or 1), frames=frames, **differs)


def _in_containers() -> Iterator[OddClip]:
    plain = f"-framerate 24 -i NUMBERS -frames:v 24 {H264}"
    yield _odd("whole.mp4", plain)
    yield _odd("no-edit-list.mp4", f"{plain} -use_editlist 0", first_s=round(2 / 24, 6))
    yield _odd("fragmented.mp4", f"{plain} -movflags +frag_keyframe+empty_moov", first_s=round(2 / 24, 6))
    yield _odd("quicktime.mov", plain)
    yield _odd("matroska.mkv", plain)
    yield _odd("transport.ts", plain, plays=False, first_s=round(1.4 + 2 / 24, 6))
    yield _odd("no-type.mp4", plain, bend=_without_type)
    yield _odd("tail.mp4", plain, bend=lambda data: data + b"made by somebody\n" * 3)
    hidden = "-ss 0.2 -i MADE:whole.mp4 -c copy"
    yield _odd("hidden.mp4", hidden, numbers=tuple(range(5, 24)))


def _without_type(data: bytes) -> bytes:
    """The same clip without its first box, which every reader but one skips; offsets into the file stay right."""
    size = int.from_bytes(data[:4], "big")
    return data[:4] + b"free" + data[8:size] + data[size:]


def _at_rates() -> Iterator[OddClip]:
    for name, rate, frames in (
        ("24000-1001", "24000/1001", 24), ("25", "25", 25), ("30000-1001", "30000/1001", 30), ("30", "30", 30),
        ("50", "50", 30), ("60000-1001", "60000/1001", 36), ("60", "60", 36),
    ):  # fmt: skip
        yield _rate(rate, frames, f"at-{name}")
        yield _rate(rate, frames, f"web-{name}", "webm", VP9, codec="vp9", color="unknown")
    kept = tuple(n for n in range(30) if n % 5 != 3)
    told = f"-framerate 24 -i NUMBERS -frames:v 24 -vf \"select='not(eq(mod(n,5),3))'\" -fps_mode vfr {H264}"
    rate = round(len(kept) * 24 / 30, 6)
    differs = {"numbers": kept, "times": tuple(n / 24 for n in kept), "variable": True, "duration_s": 1.25, "fps": rate}
    yield _odd("uneven.mp4", told, **differs)


def _with_sound() -> Iterator[OddClip]:
    tone = "-f lavfi -t 1 -i sine=frequency=330"
    yield _odd("sound.mp4", f"-framerate 24 -i NUMBERS {tone} -frames:v 24 {H264} -c:a aac -ac 2", audio_channels=2)
    late = f"-itsoffset 0.5 -framerate 24 -i NUMBERS {tone} -frames:v 24 {H264} -c:a aac"
    yield _odd("after-sound.mp4", late, first_s=0.5, audio_channels=1)
    late = f"-itsoffset 0.5 -framerate 24 -i NUMBERS {tone} -frames:v 24 {VP9} -c:a libopus"
    yield _odd("after-sound.webm", late, codec="vp9", first_s=0.5, audio_channels=1)


def _in_codecs() -> Iterator[OddClip]:
    plain = "-framerate 24 -i NUMBERS -frames:v 24"
    vp8 = f"{plain} -c:v libvpx -deadline realtime -b:v 200k"
    yield _odd("vp8.webm", vp8, codec="vp8", color="unknown/unknown/bt470bg")
    av1 = "-c:v libsvtav1 -preset 12 -svtav1-params lp=1"
    yield _odd("av1.mp4", f"{plain} {av1}", codec="av1")
    yield _odd("av1.webm", f"{plain} {av1}", codec="av1")
    hevc = "-c:v libx265 -preset ultrafast -x265-params log-level=none -tag:v hvc1"
    yield _odd("hevc.mp4", f"{plain} {hevc}", codec="hevc", plays=False)
    colors = "color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
    hdr = f"{hevc} -vf setparams={colors},format=yuv420p10le"
    color = "bt2020/smpte2084/bt2020nc"
    yield _odd("hdr.mp4", f"{plain} {hdr}", codec="hevc", plays=False, pixel_format="yuv420p10le", color=color)
    yield _odd("ten-bit.mp4", f"{plain} {H264} -pix_fmt yuv420p10le", pixel_format="yuv420p10le")
    yield _odd("full-chroma.mp4", f"{plain} {H264} -pix_fmt yuv444p", pixel_format="yuv444p")
    prores = f"{plain} -c:v prores_ks -profile:v 0"
    yield _odd("prores.mov", prores, codec="prores", pixel_format="yuv422p10le", plays=False)
    yield _odd("mpeg4.mp4", f"{plain} -c:v mpeg4 -q:v 3", codec="mpeg4", plays=False)
    yield _odd("mpeg4.avi", f"{plain} -c:v mpeg4 -q:v 3", codec="mpeg4", plays=False)
    gif = {"codec": "gif", "pixel_format": "bgra", "color": "unknown/unknown/gbr"}
    yield _odd("animated.gif", "-framerate 25 -i NUMBERS -frames:v 25", fps=25, frames=25, plays=False, **gif)
    colors = "color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    full = f"{plain} -vf setparams={colors},scale=out_range=pc {H264}"
    yield _odd("full-range.mp4", full, pixel_format="yuvj420p", color="bt709 full")


def _in_shapes() -> Iterator[OddClip]:
    plain = "-framerate 24 -i NUMBERS -frames:v 24"
    wide = f"{plain} -vf scale=120:90,setsar=4/3 {H264}"
    yield _odd("wide-pixels.mp4", wide, pixel_aspect="4:3")
    tall = f"{plain} -vf scale=160:60,setsar=2/3 {H264}"
    yield _odd("tall-pixels.mp4", tall, pixel_aspect="2:3")
    for way, degrees in (("hflip", 0), ("vflip", 180)):
        marked = f"TURN:{way} {plain} -vf {way} {H264}"
        yield _odd(f"mirrored-{way}.mp4", marked, rotation=degrees, mirrored=True)
    for turned, undo in ((90, "transpose=cclock"), (180, "hflip,vflip"), (270, "transpose=clock")):
        yield _odd(f"turned-{turned}.mp4", f"TURN:{-turned} {plain} -vf {undo} {H264}", rotation=turned)
    yield _odd("odd-size.webm", f"{plain} -vf scale=159:89 {VP9}", codec="vp9", width=159, height=89)


def make(odd: OddClip) -> Path:
    """The clip's file, made when it is first asked for."""
    recipe = hashlib.sha256(f"{odd.told} {WIDTH} {HEIGHT}".encode()).hexdigest()[:12]
    path = FOLDER / recipe / odd.file
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{os.getpid()}-{odd.file}")
        _run(odd, part)
        part.write_bytes(odd.bend(part.read_bytes()))
        part.replace(path)
    return path


def _run(odd: OddClip, to: Path) -> None:
    turn, told = "", odd.told
    if told.startswith("TURN:"):
        turn, _, told = told.removeprefix("TURN:").partition(" ")
    before, _, made = told.partition("MADE:")
    if made:
        other, _, rest = made.partition(" ")
        told = f"{before}{make(ODD[other])} {rest}"
    raw = f"-f rawvideo -pix_fmt yuv420p -s {WIDTH}x{HEIGHT}"
    words = shlex.split(told.replace("-i NUMBERS", "-i -"))
    if "-" in words:
        rate = words.index("-framerate")
        words[rate:rate] = raw.split()
    ffmpeg(*words, "-threads", "1", str(to), data=pictures(60) if "-" in words else b"")
    if turn:  # the mark is put on afterwards: while it encodes, ffmpeg would turn the pictures instead
        still = to.with_name(f"still-{to.name}")
        to.replace(still)
        mark = [f"-display_{turn}"] if turn.endswith("flip") else ["-display_rotation", turn]
        ffmpeg(*mark, "-i", str(still), "-c", "copy", str(to))
        still.unlink()


def ffmpeg(*arguments: str, data: bytes = b"") -> bytes:
    """What it writes to its output, if anything."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments]
    quiet = {**os.environ, "SVT_LOG": "0"}
    return subprocess.run(command, input=data, check=True, env=quiet, stdout=subprocess.PIPE).stdout


def pictures(count: int) -> bytes:
    """Numbered pictures as raw yuv420p, one after the other."""
    chroma = bytes([128]) * (WIDTH * HEIGHT // 2)
    return b"".join(_luma(number) + chroma for number in range(count))


def _luma(number: int) -> bytes:
    row = b"".join(bytes([235 if number >> bit & 1 else 16]) * (WIDTH // BARS) for bit in range(BARS))
    return row * HEIGHT


def numbers_of(clip: Path) -> list[int]:
    """The numbers of all pictures of a clip that are shown, in order."""
    gray = f"scale={WIDTH}:{HEIGHT},format=gray"
    told = ["-i", str(clip), "-map", "0:V:0", "-vf", gray, "-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    raw, size = ffmpeg(*told), WIDTH * HEIGHT
    frames = (raw[at : at + size] for at in range(0, len(raw), size))
    return [number_in(Image.frombytes("L", (WIDTH, HEIGHT), frame)) for frame in frames]


def number_in(picture: Image.Image) -> int:
    """The number that a picture shows."""
    gray = picture.convert("L")
    middles = [(round((bit + 0.5) * gray.width / BARS), gray.height // 2) for bit in range(BARS)]
    return sum((gray.getpixel(at) > 127) << bit for bit, at in enumerate(middles))


ALL = tuple(clip for kind in (_in_containers, _at_rates, _with_sound, _in_codecs, _in_shapes) for clip in kind())
ODD = {clip.file: clip for clip in ALL}
