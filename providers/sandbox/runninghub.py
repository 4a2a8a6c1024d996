"""RunningHub's v2 "standard model" API, from the server's side.

Sources, read 2026-11-21 and 2026-11-29: the API pages of hailuo-2.3-fast/image-to-video and hailuo-02-t2v-standard;
the developer kit of HM-RunningHub/ComfyUI_RH_OpenAPI @ a05daf0 (contract; model registry and prices: ``_runninghub``)
and core/upload.py there (a refused upload's ``message``); the API Error Code Reference (apifox.com, doc-6913925); its
Chinese API site, page 454850620, for the price preview; runninghub-sdk 1.1.9 for uploads and the account's state.
A ``webhookUrl`` is taken, and not called: what a webhook says of such a task is in no document (of workflows' tasks the
page "Get Webhook Event Details" shows it; read 2026-12-01).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import _wire as wire
from providers.sandbox._jobs import JobTimes, Order, Phase, SimJob
from providers.sandbox._media import sniffed
from providers.sandbox._runninghub import IMAGE_FORMATS, BusinessError, CheckedBody, Param, models
from providers.sandbox._world import World

SLUG = "runninghub"
ENV = "RH_API_BASE_URL"
# What the vendor's own clients expect at the end of that variable: developer-kit/examples/python/client.py and
# core/upload.py @ a05daf0 put "/query" and "/media/upload/binary" after it.
BASE_PATH = "/openapi/v2"

# Simulated, no document says how long a job takes: a queue that varies, then a quick model.
LATENCY = JobTimes(queue=(1.0, 5.0), run=(5.0, 11.0))
UPLOAD_LIMIT = 30 * 2**20
# The vendor's own skill of 2026-04-29 sends larger ones as uploads. That they are refused is simulated.
DATA_URI_LIMIT = 5 * 2**20
# Simulated: nobody's balance is documented. What was spent is taken from it.
BALANCE_CNY = Decimal(200)
CURRENCY = "CNY"

STATUS = {
    Phase.QUEUED: "QUEUED",
    Phase.RUNNING: "RUNNING",
    Phase.SUCCEEDED: "SUCCESS",
    Phase.FAILED: "FAILED",
    Phase.CANCELED: "CANCEL",
}


@dataclass(frozen=True)
class _Order:
    """A body that passed the registry's rules, with its images and its price in CNY, if it has one."""

    asked: CheckedBody
    first: bytes | None
    last: bytes | None
    price: Decimal | None


def _error(code: str, message: str) -> Response:
    empty = {"taskId": "", "status": "", "results": None, "clientId": "", "promptTips": ""}
    return JSONResponse(empty | {"errorCode": code, "errorMessage": message})


def rate_limited() -> Response:
    return JSONResponse({"code": 1003, "msg": "rate limit", "data": None}, status_code=429)


def rate_limited_code(operation: str) -> Response:
    """Too many requests, as this vendor mostly says it: by a code inside HTTP 200."""
    if operation == "upload":
        return _upload_error(421, "TASK_QUEUE_MAXED")
    return _error("421", "TASK_QUEUE_MAXED") if operation == "submit" else _error("1003", "rate limit")


def routes(world: World, public_url: str) -> list[Route]:
    """The endpoints under the vendor's origin; see the package for what a route's name means."""
    desk = _RunningHubDesk(world, public_url)
    # Last, since it takes every path: a route for each endpoint would be a thousand of them.
    submit = Route("/{endpoint:path}", desk.submit, methods=["POST"], name="submit")
    return [*_however_based(_documented(desk)), submit, Route("/{path:path}", _nothing, methods=["GET"], name="other")]


async def _nothing(_: Request) -> Response:
    """What is not there is not found, rather than there for another method."""
    raise HTTPException(404)


def _however_based(documented: list[Route]) -> Iterator[Route]:
    """The same endpoints for a client that puts ``/openapi/v2`` after a base URL, and for one that expects it there."""
    yield from documented
    for route in documented:
        yield _at(f"{BASE_PATH}{route.path}", route)
        if route.path.startswith(BASE_PATH):
            yield _at(route.path.removeprefix(BASE_PATH), route)


def _at(path: str, route: Route) -> Route:
    return Route(path, route.endpoint, methods=["POST"], name=route.name)


def _documented(desk: _RunningHubDesk) -> list[Route]:
    post = ["POST"]
    return [
        Route("/openapi/v2/query", desk.query, methods=post, name="poll"),
        Route("/openapi/v2/media/upload/binary", desk.upload, methods=post, name="upload"),
        Route("/uc/openapi/accountStatus", desk.account, methods=post, name="other"),
        Route("/openapi/v2/price-preview/{endpoint:path}", desk.preview, methods=post, name="quote"),
    ]


@dataclass(frozen=True)
class _RunningHubDesk:
    world: World
    public_url: str

    async def submit(self, request: Request) -> Response:
        key = wire.bearer(request)
        try:
            order = await self._order(request, key)
            if wire.broke(key):
                raise BusinessError("812", "CORPAPIKEY_INSUFFICIENT_FUNDS")
        except BusinessError as refusal:
            return _error(refusal.code, refusal.message)
        job = self._accept(order, key)
        # The pages show RUNNING right away, although a query may say QUEUED afterwards.
        return JSONResponse(self._task(job) | {"status": "RUNNING"})

    def _accept(self, order: _Order, key: str) -> SimJob:
        asked, look = order.asked, order.asked.look(order.first, order.last)
        clip = wire.clip_spec(self.world, SLUG, asked.prompt, asked.resolution, asked.seconds, look)
        number = str(self.world.ids.randrange(10**18, 9 * 10**18))
        return self.world.accept(Order(number, SLUG, asked.model.endpoint, key, LATENCY, clip, order.price, CURRENCY))

    async def preview(self, request: Request) -> Response:
        try:
            order = await self._order(request, key := wire.bearer(request))
            if wire.retired(key):
                raise BusinessError("1000", "")  # a third party names the code (2026-09-05), nobody its words
            if order.price is None:
                raise BusinessError("1501", "PRICE_CONFIG_NOT_FOUND")
        except BusinessError as refusal:
            return JSONResponse(_preview(refusal.code, refusal.message, None))
        return JSONResponse(_preview("", "", order.price))

    async def query(self, request: Request) -> Response:
        try:
            key = wire.bearer(request)
            _authorize(key)
            body = await wire.json_object(request)
            task_id = wire.text_of(body or {}, "taskId")
            if not task_id:
                raise BusinessError("301", "PARAMS_INVALID: taskId is required")
            job = self.world.find(SLUG, task_id)
            if job is None or not job.is_of(key):
                raise BusinessError("1004", "task not found")
        except BusinessError as refusal:
            return _error(refusal.code, refusal.message)
        return JSONResponse(self._task(job) | self._outcome(job))

    async def upload(self, request: Request) -> Response:
        if not wire.known(wire.bearer(request)):
            return _upload_error(802, "APIKEY_UNAUTHORIZED")
        data = await wire.uploaded(request)
        media = sniffed(data or b"")
        if data is None or media is None:
            return _upload_error(301, "PARAMS_INVALID")
        if len(data) > UPLOAD_LIMIT:
            return _upload_error(809, "APIKEY_FILE_SIZE_EXCEEDED")
        stored = self.world.store(data, media.type)
        url = wire.upload_url(self.public_url, SLUG, stored)
        name = f"openapi/{url.rpartition('/')[2]}"
        described = {"type": media.kind, "download_url": url, "fileName": name, "size": str(len(data))}
        return JSONResponse({"code": 0, "message": "success", "data": described})

    async def account(self, request: Request) -> Response:
        """The key is in the body, as ``apikey``; the SDK has it in the header too."""
        body = await wire.json_object(request) or {}
        key = wire.text_of(body, "apikey") or wire.bearer(request)
        if not wire.known(key):
            return JSONResponse({"code": 802, "msg": "APIKEY_UNAUTHORIZED", "errorMessages": None, "data": None})
        own, now = [job for job in self.world.jobs(SLUG) if job.is_of(key)], self.world.now()
        spent = sum((job.amount or Decimal(0)) * job.charges(now) for job in own)
        state = {
            "remainCoins": "0",
            "currentTaskCounts": str(sum(now < job.ended_at for job in own)),
            "remainMoney": "0" if wire.broke(key) else str(max(BALANCE_CNY - spent, Decimal(0))),
            "currency": CURRENCY,
            "apiType": "SHARED",
        }
        return JSONResponse({"code": 0, "msg": "success", "errorMessages": None, "data": state})

    def _task(self, job: SimJob) -> dict[str, object]:
        tips = '{"result": true, "error": null, "outputs_to_execute": ["4"], "node_errors": {}}'
        client = f"{int(job.id):032x}"
        empty = {"errorCode": "", "errorMessage": "", "results": None}
        return {"taskId": job.id, **empty, "clientId": client, "promptTips": tips}

    def _outcome(self, job: SimJob) -> dict[str, object]:
        phase = self.world.phase(job)
        said: dict[str, object] = {"status": STATUS[phase], "failedReason": {}, "usage": None}
        if phase is Phase.SUCCEEDED:
            files = wire.results(self.public_url, job)
            said["results"] = [{"url": file.url, "outputType": file.suffix, "text": None} for file in files]
            said["usage"] = _usage(job)
        if phase is Phase.FAILED:
            refused = job.refused == "content"
            said["errorCode"] = "1501" if refused else "1015"
            said["errorMessage"] = "content not approved" if refused else "generation failed"
        return said

    async def _order(self, request: Request, key: str) -> _Order:
        model = models().get(request.path_params["endpoint"].replace(f"{BASE_PATH[1:]}/", ""))
        if model is None:
            raise HTTPException(404)
        _authorize(key)
        body = await wire.json_object(request)
        if body is None:
            raise BusinessError("301", "PARAMS_INVALID")
        asked = model.checked(body)
        found = {param.role: self._images(param, body) for param in model.images}
        first, last = (next(iter(found.get(role, ())), None) for role in ("first_frame", "last_frame"))
        return _Order(asked, first, last, asked.price)

    def _images(self, param: Param, body: Mapping[str, object]) -> tuple[bytes, ...]:
        return tuple(self._image(param, link) for link in param.links(body.get(param.name)))

    def _image(self, param: Param, link: str) -> bytes:
        data = wire.fetched(self.world, self.public_url, link)
        if data is None:
            raise BusinessError("1001", "Invalid URL, please check your link")
        if link.startswith("data:") and len(data) > DATA_URI_LIMIT:
            raise _too_large(param, f"{DATA_URI_LIMIT // 2**20} MB in a data URI")
        if param.max_mb is not None and len(data) > param.max_mb * 2**20:
            raise _too_large(param, f"{param.max_mb} MB")
        picture = wire.picture(data)
        if picture is None or picture.format not in {IMAGE_FORMATS[each] for each in param.formats}:
            formats = " or ".join(each.upper() for each in param.formats)
            raise BusinessError("1007", f"parameter rejected: {param.name} must be {formats}")
        return data


def _too_large(param: Param, limit: str) -> BusinessError:
    return BusinessError("1008", f"reference file exceeds limit: {param.name}, {limit}")


def _authorize(key: str) -> None:
    if not wire.known(key):
        raise BusinessError("802", "APIKEY_UNAUTHORIZED")


def _usage(job: SimJob) -> dict[str, object]:
    took = str(round(job.ended_at - job.started_at))
    price = None if job.amount is None else str(job.amount)  # what a job without a price costs is not documented
    money = {"consumeMoney": None, "consumeCoins": None, "thirdPartyConsumeMoney": price}
    return {**money, "taskCostTime": took}


def _preview(code: str, message: str, price: Decimal | None) -> dict[str, object]:
    priced = price is not None
    return {
        "errorCode": code,
        "errorMessage": message,
        "estimatedPrice": None if price is None else float(price),
        "currency": CURRENCY if priced else None,
        "priceText": f"¥{price:.2f}/次" if priced else None,
        "priceTextEn": f"CNY {price:.2f}/call" if priced else None,
        "freeLimit": False,
        "isFreeThisCall": False,
        "freeLimitCount": "0" if priced else None,
        "remainingFreeLimitCount": "0" if priced else None,
    }


def _upload_error(code: int, message: str) -> Response:
    """With ``msg``, as the contract has it, and with ``message``, the only one that the vendor's nodes read."""
    return JSONResponse({"code": code, "msg": message, "message": message, "data": None})
