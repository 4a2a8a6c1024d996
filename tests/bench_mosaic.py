"""What ``grid.mp4`` costs beyond the bare ffmpeg command that does the same. ``python -m tests.bench_mosaic``."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg

from comparisons.exports import mosaic
from comparisons.media.probe import probe
from providers.sandbox._clips import ClipSpec, render

ROUNDS = 3
PROMPT = "A paper boat drifts across a puddle. [Push in]"
CACHE = Path(tempfile.gettempdir()) / "takes-bench-clips"


def tiles(count: int = 6, width: int = 1366, height: int = 768, seconds: int = 6) -> list[mosaic.Tile]:
    """Clips as the sandbox delivers them, rendered once."""
    specs = [ClipSpec("bench", PROMPT, None, None, width, height, seconds, seed=seed) for seed in range(count)]
    clips = [render(spec, CACHE) for spec in specs]
    return [mosaic.Tile(clip, probe(clip), f"Gateway {i} · Model", "12.3 s · $0.10") for i, clip in enumerate(clips)]


def bare(of: list[mosaic.Tile], picture: Path, to: Path) -> None:
    """The same inputs, filtergraph and ready-made labels, by hand."""
    where = mosaic.layout([tile.media for tile in of])
    told = mosaic.arguments(of, where, picture, PROMPT)
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *told, str(to)], check=True)


def took(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall, and of processor time with ffmpeg's; the latter hardly depends on what else is running."""
    start, before = time.perf_counter(), os.times()
    work()
    return time.perf_counter() - start, sum(os.times()[:4]) - sum(before[:4])


def main() -> None:
    of = tiles()
    spent: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": []}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        picture = folder / "labels.png"
        mosaic.backdrop(of, mosaic.layout([tile.media for tile in of]), PROMPT, simulated=True).save(picture)
        ways: dict[str, Callable[[], object]] = {
            "bare": lambda: bare(of, picture, folder / "bare.mp4"),
            "ours": lambda: mosaic.render(of, PROMPT, folder / "grid.mp4", simulated=True),
        }
        for turn in range(ROUNDS):
            for name in sorted(ways, reverse=bool(turn % 2)):
                spent[name].append(took(ways[name]))
        info = probe(folder / "grid.mp4")
    print(f"grid.mp4 of {len(of)} clips of 6 s: {info}")
    print(f"medians of {ROUNDS} rounds in alternation, load of the machine {os.getloadavg()[0]:.1f}")
    for i, what in enumerate(("wall", "processor")):
        ours, theirs = (statistics.median(each[i] for each in spent[name]) for name in ("ours", "bare"))
        print(f"{what:9}  ours {ours:.2f} s   bare ffmpeg {theirs:.2f} s   ratio {ours / theirs:.3f} (at most 1.1)")


if __name__ == "__main__":
    main()
