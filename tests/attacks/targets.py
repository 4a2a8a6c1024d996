"""The running Takes that are attacked: ``app.py`` as a host starts it, with keys and base URLs of a loopback sandbox.

What the sandbox charges is what the host's account is charged: nobody else has a key there that is good.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from comparisons.ledger import Ledger
from comparisons.records import Run, Session
from comparisons.settings._settings import VARIABLES
from providers import PROVIDERS
from tests import browser, processes
from tests.attacks import On
from tests.attacks.visitor import Visitor
from tests.stage import keep_clips_in_common, scratch

HOSTS_KEY = "the-hosts-own-key-51c2"
SPEED = 60.0
HUNG = "runninghub"
"""The provider that takes connections and never answers."""
FAULTS = '[[fault]]\nkind = "malformed_json"\nprovider = "runcomfy"\noperation = "submit"\ntimes = 1000\n'
"""RunComfy's submits are accepted and charged, and their answers say nothing: all its takes are uncertain."""
CAPS = {"TAKES_VISITOR_BUDGET": "0.50", "TAKES_VISITORS_BUDGET": "1.00", "TAKES_USD_PER_CREDIT": "none"}
OTHER_ENV: Mapping[On, Mapping[str, str]] = {
    "public": {"TAKES_PUBLIC": "1", "TAKES_PROXIES": "1", **CAPS},
    "narrow": {"TAKES_PUBLIC": "1", "TAKES_VISITOR_STORAGE": "0.3 MB"},
    "space": {"SPACE_ID": "somebody/takes", "SPACE_HOST": "somebody-takes.hf.space", "SYSTEM": "spaces", **CAPS},
    "local": {},
    "second": {"GRADIO_SERVER_NAME": "127.0.0.2"},
    "unknown": {"TAKES_PUBLIC": "1", "TAKES_SANDBOX_SPEED": "1"},
    "everywhere": {"GRADIO_SERVER_NAME": "0.0.0.0"},
}
"""The public one is behind a proxy, so whoever brings an X-Forwarded-For comes from there; of others nothing is known.
On the one that is named for it no address is known of anybody, and the sandbox takes as long as providers do.
Of credits no rate is set, so there is an unpriced variant, and one whose price has no rate."""


@dataclass
class Target:
    """One Takes under attack."""

    url: str
    home: Path
    process: processes.App | subprocess.Popen[bytes]
    sandbox: processes.Sandbox
    visitors: list[Visitor] = field(default_factory=list)

    @property
    def log(self) -> str:
        return (self.home / "log").read_text("utf-8", "replace")

    def visitor(self, cookie: str | None = None, **headers: str) -> Visitor:
        """Somebody new, who has opened the page and got its cookie; or who brings one."""
        made = Visitor(self.url, cookie, **headers)
        self.visitors.append(made)
        return made

    def charges(self) -> list[dict[str, Any]]:
        """What stands on the host's account by now."""
        return [job for job in self.sandbox.world()["jobs"] if job["charged"]]

    def quotes(self) -> int:
        """How often the providers were asked for a price."""
        return sum(counts.get("quote", 0) for counts in self.sandbox.world()["requests"].values())

    def run(self, run: str) -> Run | None:
        """A run as its ledger has it."""
        with contextlib.closing(Ledger(self.home / "takes" / "ledger.sqlite3")) as ledger:
            return ledger.run(run)

    def session(self, session: str) -> Session | None:
        with contextlib.closing(Ledger(self.home / "takes" / "ledger.sqlite3")) as ledger:
            return ledger.session(session)

    def under_way(self) -> int:
        """How many takes are not over."""
        with contextlib.closing(Ledger(self.home / "takes" / "ledger.sqlite3")) as ledger:
            return ledger.under_way()

    def memory(self) -> int:
        """Resident bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024

    def handles(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def left(self) -> dict[Path, int]:
        """The files below its folders, the log left out, and their bytes."""
        found = {}
        for path in self.home.rglob("*"):
            with contextlib.suppress(OSError):  # it went meanwhile
                if path.is_file() and not path.is_symlink() and path.name != "log":
                    found[path] = path.stat().st_size
        return found


class Targets:
    """Starts what is asked for, once, and ends all of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = contextlib.ExitStack()
        self._running: dict[On, Target] = {}
        self._starting = threading.Lock()
        self._sandbox: processes.Sandbox | None = None
        self._hung = _hung()

    def __enter__(self) -> Targets:
        return self

    def __exit__(self, *error: object) -> None:
        for target in self._running.values():
            for visitor in target.visitors:
                visitor.close()
        self._stack.close()
        self._hung.close()

    def on(self, on: On) -> Target | None:
        if on == "nothing":
            return None
        if on not in self._running:
            self._running[on] = self._start(on)
        return self._running[on]

    @property
    def hung_url(self) -> dict[str, str]:
        """Where the provider that hangs is reached, as the settings say it."""
        return {PROVIDERS[HUNG].base_url_env: f"http://127.0.0.1:{self._hung.getsockname()[1]}"}

    def begin(self, *kinds: On) -> None:
        """Starts several side by side."""
        self.sandbox()
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.on, kinds))

    def end(self, on: On) -> None:
        """Ends one that an attack has left in no state for others; the next that is asked for is a new one."""
        self._running.pop(on).process.kill()

    def anew(self, on: On) -> Target:
        """Another one of a kind, instead of one that did not live through an attack."""
        self._running[on] = self._start(on)
        return self._running[on]

    def sandbox(self) -> processes.Sandbox:
        """The one account of all of them."""
        with self._starting:
            if self._sandbox is None:
                plan = self._folder / "faults.toml"
                plan.write_text(FAULTS)
                options = ("--speed", str(SPEED), "--faults", str(plan))
                self._sandbox = self._stack.enter_context(processes.sandbox(self._folder, scratch(), *options))
            return self._sandbox

    def _start(self, on: On) -> Target:
        home, sandbox = Path(tempfile.mkdtemp(prefix=f"{on}-", dir=self._folder)), self.sandbox()
        (home / "takes").mkdir()
        if on != "narrow":
            keep_clips_in_common(home / "takes")
        keys = {provider.key_env: HOSTS_KEY for provider in PROVIDERS.values()}
        env = {**keys, **sandbox.urls, **self.hung_url, **OTHER_ENV[on]}
        serve = browser.serve_from_nothing if "GRADIO_SERVER_NAME" in env else browser.serve
        served = self._stack.enter_context(serve(home, SPEED, **{"GRADIO_SERVER_NAME": "127.0.0.1", **env}))
        if on == "second":
            served = replace(served, url=served.url.replace("127.0.0.1", "127.0.0.2"))
        browser.wait_up(served)
        return Target(served.url, home, served.process, sandbox)


def _hung() -> socket.socket:
    """Takes connections, as the kernel does for it, and never reads or answers."""
    return socket.create_server(("127.0.0.1", 0), backlog=1000)


def only(env: Mapping[str, str]) -> dict[str, str]:
    """An environment with nothing set but this."""
    return {**dict.fromkeys(VARIABLES, ""), **env}


@contextlib.contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """A port, and whoever connected to it meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        came: list[str] = []
        server.settimeout(0.05)
        over = threading.Event()

        def accept() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, _ = server.accept()
                    came.append("came")
                    connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield int(server.getsockname()[1]), came
        finally:
            over.set()
            thread.join()
