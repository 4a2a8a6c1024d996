"""Apiframe's webhooks: what they say, and how they are signed.

Sources: docs-v2.apiframe.ai, webhooks (events, headers; read 2026-11-21); the SDK's src/webhooks.ts @ 4c7d6db: the
secret is the raw SHA-256 of the API key, the signature the HMAC-SHA256 of the body as sent. No document says whether a
failed one is repeated: here it is not.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping

from providers.sandbox._jobs import Hook, Phase, SimJob
from providers.sandbox._webhooks import HookState, Message, written

EVENTS = {Phase.RUNNING: "progress", Phase.SUCCEEDED: "completed", Phase.FAILED: "failed"}
# What is said of a job beside the event, of that which its own page says.
SAID = ("status", "progress", "result", "model", "creditCost", "completedAt")
STATUS = {
    HookState.PENDING: "pending",
    HookState.DELIVERED: "delivered",
    HookState.FAILED: "failed",
    HookState.ELSEWHERE: "failed",
}
"""What a job's page says of its webhook."""


def hook_of(body: Mapping[str, object]) -> Hook:
    """What a body, to which there is no objection, asks for."""
    asked = body.get("webhookEvents")
    events = tuple(map(str, asked)) if isinstance(asked, list | tuple) else tuple(EVENTS.values())
    return Hook(str(body.get("webhookUrl", "")), events)


def messages(job: SimJob, phase: Phase, page: Mapping[str, object]) -> Iterator[Message]:
    """What is due when a job comes into a phase; ``page`` is what its own page says then."""
    event = EVENTS.get(phase)
    if event is None or event not in job.hook.events:
        return
    error = {"error": page["error"]} if event == "failed" else {}
    body = written({"event": event, "jobId": job.id, **{name: page[name] for name in SAID}, **error})
    signature = hmac.digest(bytes.fromhex(job.key), body, "sha256").hex()
    headers = {"X-Webhook-Signature": f"sha256={signature}", "X-Webhook-Event": event}
    yield Message(body, lambda _: headers)
