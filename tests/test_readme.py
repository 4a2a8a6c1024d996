"""The READMEs are true: their tables are the code's, what they name is there, and the walk-through works as written."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import re
import subprocess
import sys
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path

import pytest

from comparisons import settings
from comparisons.analysis import EXCLUDED, Figures, table
from comparisons.cli import parser
from comparisons.runs import visitors
from comparisons.sessions import plan_toml
from comparisons.ui.door.limits import Limits
from providers import PROVIDERS, InvalidRequest, References, Request, Variant, variants
from providers.sandbox import FaultPlan
from tests import drawing, menu, resubmit_clients
from tests.patience import START_S

ROOT = Path(__file__).parent.parent
FOLDERS = ("providers", "comparisons", "tests")
PATHS = [ROOT / "README.md", *(path for each in FOLDERS for path in sorted((ROOT / each).rglob("README.md")))]
READMES = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in PATHS}
README = READMES["README.md"]
ALL = pytest.mark.parametrize("name", READMES)


def rows(heading: str, readme: str = "README.md") -> list[list[str]]:
    """The cells of the table whose header row begins with ``heading``."""
    lines = READMES[readme].splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    table = itertools.takewhile(lambda line: line.startswith("|"), lines[start + 2 :])
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table]


def prose(name: str) -> str:
    """A README without its blocks of code."""
    return re.sub(r"^```.*?^```", "", READMES[name], flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """What a link may name after ``#``: the headings, as they are written in addresses."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_the_readme_is_short_and_leads_to_all_others():
    assert README.count("\n") <= 250
    linked = {(ROOT / link).resolve() for link in re.findall(r"\]\(([^)#]+\.md)", README)}
    assert linked == set(PATHS[1:])


@ALL
def test_every_link_leads_somewhere(name: str):
    for link in re.findall(r"\]\(([^)\s]+)\)", READMES[name]):
        if not link.startswith("https://"):
            file, _, anchor = link.partition("#")
            path = (ROOT / name).parent / file if file else ROOT / name
            assert path.exists(), link
            assert not anchor or anchor in anchors(path), link


@ALL
def test_every_file_named_is_there(name: str):
    """Beside the README, from the top, or in ``comparisons``; so is every folder."""
    made_up = {file for each in READMES.values() for file in re.findall(r"^`([\w/.]+)`, .+?:$", each, re.MULTILINE)}
    for file in set(re.findall(r"`(\w[\w/]*(?:\.(?:py|js|css)|/))`", prose(name))) - made_up:
        assert any((at / file).exists() for at in ((ROOT / name).parent, ROOT, ROOT / "comparisons")), file


@ALL
def test_every_test_named_is_there(name: str):
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for named in re.findall(r"`(test_\w+)`", READMES[name]):
        assert f"def {named}(" in tests, named


@ALL
def test_every_command_named_is_there(name: str):
    for module, rest in re.findall(r"python -m ([\w.]+) ?([\w.]*)", READMES[name]):
        assert importlib.util.find_spec(module), module
        assert module != "comparisons" or rest in {"", *commands()}, rest
    for module in re.findall(r"^\| `(tests\.\w+)", READMES[name], re.MULTILINE):
        assert importlib.util.find_spec(module), module


def test_the_providers_table_is_true():
    for name, slug, key, base_url, count, images in rows("provider"):
        provider = PROVIDERS[slug]
        assert (name, key, base_url) == (provider.name, provider.key_env, provider.base_url_env)
        own = [variant for variant in variants() if variant.provider == slug]
        assert count.split(",")[0] == str(len(own))
        assert ("text only" in count) == all(variant.need("first_frame") == "no" for variant in own)
        way = "upload" if slug in uploading() else "form" if sends_forms(own) else "data URI"
        assert images == ("–" if "text only" in count else way)
    assert {row[1] for row in rows("provider")} == set(PROVIDERS)


def sends_forms(own: list[Variant]) -> bool:
    submit = PROVIDERS[own[0].provider].submit(own[0], Request("A boat"), References(), "key")
    return submit.headers["content-type"].startswith("multipart/form-data")


def uploading() -> set[str]:
    from comparisons.media.images import placeholder

    return {slug for slug, provider in PROVIDERS.items() if provider.upload(placeholder()) is not None}


def test_the_settings_table_is_true():
    assert dict(rows("variable")) == settings.VARIABLES


def test_the_columns_table_is_true():
    assert dict(rows("column", "comparisons/exports/README.md")) == table.COLUMNS


def test_the_tables_of_figures_and_of_what_they_leave_out_are_true():
    readme = "comparisons/analysis/README.md"
    told = {field.name for field in fields(Figures)} - {"key", "provider", "label", "model", "badges", "totals"}
    assert {name for name, _ in rows("figure", readme)} == told
    assert dict(rows("reason", readme)) == {reason.name: words for reason, words in EXCLUDED.items()}
    modules = {path.name for path in (ROOT / readme).parent.glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"`(\w+\.py)`", READMES[readme])) == modules


def commands() -> dict[str, str]:
    """The command line's commands, each with what its help says."""
    (choices,) = [action for action in parser()._actions if action.choices]
    return {action.dest: action.help for action in choices._choices_actions}


def test_the_commands_table_is_true():
    assert dict(rows("command")) == commands()


def test_every_option_of_compare_is_named():
    sub = next(action for action in parser()._actions if action.choices).choices["compare"]
    options = {option for action in sub._actions for option in action.option_strings if option.startswith("--")}
    assert {option for option in options if option not in README} <= {"--help", "--prompt", "--image"}


def test_the_table_of_what_visitors_may_have_is_true():
    live, sandbox = visitors.LIVE, visitors.SANDBOX
    limits = [live.at_once, live.an_hour, sandbox.at_once, sandbox.an_hour, Limits().upload_bytes]
    told = [
        [visitors.NO_LIMIT if cell == "no limit" else int(cell.replace(",", "")) for cell in row[1:]]
        for row in rows("what | a visitor", "comparisons/ui/README.md")
    ]
    per = [1, 1, 1, 1, 1_000_000]
    assert told == [[each.each // n, each.client // n, each.all // n] for each, n in zip(limits, per, strict=True)]


def test_env_example_names_every_variable():
    example = (ROOT / ".env.example").read_text("utf-8")
    assert all(re.search(rf"^#?{name}=", example, re.MULTILINE) for name in settings.VARIABLES)
    assert not re.search(r"KEY=\S", example)


def test_the_clients_table_is_true():
    """What is run itself is pinned and installed; what is not is there as its exchanges, with their source."""
    clients = json.loads((ROOT / "tests/clients.json").read_text("utf-8"))["clients"]
    told = {each["name"]: [each["version"], each["provider"], f"its exchanges: {each['why']}"] for each in clients}
    listed = {name: cells for name, *cells in rows("client", "providers/sandbox/README.md")}
    pins = dict(
        line.split("==") for line in (ROOT / "tests/requirements.txt").read_text("utf-8").split() if "==" in line
    )
    run = {name: cells for name, cells in listed.items() if cells[2] == "itself"}
    assert {name: cells for name, cells in listed.items() if name not in run} == told
    assert {name: cells[0] for name, cells in run.items()} == pins == {name: version(name) for name in run}
    assert {cells[1] for cells in listed.values()} == set(PROVIDERS)
    assert all(each["source"].startswith("https://") for each in clients)


def test_the_table_of_who_pays_twice_is_of_every_client_at_its_version():
    pins = {name: cells[0] for name, *cells in rows("client", "providers/sandbox/README.md")}
    first = "\n".join(row[0] for row in rows("client | 429"))
    told = dict(re.findall(r"`?([a-z][\w-]*)`? (\d[\w.]*)", first))
    assert told == {name: pins[name] for name in resubmit_clients.THEIRS}
    keyed = [provider.name for provider in PROVIDERS.values() if provider.idempotency_s is not None]
    assert [name for name in keyed if f"Takes at {name}, under its idempotency key" in first] == keyed == ["Apiframe"]


def test_every_claim_about_money_names_its_proof():
    section = READMES["comparisons/engine/README.md"].split("## How your money is protected")[1].split("\n## ")[0]
    claims = section.split("\n- ")[1:]
    assert len(claims) > 10
    for claim in claims:
        assert re.search(r"`test_\w+`|`tests/[\w/]+\.py`", claim), claim
    assert all((ROOT / path).exists() for path in re.findall(r"`(tests/[\w/]+\.py)`", section))


@pytest.mark.slow
def test_the_drawing_is_of_this_code():
    held = READMES["comparisons/README.md"].split(drawing.BEGIN)[1].split(drawing.END)[0]
    again = "not as the code is: .venv/bin/python -m tests.drawing --write"
    assert drawing.drawing(ROOT) in held, again
    assert drawing.lives(ROOT) in held, again
    figures = {name: int(value) for name, value in rows("figure", "comparisons/README.md")}
    assert drawing.structure(ROOT).items() <= figures.items(), again
    for name, lines in drawing.lengths(ROOT).items():
        assert abs(figures[name] - lines) <= max(1, lines / 10), again


def test_the_menu_is_that_of_the_catalogue():
    again = "not as the catalogue is: .venv/bin/python -m tests.menu --write"
    assert menu.written(READMES["providers/README.md"]) == READMES["providers/README.md"], again


def test_a_drawing_has_each_room_above_all_that_it_imports(tmp_path: Path):
    house = {"cellar": "", "stairs": "from comparisons import cellar", "roof/__init__": "import comparisons.stairs"}
    for name, text in house.items():
        path = tmp_path / f"comparisons/{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "comparisons/roof/_tiles.py").write_text("def f():\n    from comparisons.cellar import coal\n")
    assert drawing.floors(drawing.imports(tmp_path)) == {"cellar": 0, "stairs": 1, "roof": 2}
    assert " 2  roof         → stairs cellar\n" in drawing.drawing(tmp_path)
    (tmp_path / "comparisons/cellar.py").write_text("from comparisons.roof import hole")
    with pytest.raises(ValueError, match="in a circle: cellar, roof, stairs"):
        drawing.floors(drawing.imports(tmp_path))


@pytest.mark.heavy
def test_a_prompt_and_its_reply_are_handed_through_no_more_modules_than_they_were():
    done = python(ROOT, "-m", "tests.crossing")
    assert done.returncode == 0, done.stderr
    out, back = (int(count) for count in re.findall(r": (\d+) modules", done.stdout))
    assert out <= 15
    assert back <= 13


def test_the_space_settings_match_what_is_installed():
    import gradio

    assert f"sdk_version: {gradio.__version__.rsplit('.', 1)[0]}." in README
    assert 'python_version: "3.11"' in README
    assert "app_file: app.py" in README


def test_the_picture_is_there_and_small():
    path = ROOT / re.search(r"!\[.+\]\((.+)\)", README).group(1)
    assert 10_000 < path.stat().st_size < 300_000


def block(readme: str, holding: str) -> str:
    """The one block of TOML in a README that holds a word."""
    (found,) = [text for text in re.findall(r"^```toml\n(.*?)^```", READMES[readme], re.M | re.S) if holding in text]
    return found


def test_the_plan_of_a_session_is_one_and_its_table_has_every_field(tmp_path: Path):
    (tmp_path / "boat.jpg").touch()
    plan = plan_toml.parse(block("comparisons/sessions/README.md", "[[requests]]"), tmp_path)
    assert (plan.name, plan.repeats, len(plan.requests)) == ("hailuo-fast-i2v", 3, 1)
    told = {name.strip("`[] ") for row in rows("field", "comparisons/sessions/README.md") for name in row[0].split(",")}
    with pytest.raises(InvalidRequest) as refused:
        plan_toml.parse("no_such_field = 1", None)
    assert told == set(str(refused.value).split("there are ")[1].strip(".").split(", "))


def test_the_variant_of_ones_own_is_one(tmp_path: Path):
    (tmp_path / "apiframe.toml").write_text(block("providers/README.md", "my invoice"), "utf-8")
    mine, shipped = ({each.ref: each for each in variants(at)} for at in ((tmp_path,), ()))
    ref = "apiframe:hailuo-2.3-fast"
    assert {rule.source for rule in mine[ref].prices} == {"my invoice"}
    assert {other for other in mine if mine[other] != shipped[other]} == {ref}


def test_every_kind_of_fault_is_named():
    plan = block("providers/sandbox/README.md", "[[fault]]")
    with pytest.raises(ValueError, match="kind must be one of") as refused:
        FaultPlan.parse('[[fault]]\nkind = "none of them"')
    kinds = str(refused.value).split("one of ")[1].strip(".").split(", ")
    assert not [kind for kind in kinds if not re.search(rf"\b{kind}\b", plan)]


def python(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "TAKES_HOME": str(home / "data"), "TAKES_SANDBOX_SPEED": "20"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, timeout=START_S, check=False)
