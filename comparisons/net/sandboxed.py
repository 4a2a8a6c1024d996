"""The built-in sandbox, in this process: the same wires, reached without a socket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx

from comparisons.net.transport import Transport
from comparisons.settings import Target
from providers import PROVIDERS, InvalidRequest
from providers.sandbox import FaultPlan, Tempo, World, create_app

ORIGIN = "http://sandbox"
KEY = "sandbox"


def make_world(home: Path, clock: Callable[[], float], *, seed: int, speed: float, faults: Path | None) -> World:
    """A world that keeps its clips, and remembers its jobs across restarts, in the data folder.

    Raises:
        InvalidRequest: the fault plan cannot be read; file and field are named.
    """
    try:
        plan = FaultPlan.load(faults) if faults else FaultPlan()
    except ValueError as error:
        raise InvalidRequest(str(error)) from error
    folder = home / "sandbox"
    tempo = Tempo(clock, speed=speed)
    return World(seed=seed, tempo=tempo, faults=plan, clips=folder / "clips", journal=folder / "jobs")


def connect(world: World, transport: type[Transport] = Transport) -> Transport:
    """A transport to ``world``. It differs from the live one by base URLs and keys alone."""
    app = create_app(world, ORIGIN, stall)
    targets = {slug: Target(f"{ORIGIN}/{slug}", KEY) for slug in PROVIDERS}
    return transport(targets, through=httpx.ASGITransport(app=app))


async def stall() -> None:
    """A reply that never comes, as a client in this process sees it."""
    raise httpx.ReadTimeout("the sandbox drops this reply, as its fault plan says")
