"""The built-in sandbox, in this process: the same APIs, reached without a socket."""

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
    """A sandbox that keeps its clips in the data folder, and its jobs too, so that they survive a restart.

    Args:
        clock: seconds of the clock by which its jobs take their time.
        speed: how much faster than real it runs.
        faults: the file of a fault plan, if any.

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
    """A transport to ``world``, which differs from the live one by base URLs and keys only."""
    app = create_app(world, ORIGIN, stall)
    targets = {slug: Target(f"{ORIGIN}/{slug}", KEY) for slug in PROVIDERS}
    return transport(targets, through=httpx.ASGITransport(app=app))


async def stall() -> None:
    """What a client in this process gets instead of a reply that never comes: ``httpx.ReadTimeout``, at once."""
    raise httpx.ReadTimeout("the sandbox drops this reply, as its fault plan says")
