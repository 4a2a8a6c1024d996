"""What the metrics of a clip are held to, beside what was measured: ``python -m tests.bench_metrics``.

Known damage is done to moves over six kinds of pictures, and measured. Returns 1 if a bound is missed. ``--only WORD``
leaves out bounds whose name does not hold the word.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image

from comparisons.metrics import Scores, score
from tests.damaged import (
    CONTENTS,
    H264,
    Frames,
    Shot,
    barred,
    encoded,
    every,
    file,
    flickering,
    held,
    marked,
    pulsing,
    shaken,
    sounding,
    still,
)

ROOT = Path(__file__).parent.parent
CPU_S, PEAK_MB = 1.5, 200
SHARES = (0.01, 0.02, 0.05, 0.10)
MOVES = {"photo": (6, 2), "painted": (-2, 1), "leaves": (12, 0), "clouds": (3, 3), "night": (4, -1), "drawn": (9, 2)}
"""By content, the camera's way in per cent of the width a second."""


@dataclass(frozen=True)
class Bound:
    """One line: what was measured, what it is held to, and whether it holds."""

    name: str
    measured: str
    bar: str
    holds: bool


def shot(content: str, **told: object) -> Shot:
    return Shot(content, across=MOVES[content][0], down=MOVES[content][1], **told)


@cache
def clean(content: str) -> Frames:
    return shot(content).all()


# Damage that does not flicker, and cuts -------------------------------------------------------------------------------

FILTERS = {
    "blur 1": "gblur=sigma=1", "blur 4": "gblur=sigma=4", "hue": "hue=h=30", "saturation": "hue=s=1.6",
    "brighter": "eq=brightness=0.05", "contrast": "eq=contrast=1.2", "warm": "colorbalance=rm=0.15:bm=-0.15",
    "noise": "noise=alls=12:allf=t", "half resolution": "scale=iw/2:ih/2,scale=iw*2:ih*2", "sharper": "unsharp=5:5:1.5",
}  # fmt: skip


def unflickering(content: str) -> Iterator[tuple[str, bytes]]:
    """A content's clips whose light is steady, whatever else is wrong with them."""
    frames, about = clean(content), shot(content)
    yield "clean", encoded(frames)
    for crf in (24, 30, 36, 42, 48):
        yield f"crf {crf}", encoded(frames, how=f"{H264} -crf {crf}")
    for name, steps in FILTERS.items():
        yield name, encoded(frames, steps=steps)
    yield "held", encoded(held(frames, 15, 12))
    yield "doubled", encoded(every(frames, 2))
    yield "every 4th", encoded(every(frames, 4))
    yield "dropped", encoded(frames[:20] + frames[26:])
    yield "quick", encoded(replace(about, across=about.across * 2).all())
    yield "zoom", encoded(replace(about, zoom=12.0).all())
    yield "shake", encoded(shaken(about))
    yield "bars", encoded(barred(frames, 0.2))
    yield "marked", encoded(marked(frames))
    yield "pulsing", encoded(pulsing(frames, 0.1))
    yield "cut", encoded(frames[:24] + clean(other(content))[24:])


def other(content: str) -> str:
    """The next content."""
    names = list(CONTENTS)
    return names[(names.index(content) + 1) % len(names)]


def auc(high: list[float], low: list[float]) -> float:
    """How often the one is above the other."""
    above = np.subtract.outer(np.array(high), np.array(low))
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def light(contents: Sequence[str]) -> Iterator[Bound]:
    """Flicker apart from everything else, and what is a cut in it."""
    bad, good, false, missed = [], [], [], []
    for content in contents:
        for name, clip in unflickering(content):
            found = score(clip, None)
            good.append((value(found, "luma_flicker"), content, name))
            cuts = [round(each * 24) for each in found.flags.cuts]
            if name == "cut":
                missed += [] if 24 in cuts else [content]
                cuts = [each for each in cuts if each != 24]
            false += [f"{content} {name}"] if cuts else []
        for share in SHARES:
            for kind in ("random", "alternating", "waves"):
                found = score(encoded(flickering(clean(content), share, kind)), None)
                bad.append((value(found, "luma_flicker"), content, f"{kind} {share}"))
                false += [f"{content} {kind} {share}"] if found.flags.cuts else []
    for each in (*sorted(good)[-4:], *sorted(bad)[:4]):
        print("   ", *each)
    reached = auc([each[0] for each in bad], [each[0] for each in good])
    yield Bound(f"flicker, AUC of {len(bad)} v. {len(good)} clips", f"{reached:.4f}", ">= 0.99", reached >= 0.99)
    yield Bound("false cuts", ", ".join(false) or "none", "none", not false)
    yield Bound("cuts that are missed", ", ".join(missed) or "none", "none", not missed)


def value(found: Scores, name: str) -> float:
    value = found.values[name]
    return float("nan") if value is None else value


# Repeats --------------------------------------------------------------------------------------------------------------


HOLDS = ((24, 20, 0.5), (24, 28, 1.5), (16, 20, 0.5), (30, 20, 0.5), (60, 14, 0.5), (25, 20, 1.0))
"""Frames a second, quality, and how long the picture is held. A key frame comes every second."""


def repeats(contents: Sequence[str]) -> Iterator[Bound]:
    """Holds and doubled frames, at several rates and qualities."""
    worst, where, doubled, which = 0, "", 0, ""
    for content in contents:
        for fps, crf, length_s in HOLDS:
            about = Shot(content, (480, 270), fps, round(fps * (length_s + 1)), across=8, down=3)
            length = round(fps * length_s)
            how = f"{H264} -crf {crf} -g {fps}"
            found = score(encoded(held(about.all(), fps // 3, length), fps, how), None)
            off = abs(round(value(found, "frozen_s") * fps) - length)
            if off >= worst:
                worst, where = off, f"{content} {fps} fps crf {crf}"
        for nth in (2, 4):
            frames = Shot(content, across=12, down=3).all()
            found = score(encoded(every(frames, nth)), None)
            off = round(abs(value(found, "duplicate_frames") / 100 * (len(frames) - 1) - len(frames) // nth))
            if off >= doubled:
                doubled, which = off, f"{content} every {nth}"
        found = score(encoded(clean(content)), None)
        off = round(value(found, "duplicate_frames") / 100 * (len(clean(content)) - 1))
        if off > doubled:
            doubled, which = off, f"{content} clean"
    yield Bound("holds, frames off", f"{worst} ({where})", "<= 1", worst <= 1)
    yield Bound("doubled frames, off", f"{doubled} ({which})", "<= 1", doubled <= 1)


# The first frame ------------------------------------------------------------------------------------------------------

CROPS = (
    (0, 0, 1, 1), (0.02, 0, 1, 0.98), (0.05, 0.05, 0.95, 0.95), (0.1, 0.1, 0.9, 0.9), (0.125, 0.125, 0.875, 0.875),
    (0.25, 0.25, 1, 1), (0, 0, 0.75, 0.75), (0.05, 0, 0.95, 1), (0, 0.1, 1, 0.9), (0.2, 0.02, 0.95, 0.77),
)  # fmt: skip
"""Left, top, right, bottom of what the frame shows."""


def beginnings(contents: Sequence[str]) -> Iterator[Bound]:
    """How much of the image is kept, and an image that is."""
    worst, where, colours, ssims = 0.0, "", 0.0, 1.0
    for content in contents:
        for size in ((640, 360), (360, 640)):
            image = still(content, size)
            for crop in CROPS:
                box = (crop[0] * image.width, crop[1] * image.height, crop[2] * image.width, crop[3] * image.height)
                frame = image.resize(size, Image.Resampling.LANCZOS, box)
                found = score(encoded([frame] * 3, how=f"{H264} -crf 23"), file(image))
                true = 100 * (crop[2] - crop[0]) * (crop[3] - crop[1])
                off = abs(value(found, "first_frame_kept") - true)
                if not off <= worst:
                    worst, where = off, f"{content} {size} {crop}"
        frame = Shot(content, (1366, 768)).at(0)
        found = score(encoded([frame] * 2, how=f"{H264} -crf 17"), file(frame))
        colours = max(colours, value(found, "first_frame_delta_e"))
        ssims = min(ssims, value(found, "first_frame_ssim"))
    yield Bound("kept, per cent off", f"{worst:.2f} ({where})", "<= 0.5", worst <= 0.5)
    yield Bound("delta E of an identical frame", f"{colours:.2f}", "< 0.3", colours < 0.3)
    yield Bound("SSIM of an identical frame", f"{ssims:.3f}", ">= 0.95", ssims >= 0.95)


def bars(contents: Sequence[str]) -> Iterator[Bound]:
    """Their share of the area, and none where there are none."""
    worst, where, false = 0.0, "", 0.0
    for content in contents:
        for share in (0.08, 0.12, 0.2):
            for upright in (False, True):
                frames = barred(clean(content)[:24], share, upright=upright)
                side = frames[0].width if upright else frames[0].height
                off = abs(score(encoded(frames), None).flags.bars - 2 * round(side * share / 2) / side)
                if off >= worst:
                    worst, where = off, f"{content} {share} {upright}"
        false = max(false, score(encoded(clean(content)), None).flags.bars)
    yield Bound("bars, share of the area off", f"{worst:.4f} ({where})", "<= 0.005", worst <= 0.005)
    yield Bound("bars where there are none", f"{false:.3f}", "0", false == 0)


# Motion ---------------------------------------------------------------------------------------------------------------


def pans(contents: Sequence[str]) -> Iterator[Bound]:
    """Exact pans, at several rates."""
    worst, where = 0.0, ""
    for content in contents:
        for fps in (16, 24, 30, 60):
            for across, down in ((2, 0), (5, 0), (-10, 0), (20, 0), (0, 4), (3, 4)):
                about = Shot(content, fps=fps, frames=fps, across=across, down=down)
                found = value(score(encoded(about.all(), fps), None), "motion")
                true = (across**2 + down**2) ** 0.5
                off = 100 * abs(found / true - 1)
                if not off <= worst:
                    worst, where = off, f"{content} {fps} fps {across} {down}: {found:.2f}"
    yield Bound("pans from 2 %/s, per cent off", f"{worst:.1f} ({where})", "<= 5", worst <= 5)


# Codec and sound ------------------------------------------------------------------------------------------------------


def x264s_own(frames: Frames, how: str) -> tuple[bytes, float]:
    """A clip, and the mean quantiser that the encoder prints of it."""
    source = encoded(frames, how="-c:v ffv1", ending="mkv")
    path = Path(f"/tmp/takes-qp-{os.getpid()}")
    path.write_bytes(source)
    told = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "info", "-y", "-i", str(path), *how.split(), f"{path}.mp4"]
    said = subprocess.run(told, capture_output=True, check=True).stderr.decode()
    lines = re.findall(r"frame [IPB]:(\d+) +Avg QP: *([\d.]+)", said)
    clip = Path(f"{path}.mp4").read_bytes()
    for each in (path, Path(f"{path}.mp4")):
        each.unlink()
    return clip, sum(int(n) * float(qp) for n, qp in lines) / sum(int(n) for n, _ in lines)


def quantisers(contents: Sequence[str]) -> Iterator[Bound]:
    worst, told = 0.0, 0.0
    for content in contents:
        for crf in (17, 24, 30, 36, 42, 48):
            clip, true = x264s_own(clean(content)[:24], f"{H264} -crf {crf}")
            found = score(clip, None)
            worst, told = max(worst, abs(value(found, "qp") - true)), max(told, abs((found.base_qp or 0) - crf))
        clip = encoded(clean(content)[:12], how=f"{H264} -qp 29 -x264-params ipratio=1:pbratio=1:aq-mode=0")
        worst = max(worst, abs(value(score(clip, None), "qp") - 29))
    yield Bound("qp, off the encoder's own mean", f"{worst:.3f}", "<= 0.01", worst <= 0.01)
    yield Bound("base qp, off the crf", f"{told:g}", "0", told == 0)


def sounds(_: Sequence[str]) -> Iterator[Bound]:
    """A sine of 997 Hz in both channels at -20 dBFS has -20 LUFS by definition (EBU Tech 3341); then louder, softer."""
    clip = encoded(clean("photo"))
    source, worst = "sine=frequency=997:sample_rate=48000:duration=2", 0.0
    for gain in (0, -6, -20, 12):
        level = -20 + gain
        found = score(
            sounding(clip, source, f"volume={level + 18.0618}dB,pan=stereo|c0=c0|c1=c0"),
            None,
        )
        worst = max(worst, abs(value(found, "loudness_lufs") - level))
    yield Bound("loudness, LU off", f"{worst:.2f}", "<= 0.1", worst <= 0.1)
    silent = score(sounding(clip, "anullsrc"), None)
    yield Bound("silence", str(silent.flags.silent), "True", silent.flags.silent)


# What it costs --------------------------------------------------------------------------------------------------------

ONE = """
import os, re, sys, threading, time
from pathlib import Path
from comparisons.metrics import score
def mb(process):
    try: return int(re.search(r"VmHWM:\\s+(\\d+)", Path(f"/proc/{process}/status").read_text())[1]) / 1000
    except (OSError, TypeError): return 0
def watch():
    while True:
        for task in Path("/proc/self/task").iterdir():
            for child in (task / "children").read_text().split():
                if "ffmpeg" in os.readlink(f"/proc/{child}/exe"): most[0] = max(most[0], mb(child))
        time.sleep(0.02)
most = [0]
threading.Thread(target=watch, daemon=True).start()
files = Path(sys.argv[2]).read_bytes(), Path(sys.argv[1]).read_bytes()
score(*files)  # what is imported is imported once for all clips
before = sum(os.times()[:4])
score(*files)
print(sum(os.times()[:4]) - before, mb("self"), most[0])
"""
"""Peaks are those of the running programs, not of what a process was before it became ffmpeg."""


def costs(_: Sequence[str]) -> Iterator[Bound]:
    """A process that measures clips of 6 s in 768p at 24 frames a second: what one of them takes."""
    about = Shot("photo", (1366, 768), 24, 144, 6, 2)
    path = Path(f"/tmp/takes-cost-{os.getpid()}")
    sides = {"whole": about.at(0), "cropped": still("photo", about.size).crop((0, 0, 1700, 1000))}
    clip = sounding(encoded(about.all(), how=f"{H264} -crf 20"), "sine=frequency=997:duration=6")
    Path(f"{path}.mp4").write_bytes(clip)
    try:
        for name, image in sides.items():
            Path(f"{path}.png").write_bytes(file(image))
            told = [sys.executable, "-c", ONE, f"{path}.png", f"{path}.mp4"]
            said = subprocess.run(told, capture_output=True, check=True, cwd=ROOT).stdout.split()
            cpu, own, child = map(float, said)
            yield Bound(f"CPU s of a clip, image {name}", f"{cpu:.2f}", f"<= {CPU_S}", cpu <= CPU_S)
            yield Bound(
                f"peak MB, ours and ffmpeg's, image {name}",
                f"{own:.0f} + {child:.0f}",
                f"<= {PEAK_MB}",
                own + child <= PEAK_MB,
            )
    finally:
        for ending in ("mp4", "png"):
            Path(f"{path}.{ending}").unlink(missing_ok=True)


PARTS: dict[str, Callable[[Sequence[str]], Iterator[Bound]]] = {
    "light": light, "repeats": repeats, "beginnings": beginnings, "bars": bars, "pans": pans, "quantisers": quantisers,
    "sounds": sounds, "costs": costs,
}  # fmt: skip


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", nargs="*", default=list(PARTS), choices=list(PARTS), help="these parts alone")
    given = options.parse_args()
    held = True
    for name in given.only:
        begun = time.perf_counter()
        for bound in PARTS[name](tuple(CONTENTS)):
            held &= bound.holds
            print(f"{'  ' if bound.holds else '! '}{bound.name:44} {bound.measured:40} {bound.bar}", flush=True)
        print(f"    ({name}: {time.perf_counter() - begun:.0f} s)")
    print(f"\nall bounds held: {held}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
