"""Kills Takes with SIGKILL at random moments, again and again, and counts what was lost or doubled.

A trial is a live run of three jobs at each provider on the loopback sandbox, lived several times: each life is killed
at a random moment but the last. Then the ledger is compared with the sandbox's truth.
"""

from __future__ import annotations

import functools
import hashlib
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from comparisons.ledger import Ledger
from comparisons.media import images
from comparisons.records import Job
from providers import PROVIDERS, Variant, usual, variants
from providers.sandbox._clips import ClipSpec, clip_name, frame_size, render
from providers.sandbox._wire import TAKES
from tests.processes import ROOT, Child, sandbox, shelf, takes

REPEATS = 3
KILLS = 5
"""At most so many lives of a trial are cut short."""
RESUMERS = (1, 1, 2)
"""How many processes pick up a run that was killed: where two do, one must leave it to the other."""
LIFE_S = 2.0
"""About how long a run takes that is left alone; kills are spread over it."""
BEGINNING_S = 1.0
"""About how long it takes to plan, upload and submit. Every second kill comes in that time: money is at stake there."""
END_S = 120.0
"""Within this the last life of a trial must have come to its end."""
SPEEDS = (15.0, 60.0)
"""How much faster than real the sandbox is: its jobs then take from a tenth of a second to two."""
SHOWN = 2000
"""Characters of what a process said that are shown if something went wrong."""
LANES = 4
"""Trials side by side: most of a trial is waiting."""
IMAGE = ROOT / "comparisons" / "ui" / "sample.jpg"

STEPS = ("unplanned", "held", "upload", "submit", "queue", "generate", "result", "download", "delivered", "uncertain")
"""Where a kill may find a job: not in the ledger yet, in one of its phases, or over."""
FIGURES = ("jobs", "sent", "accepted", "charges", "delivered", "uncertain", "charged in doubt")


# What is pressed --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Press:
    """One press of Run. Its jobs are told from those of another by their prompt."""

    prompt: str
    variants: tuple[Variant, ...]
    image: Path | None = None
    repeats: int = REPEATS

    @property
    def words(self) -> list[str]:
        words = ["compare", "--live", "--allow-unpriced", "--prompt", self.prompt, "--repeats", str(self.repeats)]
        words += ["--image", str(self.image)] if self.image else []
        return words + [word for variant in self.variants for word in ("--variant", variant.ref)]

    @property
    def jobs(self) -> int:
        return self.repeats * len(self.variants)

    def clips(self) -> Iterator[ClipSpec]:
        """What the sandbox will be asked to render for it."""
        image = images.load(str(self.image)).data if self.image else None
        for variant in self.variants:
            of = usual(variant)
            width, height = frame_size(str(of.get("resolution", "")), image)
            for seed in range(TAKES):
                yield ClipSpec(variant.provider, self.prompt, image, None, width, height, of["duration"], seed=seed)


@functools.cache
def presses() -> tuple[tuple[Press, ...], ...]:
    """What trials press, in turn: all providers from words; then all that take an image with one, the rest without.

    One run takes one image or none, so the second kind is two runs, in two processes over one data folder.
    """
    words = tuple(_first(slug, ("no", "optional")) for slug in PROVIDERS)
    drawn = tuple(_first(slug, ("required",)) for slug in PROVIDERS)
    plain = tuple(word for word, picture in zip(words, drawn, strict=True) if picture is None)
    return (
        (Press("A paper boat, from words.", _some(words)),),
        (Press("A paper boat, from its picture.", _some(drawn), IMAGE), Press("A boat, from words.", _some(plain))),
    )


def _first(slug: str, frames: Sequence[str]) -> Variant | None:
    return next((v for v in variants() if v.provider == slug and v.need("first_frame") in frames), None)


def _some(found: Sequence[Variant | None]) -> tuple[Variant, ...]:
    return tuple(variant for variant in found if variant is not None)


def stock(scratch: Path) -> None:
    """Lays one small real clip on the shelf for all that will be asked for: rendering them would take a minute."""
    clip = render(ClipSpec("kills", "A paper boat", None, None, 640, 360, 2), scratch)
    shelf(scratch).mkdir(exist_ok=True)
    for spec in (spec for kind in presses() for press in kind for spec in press.clips()):
        shutil.copyfile(clip, shelf(scratch) / clip_name(spec))


# A trial ----------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What happened, over one trial or many."""

    trials: int = 0
    kills: int = 0
    figures: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By provider and name."""
    jobs_found: Counter[str] = field(default_factory=Counter)
    """How many jobs stood at a step when a kill came."""
    kills_found: Counter[str] = field(default_factory=Counter)
    """How many kills found some job there."""
    broken: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.trials += other.trials
        self.kills += other.kills
        self.figures += other.figures
        self.jobs_found += other.jobs_found
        self.kills_found += other.kills_found
        self.broken += other.broken

    def add_kill(self, jobs: Sequence[Job], wanted: int) -> None:
        """Notes at which step a kill found each of the ``wanted`` jobs."""
        self.kills += 1
        found = Counter(job.state if job.done else str(job.phase) for job in jobs)
        found["unplanned"] = wanted - len(jobs)
        self.jobs_found += found
        self.kills_found += Counter((+found).keys())

    def add_figures(self, jobs: Sequence[Job], world: Mapping[str, Any]) -> None:
        """The figures of a trial, by provider."""
        for slug in PROVIDERS:
            self.figures += Counter({(slug, name): number for name, number in figures(slug, jobs, world).items()})

    def total(self, figure: str) -> int:
        return sum(count for (_, name), count in self.figures.items() if name == figure)


def trial(number: int, seed: int, scratch: Path) -> Tally:
    """One run or two, killed on their way to the end. The same number and seed draw the same moments."""
    rng, tally = Random(f"{seed}:{number}"), Tally(trials=1)
    pressed = presses()[number % len(presses())]
    home, wanted = Path(tempfile.mkdtemp(prefix=f"trial-{number}-", dir=scratch)), sum(press.jobs for press in pressed)
    with sandbox(home, scratch, "--speed", f"{rng.uniform(*SPEEDS):.1f}") as other:
        for moment in moments(rng):
            if not cut_short(home, pressed, other.urls, moment, resumers=rng.choice(RESUMERS)):
                break
            tally.add_kill(ledger_jobs(home), wanted)
        live_on(home, pressed, other.urls)
        world = other.world()
    jobs = ledger_jobs(home)
    tally.add_figures(jobs, world)
    tally.broken += [f"trial {number}: {what}" for what in broken(jobs, wanted, world, home)]
    shutil.rmtree(home)
    return tally


def moments(rng: Random) -> list[float]:
    """Seconds after which the lives of a trial are cut short."""
    ends = [rng.choice((BEGINNING_S, LIFE_S)) for _ in range(rng.randint(2, KILLS))]
    return [rng.uniform(0.05, end) for end in ends]


def begin(home: Path, pressed: Sequence[Press], urls: Mapping[str, str], resumers: int = 1) -> list[Child]:
    """A life: presses what is not in the ledger yet, and resumes what is, perhaps in several processes at once."""
    jobs = ledger_jobs(home)
    planned = {job.plan.prompt for job in jobs}
    commands = [press.words for press in pressed if press.prompt not in planned]
    commands += [] if all(job.done for job in jobs) else [["resume"]] * resumers
    return [takes(home, command, urls) for command in commands]


def cut_short(home: Path, pressed: Sequence[Press], urls: Mapping[str, str], after_s: float, resumers: int) -> bool:
    """A life that is killed after a while; False if it had come to its end by itself."""
    lives = begin(home, pressed, urls, resumers)
    until = time.monotonic() + after_s
    ended = [life.over(max(0.0, until - time.monotonic())) for life in lives]
    for life in lives:
        life.kill()
    return not all(ended)


def live_on(home: Path, pressed: Sequence[Press], urls: Mapping[str, str]) -> None:
    """A life that nobody cuts short, to the end of all jobs."""
    lives = begin(home, pressed, urls)
    for life in lives:
        life.over(END_S)
    for life in lives:
        life.kill()


def ledger_jobs(home: Path) -> list[Job]:
    """The jobs in the ledger that dead processes left, read from a copy: the next one finds it untouched."""
    with tempfile.TemporaryDirectory(dir=home) as folder:
        for path in home.glob("ledger.sqlite3*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, folder)
        with closing(Ledger(Path(folder) / "ledger.sqlite3")) as ledger:
            return ledger.jobs()


# What is counted --------------------------------------------------------------------------------------------


def figures(slug: str, jobs: Sequence[Job], world: Mapping[str, Any]) -> dict[str, int]:
    """What came of the jobs of one provider; see ``FIGURES``."""
    mine, theirs = of(slug, jobs, world)
    known = {job.handle.id for job in mine if job.handle}
    numbers = (
        len(mine),
        sent(slug, world),
        len(theirs),
        sum(job["charged"] for job in theirs),
        sum(job.state == "delivered" for job in mine),
        sum(job.state == "uncertain" for job in mine),
        sum(job["charged"] for job in theirs if job["id"] not in known),
    )
    return dict(zip(FIGURES, numbers, strict=True))


def of(slug: str, jobs: Sequence[Job], world: Mapping[str, Any]) -> tuple[list[Job], list[dict[str, Any]]]:
    """A provider's jobs, as the ledger has them and as the sandbox does."""
    return [job for job in jobs if job.plan.provider == slug], [job for job in world["jobs"] if job["provider"] == slug]


def sent(slug: str, world: Mapping[str, Any]) -> int:
    """How many submits reached a provider."""
    return world["requests"].get(slug, {}).get("submit", 0)


# What is promised -------------------------------------------------------------------------------------------


def broken(jobs: Sequence[Job], wanted: int, world: Mapping[str, Any], home: Path) -> list[str]:
    """Every promise, job by job and provider by provider; the words for those that were not kept."""
    wrong = crashes(home)
    wrong += [f"{slug}: {what}" for slug in PROVIDERS for what in broken_at(slug, *of(slug, jobs, world), world)]
    wrong += [f"{job.plan.provider}: {what}" for job in jobs for what in broken_of(job, home)]
    return wrong + ([] if len(jobs) == wanted else [f"{len(jobs)} of {wanted} jobs are in the ledger"])


def crashes(home: Path) -> list[str]:
    """What processes of Takes said last that met a defect."""
    said = [path.read_text() for path in home.glob("takes-*")]
    return [f"a process said:\n{text[-SHOWN:]}" for text in said if "Traceback" in text]


def broken_at(slug: str, mine: list[Job], theirs: list[dict[str, Any]], world: Mapping[str, Any]) -> list[str]:
    """The promises that only a provider's jobs together can break."""
    handles = [job.handle.id for job in mine if job.handle]
    strangers = {job["id"] for job in theirs} - set(handles)
    doubt = sum(job.state == "uncertain" for job in mine)
    return kept(
        {
            "two jobs share one provider job": len(set(handles)) == len(handles),
            "a job has a handle the provider never gave": set(handles) <= {job["id"] for job in theirs},
            "more was accepted than was ever submitted": len(theirs) <= sum(submits(job) > 0 for job in mine),
            "a submit is not in the ledger": sent(slug, world) <= sum(map(submits, mine)),
            "an accepted job is not charged once": all(job["charged"] == 1 for job in theirs),
            "a charged job has neither clip nor doubt": len(strangers) <= doubt,
        }
    )


def broken_of(job: Job, home: Path) -> list[str]:
    """The promises that a job can break by itself."""
    keyed = PROVIDERS[job.plan.provider].idempotency_s is not None
    return kept(
        {
            f"a job ended {job.state}: {job.error}": job.state in ("delivered", "uncertain"),
            "a job was submitted twice without a key": keyed or in_doubt(job) <= 1,
            "a job is uncertain in spite of its key": not (keyed and job.state == "uncertain"),
            "a job is uncertain without a reason": job.state != "uncertain" or bool(job.error and in_doubt(job)),
            "a known job has no clip": job.handle is None or job.state == "delivered",
            "a delivered job's clip is not as recorded": job.state != "delivered" or whole(job, home),
        }
    )


def kept(promises: Mapping[str, bool]) -> list[str]:
    """The words of those that were not."""
    return [what for what, held in promises.items() if not held]


def submits(job: Job) -> int:
    """How often it was about to be submitted, by the ledger."""
    return sum(event.kind == "submitting" for event in job.events)


def in_doubt(job: Job) -> int:
    """How many of these may have started something: all but those that provably did not."""
    tried = [event.data for event in job.events if event.kind == "attempt" and event.data.get("op") == "submit"]
    return submits(job) - sum(bool(data.get("nothing_there")) for data in tried)


def whole(job: Job, home: Path) -> bool:
    result = job.result
    path = home / "clips" / (result.file if result else "")
    return result is not None and path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == result.sha256


# Many trials ------------------------------------------------------------------------------------------------


def many(
    one: Callable[[int, int, Path], Tally],
    number: int,
    seed: int,
    scratch: Path,
    told: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """So many trials, a few side by side; ``told`` hears of the tally after each."""
    tally = Tally()
    with ThreadPoolExecutor(LANES) as lanes:
        for done in as_completed([lanes.submit(one, each, seed, scratch) for each in range(number)]):
            tally.add(done.result())
            told(tally)
    return tally


def report(tally: Tally, figures: Sequence[str]) -> str:
    """The figures of many trials in words."""
    lines = [f"{tally.trials} runs, {tally.kills} kills"]
    lines += ["", row("", figures)]
    lines += [row(slug, [tally.figures[slug, name] for name in figures]) for slug in PROVIDERS]
    lines += [row("together", [tally.total(name) for name in figures]), ""]
    lines += [row("kills found", ("jobs", "in kills"))]
    lines += [row(step, (tally.jobs_found[step], tally.kills_found[step])) for step in STEPS]
    return "\n".join(lines)


def row(name: str, cells: Sequence[object]) -> str:
    return f"{name:14}" + "".join(f"{cell!s:>18}" for cell in cells)
