"""The software versions and the kind of machine that a session's figures were taken with; no host or user name."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("gradio", "httpx", "pandas", "imageio-ffmpeg", "scipy")


def describe() -> dict[str, str]:
    """Names and values, in the order to show them."""
    return {
        "Python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        "System": f"{platform.system()} {platform.machine()}",
        "Processors": str(os.cpu_count() or "not known"),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
