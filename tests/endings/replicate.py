"""What becomes of a job at Replicate: an upload, a submit without a key to repeat it by, polls that bring the clip."""

from __future__ import annotations

from tests.endings import Endings

BROKEN = "empty body, HTML, cut short, wrong types"
LATE = "no answer, half an answer"
SERVER = "500, 502, 503"
SEE = "for matrix-key-5f2c9a71, see https://docs.example/errors?key=matrix-key-5f2c9a71"
"""A provider that repeats the matrix's key, as ``tests.sabotage`` has it, which reads this first."""
NO_STATUS = "{name} reports a status no document describes: None"

endings = Endings(
    {
        # Undisturbed, the job takes 3.8 s, of which it waits 2.2: at every 0.5 s it is polled 8 times.
        ("upload", "once"): {
            f"connect error, {LATE}, 429 in 7 s, 429, {SERVER}, trickle, {BROKEN}, huge body": "delivered u2 s1 p8 d1",
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
            "connect error, 429 in 7 s, 429": "delivered u1 s2 p8 d1",
            "400, 401, 402, 403, 404, 422": "rejected u1 s1",
            # No document says of a key under which a submit could be repeated.
            f"409, {SERVER}, {BROKEN}, huge body, {LATE}, trickle": "uncertain u1 s1",
            "unknown status": "delivered u1 s1 p8 d1",  # what its state is called on arrival does not matter
        },
        ("submit", "for good"): {
            "connect error, 429": "rejected u1 s33",
            "429 in 7 s": "rejected u1 s123",
            "400, 401, 402, 403, 404, 422": "rejected u1 s1",
            f"409, {SERVER}, {BROKEN}, huge body, {LATE}, trickle": "uncertain u1 s1",
            "unknown status": "delivered u1 s1 p8 d1",
        },
        ("poll", "once"): {
            # A wait of 1 s takes the place of two gaps; after 7, 60 or 180 s the job is over.
            f"connect error, 400, 402, 404, 409, 422, 429, {SERVER}, {BROKEN}, unknown status, huge body": (
                "delivered u1 s1 p7 d1"
            ),
            f"429 in 7 s, {LATE}, trickle": "delivered u1 s1 p2 d1",
            "401, 403": "queued u1 s1 p1",
        },
        ("poll", "for good"): {
            f"connect error, 400, 402, 404, 409, 422, 429, {SERVER}, {BROKEN}, unknown status, huge body": (
                "queued u1 s1 p119"
            ),
            "429 in 7 s": "queued u1 s1 p490",
            LATE: "queued u1 s1 p41",
            "trickle": "queued u1 s1 p18",
            "401, 403": "queued u1 s1 p1",
        },
        # The poll that brings the clip's URL brings it anew.
        ("download", "once"): {
            f"connect error, {LATE}, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, {SERVER}, trickle, empty body,"
            "HTML, cut short, huge body": "delivered u1 s1 p9 d2",
        },
        ("download", "for good"): {
            f"connect error, 400, 401, 402, 403, 404, 409, 422, 429, {SERVER}, empty body, HTML, cut short,"
            "huge body": "succeeded u1 s1 p28 d21",
            "429 in 7 s": "succeeded u1 s1 p23 d16",
            LATE: "succeeded u1 s1 p16 d9",
            "trickle": "succeeded u1 s1 p10 d3",
        },
        ("cancel", "once"): {
            # 1 s later it still waits; or the first was heard, and the second is told so. After 7 s it is over.
            f"connect error, 429, {SERVER}, huge body": "canceled u1 s1 c2",
            "429 in 7 s": "delivered u1 s1 c2 p1 d1",
            f"400, 401, 402, 403, 404, 409, 422, {LATE}, trickle, {BROKEN}, unknown status": "queued u1 s1 c1",
        },
        ("cancel", "for good"): {
            f"connect error, 429, {SERVER}, huge body": "queued u1 s1 c5",
            "429 in 7 s": "queued u1 s1 c3",
            f"400, 401, 402, 403, 404, 409, 422, {LATE}, trickle, {BROKEN}, unknown status": "queued u1 s1 c1",
        },
    },
    refusals={
        400: {"title": "Bad request", "detail": f"the body cannot be read {SEE}", "status": 400},
        401: {"title": "Unauthenticated", "detail": "You did not pass a valid authentication token", "status": 401},
        402: {"title": "Insufficient credit", "detail": "You have insufficient credit", "status": 402},
        403: {"title": "Forbidden", "detail": "You do not have permission", "status": 403},
        404: {"detail": "The requested resource could not be found.", "status": 404},
        409: {"title": "Conflict", "detail": "duplicate request", "status": 409},
        422: {"title": "Input validation failed", "detail": "- input: prompt is required\n", "status": 422},
        429: {"detail": "Request was throttled."},  # that it says when to come back is in the vectors
        500: {"title": "Internal server error", "status": 500},
        502: "",
        503: {"detail": "Service unavailable"},
    },
    in_its_words={
        "400": "Replicate refuses the request: Bad request: the body cannot be read for (key), see (a URL)",
        "401": "Replicate refuses the key: Unauthenticated: You did not pass a valid authentication token",
        "402": "Replicate says this account's balance is too low: Insufficient credit: You have insufficient credit",
        "403": "Replicate refuses the key: Forbidden: You do not have permission",
        "404": "Replicate knows no such thing: The requested resource could not be found.",
        "409": "Replicate already has a request like this one: Conflict: duplicate request",
        "422": "Replicate refuses the request: Input validation failed: - input: prompt is required",
        "429 in 7 s": "Replicate: too many requests: Request was throttled.",
        "429": "Replicate: too many requests: Request was throttled.",
        "500": "Replicate had a server error: Internal server error",
        "502": "Replicate had a server error: HTTP 502",
        "503": "Replicate had a server error: Service unavailable",
    },
    there={
        ("upload", "wrong types"): "Replicate's file names no URL",
        ("submit", "wrong types"): "Replicate's answer names no id",
        ("poll", "wrong types"): NO_STATUS,
        ("cancel", "wrong types"): NO_STATUS,
    },
    canceled={"canceled u1 s1 c2": "Stopped: Replicate canceled it."},
)
