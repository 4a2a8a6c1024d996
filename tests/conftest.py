"""Fixtures every test may use, and one folder of clips for all of them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

SCRATCH = "TAKES_TEST_SCRATCH"

if SCRATCH not in os.environ:  # the workers that pytest starts inherit it
    os.environ[SCRATCH] = tempfile.mkdtemp(prefix="takes-test-")
    (Path(os.environ[SCRATCH]) / "takes-sandbox-clips").mkdir()
    atexit.register(shutil.rmtree, os.environ[SCRATCH], ignore_errors=True)


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the playground does."""
    return "asyncio"
