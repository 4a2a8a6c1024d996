"""How a fault plan has clips handed out: given files, what their URLs answer first, and what stands beside them."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from providers.sandbox import FaultPlan, Phase, SimJob
from providers.sandbox._hosting import WRONG
from tests.providers.sandbox.test_sandbox import CLIP, KEY, Bench

pytestmark = pytest.mark.anyio
GIVEN = b"\x1aE\xdf\xa3 as it was given" * 50
SLUGS = ("apiframe", "odirouter", "openrouter", "replicate", "runcomfy", "runninghub", "wavespeed")
HALF = len(CLIP) // 2


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A folder with files to hand out."""
    for name in ("a.webm", "b.MOV", "c.mp4", "plain"):
        (tmp_path / name).write_bytes(GIVEN + name.encode())
    return tmp_path


def planned(folder: Path, *clips: str) -> Bench:
    """A sandbox with a plan of these clips, each so many lines of TOML."""
    bench = Bench(folder / "rendered")
    bench.world.faults = FaultPlan.parse("".join(f"[[clip]]\n{clip}\n" for clip in clips), folder)
    return bench


async def reply(bench: Bench, job: SimJob) -> Any:
    """What the provider says of a job that is over, in its own form."""
    if bench.world.phase(job) is not Phase.SUCCEEDED:
        await bench.reach(job, Phase.SUCCEEDED)
    if job.provider == "openrouter":
        job.other_form = False  # in which no address of a file is told, but that behind the key
    paths = {
        "apiframe": f"/v2/jobs/{job.id}",
        "odirouter": f"/model/v1/queue/{job.endpoint}/requests/{job.id}/response",
        "openrouter": f"/api/v1/videos/{job.id}",
        "replicate": f"/v1/predictions/{job.id}",
        "runcomfy": f"/v1/requests/{job.id}/result",
        "runninghub": "/openapi/v2/query",
        "wavespeed": f"/api/v3/predictions/{job.id}/result",
    }
    asked = {"url": f"/{job.provider}{paths[job.provider]}"}
    asked |= {"headers": {"Authorization": f"Bearer {KEY}", "X-API-Key": KEY}}
    if job.provider == "runninghub":
        return (await bench.client.post(**asked, json={"taskId": job.id})).json()
    return (await bench.client.get(**asked)).json()


def files_in(said: Any) -> Iterator[str]:
    """The URLs of files in a reply, in its order."""
    if isinstance(said, dict | list):
        for value in said.values() if isinstance(said, dict) else said:
            yield from files_in(value)
    elif isinstance(said, str) and "/cdn/" in said and "/uploads/" not in said:
        yield said


async def clip_url(bench: Bench, slug: str = "apiframe") -> str:
    return list(files_in(await reply(bench, await bench.submitted(slug))))[-1]


@pytest.mark.parametrize("slug", SLUGS)
async def test_a_given_file_is_the_clip_byte_for_byte_with_its_own_type_and_extension(given: Path, slug: str):
    bench = planned(given, 'file = "a.webm"', 'file = "b.MOV"', 'file = "plain"')
    job = await bench.submitted(slug)
    said = await reply(bench, job)
    (url,) = files_in(said)
    got = await bench.client.get(url)
    assert (got.content, got.headers["content-type"]) == ((given / "a.webm").read_bytes(), "video/webm")
    assert httpx.URL(url).path.endswith(f"{job.id}.webm")
    assert "mp4" not in str(said)  # nor does a type or a file name in the reply say otherwise
    part = await bench.client.get(url, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, got.content[5:10])
    for suffix, kind in ((".mov", "video/quicktime"), ("", "application/octet-stream")):
        url = await clip_url(bench, slug)
        assert (await bench.client.get(url)).headers["content-type"] == kind
        assert Path(httpx.URL(url).path).suffix == suffix
    assert (await bench.client.get(await clip_url(bench, slug))).content == CLIP  # what is left is rendered


async def test_clips_are_chosen_by_provider_variant_and_number(given: Path):
    fast = "runninghub:minimax/hailuo-2.3-fast/image-to-video"
    bench = planned(
        given,
        'file = "a.webm"\nprovider = "apiframe"\nafter = 1\ntimes = 2',
        f'file = "c.mp4"\nvariant = "{fast}"',
        f'file = "plain"\nvariant = "{fast}-pro"',
    )
    order = ["apiframe", "odirouter", "runninghub", "apiframe", "runninghub", "apiframe", "apiframe"]
    jobs = [await bench.submitted(slug) for slug in order]
    files = [job.handout.file and Path(job.handout.file).name for job in jobs]
    assert files == [None, None, "c.mp4", "a.webm", None, "a.webm", None]
    assert [clip.variant for clip in bench.world.faults.left()] == [f"{fast}-pro"]
    refused = await bench.submitted("runninghub", {"prompt": "[refuse]"})
    assert refused.handout.file is None


@pytest.mark.parametrize("status", [403, 404, 425, 500, 503, 599])
async def test_a_clips_url_answers_otherwise_for_a_while_after_success_and_then_works(given: Path, status: int):
    bench = planned(given, f"first = {status}\nseconds = 20", f"first = {status}")
    url, never = await clip_url(bench), await clip_url(bench)
    job = bench.world.jobs()[0]
    bench.time += job.ended_at + 19.9 - bench.world.now()
    assert (await bench.client.get(url)).status_code == status
    bench.time += 0.2
    assert (await bench.client.get(url)).content == CLIP
    bench.time += 10**7
    assert (await bench.client.get(never)).status_code == status


@pytest.mark.parametrize("first", WRONG)
async def test_wrong_bytes_come_first_and_then_the_right_ones(given: Path, first: str):
    bench = planned(given, f'first = "{first}"\nrequests = 2')
    url = await clip_url(bench)
    replies = [await bench.client.get(url) for _ in range(3)]
    assert {reply.status_code for reply in replies} == {200}
    assert replies[2].content == CLIP
    assert replies[0].content == replies[1].content
    wrong, said = replies[0].content, replies[0].headers.get("content-length")
    types = {"page": "text/html; charset=utf-8", "json": "application/json"}
    assert replies[0].headers["content-type"] == types.get(first, "video/mp4")
    expected = {
        "empty": (b"", "0"),
        "cut": (CLIP[:HALF], str(len(CLIP))),
        "cut_unsaid": (CLIP[:HALF], None),
        "cut_as_whole": (CLIP[:HALF], str(HALF)),
    }
    assert (wrong, said) == expected.get(first, (wrong, str(len(wrong))))


async def test_a_clip_says_a_type_that_is_not_its_own(given: Path):
    bench = planned(given, 'file = "c.mp4"\ntype = "application/octet-stream"', 'type = "text/plain"')
    types = [(await bench.client.get(await clip_url(bench))).headers["content-type"] for _ in range(2)]
    assert types == ["application/octet-stream", "text/plain; charset=utf-8"]


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("name", ["a boat.mp4", "Böötchen 纸船.mp4", "clip", "a%20boat.mp4", "50% [x].webm"])
async def test_a_clips_url_is_said_as_the_plan_writes_it_and_found_when_it_is_escaped(
    given: Path, slug: str, name: str
):
    bench = planned(given, f'name = "{name}"')
    url = await clip_url(bench, slug)
    assert f"/{name}?sign=" in url
    assert (await bench.client.get(url)).content == CLIP  # httpx escapes what is not
    assert (await bench.client.get(url.replace(f"/{name}", "/other.mp4"))).status_code == 404
    assert (await bench.client.get(url.replace(f"/{name}", ".mp4"))).status_code == 404


async def test_a_clips_url_leads_on_to_another(given: Path):
    bench = planned(given, 'redirect = true\nname = "ein Böötchen.mp4"\nfirst = "page"\nrequests = 1')
    url = await clip_url(bench)
    moved = await bench.client.get(url)
    assert (moved.status_code, moved.content) == (302, b"")
    assert moved.headers["location"].isascii()
    replies = [await bench.client.get(url, follow_redirects=True) for _ in range(2)]
    assert [reply.content == CLIP for reply in replies] == [False, True]


def queued_files(said: dict[str, Any]) -> list[dict[str, Any]]:
    """OdiRouter's files, in either of its forms."""
    return said["outputs"] if "outputs" in said else said["output"][0]["content"]


@pytest.mark.parametrize("slug", SLUGS)
async def test_a_picture_stands_before_the_clip_in_one_reply(given: Path, slug: str):
    bench = planned(given, "picture = true")
    said = await reply(bench, await bench.submitted(slug))
    picture, clip = files_in(said)
    assert (await bench.client.get(clip)).content == CLIP
    got = await bench.client.get(picture)
    assert got.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(got.content)).format == "PNG"
    forms = {
        "apiframe": lambda: {"thumbnailUrl": picture, "videoUrl": clip} == said["result"],
        "odirouter": lambda: [file["type"] for file in queued_files(said)] == ["image", "video"],
        "openrouter": lambda: [picture, clip] == said["urls"],
        "replicate": lambda: [picture, clip] == said["output"],
        "runcomfy": lambda: {"image": picture, "video": clip} == said["output"],
        "runninghub": lambda: [result["outputType"] for result in said["results"]] == ["png", "mp4"],
        "wavespeed": lambda: [picture, clip] == said["data"]["outputs"],
    }
    assert forms[slug]()
    assert (await bench.client.get(picture.split("?")[0])).status_code == 403
    plain = await bench.submitted(slug)
    await bench.reach(plain, Phase.SUCCEEDED)
    assert (await bench.client.get(f"/{slug}/cdn/pictures/{plain.id}.png")).status_code == 404


async def test_a_sandbox_that_is_started_again_hands_out_the_same(given: Path):
    def world() -> Bench:
        return Bench(given / "rendered", journal=given / "journal")

    before = world()
    before.world.faults = FaultPlan.parse('[[clip]]\nfile = "a.webm"\nfirst = 404\npicture = true', given)
    job = await before.submitted("runcomfy")
    after = world()
    again = after.world.find("runcomfy", job.id)
    assert again is not None
    assert again.handout == job.handout
    assert again.handout.seconds == math.inf
    url = list(files_in(await reply(after, again)))[-1]
    assert (await after.client.get(url)).status_code == 404
    after.world.forget("runcomfy", job.id)
    assert (given / "a.webm").exists()


@pytest.mark.parametrize(
    ("clip", "named"),
    [
        ('file = "none.mp4"', "there is no file"),
        ("file = 3", "file must be a word"),
        ("first = 302", "first must be"),
        ("first = true", "first must be"),
        ('first = "nothing"', "first must be"),
        ("requests = -1", "requests"),
        ("seconds = -1", "seconds"),
        ('picture = "yes"', "picture must be"),
        ("times = 0", "times"),
        ('name = "a/b"', "name"),
        ('kind = "stuck"', "kind is not a field of a clip"),
    ],
)
def test_a_bad_clip_is_refused_in_one_sentence(clip: str, named: str):
    with pytest.raises(ValueError, match=f"Clip 1: .*{named}") as caught:
        FaultPlan.parse(f"[[clip]]\n{clip}")
    assert "\n" not in str(caught.value)


def test_a_plan_of_an_older_form_is_told_what_there_is():
    with pytest.raises(ValueError, match="clip must be a list of tables"):
        FaultPlan.parse("clip = 1")
    with pytest.raises(ValueError, match=r"only \[\[fault\]\] and \[\[clip\]\] tables, not 'clips'"):
        FaultPlan.parse("[[clips]]")


def test_the_plan_in_the_readme_is_one(tmp_path: Path):
    readme = (Path(__file__).parents[3] / "providers/sandbox/README.md").read_text("utf-8")
    (plan,) = [text for text in re.findall(r"```toml\n(.*?)```", readme, re.DOTALL) if "[[clip]]" in text]
    (tmp_path / "take.webm").touch()
    assert len(FaultPlan.parse(plan, tmp_path).left()) == 2
