"""The runs of History as HTML. Every word of a person or a provider is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from comparisons.records import Job, Run, State
from comparisons.runs import Going
from comparisons.ui.door.own_files import file_url
from comparisons.ui.wording import cut, ended
from comparisons.words import total_words

THUMBS = 6
NONE_YET = '<div class="takes-empty"><p>No runs yet.</p><p>What you run under Compare stays here.</p></div>'
NONE_FOUND = (
    '<div class="takes-empty"><p>No run matches.</p>'
    "<p>Take away a word or a filter, or press Clear to see all runs.</p></div>"
)
BEYOND = '<div class="takes-empty"><p>Nothing is older than this.</p><p>Press Newer to go back.</p></div>'


def room(sentence: str) -> str:
    """How much a visitor's takes fill, above the list."""
    return f'<p class="takes-quiet">{escape(sentence)}</p>' if sentence else ""


def rows(runs: Sequence[Run], asked: Going | None = None) -> str:
    """A row per run: a link that opens it, one that uses it again, and a button that deletes it.

    Args:
        asked: what goes with the run whose deletion is asked about.
    """
    items = "".join(_row(run, asked if asked and asked.run == run.id else None) for run in runs)
    return f'<ol class="takes-history">{items}</ol>'


def _row(run: Run, asked: Going | None) -> str:
    when = datetime.fromtimestamp(run.at, UTC)
    thumbs = "".join(_thumb(job) for job in run.jobs[:THUMBS])
    label = '<span class="takes-chip">SANDBOX</span>' if run.simulated else ""
    facts = " · ".join([f"{when:%Y-%m-%d %H:%M} UTC", ended(run.jobs), *_cost(run)])
    return (
        f'<li><a class="takes-run" href="?run={escape(run.id)}"><span class="takes-thumbs">{thumbs}</span>'
        f'<span class="takes-history-text"><strong>{escape(cut(run.prompt))}</strong>'
        f'<span class="takes-quiet"><time datetime="{when.isoformat()}">{escape(facts)}</time> {label}</span>'
        "</span></a>"
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
    """A button for clips that are paid for and not here."""
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


def _thumb(job: Job) -> str:
    if job.result is None or job.result.poster is None:
        return '<span class="takes-thumb"></span>'
    url = escape(file_url(job, "poster"))
    return f'<img class="takes-thumb" src="{url}" alt="" loading="lazy">'


def _cost(run: Run) -> list[str]:
    delivered = [job.cost.best for job in run.jobs if job.state == State.DELIVERED]
    return [f"cost of the delivered: {total_words(delivered)}"] if delivered else []
