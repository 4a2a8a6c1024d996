"""The command line reads what was typed before it imports what carries it out."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from comparisons.cli import carried_out_by, parser

ROOT = Path(__file__).parents[2]
HEAVY = {"PIL", "aiohttp", "gradio", "numpy", "pandas", "scipy", "starlette"}
TOLD = "import json, sys; print('\\n' + json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"


def imported(code: str, home: Path) -> set[str]:
    """The packages that a process has imported once it has run this code."""
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "TAKES_HOME": str(home / "takes")}
    done = subprocess.run([sys.executable, "-c", f"{code}\n{TOLD}"], cwd=ROOT, env=env, capture_output=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def names(of: argparse.ArgumentParser) -> Iterator[str]:
    """Every command that can be typed."""
    below = [each for action in of._actions if isinstance(action.choices, dict) for each in action.choices.values()]
    for each in below:
        yield from names(each)
    if not below:
        yield of.get_default("command")


def test_every_command_is_carried_out_by_something():
    there = list(names(parser()))
    assert len(there) == len(set(there)) > 10
    assert all(callable(carried_out_by(each)) for each in there)


def test_help_and_a_mistyped_word_import_nothing_but_what_comes_with_python(tmp_path: Path):
    words = "for word in ('--help', 'no-such-command'):\n try: cli.main([word])\n except SystemExit: pass"
    ours = imported(f"from comparisons import cli\n{words}", tmp_path)
    assert ours - sys.stdlib_module_names - imported("", tmp_path) == {"comparisons"}


def test_a_listing_imports_nothing_that_makes_tables_images_or_servers(tmp_path: Path):
    code = "from comparisons import cli\nassert cli.main(['providers']) == cli.main(['variants', '--json']) == 0"
    assert not HEAVY & imported(code, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["compare", "session run"])
def test_what_shows_the_end_of_a_paid_run_is_imported_before_it_begins(command: str, tmp_path: Path):
    """A package that is missing is told while nothing is spent."""
    code = f"from comparisons.cli import carried_out_by\ncarried_out_by({command!r})"
    assert {"PIL", "numpy", "pandas", "rich"} <= imported(code, tmp_path)
