"""Checks events before they join Gradio's queue: the page must have them, their files must be the sender's, and there
are limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from comparisons.records import Person
from comparisons.shares import Full, Limit
from comparisons.ui.door.allowed import SESSION
from comparisons.ui.door.limits import full
from comparisons.ui.door.refusals import NOT_YOURS, NotLetIn
from comparisons.ui.door.tabs import Tabs
from comparisons.ui.door.uploads import Files

UNREAD = 100
"""The most unread answers that may wait for one visitor."""
KEPT = ("session_hash", "fn_index", "data", "event_data", "trigger_id")
"""The fields of an event that the page sends; all others are removed."""
UNREADABLE = "This is nothing that the page sends; reload it."
TOO_MANY = "Too much of yours is under way here at once. Please wait until some of it is answered."
BUSY = "Too many people are using this page just now. Please try again in a minute."
NO_URL = "A file is chosen from your own machine, not named by an address."
NOT_YOUR_FILE = "This file is not here any more, or never was yours: choose it again."


class Joining:
    """Checks the events of a page. ``public``: whether strangers visit."""

    def __init__(self, blocks: gr.Blocks, tabs: Tabs, files: Files, public: bool, limit: Limit) -> None:
        self._blocks = blocks
        self._tabs = tabs
        self._files = files
        self._public = public
        self._triggers = {blocks._id, *blocks.blocks}
        self._limit = limit
        self._entering: list[Person] = []

    def checked(self, body: bytes, person: Person) -> bytes:
        """The body of an event, rewritten for Gradio.

        Raises:
            NotLetIn: the page has no such event, it names another visitor's session or file, or it is one too many.
        """
        event = _read(body)
        if not self._is_known(event):
            raise NotLetIn(400, UNREADABLE)
        for path in _paths(event["data"]):
            self._check_file(path, person)
        if self._public:
            self._check_share(event["session_hash"], person)
        return _written({name: event.get(name) for name in KEPT})

    def _is_known(self, event: dict[str, Any]) -> bool:
        number, trigger, session = event.get("fn_index"), event.get("trigger_id"), event.get("session_hash")
        fn = self._blocks.fns.get(number) if type(number) is int else None
        return (
            fn is not None
            and fn.fn is not None
            and (trigger is None or (type(trigger) is int and trigger in self._triggers))
            and isinstance(session, str)
            and re.fullmatch(SESSION, session, re.ASCII) is not None
            and isinstance(event.get("data"), list)
        )

    def _check_file(self, path: object, person: Person) -> None:
        if not isinstance(path, str) or re.match(r"\s*[\w+.-]*:", path):
            raise NotLetIn(403, NO_URL)
        if self._public and not self._files.may_read(path, person):
            raise NotLetIn(403, NOT_YOUR_FILE)

    def _check_share(self, session: str, person: Person) -> None:
        if not self._tabs.claim(session, person):
            raise NotLetIn(403, NOT_YOURS)
        queue = self._blocks._queue
        kept = (queue.pending_messages_per_session.get(each) for each in self._tabs.of(person.id))
        unread = sum(messages.qsize() for messages in kept if messages is not None)
        whose = [self._tabs.owner(each.session_hash) for each in queue.event_ids_to_events.values()]
        whose += self._entering
        mine = sum(each.id == person.id for each in whose)
        theirs = sum(each.client == person.client for each in whose) if person.client else mine
        exceeded = self._limit.exceeded(1, mine, theirs, len(whose))
        if exceeded is not None or unread > UNREAD:
            raise full(Full(exceeded or "each"), TOO_MANY, BUSY)

    @contextmanager
    def entering(self, person: Person) -> Iterator[None]:
        """Counts an event while it is handed over to Gradio, whose queue does not hold it yet."""
        self._entering.append(person)
        try:
            yield
        finally:
            self._entering.remove(person)


def _read(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotLetIn(400, UNREADABLE) from error
    if not isinstance(event, dict):
        raise NotLetIn(400, UNREADABLE)
    return event


def _written(event: dict[str, Any]) -> bytes:
    try:
        return json.dumps(event, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError) as error:  # half of a surrogate pair, which UTF-8 cannot hold
        raise NotLetIn(400, UNREADABLE) from error


def _paths(data: list[Any]) -> Iterator[object]:
    """The paths of all files that the values name, however deeply nested."""
    left: list[Any] = [data]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if "path" in value:
                yield value["path"]
            left += value.values()
        elif isinstance(value, list):
            left += value
