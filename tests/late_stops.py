"""A stop that comes when the job is over, at a provider that then says for an hour that it knows no such job.

Its clip may be paid for, and is fetched as soon as the provider knows it again. At a server of one's own, whose cancel
deletes, nobody pays, and such a job counts as stopped.
"""

from __future__ import annotations

from collections.abc import Mapping

FAULT = "404"
NAME = "error 404, after a stop that came too late"

ENDINGS: Mapping[str, str] = {
    # An hour of patience, as for any poll: 118 waits. MiniMax and a server of one's own are asked first how the job is,
    # which is over, so that their cancels are not sent.
    "fal": "queued u2 s1 c1 p119",
    "minimax": "queued s1 p120",
    "odirouter": "queued s1 c1 p119",
    "replicate": "queued u1 s1 c1 p119",
    "runcomfy": "queued s1 c1 p119",
    "selfhosted": "canceled s1 p120",
}
"""How such a job ends at each provider that can cancel."""
