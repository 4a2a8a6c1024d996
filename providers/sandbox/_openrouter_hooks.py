"""OpenRouter's webhooks: what they say of a job that is over, and how they are signed.

Sources, read 2026-12-01: OpenRouterTeam/docs, the guide "Video Generation" @ 192ba14 (the URL must be HTTPS; events,
bodies, headers, the signature) and the cookbook's "Get Video Results with Webhooks" @ 179baa8 (what is in ``data`` as a
real one came). Its ``expired`` is not here: no job lives too long.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping

from providers.sandbox._jobs import Phase, SimJob
from providers.sandbox._webhooks import Message, Repeats, written

SECRET = "sandbox-signing-secret"
"""Simulated: what somebody has set in the settings of every workspace. Without one nothing would be signed."""
SAID = ("id", "status", "generation_id", "model", "unsigned_urls", "usage", "error")
# That one may come again is documented, and a header for it; how often it is tried is not: simulated.
REPEATS = Repeats(10.0, (2.0, 10.0, 60.0))
ENDS = (Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELED)


def messages(job: SimJob, phase: Phase, state: Mapping[str, object], at: str) -> Iterator[Message]:
    """What is due when a job comes into a phase; ``state`` is what a poll says then, and ``at`` when it was over."""
    if phase not in ENDS:
        return
    said = {**state, "model": job.endpoint}
    data = {name: said[name] for name in SAID if name in said}
    body = written({"type": f"video.generation.{state['status']}", "created_at": at, "data": data})

    def headers(timestamp: str) -> Mapping[str, str]:
        signature = hmac.digest(SECRET.encode(), f"{timestamp},".encode() + body, "sha256").hex()
        return {
            "X-OpenRouter-Signature": f"t={timestamp},v1={signature}",
            "X-OpenRouter-Idempotency-Key": f"{job.id}-{state['status']}",
        }

    yield Message(body, headers, REPEATS)
