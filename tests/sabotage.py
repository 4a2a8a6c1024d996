"""A wire that goes wrong at one operation of one provider, once or for good, in one of many ways.

It stands between a transport and the in-process sandbox, on a clock that only its owner's waiting moves. What a
provider refuses never reaches the sandbox; what goes wrong on the way back, or answers 500, does, so that a submit is
charged before it is lost.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.routing import BaseRoute, Match, Mount, Route

from comparisons.net.sandboxed import ORIGIN, stall
from comparisons.net.transport import MAX_REPLY, Transport
from comparisons.settings._settings import Target
from providers import PROVIDERS
from providers.sandbox import World, create_app
from tests.endings import ALL
from tests.stage import FakeTime
from tests.vectors import state_in

KEY = "matrix-key-5f2c9a71"
"""Long enough to be blanked where a provider repeats it."""
READ_TIMEOUT_S = 60.0
"""What the transport waits for a byte; here it passes on the hand-moved clock."""
DRIP_S = 30.0
"""Seconds between two bytes of a reply that trickles: soon enough for every read timeout."""
DRIPS = 200
"""So many bytes, 100 minutes, and nobody hung up: the test fails instead of hanging."""
HUGE_CLIP = 200_000
"""Bytes; stages of the matrix keep no clip as large as this."""

Answer = Callable[["Sabotage", httpx.Request], Awaitable[httpx.Response]]
"""What comes back instead of the reply."""


class Alone(FakeTime):
    """A clock for one job that nobody else waits beside: it jumps whenever the job sleeps."""

    async def sleep(self, seconds: float) -> None:
        self.jump(max(0.0, seconds))
        await asyncio.sleep(0)


class Deadline:
    """``asyncio.timeout`` by a hand-moved clock: it strikes when the clock says so, not after real seconds."""

    def __init__(self, time: FakeTime) -> None:
        self._time = time
        self._due = float("inf")
        self._timeout = asyncio.timeout(None)

    def __call__(self, seconds: float) -> asyncio.Timeout:
        self._due = self._time.now() + seconds
        self._timeout = asyncio.timeout(None)
        return self._timeout

    async def passes(self, seconds: float) -> None:
        """Lets time pass, and the deadline strike if it is due."""
        self._time.jump(seconds)
        if self._time.now() >= self._due:
            self._timeout.reschedule(0)
            await asyncio.Event().wait()


@dataclass
class Sabotage(httpx.AsyncBaseTransport):
    """The sandbox behind a wire on which ``answer`` takes the place of some replies of one operation."""

    world: World
    time: FakeTime
    slug: str
    operation: str
    answer: Answer
    times: float
    requests: Counter[str] = field(default_factory=Counter)
    """How often each operation was asked for, whether or not it reached the sandbox."""
    struck: int = 0
    """How often something went wrong."""

    def __post_init__(self) -> None:
        self.deadline = Deadline(self.time)
        app = create_app(self.world, ORIGIN, stall)
        self._routes = {mount.path: mount.routes for mount in app.routes if isinstance(mount, Mount)}
        self._sandbox = httpx.ASGITransport(app=app)
        self._names: dict[tuple[str, str], str] = {}

    def transport(self) -> Transport:
        """A transport to the sandbox over this wire."""
        targets = {slug: Target(f"{ORIGIN}/{slug}", KEY) for slug in PROVIDERS}
        return Transport(targets, self, deadline=self.deadline)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        operation = self._operation(request)
        self.requests[operation] += 1
        if operation == self.operation and self.times > 0:
            self.times -= 1
            self.struck += 1
            return await self.answer(self, request)
        return await self.through(request)

    async def through(self, request: httpx.Request) -> httpx.Response:
        """What the sandbox answers. A clip it began to render is there, since this clock cannot hurry a thread."""
        reply = await self._sandbox.handle_async_request(request)
        await self.world.settle()
        return reply

    def _operation(self, request: httpx.Request) -> str:
        """The name of the sandbox's route for a request; serving a clip is called a download."""
        asked = (request.method, request.url.path)
        if asked not in self._names:
            slug, _, path = request.url.path.removeprefix("/").partition("/")
            if slug != self.slug:
                raise AssertionError(f"{self.slug}'s job asked {request.url}")
            self._names[asked] = _route_name(self._routes[f"/{slug}"], request.method, f"/{path}")
        return self._names[asked]


def _route_name(routes: list[BaseRoute], method: str, path: str) -> str:
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    found = next(route for route in routes if isinstance(route, Route) and route.matches(scope)[0] is Match.FULL)
    return "download" if found.name == "clip" else found.name


# Nothing comes back -----------------------------------------------------------------------------------------


async def no_connection(wire: Sabotage, request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError(f"no route to {request.url} for {KEY}")


async def no_answer(wire: Sabotage, request: httpx.Request) -> httpx.Response:
    """It arrives and is acted on; no byte of the reply comes within the read timeout."""
    await (await wire.through(request)).aread()
    raise wire_went_silent(wire, request)


def wire_went_silent(wire: Sabotage, request: httpx.Request) -> httpx.ReadTimeout:
    wire.time.jump(READ_TIMEOUT_S)
    return httpx.ReadTimeout(f"{request.url} for {KEY}")


async def half_an_answer(wire: Sabotage, request: httpx.Request) -> httpx.Response:
    """The headers and half of the body, then silence."""
    reply = await wire.through(request)
    body = await reply.aread()

    async def half() -> AsyncIterator[bytes]:
        yield body[: len(body) // 2]
        raise wire_went_silent(wire, request)

    return httpx.Response(reply.status_code, headers=reply.headers, stream=Bytes(half()))


async def trickle(wire: Sabotage, request: httpx.Request) -> httpx.Response:
    """The headers, then a byte now and then, each in time for the read timeout, without an end."""
    reply = await wire.through(request)
    body = await reply.aread()

    async def drips() -> AsyncIterator[bytes]:
        for byte in itertools.islice(itertools.cycle(body), DRIPS):
            await wire.deadline.passes(DRIP_S)
            yield bytes([byte])
        raise AssertionError("nobody hung up on a reply that trickles")

    return httpx.Response(reply.status_code, headers=_unsized(reply), stream=Bytes(drips()))


class Bytes(httpx.AsyncByteStream):
    """A body made of what an iterator yields."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield chunk


# Something else comes back ----------------------------------------------------------------------------------


def instead(make: Callable[[Sabotage, bytes], bytes], media_type: str | None = None) -> Answer:
    """The reply's status with another body."""

    async def answer(wire: Sabotage, request: httpx.Request) -> httpx.Response:
        reply = await wire.through(request)
        headers = _unsized(reply) | ({"content-type": media_type} if media_type else {})
        return httpx.Response(reply.status_code, headers=headers, content=make(wire, await reply.aread()))

    return answer


def _unsized(reply: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name != "content-length"}


async def cut_short(wire: Sabotage, request: httpx.Request) -> httpx.Response:
    """Half of the body under the length of the whole; the connection then ends as if that were all."""
    reply = await wire.through(request)
    body = await reply.aread()

    async def half() -> AsyncIterator[bytes]:
        yield body[: len(body) // 2]

    return httpx.Response(reply.status_code, headers=reply.headers, stream=Bytes(half()))


PAGE = (
    b"<!doctype html>\n<title>Just a moment</title>\n<p>Checking your browser, see https://shield.example/?ray=1.</p>\n"
)


TOO_MUCH = b" " * (MAX_REPLY + 1)


def huge(wire: Sabotage, body: bytes) -> bytes:
    return TOO_MUCH[: HUGE_CLIP + 1] if wire.operation == "download" else TOO_MUCH


def with_wrong_types(wire: Sabotage, body: bytes) -> bytes:
    """A JSON reply in which every value is of another type: no text, number, list or object is where one was."""
    said = json.loads(body)
    return json.dumps({key: _other_type(value) for key, value in said.items()}).encode()


def _other_type(value: Any) -> Any:
    if isinstance(value, dict):
        return [_other_type(each) for each in value.values()]
    if isinstance(value, list):
        return {str(number): _other_type(each) for number, each in enumerate(value)}
    return "many" if isinstance(value, (bool, int, float)) else True


def with_unknown_status(wire: Sabotage, body: bytes) -> bytes:
    """A JSON reply whose state is a word no document knows."""
    said = json.loads(body)
    state = state_in(wire.slug, said)
    words = {key: "HIBERNATING" for key in ("status", "outcome") if key in state}
    if not words:
        raise AssertionError(f"{wire.slug}'s {wire.operation} says no state")
    state.update(words)
    return json.dumps(said).encode()


# A refusal, or a server's error, comes back ------------------------------------------------------------------


@dataclass(frozen=True)
class Reply:
    """A status and a body in the vendor's own shape. ``reached``: it was acted on all the same."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    reached: bool = False


def refusing(reply_of: Callable[[Sabotage], Reply]) -> Answer:
    async def answer(wire: Sabotage, request: httpx.Request) -> httpx.Response:
        reply = reply_of(wire)
        if reply.reached:
            await (await wire.through(request)).aread()
        return httpx.Response(reply.status, headers=reply.headers, content=_written(reply.body))

    return answer


def _written(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def status(code: int, **headers: str) -> Answer:
    """An HTTP status, with the body the provider (or, for a clip, its object store) sends along."""

    def reply_of(wire: Sabotage) -> Reply:
        body = STORE_ERROR if wire.operation == "download" else refusal_of(wire, code)
        reached = code >= 500 and wire.operation in ("submit", "cancel")
        return Reply(code, body, {name.replace("_", "-"): value for name, value in headers.items()}, reached)

    return refusing(reply_of)


STORE_ERROR = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
SEE = f"for {KEY}, see https://docs.example/errors?key={KEY}"
"""Providers like to repeat what they were sent, and to point at their documents."""

REFUSALS: Mapping[str, Mapping[int, Any]] = {
    "runninghub": {
        400: {"errorCode": "1007", "errorMessage": f"parameter rejected {SEE}"},
        401: {"errorCode": "802", "errorMessage": "APIKEY_UNAUTHORIZED"},
        402: {"errorCode": "812", "errorMessage": "CORPAPIKEY_INSUFFICIENT_FUNDS"},
        403: {"errorCode": "1014", "errorMessage": "auth"},
        404: {"errorCode": "1004", "errorMessage": "task not found"},
        409: {"errorCode": "", "errorMessage": "duplicate request"},
        422: {"errorCode": "301", "errorMessage": "PARAMS_INVALID"},
        429: {"errorCode": "1003", "errorMessage": "rate limit"},
        500: {"errorCode": "1005", "errorMessage": "internal error"},
        502: "",
        503: {"errorCode": "1010", "errorMessage": "service unavailable"},
    },
    "runcomfy": {
        400: {"error_code": 400001, "error_message": f"InvalidResourceIdentifier {SEE}"},
        401: {"error": "unauthorized"},
        402: {"detail": "payment required"},
        403: {"error_code": 403001, "error_message": "PermissionDeniedError"},
        404: {"error_code": 404001, "error_message": "ResourceNotFound"},
        409: {"message": "duplicate request"},
        422: {"message": "prompt: a string is required."},
        429: {"message": "too many requests"},
        500: {"message": "Internal Server Error"},
        502: "",
        503: {"message": "Service Unavailable"},
    },
    "odirouter": {
        400: {"detail": f"webhook not supported {SEE}"},
        401: {"error": {"code": "UNAUTHORIZED", "message": "Authorization Bearer or Key token is required"}},
        402: {"error": "insufficient balance"},
        403: {"error": "invalid_api_key"},
        404: {"detail": "Request not found"},
        409: {"detail": "duplicate request"},
        422: {"detail": "first_frame_image is required"},
        429: {"error": {"code": "RATE_LIMIT_EXCEEDED", "message": "Rate limit exceeded, please try again later"}},
        500: {"detail": "Runtime execution failed"},
        502: "",
        503: {"detail": "Runtime unavailable"},
    },
    "apiframe": {
        400: {
            "error": f"Validation failed {SEE}",
            "details": {"duration": ["1080p does not support 10 s"]},
        },
        401: {"error": "Authentication failed"},
        402: {"error": "Insufficient credits", "creditsRequired": 5, "creditsAvailable": 0},
        403: {"error": "API key is inactive"},
        404: {"error": "Job not found"},
        409: {"error": "Idempotency key reused with a different request body"},
        422: {"error": "Unsupported file type", "details": {}},
        429: {"error": "Rate limit exceeded"},
        500: {"error": "Internal server error"},
        502: "",
        503: {"error": "Service temporarily unavailable"},
    },
}
"""What each vendor says with an HTTP status, in the shapes of the vectors. A 502 is a proxy's, and says nothing."""


def refusal_of(wire: Sabotage, code: int) -> Any:
    """RunningHub's uploads say ``code`` and ``msg`` where the rest of it says ``errorCode`` and ``errorMessage``."""
    body = (ALL[wire.slug].refusals if wire.slug in ALL else REFUSALS[wire.slug])[code]
    if wire.slug == "runninghub" and wire.operation == "upload" and body:
        return {"code": int(body["errorCode"] or 409), "msg": body["errorMessage"], "data": None}
    return body


def coded(body: Any, status: int = 200, *, reached: bool = False) -> Answer:
    """A business error, which some vendors put inside HTTP 200."""
    return refusing(lambda wire: Reply(status, body, reached=reached))


FAULTS: Mapping[str, Answer] = {
    "connect error": no_connection,
    "no answer": no_answer,
    "half an answer": half_an_answer,
    "400": status(400),
    "401": status(401),
    "402": status(402),
    "403": status(403),
    "404": status(404),
    "409": status(409),
    "422": status(422),
    "429 in 7 s": status(429, retry_after="7"),
    "429": status(429),
    "500": status(500),
    "502": status(502),
    "503": status(503),
    "trickle": trickle,
    "empty body": instead(lambda wire, body: b""),
    "HTML": instead(lambda wire, body: PAGE, "text/html"),
    "cut short": cut_short,
    "wrong types": instead(with_wrong_types),
    "unknown status": instead(with_unknown_status),
    "huge body": instead(huge),
}
"""Everything that can go wrong with one request, by name."""
