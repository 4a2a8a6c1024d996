"""Words about jobs, requests, prices and sessions, which the page, the command line and exports share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from comparisons.records import NOT_ACCEPTED, End, Ending, EventKind, Job, Odd, Plan, Result, State, Wanted, shortage
from providers import LABELS, PROVIDERS, Money, PriceRule, Value, Variant, said


def state_words(job: Job) -> str:
    """A short sentence for a person who watches, without its final period."""
    name = PROVIDERS[job.plan.provider].name
    if job.state in NOT_ACCEPTED:
        return _before(job, name)
    if job.unwatched and job.state != State.SUCCEEDED:
        return f"Not watched at {name} any more; it may still be billed"
    if job.state == State.QUEUED:
        position = job.said("queue_position")
        place = f", position {position}" if position is not None else ""
        return f"In {name}'s queue{place}{_noted(job)}"
    if job.state == State.RUNNING:
        return f"Generating at {name}"
    if job.state == State.SUCCEEDED:
        return _clip(job)
    return {
        State.DELIVERED: "Delivered",
        State.FAILED: "Failed at the provider",
        State.CANCELED: "Stopped",
        State.REJECTED: "Not charged, by your word" if job.last(EventKind.NOT_CHARGED) else "Refused before it started",
        State.UNCERTAIN: "May be billed: nobody knows",
    }[job.state]


def told_words(job: Job) -> list[tuple[str, str]]:
    """What its provider told of the job beside its state, each with a label: ``its time``, ``41.2 s by its own word``.

    In their order: of the prompt and the seed, of the time, of money, and what its support asks for.
    """
    place, wait, spent = first_place(job), job.said("provider_wait_s"), job.said("provider_s")
    units, seed = job.said("billed_units"), job.said("seed_used")
    rows = [
        ("its prompt", job.said("prompt_used")),
        ("its seed", None if seed is None else str(seed)),
        ("its queue", None if place is None else f"position {place} at first{_noted(job)}"),
        ("its wait", None if wait is None else f"{round(wait, 2):g} s by its own word"),
        ("its time", None if spent is None else f"{round(spent, 2):g} s by its own word"),
        ("its bill", None if units is None else f"{units:g} unit{'' if units == 1 else 's'}"),
        ("its job", job.handle.id if job.handle else None),
        ("support", job.said("request_id")),
    ]
    return [(label, words) for label, words in rows if words]


def _noted(job: Job) -> str:
    """What else waits in its provider's queue, to be added to a sentence."""
    note = PROVIDERS[job.plan.provider].queue_note
    return f"; {note}" if note else ""


def first_place(job: Job) -> int | None:
    """The first place in its queue that its provider told, if it did with its yes to the submit or later."""
    at_once = job.handle.told.get("queue_position") if job.handle else None
    later = (event.data["queue_position"] for event in job.events if "queue_position" in event.data)
    return next(later, None) if at_once is None else int(at_once)


def is_awaited(job: Job) -> bool:
    """Whether its provider has finished it, and a try to get its clip has failed."""
    return job.state == State.SUCCEEDED and job.last(EventKind.WAITING, EventKind.PAUSED) is not None


def _clip(job: Job) -> str:
    """Words about a job that its provider has finished: its clip is being fetched, waited for, or neither."""
    last = job.last(EventKind.SUCCEEDED, EventKind.RESUMED, EventKind.WAITING, EventKind.FETCHING, EventKind.PAUSED)
    done = "Done" if job.plan.simulated else "Paid"
    if last is not None and last.kind == EventKind.WAITING:
        return f"{done}; its clip is waited for, next try at {_moment(last.data['next_at'])}"
    if last is not None and last.kind == EventKind.PAUSED:
        return f"{done}; its clip is not here yet"
    return "Done; fetching the clip"


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC"


ODD = {
    Odd.CUT: "odd: it seems to end too soon, though it came whole; kept as it came",
    Odd.UNREADABLE: "odd: nothing here can read it; kept as it came",
    Odd.NO_PICTURES: "odd: no pictures are found in it; kept as it came",
}


def clip_notes(result: Result) -> list[str]:
    """Phrases about what a viewer must know about a clip before comparing it with others."""
    odd = [ODD[result.odd]] if result.odd else []
    return [*odd, "came by hand: no latency is claimed"] if result.by_hand else odd


def came_words(result: Result) -> str:
    """What a clip is, as measured from its file."""
    return str(result.media) if result.media else "unknown: it cannot be measured here"


def wanted_words(wanted: Wanted | None) -> str:
    """``6 s · 768p · first frame · optimizer on``; a length or resolution left to the variant is ``own length``."""
    if wanted is None:
        return ""
    of = wanted.options
    first = [said(name, of[name]) if name in of else f"own {word}" for name, word in OWN.items()]
    rest = [_setting(name, value) for name, value in of.items() if name not in OWN]
    return " · ".join([*first, images_words(wanted.inputs), *rest])


def difference_words(plans: Sequence[Plan]) -> list[str]:
    """Phrases about what differs between requests, such as ``length: 6 s / own``; empty if all are the same."""
    found = ["prompt"] if len({plan.prompt for plan in plans}) > 1 else []
    asked = [(plan.asked or plan.sent).options for plan in plans]
    for name in sorted({name for of in asked for name in of}):
        values = list(dict.fromkeys(said(name, of[name]) if name in of else "own" for of in asked))
        found += [f"{OWN.get(name, LABELS.get(name, name))}: {' / '.join(values)}"] if len(values) > 1 else []
    kinds = sorted({kind for plan in plans for kind in (plan.asked or plan.sent).inputs})
    return found + [LABELS.get(kind, kind) for kind in kinds if _are_unlike(plans, kind)]


def _are_unlike(plans: Sequence[Plan], kind: str) -> bool:
    """Whether jobs were asked to use different images of a kind.

    A variant that takes no such images may have been asked for the same ones, so it does not count as different.
    """
    asked = {(plan.asked or plan.sent).inputs.get(kind, 0) for plan in plans}
    return len(asked) > 1 or len({files for plan in plans if (files := plan.images.get(kind))}) > 1


def shape_words(options: Mapping[str, Value]) -> str:
    """``768p · 6 s``: the resolution and length of a clip, by the options that its variant is sent."""
    return " · ".join(said(name, options[name]) if name in options else f"own {OWN[name]}" for name in reversed(OWN))


def variant_shapes(variant: Variant) -> str:
    """The resolutions and lengths that a variant offers: ``768p or 1080p · 6 or 10 s``."""
    options = variant.options
    return " · ".join(options[name].offered if name in options else f"own {OWN[name]}" for name in reversed(OWN))


def price_words(rule: PriceRule) -> str:
    """``768p, 6 s: ¥1.01``, ``audio off: $0.20 a second``: the options that a price depends on, and the price."""
    when = ", ".join(" or ".join(said(name, value) for value in values) for name, values in rule.when.items())
    amount = f"{rule.money}{' a second' if rule.per == 'second' else ''}"
    return f"{when}: {amount}" if when else amount


OLD_DAYS = 60
"""A price list of more days is said to be old."""


def dated_words(dated: date, today: date) -> str:
    """The day of a price list: ``2026-10-30``, and once it is old ``2026-04-29, 215 days old``."""
    days = (today - dated).days
    return f"{dated.isoformat()}, {days} days old" if days > OLD_DAYS else dated.isoformat()


def ending_of_model(variant: Variant) -> str:
    """Why a variant only runs if it is chosen by itself: its model ends or has ended; empty for other variants."""
    of = variant.lifecycle
    if of is None:
        return ""
    when = "ended" if of.state == "ended" else "was announced to end"
    return f"its maker's own service {when} {of.date.isoformat()}: choose it by itself to try it"


OWN = {"duration": "length", "resolution": "resolution"}
"""The options that are always named, as ``own length`` if they are left to the variant."""
SHORT = {"prompt_optimizer": "optimizer"}
"""Short names of options."""


def _setting(name: str, value: Value) -> str:
    words = said(name, value)
    long = LABELS.get(name, name).lower()
    return words.replace(long, SHORT[name], 1) if name in SHORT else words


def images_words(inputs: Mapping[str, int]) -> str:
    """Which images a request has: ``text only``, ``first and last frame``, ``3 reference images``."""
    if not inputs:
        return "text only"
    frames = [name.removesuffix("_frame") for name in ("first_frame", "last_frame") if inputs.get(name)]
    count = inputs.get("references", 0)
    parts = [f"{' and '.join(frames)} frame"] if frames else []
    return " and ".join(parts + ([f"{count} reference image{'' if count == 1 else 's'}"] if count else []))


def adaptations(asked: Wanted | None, sent: Wanted) -> tuple[str, ...]:
    """Phrases about what was not sent as asked: ``8 s, nearest to 6 s``, ``text only: image not used``."""
    if asked is None:
        return ()
    instead = asked.instead(sent)
    images = [_unused(name, sent) for name in asked.inputs if name in instead]
    return (*images, *(_changed(name, value, sent) for name, value in asked.options.items() if name in instead))


def _unused(name: str, sent: Wanted) -> str:
    if name == "first_frame":
        return "image not used" if sent.inputs else "text only: image not used"
    return f"{LABELS[name]} not used"


def _changed(name: str, value: Value, sent: Wanted) -> str:
    if name in sent.options:
        return f"{said(name, sent.options[name])}, nearest to {said(name, value)}"
    return f"no setting for {_setting(name, True).removesuffix(' on')}"


PLANS_BUDGET = "the plan's budget"
"""What the budget of a session's own plan is called in a sentence."""


def ending_words(ending: Ending | None) -> str:
    """A sentence that says why no more runs are added to a session; empty while some may be."""
    if ending is None:
        return ""
    made = "One repeat was made" if ending.made == 1 else f"{ending.made} repeats were made"
    match ending.how:
        case _ if ending.told:
            return ending.told
        case End.STOPPED:
            return "It was stopped."
        case End.ALL_MADE:
            whole = f"All {ending.made} repeats of the plan were made."
            return "The plan's one repeat was made." if ending.made == 1 else whole
        case End.PRECISE:
            repeats = "one repeat" if ending.made == 1 else f"{ending.made} repeats"
            return f"After {repeats} every median's interval was within {ending.within_percent:g} % of it."
        case End.MOST_MADE:
            return f"{made}, as many as the plan allows; some intervals are still wider than it wants."
        case End.UNTRIED:
            return (
                f"{made}, but {ending.untried} of {ending.jobs} jobs were never tried, as a key or a balance was"
                " refused. Going on with the session tries them."
            )
        case End.OVER_BUDGET if ending.balance is not None:
            return f"{made}; one more {shortage(PLANS_BUDGET, ending.balance, ending.wanted)}."
    return f"{made}."


def _before(job: Job, name: str) -> str:
    if job.phase == "held" and job.events[-1].kind == EventKind.HELD:
        return f"Waiting to try {name} again"
    if job.phase == "held":
        return f"Waiting for a place at {name} (our limit: {PROVIDERS[job.plan.provider].concurrency} at once)"
    return "Uploading the image" if job.phase == "upload" else f"Submitting to {name}"


def total_words(prices: Iterable[Money | None]) -> str:
    """A sum in several currencies, without conversion: ``¥2.02 + 5 credits + 2 not priced``."""
    sums: dict[str | None, Money] = {}
    unknown = 0
    for price in prices:
        if price is None:
            unknown += 1
        else:
            before = sums.get(price.currency)
            sums[price.currency] = Money(price.amount + (before.amount if before else 0), price.currency)
    parts = [str(money) for money in sums.values()] + ([f"{unknown} not priced"] if unknown else [])
    return " + ".join(parts) or "nothing"
