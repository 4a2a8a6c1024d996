"""How jobs of MiniMax end: those of its first generation, which has no cancel, and for the cancel one of its second.

Images travel in the submit, and no key makes a submit safe to repeat: what may have arrived is uncertain. The second
generation's cancel would delete a clip that is done, so it is sent once, after a poll said that the job still waits.
"""

from __future__ import annotations

from tests.endings import Endings

SEE = "for {key}, see https://docs.example/errors?key={key}"
"""As ``tests.sabotage`` has it, which imports this package."""
KEY = "matrix-key-5f2c9a71"


def base(code: int, words: str) -> dict[str, object]:
    return {"base_resp": {"status_code": code, "status_msg": words}}


STRANGE = "empty body, HTML, cut short, wrong types, huge body"
LOST = "no answer, half an answer"
REFUSED = "400, 401, 402, 403, 404, 422"

endings = Endings(
    # Undisturbed a job takes 3.4 s and is polled 8 times, at every 0.5 s. Patience is as in tests.faults.
    table={
        ("submit", "once"): {
            "connect error, 429 in 7 s, 429": "delivered s2 p8 r1 d1",
            REFUSED: "rejected s1",
            f"409, 500, 502, 503, {LOST}, trickle, {STRANGE}": "uncertain s1",
        },
        ("submit", "for good"): {
            "connect error, 429": "rejected s33",
            "429 in 7 s": "rejected s123",
            REFUSED: "rejected s1",
            f"409, 500, 502, 503, {LOST}, trickle, {STRANGE}": "uncertain s1",
        },
        ("poll", "once"): {
            f"connect error, 400, 402, 404, 409, 422, 429, 500, 502, 503, unknown status, {STRANGE}": (
                "delivered s1 p7 r1 d1"
            ),
            f"429 in 7 s, {LOST}, trickle": "delivered s1 p2 r1 d1",
            "401, 403": "queued s1 p1",
        },
        ("poll", "for good"): {
            f"connect error, 400, 402, 404, 409, 422, 429, 500, 502, 503, unknown status, {STRANGE}": "queued s1 p119",
            "429 in 7 s": "queued s1 p490",
            LOST: "queued s1 p41",
            "trickle": "queued s1 p18",
            "401, 403": "queued s1 p1",
        },
        # A file has no state: "unknown status" does not apply.
        ("result", "once"): {
            f"connect error, {LOST}, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, 500, 502, 503, trickle,"
            f" {STRANGE}": "delivered s1 p8 r2 d1",
        },
        ("result", "for good"): {
            f"connect error, 400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503, {STRANGE}": "succeeded s1 p8 r21",
            "429 in 7 s": "succeeded s1 p8 r16",
            LOST: "succeeded s1 p8 r9",
            "trickle": "succeeded s1 p8 r6",
        },
        ("download", "once"): {
            f"connect error, {LOST}, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, 500, 502, 503, trickle,"
            " empty body, HTML, cut short, huge body": "delivered s1 p8 r2 d2",
        },
        ("download", "for good"): {
            "connect error, 400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503, empty body, HTML, cut short,"
            " huge body": "succeeded s1 p8 r21 d21",
            "429 in 7 s": "succeeded s1 p8 r16 d16",
            LOST: "succeeded s1 p8 r9 d9",
            "trickle": "succeeded s1 p8 r3 d3",
        },
        # Not repeated, whatever came of it: by then the job may be done. Its state is read from another word.
        ("cancel", "once"): {
            f"connect error, {REFUSED}, 409, 429 in 7 s, 429, 500, 502, 503, {LOST}, trickle, {STRANGE}": (
                "queued s1 c1 p1"
            ),
            "unknown status": "canceled s1 c1 p1",
        },
        ("cancel", "for good"): {
            f"connect error, {REFUSED}, 409, 429 in 7 s, 429, 500, 502, 503, {LOST}, trickle, {STRANGE}": (
                "queued s1 c1 p1"
            ),
            "unknown status": "canceled s1 c1 p1",
        },
    },
    variants={"cancel": "minimax:MiniMax-H3#image"},
    refusals={
        400: base(2013, f"invalid params {SEE.format(key=KEY)}"),
        401: base(2049, "invalid api key"),
        402: base(1008, "insufficient balance"),
        403: base(2038, "verify your name first"),
        404: base(0, "page not found"),
        409: base(0, "duplicate request"),
        422: base(1026, "video description contains sensitive content"),
        429: base(1002, "rate limit"),
        500: base(1000, "unknown error"),
        502: "",
        503: base(1033, "system error"),
    },
    in_its_words={
        "400": "MiniMax refuses the request: invalid params for (key), see (a URL) (2013)",
        "401": "MiniMax refuses the key: invalid api key (2049)",
        "402": "MiniMax says this account's balance is too low: insufficient balance (1008)",
        "403": "MiniMax refuses the key: verify your name first (2038)",
        "404": "MiniMax knows no such thing: page not found",
        "409": "MiniMax already has a request like this one: duplicate request",
        "422": "MiniMax refuses the content: video description contains sensitive content (1026)",
        "429 in 7 s": "MiniMax asks to wait: rate limit (1002)",
        "429": "MiniMax asks to wait: rate limit (1002)",
        "500": "MiniMax had a server error: unknown error",
        "502": "MiniMax had a server error: HTTP 502",
        "503": "MiniMax had a server error: system error",
    },
    there={
        ("submit", "wrong types"): "MiniMax's answer names no task_id",
        ("poll", "wrong types"): "MiniMax reports a status no document describes: None",
        ("result", "wrong types"): "MiniMax's file names no download_url",
        ("cancel", "wrong types"): "MiniMax answers the cancel with ''",
    },
    canceled={"canceled s1 c1 p1": "Stopped: MiniMax canceled it."},
)
