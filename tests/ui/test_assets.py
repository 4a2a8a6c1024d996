"""What the first page sends: scripts and styles once, small, and under names that a browser may keep for good."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import brotli
import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from comparisons import viewer
from comparisons.ui import assets, component, sample, scripts
from comparisons.ui.assets import Asset
from comparisons.ui.caching import FOR_GOOD
from comparisons.ui.picker.catalogue import Catalogue
from tests.door import Opened, config_of, opened

MOST = 110_000
"""Bytes of all that is the page's own, packed: the page itself, its scripts, the sample and the list of variants.

With 22 variants they were 77,000, with 282 they are 110,000."""
UI = Path(component.__file__).parent
SOURCES = sorted([*UI.rglob("*.js"), *Path(viewer.__file__).parent.rglob("*.js")])


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("public"), TAKES_PUBLIC="1") as it:
        yield it


# the weight -----------------------------------------------------------------------------------------------------------


def test_the_page_its_scripts_and_its_sample_stay_light(public: Opened):
    """What is Gradio's own comes on top, and ``python -m tests.bench_start`` measures that."""
    with public.client() as client:
        page = gzip.compress(client.get("/").content, 6)
    variants = Catalogue(public.door.playground.variants).asset.packed["br"]
    packed = {
        "page": len(page), "scripts": len(scripts.module().packed["br"]), "variants": len(variants),
        "sample": sample.SHOWN.stat().st_size,
    }  # fmt: skip
    assert sum(packed.values()) <= MOST, packed


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_script_travels_twice(path: Path, public: Opened):
    """The page names the module, of which each script is a part; it holds none itself but the one of its head."""
    with public.client() as client:
        page = json.dumps(config_of(client))
    line = max(viewer.lean(path.read_text("utf-8")).splitlines(), key=len)
    in_page = page.count(json.dumps(line)[1:-1])
    in_module = scripts.module().content.decode().count(f"{line}\n")
    assert (in_page, in_module) == ((1, 0) if path.name == "me.js" else (0, 1))


def test_of_a_script_only_comments_and_indentation_stay_behind():
    def code(script: str) -> str:
        bare = re.sub(r"/\*.*?\*/", "", re.sub(r"^\s*//.*$", "", script, flags=re.MULTILINE), flags=re.DOTALL)
        return re.sub(r"\s+", "", bare)

    for path in SOURCES:
        written = path.read_text("utf-8")
        assert code(viewer.lean(written)) == code(written), path.name


def test_the_page_fetches_no_font_and_components_bring_no_script_of_their_own(public: Opened):
    with public.client() as client:
        theme = client.get("/theme.css").text
        components = config_of(client)["components"]
    assert "font-face" not in theme
    assert "woff" not in theme
    html = [each["props"] for each in components if each["type"] == "html"]
    assert max(len(props.get("js_on_load") or "") for props in html) < 300
    assert not any(props.get("css_template") for props in html)


def test_the_sample_is_shown_small_and_used_as_it_is(public: Opened):
    with public.client(public.cookie()) as client:
        values = [each["props"].get("value") for each in config_of(client)["components"] if each["type"] == "image"]
        filled = [value for value in values if value]
        assert len(filled) == 2
        for value in filled:
            assert Path(value["path"]).read_bytes() == sample.PATH.read_bytes()
            assert value["url"] == f"{public.url}{component.sample_shown().path}"
            shown = client.get(value["url"])
            assert shown.content == sample.SHOWN.read_bytes()
    with Image.open(io.BytesIO(shown.content)) as small, Image.open(sample.PATH) as whole:
        assert small.size == sample.SHOWN_SIZE
        apart = np.asarray(small.convert("RGB"), float) - np.asarray(whole.convert("RGB").resize(small.size), float)
    assert np.abs(apart).mean() < 3  # of 255


# how it travels -------------------------------------------------------------------------------------------------------

TEXT = Asset("some", "js", "text/javascript", b"const some = 'thing';\n" * 50)
DATA = Asset("data", "json", "application/json", b'["some", "thing"]' * 50)
IMAGE = Asset("dot", "webp", "image/webp", b"RIFF")


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=list(assets.routes(TEXT, IMAGE, DATA))))


@pytest.mark.parametrize(
    ("reads", "packed"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=0.5, deflate", "gzip"),
        ("identity", None),
        ("brotli", None),
        ("", None),
    ],
)
def test_text_travels_packed_as_its_reader_can_read_it(client: TestClient, reads: str, packed: str | None):
    with client.stream("GET", f"/{TEXT.path}", headers={"accept-encoding": reads}) as answer:
        raw = b"".join(answer.iter_raw())
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[packed]
    assert unpack(raw) == TEXT.content
    assert answer.headers.get("content-encoding") == packed
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cache-control"] == FOR_GOOD
    assert int(answer.headers["content-length"]) == len(raw)


def test_data_travels_packed_too(client: TestClient):
    answer = client.get(f"/{DATA.path}", headers={"accept-encoding": "br"})
    assert (answer.content, answer.headers.get("content-encoding")) == (DATA.content, "br")


def test_a_picture_is_not_packed_anew(client: TestClient):
    answer = client.get(f"/{IMAGE.path}", headers={"accept-encoding": "br"})
    assert (answer.content, answer.headers["content-type"]) == (IMAGE.content, "image/webp")
    assert "content-encoding" not in answer.headers
    assert answer.headers["cache-control"] == FOR_GOOD


def test_what_is_not_there_is_kept_by_nobody(client: TestClient):
    answer = client.get(f"/{TEXT.path.replace('some-', 'some-0')}")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


def test_a_name_is_that_of_a_content_and_the_same_after_a_restart():
    assert TEXT.path == Asset("some", "js", "text/javascript", TEXT.content).path
    assert TEXT.path != Asset("some", "js", "text/javascript", TEXT.content + b" ").path
    before = scripts.module().path
    scripts.module.cache_clear()
    assert scripts.module().path == before


def test_a_stranger_without_a_cookie_gets_the_scripts(public: Opened):
    with public.client() as client:
        assert client.get(f"/{scripts.module().path}").status_code == 200
        assert client.post(f"/{scripts.module().path}").status_code == 403


# comments -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/* one */\n.a {}\n", ".a {}\n"),
        ("  /* one\n   and more */\n.a {}\n", ".a {}\n"),
        ("/* a */ .a {} /* b */\n.b {}\n/* c */\n", "/* a */ .a {} /* b */\n.b {}\n"),
        ("/* a */ .a {}\n.b {} /* c */\n", "/* a */ .a {}\n.b {} /* c */\n"),
    ],
)
def test_only_lines_that_hold_nothing_but_a_comment_go(text: str, left: str):
    assert scripts.bare(text) == left
