"""What jobs may still cost, and what they did: the pots' reservations."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from decimal import Decimal

from comparisons.budget import Balance, Budget, Pot, check, dollars, micro
from comparisons.ledger._rows import SETTLED, jobs, marks
from comparisons.records import Job


def reserve(db: sqlite3.Connection, planned: Sequence[Job], budget: Budget | None) -> None:
    """Takes what the jobs may cost out of every pot, or raises ``OverBudget``."""
    prices = {job.id: price for job in planned if budget and (price := budget.worst(job)) is not None}
    wanted = sum(prices.values(), Decimal(0))
    for pot in budget.pots if budget else ():
        settle(db, pot, budget)
        check([pot], wanted, lambda pot: balance(db, pot))
        rows = [(job.id, pot.name, job.last_at, micro(prices[job.id])) for job in planned if job.id in prices]
        db.executemany("INSERT INTO reservations (job, pot, at, reserved) VALUES (?, ?, ?, ?)", rows)


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
