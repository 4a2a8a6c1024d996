"""A clip that is paid for is delivered, whatever its host hands out first, beside it or instead of it."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from comparisons.analysis import table
from comparisons.engine.concurrency import Places
from comparisons.engine.retry_policy import CUT_S, LONGEST_WAIT_S, STRANGE_S
from comparisons.media.ffmpeg import run
from comparisons.media.store import Media
from comparisons.records import Job, Odd, Result
from comparisons.viewer.snapshot import snapshot
from comparisons.words import clip_notes, state_words
from providers import PROVIDERS, Snapshot
from providers.sandbox import FaultPlan
from tests.cells import FOREVER, Cell, bench
from tests.sabotage import Sabotage
from tests.stage import ONE_EACH, Stage, make_stage, tiny_clip

pytestmark = pytest.mark.anyio
SLUGS = list(PROVIDERS)
FIRST = [403, 404, 410, 425, 429, 500, 503, "page", "json", "empty", "cut", "cut_unsaid", "cut_as_whole"]


def hosted(home: Path, **clip: object) -> Stage:
    """A stage whose sandbox hands its clips out so: see ``providers.sandbox``."""
    lines = [f"{key} = {f'{value!r}' if isinstance(value, str) else str(value).lower()}" for key, value in clip.items()]
    stage = make_stage(home)
    stage.world.faults = FaultPlan.parse("\n".join(["[[clip]]", "times = 99", *lines]), home)
    return stage


def waits(job: Job) -> list[float]:
    """Seconds between the tries to get a clip."""
    tries = [event.at for event in job.events if event.kind == "attempt" and event.data["op"] == "download"]
    return [later - earlier for earlier, later in itertools.pairwise(tries)]


@pytest.mark.parametrize("first", FIRST)
async def test_whatever_a_clips_url_answers_first_the_clip_is_waited_for(tmp_path: Path, first: int | str):
    slug = SLUGS[FIRST.index(first) % len(SLUGS)]
    stage = hosted(tmp_path, first=first, seconds=100)
    job = await stage.one(ONE_EACH[slug])
    assert (job.state, job.error, job.result.odd) == ("delivered", None, None)
    assert job.result.sha256 == hashlib.sha256(tiny_clip().read_bytes()).hexdigest()
    assert stage.charges() == stage.requests(slug, "submit") == 1
    assert waits(job)[0] < 2
    assert stage.requests(slug, "download") < 25


async def test_a_cost_that_is_not_there_yet_is_asked_for_once_more_when_the_clip_is_here(tmp_path: Path):
    home, done = tmp_path / "home", itertools.count()
    home.mkdir()

    async def without_cost_at_first(wire: Sabotage, request: httpx.Request) -> httpx.Response:
        said = json.loads(await (await wire.through(request)).aread())
        if said["status"] == "completed" and next(done) == 0:
            said["usage"]["cost"] = None
        return httpx.Response(200, json=said)

    async with bench(Cell("openrouter", "poll", without_cost_at_first, FOREVER), home) as scene:
        job = await scene.engine().advance(scene.job(), scene.places)
        (theirs,) = scene.stage.world.jobs("openrouter")
    assert (job.state, job.cost.basis, float(job.cost.billed.amount)) == ("delivered", "billed", float(theirs.amount))
    assert (next(done), scene.wire.requests["download"]) == (2, 1)


async def test_the_wait_grows_from_seconds_to_hours_and_the_provider_is_asked_anew_in_between(tmp_path: Path):
    stage = hosted(tmp_path, first=404, seconds=30 * 3600)
    job = await stage.one(ONE_EACH["runcomfy"])
    assert job.state == "delivered"
    between = waits(job)
    assert between[0] < 2
    assert all(later > 0.9 * earlier for earlier, later in itertools.pairwise(between))
    assert between[-1] == pytest.approx(LONGEST_WAIT_S, rel=0.11)
    assert len(between) < 60
    assert stage.requests("runcomfy", "result") == stage.requests("runcomfy", "download")
    assert stage.charges() == 1


@pytest.mark.parametrize("slug", SLUGS)
async def test_a_picture_beside_the_clip_is_not_taken_for_it(tmp_path: Path, slug: str):
    job = await hosted(tmp_path, picture=True).one(ONE_EACH[slug])
    assert (job.state, job.result.media.frames, job.last("attempt")) == ("delivered", 24, None)


async def test_the_next_address_is_tried_where_the_first_brings_no_video_and_all_before_asking_anew(tmp_path: Path):
    stage = make_stage(tmp_path)
    read, provider = PROVIDERS["runcomfy"].resulted, PROVIDERS["runcomfy"]

    class Several(type(provider)):
        def resulted(self, reply: httpx.Response) -> Snapshot:
            snapshot = read(reply)
            url = snapshot.clip_urls[0]
            wrong = url.replace("/cdn/clips/", "/cdn/pictures/"), url.replace("sign=", "sign=x")
            return replace(snapshot, clip_urls=(*wrong, *snapshot.clip_urls)) if snapshot.clip_urls else snapshot

    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(PROVIDERS, "runcomfy", Several())
        job = await stage.one(ONE_EACH["runcomfy"])
    assert job.state == "delivered"
    assert [event.data["op"] for event in job.events if event.kind == "attempt"] == ["download", "download"]
    assert stage.requests("runcomfy", "result") == 1


@pytest.mark.parametrize("name", ["ein Boot bei Nacht.mp4", "纸船 50%.mp4", "a%20b.mp4"])
async def test_a_name_with_spaces_or_letters_of_any_kind_is_fetched(tmp_path: Path, name: str):
    for number, slug in enumerate(SLUGS):
        job = await hosted(tmp_path / str(number), name=name).one(ONE_EACH[slug])
        assert (job.state, job.last("attempt")) == ("delivered", None)


def given_clip(folder: Path, name: str, data: bytes) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return name


def unreadable() -> bytes:
    """A file that begins as an MP4 and in which nothing is to be found."""
    return b"\x00\x00\x00\x14ftypisom\x00\x00\x00\x00isom" + b"\x00\x00\x00\x10free12345678" * 40


def strange() -> bytes:
    """Nothing that anybody knows."""
    return b"\x9f\x11\x07\xfe" + bytes(range(1, 255)) * 20


def cut() -> bytes:
    return tiny_clip().read_bytes()[:-300]


@pytest.mark.parametrize(
    ("data", "odd", "ending", "within_s"),
    [
        (unreadable(), Odd.UNREADABLE, ".mp4", 5),
        (strange(), Odd.UNREADABLE, ".bin", 2 * STRANGE_S),
        (cut(), Odd.CUT, ".mp4", 2 * CUT_S),
    ],
    ids=["unreadable", "strange", "cut"],
)
async def test_what_came_whole_and_is_refused_by_our_checks_is_kept_as_it_came_and_called_odd(
    tmp_path: Path, data: bytes, odd: Odd, ending: str, within_s: float
):
    slug = "odirouter"
    stage = hosted(tmp_path, file=given_clip(tmp_path, f"given{ending}", data), type="application/octet-stream")
    job = await stage.one(ONE_EACH[slug])
    kept = tmp_path / "clips" / job.result.file
    assert (job.state, job.result.odd, kept.suffix) == ("delivered", odd, ending)
    assert kept.read_bytes() == data
    assert job.result.sha256 == hashlib.sha256(data).hexdigest()
    assert job.last_at - job.last("succeeded").at < within_s
    assert Result.from_json(json.loads(json.dumps(job.result.to_json()))) == job.result
    row = table.row(job, {}, tmp_path / "clips", stage.time.now())
    assert (row["odd"], row["sha256"]) == (odd.value, job.result.sha256)
    assert any(note.startswith("odd: ") for note in clip_notes(job.result))
    if odd is Odd.UNREADABLE:
        assert job.result.media is None
        assert {row[name] for name in ("width", "height", "fps", "frames", "duration_s", "codec", "audio")} == {None}


async def test_an_odd_clip_is_shown_as_unknown_and_can_be_played(tmp_path: Path):
    stage = hosted(tmp_path, file=given_clip(tmp_path, "given.mp4", unreadable()))
    job = await stage.one(ONE_EACH["odirouter"])
    (cell,) = snapshot(stage.ledger.run(job.run), stage.time.now(), lambda job, kind: kind)["cells"]
    assert (cell["clip"]["url"], cell["clip"]["width"], cell["clip"]["duration_s"]) == ("clip", None, None)
    assert cell["came"].startswith("unknown")
    assert any("odd" in badge for badge in cell["badges"])


async def test_a_file_keeps_the_ending_its_bytes_say_and_older_folders_still_open(tmp_path: Path):
    webm = tmp_path / "given" / "take.webm"
    webm.parent.mkdir()
    assert run("-v", "error", "-i", str(tiny_clip()), "-t", "0.3", "-c:v", "libvpx", str(webm)).returncode == 0
    stage = hosted(tmp_path, file="given/take.webm", type="video/mp4", name="take.mp4")
    job = await stage.one(ONE_EACH["apiframe"])
    assert job.result.file == f"{job.id}.webm"
    assert f"clips/{job.id}.webm" in Media(tmp_path).files_of(job.id)
    assert f"clips/{job.id}.mp4" in Media(tmp_path).files_of(job.id)


async def test_an_odd_clip_is_still_odd_when_we_died_before_saying_so(tmp_path: Path):
    stage = hosted(tmp_path, first=404)
    stage = stage.reborn(clip_patience_s=5)
    job = await stage.one(ONE_EACH["apiframe"])
    assert job.state == "succeeded"
    (tmp_path / "clips" / f"{job.id}.bin").write_bytes(strange())
    (job,) = await stage.reborn().advance(job)
    assert (job.state, job.result.odd, job.result.media) == ("delivered", Odd.UNREADABLE, None)


async def test_texts_and_pictures_are_never_kept_however_often_they_come(tmp_path: Path):
    for number, data in enumerate([b"<html>no</html>", b'{"error": 1}', b"\x89PNG\r\n\x1a\n" + bytes(99), b""]):
        stage = hosted(tmp_path / str(number), file=given_clip(tmp_path / str(number), "x.mp4", data))
        job = await stage.reborn(clip_patience_s=7200).one(ONE_EACH["odirouter"])
        assert job.state == "succeeded"
        assert "paid for" in job.error
        assert not [path for path in (tmp_path / str(number) / "clips").iterdir() if path.suffix != ".part"]


async def test_a_clip_that_is_waited_for_says_so_with_the_reason_and_the_next_try(tmp_path: Path):
    stage = hosted(tmp_path, first=403)
    (job,) = stage.plan([ONE_EACH["runninghub"]]).jobs
    seen = []
    stage.engine._recorder._changed = lambda job: seen.append((job.state, state_words(job), job.error))
    stage = stage.reborn(clip_patience_s=3600)
    stage.engine._recorder._changed = lambda job: seen.append((job.state, state_words(job), job.error))
    await stage.advance(job)
    waiting = [each for each in seen if "waited for" in each[1]]
    assert len(waiting) > 5
    assert all(state == "succeeded" and "next try at" in words for state, words, _ in waiting)
    assert all("does not work (403)" in error for *_, error in waiting)


async def test_a_full_disk_is_waited_for_and_costs_the_provider_no_latency(tmp_path: Path):
    stage = make_stage(tmp_path)
    media = stage.engine._delivery._media
    receive, until = media.receive, stage.time.now() + 600

    async def full(*args: object) -> Result:
        if stage.time.now() < until:
            raise OSError(28, "No space left on device")
        return await receive(*args)

    media.receive = full
    job = await stage.one(ONE_EACH["odirouter"])
    assert job.state == "delivered"
    assert any("No space left" in str(event.data.get("error")) for event in job.events if event.kind == "waiting")
    assert job.timings(stage.time.now()).total < 60
    assert job.timings(stage.time.now()).held > 500


async def test_while_a_clip_is_waited_for_its_place_at_the_provider_is_anothers(tmp_path: Path):
    stage = hosted(tmp_path, first=404, seconds=86400)
    jobs = stage.plan([ONE_EACH["runninghub"]], repeats=4).jobs
    places = Places(1, stage.time.now)
    work = asyncio.gather(*(stage.engine.advance(job, places) for job in jobs))
    ended = await stage.time.run(work)
    assert {job.state for job in ended} == {"delivered"}
    first_delivered = min(job.last_at for job in ended)
    assert all(job.last("succeeded").at < first_delivered for job in ended)


async def test_a_failed_job_is_asked_for_its_reason_and_fails_all_the_same_where_none_comes(tmp_path: Path):
    for number, kind in enumerate(["", "server_error", "malformed_json"]):
        plan = f'[[fault]]\nkind = "{kind}"\noperation = "result"\ntimes = 9\n' if kind else ""
        refused = '[[fault]]\nkind = "content_refused"\nprovider = "runcomfy"\n'
        stage = make_stage(tmp_path / str(number), refused + plan)
        job = await stage.one(ONE_EACH["runcomfy"])
        assert job.state == "failed"
        assert stage.requests("runcomfy", "result") == 1
        assert ("no reason given" in job.error) is bool(kind)
