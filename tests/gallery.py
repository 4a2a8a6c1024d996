"""Pictures of every state the page can be in: ``python -m tests.gallery --out DIR``.

Each state is put into a ledger (``tests/scenes.py``), opened in a real browser and pictured in light, dark and at a
phone's width, so that nobody has to wait for a failure to see what one looks like.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from comparisons import settings
from comparisons.exports import run_folder
from comparisons.ledger import Ledger
from comparisons.playground import Playground
from comparisons.records import Run
from tests.browser import CELLS, browse, serve, until, visit, wait_up
from tests.scenes import PLAIN, Clip, Ended, Scenes, Take, Underway
from tests.session_scenes import six

LONG = (
    "A paper boat drifts across a rain puddle at dusk while "
    + "lamp light trembles on the water and " * 40
    + "it sinks."
)
OUT_OF_MEMORY = Ended("failed", "RunComfy reports a failure: the worker ran out of memory.")
REFUSED = Ended("rejected", "OdiRouter refused the request: the prompt was flagged by its content filter.")
DOUBT = Ended("uncertain", "Apiframe did not answer in time: the job may have been taken, and may be billed.")
FAILURES = [OUT_OF_MEMORY, REFUSED, DOUBT, Ended("canceled", "You stopped it, and RunningHub canceled the job.")]
STATES: dict[str, tuple[Sequence[Take], str]] = {
    "one-take": ([PLAIN], "A paper boat"),
    "six-takes": ([PLAIN] * 6, "A paper boat drifts across a puddle. [Push in]"),
    "24-takes": ([Clip(320, 180, 2)] * 24, "A paper boat drifts across a puddle. [Push in]"),
    "all-failed": (FAILURES, "A paper boat that no gateway delivers"),
    "one-stuck": ([PLAIN, PLAIN, Underway("running", 1900)], "A paper boat that one gateway keeps"),
    "very-long-prompt": ([PLAIN, PLAIN], LONG),
    "portrait": ([Clip(360, 640, 2)] * 5, "A lighthouse, upright"),
    "square": ([Clip(480, 480, 2)] * 3, "A lighthouse, square"),
    "mixed": ([PLAIN, Clip(640, 360, 5, 16), Clip(360, 640, 3, 30, audio=True), OUT_OF_MEMORY], "Unlike each other"),
    "any-script": ([PLAIN, PLAIN], "一只纸船漂过水洼 · قارب ورقي ينجرف · कागज़ की नाव · 🛶"),
}
LOOKS = {"light": (1400, 900, "light"), "dark": (1400, 900, "dark"), "phone": (390, 844, "dark")}


@dataclass(frozen=True)
class View:
    """One state of the page, and how to get there."""

    name: str
    query: str
    prepare: Callable[[Page], None] = lambda page: None


def views(runs: dict[str, Run]) -> list[View]:
    """Every state, in the order of the page's tabs."""
    six = f"?run={runs['six-takes'].id}"
    shown = [View(name, f"?run={run.id}") for name, run in runs.items()]
    tools = [
        View("wipe", six, keys("1", "c")),
        View("side-by-side", six, keys("1", "c", "v")),
        View("difference", six, keys("1", "c", "v", "v")),
        View("input-wipe", six, keys("i")),
        View("zoomed-and-offset", six, keys("2", "]", "]", "+", "+")),
        View("filmstrips", six, lambda page: scroll(page, "#grid .tg-strips")),
        View("table-and-plots", six, lambda page: scroll(page, "#table")),
        View("keys", six, keys("?")),
        View("arranged", six, keys("3", "p", "1", "h")),
        View("all-that-is-known", six, keys("d")),
        View("details", six, lambda page: page.locator("#grid [data-act=facts]").nth(1).click()),
        View("full-screen", f"?run={runs['24-takes'].id}", keys("f")),
        View("full-screen-six", six, keys("f")),
        View("full-screen-wipe", six, keys("1", "c", "f")),
        View("of-several-runs", f"?takes={runs['mixed'].jobs[0].id},{runs['square'].jobs[0].id}"),
    ]
    vote = [View("vote", f"?vote={runs['square'].id}"), View("leaderboard", "", lambda page: board(page))]
    bench = [View("sessions", "", tab("Sessions")), View("session", "", lambda page: open_session(page))]
    tabs = [View(name.lower(), "", tab(name)) for name in ("History", "Prices")]
    return [View("first-open", ""), *shown, *tools, *vote, *bench, *tabs]


def keys(*names: str) -> Callable[[Page], None]:
    def press(page: Page) -> None:
        page.evaluate("() => document.activeElement.blur()")
        for name in names:
            page.keyboard.press(name)

    return press


def tab(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("tab", name=name).click()


def board(page: Page) -> None:
    tab("Vote")(page)
    scroll(page, "#leaderboard")


def open_session(page: Page) -> None:
    """The first session of the list, chosen."""
    tab("Sessions")(page)
    page.locator("#sessions a").first.click()
    page.locator("#session-figures tbody tr").first.wait_for()
    scroll(page, "#session")


def scroll(page: Page, selector: str) -> None:
    page.locator(selector).first.evaluate("node => node.scrollIntoView({ block: 'start' })")


def add_session(home: Path) -> None:
    """Puts a benchmark session that is over into the ledger of a data folder; its clips are not there."""
    ledger = Ledger(home / "ledger.sqlite3")
    session = six()
    placed = {(each.warm_up, each.repeat, each.request): each for each in session.runs}  # a ledger has one run a place
    ledger.add_session(replace(session, runs=tuple(placed.values())))
    ledger.end_session(session.id, session.ending)
    ledger.close()


def fill(home: Path) -> dict[str, Run]:
    """Puts every state into the ledger of a data folder."""
    scenes = Scenes(home, time.time())
    runs = {name: scenes.run(takes, prompt) for name, (takes, prompt) in STATES.items()}
    scenes.votes(runs["six-takes"], 160)
    scenes.close()
    add_session(home)
    return runs


def show(page: Page, url: str, view: View, theme: str) -> None:
    """Opens the page in a state, and waits until it has arrived there."""
    if page.url.startswith("http"):
        page.evaluate("() => sessionStorage.clear()")  # how the state before was arranged
    mark = "&" if view.query else "?"
    visit(page, f"{url}{view.query}{mark}__theme={theme}")
    if "run=" in view.query or "takes=" in view.query:
        until(page, f"{CELLS}.length > 0")
        until(page, "[...document.querySelectorAll('#grid video')].every(video => video.readyState >= 2)")
        page.evaluate("() => document.querySelector('#grid').scrollIntoView()")
    view.prepare(page)
    page.wait_for_timeout(900)


def take(page: Page, path: Path) -> None:
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(path, "JPEG", quality=82, optimize=True)


def picture_export(page: Page, home: Path, run: Run, to: Path) -> None:
    """The static page of an export, opened from disk."""
    playground = Playground(settings.read({"TAKES_HOME": str(home)}))
    folder = run_folder.write(playground, run, to / "export")
    playground.close()
    for look, (width, height, theme) in LOOKS.items():
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": height})
        page.goto((folder / "index.html").as_uri())
        page.wait_for_timeout(1200)
        take(page, to / f"export-{look}.jpg")


def main(arguments: list[str]) -> int:
    """Takes all the pictures and prints where they are."""
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the pictures go")
    parser.add_argument("--only", metavar="NAME", help="only the states whose name contains this")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder), 6.0) as app:
        wait_up(app)
        runs = fill(Path(folder) / "takes")
        wanted = [view for view in views(runs) if not options.only or options.only in view.name]
        with browse(Path(folder) / "profile", scrollbars=True) as context:
            page = context.new_page()
            for look, (width, height, theme) in LOOKS.items():
                page.set_viewport_size({"width": width, "height": height})
                for view in wanted:
                    show(page, app.url, view, theme)
                    take(page, options.out / f"{view.name}-{look}.jpg")
            if not options.only or options.only in "export":
                picture_export(page, Path(folder) / "takes", runs["six-takes"], options.out)
    print(f"{len(list(options.out.glob('*.jpg')))} pictures in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
