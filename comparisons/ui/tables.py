"""The table and the two plots of a run."""

from __future__ import annotations

import pandas as pd

from comparisons.records import PHASES, Run
from providers import PROVIDERS

PHASE_COLORS = {
    "upload": "#8c8c8c",
    "submit": "#5f6f85",
    "queue": "#b9b9b9",
    "generate": "#e09a26",
    "result": "#6c8f6c",
    "download": "#7a7a7a",
}
"""As in the grid's bars: grey for what surrounds the one phase people wait for."""

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
"""Columns of the page's table; exports have all of them."""


def shown(frame: pd.DataFrame, run: Run) -> pd.DataFrame:
    """The run's table for the page: readable names, figures rounded to what they can carry."""
    if frame.empty:
        return pd.DataFrame(columns=SHOWN)
    named = frame.assign(take=take_names(run))
    return named[SHOWN].round(3).astype(object).where(named[SHOWN].notna(), None)


def take_names(run: Run) -> list[str]:
    """A short name per job, unlike any other of the run: ``OdiRouter · Hailuo 2.3 Fast #2``."""
    names = [f"{PROVIDERS[job.plan.provider].name} · {job.plan.label}" for job in run.jobs]
    counts: dict[str, int] = {}
    unique = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        unique.append(f"{name} #{counts[name]}" if names.count(name) > 1 else name)
    return unique


def phases(frame: pd.DataFrame, run: Run) -> pd.DataFrame:
    """Long form of the six phases of every delivered take, for the stacked bars."""
    columns = [f"{phase}_s" for phase in PHASES]
    named = frame.assign(take=take_names(run))
    delivered = named[named["status"] == "delivered"] if not frame.empty else named
    long = delivered.melt("take", columns, "phase", "seconds")
    return long.assign(phase=long["phase"].str.removesuffix("_s"), seconds=long["seconds"].astype(float))


def cost_against_latency(frame: pd.DataFrame, run: Run) -> tuple[pd.DataFrame, str, str]:
    """One point per delivered take whose cost is known, its unit, and the sentence that says what is left out.

    Dollars where every cost has a rate; else the currency most takes have: sums of two currencies mean nothing.
    """
    named = frame.assign(take=take_names(run), provider=[PROVIDERS[job.plan.provider].name for job in run.jobs])
    done = named[named["status"] == "delivered"]
    best = done["cost_billed"].astype(float).fillna(done["cost_quoted"].astype(float))
    done = done.assign(native=best.fillna(done["cost_list"].astype(float)))
    unit, column = _unit(done)
    points = done[done["currency"] == unit] if column == "native" else done[done["cost_usd"].notna()]
    points = pd.DataFrame(
        {
            "take": points["take"],
            "provider": points["provider"],
            "cost": points[column].astype(float),
            "seconds": points["total_s"].astype(float),
        }
    )
    return points, unit, _left_out(unit, len(points), len(done))


def limits(values: pd.Series) -> list[float] | None:
    """An axis from 0 to a little past the largest value: a plot must not make small differences look big."""
    return [0.0, float(values.max()) * 1.08] if len(values) and values.max() > 0 else None


def _unit(done: pd.DataFrame) -> tuple[str, str]:
    known = done[done["native"].notna() & done["currency"].notna()]
    if known.empty or known["cost_usd"].notna().all():
        return "USD", "cost_usd"
    return str(known["currency"].mode().iloc[0]), "native"


def _left_out(unit: str, shown_points: int, delivered: int) -> str:
    if shown_points == delivered:
        return f"Cost in {unit}."
    missing = delivered - shown_points
    return f"Cost in {unit}; {missing} of {delivered} takes are not shown: price unknown, or in another currency."
