"""What a provider tells of a job beside its state is kept, shown on its take and exported.

So it is wherever a document says that the wire tells it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from comparisons.analysis.table import row
from comparisons.engine.snapshots import known
from comparisons.records import Event, EventKind, Job, Plan, Run
from comparisons.viewer import snapshot
from comparisons.words import state_words
from providers import PROVIDERS, Snapshot
from tests.providers.test_dialects import read
from tests.vectors import exchanges


@dataclass(frozen=True)
class Signal:
    """One thing that is told: its name in the vectors, its column in tables, its label on a take, and who tells it."""

    name: str
    column: str
    label: str
    who: frozenset[str]


def signal(name: str, column: str, label: str, *who: str) -> Signal:
    return Signal(name, column, label, frozenset(who))


SIGNALS = (
    signal("queue_position", "queue_position", "its queue", "fal", "runcomfy"),  # OdiRouter's is always 0
    signal(
        *("provider_seconds", "provider_s", "its time"),
        *("fal", "odirouter", "replicate", "runninghub", "selfhosted", "wavespeed"),
    ),
    signal("provider_wait", "provider_wait_s", "its wait", "replicate"),
    signal("units", "billed_units", "its bill", "fal", "minimax"),
    signal("request_id", "request_id", "support", "fal", "minimax", "openrouter"),
    signal("prompt_used", "prompt_used", "its prompt", "fal", "selfhosted"),
    signal("seed", "seed_used", "its seed", "fal"),
)
"""Of its own repeats no provider tells."""


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda each: each.name)
def test_what_a_provider_tells_is_kept_in_its_column_and_shown_on_its_take(signal: Signal):
    seen = list(_telling(signal))
    assert {slug for slug, _, _ in seen} == signal.who
    for slug, wanted, said in seen:
        job = _told(slug, said)
        assert _same(row(job, {}, Path(), 3.0)[signal.column], wanted), slug
        (cell,) = snapshot(Run("r", 1.0, "A boat", False, (job,), ""), 3.0, lambda of, kind: "")["cells"]
        assert str(wanted).removesuffix(".0") in dict(cell["told"])[signal.label], slug


def _telling(signal: Signal) -> Iterator[tuple[str, Any, Snapshot]]:
    """Each documented reply that tells it: of whom, what, and as the dialect reads it."""
    for parameter in exchanges("poll", "result"):
        slug, exchange = parameter.values
        if signal.name in exchange["meaning"]:
            said = read(PROVIDERS[slug], exchange)
            assert isinstance(said, Snapshot)
            yield slug, exchange["meaning"][signal.name], said


def _same(kept: object, wanted: object) -> bool:
    return float(kept) == float(wanted) if isinstance(kept, int | float) else kept == wanted


def _told(slug: str, said: Snapshot) -> Job:
    """A job of which its provider told no more than this."""
    plan = Plan(f"{slug}:x", slug, "x", "m", "Pro", False, "A boat", {})
    events = (Event(EventKind.PLANNED, 1.0), Event.of(EventKind.QUEUED, 2.0, "queue", known(said)))
    return Job("j", "r", 0, plan, events)


def test_the_place_in_the_queue_that_is_told_with_the_yes_to_a_submit_is_the_first():
    (reply, *_) = (each.values[1] for each in exchanges("submit") if each.values[0] == "fal")
    handle = read(PROVIDERS["fal"], reply)
    told, later = _told("fal", Snapshot("queued", queue_position=7)), {"handle": asdict(handle)}
    job = told.after(Event.of(EventKind.POLLED, 3.0, None, later))
    assert row(job, {}, Path(), 4.0)["queue_position"] == reply["response"]["json"]["queue_position"] == 0


def test_a_wait_for_ones_own_limit_is_said_to_be_in_the_queue_of_whoever_lets_it_wait_there():
    waiting = {slug: state_words(_told(slug, Snapshot("queued", queue_position=2))) for slug in ("fal", "runcomfy")}
    assert waiting == {
        "fal": "In fal's queue, position 2; what your account has beyond its limit waits there too",
        "runcomfy": "In RunComfy's queue, position 2",
    }
