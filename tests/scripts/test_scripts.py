"""The pure parts of the page's scripts, by Node's own runner: clocks, fitting, formats, orders, choices."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from comparisons import viewer

HERE = Path(__file__).parent
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="no Node found: apt-get install nodejs")
def test_what_is_pure_in_the_scripts_does_what_it_says():
    files = sorted(str(path) for path in HERE.glob("*.test.js"))
    ran = subprocess.run([str(NODE), "--test", *files], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout


def test_a_page_is_sent_scripts_without_comments_and_indentation():
    script = "/** What.\n * More.\n */\nlet a = 1; // b\n\n  // c\n  a *= 2;\n"
    assert viewer.lean(script) == "let a = 1; // b\na *= 2;\n"
