"""Gradio as the page imports it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.test_architecture import ROOT

LOOKED_AT = """
import inspect, pathlib, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
import comparisons.ui
import gradio
assert inspect.getfile(gradio.Image).endswith("image.py")
print(*[path for path in opened if path.endswith(".pyi")], sep="\\n")
"""


def test_a_start_reads_and_writes_no_interface_file_of_gradios_or_ours(tmp_path: Path):
    command, env = [sys.executable, "-c", LOOKED_AT], {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    looked_at = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (looked_at.stdout.split(), looked_at.returncode) == ([], 0), looked_at.stderr
