"""Benchmark sessions: reading a plan, making its runs, working through them, and how far that is."""

from __future__ import annotations

from comparisons.sessions._fields import MAX_REQUESTS
from comparisons.sessions.eta import remaining_s
from comparisons.sessions.mistakes import PlanError, Steps
from comparisons.sessions.plan import Asked, SessionPlan, field_of, pictures
from comparisons.sessions.progress import Status, span, status
from comparisons.sessions.quote import PlanQuote, quote_plan
from comparisons.sessions.service import Sessions
from comparisons.sessions.written import Written

__all__ = [
    "MAX_REQUESTS",
    "Asked",
    "PlanError",
    "PlanQuote",
    "SessionPlan",
    "Sessions",
    "Status",
    "Steps",
    "Written",
    "field_of",
    "pictures",
    "quote_plan",
    "remaining_s",
    "span",
    "status",
]
