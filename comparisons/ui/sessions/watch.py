"""What a page is shown of the sessions, one look after another. It is read from the ledger, so that sessions of other
processes, such as the command line, are shown too."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from comparisons.analysis import summarize
from comparisons.ledger import SessionHead
from comparisons.records import Person, Session
from comparisons.sessions import Sessions, Status, status
from comparisons.ui.door.door import Door
from comparisons.ui.sessions import page as sessions_page
from comparisons.ui.streams.feeds import FeedState
from providers import InvalidRequest

LISTED = 20
RESTS = 4
"""The pause before the next look, in multiples of the time the last look took: large sessions are looked at less
often."""
CLOCK_S = 5.0
"""Seconds between looks at a session for which the ledger has nothing new: its remaining time still changes."""
FIGURES_EVERY_S = 1.0


@dataclass(frozen=True)
class SessionView:
    """The result of one look, as HTML. The parts of the chosen session are empty if none is chosen."""

    rows: str
    head: str = ""
    told: str = ""
    figures: str = ""
    runs: str = ""
    can_stop: bool = False
    can_go_on: bool = False


class Watch:
    """Looks at the sessions of one person. ``chosen`` is the id of the session that is shown, or empty."""

    def __init__(self, door: Door, who: Person, chosen: str) -> None:
        self._playground = door.playground
        self._sessions: Sessions = door.sessions
        self._who = who
        self._chosen = chosen
        self.going = False  # whether a session in the last look was not over
        self._figures, self._figured, self._figures_due = "", (-1, -1), 0.0

    def look(self) -> SessionView:
        """Reads the state of the sessions now.

        Raises:
            InvalidRequest: the chosen session does not exist, or is somebody else's.
        """
        heads = self._playground.ledger.sessions(LISTED, self._who.only)
        session = self._sessions.find(self._chosen, self._who) if self._chosen else None
        lines = {each.session.id: self._line(each, session) for each in heads if not _over(each)}
        self.going = bool(lines)
        rows = sessions_page.rows(heads, lines, self._chosen)
        if session is None:
            return SessionView(rows)
        now = status(self._playground, session)
        return SessionView(
            rows,
            sessions_page.head(session, now),
            sessions_page.told(now),
            self._summary(session, now),
            sessions_page.runs(session),
            can_stop=not session.done,
            can_go_on=self._sessions.can_go_on(session),
        )

    def _line(self, head: SessionHead, chosen: Session | None) -> str:
        if chosen is not None and chosen.id == head.session.id:
            return status(self._playground, chosen).line
        return status(self._playground, self._sessions.find(head.session.id, self._who)).line

    def _summary(self, session: Session, now: Status) -> str:
        """The figures' HTML, computed again only when another job is over, and less often the longer that takes.

        Empty until the first job is over: the first figures take a second, since scipy is imported for them.
        """
        if not now.over:
            return ""
        began = self._playground.clock.now()
        state = (now.over, now.planned)
        if state != self._figured and (now.done or began >= self._figures_due):
            self._figures = sessions_page.figures(summarize(session, self._playground.settings.usd))
            ended = self._playground.clock.now()
            self._figured, self._figures_due = state, ended + max(FIGURES_EVERY_S, RESTS * (ended - began))
        return self._figures


def _over(head: SessionHead) -> bool:
    return head.session.ending is not None and head.over == head.planned


class SessionsLook:
    """The feed of all pages that show one person the same session: called again and again, it returns what is new."""

    def __init__(self, door: Door, who: Person, chosen: str) -> None:
        self._playground = door.playground
        self._sessions = door.sessions
        self._chosen = chosen
        self._watch = Watch(door, who, chosen)
        self._stamp: tuple[Any, ...] = ()
        self._due = self._late = 0.0

    def __call__(self) -> FeedState | None:
        began = self._playground.clock.now()
        stamp = self._now()
        waits = self._watch.going and began >= self._late
        if began < self._due or (stamp == self._stamp and not waits):
            return None
        try:
            seen = self._watch.look()
        except InvalidRequest as error:
            return FeedState({"said": _json({"said": str(error)})}, last=True)
        ended = self._playground.clock.now()
        self._stamp, self._due, self._late = stamp, ended + RESTS * (ended - began), ended + CLOCK_S
        return FeedState({name: _json({name: value}) for name, value in {**asdict(seen), "hold": stamp[-1]}.items()})

    def _now(self) -> tuple[Any, ...]:
        """A value that differs from the last one whenever there may be something new to see."""
        sessions, chosen = self._sessions, self._chosen
        return self._playground.ledger.last_change(), sessions.active(chosen), sessions.holds.get(chosen, "")


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()
