"""What becomes of a job at fal: an upload of two steps, a submit without a key to repeat it by, a separate result."""

from __future__ import annotations

from tests.endings import Endings

BROKEN = "empty body, HTML, cut short, wrong types"
LATE = "no answer, half an answer"
SERVER = "500, 502, 503"
SEE = "for matrix-key-5f2c9a71, see https://docs.example/errors?key=matrix-key-5f2c9a71"
"""A provider that repeats the matrix's key, as ``tests.sabotage`` has it, which reads this first."""

endings = Endings(
    {
        # Undisturbed, the job takes 3 s, of which it waits less than 1: at every 0.5 s it is polled 7 times. Its image
        # takes two requests, a token and the file; what goes wrong once, does so with the first.
        ("upload", "once"): {
            f"connect error, {LATE}, 429 in 7 s, 429, {SERVER}, trickle, {BROKEN}, huge body": (
                "delivered u3 s1 p7 r1 d1"
            ),
            "400, 401, 402, 403, 404, 409, 422": "rejected u1",
        },
        ("upload", "for good"): {
            f"connect error, 429, {SERVER}, {BROKEN}, huge body": "rejected u14",
            LATE: "rejected u5",
            "429 in 7 s": "rejected u41",
            "trickle": "rejected u2",
            "400, 401, 402, 403, 404, 409, 422": "rejected u1",
        },
        ("submit", "once"): {
            "connect error, 429 in 7 s, 429": "delivered u2 s2 p7 r1 d1",
            "400, 401, 402, 403, 404, 422": "rejected u2 s1",
            # No document says of a key under which a submit could be repeated.
            f"409, {SERVER}, {BROKEN}, huge body, {LATE}, trickle": "uncertain u2 s1",
            "unknown status": "delivered u2 s1 p7 r1 d1",  # what its state is called on arrival does not matter
        },
        ("submit", "for good"): {
            "connect error, 429": "rejected u2 s33",
            "429 in 7 s": "rejected u2 s123",
            "400, 401, 402, 403, 404, 422": "rejected u2 s1",
            f"409, {SERVER}, {BROKEN}, huge body, {LATE}, trickle": "uncertain u2 s1",
            "unknown status": "delivered u2 s1 p7 r1 d1",
        },
        ("poll", "once"): {
            # A wait of 1 s takes the place of two gaps; after 7, 60 or 180 s the job is over.
            f"connect error, 400, 402, 404, 409, 422, 429, {SERVER}, {BROKEN}, unknown status, huge body": (
                "delivered u2 s1 p6 r1 d1"
            ),
            f"429 in 7 s, {LATE}, trickle": "delivered u2 s1 p2 r1 d1",
            "401, 403": "queued u2 s1 p1",
        },
        ("poll", "for good"): {
            f"connect error, 400, 402, 404, 409, 422, 429, {SERVER}, {BROKEN}, unknown status, huge body": (
                "queued u2 s1 p119"
            ),
            "429 in 7 s": "queued u2 s1 p490",
            LATE: "queued u2 s1 p41",
            "trickle": "queued u2 s1 p18",
            "401, 403": "queued u2 s1 p1",
        },
        ("result", "once"): {
            f"connect error, {LATE}, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, {SERVER}, trickle, {BROKEN},"
            "huge body": "delivered u2 s1 p7 r2 d1",
        },
        ("result", "for good"): {
            f"connect error, 400, 401, 402, 403, 404, 409, 422, 429, {SERVER}, {BROKEN}, huge body": (
                "succeeded u2 s1 p7 r21"
            ),
            "429 in 7 s": "succeeded u2 s1 p7 r16",
            LATE: "succeeded u2 s1 p7 r9",
            "trickle": "succeeded u2 s1 p7 r6",
        },
        ("download", "once"): {
            f"connect error, {LATE}, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, {SERVER}, trickle, empty body,"
            "HTML, cut short, huge body": "delivered u2 s1 p7 r2 d2",
        },
        ("download", "for good"): {
            f"connect error, 400, 401, 402, 403, 404, 409, 422, 429, {SERVER}, empty body, HTML, cut short,"
            "huge body": "succeeded u2 s1 p7 r21 d21",
            "429 in 7 s": "succeeded u2 s1 p7 r16 d16",
            LATE: "succeeded u2 s1 p7 r9 d9",
            "trickle": "succeeded u2 s1 p7 r3 d3",
        },
        ("cancel", "once"): {
            # 1 s later it runs, and goes on; after 7 s it is over.
            "connect error, 429": "delivered u2 s1 c2 p5 r1 d1",
            "429 in 7 s": "delivered u2 s1 c2 p1 r1 d1",
            # The first was heard: the second comes too late, and a poll says why.
            f"{SERVER}, huge body": "canceled u2 s1 c2 p1",
            f"400, 401, 402, 403, 404, 409, 422, {LATE}, trickle, {BROKEN}, unknown status": "queued u2 s1 c1",
        },
        ("cancel", "for good"): {
            f"connect error, 429, {SERVER}, huge body": "queued u2 s1 c5",
            "429 in 7 s": "queued u2 s1 c3",
            f"400, 401, 402, 403, 404, 409, 422, {LATE}, trickle, {BROKEN}, unknown status": "queued u2 s1 c1",
        },
    },
    refusals={
        400: {"detail": f"Bad request {SEE}"},
        401: {"detail": "Authentication is required to access this application."},
        402: {"detail": "Payment required"},
        403: {"detail": "Access denied"},
        404: {"detail": "Request not found"},
        409: {"detail": "Duplicate request"},
        422: {"detail": "Unprocessable Entity"},  # with a list of what is wrong it says of a job that it has failed
        429: {"detail": "Too many concurrent requests", "error_type": "concurrent_requests_limit"},
        500: {"detail": "Internal Server Error"},
        502: "",
        503: {"detail": "Service Unavailable"},
    },
    in_its_words={
        "400": "fal refuses the request: Bad request for (key), see (a URL)",
        "401": "fal refuses the key: Authentication is required to access this application.",
        "402": "fal says this account's balance is too low: Payment required",
        "403": "fal refuses the key: Access denied",
        "404": "fal knows no such thing: Request not found",
        "409": "fal already has a request like this one: Duplicate request",
        "422": "fal refuses the request: Unprocessable Entity",
        "429 in 7 s": "fal: too many requests: Too many concurrent requests (concurrent_requests_limit)",
        "429": "fal: too many requests: Too many concurrent requests (concurrent_requests_limit)",
        "500": "fal had a server error: Internal Server Error",
        "502": "fal had a server error: HTTP 502",
        "503": "fal had a server error: Service Unavailable",
    },
    there={
        ("upload", "wrong types"): "fal's answer names no place to upload to",
        ("submit", "wrong types"): "fal's answer names no request_id",
        ("poll", "wrong types"): "{name} reports a status no document describes: None",
        ("result", "wrong types"): "fal's result names no video",
        ("cancel", "wrong types"): "fal answers the cancel with ''",
        ("cancel", "unknown status"): "fal answers the cancel with 'HIBERNATING'",
    },
    canceled={"canceled u2 s1 c2 p1": "fal canceled the job: Request was cancelled: cancelled"},
)
