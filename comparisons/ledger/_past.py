"""What a person's latest runs say about each variant: how long it took, and what it was last billed."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from comparisons.records import EventKind, money_from_json
from providers import Money

RUNS = 200
"""How many of a person's latest runs are read, so that the time does not grow with the ledger."""
TOTALS = 20
"""The most latencies that are given for one variant: its latest."""


@dataclass(frozen=True)
class Past:
    """What is known of variants, by reference, from a person's own latest runs, live or simulated ones.

    Attributes:
        totals: ``total_s`` of the latest clips, newest first, whatever was asked for.
        billed: what the provider last said that a job cost, and when (seconds of the ledger's clock).
        last: the variants of the latest run that is of no session, in its order.
    """

    totals: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    billed: Mapping[str, tuple[Money, float]] = field(default_factory=dict)
    last: tuple[str, ...] = ()


def past(db: sqlite3.Connection, owner: str, simulated: bool, runs: int) -> Past:
    bills = f"'{EventKind.SUCCEEDED}', '{EventKind.FAILED}', '{EventKind.CANCELED}', '{EventKind.DELIVERED}'"
    rows = db.execute(
        "SELECT variant,"
        " (SELECT json_extract(data, '$.total_s') FROM events WHERE job = jobs.id AND events.state IS NOT NULL"
        f" AND kind = '{EventKind.DELIVERED}'),"
        " (SELECT json_array(json_extract(data, '$.billed'), events.at) FROM events WHERE job = jobs.id"
        f" AND events.state IS NOT NULL AND kind IN ({bills}) AND json_extract(data, '$.billed') IS NOT NULL"
        " ORDER BY seq DESC LIMIT 1),"
        " json_extract(plan, '$.quoted.currency')"
        " FROM (SELECT id, at FROM runs WHERE owner = ? AND simulated = ? ORDER BY at DESC, id DESC LIMIT ?) AS latest"
        " JOIN jobs ON run = latest.id ORDER BY latest.at DESC, latest.id DESC, position DESC",
        (owner, simulated, runs),
    )
    totals: dict[str, list[float]] = defaultdict(list)
    billed: dict[str, tuple[Money, float]] = {}
    for variant, total, bill, quoted_in in rows:
        if total is not None and len(totals[variant]) < TOTALS:
            totals[variant].append(total)
        if bill is not None and variant not in billed:
            billed.update((variant, known) for known in _bill(bill, quoted_in))
    return Past({variant: tuple(of) for variant, of in totals.items() if of}, billed, _last(db, owner))


def _bill(text: str, quoted_in: str | None) -> Iterator[tuple[Money, float]]:
    """The bill and when it came, or nothing. A bill without a currency gets that of the provider's quote, as in
    ``Job.cost``."""
    data, at = json.loads(text)
    money = money_from_json(data)
    if money is not None:
        yield Money(money.amount, money.currency or quoted_in), at


def _last(db: sqlite3.Connection, owner: str) -> tuple[str, ...]:
    row = db.execute(
        "SELECT id FROM runs WHERE owner = ? AND NOT EXISTS (SELECT 1 FROM session_runs WHERE run = runs.id)"
        " ORDER BY at DESC, id DESC LIMIT 1",
        (owner,),
    ).fetchone()
    found = db.execute("SELECT variant FROM jobs WHERE run = ? ORDER BY position", row or ("",))
    return tuple(dict.fromkeys(variant for (variant,) in found))
