"""The environment is read once, in one place, and a mistake in it is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparisons import settings
from providers import PROVIDERS, InvalidRequest

NO_FILE = Path("/nonexistent/.env")


def read(**env: str) -> settings.Settings:
    return settings.read(env, NO_FILE)


def test_base_urls_default_to_the_vendors_own():
    targets = read().targets
    vendors = {
        "runninghub": "https://www.runninghub.ai",
        "runcomfy": "https://model-api.runcomfy.net",
        "odirouter": "https://odirouter.ai",
        "apiframe": "https://api.apiframe.ai",
    }
    assert {slug: targets[slug].base_url for slug in vendors} == vendors


@pytest.mark.parametrize("end", ["", "/", "/openapi/v2", "/openapi/v2/"])
def test_runninghubs_base_url_works_with_or_without_its_path(end: str):
    target = read(RH_API_BASE_URL=f"https://www.runninghub.cn{end}").targets["runninghub"]
    assert target.base_url == "https://www.runninghub.cn"


def test_a_key_never_shows_in_a_repr():
    found = read(APIFRAME_API_KEY="afk_secret_of_mine")
    assert list(found.keys) == ["apiframe"]
    assert "afk_secret_of_mine" not in repr(found)


def test_dotenv_is_read_and_the_environment_wins(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text("RH_API_KEY=from-file\nAPIFRAME_API_KEY=from-file\n")
    found = settings.read({"RH_API_KEY": "from-env"}, file)
    assert (found.targets["runninghub"].key, found.targets["apiframe"].key) == ("from-env", "from-file")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TAKES_USD_PER_CNY", "0.14"),
        ("TAKES_USD_PER_CNY", "abc@2026-11-21"),
        ("TAKES_USD_PER_CREDIT", "0@2026-11-21"),
        ("TAKES_SANDBOX_SPEED", "0"),
        ("TAKES_SANDBOX_SPEED", "nan"),
        ("TAKES_SANDBOX_SEED", "one"),
        ("TAKES_HOME", "\x00"),
        ("RH_API_BASE_URL", "www.runninghub.ai"),
        ("TAKES_ORIGIN", "takes.example"),
        ("TAKES_ORIGIN", "https://takes.example/path"),
        ("TAKES_HOSTS", "https://takes.lan"),
        ("TAKES_CLIP_NETWORKS", "198.18.0.0/99"),
        ("GRADIO_SERVER_NAME", "my machine"),
    ],
)
def test_a_mistake_names_its_variable(name: str, value: str):
    with pytest.raises(InvalidRequest, match=name):
        read(**{name: value})


def test_on_a_public_space_the_hosts_keys_are_nobodys_to_spend():
    assert read(SPACE_ID="me/takes", RH_API_KEY="k").keys == {}


@given(st.dictionaries(st.sampled_from(sorted(settings.VARIABLES)), st.text(max_size=30), max_size=6))
def test_no_environment_raises_anything_but_a_sentence(env: dict[str, str]):
    sentence = ""
    try:
        settings.read(env, NO_FILE)
    except InvalidRequest as error:
        sentence = str(error)
    assert not sentence or any(name in sentence for name in env)


def test_every_provider_has_its_variables():
    assert {p.key_env for p in PROVIDERS.values()} | {p.base_url_env for p in PROVIDERS.values()} <= set(
        settings.VARIABLES
    )


def test_a_base_url_that_holds_a_password_is_refused_without_repeating_it():
    with pytest.raises(InvalidRequest, match="APIFRAME_BASE_URL must not hold a password") as caught:
        read(APIFRAME_BASE_URL="https://me:hunter2@api.example")
    assert "hunter2" not in str(caught.value)


def test_strangers_are_expected_on_a_space_unless_told_otherwise():
    assert read(SPACE_ID="me/takes").public
    assert not read(SPACE_ID="me/takes", TAKES_PUBLIC="0").public
    assert read(TAKES_PUBLIC="1").public
    with pytest.raises(InvalidRequest, match="TAKES_PUBLIC must be 0 or 1"):
        read(TAKES_PUBLIC="yes")


@pytest.mark.parametrize(
    ("env", "public", "why"),
    [
        ({}, False, "127.0.0.1"),
        ({"GRADIO_SERVER_NAME": "localhost"}, False, "localhost"),
        ({"GRADIO_SERVER_NAME": "[::1]"}, False, "::1"),
        ({"GRADIO_SERVER_NAME": "0.0.0.0"}, True, "0.0.0.0"),
        ({"GRADIO_SERVER_NAME": "127.0.0.2"}, True, "127.0.0.2"),
        ({"GRADIO_SERVER_NAME": "::"}, True, "::"),
        ({"GRADIO_SERVER_NAME": "192.168.1.5"}, True, "192.168.1.5"),
        ({"GRADIO_SHARE": "True"}, True, "public link"),
        ({"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}, True, "public link"),
        ({"KAGGLE_KERNEL_RUN_TYPE": "Interactive", "GRADIO_SHARE": "False"}, False, "127.0.0.1"),
        ({"SPACE_ID": "me/takes", "GRADIO_SERVER_NAME": "0.0.0.0"}, True, "Space"),
        ({"GRADIO_SERVER_NAME": "0.0.0.0", "TAKES_PUBLIC": "0"}, False, "TAKES_PUBLIC"),
    ],
)
def test_whatever_reaches_further_than_this_machine_is_public_unless_told_otherwise(
    env: dict[str, str], public: bool, why: str
):
    found = read(**env)
    assert (found.public, why in found.public_why) == (public, True), found.public_why


def test_an_origin_is_as_browsers_write_it_and_a_spaces_own_by_default():
    assert read(SPACE_ID="me/takes", SPACE_HOST="me-takes.hf.space").origin == "https://me-takes.hf.space"
    assert read(TAKES_ORIGIN="HTTPS://Takes.example:443/").origin == "https://takes.example"
    assert read(TAKES_ORIGIN="http://10.0.0.5:8080").origin == "http://10.0.0.5:8080"


def test_where_strangers_visit_no_inside_network_may_be_fetched_from():
    assert [str(each) for each in read(TAKES_CLIP_NETWORKS="198.18.0.0/15").clip_networks] == ["198.18.0.0/15"]
    with pytest.raises(InvalidRequest, match="TAKES_CLIP_NETWORKS is for one's own machine"):
        read(TAKES_CLIP_NETWORKS="198.18.0.0/15", TAKES_PUBLIC="1")
