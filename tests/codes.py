"""Errors of the vendors' own, mostly inside HTTP 200: how a job ends that meets one, and what a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.sabotage import Answer, coded


@dataclass(frozen=True)
class Code:
    """A vendor's own error, mostly inside HTTP 200; how a job ends that meets it once and for good, and what it reads.

    ``reached``: the vendor may have acted on the request all the same.
    """

    slug: str
    operation: str
    name: str
    body: Mapping[str, Any]
    once: str
    for_good: str
    sentence: str
    status: int = 200
    reached: bool = False
    wait: float | None = None
    refuses_key: bool = False

    @property
    def answer(self) -> Answer:
        return coded(self.body, self.status, reached=self.reached)


def hub(operation: str, code: str, words: str, once: str, for_good: str, sentence: str, **more: Any) -> Code:
    """RunningHub's way to say no, which is another one for uploads."""
    body: dict[str, Any] = HUB_EMPTY | {"errorCode": code, "errorMessage": words}
    read = f"RunningHub {sentence}"
    if operation == "upload":
        body, read = {"code": int(code), "msg": words, "data": None}, f"{NOT_UPLOADED} {read}"
    return Code("runninghub", operation, code, body, once, for_good, read, **more)


def comfy(operation: str, code: int, words: str, once: str, for_good: str, sentence: str, **more: Any) -> Code:
    """RunComfy's."""
    body = {"error_code": code, "message": words}
    return Code("runcomfy", operation, str(code), body, once, for_good, sentence, **more)


def odi(status: int, body: Mapping[str, Any], ending: str, sentence: str, **more: Any) -> Code:
    """What OdiRouter says to a submit, by the HTTP status that its pages show."""
    return Code("odirouter", "submit", f"HTTP {status}", body, ending, ending, sentence, status=status, **more)


def mini(operation: str, code: int, words: str, once: str, for_good: str, sentence: str, **more: Any) -> Code:
    """MiniMax's first generation's."""
    body = {"base_resp": {"status_code": code, "status_msg": words}}
    return Code("minimax", operation, str(code), body, once, for_good, f"MiniMax {sentence}", **more)


HUB_EMPTY = {"taskId": "", "status": "", "results": None, "clientId": "", "promptTips": ""}
NOT_UPLOADED = "The image could not be uploaded, so nothing was started."
DOUBT = "The job may exist and be billed, so it is not sent again: reconcile it (see History)."
LATER = "Takes stopped asking; resume goes on."
ACCOUNT = "It is the account of the sandbox's key."

CODES: tuple[Code, ...] = (
    # The balance, and whose it is.
    hub(
        "submit", "812", "CORPAPIKEY_INSUFFICIENT_FUNDS", "rejected u1 s1", "rejected u1 s1",
        f"says this account's balance is too low: CORPAPIKEY_INSUFFICIENT_FUNDS (812). {ACCOUNT}",
    ),
    hub(
        "submit", "416", "NOT_ENOUGH_WALLET", "rejected u1 s1", "rejected u1 s1",
        f"says this account's balance is too low: NOT_ENOUGH_WALLET (416). {ACCOUNT}",
    ),
    comfy(
        "submit", 400002, "InsufficientResources", "rejected s1", "rejected s1",
        f"RunComfy says this account's balance is too low: InsufficientResources (400002). {ACCOUNT}",
    ),
    odi(
        403, {"error": "insufficient balance"}, "rejected s1",
        f"OdiRouter says this account's balance is too low: insufficient balance. {ACCOUNT}",
    ),
    # The key.
    hub(
        "submit", "802", "APIKEY_UNAUTHORIZED", "rejected u1 s1", "rejected u1 s1",
        "refuses the key: APIKEY_UNAUTHORIZED (802)", refuses_key=True,
    ),
    hub(
        "submit", "801", "APIKEY_UNSUPPORTED_FREE_USER", "rejected u1 s1", "rejected u1 s1",
        "refuses the key: APIKEY_UNSUPPORTED_FREE_USER (801)", refuses_key=True,
    ),
    hub(
        "upload", "802", "APIKEY_UNAUTHORIZED", "rejected u1", "rejected u1",
        "refuses the key: APIKEY_UNAUTHORIZED (802)", refuses_key=True,
    ),
    hub(
        "poll", "802", "APIKEY_UNAUTHORIZED", "queued u1 s1 p1", "queued u1 s1 p1",
        f"refuses the key: APIKEY_UNAUTHORIZED (802). {LATER}",
    ),
    hub(
        "quote", "802", "APIKEY_UNAUTHORIZED", "priced u2 q2", "unpriced u1 q1",
        "refuses the key: APIKEY_UNAUTHORIZED (802)",
    ),
    comfy(
        "submit", 400004, "UserAccountError", "rejected s1", "rejected s1",
        "RunComfy refuses the key: UserAccountError (400004)", refuses_key=True,
    ),
    # Too many at once: 32 waits of the submit's patience, 13 of the upload's, 118 of the poll's.
    hub(
        "submit", "421", "TASK_QUEUE_MAXED", "delivered u1 s2 p6 d1", "rejected u1 s33",
        "asks to wait: TASK_QUEUE_MAXED (421)", wait=1.0,
    ),
    hub(
        "submit", "1520", "TASK_USER_CONCURRENT_LIMIT", "delivered u1 s2 p6 d1", "rejected u1 s33",
        "asks to wait: TASK_USER_CONCURRENT_LIMIT (1520)", wait=1.0,
    ),
    hub(
        "poll", "1003", "rate limit", "delivered u1 s1 p4 d1", "queued u1 s1 p119",
        f"asks to wait: rate limit (1003). {LATER}", wait=1.0,
    ),
    hub(
        "upload", "421", "TASK_QUEUE_MAXED", "delivered u2 s1 p6 d1", "rejected u14",
        "asks to wait: TASK_QUEUE_MAXED (421)", wait=1.0,
    ),
    # What is asked for.
    hub(
        "submit", "1501", "content not approved", "rejected u1 s1", "rejected u1 s1",
        "refuses the content: content not approved (1501)",
    ),
    hub(
        "submit", "301", "PARAMS_INVALID", "rejected u1 s1", "rejected u1 s1",
        "refuses the request: PARAMS_INVALID (301)",
    ),
    hub(
        "upload", "809", "APIKEY_FILE_SIZE_EXCEEDED", "rejected u1", "rejected u1",
        "refuses the request: APIKEY_FILE_SIZE_EXCEEDED (809)",
    ),
    comfy(
        "submit", 404001, "ResourceNotFound", "rejected s1", "rejected s1",
        "RunComfy knows no such thing: ResourceNotFound (404001)",
    ),
    # An upload starts nothing, so it is repeated whatever it says.
    hub(
        "upload", "808", "APIKEY_UPLOAD_FAILED", "delivered u2 s1 p6 d1", "rejected u14",
        "had a server error: APIKEY_UPLOAD_FAILED (808)",
    ),
    # What says nothing of a job: there may be one.
    hub(
        "submit", "1010", "service unavailable", "uncertain u1 s1", "uncertain u1 s1",
        f"had a server error: service unavailable (1010). {DOUBT}", reached=True,
    ),
    hub(
        "submit", "9999", "strange", "uncertain u1 s1", "uncertain u1 s1",
        f"answered in a way no document describes: strange (9999). {DOUBT}", reached=True,
    ),
    comfy(
        "submit", 999999, "Strange", "uncertain s1", "uncertain s1",
        f"RunComfy: Strange (999999). {DOUBT}", reached=True,
    ),
    # A job that was accepted is alive until its provider says in its own words that it is not.
    hub(
        "poll", "423", "TASK_NOT_FOUNED", "delivered u1 s1 p4 d1", "queued u1 s1 p119",
        f"knows no such thing: TASK_NOT_FOUNED (423). {LATER}",
    ),
    comfy(
        "result", 404001, "ResourceNotFound", "delivered s1 p11 r2 d1", "succeeded s1 p11 r21",
        "The clip is paid for and not here yet. RunComfy knows no such thing: ResourceNotFound (404001). Resume, or a"
        " running page, goes on.",
    ),
    comfy(
        "cancel", 404001, "ResourceNotFound", "queued s1 c1", "queued s1 c1",
        "Stopped waiting: the cancel was not confirmed, so it may still be billed. RunComfy knows no such thing:"
        " ResourceNotFound (404001)",
    ),
    mini(
        "submit", 2049, "invalid api key", "rejected s1", "rejected s1",
        "refuses the key: invalid api key (2049)", refuses_key=True,
    ),
    mini(
        "submit", 1008, "insufficient balance", "rejected s1", "rejected s1",
        f"says this account's balance is too low: insufficient balance (1008). {ACCOUNT}",
    ),
    mini(
        "submit", 1002, "rate limit", "delivered s2 p8 r1 d1", "rejected s33",
        "asks to wait: rate limit (1002)", wait=1.0,
    ),
    mini(
        "submit", 2013, "invalid params", "rejected s1", "rejected s1",
        "refuses the request: invalid params (2013)",
    ),
    mini(
        "submit", 1001, "timeout", "uncertain s1", "uncertain s1",
        f"had a server error: timeout (1001). {DOUBT}", reached=True,
    ),
    mini(
        "submit", 4242, "strange", "uncertain s1", "uncertain s1",
        f"answered in a way no document describes: strange (4242). {DOUBT}", reached=True,
    ),
    mini(
        "poll", 2049, "invalid api key", "queued s1 p1", "queued s1 p1",
        f"refuses the key: invalid api key (2049). {LATER}",
    ),
    mini(
        "poll", 1002, "rate limit", "delivered s1 p7 r1 d1", "queued s1 p119",
        f"asks to wait: rate limit (1002). {LATER}", wait=1.0,
    ),
    mini(
        "poll", 1033, "system error", "delivered s1 p7 r1 d1", "queued s1 p119",
        f"had a server error: system error (1033). {LATER}",
    ),
    Code(
        "minimax", "result", "2013", {"base_resp": {"status_code": 2013, "status_msg": "invalid params"}},
        "delivered s1 p8 r2 d1", "succeeded s1 p8 r21",
        "The clip is paid for and not here yet. MiniMax refuses the request: invalid params (2013). Resume, or a"
        " running page, goes on.",
    ),
)  # fmt: skip
"""Errors as the vectors show them."""
