"""The door's refusals: a status and one sentence."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from providers import InvalidRequest

COOKIE_NEEDED = "This page needs its cookie to know which takes are yours: allow it, then reload."
NOT_YOURS = "This page belongs to somebody else; reload it."
WAIT_S = 600
"""Seconds in the Retry-After header of an answer 429."""


class NotLetIn(InvalidRequest):
    """A request that is refused. The message is the sentence that the person reads."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status

    def response(self) -> Response:
        """The answer. It closes the connection, so that a body that is still being sent is not waited for."""
        return said(str(self), self.status, {"Connection": "close"})


def said(sentence: str, status: int, headers: dict[str, str] | None = None) -> Response:
    """An answer with one sentence, under the keys that Gradio's scripts (``detail``) and ours (``error``) read."""
    wait = {"Retry-After": str(WAIT_S)} if status == 429 else {}
    body = {"detail": sentence, "error": sentence}
    return JSONResponse(body, status_code=status, headers={"Cache-Control": "no-store", **wait, **(headers or {})})
