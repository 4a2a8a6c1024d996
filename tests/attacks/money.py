"""Whoever has no key of their own costs the host nothing beyond the caps, by any path."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from tests.accounts import LISTED, QUOTED, UNPRICED, UNSTATED
from tests.attacks import Result, attack
from tests.attacks.targets import CAPS, Target
from tests.attacks.visitor import JOB, RUN, SESSION, Visitor, first
from tests.patience import PATIENCE_S

MADE_UP = "bad-as-it-is-made-up"
CAP_USD = Decimal(CAPS["TAKES_VISITOR_BUDGET"])
CAP_OF_ALL_USD = Decimal(CAPS["TAKES_VISITORS_BUDGET"])
SETTLE_S = 0.3
"""A take whose key is refused, or whose submit is answered, has got there by then."""


def until(met: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    """Whether something came to pass in time."""
    end = time.monotonic() + within_s
    while not met():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _charged(target: Target, act: Callable[[Visitor], None]) -> Result:
    """How many charges more an act led to, all told."""
    before = len(target.charges())
    act(target.visitor())
    more = _settled(target) - before
    return Result(more == 0, f"{more} charges on the host's account")


def _settled(target: Target) -> int:
    """How many charges there are once no more come."""
    seen = -1
    while (now := len(target.charges())) != seen:
        seen = now
        time.sleep(SETTLE_S)
    return seen


def _again_without_key(ref: str) -> Callable[[Visitor], None]:
    def act(visitor: Visitor) -> None:
        job = first(JOB, visitor.press(ref, key=MADE_UP))
        time.sleep(SETTLE_S)
        for _ in range(8):
            visitor.new_tab()
            visitor.call("again", event={"job": job}, enough=JOB)

    return act


@attack("1", "a made-up key on an unpriced variant, then eight times again without a key")
def again_without_a_key(target: Target) -> Result:
    return _charged(target, _again_without_key(UNPRICED))


@attack("1", "the same where nobody states a price at all", heavy=True)
def again_without_a_stated_price(target: Target) -> Result:
    return _charged(target, _again_without_key(UNSTATED))


@attack("1", "the same on a priced variant whose rate is not set")
def again_without_a_rate(target: Target) -> Result:
    return _charged(target, _again_without_key(LISTED))


@attack("1", "a run with a made-up key gone on with without one")
def go_on_without_a_key(target: Target) -> Result:
    def act(visitor: Visitor) -> None:
        run = first(RUN, visitor.press(UNPRICED, key=MADE_UP))
        for _ in range(3):
            visitor.new_tab()
            visitor.call("go_on", event={"run": run}, enough=RUN)

    return _charged(target, act)


@attack("1", "a session with a made-up key gone on with, and started again, without one")
def a_session_without_a_key(target: Target) -> Result:
    def act(visitor: Visitor) -> None:
        plan = _plan(UNPRICED)
        typed = {"key-apiframe": MADE_UP}
        session = first(SESSION, visitor.start_session(plan | typed))
        time.sleep(SETTLE_S)
        for _ in range(2):
            visitor.new_tab()
            visitor.start_session(plan, within_s=3)
            visitor.call("go_on_session", event={"session": session}, within_s=3)

    return _charged(target, act)


def _plan(ref: str, **more: object) -> dict[str, object]:
    """The fields of a live session of one variant."""
    asked = {
        "plan-name": "a plan", "plan-prompts": "a boat", "plan-picker": {"chosen": [ref]},
        "plan-mode": "Live", "plan-unpriced": True,
    }  # fmt: skip
    return asked | more


@attack("held", "budgets of a session that are none: -5, NaN, 1e999, Infinity")
def budgets_that_are_none(target: Target) -> Result:
    def act(visitor: Visitor) -> None:
        for text in ("-5", "NaN", "1e999", "sNaN", "Infinity"):
            visitor.new_tab()
            visitor.start_session(_plan(QUOTED, **{"plan-budget": text}), within_s=3)

    return _charged(target, act)


@attack("14", "five presses over the cap, each on all that quotes")
def presses_over_the_cap(target: Target) -> Result:
    before, visitor = target.quotes(), target.visitor()
    for _ in range(5):
        visitor.press(QUOTED, repeats=2)
    asked = target.quotes() - before
    return Result(asked <= 1, f"{asked} questions to the provider")


@attack("14", "the same by sixteen forms at once, of two cookies")
def forms_over_the_cap(target: Target) -> Result:
    before, two = target.quotes(), [target.visitor(), target.visitor()]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: _form(target.visitor(two[number % 2].cookie)), range(16)))
    asked = target.quotes() - before
    return Result(asked <= 2, f"{asked} questions to the provider")


def _form(visitor: Visitor) -> None:
    visitor.chosen = [QUOTED]
    visitor.call("refresh", {"prompt": "a boat", "mode": "Live", "allow-unpriced": True, "repeats": 2})


@attack("2", "a visitor says of takes the host paid that they were not charged, and begins anew")
def a_visitors_word(target: Target) -> Result:
    before, visitor = len(target.charges()), target.visitor()
    for _ in range(4):
        said = visitor.press(QUOTED)
        run, job = first(RUN, said), first(JOB, said)
        time.sleep(SETTLE_S if run else 0)
        visitor.new_tab()
        visitor.call("open_doubts")
        visitor.call("settle_not_charged", {"doubt": job})
        visitor.call("delete", event={"run": run})
    usd = Decimal("0.48") * (len(target.charges()) - before)
    return Result(usd <= CAP_USD, f"${usd} charged under a cap of ${CAP_USD}")


@attack("held", "eight visitors press at the same moment, for more than all of them may spend")
def a_race_for_the_caps(target: Target) -> Result:
    visitors = [target.visitor() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda visitor: visitor.press(QUOTED), visitors))
    time.sleep(SETTLE_S)
    usd = sum((Decimal(job["amount"]) for job in target.charges() if job["currency"] == "USD"), Decimal(0))
    return Result(usd <= CAP_OF_ALL_USD, f"${usd} charged in all under a cap of ${CAP_OF_ALL_USD}")


@attack(
    "9", "a Space whose data folder is on the disk that every restart empties: a press on the host's key", on="space"
)
def a_folder_that_does_not_last(target: Target) -> Result:
    """The sandbox is asked too: a page that only looks as if the keys were off would spend all the same."""
    before, visitor = len(target.charges()), target.visitor()
    visitor.press(QUOTED)
    time.sleep(SETTLE_S)
    more = len(target.charges()) - before
    told = ["volume" in text for text in (visitor.page, target.log)]
    where = {(True, True): "page and log say", (True, False): "the page says", (False, True): "the log says"}
    return Result(more == 0 and all(told), f"{more} charges; {where.get(tuple(told), 'neither page nor log says')} why")
