"""A data folder that an older version wrote opens, and shows what that version showed of it.

``older.tar.xz`` is such a folder: runs of every ending, sessions of every ending, votes. ``older.json`` is what that
version's own code showed of it, recorded then.
"""

from __future__ import annotations

import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from comparisons.analysis import summarize
from comparisons.cli import show
from comparisons.exports import session_page
from comparisons.exports.caveats import caveats
from comparisons.exports.result_files import requests_of
from comparisons.exports.session_caveats import notes, session_caveats
from comparisons.judging import Comparison, comparisons_of, nothing_ranked_words, standings, unranked_words
from comparisons.ledger import SessionHead
from comparisons.playground import Playground
from comparisons.records import Job, Plan, Run
from comparisons.sessions import Sessions
from comparisons.sessions.progress import status
from comparisons.ui.history import page as history_page
from comparisons.ui.option_fields import by_name, text_of
from comparisons.ui.sessions import page as sessions_page
from comparisons.viewer import snapshot
from comparisons.words import images_words, state_words
from tests.stage import VARIANTS
from tests.test_playground import make

OPTIONS = by_name(VARIANTS)

NEEDED = re.compile(r"about (\d+) more (?:requests|repeats of each) needed")
"""Of what more is needed was not said then."""
NEW = "A bar is the medians of its phases, whose sum need not be the median beside it. "
WHO = re.compile('<span class="takes-quiet takes-who">.*?</span>')
"""Which models ran at which providers was not shown in History then."""
FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is shown of the older folder today."""
    home = tmp_path_factory.mktemp("older")
    with tarfile.open(FIXTURES / "older.tar.xz") as packed:
        packed.extractall(home, filter="data")
    return _plain(shown(home))


@pytest.mark.parametrize("part", ["runs", "sessions", "votes", "standings"])
def test_an_older_data_folder_shows_what_it_showed(now: dict[str, Any], part: str):
    then = json.loads((FIXTURES / "older.json").read_text("utf-8"))
    for run in then["runs"].values():
        run["history"] = _words(run["history"])
    told = json.loads(NEEDED.sub(r"about \1 more needed", json.dumps(now[part]).replace(NEW, "")))
    assert _as_far_as(then[part], told) == then[part]


def _words(html: str) -> str:
    """What a person reads of a row: how it is laid out is another matter."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def _as_far_as(then: Any, now: Any) -> Any:
    """What is shown now, without what was not shown at all then."""
    if isinstance(then, dict) and isinstance(now, dict):
        return {key: _as_far_as(value, now[key]) for key, value in then.items() if key in now}
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [_as_far_as(*pair) for pair in zip(then, now, strict=True)]
    return now


def shown(home: Path) -> dict[str, Any]:
    """What a person reads of everything in a data folder, as far as it does not depend on the hour."""
    playground = make(home, TAKES_USD_PER_CREDIT="0.01@2026-11-21", TAKES_USD_PER_CNY="none")
    sessions = Sessions(playground)
    ledger = playground.ledger
    try:
        return {
            "runs": {run.id: _run(playground, run) for run in ledger.runs(99)},
            "sessions": {head.session.id: _session(sessions, head, playground) for head in ledger.sessions(99)},
            "votes": [vote.to_json() for vote in ledger.votes()],
            "standings": _standings(comparisons_of(ledger.votes(), "variant")),
        }
    finally:
        sessions.close()
        playground.close()


def _standings(comparisons: list[Comparison]) -> dict[str, Any]:
    found = standings(comparisons)
    rows = [{**_plain(row), "why_not": unranked_words(row) or None} for row in found.rows]
    return {"rows": rows, "why_not": nothing_ranked_words(found) or None}


def _run(playground: Playground, run: Run) -> dict[str, Any]:
    snap = snapshot(run, 0.0, lambda job, kind: f"{job.id}/{kind}")
    cells = [{key: value for key, value in cell.items() if key != "phases"} for cell in snap.pop("cells")]
    jobs = {job.id: _job(playground, job, cell) for job, cell in zip(run.jobs, cells, strict=True)}
    return {
        **snap,
        "jobs": jobs,
        "filled": _filled(run.jobs[0].plan),
        "history": _words(WHO.sub("", history_page.rows([run], {}))),
        "caveats": caveats(run, playground.settings.usd),
    }


def _filled(plan: Plan) -> list[Any]:
    """What a run's link puts into the form; the form of that version had three settings."""
    options = {} if plan.asked is None else plan.asked.options
    texts = [text_of(name, options.get(name), OPTIONS[name]) for name in ("duration", "resolution")]
    return [*texts, options.get("prompt_optimizer")]


def _request(row: dict[str, Any]) -> dict[str, Any]:
    """A row of requests.csv by the names that its columns had."""
    asked = {name: row.get(f"opt_{name}") for name in ("duration", "resolution", "prompt_optimizer")}
    plain = {name: value for name, value in row.items() if not name.startswith("opt_")}
    return {**plain, "frames": None if row["frames"] is None else images_words(row["frames"]), **asked}


def _job(playground: Playground, job: Job, cell: dict[str, Any]) -> dict[str, Any]:
    (row,) = playground.rows([job])
    return {
        "words": state_words(job),
        "outcome": show.outcome(job),
        "error": job.error,
        "resumed": job.resumed,
        "cell": cell,
        "row": {**row, "file": row["file"] and Path(row["file"]).name, "held_s": row["held_s"] if job.done else None},
    }


def _session(sessions: Sessions, head: SessionHead, playground: Playground) -> dict[str, Any]:
    session = sessions.find(head.session.id)
    summary = summarize(session, playground.settings.usd)
    now = status(playground, session)
    page = session_page.page(session, summary, playground.settings.usd, [], 0.0)
    page = page.replace("Exchange rates: ", "Exchange rates set: ")
    bare = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]*>", " ", page, flags=re.DOTALL)
    return {
        "counts": [head.planned, head.over, head.delivered],
        "can_go_on": sessions.can_go_on(session),
        "line": now.line,
        "status": now.to_json(),
        "listed": sessions_page.rows([head], {}, ""),
        "head": sessions_page.head(session, now),
        "notes": notes(session, summary),
        "caveats": session_caveats(session, summary),
        "requests": [_request(row) for row in requests_of(session)],
        "rows": len(sessions.rows(session)),
        "report": " ".join(bare.split()),
    }


def _plain(value: Any) -> Any:
    """Any value as JSON has it."""
    return json.loads(json.dumps(value, default=lambda each: getattr(each, "__dict__", None) or str(each)))
