"""Imports Gradio without the interface files that it writes beside its modules, and ours, at each start.

They are for editors. To read, compare and write them takes half of Gradio's import, seconds where a machine is slow,
and its folder may not be writable. Of a component that is in no file it writes none (``gradio.component_meta`` of
6.31.0, read on 2026-12-01), so while it is imported it hears that of each.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

WRITER = "gradio.component_meta"


@contextmanager
def _in_no_file() -> Iterator[None]:
    """What Gradio asks for the file of a component, it hears that there is none; anybody else hears where it is."""
    real = inspect.getfile

    def getfile(of: Any) -> str:
        if sys._getframe(1).f_globals.get("__name__") == WRITER:
            raise OSError("in no file")
        return real(of)

    _set(inspect, "getfile", getfile)
    try:
        yield
    finally:
        _set(inspect, "getfile", real)


def _set(module: object, name: str, value: object) -> None:
    setattr(module, name, value)


with _in_no_file():
    from gradio import blocks_events, component_meta

for _module in (blocks_events, component_meta):  # components of ours come later
    _set(_module, "create_or_modify_pyi", lambda *component: None)
