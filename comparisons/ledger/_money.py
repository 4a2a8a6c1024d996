"""The reservations in the pots: what each job may cost at worst, and once it is over, what it did cost.

No live job is submitted without them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from decimal import Decimal

from comparisons.ledger._rows import jobs, texts
from comparisons.records import SETTLED, Balance, Budget, Job, OverBudget, Pot, Priced, check, dollars, micro

NoFigure = dict[str, tuple[int, frozenset[tuple[str, Decimal]]]]
"""Jobs that are over and whose cost in dollars is not known: each with its last event's number and the rates that were
tried. Such a job is read again only when one of the two has changed; otherwise every submit would read all of them."""
RESERVE = "INSERT INTO reservations (job, pot, at, reserved) VALUES (?, ?, ?, ?)"


def reserve(db: sqlite3.Connection, planned: Sequence[Job], budget: Budget | None, no_figure: NoFigure) -> None:
    """Reserves what the jobs may cost at worst in every pot of the budget.

    Raises:
        InvalidRequest: a price is not known, and nobody agreed to that.
        OverBudget: a pot has too little left.
        ValueError: there is a live job and no budget.
    """
    live = [job for job in planned if job.plan.live]
    if budget is None:
        if live:
            raise ValueError("live jobs need a budget: it says who pays for them")
        return
    budget.check_prices([Priced.of(job.plan) for job in live])
    prices = {job.id: price for job in planned if (price := budget.worst(job)) is not None}
    wanted = sum(prices.values(), Decimal(0))
    for pot in (*budget.pots, *budget.counted):
        settle(db, pot, budget, no_figure)
        if pot in budget.pots:
            check([pot], wanted, lambda pot: balance(db, pot))
        rows = [
            (job.id, pot.name, max(job.last_at, budget.at), micro(prices[job.id]))
            for job in planned
            if job.id in prices
        ]
        db.executemany(RESERVE, rows)


def permit(db: sqlite3.Connection, job: Job, at: float, budget: Budget, no_figure: NoFigure, *, repeat: bool) -> None:
    """Lets a job be submitted at the moment ``at``, at today's prices and rates, if it fits every pot of the budget.

    Its cost counts from that moment, not from when it was planned, which may be days ago. A ``repeat`` of a submit that
    may have arrived is never refused: that could leave a clip behind that is paid for.

    Raises:
        InvalidRequest: as ``reserve``; the caller must then undo its transaction.
    """
    if not repeat:
        budget.check_prices([Priced.of(job.plan)])
    price, at = budget.worst(job), max(at, budget.at)
    for pot in (*budget.pots, *budget.counted):
        settle(db, pot, budget, no_figure)
        db.execute(f"{RESERVE} ON CONFLICT DO NOTHING", (job.id, pot.name, at, micro(price or Decimal(0))))
    changed = "UPDATE reservations SET at = ?, reserved = coalesce(?, reserved) WHERE job = ? AND settled IS NULL"
    db.execute(changed, (at, None if price is None else micro(price), job.id))
    for pot in budget.pots:
        state = balance(db, pot)
        if state.left < 0 and not repeat:
            raise OverBudget(pot, state, price)


def reopen(db: sqlite3.Connection, job: str) -> None:
    """Reserves the cost of a job again that was thought to be over, whether or not it fits."""
    db.execute("UPDATE reservations SET settled = NULL WHERE job = ?", (job,))


def count_in(db: sqlite3.Connection, known: Sequence[Job], budget: Budget) -> None:
    """Reserves the cost of jobs that are recorded already, whether or not it fits."""
    prices = [(job, price) for job in known if (price := budget.worst(job)) is not None]
    rows = [(job.id, pot.name, job.last_at, micro(price)) for pot in budget.pots for job, price in prices]
    db.executemany(f"{RESERVE} ON CONFLICT DO NOTHING", rows)


def settle(db: sqlite3.Connection, pot: Pot, budget: Budget, no_figure: NoFigure) -> None:
    """Writes down what those jobs of a pot cost that are over by now, in all pots that they count in."""
    last = "(SELECT max(seq) FROM events WHERE events.job = jobs.id)"
    rows = db.execute(
        f"SELECT {last}, jobs.id, run, position, plan FROM reservations JOIN jobs ON jobs.id = job"
        f" WHERE pot = ? AND settled IS NULL AND state IN ({texts(SETTLED)})",
        (pot.name,),
    ).fetchall()
    rates = frozenset(budget.usd.items())
    unread = [row for row in rows if no_figure.get(row[1]) != (row[0], rates)]
    for (seq, *_), job in zip(unread, jobs(db, [row[1:] for row in unread]), strict=True):
        if not settle_job(db, job, budget):
            no_figure[job.id] = (seq, rates)


def settle_job(db: sqlite3.Connection, job: Job, budget: Budget, *, for_good: bool = False) -> bool:
    """Writes down what a job that is over cost; False if its cost in dollars is not known.

    ``for_good``: an unknown cost then counts as what was reserved.
    """
    spent = budget.spent(job)
    if spent is None and not for_good:
        return False
    update = "UPDATE reservations SET settled = coalesce(?, reserved) WHERE job = ? AND settled IS NULL"
    db.execute(update, (None if spent is None else micro(spent), job.id))
    return True


def balance(db: sqlite3.Connection, pot: Pot) -> Balance:
    """What a pot has spent, reserved and left, as last settled."""
    spent, reserved = db.execute(
        "SELECT coalesce(sum(settled), 0), coalesce(sum(reserved) FILTER (WHERE settled IS NULL), 0) FROM reservations"
        " WHERE pot = ? AND (at >= ? OR settled IS NULL)",
        (pot.name, pot.since),
    ).fetchone()
    return Balance(pot.limit, dollars(spent), dollars(reserved))
