"""A Dask cluster as an executor, and this machine instead once the cluster is lost.

A scheduler of Dask asks nobody for a password: whoever reaches its port runs code on every worker. So it belongs on
loopback or a private network, or behind ``tls://`` with certificates (Dask reads those from its own configuration).
"""

from __future__ import annotations

import logging
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import comparisons
from comparisons.metrics import versions
from comparisons.scoring._measuring import Killed
from comparisons.scoring._pool import Pool
from providers import InvalidRequest

if TYPE_CHECKING:
    from distributed import Client

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)
CONNECT_S = 10.0
SENT = "metrics"
"""The package of ours that is sent to the workers; it imports nothing else of ours."""


class Cluster(Executor):
    """The workers of a Dask scheduler.

    A clip that workers die of, as often as the scheduler allows, raises ``Killed``. Once the scheduler is lost, what
    was under way and what is submitted later is measured on this machine.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._client = _connected(address)
        _send(self._client)
        _check(address, self._client.run(versions))
        self.workers = max(1, sum(self._client.nthreads().values()))
        self._remote = self._client.get_executor()
        self._local = Pool()
        self._lost = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        told: Future[T] = Future()
        told.set_running_or_notify_cancel()

        def here() -> None:
            self._local.submit(fn, *args, **kwargs).add_done_callback(lambda done: _passed_on(done, told))

        def came(done: Future[T]) -> None:
            if self._is_gone(done):
                self._give_up()
                here()
            else:
                _passed_on(done, told)

        if self._lost:
            here()
        else:
            self._remote.submit(fn, *args, **kwargs).add_done_callback(came)
        return told

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._local.shutdown(wait)

    def close(self) -> None:
        """Leaves the cluster, which goes on without us."""
        self.shutdown()
        self._client.close(timeout=1)

    def _is_gone(self, done: Future[Any]) -> bool:
        from distributed.comm.core import CommClosedError

        lost = done.cancelled() or isinstance(done.exception(), CancelledError | CommClosedError | TimeoutError)
        return lost or self._client.status not in ("running", "connecting")

    def _give_up(self) -> None:
        if not self._lost:
            self._lost = True
            log.warning("The cluster at %s is gone: clips are measured on this machine now.", self._address)


def _passed_on(done: Future[T], told: Future[T]) -> None:
    from distributed import KilledWorker

    error = done.exception()
    if isinstance(error, KilledWorker):
        told.set_exception(Killed())
    elif error is not None:
        told.set_exception(error)
    else:
        told.set_result(done.result())


def _connected(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise InvalidRequest("A Dask cluster needs the package distributed: pip install distributed.") from error
    try:
        return Client(address.replace("dask://", "tcp://"), timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise InvalidRequest(f"No Dask scheduler answers at {address}.") from error


def _check(address: str, found: Mapping[str, Mapping[str, str | None]]) -> None:
    """Raises ``InvalidRequest`` if there is no worker, or one would measure otherwise than this machine."""
    if not found:
        raise InvalidRequest(f"The scheduler at {address} has no workers.")
    ours = versions()
    for worker, theirs in found.items():
        other = [name for name in ours if _series(theirs[name]) != _series(ours[name])]
        if other:
            wanted = " ".join(f"{name}=={ours[name]}" for name in other)
            raise InvalidRequest(f"The worker at {worker} lacks what measures clips: pip install {wanted} there.")


def _series(version: str | None) -> str | None:
    """``2.4`` of ``2.4.6``: within these, figures do not change."""
    return None if version is None else ".".join(version.split(".")[:2])


def _send(client: Client) -> None:
    """Sends the code that measures to every worker, also to those that join later."""
    ours = Path(comparisons.__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / "takes-metrics.zip"
        with zipfile.ZipFile(packed, "w") as file:
            file.write(ours / "__init__.py", "comparisons/__init__.py")
            for path in sorted((ours / SENT).glob("*.py")):
                file.write(path, f"comparisons/{SENT}/{path.name}")
        client.upload_file(str(packed))
