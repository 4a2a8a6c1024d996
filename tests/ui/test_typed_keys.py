"""A typed key is in memory while its run is worked on, and nowhere after."""

from __future__ import annotations

import gc
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from providers import VENDORS
from tests.browser import ROOT
from tests.cli.test_cli import TEXT_EACH
from tests.door import NO_FILTER, Opened, Pressed, body_of, config_of, heard, opened
from tests.patience import START_S
from tests.processes import Child, sandbox
from tests.stage import scratch

KEY = re.compile("typedkey[0-9a-f]{32}")


def type_keys(it: Opened) -> None:
    """Types a key for every provider, looks at prices, and starts a run on them, pressing whatever else takes keys."""
    key = f"typedkey{secrets.token_hex(16)}"
    assert KEY.fullmatch(key)
    told = {"chosen": list(TEXT_EACH), "turn": 1}
    fields = {"mode": "Live", "image": None, "allow-unpriced": True, "picker": told}
    fields |= {f"key-{slug}": key for slug in VENDORS}
    with it.visitor() as client:
        config = config_of(client)
        parts = {part["id"]: part["props"] for part in config["components"]}
        taking = [each for each in config["dependencies"] if _takes_keys(each, parts)]
        assert len(taking) > 10
        for each in taking:
            data = [fields.get(parts[part].get("elem_id"), parts[part].get("value")) for part in each["inputs"]]
            pressed = Pressed(each["api_name"], data, {"job": "j_none", "run": "r_none"}, "typist")
            while True:
                said = heard(client, body_of(client, pressed), "process_generating")
                if "Press Run again" not in said:
                    break


def typist(arguments: Sequence[str]) -> None:
    """The life of a process that types into the page at an address."""
    type_keys(Opened(arguments[0]))


def _takes_keys(handler: dict[str, Any], parts: dict[int, dict[str, Any]]) -> bool:
    named = {parts[part].get("elem_id") for part in handler["inputs"]}
    return handler["api_name"] != "start_session" and any(f"key-{slug}" in named for slug in VENDORS)


def held(pattern: re.Pattern[str]) -> Iterator[str]:
    """What kinds of objects in this process hold a text of a pattern."""
    gc.collect()
    for holder in gc.get_objects():
        for value in gc.get_referents(holder):
            if isinstance(value, str | bytes | bytearray) and _has(pattern, value):
                yield f"{type(holder).__name__} {_shown(holder)}"


def _has(pattern: re.Pattern[str], value: Any) -> bool:
    text = value if isinstance(value, str) else bytes(value).decode("latin-1")
    return "typedkey" in text and pattern.search(text) is not None


def _shown(holder: Any) -> str:
    return f"{list(holder)[:8]}" if isinstance(holder, dict) else f"{type(holder)}"


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Opened]:
    (tmp_path / "there").mkdir()
    with (
        sandbox(tmp_path / "there", scratch(), "--speed", "40") as there,
        opened(tmp_path / "home", TAKES_PUBLIC="1", **there.urls) as it,
    ):
        yield it


@pytest.mark.slow
def test_when_its_run_is_over_no_object_in_memory_holds_a_typed_key(it: Opened, tmp_path: Path):
    # Typed by another process: this one would still hold what it typed.
    typing = Child(typist, (it.url,), dict(os.environ), ROOT, tmp_path / "typed.txt")
    assert typing.over(START_S)
    assert typing.code == 0, typing.said()
    playground = it.door.playground
    runs = playground.ledger.runs(10)
    assert [len(run.jobs) for run in runs] == [len(TEXT_EACH)]
    playground.wait()
    assert {job.state for job in playground.ledger.run(runs[0].id).jobs} == {"delivered"}
    with it.visitor() as client:  # something else, so that what only the last press kept is gone
        heard(client, body_of(client, Pressed("search", NO_FILTER)))
    assert list(held(KEY)) == []
