"""Wires everything together and owns the one background event loop. The page and the command line each hold one.

Nothing here belongs to a browser tab: jobs live on the loop's own thread until they are over or the process
ends, and the next process picks up what is unfinished. Whatever names a run or a job says who asks: a visitor sees and
touches only what is theirs.
"""

from __future__ import annotations

from comparisons.playground.playground import Playground

__all__ = ["Playground"]
