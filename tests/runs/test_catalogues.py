"""Providers' own lists are read whole, kept with their day, and held against the time before."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from comparisons import cli, settings
from comparisons.clock import Clock
from comparisons.net import Transport
from comparisons.net.sandboxed import stall
from comparisons.playground import Playground
from comparisons.runs.catalog_files import CatalogFiles, ReadList
from comparisons.runs.catalogues import Refreshed, read_list, with_details
from comparisons.runs.price_changes import changes
from comparisons.settings import Target
from providers import PROVIDERS, ListedModel, Money, UnknownReply
from providers.sandbox import World, create_app

DAY_S = 24 * 3600.0
TODAY, YESTERDAY = date(2026, 11, 30), date(2026, 11, 29)
NOON = 1_796_040_000.0
"""Noon of ``TODAY``, UTC."""


class Scene:
    """A playground whose system's clock is moved by hand."""

    def __init__(self, home: Path, **env: str) -> None:
        self.now, self.home = NOON, home
        read = settings.read({"TAKES_HOME": str(home), **env}, home / "no.env")
        self.playground = Playground(read, clock=Clock(wall=lambda: self.now))

    def files(self, slug: str) -> CatalogFiles:
        return CatalogFiles(self.home, slug, simulated=True)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.playground.close()


def model(endpoint: str, amount: str | None = None, currency: str = "USD", **more: object) -> ListedModel:
    price = None if amount is None else Money(Decimal(amount), currency)
    return ListedModel(endpoint, price=price, **{"per": "clip", "from_price": False, **more})


def test_a_list_is_kept_whole_with_its_day_for_its_owner_alone_and_apart_from_live_ones(scene: Scene):
    (read,) = scene.playground.catalogues.refresh(["runcomfy"], simulated=True)
    path = scene.home / "sandbox" / "catalogs" / "runcomfy" / f"{TODAY}.json"
    kept = {each["endpoint"]: each for each in json.loads(path.read_text("utf-8"))["readings"][0]["models"]}
    ours = {each.endpoint for each in scene.playground.variants if each.provider == "runcomfy"}
    assert ours <= set(kept)
    assert read.models == len(kept)
    assert {"price", "currency", "per", "from_price"} <= set(kept[min(ours)])
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]
    assert list(path.parent.iterdir()) == [path]
    assert not (scene.home / "catalogs").exists()
    assert "the first time" in read.lines()[0]


def test_what_changed_is_told_against_the_newest_earlier_day_ours_first(scene: Scene):
    catalogues = scene.playground.catalogues
    catalogues.refresh(["runcomfy"], simulated=True)
    now = scene.files("runcomfy").before(TODAY + timedelta(days=1), "sandbox")
    ours = next(each for each in now.models if each.price is not None)
    cheaper = replace(ours, price=Money(ours.price.amount / 2, "USD"))
    before = [each for each in now.models if each != ours]
    scene.files("runcomfy").keep(ReadList(date(2026, 9, 1), "sandbox", (model("aaa/older", "1"),)))
    scene.files("runcomfy").keep(ReadList(YESTERDAY, "sandbox", (*before, cheaper, model("aaa/gone", "1"))))
    (read,) = catalogues.refresh(["runcomfy"], simulated=True)
    assert [(each.kind, each.endpoint, each.ours) for each in read.changes] == [
        ("up", ours.endpoint, True), ("gone", "aaa/gone", False),
    ]  # fmt: skip
    assert f"was from {cheaper.price} a" in read.lines()[1]
    assert f"is from {ours.price} a" in read.lines()[1]
    assert read.lines()[0].endswith(f"2 changes since {YESTERDAY}.")
    assert read.lines(1)[1:] == [read.changes[0].words, "and 1 more"]


FAL = "fal-ai/minimax/hailuo-02/standard/image-to-video"


def test_what_changed_of_a_models_fields_and_of_the_price_of_its_unit_is_told_of_those_compared_here(scene: Scene):
    """fal tells it per endpoint, beside its list: its OpenAPI document, and the price of a unit."""
    catalogues = scene.playground.catalogues
    catalogues.refresh(["fal"], simulated=True)
    now = {each.endpoint: each for each in scene.files("fal").before(TODAY + timedelta(days=1), "sandbox").models}
    described = {name for name, each in now.items() if each.options and each.price}
    assert described == {each.endpoint for each in scene.playground.variants if each.provider == "fal"} & set(now)
    earlier = {**now[FAL].options, "resolution": '"512P"', "seed": "integer"}
    del earlier["end_image_url"]
    was = replace(now[FAL], options=earlier, price=Money(Decimal("0.002"), "USD"))
    scene.files("fal").keep(ReadList(YESTERDAY, "sandbox", tuple({**now, FAL: was}.values())))
    (read,) = catalogues.refresh(["fal"], simulated=True)
    assert [each.words for each in read.changes] == [
        f"price down: {FAL}, was $0.002 by its unit, unit, is $0.001 by its unit, unit (compared here)",
        f'fields changed: {FAL}, resolution was "512P", is "512P" or "768P", "768P" by default; seed is gone;'
        " end_image_url is new: string (compared here)",
    ]


def test_what_a_reading_does_not_tell_has_not_changed():
    told = model("x", "1", unit="video", options={"seed": "integer"})
    bare = model("x")
    assert changes([told], [bare], (), prices_always_told=False) == ()
    assert changes([bare], [told], (), prices_always_told=False) == ()
    assert [each.kind for each in changes([told], [bare], ())] == ["other"]


def test_each_kind_of_change_is_told_apart_and_prices_of_two_units_have_no_order():
    before = [model("up", "1"), model("down", "2"), model("same", "1"), model("gone"), model("unit", "1")]
    before += [model("money", "1"), model("least", "1"), model("lost", "1")]
    after = [
        model("up", "2"),
        model("down", "1"),
        model("same", "1"),
        model("new", "3"),
        model("unit", "9", per="second"),
    ]
    after += [model("money", "9", "credits"), model("least", "1", from_price=True), model("lost")]
    found = {each.endpoint: each for each in changes(before, after, ())}
    assert {name: each.kind for name, each in found.items()} == {
        "up": "up", "down": "down", "gone": "gone", "new": "new",
        "unit": "other", "money": "other", "least": "other", "lost": "other",
    }  # fmt: skip
    assert found["up"].words == "price up: up, was $1.00 a clip, is $2.00 a clip"
    assert found["lost"].words == "price changed: lost, was $1.00 a clip, is without a price"


def test_every_price_of_a_day_is_kept_and_the_same_again_only_once(tmp_path: Path):
    files = CatalogFiles(tmp_path, "apiframe", simulated=False)
    readings = [ReadList(TODAY, "a.example", (model("x", amount),)) for amount in ("1", "1", "2")]
    for each in readings:
        files.keep(each)
    told = json.loads((tmp_path / "catalogs" / "apiframe" / f"{TODAY}.json").read_text("utf-8"))
    assert [each["models"][0]["price"] for each in told["readings"]] == ["1", "2"]
    assert files.before(TODAY, "a.example") == readings[0]
    assert files.before(TODAY + timedelta(days=1), "a.example") == readings[2]
    assert files.before(TODAY, "another.example") is None


def test_a_file_that_nobody_can_read_is_passed_over(tmp_path: Path):
    files = CatalogFiles(tmp_path, "apiframe", simulated=False)
    files.keep(ReadList(date(2026, 9, 1), "h", (model("x", "1"),)))
    (tmp_path / "catalogs" / "apiframe" / f"{YESTERDAY}.json").write_text('{"readings": [{"models"', "utf-8")
    (tmp_path / "catalogs" / "apiframe" / "2026-13-40.json").write_text("{}", "utf-8")
    assert files.before(TODAY, "h").day == date(2026, 9, 1)


def test_a_list_that_cannot_be_read_leaves_nothing_behind_and_says_why(tmp_path: Path):
    plan = tmp_path / "plan.toml"
    plan.write_text('[[fault]]\nkind = "server_error"\nprovider = "apiframe"\noperation = "other"\n', "utf-8")
    scene = Scene(tmp_path, TAKES_SANDBOX_FAULTS=str(plan))
    read = {each.provider: each for each in scene.playground.catalogues.refresh(simulated=True)}
    scene.playground.close()
    assert "server error" in read["apiframe"].why_not
    assert not (tmp_path / "sandbox" / "catalogs" / "apiframe").exists()
    assert read["runninghub"].why_not == "RunningHub publishes no list of its models and prices."
    assert read["odirouter"].models > 0


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["", "a-key"])
async def test_fals_fields_are_read_without_a_key_and_its_prices_with_one(tmp_path: Path, key: str):
    world = World(clips=tmp_path)
    through = httpx.ASGITransport(create_app(world, "http://fal", stall))
    wire = Transport(dict.fromkeys(PROVIDERS, Target("http://fal/fal", key)), through=through)
    (told,) = [each for each in await with_details("fal", wire, (model(FAL), model("theirs")), {FAL}) if each.options]
    assert (told.endpoint, told.options["image_url"]) == (FAL, "string, required")
    assert (told.price is None, told.unit) == ((True, "") if not key else (False, "unit"))
    assert world.requests()["fal"] == {"other": 1 + bool(key)}
    await wire.aclose()
    world.close()


def test_where_prices_need_a_key_that_is_missing_it_is_named():
    assert Refreshed("fal", 2, without_prices=True).lines() == [
        "fal lists 2 models: the first time this is read. It tells prices only with a key: set FAL_KEY."
    ]


@pytest.mark.anyio
async def test_a_list_without_an_end_is_given_up_after_a_hundred_pages():
    asked = []

    async def page(request: Request) -> JSONResponse:
        asked.append(request.query_params["page"])
        return JSONResponse({"data": {"models": [{"id": f"model-{asked[-1]}"}], "total_pages": 10**6}})

    app = Starlette(routes=[Route("/{path:path}", page)])
    targets = {slug: Target("http://endless", "key") for slug in PROVIDERS}
    wire = Transport(targets, through=httpx.ASGITransport(app=app))
    with pytest.raises(UnknownReply, match="did not end after 100 pages"):
        await read_list("odirouter", wire)
    assert asked == [str(number) for number in range(1, 101)]
    await wire.aclose()


def test_a_list_that_needs_a_key_is_not_asked_for_without_one(scene: Scene):
    (read,) = scene.playground.catalogues.refresh(["odirouter"])
    assert "set ODIROUTER_API_KEY" in read.why_not


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--sandbox"], 0, "Apiframe lists"),
        (["--sandbox", "--provider", "runninghub"], 2, "publishes no list"),
        (["--provider", "nobody"], 2, "No provider is called 'nobody'"),
    ],
)
def test_the_command_says_it_and_how_it_ended(
    words: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
):
    monkeypatch.setenv("TAKES_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["catalog", "refresh", *words]) == code
    told = capsys.readouterr()
    assert said in told.out + told.err
    assert "RunningHub publishes no list" in told.err or "nobody" in told.err
