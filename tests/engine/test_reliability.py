"""Whatever dies, and whenever: no job is paid twice, none that is paid is lost, and a run goes on by itself.

A short run of what ``python -m tests.reliability`` does at length, with real processes on loopback.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from comparisons.records import AT_PROVIDER, Event, Job, Plan
from providers import PROVIDERS
from tests import kills
from tests.kills import many, stock, trial
from tests.outages import REPEATS, UNREACHABLE, Outage, Way, outage
from tests.processes import shelf

TRIALS = 5
SEED = 4
GAP_S = 3.0
JOBS = REPEATS * len(PROVIDERS)

Outages = dict[Way, Future[Outage]]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reliability")
    stock(folder)
    return folder


@pytest.fixture(scope="module")
def outages(scratch: Path) -> Iterator[Outages]:
    """Outages under way: what they do is mostly waiting, so they do it while the other tests are busy."""
    with ThreadPoolExecutor() as lanes:
        yield {way: lanes.submit(outage, way, GAP_S, scratch) for way in (Way.RESTARTED, Way.FORGETFUL)}


# Takes is killed ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.usefixtures("outages")
def test_killed_at_random_moments_every_charge_ends_as_a_clip_or_an_explicit_doubt(scratch: Path):
    clips = len(list(shelf(scratch).iterdir()))
    tally = many(trial, TRIALS, SEED, scratch)
    assert tally.broken == []
    assert (tally.trials, tally.total("jobs")) == (TRIALS, TRIALS * kills.REPEATS * len(PROVIDERS))
    assert tally.kills > TRIALS
    assert tally.total("charges") == tally.total("delivered") + tally.total("charged in doubt")
    assert tally.figures["apiframe", "uncertain"] == 0
    assert len(list(shelf(scratch).iterdir())) == clips, "the sandbox had to render clips, which takes a minute"


# The gateways are away ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_while_its_provider_is_away_a_job_is_alive_and_says_what_is_wrong(outages: Outages):
    seen = outages[Way.RESTARTED].result()
    assert seen.wrong == []
    there = [job for job in seen.during if job.state in AT_PROVIDER]
    assert len(there) > 8
    assert all(UNREACHABLE in (job.error or "") for job in there)


@pytest.mark.slow
def test_gateways_that_come_back_are_gone_on_with_by_the_same_process_and_charge_once(outages: Outages):
    seen = outages[Way.RESTARTED].result()
    assert seen.wrong == []
    assert [job.state for job in seen.after] == ["delivered"] * JOBS
    assert not any(job.resumed for job in seen.after)
    assert seen.charges == JOBS


@pytest.mark.slow
def test_a_job_that_its_provider_has_forgotten_is_never_submitted_again(outages: Outages):
    seen = outages[Way.FORGETFUL].result()
    assert seen.wrong == []
    forgotten = [job for job in seen.after if job.state in AT_PROVIDER]
    assert len(forgotten) > 8
    assert all(job.error and UNREACHABLE not in job.error for job in forgotten)
    assert seen.sent <= len(seen.after) == JOBS


# What the counting would notice -------------------------------------------------------------------------------

PLAN = Plan("x", "x", "x", "x", "x", True, "A boat", {"duration": 6})
MEDIA = {"width": 2, "height": 2, "fps": 24.0, "frames": 1, "duration_s": 1.0, "codec": "h264", "audio": False}
WELL = "submitting queued:1 delivered:clip"


def told(slug: str, story: str) -> Job:
    """A job from the words for its events: a kind, and after a colon its handle or what its clip's file holds."""
    events = []
    for kind, _, word in (each.partition(":") for each in story.split()):
        data: dict[str, Any] = {"error": "why"} if kind == "rejected" or word == "why" else {}
        if kind == "queued":
            data = {"handle": {"id": word, "endpoint": "x"}}
        if kind == "delivered":
            digest = hashlib.sha256(word.encode()).hexdigest()
            data = {"result": {"file": "a.mp4", "sha256": digest, "bytes": 4, "media": MEDIA}}
        events.append(Event(kind, 1.0, kind, None, data))
    return Job("j", "r", 0, dataclasses.replace(PLAN, provider=slug), tuple(events))


def broken(home: Path, slug: str, stories: Sequence[str], charged: Mapping[str, int], sent: int) -> list[str]:
    """What is found wrong when the ledger tells these stories and the sandbox charged these of its jobs."""
    (home / "clips").mkdir()
    (home / "clips" / "a.mp4").write_text("clip")
    theirs = [{"provider": slug, "id": each, "charged": times} for each, times in charged.items()]
    world = {"jobs": theirs, "requests": {slug: {"submit": sent}}}
    return kills.broken([told(slug, story) for story in stories], len(stories), world, home)


def test_a_clip_and_an_explicit_doubt_break_no_promise(tmp_path: Path):
    assert broken(tmp_path, "odirouter", [WELL, "submitting uncertain:why"], {"1": 1, "2": 1}, 2) == []


@pytest.mark.parametrize(
    ("what", "slug", "stories", "charged", "sent"),
    [
        ("share one provider job", "odirouter", [WELL, WELL], {"1": 1}, 2),
        ("a handle the provider never gave", "odirouter", [WELL], {}, 1),
        ("more was accepted than was ever submitted", "odirouter", [WELL], {"1": 1, "2": 1}, 2),
        ("a submit is not in the ledger", "odirouter", [WELL], {"1": 1}, 2),
        ("not charged once", "odirouter", [WELL], {"1": 2}, 1),
        ("not charged once", "odirouter", [WELL], {"1": 0}, 1),
        ("neither clip nor doubt", "odirouter", [WELL, "submitting rejected"], {"1": 1, "2": 1}, 2),
        ("ended rejected: why", "odirouter", ["submitting rejected"], {}, 1),
        ("submitted twice without a key", "odirouter", ["submitting " + WELL], {"1": 1}, 2),
        ("uncertain in spite of its key", "apiframe", ["submitting uncertain:why"], {"1": 1}, 1),
        ("uncertain without a reason", "odirouter", ["submitting uncertain"], {"1": 1}, 1),
        ("a known job has no clip", "odirouter", ["submitting queued:1"], {"1": 1}, 1),
        ("clip is not as recorded", "odirouter", ["submitting queued:1 delivered:half"], {"1": 1}, 1),
    ],
)
def test_what_is_lost_or_doubled_is_noticed(
    tmp_path: Path, what: str, slug: str, stories: list[str], charged: dict[str, int], sent: int
):
    assert any(what in each for each in broken(tmp_path, slug, stories, charged, sent))
