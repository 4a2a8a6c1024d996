"""One job's way from its plan to its clip: submission, polls, delivery, retries, concurrency, workers."""

from __future__ import annotations

from comparisons.engine.concurrency import Places, Waiting
from comparisons.engine.engine import Engine
from comparisons.engine.exchange import exchange
from comparisons.engine.gate import Gate
from comparisons.engine.poll_scheduler import Schedule
from comparisons.engine.recorder import Recorder
from comparisons.engine.retry_policy import CLIP_PATIENCE_S, LEDGER_AGAIN_S
from comparisons.engine.routing import Wires
from comparisons.engine.submission import request_of
from comparisons.engine.uploads import uploaded
from comparisons.engine.waits import Sleep, Waits
from comparisons.engine.workers import LOCK_WAIT_S, Workers

__all__ = [
    "CLIP_PATIENCE_S",
    "LEDGER_AGAIN_S",
    "LOCK_WAIT_S",
    "Engine",
    "Gate",
    "Places",
    "Recorder",
    "Schedule",
    "Sleep",
    "Waiting",
    "Waits",
    "Wires",
    "Workers",
    "exchange",
    "request_of",
    "uploaded",
]
