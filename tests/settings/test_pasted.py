"""What a person pastes or writes into ``.env`` is read as meant, or refused in words that repeat nothing of it."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparisons import settings
from comparisons.settings import _pasted
from comparisons.ui.fields import typed_keys
from providers import PROVIDERS, VENDORS, InvalidRequest
from tests.settings.test_settings import NO_FILE, read

KEY = "rh-Ab3_x.9/k+4=distinct"
TEXT = f'# clé\nRH_API_KEY="{KEY}"\nTAKES_SANDBOX_SEED=7\n'


def said(act: Callable[[], object]) -> str:
    """The sentence that refuses it; empty if nothing does."""
    try:
        act()
    except InvalidRequest as error:
        return str(error)
    return ""


# .env ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode("utf-16"),
        TEXT.replace("\n", "\r").encode("utf-8"),
        TEXT.encode("utf-32"),
        TEXT.encode("latin-1"),  # only a comment is not UTF-8
        TEXT.replace("é", "\udc80").encode("utf-8", "surrogateescape"),
        (TEXT + "OTHERS=clé\n").encode("latin-1"),
    ],
    ids=["UTF-8", "BOM", "UTF-16", "UTF-16 BE", "CRLF", "CR", "UTF-32", "Latin-1", "GBK", "another's"],
)
def test_an_env_file_is_read_however_an_editor_wrote_it(tmp_path: Path, written: bytes):
    (tmp_path / ".env").write_bytes(written)
    found = settings.read({}, tmp_path / ".env")
    assert (found.keys, found.sandbox_seed) == ({"runninghub": KEY}, 7)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (
            f"RH_API_KEY={KEY}é\n".encode("latin-1"),
            "RH_API_KEY holds letters that are not UTF-8; save the file as UTF-8",
        ),
        (f"TAKES_HOME=/clips/für-{KEY}\n".encode("latin-1"), "TAKES_HOME"),
        (TEXT.encode() + f"APIFRAME_API_KEY={KEY}\n".encode("utf-16-le"), "line 4: there are NUL bytes"),
        (f"RH_API_KEY={KEY}\0\n".encode(), "line 1: there are NUL bytes"),
        (TEXT.encode("utf-16-le"), "NUL bytes"),
        (b"#" * 1_000_001, "larger than 1 MB"),
    ],
    ids=["Latin-1 key", "Latin-1 folder", "two encodings", "NUL", "UTF-16 without mark", "large"],
)
def test_an_env_file_that_cannot_be_read_is_one_sentence_without_what_it_holds(tmp_path: Path, written: bytes, words):
    (tmp_path / ".env").write_bytes(written)
    with pytest.raises(InvalidRequest) as told:
        settings.read({}, tmp_path / ".env")
    assert str(told.value).startswith(".env")
    assert words in str(told.value)
    assert KEY not in str(told.value)
    assert str(told.value).isprintable()


def test_an_env_file_that_is_none_is_said_so_but_a_python_environment_is_left_alone(tmp_path: Path):
    (tmp_path / ".env").mkdir()
    with pytest.raises(InvalidRequest, match=r"^\.env is a folder"):
        settings.read({}, tmp_path / ".env")
    (tmp_path / ".env" / "pyvenv.cfg").touch()
    assert settings.read({}, tmp_path / ".env").keys == {}
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InvalidRequest, match=r"^loop cannot be read"):
        settings.read({}, tmp_path / "loop")


@given(st.binary(max_size=80))
def test_no_bytes_whatever_in_an_env_file_raise_anything_but_a_sentence(tmp_path_factory, data: bytes):
    path = tmp_path_factory.getbasetemp() / "any.env"
    path.write_bytes(data + b"\nRH_API_KEY=" + data)
    assert said(lambda: settings.read({}, path)).isprintable()


# keys ---------------------------------------------------------------------------------------------------------------

MENDED = [
    "{}", " {} ", "{}\n", "\r\n\t{}", '"{}"', "'{}'", "“{}”", "`{}`", '"{}",', "{};", "Bearer {}", "bearer  {}",
    "BEARER\t{}",
    '"Bearer {}"', "Authorization: Bearer {}", "X-API-Key: {}", "Key {}", "RH_API_KEY={}", "export RH_API_KEY='{}'",
    "\ufeff{}", "\u200b{}\u200b", "{}\u00a0", "\u3000{}", "\u2060{}\u200d", "\u202a{}\u202c",
]  # fmt: skip
REFUSED = [
    "Bearer", "Bearer ", '"bearer"', "{} {}", "{}\n{}", "{}\u00e9", "{}\u2026", "ключ{}", "{}\x00", "{}\x7f",
    "{}\x1b[0m",
    "\uff41{}", "{}\ud83d", "Authorization: ",
]  # fmt: skip


def typed(text: str) -> dict[str, str]:
    return typed_keys([text if slug == "runninghub" else "" for slug in VENDORS])


def by_file(text: str, folder: Path) -> dict[str, str]:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    (folder / ".env").write_text(f"RH_API_KEY='{quoted}'\n", encoding="utf-8", newline="")
    return settings.read({}, folder / ".env").keys


@pytest.mark.parametrize("form", MENDED, ids=ascii)
def test_a_key_with_what_comes_along_is_mended_from_everywhere_alike(tmp_path: Path, form: str):
    text, wanted = form.format(KEY), {"runninghub": KEY}
    assert (read(RH_API_KEY=text).keys, by_file(text, tmp_path), typed(text)) == (wanted, wanted, wanted)


@pytest.mark.parametrize("form", REFUSED, ids=ascii)
def test_a_key_that_cannot_be_one_is_refused_from_everywhere_alike_and_never_repeated(tmp_path: Path, form: str):
    text = form.format(KEY, KEY)
    ways = [lambda: read(RH_API_KEY=text), lambda: typed(text)]
    if text.isprintable():
        ways.append(lambda: by_file(text, tmp_path))
    for way in ways:
        with pytest.raises(InvalidRequest, match=r"RH_API_KEY|RunningHub key") as told:
            way()
        assert KEY not in str(told.value)
        assert str(told.value).isprintable()


@pytest.mark.parametrize("text", ["", " ", '""', "''", "\u200b", "\ufeff\n"])
def test_a_key_of_nothing_is_none(text: str):
    assert read(RH_API_KEY=text).keys == typed(text) == {}


@given(st.text(max_size=40))
def test_whatever_is_pasted_a_key_fits_into_a_header(text: str):
    try:
        key = _pasted.pasted_key(text, "RH_API_KEY")
    except InvalidRequest:
        return
    assert key.isascii()
    assert not key or key.isprintable()
    assert " " not in key
    assert _pasted.pasted_key(key, "RH_API_KEY") == key


# base URLs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "text", "meant"),
    [
        ("RH_API_BASE_URL", ' "https://www.runninghub.cn/" ', "https://www.runninghub.cn"),
        ("RH_API_BASE_URL", "HTTPS://WWW.RunningHub.cn//openapi/v2//", "https://www.runninghub.cn"),
        ("RH_API_BASE_URL", "https://www.runninghub.cn\u200b", "https://www.runninghub.cn"),
        ("APIFRAME_BASE_URL", "https://api.apiframe.ai/v2", "https://api.apiframe.ai"),
        ("RUNCOMFY_BASE_URL", "https://model-api.runcomfy.net/v1/", "https://model-api.runcomfy.net"),
        ("ODIROUTER_BASE_URL", "https://odirouter.ai/model", "https://odirouter.ai"),
        ("ODIROUTER_BASE_URL", "https://proxy.example/odi", "https://proxy.example/odi"),
        *(("APIFRAME_BASE_URL", f"http://{host}/apiframe", f"http://{host}/apiframe")
          for host in ("127.0.0.1:9", "localhost:9", "[::1]:9", "10.1.2.3", "192.168.1.9:80", "sandbox", "box.local",
                       "host.docker.internal:8000")),
    ],
)  # fmt: skip
def test_a_base_url_is_read_as_it_was_meant(variable: str, text: str, meant: str):
    slug = next(slug for slug, provider in PROVIDERS.items() if provider.base_url_env == variable)
    assert read(**{variable: text}).targets[slug].base_url == meant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("www.runninghub.cn", "must start with https://"),
        ("//www.runninghub.cn", "must start with https://"),
        ("ftp://www.runninghub.cn", "must start with https://"),
        ("https:/www.runninghub.cn", "must start with https://"),
        ("https://", "is no address"),
        ("https:///v2", "is no address"),
        ("https://www.running hub.cn", "is no address"),
        ("https://www.runninghub.cn:port", "is no address"),
        ("https://www.runninghub.cn:0", "is no address"),
        ("https://www.runninghub.cn:99999", "is no address"),
        ("https://[::1", "is no address"),
        ("https://www.runninghub.cn/a b", "blank"),
        ("https://www.runninghub.cn/?key=x", "remove what begins with"),
        ("https://www.runninghub.cn/openapi", "must be the host alone, https://www.runninghub.cn, without /openapi"),
        ("https://www.runninghub.ai/openapi/v2/query", "must be the host alone"),
        ("http://www.runninghub.cn", "begin it with https://"),
        ("http://93.184.215.14", "begin it with https://"),
        ("http://[2606:2800:21f:cb07::1]", "begin it with https://"),
    ],
)
def test_a_base_url_that_leads_nowhere_or_would_show_the_key_is_refused_in_words(text: str, words: str):
    with pytest.raises(InvalidRequest, match=r"^RH_API_BASE_URL ") as told:
        read(RH_API_BASE_URL=text, RH_API_KEY=KEY)
    assert words in str(told.value)


@given(st.text(max_size=40) | st.builds("https://{}".format, st.text(max_size=30)))
def test_no_base_url_whatever_raises_anything_but_a_sentence(text: str):
    assert said(lambda: settings.read({"APIFRAME_BASE_URL": text}, NO_FILE)).isprintable()
