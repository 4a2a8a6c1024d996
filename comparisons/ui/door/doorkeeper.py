"""The ASGI application around Gradio. It passes on only allowed requests from people who may send them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import gradio as gr
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comparisons.records import Person
from comparisons.shares import Shares
from comparisons.ui.door import bodies, uploads
from comparisons.ui.door.allowed import FILES, Way, way_of
from comparisons.ui.door.door import Door
from comparisons.ui.door.downloads import Downloads
from comparisons.ui.door.joining import BUSY, TOO_MANY, UNREADABLE, Joining
from comparisons.ui.door.limits import one
from comparisons.ui.door.refusals import COOKIE_NEEDED, NOT_YOURS, NotLetIn
from comparisons.ui.door.uploads import Upload, UploadReply
from comparisons.ui.log_trail import trail

NOT_HERE = "There is nothing of that name here."
UNBELIEVED = (b"host", b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server")
"""Headers from which Gradio derives the page's address. They are replaced by the address that the door knows."""
PACKED = 6
"""The gzip level for the page: half a megabyte becomes a fifth of that in some 10 ms. Level 9 takes half as long again
for 2 % less."""
log = logging.getLogger("takes.door")


class Failed(Exception):
    """An unexpected error in a request. The visitor is told nothing more; the log has the details."""


class Doorkeeper:
    """Checks each request, then passes it to Gradio or to one of our own routes.

    Args:
        app: Gradio's server.
        routes: our own routes.
        blocks: the page; without it no events are accepted.
    """

    def __init__(self, app: ASGIApp, door: Door, routes: Sequence[Route] = (), blocks: gr.Blocks | None = None) -> None:
        self._app = app
        self._packed = GZipMiddleware(app, compresslevel=PACKED)
        self._door = door
        self._routes = routes
        self._blocks = blocks
        self._joining = (
            None if blocks is None else Joining(blocks, door.tabs, door.files, door.public, door.limits.events)
        )
        self._bodies = bodies.Bodies(door.limits)
        self._uploads = Shares(door.limits.uploads)
        self._listening = Shares(door.limits.listening)
        self._downloads = Downloads(door.limits, door.playground.clock.now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # there are no websockets here
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self._answer(scope, receive, _without_cors(send))
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        try:
            way = self._way(request)
            await self._let_in(way, request, receive, send)
        except NotLetIn as refusal:
            await refusal.response()(scope, receive, send)
        except ClientDisconnect:
            return  # the client is gone
        except Exception as error:
            log.error("A request failed: %s", trail(error))
            raise Failed from None

    def _way(self, request: Request) -> Way:
        """The entry of the allow-list that a request matches; raises ``NotLetIn`` if it may not be sent."""
        way = way_of(request.method, _path(request.scope))
        posting = request.method not in ("GET", "HEAD")
        kind = way.kind if way else ""
        self._door.origins.check(request.headers, posting=posting, page=kind == "page", static=kind == "static")
        if way is None or (way.kind != "file" and b"%" in request.scope.get("raw_path", b"")):
            raise NotLetIn(404, NOT_HERE)
        if not self._door.recognize(request) and way.cookie and self._door.public:
            raise NotLetIn(403, COOKIE_NEEDED)
        return way

    async def _let_in(self, way: Way, request: Request, receive: Receive, send: Send) -> None:
        if way.kind == "own":
            await self._own(request, receive, send)
        elif way.kind == "download":
            with self._downloads.one(self._door.person_of(request)) as counted:
                await self._own(request, receive, counted(send))
        elif way.kind == "file":
            self._check_file(request)
            with self._downloads.one(self._door.person_of(request)) as counted:
                await self._app(self._seen(request), receive, counted(send))
        elif way.kind == "join":
            await self._join(request, receive, send)
        elif way.kind == "upload":
            await self._upload(request, receive, send)
        elif way.kind in ("listen", "progress"):
            await self._listen(way, request, receive, send)
        elif way.kind == "page":
            # Compressed here, since Gradio compresses only its scripts. The length reveals nothing (the BREACH attack):
            # the page repeats nothing of a request, and what is private is in headers, which are not compressed.
            await self._packed(self._seen(request), receive, self._page_sent(request, send))
        else:
            await self._app(self._seen(request), receive, send)

    async def _own(self, request: Request, receive: Receive, send: Send) -> None:
        if request.method == "POST":
            receive = bodies.again(await self._read(request, receive), receive)
        for route in self._routes:
            match, child = route.matches(request.scope)
            if match is Match.FULL:
                await route.handle({**request.scope, **child}, receive, send)
                return
        raise NotLetIn(404, NOT_HERE)

    async def _join(self, request: Request, receive: Receive, send: Send) -> None:
        person, joining = self._door.person_of(request), self._joining
        if joining is None:
            raise NotLetIn(404, NOT_HERE)
        body = joining.checked(await self._read(request, receive), person)
        await self._forget()
        scope = self._seen(request, {b"content-length": str(len(body)).encode(), b"content-type": b"application/json"})
        with joining.entering(person):
            await self._app(scope, bodies.again(body, receive), _polite(request, receive, send))

    async def _read(self, request: Request, receive: Receive) -> bytes:
        return await self._bodies.read(request.headers, receive, self._door.person_of(request))

    async def _forget(self) -> None:
        """Makes Gradio forget pages whose names were dropped (see ``Tabs.dropped``), with their unread answers."""
        if self._blocks is None:
            return
        for session in self._door.tabs.dropped():
            await self._blocks._queue.clean_events(session_hash=session)
            self._blocks._queue.pending_messages_per_session.pop(session, None)
            self._blocks.state_holder.session_data.pop(session, None)

    async def _upload(self, request: Request, receive: Receive, send: Send) -> None:
        person = self._door.person_of(request)
        if names := request.query_params.getlist("upload_id"):
            await self._claim(names, person)
        scope = self._seen(request, {b"accept-encoding": b"identity"})  # not compressed, since ``UploadReply`` reads it

        def kept(paths: list[str]) -> None:
            for path in paths:
                self._door.grant(path, person)

        if not self._door.public:
            await self._app(scope, receive, UploadReply(send, kept).send)
            return
        upload = Upload(self._door.quota, kept, person, self._door.limits.upload_patience)
        upload.check(request.headers)
        with one(self._uploads, person, uploads.TOO_MANY, uploads.TOO_MANY):
            await upload.run(self._app, scope, receive, send)

    async def _listen(self, way: Way, request: Request, receive: Receive, send: Send) -> None:
        person = self._door.person_of(request)
        beat = _path(request.scope).rpartition("/heartbeat/")[2] if "heartbeat" in request.url.path else ""
        named = "upload_id" if way.kind == "progress" else "session_hash"
        await self._claim([beat] if beat else request.query_params.getlist(named), person)
        with one(self._listening, person, TOO_MANY, BUSY):
            await self._app(self._seen(request), receive, send)

    async def _claim(self, names: Sequence[str], person: Person) -> None:
        """Raises ``NotLetIn`` if a name that a page made up is another visitor's; claims it if it is nobody's."""
        if len(names) != 1:
            raise NotLetIn(400, UNREADABLE)
        if self._door.public and not self._door.tabs.claim(names[0], person):
            raise NotLetIn(403, NOT_YOURS)
        await self._forget()

    def _check_file(self, request: Request) -> None:
        path = _path(request.scope).removeprefix(FILES)
        if not self._door.may_read(path, self._door.person_of(request)):
            raise NotLetIn(404, NOT_HERE)

    def _seen(self, request: Request, changed: dict[bytes, bytes] | None = None) -> Scope:
        """The request's scope for Gradio, with the host and scheme of the address that the visitor sees."""
        scheme, host = self._door.origins.seen(request.headers, request.url.scheme)
        ours = {b"host": host.encode("latin-1"), b"x-forwarded-proto": scheme.encode("latin-1"), **(changed or {})}
        others = [(name, value) for name, value in request.scope["headers"] if name not in (*UNBELIEVED, *ours)]
        return {**request.scope, "headers": [*others, *ours.items()]}

    def _page_sent(self, request: Request, send: Send) -> Send:
        """Adds the visitor's cookie to the page. On the host's own machine no other site may show it in a frame."""
        https = self._door.origins.https(request.headers, request.url.scheme)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = "private, no-cache"
                if not self._door.public:
                    headers["Content-Security-Policy"] = "frame-ancestors 'self'"
                elif cookie := self._door.cookies.renewed(request.cookies, https):
                    headers.append("Set-Cookie", cookie)
            await send(message)

        return sending


def _path(scope: Scope) -> str:
    """The path without the prefix that a proxy adds, as the router sees it."""
    root: str = scope.get("root_path", "")
    path: str = scope["path"]
    return path.removeprefix(root) if root and path.startswith(f"{root}/") else path


def _without_cors(send: Send) -> Send:
    """Drops Gradio's CORS headers, which would let any other site's page read the answers."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message.get("headers", []) if not _is_cors(name)]
            message = {**message, "headers": kept}
        await send(message)

    return sending


def _is_cors(name: bytes) -> bool:
    return name.lower().startswith(b"access-control-")


def _polite(request: Request, receive: Receive, send: Send) -> Send:
    """Replaces Gradio's answer 503 by a sentence that says that the queue is full."""
    full = False

    async def sending(message: Message) -> None:
        nonlocal full
        if message["type"] == "http.response.start" and message["status"] == 503:
            full = True
            await NotLetIn(429, BUSY).response()(request.scope, receive, send)
        elif not full:
            await send(message)

    return sending
