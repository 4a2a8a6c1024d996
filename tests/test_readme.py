"""The README is true: its tables are the code's, and its walk-through works as written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from comparisons import settings
from comparisons.analysis import table
from comparisons.cli.commands import parser
from providers import PROVIDERS, variants

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose header row begins with ``heading``."""
    lines = README.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return found
        found.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return found


def test_the_providers_table_is_true():
    for name, slug, key, base_url, count, images in rows("provider"):
        provider = PROVIDERS[slug]
        assert (name, key, base_url) == (provider.name, provider.key_env, provider.base_url_env)
        own = [variant for variant in variants() if variant.provider == slug]
        assert count.split(",")[0] == str(len(own))
        assert ("text only" in count) == all(variant.first_frame == "no" for variant in own)
        assert images == ("–" if "text only" in count else "upload" if slug in uploading() else "data URI")
    assert {row[1] for row in rows("provider")} == set(PROVIDERS)


def uploading() -> set[str]:
    from comparisons.media.images import placeholder

    return {slug for slug, provider in PROVIDERS.items() if provider.upload(placeholder()) is not None}


def test_the_settings_table_is_true():
    assert dict(rows("variable")) == settings.VARIABLES


def test_the_columns_table_is_true():
    assert dict(rows("column")) == table.COLUMNS


def test_the_commands_table_is_true():
    (choices,) = [action for action in parser()._actions if action.choices]
    assert dict(rows("command")) == {action.dest: action.help for action in choices._choices_actions}


def test_every_option_of_compare_is_named():
    sub = next(action for action in parser()._actions if action.choices).choices["compare"]
    options = {option for action in sub._actions for option in action.option_strings if option.startswith("--")}
    assert {option for option in options if option not in README} <= {"--help", "--prompt", "--image"}


def test_env_example_names_every_variable():
    example = (ROOT / ".env.example").read_text("utf-8")
    assert all(re.search(rf"^#?{name}=", example, re.MULTILINE) for name in settings.VARIABLES)
    assert not re.search(r"KEY=\S", example)


def test_the_clients_table_is_true():
    """What is run itself is pinned and installed; what is not is there as its exchanges, with their source."""
    clients = json.loads((ROOT / "tests/clients.json").read_text("utf-8"))["clients"]
    told = {each["name"]: [each["version"], each["provider"], f"its exchanges: {each['why']}"] for each in clients}
    listed = {name: cells for name, *cells in rows("client")}
    pins = dict(
        line.split("==") for line in (ROOT / "tests/requirements.txt").read_text("utf-8").split() if "==" in line
    )
    run = {name: cells for name, cells in listed.items() if cells[2] == "itself"}
    assert {name: cells for name, cells in listed.items() if name not in run} == told
    assert {name: cells[0] for name, cells in run.items()} == pins == {name: version(name) for name in run}
    assert {cells[1] for cells in listed.values()} == set(PROVIDERS)
    assert all(each["source"].startswith("https://") for each in clients)


def test_every_test_named_as_proof_exists():
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    for name in re.findall(r"`(test_\w+)`", README):
        assert f"def {name}(" in tests, name


def test_every_claim_about_money_names_its_proof():
    section = README.split("## How your money is protected")[1].split("\n## ")[0]
    claims = section.split("\n- ")[1:]
    assert len(claims) > 10
    for claim in claims:
        assert re.search(r"`test_\w+`|`tests/\w+\.py`", claim), claim
    assert all((ROOT / path).exists() for path in re.findall(r"`(tests/\w+\.py)`", section))


def test_the_space_settings_match_what_is_installed():
    import gradio

    assert f"sdk_version: {gradio.__version__.rsplit('.', 1)[0]}." in README
    assert 'python_version: "3.11"' in README
    assert "app_file: app.py" in README


def test_the_picture_is_there_and_small():
    path = ROOT / re.search(r"!\[.+\]\((.+)\)", README).group(1)
    assert 10_000 < path.stat().st_size < 300_000


@pytest.fixture(scope="module")
def with_postcard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the four files of the walk-through, and nothing else changed."""
    home = tmp_path_factory.mktemp("postcard")
    for folder in ("providers", "comparisons", "tests"):
        shutil.copytree(ROOT / folder, home / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (".pytest.ini", "app.py"):
        shutil.copy(ROOT / file, home)
    section = README.split("## Add a provider")[1].split("## Design")[0]
    files = re.findall(r"^`([\w/.]+)`, .+?:\n\n```\w+\n(.+?)^```", section, re.MULTILINE | re.DOTALL)
    assert len(files) == 4
    for name, text in files:
        assert not (home / name).exists()
        (home / name).write_text(text, "utf-8")
    return home


def python(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "TAKES_HOME": str(home / "data"), "TAKES_SANDBOX_SPEED": "20"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, timeout=120, check=False)


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


def test_a_new_provider_answers_to_its_vectors_and_to_the_house_rules(with_postcard: Path):
    chosen = ["tests/test_dialects.py", "tests/test_architecture.py", "-k", "postcard or architecture"]
    done = python(with_postcard, "-m", "pytest", "-n0", "-p", "no:cacheprovider", *chosen)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
