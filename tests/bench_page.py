"""What the page is held to, measured in Chromium: ``python -m tests.bench_page``.

Weight on the wire and time until it can be used, beside a bare Gradio page; how long it takes to answer; what is seen
of six takes at three sizes of a window; how far the keyboard has to go. Prints each figure with its bound, and exits 1
where one is missed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import BrowserContext, Page

from tests.benchmarks import HELLO, sent, started
from tests.browser import CELLS, Served, browse, press_run, serve, until, until_all, visit, wait_up

ROUNDS = 5
WORDS = ("k", "kl", "kling", "kling 3.0", "runninghub image", "zzz", "")
"""What is typed into the search, one after the other."""
MOST_USABLE, MOST_SHIFT, MOST_CHANGE_S, MOST_FILTER_MS, MOST_TABS = 1.2, 0.02, 0.3, 50.0, 12
SIZES = {"1440 x 900": (1440, 900), "1024 x 768": (1024, 768)}
PHONE = {"width": 390, "height": 844}
SHIFTS = """() => { window.shifted = 0; new PerformanceObserver(list => { for (const each of list.getEntries())
  if (!each.hadRecentInput) window.shifted += each.value; }).observe({ type: 'layout-shift', buffered: true }); }"""
FILTER = """words => { const search = document.querySelector('#picker [type=search]'), began = performance.now();
  search.value = words; search.dispatchEvent(new Event('input', { bubbles: true }));
  document.querySelector('#picker').getBoundingClientRect(); return performance.now() - began; }"""
CHANGE = """() => new Promise(done => { const began = performance.now(), grid = document.querySelector('#grid');
  new MutationObserver((_, watch) => { watch.disconnect(); done((performance.now() - began) / 1000); })
    .observe(grid, { subtree: true, childList: true, attributes: true });
  document.querySelector('#run').click(); })"""
SEEN = """() => { const bar = document.querySelector('#grid .tg-player').getBoundingClientRect();
  return [...document.querySelectorAll('#grid .tg-cell')].filter(cell => {
    const { top, bottom, left, right } = cell.getBoundingClientRect();
    return top >= 0 && bottom <= Math.min(bar.top, innerHeight) && left >= 0 && right <= innerWidth; }).length; }"""
ACROSS = "() => document.querySelector('#grid .tg-stage').getBoundingClientRect().width / innerWidth"

Target = tuple[str, bool]


def target(name: str, value: float, most: float, unit: str) -> Target:
    met = value <= most
    return f"{'met   ' if met else 'MISSED'} {name}: {value:.3g}{unit} (at most {most:g}{unit})", met


def usable() -> Iterator[Target]:
    """Seconds from asking for the page until it can be used, beside those until a bare page's button is there."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        (folder / "hello.py").write_text(HELLO)
        spent = []
        for command, sign in ((["app.py"], "#run:enabled"), ([str(folder / "hello.py")], "button")):
            with started(command, folder) as (url, _), browse(folder / f"profile of {sign}") as context:
                spent.append(median(_opened(context, url, sign) for _ in range(ROUNDS)))
    yield target("usable, of a bare page's time", spent[0] / spent[1], MOST_USABLE, " x")


def _opened(context: BrowserContext, url: str, sign: str) -> float:
    page = context.new_page()
    began = time.monotonic()
    page.goto(url)
    page.locator(sign).first.wait_for()
    spent = time.monotonic() - began
    page.close()
    return spent


def answers(page: Page, app: Served) -> Iterator[Target]:
    page.goto(app.url)
    page.evaluate(SHIFTS)
    visit(page, app.url)
    page.evaluate(SHIFTS)
    page.wait_for_timeout(1500)
    yield target("layout shift", page.evaluate("() => window.shifted"), MOST_SHIFT, "")
    times = [page.evaluate(FILTER, words) for _ in range(ROUNDS) for words in WORDS]
    yield target("a filter of all variants, the slowest", max(times), MOST_FILTER_MS, " ms")
    yield target("Tabs from the prompt to Run", _tabs(page), MOST_TABS, "")
    yield target("Run to the first change", page.evaluate(CHANGE), MOST_CHANGE_S, " s")
    until_all(page, "delivered", 6)


def _tabs(page: Page) -> int:
    page.locator("#prompt textarea").focus()
    for count in range(1, 100):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id === 'run'"):
            return count
    raise RuntimeError("Run is not reached by the keyboard")


def pictures(page: Page, app: Served) -> Iterator[Target]:
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("() => scrollTo(0, 0)")
        page.wait_for_timeout(500)
        hidden = 6 - page.evaluate(SEEN)
        yield target(f"takes of six not wholly seen at {name}", hidden, 0, "")
    page.set_viewport_size(PHONE)
    visit(page, app.url)
    press_run(page, 6)
    until(page, f"{CELLS}.length === 6")
    yield target("part of a phone's width beside a take", 1 - page.evaluate(ACROSS), 0.08, "")


def main() -> int:
    targets = [*sent(), *usable()]
    with tempfile.TemporaryDirectory() as text, browse(Path(text, "profile"), moving=False) as context:
        Path(text, "home").mkdir()
        with serve(Path(text, "home"), 20) as app:
            wait_up(app)
            page = context.new_page()
            targets += [*answers(page, app), *pictures(page, app)]
    print()
    for line, _ in targets:
        print(line)
    return int(not all(met for _, met in targets))


if __name__ == "__main__":
    sys.exit(main())
