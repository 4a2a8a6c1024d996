"""WaveSpeed's webhooks: when one is due, what it says, and how it is signed.

Sources: copies of the vendor's pages, read 2026-11-29 (HMAC-SHA256 under three headers; the secret of an account, which
is taken as it is, without its prefix); a third party's reading of them, 2026-12-01 (``v3,`` and hex). Simulated, as no
document at hand says it: that id, time and body are what is signed, as Standard Webhooks does under headers of these
names; that one comes at the end alone; that it is the prediction as its result has it; and how often it is tried.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from providers.sandbox._jobs import Phase, SimJob
from providers.sandbox._webhooks import Message, signed, written

ENDS = (Phase.SUCCEEDED, Phase.FAILED)


def secret_of(hashed_key: str) -> str:
    """The signing secret of an account."""
    return f"whsec_{_secret(hashed_key)}"


def _secret(hashed_key: str) -> str:
    return hashlib.sha256(f"signs webhooks for {hashed_key}".encode()).hexdigest()[:48]


def messages(job: SimJob, phase: Phase, prediction: Mapping[str, object]) -> Iterator[Message]:
    """What is due when a prediction comes into a phase."""
    if phase in ENDS:
        body = written(prediction)
        yield Message(body, signed(_secret(job.key).encode(), f"msg_{job.id}", body, _spelled))


def _spelled(digest: bytes) -> str:
    return f"v3,{digest.hex()}"
