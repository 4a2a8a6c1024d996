"""How OpenRouter's jobs end: no uploads, no separate result, cancel or quote, no key to repeat a submit under."""

from __future__ import annotations

from tests.endings import Endings

SEE = "for matrix-key-5f2c9a71, see https://docs.example/errors?key=matrix-key-5f2c9a71"
"""It repeats the matrix's key, and points at its documents."""


def error(code: int, message: str) -> dict[str, object]:
    return {"error": {"code": code, "message": message}}


# Undisturbed, the seeded job takes 4.3 s: at every 0.5 s it is polled 9 times.
endings = Endings(
    table={
        ("submit", "once"): {
            # Provably not there: sent again.
            "connect error, 429 in 7 s, 429": "delivered s2 p9 d1",
            "400, 401, 402, 403, 404, 422": "rejected s1",
            # There may be a job, and no key to ask for it under.
            "409, 500, 502, 503, no answer, half an answer, trickle": "uncertain s1",
            "empty body, HTML, cut short, wrong types, huge body": "uncertain s1",
            # What a job's state is called on arrival does not matter.
            "unknown status": "delivered s1 p9 d1",
        },
        ("submit", "for good"): {
            # 900 s of patience: 32 waits, 33 tries; 122 waits of 7.35 s.
            "connect error, 429": "rejected s33",
            "429 in 7 s": "rejected s123",
            "400, 401, 402, 403, 404, 422": "rejected s1",
            "409, 500, 502, 503, no answer, half an answer, trickle": "uncertain s1",
            "empty body, HTML, cut short, wrong types, huge body": "uncertain s1",
            "unknown status": "delivered s1 p9 d1",
        },
        ("poll", "once"): {
            # A wait of 1 s takes the place of two gaps of 0.5 s; after 7 s, 60 s or 180 s the job is over.
            "connect error, 400, 402, 404, 409, 422, 429, 500, 502, 503": "delivered s1 p8 d1",
            "empty body, HTML, cut short, wrong types, unknown status, huge body": "delivered s1 p8 d1",
            "429 in 7 s, no answer, half an answer, trickle": "delivered s1 p2 d1",
            # A key that is refused does not come back by asking again.
            "401, 403": "queued s1 p1",
        },
        ("poll", "for good"): {
            # An hour of patience: 118 waits; 489 of 7.35 s; 41 times 60 s or 18 times 180 s pass.
            "connect error, 400, 402, 404, 409, 422, 429, 500, 502, 503": "queued s1 p119",
            "empty body, HTML, cut short, wrong types, unknown status, huge body": "queued s1 p119",
            "429 in 7 s": "queued s1 p490",
            "no answer, half an answer": "queued s1 p41",
            "trickle": "queued s1 p18",
            "401, 403": "queued s1 p1",
        },
        ("download", "once"): {
            # Beside the signed URL there is the content behind the key, which is asked at once: no other poll.
            "connect error, no answer, half an answer, trickle, empty body, HTML, cut short": "delivered s1 p9 d2",
            "400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, 500, 502, 503, huge body": "delivered s1 p9 d2",
        },
        ("download", "for good"): {
            # An hour of patience, in which both places are asked 21 times, and for where they are 20 times.
            "connect error, 400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503": "succeeded s1 p29 d42",
            "empty body, HTML, cut short, huge body": "succeeded s1 p29 d42",
            "429 in 7 s": "succeeded s1 p24 d32",
            "no answer, half an answer": "succeeded s1 p15 d14",
            "trickle": "succeeded s1 p10 d4",
        },
    },
    refusals={
        400: error(400, f"Invalid request parameters {SEE}"),
        401: error(401, "Missing Authentication header"),
        402: error(402, "Insufficient credits"),
        403: error(403, "Forbidden"),
        404: error(404, "Resource not found"),
        409: error(409, "Resource conflict"),
        422: error(422, "Unprocessable Entity"),
        429: error(429, "Rate limit exceeded"),
        500: error(500, "Internal Server Error"),
        502: "",
        503: error(503, "Service temporarily unavailable"),
    },
    in_its_words={
        "400": "OpenRouter refuses the request: Invalid request parameters for (key), see (a URL)",
        "401": "OpenRouter refuses the key: Missing Authentication header",
        "402": "OpenRouter says this account's balance is too low: Insufficient credits",
        "403": "OpenRouter refuses the key: Forbidden",
        "404": "OpenRouter knows no such thing: Resource not found",
        "409": "OpenRouter already has a request like this one: Resource conflict",
        "422": "OpenRouter refuses the request: Unprocessable Entity",
        "429 in 7 s": "OpenRouter: too many requests: Rate limit exceeded",
        "429": "OpenRouter: too many requests: Rate limit exceeded",
        "500": "OpenRouter had a server error: Internal Server Error",
        "502": "OpenRouter had a server error: HTTP 502",
        "503": "OpenRouter had a server error: Service temporarily unavailable",
    },
    there={
        ("submit", "wrong types"): "OpenRouter's answer names no id",
        ("poll", "wrong types"): "OpenRouter reports a status no document describes: None",
    },
)
