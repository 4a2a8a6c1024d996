"""Makes ``index.html`` of a session's report. Its policy allows no script and no network; all texts are escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from string import Template

from comparisons import viewer
from comparisons.analysis import Figures, Summary
from comparisons.exports import (
    result_files,
    session_basis,
    session_lists,
    session_pictures,
    session_plots,
    session_tables,
)
from comparisons.exports.session_caveats import NOT_RUN, notes, run_to_the_end, session_caveats
from comparisons.exports.session_lead import compared, lead
from comparisons.records import OVER, Event, Session

HERE = Path(__file__).parent
NO_DATES: Mapping[str, str] = {}


def page(
    session: Session,
    summary: Summary,
    usd: Mapping[str, Decimal],
    files: Sequence[str],
    made_at: float,
    dated: Mapping[str, str] = NO_DATES,
) -> str:
    """The whole document. ``files``: names of the files beside it; ``made_at``: epoch seconds; ``usd`` by currency."""
    css, of = style(), summary.variants
    mark = " (simulated)" if summary.simulated else ""
    plot, unplotted = session_plots.cost_plot(of, f"Cost against latency{mark}")
    words = {
        "policy": _policy(css),
        "style": css,
        "title": escape(f"{'SANDBOX · ' if summary.simulated else ''}{_line(summary.name)} · Takes"),
        "id": escape(summary.session),
        "name": escape(_line(summary.name)),
        "sandbox": '<span class="tg-sandbox">Sandbox</span>' if summary.simulated else "",
        "simulated": mark,
        "times": _times(session, made_at),
        "notes": "".join(f'<p class="rp-note" role="note">{escape(note)}</p>' for note in notes(session, summary)),
        "lead": escape(lead(summary)),
        "counts": _counts(session, summary),
        "headline": session_tables.headline(of, "variant"),
        "by_model": _by_model(summary),
        "costs": plot,
        "unplotted": unplotted,
        "compared": escape(compared(summary)),
        "caveats": "".join(f"<li>{escape(sentence)}</li>" for sentence in session_caveats(session, summary)),
        "places": escape(session_basis.places(session)),
        "prices": session_basis.prices(session, of) + session_basis.rates(usd, dated),
        "requests": session_tables.requests(result_files.requests_of(session)),
        "plan": escape(session.plan),
        "facts": session_basis.facts(session),
        "files": "".join(f'<li><a href="{escape(name)}">{escape(name)}</a></li>' for name in files),
    }
    return Template(template()).substitute(words | _of_variants(of, mark) | _of_summary(summary))


def template() -> str:
    """The document as a template."""
    return "".join((HERE / name).read_text("utf-8") for name in ("head.html", "session_page.html"))


def _of_variants(of: Sequence[Figures], mark: str) -> dict[str, str]:
    """The plots and tables with a row or lane for each variant."""
    return {
        "distributions": session_plots.distributions(of, f"Latency of every clip{mark}"),
        "phases": session_plots.phases(of, f"Median of each phase{mark}") + session_tables.phases_table(of),
        "bills": session_lists.bills(of),
        "reliability": session_plots.reliability(of, f"Share delivered{mark}"),
        "failures": session_lists.failures(of),
    }


def _of_summary(of: Summary) -> dict[str, str]:
    return {
        "pictures": session_pictures.pictures(of),
        "pairs": session_tables.pairs(of),
        "excluded": session_lists.excluded(of),
    }


def style() -> str:
    """The style sheets of the viewer and of this page; dark on a screen if the reader's device uses dark colors."""
    tokens = viewer.style("tokens.css")
    dark = re.search(r"^\.dark \{(.*?)^\}", tokens, re.DOTALL | re.MULTILINE)
    if dark is None:
        raise RuntimeError("tokens.css has no dark colors")
    night = f"@media screen and (prefers-color-scheme: dark) {{\n:root {{ color-scheme: dark; {dark[1]} }}\n}}"
    sheets = [(HERE / name).read_text("utf-8") for name in ("pages.css", "session_page.css")]
    return "\n".join([tokens, viewer.style("sandbox.css", "charts.css"), *sheets, night])


def _policy(css: str) -> str:
    """A policy that allows no network, no script, and only this document's style."""
    seal = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{seal}'; base-uri 'none'; form-action 'none'"


def _line(text: str) -> str:
    return " ".join(text.split()) or "A session"


def _times(session: Session, made_at: float) -> str:
    """When the session was planned, when its first job began and its last one ended, and when this was written."""
    began = [job.started_at for job in session.jobs if job.started_at is not None]
    ended = [event.at for job in session.jobs if job.started_at is not None for event in job.events if _is_end(event)]
    told = {
        "Planned": session.at,
        "First job begun": min(began, default=None),
        f"Last job {'' if session.done else 'so far '}ended": max(ended, default=None),
        "Written": made_at,
    }
    return "".join(f"<span>{name} {_time(at)}</span>\n" for name, at in told.items() if at is not None)


def _is_end(event: Event) -> bool:
    return event.state in OVER


def _time(at: float) -> str:
    when = datetime.fromtimestamp(at, UTC)
    return f'<time datetime="{when.isoformat(timespec="seconds")}">{when:%Y-%m-%d %H:%M:%S} UTC</time>'


def _counts(session: Session, of: Summary) -> str:
    made, planned = run_to_the_end(of)
    counts = {
        "variants": len(of.variants),
        "requests": of.requests,
        "repeats of each": _repeats(session, of),
        "jobs run to their end": made if made == planned else f"{made} of {planned}",
        "clips delivered": sum(each.delivered for each in of.variants),
    }
    return "".join(f"<div><dt>{name}</dt><dd>{count}</dd></div>" for name, count in counts.items())


def _repeats(session: Session, of: Summary) -> str:
    """How often each request ran to its end on each variant: ``3``, or ``1 to 2 of 3`` if some did not."""
    left = {each.job for each in of.excluded if each.reason in NOT_RUN}
    made: dict[tuple[int, str], set[int]] = {}
    for placed in session.runs:
        for job in () if placed.warm_up else placed.jobs:
            found = made.setdefault((placed.request, job.plan.variant), set())
            found |= set() if job.id in left else {placed.repeat}
    counts = {len(repeats) for repeats in made.values()}
    if counts <= {of.repeats}:
        return str(of.repeats)
    return f"{' to '.join(map(str, sorted({min(counts), max(counts)})))} of {of.repeats}"


def _by_model(of: Summary) -> str:
    """The table of models that several variants sell, with one row for each model; empty if there are none."""
    several = [each for each in of.models if sum(one.model == each.key for one in of.variants) > 1]
    return f"<h3>By model, all its variants together</h3>{session_tables.headline(several, 'model')}" if several else ""
