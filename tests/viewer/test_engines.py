"""What the viewing room promises holds in browsers other than Chromium too, in which none of it is held to a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from comparisons import settings
from comparisons.exports import run_folder
from comparisons.playground import Playground
from comparisons.records import Run
from tests.browser import Served
from tests.engines import ENGINES, Engine
from tests.patience import START_S, until
from tests.room import PLAYER
from tests.scenes import Clip, Scenes

pytestmark = pytest.mark.slow

BOAT = Clip(320, 180, 2)
SEA = Clip(320, 180, 2, image=False, prompt="A calm sea at noon. [Static shot]")
PLAYERS = {
    "#grid": PLAYER,
    "#ballot": PLAYER.replace("#grid", "#ballot"),
    "#room": "document.querySelector('#room').__takes",
}
THERE = "document.querySelector('{} video')?.closest('.takes-grid').parentElement.__takes"
READY = "{0}.videos().length === args[0] && {0}.videos().every(video => video.readyState >= 2 && !video.seeking)"
STILL = f"{PLAYER}.videos().every(video => video.paused && !video.seeking)"
TIMES = "{}.videos().map(video => video.currentTime)"
SPOTS = """(() => { const canvas = document.querySelector('#grid .tg-canvas'); const painter = canvas.getContext('2d');
  return [0.25, 0.75].map(part => { const side = 20;
    const { data } = painter.getImageData(canvas.width * part - side, canvas.height / 2 - side, 2 * side, 2 * side);
    return data.reduce((sum, value, at) => sum + (at % 4 === 3 ? 0 : value), 0) / (data.length * 3 / 4); }); })()"""
"""How bright what two takes are compared on is, in its left half and in its right: from 0 to 255."""
BOX = "(({ x, y, right, bottom }) => [x, y, right, bottom])(document.querySelector(args[0]).getBoundingClientRect())"
AWAY = "{}.videos().every(video => video.parentElement.getBoundingClientRect().top > innerHeight)"


@dataclass(frozen=True)
class Runs:
    """What is looked at; each browser votes on a run of its own."""

    three: Run
    unlike: Run
    alike: Run
    votes: dict[str, Run]


@pytest.fixture(scope="module")
def runs(home: Path) -> Runs:
    scenes = Scenes(home / "takes")
    three, unlike, alike = (scenes.run(takes) for takes in ([BOAT] * 3, [BOAT, SEA], [BOAT] * 2))
    votes = {name: scenes.run([BOAT, SEA]) for name in ENGINES}
    scenes.close()
    return Runs(three, unlike, alike, votes)


@pytest.fixture(scope="module", params=list(ENGINES))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def engine(name: str, app: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with ENGINES[name](tmp_path_factory.mktemp(name)) as engine:
        yield engine


def until_ready(engine: Engine, part: str, count: int) -> None:
    """Waits until so many clips of a part of the page can play."""
    engine.until(THERE.format(part), within_s=START_S)
    engine.until(READY.format(PLAYERS[part]), count)


def show(engine: Engine, app: Served, run: Run, more: str = "") -> None:
    engine.open("about:blank")
    engine.open(f"{app.url}?run={run.id}{more}")
    until_ready(engine, "#grid", len(run.jobs))


def step(engine: Engine, count: int) -> None:
    engine.press(*["."] * count)
    engine.until(f"{PLAYER}.frame() === args[0] && {STILL}", count)


def shown(engine: Engine, selector: str) -> Image.Image:
    """What the window shows of an element."""
    return engine.picture().crop(tuple(round(each) for each in engine.tell(BOX, selector)))


def is_picture(image: Image.Image) -> bool:
    """Whether it is more than one color all over."""
    return max(ImageStat.Stat(image).stddev) > 10


def test_takes_play_and_begin_again_at_the_end_as_often_as_they_come_there(engine: Engine, app: Served, runs: Runs):
    show(engine, app, runs.three)
    engine.press(" ")
    for _ in range(3):
        for place in ("> 1", "< 0.9"):
            engine.until(f"{TIMES.format(PLAYER)}.every(time => time {place})")
    engine.press(" ")
    engine.until(STILL)


def test_a_step_leads_all_takes_to_the_same_frame(engine: Engine, app: Served, runs: Runs):
    show(engine, app, runs.three)
    step(engine, 5)
    assert engine.tell(TIMES.format(PLAYER)) == pytest.approx([5.5 / 24] * 3, abs=2e-3)


def test_two_takes_are_wiped_whether_they_are_in_sight_or_not(engine: Engine, app: Served, runs: Runs):
    show(engine, app, runs.unlike)
    engine.press("c")
    engine.until(f"(([left, right]) => left > 30 && right > left + 20)({SPOTS})")
    engine.tell("document.querySelector('#grid .tg-cells').style.marginTop = '3000px'")
    engine.until(AWAY.format(PLAYER))
    step(engine, 4)
    engine.until(f"(([left, right]) => left > 30 && right > left + 20)({SPOTS})")


def test_the_difference_of_two_takes_is_dark_where_they_are_alike_and_only_there(
    engine: Engine, app: Served, runs: Runs
):
    show(engine, app, runs.unlike)
    engine.press("c", "v", "v")
    engine.until(f"{SPOTS}.every(bright => bright > 10 && bright < 200)")
    show(engine, app, runs.alike)
    engine.press("c")
    engine.until(f"{SPOTS}.every(bright => bright > 30)")
    engine.press("v", "v")
    engine.until(f"{SPOTS}.every(bright => bright < 3)")


def test_paused_takes_show_their_pictures_in_full_screen_and_when_their_tab_is_opened_again(
    engine: Engine, app: Served, runs: Runs
):
    show(engine, app, runs.three)
    step(engine, 2)
    stages = [f"#grid [data-job='{job.id}'] .tg-stage" for job in runs.three.jobs]

    def until_pictures() -> None:
        until(lambda: all(is_picture(shown(engine, stage)) for stage in stages))

    engine.press("f")
    engine.until("document.fullscreenElement !== null")
    until_pictures()
    engine.press("f")
    engine.until("document.fullscreenElement === null")
    until_pictures()
    for tab in ("History", "Compare"):
        engine.tell("[...document.querySelectorAll('[role=tab]')].find(tab => tab.innerText === args[0]).click()", tab)
        engine.until(
            "(document.querySelector('#grid video').getBoundingClientRect().width > 0) === args[0]", tab != "History"
        )
    until_pictures()


def test_in_dark_no_scrollbar_is_white_and_closed_sections_have_none(engine: Engine, app: Served, runs: Runs):
    show(engine, app, runs.three, "&__theme=dark")
    _, top, right, bottom = engine.tell(BOX, ".takes-composer")
    edge = engine.picture().crop((round(right) - 6, round(top), round(right), round(bottom))).convert("L")
    white = sum(edge.histogram()[230:]) / (edge.width * edge.height)
    assert white < 0.1, "of the edge where its scrollbar is"
    wide = "[...document.querySelectorAll('.gr-accordion')].filter(each => each.scrollWidth > each.clientWidth).length"
    assert engine.tell(wide) == 0


def test_a_vote_counts_once_all_takes_were_seen(engine: Engine, app: Served, runs: Runs, name: str):
    engine.open(f"{app.url}?vote={runs.votes[name].id}")
    until_ready(engine, "#ballot", 2)
    assert engine.tell("document.querySelector('#ballot [data-verdict=\"0\"]').disabled")
    engine.click("#ballot [data-act=play]")
    said = "document.querySelector('#ballot .tg-ballot-said').innerText"
    engine.until(f"{said}.includes('All seen')")
    engine.click("#ballot [data-verdict='0']")
    engine.until(f"{said}.includes('You preferred')")


def test_an_export_plays_from_disk(engine: Engine, app: Served, runs: Runs, tmp_path: Path):
    playground = Playground(settings.read({"TAKES_HOME": str(app.home / "takes")}))
    folder = run_folder.write(playground, runs.three, tmp_path)
    playground.close()
    engine.open((folder / "index.html").as_uri())
    until_ready(engine, "#room", 3)
    engine.click("#room [data-act=play]")
    engine.until(f"{TIMES.format(PLAYERS['#room'])}.every(time => time > 1)")
