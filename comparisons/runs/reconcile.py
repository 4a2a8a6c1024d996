"""Settling uncertain jobs: those for which it is not known whether they are billed.

Nothing here submits anything. An uncertain job is either found at its provider, by the provider's id, or closed on a
person's word that it was not charged.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from comparisons.engine import Wires, Workers, exchange
from comparisons.ledger import Ledger
from comparisons.net import NoReply, Transport
from comparisons.records import HOST, Event, EventKind, Job, Person, State
from comparisons.runs.quotes import Quotes
from providers import JOB_ID, PROVIDERS, Handle, InvalidRequest, Sighting

SLACK_S = 600.0
"""How many seconds the provider's clock may be from ours."""
PAGES = 20
"""The most pages of a provider's list of jobs that are read."""
ANSWER_S = 20.0
"""For how many seconds a person waits for a provider's answer."""
T = TypeVar("T")


class Reconciler:
    """Settles uncertain jobs: by what their provider says, or on the word of the person who pays for them.

    Args:
        quotes: limits how many questions visitors may ask.
        acting: the lock to hold while anything about a run is decided.
        now: seconds of the ledger's clock.
    """

    def __init__(
        self,
        ledger: Ledger,
        workers: Workers,
        wires: Wires,
        quotes: Quotes,
        acting: threading.RLock,
        now: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._workers = workers
        self._wires = wires
        self._quotes = quotes
        self._acting = acting
        self._now = now

    def uncertain(self, who: Person = HOST) -> list[Job]:
        """The uncertain jobs that ``who`` may see."""
        return self._ledger.uncertain(who.only)

    def look_for(self, job_id: str, who: Person = HOST) -> str:
        """Asks the provider about an uncertain job, goes on with it if it is found, and gives a sentence about that.

        Raises:
            InvalidRequest: there is no such job, it is not uncertain, or a visitor asked too often.
            ProviderError, NotSent, NoReply: the provider did not answer the question.
        """
        job = self._uncertain(job_id, who)
        wire = self._wires.about(job, who)
        seen = self._asked(job, sightings(job, wire, self._ledger, lambda: self._quotes.check_may_ask(who.id)))
        sure = seen is not None and len(seen) == 1 and not self._has_rivals(job, seen[0])
        if seen and not sure and not who.has_a_say(job.plan):
            return f"{PROVIDERS[job.plan.provider].name} has what may be it, or another take: the host says which."
        if seen and sure:
            self._found(job, seen[0].id, wire, who)
        return in_words(job, seen, sure=sure)

    def _has_rivals(self, job: Job, seen: Sighting) -> bool:
        """Whether the provider's job may just as well be another take of ours whose id nobody knows."""
        others = (each for each in self._ledger.without_id(job.plan.provider) if each.id != job.id)
        return any(_may_be(seen, each) and each.plan.live == job.plan.live for each in others)

    def found(self, job_id: str, provider_job: str, who: Person = HOST) -> Job:
        """Goes on with an uncertain job under the id its provider lists it by; its clip is then fetched.

        Raises:
            InvalidRequest: the job is not uncertain, the id cannot be its own, or somebody else pays for it.
            ProviderError, NotSent, NoReply: the provider does not know the id, or did not answer.
        """
        job = self._uncertain(job_id, who)
        _check_say(job, who)
        return self._found(job, provider_job, self._wires.about(job, who), who)

    def _found(self, job: Job, provider_job: str, wire: Transport, who: Person) -> Job:
        handle = self._asked(job, known_there(job, provider_job, wire, self._ledger))
        with self._acting:
            job = self._uncertain(job.id, who)
            self._workers.claim(job.run)
            where = {"id": handle.id, "endpoint": handle.endpoint}
            event = Event.of(EventKind.FOUND, max(self._now(), job.last_at), "queue", {"handle": where})
            if not self._ledger.reopen(job.id, job.plan.provider, event):  # another take got this id meanwhile
                if not self._workers.active(job.run):
                    self._workers.disown(job.run)
                raise InvalidRequest(f"{handle.id} is another take of yours already.")
            self._wires.keep(job.run, who)
            self._workers.begin([job.after(event)])
        return job.after(event)

    def _asked(self, job: Job, question: Coroutine[Any, Any, T]) -> T:
        """The provider's answer; raises ``NoReply`` if it does not come within ``ANSWER_S`` seconds."""
        try:
            return self._workers.call(asyncio.wait_for(question, ANSWER_S))
        except TimeoutError as error:
            name = PROVIDERS[job.plan.provider].name
            raise NoReply(f"{name} has not answered within {ANSWER_S:.0f} s; please ask again later") from error

    def not_charged(self, job_id: str, who: Person = HOST) -> Job:
        """Closes an uncertain job on the word of the person who pays for it that its provider has not charged it.

        Raises:
            InvalidRequest: the job is not uncertain, or somebody else pays for it.
        """
        with self._acting:
            job = self._uncertain(job_id, who)
            _check_say(job, who)
            data = {"error": "You said that the provider does not have it."}
            event = Event.of(EventKind.NOT_CHARGED, max(self._now(), job.last_at), data=data)
            self._ledger.record(job.id, event)
            return job.after(event)

    def _uncertain(self, job_id: str, who: Person) -> Job:
        job = self._ledger.job(job_id)
        if job is None or (who.id and self._ledger.owner(job_id) != who.id):
            raise InvalidRequest(f"No job is called {job_id!r}. See: python -m comparisons jobs")
        closed_by_mistake = job.state == State.REJECTED and job.last(EventKind.NOT_CHARGED) is not None
        if job.state != State.UNCERTAIN and not closed_by_mistake:
            raise InvalidRequest(f"Job {job.id} is {job.state}: there is nothing to reconcile.")
        return job


def _check_say(job: Job, who: Person) -> None:
    """Raises ``InvalidRequest`` if ``who`` may not say what became of the job at its provider."""
    if not who.has_a_say(job.plan):
        whose = "somebody's typed key" if job.plan.payer else "the host's key"
        raise InvalidRequest(f"This take is paid with {whose}: only who pays can say what the provider has of it.")


def sent_between(job: Job) -> tuple[float, float]:
    """Between which moments the submit was sent: its first try, and when the job became uncertain.

    In seconds of the ledger's clock.
    """
    times = [event.at for event in job.events if event.kind == EventKind.SUBMITTING]
    last = next(event.at for event in reversed(job.events) if event.state == State.UNCERTAIN)
    return (times[0] if times else job.events[0].at, last)


async def sightings(
    job: Job, wire: Transport, ledger: Ledger, may_ask: Callable[[], None] = lambda: None
) -> list[Sighting] | None:
    """The provider's jobs that may be this one: same model and prompt, created about then, not another job of ours.

    None if the provider's API cannot list jobs. ``may_ask`` is called before each page, and raises if that is one too
    many.

    Raises:
        ProviderError, NotSent, NoReply: the provider did not answer the question.
    """
    provider = PROVIDERS[job.plan.provider]
    first, last = sent_between(job)
    cursor, found = None, []
    for _ in range(PAGES):
        asked = provider.listing(cursor)
        if asked is None:
            return None
        may_ask()
        page = await exchange(wire, provider.slug, asked, provider.listed)
        found += [each for each in page.jobs if first - SLACK_S <= each.created_at <= last + SLACK_S]
        cursor = page.cursor
        if cursor is None or any(each.created_at < first - SLACK_S for each in page.jobs):
            break
    return [each for each in found if _may_be(each, job) and not ledger.knows(provider.slug, each.id)]


def _may_be(sighting: Sighting, job: Job) -> bool:
    if sighting.endpoint != job.plan.endpoint:
        return False
    return sighting.prompt is None or sighting.prompt.strip() == job.plan.prompt.strip()


def in_words(job: Job, seen: list[Sighting] | None, *, sure: bool) -> str:
    """What the provider's answer means, in a sentence."""
    name = PROVIDERS[job.plan.provider].name
    if seen is None:
        return f"{name}'s API lists no jobs: look at its page, then say what you found."
    if sure:
        return f"{name} has it as {seen[0].id}: its clip is being fetched."
    if seen:
        return f"It may be one of these at {name}: {', '.join(each.id for each in seen)}. Say which one it is."
    return f"{name} lists no such job from then: most likely it was not started, so not charged."


async def known_there(job: Job, provider_job: str, wire: Transport, ledger: Ledger) -> Handle:
    """The handle of the job whose id at the provider is ``provider_job``, after asking whether the provider knows it.

    Raises:
        InvalidRequest: it is no id, or that of another job of ours.
        ProviderError, NotSent, NoReply: the provider does not know it, or did not answer.
    """
    provider, name = PROVIDERS[job.plan.provider], provider_job.strip()
    if not JOB_ID.fullmatch(name):
        raise InvalidRequest(f"Paste the id under which {provider.name} lists the job.")
    if ledger.knows(provider.slug, name):
        raise InvalidRequest(f"{name} is another take of yours already.")
    handle = Handle(name, job.plan.endpoint)
    await exchange(wire, provider.slug, provider.poll(handle), provider.polled)
    return handle
