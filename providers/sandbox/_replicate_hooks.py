"""Replicate's webhooks: which of them a prediction asks for, what they say, and how they are signed.

Sources, read 2026-12-01: replicate.com/docs/topics/webhooks/setup-webhook, -/receive-webhook and -/verify-webhook (the
events, which of them are usual, repeats, what is signed); docs/http.md of replicate/cog (the status at a start);
replicate 1.0.7, ``replicate.webhook`` (the secret and how it is read); a third party's webhook of 2025-06-08 (that a
prediction has ``webhook`` and ``webhook_events_filter`` again). The documents want an HTTPS URL and do not say what
becomes of another: a malformed one was taken, and never called (replicate-javascript, issue 81, 2023-06-09). So any is
taken here; that one of this machine is called by plain HTTP, too, is simulated.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping

from providers.sandbox._jobs import Hook, Phase, SimJob
from providers.sandbox._schema import Schema, objections
from providers.sandbox._webhooks import Message, Repeats, signed, written

USUAL = ("output", "completed")
SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "webhook": {"type": "string"},
        "webhook_events_filter": {
            "type": "array",
            "items": {"type": "string", "enum": ["start", "output", "logs", "completed"]},
        },
    },
}
# "A few seconds"; "several times on an exponential backoff", the last about a minute after the end: the numbers are
# simulated. Other events are not repeated.
PATIENCE_S = 5.0
AT_THE_END = Repeats(PATIENCE_S, (1.0, 2.0, 4.0, 8.0, 16.0, 32.0))
ENDS = (Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELED)


def problems(body: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with what a body says of webhooks, by field. That this is looked at, and the words: simulated."""
    said = {name: body[name] for name in SCHEMA["properties"] if name in body}
    return {path: found[0].words for path, found in objections(SCHEMA, said).items()}


def hook_of(body: Mapping[str, object]) -> Hook:
    """What a body, to which there is no objection, asks for."""
    asked = body.get("webhook_events_filter")
    return Hook(str(body.get("webhook", "")), tuple(asked) if isinstance(asked, list) else ())


def told_again(hook: Hook) -> dict[str, object]:
    """What a prediction says of the webhook that was asked for."""
    if not hook.url:
        return {}
    return {"webhook": hook.url, **({"webhook_events_filter": list(hook.events)} if hook.events else {})}


def secret_of(hashed_key: str) -> str:
    """The signing secret of an account, which has one."""
    return "whsec_" + base64.b64encode(_secret(hashed_key)).decode()


def _secret(hashed_key: str) -> bytes:
    return hashlib.sha256(f"signs webhooks for {hashed_key}".encode()).digest()


def messages(job: SimJob, phase: Phase, prediction: Mapping[str, object]) -> Iterator[Message]:
    """What is due when a prediction comes into a phase, at whose end its only output comes. There are no logs."""
    asked = job.hook.events or USUAL
    if phase is Phase.QUEUED and "start" in asked:
        yield _message(job, "start", prediction, Repeats(PATIENCE_S))
    if phase is Phase.SUCCEEDED and "output" in asked:
        running = {name: said for name, said in prediction.items() if name not in ("completed_at", "metrics")}
        yield _message(job, "output", running | {"status": "processing"}, Repeats(PATIENCE_S))
    if phase in ENDS and "completed" in asked:
        yield _message(job, "completed", prediction, AT_THE_END)


def _message(job: SimJob, event: str, prediction: Mapping[str, object], repeats: Repeats) -> Message:
    body = written(prediction)
    number = f"msg_{hashlib.sha256(f'{job.id} {event}'.encode()).hexdigest()[:27]}"  # simulated: what an id looks like
    return Message(body, signed(_secret(job.key), number, body, _spelled), repeats)


def _spelled(digest: bytes) -> str:
    return f"v1,{base64.b64encode(digest).decode()}"
