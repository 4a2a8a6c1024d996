"""How jobs of a server of one's own end, here one of vLLM-Omni's.

Images travel in the submit, no key makes a submit safe to repeat, and the clip is behind the key. The cancel would
delete a clip that is done, so it is sent once, after a poll said that the job still waits or is at work.
"""

from __future__ import annotations

from tests.endings import Endings

SEE = "for matrix-key-5f2c9a71, see https://docs.example/errors?key=matrix-key-5f2c9a71"
"""It repeats the matrix's key, and points at documents."""
BROKEN = "empty body, HTML, cut short, wrong types"
LOST = "no answer, half an answer"
SERVER = "500, 502, 503"

# Undisturbed, the job is polled 9 times, at every 0.5 s.
endings = Endings(
    table={
        ("submit", "once"): {
            "connect error, 429 in 7 s, 429": "delivered s2 p9 d1",
            "400, 401, 402, 403, 404, 422": "rejected s1",
            f"409, {SERVER}, {LOST}, trickle, {BROKEN}, huge body": "uncertain s1",
            "unknown status": "delivered s1 p9 d1",
        },
        ("submit", "for good"): {
            "connect error, 429": "rejected s33",
            "429 in 7 s": "rejected s123",
            "400, 401, 402, 403, 404, 422": "rejected s1",
            f"409, {SERVER}, {LOST}, trickle, {BROKEN}, huge body": "uncertain s1",
            "unknown status": "delivered s1 p9 d1",
        },
        ("poll", "once"): {
            f"connect error, 400, 402, 404, 409, 422, 429, {SERVER}, {BROKEN}, unknown status, huge body": (
                "delivered s1 p8 d1"
            ),
            f"429 in 7 s, {LOST}, trickle": "delivered s1 p2 d1",
            "401, 403": "queued s1 p1",
        },
        ("poll", "for good"): {
            f"connect error, 400, 402, 404, 409, 422, 429, {SERVER}, {BROKEN}, unknown status, huge body": (
                "queued s1 p119"
            ),
            "429 in 7 s": "queued s1 p490",
            LOST: "queued s1 p41",
            "trickle": "queued s1 p18",
            "401, 403": "queued s1 p1",
        },
        ("download", "once"): {
            f"connect error, {LOST}, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, {SERVER}, trickle,"
            " empty body, HTML, cut short, huge body": "delivered s1 p10 d2",
        },
        ("download", "for good"): {
            f"connect error, 400, 401, 402, 403, 404, 409, 422, 429, {SERVER}, empty body, HTML, cut short,"
            " huge body": "succeeded s1 p29 d21",
            "429 in 7 s": "succeeded s1 p24 d16",
            LOST: "succeeded s1 p17 d9",
            "trickle": "succeeded s1 p11 d3",
        },
        ("cancel", "once"): {
            f"connect error, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, {SERVER}, {LOST}, trickle, {BROKEN},"
            " huge body": "queued s1 c1 p1",
        },
        ("cancel", "for good"): {
            f"connect error, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, {SERVER}, {LOST}, trickle, {BROKEN},"
            " huge body": "queued s1 c1 p1",
        },
        # It is asked which model it runs; what a job costs nobody knows before it is made.
        ("quote", "once"): {
            f"connect error, {LOST}, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, {SERVER}, trickle, {BROKEN},"
            " huge body": "unpriced q2",
        },
        ("quote", "for good"): {
            f"connect error, {LOST}, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, {SERVER}, trickle, {BROKEN},"
            " huge body": "unpriced q1",
        },
    },
    refusals={
        400: {"detail": f"Invalid input reference {SEE}"},
        401: {"error": "Unauthorized"},
        402: {"error": {"message": "Payment required", "type": "billing", "param": None, "code": None}},
        403: {"detail": "Forbidden"},
        404: {"detail": "Video not found"},
        409: {"detail": "Cancellation in progress. Please try again later."},
        422: {"detail": [{"type": "missing", "loc": ["body", "prompt"], "msg": "Field required", "input": None}]},
        429: {"error": {"message": "Too many requests", "type": "rate_limit_error", "param": None, "code": None}},
        500: {"detail": "Video generation failed: out of memory"},
        502: "",
        503: {"detail": "Video generation handler not initialized."},
    },
    in_its_words={
        "400": "Self-hosted refuses the request: Invalid input reference for (key), see (a URL)",
        "401": "Self-hosted refuses the key: Unauthorized",
        "402": "Self-hosted says this account's balance is too low: Payment required",
        "403": "Self-hosted refuses the key: Forbidden",
        "404": "Self-hosted knows no such thing: Video not found",
        "409": "Self-hosted already has a request like this one: Cancellation in progress. Please try again later.",
        "422": "Self-hosted refuses the request: prompt: Field required",
        "429 in 7 s": "Self-hosted: too many requests: Too many requests",
        "429": "Self-hosted: too many requests: Too many requests",
        "500": "Self-hosted had a server error: Video generation failed: out of memory",
        "502": "Self-hosted had a server error: HTTP 502",
        "503": "Self-hosted had a server error: Video generation handler not initialized.",
    },
    there={
        ("submit", "wrong types"): "The server's answer names no id",
        ("poll", "wrong types"): "Self-hosted reports a status no document describes: None",
        ("quote", "wrong types"): "The server's list of models names none",
        ("cancel", "wrong types"): "The server does not say that the job is deleted",
    },
    canceled={
        "canceled s1 c1 p1": "Stopped: Self-hosted canceled it.",
        "canceled s1 p120": "Stopped: Self-hosted was asked to cancel it, and does not know it any more.",
    },
)
