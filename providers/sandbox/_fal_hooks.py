"""fal's webhooks: what they say of a request that is over, and how they are signed.

Sources: docs.fal.ai, "Webhooks" (the bodies, the headers, what is signed and how it is verified; a copy of 2025-10-27);
the shared notes of 2026-11-29 (F-h) for how often one is tried, by a later edition (2026-10-04): 15 seconds for the
first attempt, 120 for another, up to 31 of those until the result expires an hour later, and no redirects. An earlier
one has ten in two hours. fal drops what goes to a private address; here nothing else is sent.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from providers.sandbox._ed25519 import SigningKey
from providers.sandbox._jobs import SimJob
from providers.sandbox._webhooks import Headers, Message, Repeats, written

KEY = SigningKey(hashlib.sha256(b"signs what the sandbox sends in fal's place").digest())
# Simulated: the waits, of which only is known that they grow.
REPEATS = Repeats(15.0, tuple(min(2.0**number, 120.0) for number in range(1, 32)), 120.0, lasts=3600.0)


def succeeded(job: SimJob, result: Mapping[str, object]) -> Message:
    return _message(job, {"status": "OK", "payload": dict(result)})


def failed(job: SimJob, status: int, reply: Mapping[str, object]) -> Message:
    """``status`` and ``reply`` are what the request's own result answers."""
    return _message(job, {"status": "ERROR", "error": f"Invalid status code: {status}", "payload": dict(reply)})


def _message(job: SimJob, said: Mapping[str, object]) -> Message:
    body = written({"request_id": job.id, "gateway_request_id": job.id, **said})
    return Message(body, _signed(job, body), REPEATS)


def _signed(job: SimJob, body: bytes) -> Headers:
    user = f"user_{job.key[:27]}"  # simulated: what a user's id looks like

    def headers(timestamp: str) -> Mapping[str, str]:
        message = "\n".join([job.id, user, timestamp, hashlib.sha256(body).hexdigest()])
        return {
            "X-Fal-Webhook-Request-Id": job.id,
            "X-Fal-Webhook-User-Id": user,
            "X-Fal-Webhook-Timestamp": timestamp,
            "X-Fal-Webhook-Signature": KEY.sign(message.encode()).hex(),
        }

    return headers


def jwks() -> dict[str, object]:
    """The public keys. Of one only its ``x`` is documented; that it is padded follows from fal's Python example, which
    decodes it as it stands.
    """
    spelled = base64.urlsafe_b64encode(KEY.public).decode()
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": spelled}]}
