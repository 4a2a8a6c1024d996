"""Imports Gradio without the ``.pyi`` files that it otherwise writes beside its modules, and ours, at each start.

These files are for editors. To read, compare and write them takes half of Gradio's import, seconds on a slow machine,
and its folder may not be writable. Gradio writes none for a component without a source file (``gradio.component_meta``
of 6.31.0, read on 2026-12-01), so while it is imported, it is told that no component has one.
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
    """Makes ``inspect.getfile`` raise ``OSError`` for Gradio's writer of these files, and work for everybody else."""
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

for _module in (blocks_events, component_meta):  # for our own components, which are defined after this import
    _set(_module, "create_or_modify_pyi", lambda *component: None)
