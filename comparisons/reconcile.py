"""Jobs of which nobody knows whether they are billed: what is known, and whether their provider knows them.

Nothing here submits anything. A job is found by its provider's id, or said not to be charged by a person.
"""

from __future__ import annotations

from comparisons.asking import exchange
from comparisons.ledger import Ledger
from comparisons.records import Job
from comparisons.transport import Transport
from providers import JOB_ID, PROVIDERS, Handle, InvalidRequest, Sighting

SLACK_S = 600.0
"""How far the provider's clock may be from ours."""
PAGES = 20
"""Of a provider's list of jobs, at most."""


def sent_between(job: Job) -> tuple[float, float]:
    """When the submit was sent: its first and its last try, in epoch seconds."""
    times = [event.at for event in job.events if event.kind == "submitting"]
    last = next(event.at for event in reversed(job.events) if event.state == "uncertain")
    return (times[0] if times else job.events[0].at, last)


async def sightings(job: Job, wire: Transport, ledger: Ledger) -> list[Sighting] | None:
    """The provider's jobs that may be this one: same model and prompt, accepted about then, not another job of ours.

    None if the provider's API cannot tell.

    Raises:
        ProviderError, NotSent, NoReply: the provider did not tell.
    """
    provider = PROVIDERS[job.plan.provider]
    first, last = sent_between(job)
    cursor, found = None, []
    for _ in range(PAGES):
        asked = provider.listing(cursor)
        if asked is None:
            return None
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


def in_words(job: Job, seen: list[Sighting] | None) -> str:
    """What the provider's answer means, in a sentence."""
    name = PROVIDERS[job.plan.provider].name
    if seen is None:
        return f"{name}'s API lists no jobs: look at its page, then say what you found."
    if len(seen) == 1:
        return f"{name} has it as {seen[0].id}: its clip is being fetched."
    if seen:
        return f"It may be one of these at {name}: {', '.join(each.id for each in seen)}. Say which one it is."
    return f"{name} lists no such job from then: most likely it was not started, so not charged."


async def known_there(job: Job, provider_job: str, wire: Transport, ledger: Ledger) -> Handle:
    """The handle of the job that its provider calls so, after asking the provider whether it knows it.

    Raises:
        InvalidRequest: it is no id, or that of another job of ours.
        ProviderError, NotSent, NoReply: the provider does not know it, or did not tell.
    """
    provider, name = PROVIDERS[job.plan.provider], provider_job.strip()
    if not JOB_ID.fullmatch(name):
        raise InvalidRequest(f"Paste the id under which {provider.name} lists the job.")
    if ledger.knows(provider.slug, name):
        raise InvalidRequest(f"{name} is another take of yours already.")
    handle = Handle(name, job.plan.endpoint)
    await exchange(wire, provider.slug, provider.poll(handle), provider.polled)
    return handle
