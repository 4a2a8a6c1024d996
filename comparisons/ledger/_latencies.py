"""How long a variant's latest jobs took, found without reading all of its jobs."""

from __future__ import annotations

import json
import sqlite3
from itertools import islice

from comparisons.ledger import _rows
from comparisons.records import PICKED_UP, EventKind, Plan, State

LOOKED_AT = 400
"""Among how many of a variant's latest jobs those of one kind are looked for, so that the time does not grow."""
_LATEST = (
    f"(SELECT id, plan FROM jobs WHERE variant = :variant AND state = '{State.DELIVERED}'"
    f" ORDER BY rowid DESC LIMIT {LOOKED_AT})"
)


def totals(db: sqlite3.Connection, variant: str, simulated: bool, limit: int) -> list[float]:
    """``total_s`` of the variant's latest clips, newest first."""
    rows = db.execute(
        "SELECT (SELECT json_extract(data, '$.total_s') FROM events"
        f" WHERE job = latest.id AND state IS NOT NULL AND kind = '{EventKind.DELIVERED}')"
        f" AS total FROM {_LATEST} AS latest WHERE json_extract(plan, '$.simulated') = :simulated"
        " AND total IS NOT NULL LIMIT :limit",
        {"variant": variant, "simulated": simulated, "limit": limit},
    )
    return [total for (total,) in rows]


def latencies(db: sqlite3.Connection, plan: Plan, limit: int) -> list[float]:
    """Seconds from accepted to done of the latest jobs of this plan's kind (see ``Plan.kind``), oldest first.

    Half the gap between the last two polls is subtracted, since the end is as likely early in it as late. Resumed jobs
    do not count: nobody watched them all the time.
    """
    said = "FROM events WHERE job = latest.id AND state IS NOT NULL AND kind"
    rows = db.execute(
        "SELECT plan,"
        f" (SELECT at - coalesce(json_extract(data, '$.uncertainty_s'), 0) {said} = '{EventKind.SUCCEEDED}')"
        f" - (SELECT at {said} = '{EventKind.QUEUED}') AS took FROM {_LATEST} AS latest"
        f" WHERE NOT EXISTS (SELECT 1 FROM events WHERE job = latest.id AND kind IN ({_rows.texts(PICKED_UP)}))"
        " AND took > 0",
        {"variant": plan.variant},
    )
    alike = (took for text, took in rows if Plan.from_json(json.loads(text)).kind == plan.kind)
    return list(islice(alike, limit))[::-1]
