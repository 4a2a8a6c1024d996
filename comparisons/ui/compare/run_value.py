"""The values that the page shows of a run: the grid, and the figures below it."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import pandas as pd

from comparisons import viewer
from comparisons.playground import Playground
from comparisons.records import Job, Mark, Run, State
from comparisons.ui.compare import copied, tables
from comparisons.ui.door.own_files import across_url, export_url, file_url
from comparisons.ui.streams.feeds import FeedState
from comparisons.ui.wording import ended
from comparisons.viewer import charts
from comparisons.words import total_words

WATCH = "takes/watch/runs/"
"""The relative URL of a run's stream, without the run's id."""
KEPT = 100
"""For how many runs figures are kept in memory."""
CLOCKS = ("phases", "uncertainty_s")
"""Values of a waiting cell that change all the time. They are not news: the browser counts them itself."""


def value(playground: Playground, run: Run, active: bool) -> dict[str, Any]:
    """The grid's value for a run: its snapshot, marks, and URLs."""
    several = sum(job.state == State.DELIVERED for job in run.jobs) > 1
    return {
        **_marked(playground, run, active),
        "link": f"?run={run.id}",
        "can_add": bool(run.jobs),
        "copies": {"Command line": copied.command_line(run), "Python": copied.python(run)} if run.jobs else {},
        "ended": sum(job.done for job in run.jobs),
        "trouble": playground.workers.trouble if active else "",
        "judge_url": f"?vote={run.id}" if several else None,
        "export_url": None if active else export_url(run),
        "watch_url": None if _nothing_comes(playground, run, active) else f"{WATCH}{run.id}",
    }


def _nothing_comes(playground: Playground, run: Run, active: bool) -> bool:
    """Whether no take of a run changes any more, and no clip is still to be measured."""
    measured = not playground.scorer.working or all(
        job.scores is not None for job in run.jobs if job.state == State.DELIVERED
    )
    return is_over(run, active) and measured


def across_value(playground: Playground, run: Run) -> dict[str, Any]:
    """The grid's value for takes gathered from several runs, without buttons that change them."""
    shown = _marked(playground, run, active=False)
    cells = [
        {name: False if name.startswith("can_") else each for name, each in cell.items()} for cell in shown["cells"]
    ]
    names = [job.id for job in run.jobs]
    return {
        **shown,
        "cells": cells,
        "can_go_on": False,
        "mark": None,
        "link": f"?takes={','.join(names)}",
        "export_url": across_url(names),
        "watch_url": None,
    }


def _marked(playground: Playground, run: Run, active: bool) -> dict[str, Any]:
    """A run's snapshot, with the marks of the run and its takes."""
    usual: dict[tuple[str, bool], float | None] = {}

    def expected_s(job: Job) -> float | None:
        key = (job.plan.variant, job.plan.simulated)
        if key not in usual:
            usual[key] = playground.expected_s(job)
        return usual[key]

    shown = viewer.snapshot(
        run, playground.clock.now(), file_url, active=active, expected_s=expected_s, usd=playground.settings.usd
    )
    marks = playground.ledger.marks(sorted({job.run for job in run.jobs}))
    for cell in shown["cells"]:
        cell["mark"] = marks.get(cell["run"], {}).get(cell["job"], Mark()).to_json()
    return {**shown, "mark": marks.get(run.id, {}).get("", Mark()).to_json()}


def is_over(run: Run, active: bool) -> bool:
    """Whether no process works on a run any more, as far as the ledger tells about other processes."""
    return not active and all(job.done or job.unwatched for job in run.jobs)


class RunLook:
    """A ``feeds.Look`` at one run, for everybody who watches it."""

    def __init__(self, playground: Playground, run_id: str) -> None:
        self._playground = playground
        self._run = run_id
        self._stamp: tuple[Any, ...] | None = None
        self._shown = ""

    def __call__(self) -> FeedState | None:
        playground = self._playground
        active = playground.active(self._run)
        trouble = playground.workers.trouble if active else ""
        stamp = (playground.ledger.last_event(self._run), active, trouble, playground.scorer.stored[self._run])
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        run = playground.ledger.run(self._run)
        return FeedState({}, last=True) if run is None else self._told(run, active)

    def _told(self, run: Run, active: bool) -> FeedState | None:
        now, last = value(self._playground, run, active), _nothing_comes(self._playground, run, active)
        still = {**now, "now": 0, "cells": [_without_clocks(cell) for cell in now["cells"]]}
        shown = json.dumps([still, last])
        if shown == self._shown:
            return None
        self._shown = shown
        return FeedState({"run": json.dumps(now).encode()}, last)


def _without_clocks(cell: dict[str, Any]) -> dict[str, Any]:
    return cell if cell["can_retry"] else {name: each for name, each in cell.items() if name not in CLOCKS}


# figures --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RunFigures:
    """Summary and plots as HTML, and the table."""

    summary: str
    table: pd.DataFrame
    plots: str


class Figured:
    """The figures of runs, computed once for each state of their takes, and kept."""

    def __init__(self, playground: Playground) -> None:
        self._playground = playground
        self._kept: OrderedDict[str, tuple[frozenset[Any], threading.Lock, list[RunFigures]]] = OrderedDict()
        self._acting = threading.Lock()

    def of(self, run: Run) -> RunFigures:
        """The figures of the takes of a run that are over; also for takes gathered from several runs."""
        state = frozenset(
            (job.id, job.state, job.last_at if job.done else None, job.scores is None) for job in run.jobs
        )
        with self._acting:
            kept = self._kept.get(run.id)
            if kept is None or kept[0] != state:
                kept = self._kept[run.id] = (state, threading.Lock(), [])
            self._kept.move_to_end(run.id)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        _, working, found = kept
        with working:
            if not found:
                found.append(self._work_out(run))
        return found[0]

    def _work_out(self, run: Run) -> RunFigures:
        shown = tables.shown(self._playground.frame(run), run)
        plots = charts.plots(run, self._playground.settings.usd)
        return RunFigures(f"<p>{_summary(run)}</p>", shown, plots)


def _summary(run: Run) -> str:
    """The line under the grid: how the takes ended, and what the delivered ones cost."""
    if not run.jobs:
        return ""
    costs = total_words(job.cost.best for job in run.jobs if job.state == State.DELIVERED)
    simulated = " (simulated)" if run.simulated else ""
    return f"{ended(run.jobs)} · cost of the delivered: {costs}{simulated}"
