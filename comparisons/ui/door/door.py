"""Finds out who sends a request, and holds what belongs to each visitor; for our own routes and the page's handlers.

A visitor is known by an unguessable cookie that no script on the page can read. Direct calls to Gradio's interface pass
the same checks.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping

import gradio as gr
from starlette.requests import HTTPConnection
from starlette.types import Scope

from comparisons.judging import Ballots
from comparisons.playground import Playground
from comparisons.records import HOST, Person
from comparisons.sessions import Sessions
from comparisons.shares import Hourly
from comparisons.ui.by_url import PicturesByUrl
from comparisons.ui.door.clients import Clients
from comparisons.ui.door.cookies import Cookies, secret_in
from comparisons.ui.door.limits import Limits
from comparisons.ui.door.origins import Origins
from comparisons.ui.door.refusals import COOKIE_NEEDED, NOT_YOURS, NotLetIn
from comparisons.ui.door.tabs import Tabs
from comparisons.ui.door.uploads import Files
from comparisons.ui.later import Later
from comparisons.ui.picker.choosing import Choosing
from comparisons.ui.reading import Reading
from comparisons.ui.sessions.saved_plans import SavedPlans
from comparisons.ui.sessions.starting import Starts

VISITOR, CLIENT = "takes.visitor", "takes.client"
"""Keys of the ASGI scope: the visitor's id, and the address they come from as far as it is known."""
LIMITS = Limits()


class Door:
    """Recognizes visitors, and holds what belongs to each: tabs, files, quotas, sessions, ballots, saved plans."""

    def __init__(self, playground: Playground, limits: Limits = LIMITS) -> None:
        self.playground = playground
        self.limits = limits
        self.sessions = Sessions(playground)
        self.ballots = Ballots(playground.ledger, playground.media, playground.clock.now, random.SystemRandom())
        settings, now = playground.settings, playground.clock.now
        secret = secret_in(settings.home) if settings.public else b""
        self.cookies = Cookies(secret, now, playground.ledger.has_owned)
        self.origins = Origins(settings)
        self.clients = Clients(settings)
        self.tabs = Tabs(now)
        self.files = Files()
        self.quota = Hourly(limits.upload_bytes, now)
        self.choosing = Choosing(playground)
        self.later = Later()
        self.reading = Reading(playground.uploaded)
        self.by_url = PicturesByUrl(playground, self.reading, self.quota)
        self.plans = SavedPlans()
        self.starts = Starts()

    @property
    def public(self) -> bool:
        return self.playground.settings.public

    def recognize(self, request: HTTPConnection) -> str:
        """The visitor's id, by the request's cookie; empty without one, and for the host on their own machine.

        Writes the id and the visitor's address into the request's ASGI scope, where ``person`` reads them.
        """
        visitor = ""
        if self.public:
            https = self.origins.https(request.headers, request.url.scheme)
            visitor = self.cookies.visitor(request.cookies, https)
            request.scope[CLIENT] = self.clients.of(request)
        request.scope[VISITOR] = visitor
        return visitor

    def person_of(self, request: HTTPConnection) -> Person:
        """The person who sends a request to one of our own routes. On the host's own machine that is the host.

        Raises:
            NotLetIn: a visitor without a cookie.
        """
        return self._person(request.scope, {})

    def person(self, request: gr.Request, keys: Mapping[str, str] | None = None) -> Person:
        """The person who sends an event of the page, with the keys typed. On their own machine that is the host.

        Raises:
            NotLetIn: a visitor without a cookie, or with another visitor's page session.
        """
        asked = request.request
        assert asked is not None  # an event of the page comes over HTTP
        person = self._person(asked.scope, {slug: key for slug, key in (keys or {}).items() if key})
        session = request.session_hash
        if self.public and session and not self.tabs.claim(session, person):
            raise NotLetIn(403, NOT_YOURS)
        return person

    def _person(self, scope: Scope, keys: Mapping[str, str]) -> Person:
        if not self.public:
            return Person(HOST.id, keys)
        if not scope.get(VISITOR):
            raise NotLetIn(403, COOKIE_NEEDED)
        return Person(scope[VISITOR], keys, scope.get(CLIENT, ""))

    def grant(self, path: str, person: Person) -> None:
        """Lets a person read and use a file in Gradio's folder, which they uploaded or the page made for them."""
        self.playground.uploaded.hold(path, person.id)
        if self.public:
            self.files.grant(path, person)

    def show_everybody(self, paths: Iterable[str]) -> None:
        """Lets everybody read these files in Gradio's folder, which are part of the page."""
        self.files.everybodys = frozenset(paths)
        self.playground.uploaded.show_everybody(self.files.everybodys)

    def may_read(self, path: str, person: Person) -> bool:
        """Whether a person may read a file in Gradio's folder. On their own machine the host may read all of them."""
        return not self.public or self.files.may_read(path, person)
