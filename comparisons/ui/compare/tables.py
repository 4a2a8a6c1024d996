"""The table of a run, as the page shows it."""

from __future__ import annotations

from html import escape

import pandas as pd

from comparisons.analysis import HEADINGS, meaning
from comparisons.metrics import METRICS
from comparisons.records import PHASES, Run
from comparisons.viewer import figures

SHOWN = [
    "take",
    "status",
    "total_s",
    "uncertainty_s",
    *[f"{phase}_s" for phase in ("held", *PHASES)],
    "provider_s",
    "cost_list",
    "cost_quoted",
    "cost_billed",
    "currency",
    "cost_usd",
    "cost_basis",
    "delivered",
    *(metric.name for metric in METRICS),
    "flags",
    "error",
]
"""The columns of the page's table; exports have more."""
HEADS = [HEADINGS[column] for column in SHOWN]


def shown(frame: pd.DataFrame, run: Run) -> pd.DataFrame:
    """The run's table for the page, with names of takes, headings in words, and numbers rounded to three decimals."""
    if frame.empty:
        return pd.DataFrame(columns=HEADS)
    named = frame.assign(take=figures.names(run))
    rounded = named[SHOWN].round(3).astype(object).where(named[SHOWN].notna(), None)
    return rounded.set_axis(HEADS, axis="columns")


def meanings() -> str:
    """What each column means, to be unfolded below the table; `columns.js` shows it on the headings too."""
    rows = "".join(
        f"<dt>{escape(head)}</dt><dd>{escape(meaning(column))}</dd>" for column, head in zip(SHOWN, HEADS, strict=True)
    )
    return f'<details class="takes-columns"><summary>What the columns mean</summary><dl>{rows}</dl></details>'
