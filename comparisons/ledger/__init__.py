"""The durable record of all jobs. Nothing else uses sqlite3. Events are only ever added.

Every write is on disk (WAL, ``synchronous=FULL``) when the call returns, so that a step that costs money can be
recorded before it is taken.
"""

from __future__ import annotations

from comparisons.ledger._file import LedgerError
from comparisons.ledger._history import INPUTS, Filter, KeptRun, Key, RunPage, check_over
from comparisons.ledger._past import Past
from comparisons.ledger._sessions import Head as SessionHead
from comparisons.ledger._takes import Takes
from comparisons.ledger.ledger import Ledger

__all__ = [
    "INPUTS", "Filter", "KeptRun", "Key", "Ledger", "LedgerError", "Past", "RunPage", "SessionHead", "Takes",
    "check_over",
]  # fmt: skip
