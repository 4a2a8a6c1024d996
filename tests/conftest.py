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


BROWSER = ("test_page", "test_viewing", "test_visitors")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file stays with one worker, and those with a browser, the longest, go first and one after the other.

    Two browsers at once on two processors only make each other slow.
    """
    items.sort(key=lambda item: item.path.stem not in BROWSER)
    for item in items:
        item.add_marker(pytest.mark.xdist_group("browser" if item.path.stem in BROWSER else item.path.stem))


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the playground does."""
    return "asyncio"
