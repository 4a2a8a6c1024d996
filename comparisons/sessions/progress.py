"""How far a session is: counts, what it cost so far, and when it may be over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from comparisons.playground import Playground
from comparisons.records import Budget, Session, State
from comparisons.sessions.eta import remaining_s
from comparisons.words import ending_words, is_awaited
from providers import PROVIDERS


@dataclass(frozen=True)
class Status:
    """How far a session is at one moment. ``spent_usd`` counts what is known in dollars, ``unpriced`` the other jobs.

    ``awaited`` jobs are finished at their providers and only wait for their clips, for an unknown time. ``eta_s``,
    seconds until all others are over, leaves them out; it is None if not known.
    """

    session: str
    name: str
    simulated: bool
    planned: int
    over: int
    delivered: int
    under_way: int
    awaited: int
    states: dict[str, int]
    eta_s: float | None
    spent_usd: Decimal
    unpriced: int
    ended: str
    done: bool

    @property
    def line(self) -> str:
        """``12 of 60 finished, 11 delivered, 8 under way, about 3 min to go``."""
        parts = [f"{self.over} of {self.planned} finished", f"{self.delivered} delivered"]
        if self.under_way:
            parts.append(f"{self.under_way} under way")
        if self.awaited:
            parts.append("1 clip waited for" if self.awaited == 1 else f"{self.awaited} clips waited for")
        if self.over + self.awaited < self.planned:
            parts.append("time to go not known yet" if self.eta_s is None else f"about {span(self.eta_s)} to go")
        return ", ".join(parts) + (f". {self.ended}" if self.done else "")

    def to_json(self) -> dict[str, Any]:
        return {
            "session": self.session,
            "name": self.name,
            "simulated": self.simulated,
            "planned": self.planned,
            "over": self.over,
            "delivered": self.delivered,
            "under_way": self.under_way,
            "awaited": self.awaited,
            "states": self.states,
            "eta_s": None if self.eta_s is None else round(self.eta_s, 1),
            "spent_usd": float(self.spent_usd),
            "unpriced": self.unpriced,
            "done": self.done,
            "ended": self.ended or None,
        }


def status(playground: Playground, session: Session) -> Status:
    """How far a session is now."""
    jobs = session.jobs
    states = Counter(job.state for job in jobs)
    budget = Budget((), playground.settings.usd)
    spent = [budget.spent(job) for job in jobs if job.done]
    expected: dict[str, float | None] = {}

    def usual(job: Any) -> float | None:
        if job.plan.variant not in expected:
            expected[job.plan.variant] = playground.expected_s(job)
        return expected[job.plan.variant]

    settings = session.facts["settings"]
    awaited = {job.id for job in jobs if is_awaited(job)}
    eta = remaining_s(
        [job for job in jobs if job.id not in awaited],
        usual,
        lambda job: PROVIDERS[job.plan.provider].concurrency,
        settings["concurrency"],
        playground.clock.now(),
        settings["rate_per_minute"],
    )
    over = sum(job.done for job in jobs)
    return Status(
        session=session.id,
        name=session.name,
        simulated=session.simulated,
        planned=len(jobs),
        over=over,
        delivered=states[State.DELIVERED],
        under_way=sum(not job.done and job.started_at is not None for job in jobs) - len(awaited),
        awaited=len(awaited),
        states=dict(sorted(states.items())),
        eta_s=None if awaited and over + len(awaited) == len(jobs) else eta if over < len(jobs) else 0.0,
        spent_usd=sum((each for each in spent if each is not None), Decimal(0)),
        unpriced=sum(each is None for each in spent),
        ended=ending_words(session.ending),
        done=session.done,
    )


def span(seconds: float) -> str:
    """``40 s``, ``3 min`` or ``1.5 h``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
