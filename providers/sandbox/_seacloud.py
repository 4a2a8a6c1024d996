"""SeaCloud's side of OdiRouter's queue: its keys and refusals, and what it offers beside the queue in an envelope.

Sources: see ``odirouter`` and ``_odirouter``. At SeaCloud what is beside the queue is on other hosts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import _wire as wire
from providers.sandbox._odirouter import MODELS, listed

# Simulated: the documents show a refused field only as a string under "detail", with no HTTP number.
INVALID = 422
# Simulated: nobody's balance is documented.
BALANCE = "100"


class SeaCloudRefusal(Exception):
    """A refusal, with its HTTP status and body."""

    def __init__(self, status: int, body: Mapping[str, object]) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body

    def reply(self) -> Response:
        return JSONResponse(self.body, status_code=self.status)


def detail(text: str, status: int = INVALID) -> SeaCloudRefusal:
    """A refusal in the form of the service behind the gateway: its text under ``detail``."""
    return SeaCloudRefusal(status, {"detail": text})


def authorized(request: Request) -> str:
    """The key, under either of the two schemes. Raises Refused, in the gateway's words."""
    key = wire.bearer(request, "bearer", "key")
    if not wire.known(key):
        error = {"code": "UNAUTHORIZED", "message": "Authorization Bearer or Key token is required"}
        raise SeaCloudRefusal(401, {"error": error, "request_id": "gateway"})
    return key


def enveloped(code: int, message: str, data: object, **more: object) -> dict[str, object]:
    """How SeaCloud wraps what is not of its queue."""
    return {"status": {"code": code, "message": message, **more}, "data": data}


def _keyed(handler: Callable[[Request], dict[str, object] | None]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint of SeaCloud's that needs a key; what ``handler`` has nothing for is not found."""

    async def answered(request: Request) -> Response:
        try:
            authorized(request)
        except SeaCloudRefusal as refusal:
            return refusal.reply()
        data = handler(request)
        found = data is not None
        body = enveloped(200, "ok", data) if found else enveloped(404, "not found", None)
        return JSONResponse(body, status_code=200 if found else 404)

    return answered


_models = _keyed(lambda request: listed(request.query_params))


@_keyed
def _contract(request: Request) -> dict[str, object] | None:
    model = MODELS.get(request.path_params["model"])
    return model.contract() if model else None


@_keyed
def _balance(request: Request) -> dict[str, object] | None:
    left = "0" if wire.broke(wire.bearer(request, "bearer", "key")) else BALANCE
    money = {
        "balance": left,
        "total_recharged": BALANCE,
        "available_balance": left,
        "credit_limit": "0",
        "arrears": "0",
    }
    return {"user_id": "sandbox", "currency": "USD", "billing_mode": "prepaid", **money}


def routes() -> list[Route]:
    """What is beside the queue."""
    return [
        Route("/api/v1/skill/models", _models, methods=["GET"], name="other"),
        Route("/api/v1/skill/model-contracts/{model}", _contract, methods=["GET"], name="other"),
        Route("/api/v1/user/balance", _balance, methods=["GET"], name="other"),
    ]
