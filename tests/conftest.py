"""Fixtures every test may use, one folder of clips for all of them, and a quiet machine for those that need one."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

hypothesis.settings.register_profile("takes", deadline=None)  # a busy machine is slow; no promise here is about time
hypothesis.settings.load_profile("takes")
SCRATCH = "TAKES_TEST_SCRATCH"

if SCRATCH not in os.environ:  # the workers that pytest starts inherit it
    os.environ[SCRATCH] = tempfile.mkdtemp(prefix="takes-test-")
    (Path(os.environ[SCRATCH]) / "takes-sandbox-clips").mkdir()
    atexit.register(shutil.rmtree, os.environ[SCRATCH], ignore_errors=True)


LONGEST = (
    "test_engines", "test_page", "test_sessions", "test_faults", "test_viewing", "test_visitors", "test_sessions_page",
    "test_cli", "test_secrets", "test_surroundings", "test_strangers", "test_loopback", "test_storage", "test_delivery",
    "test_history", "test_door", "test_engine", "test_money_machine", "test_dialects", "test_forms", "test_odd_clips",
    "test_crash", "test_export", "test_image_colors", "test_reliability", "test_vendor_clients",
)  # fmt: skip
"""The files that take longest, the longest first."""
LAST = ("test_in_step",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: two workers are then busy to the end. Last comes what needs one of them alone.

    Of the plain order of pytest-xdist, the files of most tests first, ``--no-loadscope-reorder`` is the end.
    """

    def place(item: pytest.Item) -> int:
        name = item.path.stem
        return LONGEST.index(name) if name in LONGEST else len(LONGEST) + (name in LAST)

    items.sort(key=place)


WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
OTHERS = {f"gw{number}" for number in range(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))} - {WORKER}


def _lock(name: str) -> FileLock:
    return FileLock(Path(os.environ[SCRATCH], f"{name}.lock"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """No test begins while one that is marked ``alone`` runs."""
    if item.get_closest_marker("alone"):
        return (yield)
    with ExitStack() as held:
        with _lock("alone"):
            held.enter_context(_lock(WORKER))
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A test that measures how evenly something moves has the machine to itself, once its fixtures are there."""
    with ExitStack() as held:
        for name in ("alone", *sorted(OTHERS)) if item.get_closest_marker("alone") else ():
            held.enter_context(_lock(name))
        return (yield)


@pytest.fixture(scope="module")
def context(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser for a file's tests. Where the file says ``MOVING = False``, its pages move nothing by themselves."""
    from tests import browser  # what most tests need not import

    moving = getattr(request.module, "MOVING", True)
    with browser.browse(tmp_path_factory.mktemp("profile"), moving=moving) as context:
        yield context


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the playground does."""
    return "asyncio"
