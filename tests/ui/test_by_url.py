"""The address of a picture instead of a file: fetched behind the page, and from then on as if it were uploaded."""

from __future__ import annotations

import asyncio
import io
import os
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import certifi
import pytest
import trustme
from PIL import Image
from playwright.sync_api import Page

from comparisons.net import NoPicture, Taker
from comparisons.net import public_picture as sentences
from comparisons.playground import Playground
from comparisons.records import HOST, Person
from comparisons.shares import Hourly
from comparisons.ui.by_url import AT_ONCE, PicturesByUrl
from comparisons.ui.compare.url_field import NOT_TAKEN
from comparisons.ui.door import uploads
from comparisons.ui.door.limits import Limits
from comparisons.ui.door.refusals import NotLetIn
from comparisons.ui.reading import Reading
from providers import InvalidRequest
from tests import browser
from tests.browser import Served, until, visit
from tests.patience import PATIENCE_S
from tests.test_playground import make

ANN, BOB = Person("a" * 32), Person("b" * 32)
PLACE = "page", "image"
URL = "https://pics.example.com/a.png?sig=5f2c9a71"


def picture(width: int, height: int, kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, kind)
    return out.getvalue()


def png() -> bytes:
    return picture(640, 480, "PNG")


class Pictures:
    """What is at addresses, without a network; an address that is held comes once it is let go."""

    def __init__(self, **told: bytes | Exception) -> None:
        self.told, self.asked = told, list[str]()
        self.held = threading.Event()

    async def fetch(self, url: str, taker: Taker) -> None:
        name = url.rpartition("/")[2].partition(".")[0]
        self.asked.append(name)
        if name == "held":
            await asyncio.to_thread(self.held.wait, PATIENCE_S)
        there = self.told.get(name, png())
        if isinstance(there, Exception):
            raise there
        taker.check(0)
        for at in range(0, len(there), 64_000):
            taker.take(there[at : at + 64_000])


class Kept:
    """Pictures by their address over one data folder."""

    def __init__(self, playground: Playground, pictures: Pictures, largest: int = uploads.LARGEST) -> None:
        self.playground = playground
        playground.pictures = pictures
        self.quota = Hourly(Limits().upload_bytes, playground.clock.now)
        self.by_url = PicturesByUrl(playground, Reading(playground.uploaded), self.quota, largest)

    def path(self, name: str = "a", who: Person = ANN, place: tuple[str, str] = PLACE) -> Future[str]:
        return self.by_url.ask(place, who, f"https://pics.example.com/{name}.png?sig=5f2c9a71", []).path


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    playground = make(tmp_path / "home")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(playground.uploaded.open()))
    yield Kept(playground, Pictures())
    playground.close()


def test_a_fetched_picture_lies_where_uploads_do_is_its_askers_and_counts_as_theirs(kept: Kept):
    path = Path(kept.path().result(PATIENCE_S))
    assert path.read_bytes() == png()
    assert path.name == "Picture.png"  # and nothing of its address
    assert {each.name for each in path.parent.glob(".of-*")} == {f".of-{ANN.id}"}
    assert list(path.parent.glob(".shows-*"))  # it was read, and goes when its runs do
    assert kept.playground.uploaded.sizes() == {ANN.id: path.stat().st_size}
    assert kept.quota.had(ANN) == uploads.LEAST  # as the smallest file does
    assert [each for each in path.parent.parent.iterdir() if each.name.startswith("tmp")] == []


def test_a_large_one_counts_as_what_it_is(kept: Kept):
    noise = io.BytesIO()
    Image.frombytes("RGB", (300, 200), os.urandom(180_000)).save(noise, "PNG")
    kept.playground.pictures.told["noise"] = noise.getvalue()
    kept.path("noise").result(PATIENCE_S)
    assert kept.quota.had(ANN) == len(noise.getvalue()) > uploads.LEAST


@pytest.mark.parametrize("who", [ANN, HOST], ids=["a visitor", "the host"])
def test_what_is_larger_than_an_upload_may_be_is_cut_off(kept: Kept, who: Person):
    kept = Kept(kept.playground, Pictures(), largest=25_000)
    kept.playground.pictures.told["large"] = bytes(90_000)
    with pytest.raises(NotLetIn, match="choose a smaller one"):
        kept.path("large", who).result(PATIENCE_S)
    assert kept.playground.uploaded.sizes() == {}


def test_whoever_has_uploaded_all_they_may_fetches_nothing_more(kept: Kept):
    kept.quota.count(ANN, Limits().upload_bytes.each)
    with pytest.raises(NotLetIn, match="come back a little later"):
        kept.path().result(PATIENCE_S)
    assert kept.playground.pictures.asked == []
    assert kept.path(who=BOB).result(PATIENCE_S)


def test_a_fetch_that_comes_to_nothing_counts_as_the_smallest_file(kept: Kept):
    kept.playground.pictures.told["gone"] = NoPicture(sentences.UNREACHABLE)
    for number in range(1, 3):
        with pytest.raises(NoPicture):
            kept.path("gone").result(PATIENCE_S)
        assert kept.quota.had(ANN) == number * uploads.LEAST


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"no picture at all", "is not an image that can be read: use JPEG, PNG or WebP"),
        (b"", "is not an image that can be read"),
        (png()[:-40], "is not an image|is a damaged image"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(100), "HEIC"),
    ],
    ids=["text", "nothing", "cut off", "heic"],
)
def test_what_is_no_picture_is_refused_in_the_words_for_an_upload(kept: Kept, data: bytes, sentence: str):
    kept.playground.pictures.told["odd"] = data
    with pytest.raises(InvalidRequest, match=sentence) as caught:
        kept.path("odd").result(PATIENCE_S)
    assert "sig=" not in str(caught.value)


def test_the_same_is_not_fetched_twice_at_a_time_and_something_else_takes_its_place(kept: Kept):
    first = kept.path("held")
    assert kept.path("held") is first
    second = kept.by_url.ask(PLACE, ANN, URL, [])
    assert kept.by_url.of(PLACE, ANN) is second
    assert kept.by_url.of(PLACE, BOB) is None
    assert "sig=" not in repr(second)
    kept.playground.pictures.held.set()
    assert first.result(PATIENCE_S) == second.path.result(PATIENCE_S)
    kept.by_url.forget(PLACE, ANN)
    assert kept.by_url.of(PLACE, ANN) is None
    assert sorted(kept.playground.pictures.asked) == ["a", "held"]


def test_nobody_waits_for_a_picture_that_another_person_waits_for(kept: Kept):
    crowd = [Person(f"{number:032x}") for number in range(AT_ONCE - 1)]
    waiting = [kept.path("held", who) for who in crowd]
    waiting += [kept.path("held", crowd[0], ("page", f"field {number}")) for number in range(5)]
    assert kept.path(who=BOB).result(PATIENCE_S)
    assert not any(each.done() for each in waiting)
    kept.playground.pictures.held.set()
    for each in waiting:
        each.result(PATIENCE_S)


# on the page ----------------------------------------------------------------------------------------------------------

PICTURE = "(document.querySelector('#image img') || {}).src"
NOTE = "document.querySelector('#image-url-note').textContent"


class Site(BaseHTTPRequestHandler):
    """A site of pictures over https. What is ``slow`` there comes once it is let go."""

    asked: ClassVar[list[tuple[str, str]]] = []
    go_on = threading.Event()

    def do_GET(self) -> None:
        Site.asked.append((self.path.partition("?")[0], str(self.headers)))
        if "slow" in self.path:
            Site.go_on.wait(PATIENCE_S)
        page, there = self.path.endswith("page"), "none" not in self.path
        body = b"<p>no picture</p>" if page else picture(800, 450, "TIFF" if "tif" in self.path else "PNG")
        self.send_response(200 if there else 404)
        self.send_header("content-type", "text/html" if page else "image/png")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def site(folder: Path) -> Iterator[tuple[str, Path]]:
    """The site's address, and a file of authorities of which one speaks for it."""
    authority, proof = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(proof)
    trusted = folder / "authorities.pem"
    trusted.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.socket = proof.wrap_socket(server.socket, server_side=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield f"https://127.0.0.1:{server.server_address[1]}/", trusted
    server.shutdown()
    server.server_close()
    serving.join()


@pytest.fixture(scope="module")
def pics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    with site(tmp_path_factory.mktemp("site")) as it:
        yield it


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, pics: tuple[str, Path]) -> Iterator[Served]:
    """A Takes whose owner says that pictures may come from this machine."""
    env = {"TAKES_CLIP_NETWORKS": "127.0.0.0/8", "SSL_CERT_FILE": str(pics[1])}
    with browser.serve_from_nothing(tmp_path_factory.mktemp("app"), speed=60, **env) as served:
        yield browser.wait_up(served)


@pytest.fixture(scope="module")
def page(app: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser.browse(tmp_path_factory.mktemp("profile"), moving=False) as context:
        page = context.new_page()
        visit(page, app.url)
        yield page
        page.close()


def shown(page: Page) -> None:
    """Waits until the picture of the site is the form's, as if it were uploaded, and its address nowhere."""
    until(page, f"/Picture\\.png$/.test({PICTURE})")
    until(page, f"!document.querySelector('#image-url input').value && !{NOTE}.trim()")
    until(page, "document.querySelector('#image img').naturalWidth === 800")
    page.locator("#image button[aria-label]").first.click()
    until(page, "!document.querySelector('#image img')")


@pytest.mark.slow
def test_an_address_that_is_typed_pasted_or_dropped_brings_its_picture(page: Page, pics: tuple[str, Path]):
    """And while it is fetched the page says so, and starts no run with another picture."""
    Site.asked.clear()
    page.locator("#image-url input").fill(f"{pics[0]}slow.png?sig=5f2c9a71")
    page.locator("#image-url input").press("Enter")
    until(page, f"{NOTE}.includes('Fetching the picture')")
    page.locator("#run").click()
    page.locator("#run-note").filter(has_text=NOT_TAKEN).wait_for()
    Site.go_on.set()
    shown(page)
    assert [path for path, _ in Site.asked] == ["/slow.png"]
    assert "cookie" not in Site.asked[0][1].lower()

    page.locator("#image-url input").fill(f"{pics[0]}left.png")
    page.locator("#prompt textarea").focus()  # as whoever goes on without Enter
    shown(page)
    for how in (PASTED, DROPPED):
        page.evaluate(how, f"{pics[0]}told.png")
        shown(page)


PASTED = """url => { const area = document.querySelector('#image'), told = new DataTransfer();
  area.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
  area.focus();
  told.setData('text/plain', url);
  document.activeElement.dispatchEvent(
    new ClipboardEvent('paste', { clipboardData: told, bubbles: true, cancelable: true })); }"""
DROPPED = """url => { const told = new DataTransfer();
  told.setData('text/uri-list', url);
  document.querySelector('#image button, #image').dispatchEvent(
    new DragEvent('drop', { dataTransfer: told, bubbles: true, cancelable: true })); }"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("page", sentences.PAGE),
        ("none.png", sentences.NOT_THERE.format(status=404)),
        ("http", sentences.NO_HTTPS),
    ],
)
def test_what_is_no_picture_is_said_at_the_field_and_leaves_what_was_typed(
    page: Page, pics: tuple[str, Path], app: Served, name: str, sentence: str
):
    typed = "http://pics.example.com/a.png?sig=77" if name == "http" else f"{pics[0]}{name}?sig=77"
    typed = typed.replace("page?sig=77", "sig=77/page")
    page.locator("#image-url input").fill(typed)
    page.locator("#image-url input").press("Enter")
    page.locator("#image-url-note").filter(has_text=sentence).wait_for()
    assert page.locator("#image-url input").input_value() == typed
    page.locator("#image-url input").fill("")
    page.locator("#prompt textarea").focus()
    until(page, f"!{NOTE}.trim()")
    kept = [each for each in app.home.rglob("*") if each.is_file() and "profile" not in each.parts]
    assert not [each for each in kept if b"sig=" in each.read_bytes()]


@pytest.mark.slow
def test_a_picture_that_the_browser_cannot_show_is_used_and_says_so_in_its_place(page: Page, pics: tuple[str, Path]):
    page.locator("#image-url input").fill(f"{pics[0]}a.tif")
    page.locator("#image-url input").press("Enter")
    until(page, f"/Picture\\.tif$/.test({PICTURE})")
    until(page, "/cannot show this picture/.test(document.querySelector('#image img').alt)")
    page.locator("#image button[aria-label]").first.click()
    until(page, "!document.querySelector('#image img')")


@pytest.mark.slow
def test_the_address_of_a_last_frame_and_of_references_goes_into_their_fields(page: Page, pics: tuple[str, Path]):
    Site.go_on.set()
    page.locator("#more-options").get_by_role("button").first.click()
    page.locator("#last-image-url input").fill(f"{pics[0]}last.png")
    page.locator("#last-image-url input").press("Enter")
    until(page, "/Picture\\.png$/.test((document.querySelector('#last-image img') || {}).src)")
    for count in (1, 2):
        page.locator("#references-url input").fill(f"{pics[0]}{count}.png")
        page.locator("#references-url input").press("Enter")
        until(page, "document.querySelectorAll('#references tr.file').length === arg", count)
