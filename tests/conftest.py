"""Fixtures every test may use, and one folder of clips for all of them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("takes", deadline=None)  # a busy machine is slow; no promise here is about time
hypothesis.settings.load_profile("takes")
SCRATCH = "TAKES_TEST_SCRATCH"

if SCRATCH not in os.environ:  # the workers that pytest starts inherit it
    os.environ[SCRATCH] = tempfile.mkdtemp(prefix="takes-test-")
    (Path(os.environ[SCRATCH]) / "takes-sandbox-clips").mkdir()
    atexit.register(shutil.rmtree, os.environ[SCRATCH], ignore_errors=True)


LONGEST = ("test_page", "test_cli", "test_viewing", "test_visitors")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: two workers are then busy to the end."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the playground does."""
    return "asyncio"
