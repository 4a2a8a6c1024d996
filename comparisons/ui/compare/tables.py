"""The table of a run, as the page shows it."""

from __future__ import annotations

import pandas as pd

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
    "error",
]
"""The columns of the page's table; exports have more."""


def shown(frame: pd.DataFrame, run: Run) -> pd.DataFrame:
    """The run's table for the page, with names of takes, and numbers rounded to three decimals."""
    if frame.empty:
        return pd.DataFrame(columns=SHOWN)
    named = frame.assign(take=figures.names(run))
    return named[SHOWN].round(3).astype(object).where(named[SHOWN].notna(), None)
