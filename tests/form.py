"""The form of the Compare tab, driven as a person does, and put back to what it is when the page opens.

Opening the page is what costs most in a test of it: two seconds of a processor. Tests of the form share a tab instead.
"""

from __future__ import annotations

import functools
from pathlib import Path

from playwright.sync_api import Page

from comparisons.media import images
from comparisons.runs import compare
from comparisons.ui import sample
from comparisons.ui.fields import ANY
from comparisons.ui.picker import value
from providers import Request
from tests import browser
from tests.browser import until
from tests.stage import VARIANTS

TICK = """(refs => {
  const picker = document.querySelector('#picker'), search = picker.querySelector('[type=search]');
  const find = words => { search.value = words; search.dispatchEvent(new Event('input')); };
  const picked = () => [...picker.querySelectorAll('.tp-pick')].map(item => item.dataset.ref);
  const reset = picker.querySelector('.tp-reset');
  if (!reset.hidden) reset.click();
  for (const ref of picked().filter(each => !refs.includes(each))) {
    picker.querySelector(`.tp-pick[data-ref='${ref}'] button`).click(); }
  for (const ref of refs.filter(each => !picked().includes(each))) {
    find(ref);
    picker.querySelector(`.tp-row[data-ref='${ref}'] input`).click(); }
  find('');
  return refs.every(ref => picker.querySelector(`.tp-pick[data-ref='${ref}']:not(.tp-off)`)); })(arg)"""
"""Has just these variants picked, and says whether they are and can all take part."""


@functools.cache
def first_picked() -> list[str]:
    """The variants that are ticked when the page opens."""
    request = Request(sample.PROMPT, images.load(str(sample.PATH))).asking(prompt_optimizer=False)
    return value.first_choice([compare.offer(each, request, "sandbox", nearest=True) for each in VARIANTS], VARIANTS)


def put_back(page: Page) -> None:
    """Undoes what earlier tests did to the form, by what undoes it for a person; a run below it stays."""
    page.get_by_role("tab", name="Compare").click()
    browser.choose(page)
    page.evaluate("() => scrollTo(0, 0)")
    page.locator("#prompt textarea").fill(sample.PROMPT)
    page.locator("#repeats input[type=number]").fill("1")
    page.locator("#repeats input[type=number]").press("Tab")
    page.locator("#nearest input").check()
    for name in ("duration", "resolution"):
        ask(page, name, ANY)
    image = page.locator("#image img")
    if image.count() == 0:
        choose(page, sample.PATH)
    elif "sample" not in (image.get_attribute("src") or ""):
        upload(page, sample.PATH)
    until(page, TICK, first_picked())
    until(page, "/^Run 6 takes/.test(document.querySelector('#run').textContent.trim())")


def ask(page: Page, name: str, value: str) -> None:
    """Chooses a value of an option that has so many that its field is a list to choose from."""
    field = page.locator(f"#{name} input")
    if field.input_value() != value:
        field.click()
        page.locator(f'[data-testid=dropdown-option][aria-label="{value}"]').click()
        page.get_by_test_id("dropdown-option").first.wait_for(state="detached")


def upload(page: Page, file: Path) -> None:
    """Gives the form another image, as a person does: the old one is taken away first."""
    page.locator("#image button[aria-label]").first.click()
    choose(page, file)


def choose(page: Page, file: Path) -> None:
    """Gives a form without an image this one."""
    field = page.locator("#image input[type=file]").first
    field.wait_for(state="attached")
    field.set_input_files(file)
