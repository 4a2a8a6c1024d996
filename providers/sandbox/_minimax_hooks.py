"""MiniMax's callbacks: the challenge that a receiver has to give back, then a task's state whenever it is another.

Sources, read 2026-12-01: copies of platform.minimax.io/docs, video-generation (V1: the challenge, the words for a
state, and that the body is that of a query) and video-generation-v2-create with its OpenAPI document (V2: the same, in
the words of its query); the shared notes of 2026-11-29 (V1-e) for 2013 where nobody gives it back. Nothing is signed,
and no document says that a callback is repeated: here none is.
"""

from __future__ import annotations

from providers.sandbox._jobs import Phase
from providers.sandbox._webhooks import Message, Repeats, Webhooks, written

CHALLENGE_S = 3.0
STATUS = {Phase.RUNNING: "processing", Phase.SUCCEEDED: "success", Phase.FAILED: "failed"}
"""V1's words in a callback, which are not those of its query."""


async def gives_back(hooks: Webhooks, url: str, challenge: str) -> bool:
    """Whether a receiver returns what it was sent, in time; none does that is not of this machine."""
    reply = await hooks.ask(url, Message(written({"challenge": challenge}), repeats=Repeats(CHALLENGE_S)))
    try:
        said = reply.json() if reply is not None and reply.is_success else None
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("challenge") == challenge
