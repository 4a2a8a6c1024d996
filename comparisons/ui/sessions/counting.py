"""Counts in the background what plans of forms would run and cost; a page picks up the result of its latest form."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from comparisons.playground import Playground
from comparisons.records import Person
from comparisons.ui.fair import Fair
from comparisons.ui.sessions import foresee
from comparisons.ui.sessions.foresee import Foreseen
from comparisons.ui.sessions.plan_form import PlanForm
from comparisons.ui.sessions.wrong import FormPart, Wrong, wrong
from providers import TakesError

AT_ONCE = 4
KEPT = 500
"""For how many pages a result is kept."""

Counted = Future[Foreseen | Wrong]


class Counting:
    """Counts the plan of each page's latest form with ``count``, and keeps the result until it is picked up.

    ``AT_ONCE`` plans are counted at a time, people in turn.
    """

    def __init__(
        self, playground: Playground, count: Callable[[Playground, PlanForm, Person], Foreseen] = foresee.foresee
    ) -> None:
        self._playground, self._count = playground, count
        self._fair = Fair("plans", AT_ONCE)
        self._secret = secrets.token_bytes(32)
        self._kept: OrderedDict[tuple[str, str], tuple[bytes, Counted]] = OrderedDict()
        self._acting = threading.Lock()

    def begun(self, page: str, form: PlanForm, who: Person) -> Counted:
        """Begins to count a form, unless the page's latest form is equal and its result was not picked up yet.

        Raises:
            TooMuchAtOnce: this person has too many plans waiting.
        """
        name, mark = (who.id, page), self._mark(form, who)
        with self._acting:
            before, counted = self._kept.get(name, (b"", None))
            if counted is None or before != mark:
                if counted is not None:
                    counted.cancel()  # nobody waits for an earlier form
                counted = self._fair.submit(who, lambda: self._counted(form, who))
                self._kept[name] = mark, counted
            self._kept.move_to_end(name)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)[1][1].cancel()
            return counted

    def picked_up(self, page: str, who: Person, counted: Counted) -> Foreseen:
        """The result of ``begun``, waiting for it; it is then forgotten, and an equal form is counted again.

        Raises:
            Wrong: what is wrong with the form, or that it was changed before it was counted.
        """
        with self._acting:
            if self._kept.get((who.id, page), (b"", None))[1] is counted:
                del self._kept[who.id, page]
        if counted.cancelled():
            raise Wrong(FormPart.START, "The form was changed meanwhile.")
        found = counted.result()
        if isinstance(found, Wrong):
            raise found
        return found

    def _mark(self, form: PlanForm, who: Person) -> bytes:
        """A keyed hash of a form and its keys, from which nothing that was typed can be read."""
        told = repr((form, sorted(form.keys.items()), sorted(who.keys.items())))
        return hashlib.blake2b(told.encode("utf-8", "replace"), key=self._secret).digest()

    def _counted(self, form: PlanForm, who: Person) -> Foreseen | Wrong:
        try:
            return self._count(self._playground, form, who)
        except TakesError as error:
            return wrong(error)
