"""Makes ``index.html`` of a run, a page that opens from disk. Only clips and pictures are files beside it.

The policy in its head allows only its own scripts and no network. All texts of people and providers are escaped; the
run's values are JSON in which no character can end the script element that contains them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from comparisons import viewer
from comparisons.analysis import HEADINGS, meaning
from comparisons.exports.caveats import caveats, takes
from comparisons.records import PHASES, Run
from comparisons.viewer import charts, figures

HERE = Path(__file__).parent
LOOK = (
    "{const dark=matchMedia('(prefers-color-scheme: dark)');"
    "const set=(on)=>document.documentElement.classList.toggle('dark',on);"
    "set(dark.matches);dark.addEventListener('change',()=>set(dark.matches));"
    "addEventListener('beforeprint',()=>set(false));addEventListener('afterprint',()=>set(dark.matches));}"
)
"""Uses dark colors if the reader's device does, and light ones in print."""
STAND_IN = """
const element = document.getElementById('room');
const props = { value: JSON.parse(document.getElementById('data').textContent) };
const watch = () => {};
const trigger = () => {};
"""
"""Defines what Gradio gives to the room's scripts on the page of Takes; here the values come from the document."""
SECONDS = ("total_s", "uncertainty_s", "held_s", *[f"{phase}_s" for phase in PHASES], "provider_s")
COSTS = ("cost_list", "cost_quoted", "cost_billed")
WORDS = ("delivered", "error")
SHOWN = ("status", *SECONDS, *COSTS, "currency", "cost_usd", "cost_basis", *WORDS)
"""The page's columns; the files beside it have all of them."""


@dataclass(frozen=True)
class Contents:
    """What an export contains besides the page, with paths relative to it.

    ``given``: the names of input images, by path. ``notes``: sentences about what is missing, and why.
    """

    files: tuple[str, ...]
    given: Mapping[str, str]
    notes: tuple[str, ...]


def page(
    run: Run,
    rows: Sequence[Mapping[str, Any]],
    shown: Mapping[str, Any],
    contents: Contents,
    usd: Mapping[str, Decimal],
    made_at: float,
) -> str:
    """The whole document.

    Args:
        rows: the run's table, one mapping for each job.
        shown: the run's snapshot, with paths of files relative to the page.
        made_at: epoch seconds.
    """
    css, code = style(), script()
    simulated = " (simulated)" if run.simulated else ""
    words = {
        "policy": _policy([LOOK, code], css),
        "title": escape(_title(run)),
        "count": takes(len(run.jobs)),
        "sandbox": '<span class="tg-sandbox">Sandbox</span>' if run.simulated else "",
        **_dates("run", run.at),
        **_dates("made", made_at),
        "notes": "".join(f'<p class="rp-note" role="note">{escape(note)}</p>' for note in contents.notes),
        "given": _given(contents.given),
        "given_hidden": "" if contents.given else " hidden",
        "caveats": "".join(f"<li>{escape(sentence)}</li>" for sentence in caveats(run, usd)),
        "plots": charts.plots(run, usd),
        "simulated": simulated,
        "table": _table(run, rows),
        "files": "".join(f'<li><a href="{escape(name)}">{escape(name)}</a></li>' for name in contents.files),
    }
    inlined = {"style": css, "look": LOOK, "script": code, "data": _inert(shown)}
    return Template(template()).substitute(words, **inlined)


def template() -> str:
    """The document as a template."""
    return "".join((HERE / name).read_text("utf-8") for name in ("head.html", "run_page.html"))


def style() -> str:
    """The style sheets of the viewer and of this page."""
    shared = viewer.style("tokens.css", *viewer.STYLES, "charts.css")
    return "\n".join([shared, (HERE / "pages.css").read_text("utf-8")])


def script() -> str:
    """The viewer's scripts, with ``STAND_IN`` before the call that opens the room."""
    room = "\n".join([viewer.script("takes.js", *viewer.SCRIPTS), STAND_IN, viewer.opening("room")])
    return room.replace("</", "<\\/").replace("<!--", "<\\!--")


def _policy(scripts: Sequence[str], style: str) -> str:
    """A policy that allows no network, only this document's scripts and styles, and pictures and clips beside it."""
    allowed = " ".join(_hash(script) for script in scripts)
    here = "'self' file: data:"
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src {here}; media-src {here};"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inert(value: Mapping[str, Any]) -> str:
    """JSON in which no browser can find markup."""
    text = json.dumps(value, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _title(run: Run) -> str:
    line = " ".join(run.prompt.split())
    short = line if len(line) <= 80 else f"{line[:79]}…"
    return f"{'SANDBOX · ' if run.simulated else ''}{short or 'A run'} · Takes"


def _dates(name: str, at: float) -> dict[str, str]:
    when = datetime.fromtimestamp(at, UTC)
    return {f"{name}_iso": when.isoformat(timespec="seconds"), f"{name}_at": f"{when:%Y-%m-%d %H:%M} UTC"}


def _given(given: Mapping[str, str]) -> str:
    return "".join(
        f'<figure><img src="{escape(path)}" alt="{escape(name)}"><figcaption>{escape(name)}</figcaption></figure>'
        for path, name in given.items()
    )


def _table(run: Run, rows: Sequence[Mapping[str, Any]]) -> str:
    head = "".join(f'<th scope="col"{_kind(name)} {_titled(name)}</th>' for name in SHOWN)
    body = "".join(
        f'<tr><th scope="row">{escape(take)}</th>{"".join(_cell(name, row[name]) for name in SHOWN)}</tr>'
        for take, row in zip(figures.names(run), rows, strict=True)
    )
    return f'<thead><tr><th scope="col" {_titled("take")}</th>{head}</tr></thead><tbody>{body}</tbody>'


def _titled(name: str) -> str:
    return f'title="{escape(meaning(name))}">{escape(HEADINGS[name])}'


def _kind(name: str) -> str:
    if name in WORDS:
        return ' class="rp-words"'
    return ' class="rp-number"' if name in (*SECONDS, *COSTS, "cost_usd") else ""


def _cell(name: str, value: Any) -> str:
    if value is None:
        return '<td class="rp-none">–</td>' if name in (*WORDS, "currency") else '<td class="rp-none rp-number">–</td>'
    text = f"{value:.2f}" if name in SECONDS else f"{value:.10g}" if isinstance(value, float) else str(value)
    return f"<td{_kind(name)}>{escape(text)}</td>"
