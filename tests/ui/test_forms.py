"""Forms hold nobody up: not each other's, nor their own while a price is asked for or an image is read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext

from comparisons.media import images
from comparisons.ui.compare.form import PROMPT_MAX, Form
from comparisons.ui.fields import ANY
from comparisons.ui.option_fields import OptionFields, by_name, common
from providers import VENDORS, InvalidRequest
from tests import browser
from tests.browser import Served, until, visit
from tests.form import upload
from tests.stage import VARIANTS, keep_clips_in_common

LABEL = "document.querySelector('#run').textContent.trim()"


class Hung:
    """A vendor that takes every question and answers none, until it hangs up on all."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._asked: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                self._asked.append(self._listening.accept()[0])
            except OSError:  # it has hung up
                return

    def hang_up(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for each in self._asked:
            each.close()


@pytest.fixture(scope="module")
def hung() -> Hung:
    return Hung()


@pytest.fixture(scope="module")
def app(hung: Hung, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("forms")
    keep_clips_in_common(home / "takes")
    there = {"RH_API_KEY": "any", "RH_API_BASE_URL": f"http://127.0.0.1:{hung.port}"}
    with browser.serve(home, speed=20, **there) as served:
        yield browser.wait_up(served)


@pytest.mark.slow
def test_a_large_image_and_a_vendor_that_hangs_hold_no_form_and_what_was_waited_for_comes_by_itself(
    context: BrowserContext, app: Served, hung: Hung, tmp_path: Path
):
    Image.linear_gradient("L").resize((8000, 6000)).convert("RGB").save(tmp_path / "large.webp", quality=50, method=0)
    one, another = context.new_page(), context.new_page()
    visit(one, app.url)
    upload(one, tmp_path / "large.webp")
    one.locator("#image-note").filter(has_text="The image is being read.").wait_for()
    assert one.locator("#run").is_disabled()
    one.locator("#image-note").wait_for(state="hidden")
    until(one, f"!document.querySelector('#run').disabled && /^Run 6 takes/.test({LABEL})")
    one.locator("#mode").get_by_label("Live").check()
    one.locator("#picker .tp-row:not(.tp-off)").filter(has_text="RunningHub").nth(1).locator("input").check()
    until(one, f"/asking for [0-9]+ price/.test({LABEL})")
    assert one.locator("#picker .tp-basis").filter(has_text="asking…").count()
    one.locator("#run").click()
    one.locator("#run-note").filter(has_text="being asked for their prices").wait_for()
    visit(another, app.url)
    another.locator("#prompt textarea").fill("")
    another.locator("#prompt-note").filter(has_text="needs a prompt").wait_for(timeout=5000)
    hung.hang_up()
    until(one, f"!/asking/.test({LABEL})")
    assert browser.run_of(one) is None


OPTIONS = by_name(VARIANTS)
SAID = [ANY] * len(common(OPTIONS))
VALUES: list[Any] = ["A boat", None, None, [], 1, "Sandbox", True, False, *[""] * len(VENDORS), *SAID, None]
SECRET = "sk-4711-typed-into-the-wrong-field"


@pytest.mark.parametrize("place", range(len(VALUES)))
@pytest.mark.parametrize("forged", [[SECRET], {"key": SECRET}, {"chosen": [{"key": SECRET}]}, {"turn": SECRET}, b"x"])
def test_a_field_that_holds_what_it_cannot_is_refused_and_not_repeated(place: int, forged: object):
    assert Form.read(VALUES, OPTIONS).request().prompt == "A boat"
    values = [forged if number == place else value for number, value in enumerate(VALUES)]
    if (place == len(VALUES) - 1 and forged == {"key": SECRET}) or (VALUES[place] == [] and forged == [SECRET]):
        return  # the picker says nothing there; and the files of reference images are a list of texts
    with pytest.raises(InvalidRequest) as error:
        Form.read(values, OPTIONS)
    assert SECRET not in str(error.value)


def test_texts_are_refused_before_they_are_looked_at():
    with pytest.raises(InvalidRequest, match="at most 20,000 characters, not 20,001"):
        Form.read(["x" * (PROMPT_MAX + 1), *VALUES[1:]], OPTIONS)
    place = len(VALUES) - 1 - len(SAID) + common(OPTIONS).index("duration")
    for words in ("7 years", "-6 s", SECRET):
        with pytest.raises(InvalidRequest) as error:
            Form.read([*VALUES[:place], words, *VALUES[place + 1 :]], OPTIONS)
        assert words not in str(error.value)


def test_an_image_is_decoded_once_until_its_file_is_another(tmp_path: Path):
    file = tmp_path / "frame.png"
    Image.new("RGB", (400, 304), "teal").save(file)
    assert not images.is_read(file)
    first = images.load(file)
    assert images.is_read(file)
    assert images.load(file) is first
    file.write_bytes(b"no image any more")
    assert not images.is_read(file)
    said = []
    for _ in range(2):
        with pytest.raises(InvalidRequest) as error:
            images.load(file)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert images.is_read(file)


def test_what_does_not_explain_itself_says_what_it_does_from_the_options_own_declaration():
    known = OptionFields(VARIANTS, "told-", {}).known
    told = {name: options[0].explained for name, options in known.items()}
    assert "may rewrite the prompt" in told["prompt_optimizer"]
    assert not told["duration"]
    assert replace(known["seed"][0], help="Its own words.").explained == "Its own words."


def test_read_images_are_kept_up_to_so_many_bytes_the_last_used_longest():
    kept = images.ImageCache(2500)
    for name in ("a", "b"):
        kept.keep((name, 0, 0), f"{name} is no image")
    assert kept.get(("a", 0, 0))
    kept.keep(("c", 0, 0), "c is no image")
    assert [kept.get((name, 0, 0)) is None for name in "abc"] == [False, True, False]
