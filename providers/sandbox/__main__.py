"""``python -m providers.sandbox``: every provider on loopback, for any client whose base URL can be set."""

from __future__ import annotations

import argparse
import contextlib
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import uvicorn

from providers.sandbox import FaultPlan, Tempo, World, create_app, emulators
from providers.sandbox._journal import epoch_seconds
from providers.sandbox._origins import Own, PortOrigins

# Longer than any client's read timeout: the connection hangs, as a lost reply does.
STALL_S = 3600.0
# As the proxies do that vendors put before their servers. A server that is as quick as its clients to end an idle
# connection, as uvicorn is by itself, ends one under a request now and then.
KEEP_ALIVE_S = 60


class _SandboxParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _stop(f"{message[:1].upper()}{message[1:]}.")


def _stop(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise SystemExit(2)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**16:
        raise ValueError(text)
    return value


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _SandboxParser("python -m providers.sandbox", description="Emulate every provider on this machine.")
    parser.add_argument(
        "--port",
        type=_port,
        required=True,
        help="port to listen on, the next ones for each provider; 0 picks free ones",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--speed", type=_positive, default=1.0, help="how much faster than real (default: 1)")
    parser.add_argument("--seed", type=int, default=0, help="seed of latencies and clips (default: 0)")
    parser.add_argument("--faults", type=Path, metavar="PLAN.toml", help="what should go wrong")
    parser.add_argument("--journal", type=Path, metavar="DIR", help="remember jobs here across restarts")
    return parser.parse_args(argv)


def _plan(path: Path | None) -> FaultPlan:
    if path is None:
        return FaultPlan()
    try:
        return FaultPlan.load(path)
    except ValueError as error:
        _stop(str(error))


def _world(options: argparse.Namespace, plan: FaultPlan) -> World:
    """The world to serve. One with a journal keeps epoch time, which goes on across restarts."""
    if options.journal is None:
        return World(seed=options.seed, tempo=Tempo(speed=options.speed), faults=plan)
    try:
        tempo = Tempo(epoch_seconds, speed=options.speed)
        return World(seed=options.seed, tempo=tempo, faults=plan, journal=options.journal)
    except OSError as error:
        _stop(f"Cannot keep a journal in {options.journal}: {error.strerror}.")


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        _stop(f"Cannot listen on {host}:{port}: {error}.")


def _listen_near(host: str, port: int) -> socket.socket:
    """On this port if it can be had, else on any free one."""
    try:
        return socket.create_server((host, port if port < 2**16 else 0))
    except OSError:
        return _listen(host, 0)


def _port_of(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until interrupted. Prints one ``NAME=url`` line per provider, then ``Listening on ...``.

    Each of those URLs is an origin of its own, unless its module is ``SHARED_ONLY``. Under the one that is listened on,
    all are found by their slugs.
    """
    options = _arguments(argv)
    world = _world(options, _plan(options.faults))
    shared = _listen(options.host, options.port)
    public_url = f"http://{options.host}:{_port_of(shared)}"
    sockets, owned = [shared], {}
    for number, module in enumerate(emulators(), start=1):
        if getattr(module, "SHARED_ONLY", False):
            print(f"{module.ENV}={public_url}/{module.SLUG}")
            continue
        listening = _listen_near(options.host, _port_of(shared) + number)
        sockets.append(listening)
        url = f"http://{options.host}:{_port_of(listening)}"
        owned[_port_of(listening)] = Own(module.SLUG, url)
        print(f"{module.ENV}={url}{getattr(module, 'BASE_PATH', '')}")
    print(
        f"Listening on {public_url} (its state: {public_url}/world; all of them: {public_url}/<provider>)", flush=True
    )
    app = PortOrigins(create_app(world, public_url, stall=lambda: world.sleep(STALL_S)), owned)
    # Stalled replies would otherwise hold up the end for an hour.
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, timeout_keep_alive=KEEP_ALIVE_S)
    with contextlib.suppress(KeyboardInterrupt):  # how people end it
        uvicorn.Server(config).run(sockets=sockets)
    world.close()


if __name__ == "__main__":
    main()
