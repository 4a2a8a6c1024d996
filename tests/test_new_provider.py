"""The walk-through of ``providers/README.md`` works as written: a provider is four files, an option their data."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from comparisons.net.transport import Transport
from comparisons.runs import compare, quotes
from comparisons.sessions import plan_toml
from comparisons.sessions.plan import field_of
from comparisons.settings import Target
from comparisons.ui import option_fields
from providers import References, Request, _catalog, value_of, why_not
from providers._base import body_of
from tests.test_readme import FOLDERS, READMES, ROOT, python


@pytest.fixture(scope="module")
def with_postcard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the four files of the walk-through, and nothing else changed."""
    home = tmp_path_factory.mktemp("postcard")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, home / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (".pytest.ini", "app.py"):
        shutil.copy(ROOT / file, home)
    section = READMES["providers/README.md"].split("## Add a provider")[1]
    files = re.findall(r"^`([\w/.]+)`, .+?:\n\n```\w+\n(.+?)^```", section, re.MULTILINE | re.DOTALL)
    assert len(files) == 4
    for name, text in files:
        assert not (home / name).exists()
        (home / name).write_text(text, "utf-8")
    return home


@pytest.mark.slow
def test_a_provider_is_four_files_and_then_it_works(with_postcard: Path):
    done = python(
        with_postcard,
        "-m",
        "comparisons",
        "compare",
        "--sandbox",
        "--provider",
        "postcard",
        "--prompt",
        "A boat",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    (job,) = json.loads(done.stdout)
    assert (job["status"], job["variant"], job["width"]) == ("delivered", "postcard:sketch", 1366)


@pytest.mark.slow
def test_a_new_provider_answers_to_its_vectors_and_to_the_house_rules(with_postcard: Path):
    rules = "postcard or (architecture and not facade)"  # it adds to no facade
    chosen = ["tests/providers/test_dialects.py", "tests/test_architecture.py", "-k", rules]
    done = python(with_postcard, "-m", "pytest", "-n0", "-p", "no:cacheprovider", *chosen)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


TOML, EMULATION = "providers/catalog/postcard.toml", "providers/sandbox/postcard.py"
VECTORS = "tests/vectors/postcard.json"
PEN = '"pen": {"ink": "violet"}'
INKS = 'options.ink = { choices = ["blue", "violet"], field = "pen.ink", send = "always" }'
INK = (
    (TOML, "source = {", f"{INKS}\nsource = {{"),
    (TOML, '"0.10" }', '"0.10", when = { ink = "blue" } }, { amount = "0.30", when = { ink = "violet" } }'),
    (EMULATION, "or not body:", f'or (body or {{}}).get("pen") != {{{PEN}}}["pen"]:'),
    (EMULATION, '"768p", 6)', '"96p", 1)'),  # to be quick
    (VECTORS, '"prompt_optimizer": false}', '"prompt_optimizer": false, "options": {"ink": "violet"}}'),
    (VECTORS, '"improve": false}', f'"improve": false, {PEN}}}'),
)
"""What an option is added by: in which file, where, and what is there then."""


@pytest.fixture(scope="module")
def with_ink(with_postcard: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same copy, whose Postcard has an option under a word that nobody else has."""
    home = tmp_path_factory.mktemp("ink") / "home"
    shutil.copytree(with_postcard, home, ignore=shutil.ignore_patterns("data"))
    for name, old, new in INK:
        text = (home / name).read_text("utf-8")
        assert text.count(old) == 1
        (home / name).write_text(text.replace(old, new), "utf-8")
    return home


@pytest.mark.slow
def test_an_option_is_added_by_its_data_its_emulation_and_its_exchange_and_then_it_is_made(with_ink: Path):
    asked = ["--variant", "postcard:sketch", "--prompt", "A boat", "--set", "ink=violet"]
    done = python(with_ink, "-m", "comparisons", "compare", "--sandbox", *asked, "--json")
    assert done.returncode == 0, done.stderr
    (job,) = json.loads(done.stdout)
    assert (job["status"], job["opt_ink"], job["cost_list"]) == ("delivered", "violet", 0.30)


def test_everything_that_handles_options_knows_one_by_its_data_alone(with_ink: Path):
    (variant,) = _catalog.load("postcard", [(with_ink / TOML).parent])
    violet = Request("A boat", options={"ink": value_of("ink", "violet", [variant]), "prompt_optimizer": False})
    documented = json.loads((with_ink / VECTORS).read_text("utf-8"))["exchanges"][0]
    assert body_of(variant, violet, References()) == documented["request"]["json"]
    assert why_not(variant, violet.asking(ink="red")) == "no ink red: blue or violet only"
    fields = option_fields.by_name([variant])["ink"]
    assert (fields[0].shown, list(option_fields.labels("ink", fields))) == ("Ink", ["blue", "violet"])
    plan = f'name = "n"\nvariants = ["{variant.ref}"]\n[[requests]]\nprompt = "A boat"\n{field_of("ink")} = "violet"\n'
    (planned,) = plan_toml.parse(plan, with_ink).requests
    assert planned.options == {"ink": "violet"}
    wire = Transport({"postcard": Target("http://postcard.example", "key")})
    offers = [compare.offer(variant, each, "postcard.example") for each in (violet, violet.asking(ink="blue"))]
    assert len({quotes._key(each, wire) for each in offers}) == 2
