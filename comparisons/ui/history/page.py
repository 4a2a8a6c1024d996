"""The runs of History as HTML. All texts of people and providers are escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape

from comparisons.records import Job, Mark, Run, State
from comparisons.runs import Going
from comparisons.ui.door.own_files import file_url
from comparisons.ui.wording import cut, ended, takers
from comparisons.words import state_words, total_words
from providers import PROVIDERS

NONE_YET = '<div class="takes-empty"><p>No runs yet.</p><p>What you run under Compare stays here.</p></div>'
NONE_FOUND = (
    '<div class="takes-empty"><p>No run matches.</p>'
    "<p>Take away a word or a filter, or press Clear to see all runs.</p></div>"
)
BEYOND = '<div class="takes-empty"><p>Nothing is older than this.</p><p>Press Newer to go back.</p></div>'


def room(sentence: str) -> str:
    """The line above the list about a visitor's storage."""
    return f'<p class="takes-quiet">{escape(sentence)}</p>' if sentence else ""


def rows(runs: Sequence[Run], marks: Mapping[str, Mapping[str, Mark]], asked: Going | None = None) -> str:
    """A row for each run: its takes with boxes to tick, a link to open it, one to use it again, a button to delete it.

    Args:
        marks: the marks by run, then by job; the run's own is under an empty job id.
        asked: what would be deleted with the run whose row asks for confirmation; None if none does.
    """
    items = "".join(_row(run, marks.get(run.id, {}), asked if asked and asked.run == run.id else None) for run in runs)
    return f'<ol class="takes-history">{items}</ol>'


def _row(run: Run, marks: Mapping[str, Mark], asked: Going | None) -> str:
    when = datetime.fromtimestamp(run.at, UTC)
    thumbs = "".join(_thumb(number, job) for number, job in enumerate(run.jobs, 1))
    label = '<span class="takes-chip">SANDBOX</span>' if run.simulated else ""
    facts = " · ".join([f"{when:%Y-%m-%d %H:%M} UTC", ended(run.jobs), *_cost(run)])
    return (
        f'<li><span class="takes-thumbs" role="group" aria-label="Takes to tick">{thumbs}</span>'
        f'<a class="takes-run" href="?run={escape(run.id)}">'
        f'<span class="takes-history-text"><strong>{_stars(marks)}{escape(cut(run.prompt))}</strong>'
        f'<span class="takes-quiet takes-who">{escape(takers(run.jobs))}</span>'
        f'<span class="takes-quiet"><time datetime="{when.isoformat()}">{escape(facts)}</time> {label}</span>'
        f"{_noted(marks)}</span></a>"
        f"{_acts(run, when) if asked is None else _question(asked)}</li>"
    )


def _acts(run: Run, when: datetime) -> str:
    name = f"the run of {when:%Y-%m-%d %H:%M}: {cut(run.prompt, 60)}"
    return (
        f'<span class="takes-acts"><a href="?like={escape(run.id)}" aria-label="Use again {escape(name)}">Use again</a>'
        f"{_fetch(run, name)}"
        f'<button type="button" data-act="ask" data-run="{escape(run.id)}" aria-label="Delete {escape(name)}">Delete'
        "</button></span>"
    )


def _fetch(run: Run, name: str) -> str:
    """The button to fetch clips that are paid for and not here; empty if there are none."""
    if not any(job.state == State.SUCCEEDED for job in run.jobs):
        return ""
    what = f'data-act="fetch" data-run="{escape(run.id)}" aria-label="Fetch the clips of {escape(name)}"'
    return f'<button type="button" {what}>Fetch clips</button>'


def _question(going: Going) -> str:
    run = escape(going.run)
    return (
        f'<div class="takes-ask" role="group" aria-label="Delete this run?"><p role="alert">{escape(str(going))}</p>'
        f'<button type="button" class="takes-bad" data-act="delete" data-run="{run}">Delete for good</button>'
        f'<button type="button" data-act="keep" data-run="{run}">Keep</button></div>'
    )


def _thumb(number: int, job: Job) -> str:
    """A take's picture with a box to tick it; a plain square if it has no clip."""
    name = f"take {number}: {PROVIDERS[job.plan.provider].name}, {job.plan.label}"
    if job.result is None:
        state = "over" if job.done else "waiting"
        return f'<span class="takes-thumb" data-state="{state}" title="{escape(f"{name}: {state_words(job)}")}"></span>'
    url = escape(file_url(job, "poster")) if job.result.poster else ""
    picture = f'<img src="{url}" alt="" loading="lazy">' if url else ""
    tick = f'<input type="checkbox" data-tick="{escape(job.id)}" aria-label="Tick {escape(name)}">'
    return f'<label class="takes-thumb" title="{escape(name)}">{picture}{tick}</label>'


def _stars(marks: Mapping[str, Mark]) -> str:
    return '<span class="takes-starred" title="Starred">★</span> ' if any(mark.star for mark in marks.values()) else ""


def _noted(marks: Mapping[str, Mark]) -> str:
    """The notes and tags of a run and its takes."""
    notes = [mark.note for mark in marks.values() if mark.note]
    tags = list(dict.fromkeys(f"#{tag}" for mark in marks.values() for tag in mark.tags))
    words = " · ".join([*notes, " ".join(tags)] if tags else notes)
    return f'<span class="takes-quiet takes-noted">{escape(cut(words, 160))}</span>' if words else ""


def _cost(run: Run) -> list[str]:
    delivered = [job.cost.best for job in run.jobs if job.state == State.DELIVERED]
    return [f"cost of the delivered: {total_words(delivered)}"] if delivered else []
