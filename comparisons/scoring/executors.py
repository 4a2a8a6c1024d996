"""Which executor measures clips: processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from providers import InvalidRequest

if TYPE_CHECKING:
    from comparisons.scoring._cluster import Cluster
    from comparisons.scoring._pool import Pool

MOST = 64
"""The most processes of this machine."""
CLUSTERS = ("dask://", "tcp://", "tls://")
"""How the addresses of Dask schedulers begin."""


NONE = "0"
"""So many workers measure nothing by themselves."""


def check_workers(workers: str) -> str:
    """A number of processes, or a scheduler's address; raises ``InvalidRequest`` for anything else.

    With 0 processes nothing is measured behind everything else, and one process when a person asks for it.
    """
    number = int(workers) if workers.isascii() and workers.isdecimal() and len(workers) < 4 else -1
    if not 0 <= number <= MOST and not workers.startswith(CLUSTERS):
        raise InvalidRequest(
            f"Workers are 0 to {MOST} processes, or a Dask scheduler as dask://host:8786 or tls://host:8786, not"
            f" {workers!r}."
        )
    return workers


def executor_of(workers: str) -> Pool | Cluster:
    """The executor for what ``check_workers`` lets pass; connects to a cluster.

    Raises:
        InvalidRequest: the cluster does not answer, has no workers, or one lacks what measures clips.
    """
    if not check_workers(workers).startswith(CLUSTERS):
        from comparisons.scoring._pool import Pool  # here, since most commands measure nothing

        return Pool(max(1, int(workers)))
    from comparisons.scoring._cluster import Cluster  # here, since only this needs the package distributed

    return Cluster(workers)
