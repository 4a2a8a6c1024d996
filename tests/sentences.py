"""The sentences of the fault matrix: what a person reads on a job's card, or instead of a price, word for word."""

from __future__ import annotations

from collections.abc import Mapping

from providers import PROVIDERS
from tests.endings import ALL
from tests.stage import tiny_clip

WORDS: Mapping[str, str] = {
    "delivered": "Delivered",
    "rejected": "Refused before it started",
    "uncertain": "May be billed: nobody knows",
    "canceled": "Stopped",
    "submitting": "Submitting to {name}",
    "queued": "Not watched at {name} any more; it may still be billed",
    "succeeded": "Done; its clip is not here yet",
}
"""The state of a job on its card; one that still was in a queue when Takes let go of it is not watched any more."""

AGAIN = "{why}. Takes stopped asking; resume goes on."
NOT_YET = "The clip is paid for and not here yet. {why}. Resume, or a running page, goes on."
DOUBT = "The job may exist and be billed, so it is not sent again: reconcile it (see History)."
FRAMES: Mapping[tuple[str, str], str] = {
    ("upload", "rejected"): "The image could not be uploaded, so nothing was started. {why}",
    ("submit", "rejected"): "{why}",
    ("submit", "submitting"): AGAIN,
    (
        "submit",
        "uncertain",
    ): "{why}. The job may exist and be billed, so it is not sent again: reconcile it (see History).",
    ("poll", "queued"): AGAIN,
    ("result", "succeeded"): NOT_YET,
    ("download", "succeeded"): NOT_YET,
    ("cancel", "queued"): "Stopped waiting: the cancel was not confirmed, so it may still be billed. {why}",
    ("quote", "priced"): "{why}",
    ("quote", "unpriced"): "{why}",
}
"""The sentence beside it: what it means for the job that something went wrong."""

BALANCE = ". It is the account of the sandbox's key."
"""Added where a balance is too low before the job began."""

CANCELED: Mapping[str, str] = {
    "runcomfy canceled s1 c2": "Stopped: RunComfy canceled it.",
    "runcomfy canceled s1 c2 p1": "RunComfy canceled the job: cancelled",
    "odirouter canceled s1 c2 p1": "OdiRouter canceled the job: Task execution failed (CANCELED)",
    "odirouter canceled s1 c1 p1": "OdiRouter canceled the job: Task execution failed (CANCELED)",
}

NO_ANSWER = "{name} did not answer (ReadTimeout)"
NOT_JSON = "The reply is not JSON"
WHY: Mapping[str, str] = {
    "connect error": "{name} could not be reached (ConnectError)",
    "no answer": NO_ANSWER,
    "half an answer": NO_ANSWER,
    "trickle": "{name} did not finish its answer",
    "empty body": NOT_JSON,
    "HTML": NOT_JSON,
    "cut short": NOT_JSON,
    "unknown status": "{name} reports a status no document describes: 'HIBERNATING'",
    "huge body": "{name}'s reply is larger than 8 MB",
}
"""What went wrong, where it does not depend on the provider's words."""

WHY_NO_CLIP: Mapping[str, str] = {
    "connect error": "{name}'s clip host could not be reached (ConnectError)",
    "no answer": "{name}'s clip stopped arriving (ReadTimeout)",
    "half an answer": "{name}'s clip stopped arriving (ReadTimeout)",
    "400": "{name}'s clip URL does not work (400)",
    "401": "{name}'s clip URL does not work (401)",
    "402": "{name}'s clip URL does not work (402)",
    "403": "{name}'s clip URL does not work (403)",
    "404": "{name}'s clip URL does not work (404)",
    "409": "{name}'s clip URL does not work (409)",
    "422": "{name}'s clip URL does not work (422)",
    "429 in 7 s": "{name}'s clip host asks to wait (429)",
    "429": "{name}'s clip host asks to wait (429)",
    "500": "{name}'s clip host had a server error (500)",
    "502": "{name}'s clip host had a server error (502)",
    "503": "{name}'s clip host had a server error (503)",
    "trickle": "{name}'s clip did not arrive within 15 minutes",
    "empty body": "The clip is not a whole video: it is empty.",
    "HTML": "The clip is not a whole video: it is a text.",
    "cut short": "The clip stopped at {half} of {whole} bytes.",
    "huge body": "The clip is larger than 0.2 MB.",
}

WHY_IN_ITS_WORDS: Mapping[str, Mapping[str, str]] = {
    "apiframe": {
        "400": "Apiframe refuses the request: Validation failed for (key), see (a URL) duration: 1080p does not support"
        " 10 s",
        "401": "Apiframe refuses the key: Authentication failed",
        "402": "Apiframe says this account's balance is too low: Insufficient credits: 5 credits needed, 0 left",
        "403": "Apiframe refuses the key: API key is inactive",
        "404": "Apiframe knows no such thing: Job not found",
        "409": "Apiframe already has a request like this one: Idempotency key reused with a different request body",
        "422": "Apiframe refuses the request: Unsupported file type",
        "429 in 7 s": "Apiframe: too many requests: Rate limit exceeded",
        "429": "Apiframe: too many requests: Rate limit exceeded",
        "500": "Apiframe had a server error: Internal server error",
        "502": "Apiframe had a server error: HTTP 502",
        "503": "Apiframe had a server error: Service temporarily unavailable",
    },
    "odirouter": {
        "400": "OdiRouter refuses the request: webhook not supported for (key), see (a URL)",
        "401": "OdiRouter refuses the key: Authorization Bearer or Key token is required",
        "402": "OdiRouter says this account's balance is too low: insufficient balance",
        "403": "OdiRouter refuses the key: invalid_api_key",
        "404": "OdiRouter knows no such thing: Request not found",
        "409": "OdiRouter already has a request like this one: duplicate request",
        "422": "OdiRouter refuses the request: first_frame_image is required",
        "429 in 7 s": "OdiRouter: too many requests: Rate limit exceeded, please try again later",
        "429": "OdiRouter: too many requests: Rate limit exceeded, please try again later",
        "500": "OdiRouter had a server error: Runtime execution failed",
        "502": "OdiRouter had a server error: HTTP 502",
        "503": "OdiRouter had a server error: Runtime unavailable",
    },
    "runcomfy": {
        "400": "RunComfy refuses the request: InvalidResourceIdentifier for (key), see (a URL) (400001)",
        "401": "RunComfy refuses the key: unauthorized",
        "402": "RunComfy says this account's balance is too low: payment required",
        "403": "RunComfy refuses the key: PermissionDeniedError (403001)",
        "404": "RunComfy knows no such thing: ResourceNotFound (404001)",
        "409": "RunComfy already has a request like this one: duplicate request",
        "422": "RunComfy refuses the request: prompt: a string is required.",
        "429 in 7 s": "RunComfy: too many requests: too many requests",
        "429": "RunComfy: too many requests: too many requests",
        "500": "RunComfy had a server error: Internal Server Error",
        "502": "RunComfy had a server error: HTTP 502",
        "503": "RunComfy had a server error: Service Unavailable",
    },
    "runninghub": {
        "400": "RunningHub refuses the request: parameter rejected for (key), see (a URL) (1007)",
        "401": "RunningHub refuses the key: APIKEY_UNAUTHORIZED (802)",
        "402": "RunningHub says this account's balance is too low: CORPAPIKEY_INSUFFICIENT_FUNDS (812)",
        "403": "RunningHub refuses the key: auth (1014)",
        "404": "RunningHub knows no such thing: task not found (1004)",
        "409": "RunningHub already has a request like this one: duplicate request",
        "422": "RunningHub refuses the request: PARAMS_INVALID (301)",
        "429 in 7 s": "RunningHub asks to wait: rate limit (1003)",
        "429": "RunningHub asks to wait: rate limit (1003)",
        "500": "RunningHub had a server error: internal error (1005)",
        "502": "RunningHub had a server error: HTTP 502",
        "503": "RunningHub had a server error: service unavailable (1010)",
    },
}

NO_STATUS = "{name} reports a status no document describes: None"
WHY_THERE: Mapping[tuple[str, str, str], str] = {
    ("upload", "wrong types", "apiframe"): "Apiframe's upload names no url",
    ("upload", "wrong types", "runninghub"): "RunningHub answered in a way no document describes: no message (many)",
    ("submit", "wrong types", "apiframe"): "Apiframe's answer names no jobId",
    ("submit", "wrong types", "odirouter"): "OdiRouter's answer names no request_id",
    ("submit", "wrong types", "runcomfy"): "RunComfy's answer names no request_id",
    ("submit", "wrong types", "runninghub"): "RunningHub's answer names no taskId",
    ("poll", "wrong types", "apiframe"): NO_STATUS,
    ("poll", "wrong types", "odirouter"): NO_STATUS,
    ("poll", "wrong types", "runcomfy"): NO_STATUS,
    ("poll", "wrong types", "runninghub"): NO_STATUS,
    ("result", "wrong types", "odirouter"): "OdiRouter's response names no clip",
    ("result", "wrong types", "runcomfy"): NO_STATUS,
    ("cancel", "wrong types", "runcomfy"): "RunComfy answers the cancel with ''",
    ("cancel", "unknown status", "runcomfy"): "RunComfy answers the cancel with 'HIBERNATING'",
    ("quote", "wrong types", "runcomfy"): "RunComfy's model entry names no price we can read (unit '')",
    ("quote", "wrong types", "runninghub"): "RunningHub's price preview names no estimatedPrice",
}
"""What went wrong, where it depends on what was asked for."""


def words(slug: str, state: str) -> str | None:
    """The state on a job's card; None for a quote, which has no card."""
    return _about(slug, WORDS[state]) if state in WORDS else None


def sentence(operation: str, fault: str, slug: str, ending: str) -> str | None:
    """What stands beside it, None where nothing is amiss."""
    state = ending.partition(" ")[0]
    if state == "delivered":
        return None
    if state == "canceled":
        return ALL[slug].canceled[ending] if slug in ALL else CANCELED[f"{slug} {ending}"]
    why = _about(slug, _why(operation, fault, slug))
    if state == "rejected" and fault == "402":
        why += BALANCE
    frame = FRAMES[operation, state]
    return frame.format(why=why.removesuffix(".") if "{why}." in frame else why)


def _why(operation: str, fault: str, slug: str) -> str:
    if operation == "download":
        return WHY_NO_CLIP[fault]
    if slug in ALL:
        return ALL[slug].there.get((operation, fault)) or ALL[slug].in_its_words.get(fault) or WHY[fault]
    return WHY_THERE.get((operation, fault, slug)) or WHY_IN_ITS_WORDS[slug].get(fault) or WHY[fault]


def _about(slug: str, template: str) -> str:
    size = tiny_clip().stat().st_size
    return template.format(name=PROVIDERS[slug].name, half=size // 2, whole=size)
