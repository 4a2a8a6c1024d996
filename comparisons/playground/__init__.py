"""The playground connects all parts. The page and the command line each make one, with its one background event loop.

Nothing here belongs to a browser tab: jobs run on the loop's own thread until they are over or the process ends, and
the next process resumes what is unfinished. Methods that name a run or a job take the person who asks (``who``), since
a visitor may see and change only what is theirs.
"""

from __future__ import annotations

from comparisons.playground.playground import Playground

__all__ = ["Playground"]
