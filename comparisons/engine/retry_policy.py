"""The one retry table: what to do about which error of which operation, and how long to keep at it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from comparisons.net import Misled, NoReply, NotSent
from providers import AuthRefused, ProviderError, RateLimited, Unavailable, UnknownReply


class Act(Enum):
    """What to do about an error."""

    AGAIN = "again"
    UNDER_KEY = "again, only under the provider's idempotency key"
    STOP = "stop"


# Operations that cost nothing when they are repeated, and polls.
_FREE = {NotSent: Act.AGAIN, NoReply: Act.AGAIN, RateLimited: Act.AGAIN, Unavailable: Act.AGAIN}
_LOOKING = {AuthRefused: Act.STOP, ProviderError: Act.AGAIN, NotSent: Act.AGAIN, NoReply: Act.AGAIN}

# Nearest class first. A submit is repeated only when it provably never arrived, was provably refused for now,
# or carries a key under which it cannot be billed twice.
RETRY: Mapping[str, Mapping[type[Exception], Act]] = {
    "upload": {**_FREE, UnknownReply: Act.AGAIN, Misled: Act.STOP},
    "submit": {
        Misled: Act.STOP,
        NotSent: Act.AGAIN,
        RateLimited: Act.AGAIN,
        NoReply: Act.UNDER_KEY,
        Unavailable: Act.UNDER_KEY,
        UnknownReply: Act.UNDER_KEY,
    },
    "poll": _LOOKING,
    "cancel": _FREE,
}

PATIENCE_S: Mapping[str, float] = {
    "upload": 300.0,
    "submit": 900.0,
    "poll": 3600.0,
    "cancel": 20.0,
}
"""For how many seconds an operation is repeated. After that the job keeps its state, and the next start goes on."""

WATCH_S = 3600.0
"""For how many seconds one process polls a job that its provider has not finished."""

LEDGER_AGAIN_S = 2.0
"""Seconds until the next try where the ledger could not be read or written."""

CLOCK_SLIP_S = 60.0
"""Seconds. A clock that is further behind a job's last event than this was set back: no duration across it is known."""

LONGEST_WAIT_S = 3600.0
"""The most seconds between two tries to get a clip: meanwhile its host may get it, or the disk have room again."""

CLIP_PATIENCE_S = 7 * 86400.0
"""For how many seconds a running Takes tries to get a clip. Providers keep clips for days (RunComfy: seven)."""

STRANGE_S, CUT_S, TRIES_UNLIKE = 30.0, 300.0, 4
"""When refused bytes are kept as the clip after all (see ``delivery.may_keep``): after ``STRANGE_S`` seconds if they do
not begin like a video, after ``CUT_S`` seconds if the clip seems cut off; and only after ``TRIES_UNLIKE`` tries if each
of them brought other bytes."""

REASON_S = 10.0
"""For how many seconds a provider is waited for to say why a job failed, or what a unit of its bill costs."""


def act_on(operation: str, error: Exception, *, keyed: bool) -> Act:
    """AGAIN or STOP: what the table says about an error, nearest class first; anything not in it stops."""
    row = RETRY[operation]
    act = next((row[kind] for kind in type(error).__mro__ if kind in row), Act.STOP)
    if act is Act.UNDER_KEY:
        return Act.AGAIN if keyed else Act.STOP
    return act


def backoff(tries: int, retry_after: float | None = None) -> float:
    """Seconds to wait after the ``tries``-th failure in a row: what the provider says, else 1, 2, 4 … 30."""
    return max(1.0, retry_after) if retry_after is not None else min(30.0, 2.0 ** (min(tries, 6) - 1))
