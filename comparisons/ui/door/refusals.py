"""What the door says when it does not let something in: a status and one sentence."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from providers import InvalidRequest

COOKIE_NEEDED = "This page needs its cookie to know which takes are yours: allow it, then reload."
NOT_YOURS = "This page belongs to somebody else; reload it."
WAIT_S = 600


class NotLetIn(InvalidRequest):
    """A request that is not let in. The message is the sentence that is said."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status

    def response(self) -> Response:
        """The answer; the connection ends with it, so that a body on its way is not waited for."""
        return said(str(self), self.status, {"Connection": "close"})


def said(sentence: str, status: int, headers: dict[str, str] | None = None) -> Response:
    """One sentence as an answer, in the words of Gradio's scripts and of ours."""
    wait = {"Retry-After": str(WAIT_S)} if status == 429 else {}
    body = {"detail": sentence, "error": sentence}
    return JSONResponse(body, status_code=status, headers={"Cache-Control": "no-store", **wait, **(headers or {})})
