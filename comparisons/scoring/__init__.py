"""Has the clips of a data folder measured, in processes of this machine or on a cluster, behind everything else."""

from __future__ import annotations

from comparisons.scoring.executors import executor_of
from comparisons.scoring.scorer import Scorer

__all__ = ["Scorer", "executor_of"]
