"""Benchmark sessions: the plan file, what it expands to, driving it, how far it is."""

from __future__ import annotations

from comparisons.sessions.eta import remaining_s
from comparisons.sessions.plan_file import Asked, SessionPlan
from comparisons.sessions.planning import PlanQuote, Written
from comparisons.sessions.progress import Status, span, status
from comparisons.sessions.service import Sessions

__all__ = [
    "Asked",
    "PlanQuote",
    "SessionPlan",
    "Sessions",
    "Status",
    "Written",
    "remaining_s",
    "span",
    "status",
]
