"""What becomes of a job at WaveSpeed: an upload by ticket, a submit without a key to repeat it by, polls that bring the
clip, no cancel, and a quote of the very body."""

from __future__ import annotations

from tests.endings import Endings

BROKEN = "empty body, HTML, cut short, wrong types"
LATE = "no answer, half an answer"
SERVER = "500, 502, 503"
REFUSED = "400, 401, 402, 403, 404, 422"
SEE = "for matrix-key-5f2c9a71, see https://docs.example/errors?key=matrix-key-5f2c9a71"
"""A provider that repeats the matrix's key, as ``tests.sabotage`` has it, which reads this first."""


def said(code: int, message: str) -> dict[str, object]:
    return {"code": code, "message": message}


endings = Endings(
    {
        # Undisturbed, the job takes 3.2 s, of which it waits 0.7: at every 0.5 s it is polled 7 times. Its image takes
        # two requests, a ticket and the file; what goes wrong once, does so with the first.
        ("upload", "once"): {
            f"connect error, {LATE}, 429 in 7 s, 429, {SERVER}, trickle, {BROKEN}, huge body": "delivered u3 s1 p7 d1",
            f"{REFUSED}, 409": "rejected u1",
        },
        ("upload", "for good"): {
            f"connect error, 429, {SERVER}, {BROKEN}, huge body": "rejected u14",
            LATE: "rejected u5",
            "429 in 7 s": "rejected u41",
            "trickle": "rejected u2",
            f"{REFUSED}, 409": "rejected u1",
        },
        ("submit", "once"): {
            "connect error, 429 in 7 s, 429": "delivered u2 s2 p7 d1",
            REFUSED: "rejected u2 s1",
            # No document says of a key under which a submit could be repeated.
            f"409, {SERVER}, {BROKEN}, huge body, {LATE}, trickle": "uncertain u2 s1",
            "unknown status": "delivered u2 s1 p7 d1",  # what its state is called on arrival does not matter
        },
        ("submit", "for good"): {
            "connect error, 429": "rejected u2 s33",
            "429 in 7 s": "rejected u2 s123",
            REFUSED: "rejected u2 s1",
            f"409, {SERVER}, {BROKEN}, huge body, {LATE}, trickle": "uncertain u2 s1",
            "unknown status": "delivered u2 s1 p7 d1",
        },
        ("poll", "once"): {
            # A wait of 1 s takes the place of two gaps; after 7, 60 or 180 s the job is over.
            f"connect error, 400, 402, 404, 409, 422, 429, {SERVER}, {BROKEN}, unknown status, huge body": (
                "delivered u2 s1 p6 d1"
            ),
            f"429 in 7 s, {LATE}, trickle": "delivered u2 s1 p2 d1",
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
        # The poll that brings the clip's URL brings it anew.
        ("download", "once"): {
            f"connect error, {LATE}, {REFUSED}, 409, 429 in 7 s, 429, {SERVER}, trickle, empty body, HTML, cut short,"
            "huge body": "delivered u2 s1 p8 d2",
        },
        ("download", "for good"): {
            f"connect error, {REFUSED}, 409, 429, {SERVER}, empty body, HTML, cut short, huge body": (
                "succeeded u2 s1 p27 d21"
            ),
            "429 in 7 s": "succeeded u2 s1 p22 d16",
            LATE: "succeeded u2 s1 p15 d9",
            "trickle": "succeeded u2 s1 p9 d3",
        },
        # Each question has its own placeholder of the image, of two requests.
        ("quote", "once"): {
            f"connect error, {LATE}, {REFUSED}, 409, 429 in 7 s, 429, {SERVER}, trickle, {BROKEN}, huge body": (
                "priced u4 q2"
            ),
        },
        ("quote", "for good"): {
            f"connect error, {LATE}, {REFUSED}, 409, 429 in 7 s, 429, {SERVER}, trickle, {BROKEN}, huge body": (
                "unpriced u2 q1"
            ),
        },
    },
    refusals={
        400: said(400, f"invalid input {SEE}"),
        401: said(401, "Unauthorized"),
        402: said(402, "Insufficient balance"),
        403: said(403, "Forbidden"),
        404: said(404, "Prediction not found"),
        409: said(409, "Duplicate request"),
        422: said(422, "prompt: Required"),
        429: said(429, "Too many requests"),
        500: said(500, "Internal server error"),
        502: "",
        503: said(503, "Service unavailable"),
    },
    in_its_words={
        "400": "WaveSpeed refuses the request: invalid input for (key), see (a URL)",
        "401": "WaveSpeed refuses the key: Unauthorized",
        "402": "WaveSpeed says this account's balance is too low: Insufficient balance",
        "403": "WaveSpeed refuses the key: Forbidden",
        "404": "WaveSpeed knows no such thing: Prediction not found",
        "409": "WaveSpeed already has a request like this one: Duplicate request",
        "422": "WaveSpeed refuses the request: prompt: Required",
        "429 in 7 s": "WaveSpeed: too many requests: Too many requests",
        "429": "WaveSpeed: too many requests: Too many requests",
        "500": "WaveSpeed had a server error: Internal server error",
        "502": "WaveSpeed had a server error: HTTP 502",
        "503": "WaveSpeed had a server error: Service unavailable",
    },
    there={
        ("upload", "wrong types"): "WaveSpeed's answer names no place to upload to",
        ("submit", "wrong types"): "WaveSpeed's answer names no id",
        ("poll", "wrong types"): "{name} reports a status no document describes: None",
        ("quote", "wrong types"): "WaveSpeed's price names no unit_price",
    },
)
