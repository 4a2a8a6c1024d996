"""States a viewing room can be in, put straight into a ledger: for its tests, and for pictures of all of them.

Every clip is a real one, rendered by the sandbox's own renderer; only the waiting is left out.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from comparisons.ledger import Ledger
from comparisons.media import images
from comparisons.media.copies import make_poster
from comparisons.media.probe import probe
from comparisons.media.store import Media
from comparisons.records import Event, Job, Result, Run, Shown, Verdict, Vote
from comparisons.runs import compare
from comparisons.runs.compare import new_id
from comparisons.ui import sample
from providers import PROVIDERS, Request, Variant, variants
from providers.sandbox._clips import ClipSpec, render

VARIANTS = variants()
START = 1_795_000_000.0
CLIPS = Path(tempfile.gettempdir()) / "takes-scenes"
"""Kept over runs: rendering is what costs."""


@dataclass(frozen=True)
class Clip:
    """What a take is to deliver: pixels, seconds, frames per second."""

    width: int = 640
    height: int = 360
    duration: int = 3
    fps: int = 24
    audio: bool = False
    prompt: str = sample.PROMPT
    image: bool = True


PLAIN = Clip()
SMALL = Clip(320, 180, 2)


@dataclass(frozen=True)
class Given:
    """A take whose clip is this file."""

    file: Path


@dataclass(frozen=True)
class Ended:
    """A take without a clip."""

    state: str
    error: str
    data: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Underway:
    """A take that is at its provider since so many seconds."""

    state: str
    since_s: float


Take = Clip | Given | Ended | Underway


class Scenes:
    """Puts runs into the ledger of a data folder, whether an app has it open or not."""

    def __init__(self, home: Path, now: float | None = None) -> None:
        self._media = Media(home)
        self._ledger = Ledger(home / "ledger.sqlite3")
        self._now = itertools.count(int(now or START), 60)
        self._rng = random.Random(11)

    def close(self) -> None:
        self._ledger.close()

    def run(
        self, takes: Sequence[Take], prompt: str = sample.PROMPT, refs: Sequence[str] = (), image: bool = True
    ) -> Run:
        """A run of these takes, in turn over the variants that take the image if there is one, or over those named."""
        at = float(next(self._now))
        first = images.load(str(sample.PATH)) if image else None
        request = Request(prompt, first).asking(prompt_optimizer=False)
        offers = (compare.offer(variant, request, "sandbox", nearest=True) for variant in _chosen(refs))
        wanted = {"first_frame"} if image and not refs else set()
        able = [each for each in offers if not each.why_not and wanted <= set(each.variant.inputs)]
        chosen = list(itertools.islice(itertools.cycle(able), len(takes)))
        run = compare.plan_run(
            chosen,
            request,
            compare.Press(at, simulated=True, live=False),
            keep=self._media.keep_input,
            rng=self._rng,
        )
        jobs = tuple(self._played(job, take, at) for job, take in zip(run.jobs, takes, strict=True))
        run = Run(run.id, at, prompt, True, jobs)
        self._ledger.add_run(run)
        return run

    def votes(self, run: Run, count: int) -> None:
        """Votes on pairs of a run's takes: earlier takes tend to win, some pairs tie."""
        shown = [Shown(job.id, job.plan.variant, job.plan.model, job.plan.provider) for job in run.jobs]
        for number in range(count):
            one, other = sorted(self._rng.sample(range(len(shown)), 2))
            luck = self._rng.random()
            verdict = Verdict(None, None) if luck < 0.15 else Verdict(0, 1) if luck < 0.7 else Verdict(1, 0)
            pair = (shown[one], shown[other])
            layout = {"width": 1400, "height": 900, "columns": 2, "mode": "grid"}
            at = run.at + number
            self._ledger.add_vote(
                Vote(new_id("v"), at, "", run.id, True, "image", "pair", pair, verdict, 9.0, (3.0, 3.0), layout)
            )

    def _played(self, job: Job, take: Take, at: float) -> Job:
        if isinstance(take, Underway):
            at -= take.since_s
        job = Job(job.id, job.run, job.position, job.plan, (Event("planned", at, "planned", "held", {"start": 0}),))
        if isinstance(take, Ended):
            return _ended(job, take, at)
        job = _sent(job, at)
        if isinstance(take, Underway):
            return job.after(Event("running", at + 3, take.state, "generate"))
        return self._delivered(job, take, at)

    def _delivered(self, job: Job, take: Clip | Given, at: float) -> Job:
        wait = 20 + self._rng.random() * 60
        clip = take.file if isinstance(take, Given) else clip_of(take)
        file = self._media.clips / f"{job.id}{clip.suffix}"
        shutil.copyfile(clip, file)
        poster = make_poster(file, self._media.clips / f"{job.id}.jpg")
        data = file.read_bytes()
        result = Result(file.name, hashlib.sha256(data).hexdigest(), len(data), probe(file), poster.name)
        job = job.after(Event("running", at + 3.2, "running", "generate"))
        told = {"uncertainty_s": 0.6}
        job = job.after(Event("succeeded", at + wait, "succeeded", "result", told))
        job = job.after(Event("result", at + wait + 0.4, None, "download"))
        told = {"result": result.to_json(), "total_s": wait + 1.2}
        return job.after(Event("delivered", at + wait + 1.2, "delivered", None, told))


def _chosen(refs: Sequence[str]) -> list[Variant]:
    if refs:
        return [next(v for v in VARIANTS if v.ref == ref) for ref in refs]
    by_provider = [[v for v in VARIANTS if v.provider == slug] for slug in PROVIDERS]
    return [v for row in itertools.zip_longest(*by_provider) for v in row if v is not None]


def _sent(job: Job, at: float) -> Job:
    job = job.after(Event("submitting", at + 0.1, "submitting", "submit"))
    return job.after(Event("queued", at + 0.6, "queued", "queue", {"handle": {"id": f"x{job.id}", "endpoint": ""}}))


def _ended(job: Job, take: Ended, at: float) -> Job:
    data = {"error": take.error, **dict(take.data)}
    if take.state == "rejected":
        return job.after(Event("rejected", at + 0.3, "rejected", None, data))
    if take.state == "uncertain":
        job = job.after(Event("submitting", at + 0.1, "submitting", "submit"))
        return job.after(Event("uncertain", at + 9, "uncertain", None, data))
    return _sent(job, at).after(Event(take.state, at + 41, take.state, None, data))


def clip_of(take: Clip) -> Path:
    """A clip of this kind, rendered once for all time."""
    picture = sample.PATH.read_bytes() if take.image else None
    spec = ClipSpec("scene", take.prompt, picture, None, take.width, take.height, take.duration, take.fps)
    silent = render(spec, CLIPS)
    return _with_sound(silent) if take.audio else silent


def _with_sound(silent: Path) -> Path:
    loud = silent.with_name(f"{silent.stem}-loud.mp4")
    if not loud.exists():
        part = loud.with_name(f"{os.getpid()}-{loud.name}")
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", "-i", str(silent)]
        tone = ["-f", "lavfi", "-i", "sine=frequency=330", "-c:v", "copy", "-c:a", "aac", "-shortest"]
        subprocess.run([*command, *tone, str(part)], check=True)
        part.replace(loud)
    return loud
