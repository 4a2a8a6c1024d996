"""One job's way from its plan to its clip: submission, polls, delivery, retries, concurrency, workers."""

from __future__ import annotations

from comparisons.engine.concurrency import Places, Waiting
from comparisons.engine.engine import Engine, request_of
from comparisons.engine.exchange import Sleep, exchange
from comparisons.engine.gate import Gate
from comparisons.engine.poll_scheduler import Schedule
from comparisons.engine.retry_policy import CLIP_PATIENCE_S, LEDGER_AGAIN_S
from comparisons.engine.routing import Wires
from comparisons.engine.workers import A_MOMENT_S, Workers

__all__ = [
    "A_MOMENT_S",
    "CLIP_PATIENCE_S",
    "LEDGER_AGAIN_S",
    "Engine",
    "Gate",
    "Places",
    "Schedule",
    "Sleep",
    "Waiting",
    "Wires",
    "Workers",
    "exchange",
    "request_of",
]
