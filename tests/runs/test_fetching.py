"""A paid clip is had at a person's word, whoever works on it, and from a file that a person downloaded."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from comparisons import settings
from comparisons.clock import Clock
from comparisons.playground import Playground
from comparisons.records import Job, Odd, Person
from comparisons.runs.compare import Choice
from comparisons.words import clip_notes, state_words
from providers import InvalidRequest, Request
from providers.sandbox import FaultPlan, Tempo, World
from providers.sandbox._hosting import Handout
from tests.stage import ONE_EACH, tiny_clip

LOST = "[[clip]]\nfirst = 404\ntimes = 99\n"


class Folder:
    """A data folder on which any number of Takes work, over one sandbox whose clips cannot be had yet."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.opened: list[Playground] = []
        self.world = World(
            tempo=Tempo(Clock().now, speed=100), faults=FaultPlan.parse(LOST), renderer=lambda spec, folder: tiny_clip()
        )

    def open(self, **more: float) -> Playground:
        found = settings.read({"TAKES_HOME": str(self.home), "TAKES_SANDBOX_SPEED": "100"}, Path("/nonexistent"))
        self.opened.append(Playground(found, world=self.world, **more))
        return self.opened[-1]

    def mend(self) -> None:
        for job in self.world._jobs.values():
            job.handout = Handout()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path / "home")
    yield made
    for each in made.opened:
        each.close()


def until(playground: Playground, job: str, met: Callable[[Job], bool], within_s: float = 20) -> Job:
    tick = threading.Event()
    for _ in range(int(within_s / 0.05)):
        now = playground.ledger.job(job)
        if met(now):
            return now
        tick.wait(0.05)
    raise AssertionError(f"{now.state}: {now.error}")


def waiting(playground: Playground, slug: str = "runcomfy") -> str:
    """A job whose clip is waited for, with seconds to go until the next try."""
    run = playground.start(Request("A paper boat"), Choice(refs=(ONE_EACH[slug],)), simulated=True)
    job = run.jobs[0].id
    long = replace(until(playground, job, lambda now: now.last("waiting") is not None))
    assert long.state == "succeeded"
    until(playground, job, lambda now: len([e for e in now.events if e.kind == "waiting"]) >= 4)
    return job


def is_delivered(job: Job) -> bool:
    return job.state == "delivered"


@pytest.mark.slow
def test_a_clip_that_is_waited_for_is_fetched_at_once_when_somebody_says_so(folder: Folder):
    playground = folder.open()
    job = waiting(playground)
    assert playground.workers.waits_for_clip(job)
    tries = len([e for e in playground.ledger.job(job).events if e.kind == "attempt"])
    assert playground.fetcher.fetch(job)
    until(playground, job, lambda now: len([e for e in now.events if e.kind == "attempt"]) > tries, within_s=1)
    folder.mend()
    assert playground.fetcher.fetch(job)
    ended = until(playground, job, is_delivered, within_s=2)
    assert (ended.resumed, ended.by_hand) == (False, False)


@pytest.mark.slow
def test_another_process_can_have_it_fetched_stopped_and_handed_in_while_the_page_waits(folder: Folder, tmp_path: Path):
    page, line = folder.open(), folder.open()
    job = waiting(page)
    seen = page.ledger.job(job).events
    assert not line.fetcher.fetch(job)
    until(page, job, lambda now: now.last("fetching").at > seen[-1].at)
    line.stop(job)
    stopped = until(page, job, lambda now: now.events[-1].kind == "paused")
    assert stopped.state == "succeeded"
    assert state_words(stopped) == "Done; its clip is not here yet"
    assert line.fetcher.hand_in(job, tiny_clip())
    assert until(line, job, is_delivered).by_hand


@pytest.mark.parametrize("patience_s", [0.0, 10.0])
def test_a_clip_downloaded_by_hand_is_taken_hashed_and_called_so_and_claims_no_latency(
    folder: Folder, tmp_path: Path, patience_s: float
):
    playground = folder.open(clip_patience_s=patience_s)
    run = playground.start(Request("A paper boat"), Choice(refs=(ONE_EACH["apiframe"],)), simulated=True)
    job = until(playground, run.jobs[0].id, lambda now: now.last("paused", "waiting") is not None)
    given = tmp_path / "from the browser.mp4"
    given.write_bytes(tiny_clip().read_bytes())
    playground.fetcher.hand_in(job.id, given)
    ended = until(playground, job.id, is_delivered)
    assert ended.result.by_hand
    assert ended.result.sha256 == hashlib.sha256(given.read_bytes()).hexdigest()
    assert (playground.media.clips / ended.result.file).read_bytes() == given.read_bytes()
    (row,) = playground.rows([ended])
    assert (row["by_hand"], row["total_s"], row["download_s"], row["frames"]) == (True, None, None, 24)
    assert "came by hand: no latency is claimed" in clip_notes(ended.result)
    assert sorted(path.name for path in playground.media.clips.iterdir()) == [f"{job.id}.jpg", f"{job.id}.mp4"]


def test_what_was_handed_in_is_taken_and_called_so_after_a_crash_at_any_point(folder: Folder, tmp_path: Path):
    for number, then in enumerate(["before it was named", "after it was named"]):
        playground = folder.open(clip_patience_s=0.0)
        run = playground.start(Request(f"A boat {number}"), Choice(refs=(ONE_EACH["apiframe"],)), simulated=True)
        job = until(playground, run.jobs[0].id, lambda now: now.last("paused") is not None)
        handed = playground.media.hand_in(tiny_clip(), job.id)
        playground.happened(job, "handed", handed=handed)
        if then == "after it was named":
            playground.media.take_in(job.id, handed["file"])
        playground.resume()
        assert until(playground, job.id, is_delivered).result.by_hand


def test_a_strange_file_is_taken_as_odd_and_what_is_no_clip_is_refused_with_nothing_left(
    folder: Folder, tmp_path: Path
):
    playground = folder.open(clip_patience_s=0.0)
    run = playground.start(Request("A paper boat"), Choice(refs=(ONE_EACH["apiframe"],)), simulated=True)
    job = until(playground, run.jobs[0].id, lambda now: now.last("paused") is not None).id
    file = tmp_path / "clip.mp4"
    for data in (b"<html>Sign in</html>", b"", b"\xff\xd8\xff\xe0" + bytes(99)):
        file.write_bytes(data)
        with pytest.raises(InvalidRequest, match="is not taken"):
            playground.fetcher.hand_in(job, file)
    with pytest.raises(InvalidRequest, match="cannot be read"):
        playground.fetcher.hand_in(job, tmp_path / "none.mp4")
    assert not [path for path in playground.media.clips.iterdir() if "hand" in path.name]
    file.write_bytes(b"\x9f\x11\x07\xfe" + bytes(range(1, 255)))
    playground.fetcher.hand_in(job, file)
    ended = until(playground, job, is_delivered)
    assert (ended.result.odd, ended.result.by_hand, ended.result.file) == (Odd.UNREADABLE, True, f"{job}.mp4")


@pytest.mark.slow
def test_only_a_finished_job_of_ones_own_has_a_clip_to_fetch(folder: Folder):
    playground = folder.open()
    job = waiting(playground)
    with pytest.raises(InvalidRequest, match="No job is called"):
        playground.fetcher.fetch(job, Person("a" * 32))
    folder.mend()
    playground.fetcher.fetch(job)
    until(playground, job, is_delivered)
    for act in (playground.fetcher.fetch, lambda name: playground.fetcher.hand_in(name, tiny_clip())):
        with pytest.raises(InvalidRequest, match="is delivered"):
            act(job)
        with pytest.raises(InvalidRequest, match="No job is called"):
            act("j_none")
