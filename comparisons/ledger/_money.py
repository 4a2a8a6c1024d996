"""What jobs may still cost, and what they did: the pots' reservations. No live job is submitted past them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from decimal import Decimal

from comparisons.budget import Balance, Budget, OverBudget, Pot, Priced, check, dollars, micro
from comparisons.ledger._rows import SETTLED, jobs, marks
from comparisons.records import Job

RESERVE = "INSERT INTO reservations (job, pot, at, reserved) VALUES (?, ?, ?, ?)"


def reserve(db: sqlite3.Connection, planned: Sequence[Job], budget: Budget | None) -> None:
    """Takes what the jobs may cost out of every pot.

    Raises:
        InvalidRequest: a price is not known, and not allowed to be unknown.
        OverBudget: a pot has too little left.
    """
    live = [job for job in planned if job.plan.live]
    if budget is None:
        if live:
            raise ValueError("live jobs need a budget: it says who pays for them")
        return
    budget.check_prices([Priced.of(job.plan) for job in live])
    prices = {job.id: price for job in planned if (price := budget.worst(job)) is not None}
    wanted = sum(prices.values(), Decimal(0))
    for pot in budget.pots:
        settle(db, pot, budget)
        check([pot], wanted, lambda pot: balance(db, pot))
        rows = [(job.id, pot.name, job.last_at, micro(prices[job.id])) for job in planned if job.id in prices]
        db.executemany(RESERVE, rows)


def permit(db: sqlite3.Connection, job: Job, at: float, budget: Budget) -> None:
    """Lets a planned job be submitted at a time, if it fits every pot that holds for it now; raises as ``reserve``.

    What it may cost counts from here on, not from when it was planned: it may have waited for days.
    """
    for pot in budget.pots:
        settle(db, pot, budget)
        if not _is_reserved(db, job, pot):
            _reserve_in(db, pot, job, at, budget)
        state = balance(db, pot)
        if state.left < 0:  # it was reserved within a higher limit
            raise OverBudget(pot, state, budget.worst(job) or Decimal(0))
    if not budget.pots:
        budget.check_prices([Priced.of(job.plan)])
    db.execute("UPDATE reservations SET at = ? WHERE job = ? AND settled IS NULL", (at, job.id))


def _is_reserved(db: sqlite3.Connection, job: Job, pot: Pot) -> bool:
    row = db.execute("SELECT 1 FROM reservations WHERE job = ? AND pot = ?", (job.id, pot.name)).fetchone()
    return row is not None


def _reserve_in(db: sqlite3.Connection, pot: Pot, job: Job, at: float, budget: Budget) -> None:
    """Takes what a job may cost out of one pot, which did not hold for it when it was planned."""
    budget.check_prices([Priced.of(job.plan)])
    price = budget.worst(job) or Decimal(0)
    check([pot], price, lambda pot: balance(db, pot))
    db.execute(RESERVE, (job.id, pot.name, at, micro(price)))


def reopen(db: sqlite3.Connection, job: str) -> None:
    """A job that was taken to be over is not: what it may cost is reserved once more, whether or not it fits."""
    db.execute("UPDATE reservations SET settled = NULL WHERE job = ?", (job,))


def count_in(db: sqlite3.Connection, known: Sequence[Job], budget: Budget) -> None:
    """Reserves for jobs that are there already, without asking whether they fit."""
    prices = [(job, price) for job in known if (price := budget.worst(job)) is not None]
    rows = [(job.id, pot.name, job.last_at, micro(price)) for pot in budget.pots for job, price in prices]
    db.executemany("INSERT OR IGNORE INTO reservations (job, pot, at, reserved) VALUES (?, ?, ?, ?)", rows)


def settle(db: sqlite3.Connection, pot: Pot, budget: Budget) -> None:
    """Writes down what the pot's jobs that are over by now did cost."""
    rows = db.execute(
        "SELECT jobs.id, run, position, plan FROM reservations JOIN jobs ON jobs.id = job"
        f" WHERE pot = ? AND settled IS NULL AND state IN ({marks(SETTLED)})",
        (pot.name, *SETTLED),
    ).fetchall()
    for job in jobs(db, rows):
        spent = budget.spent(job)
        if spent is not None:
            update = "UPDATE reservations SET settled = ? WHERE job = ? AND pot = ?"
            db.execute(update, (micro(spent), job.id, pot.name))


def balance(db: sqlite3.Connection, pot: Pot) -> Balance:
    """What a pot has spent, reserved and left, as last settled."""
    spent, reserved = db.execute(
        "SELECT coalesce(sum(settled), 0), coalesce(sum(reserved) FILTER (WHERE settled IS NULL), 0) FROM reservations"
        " WHERE pot = ? AND (at >= ? OR settled IS NULL)",
        (pot.name, pot.since),
    ).fetchone()
    return Balance(pot.limit, dollars(spent), dollars(reserved))
